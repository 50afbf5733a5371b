"""The state of a world that goes forth and back: the timeline with its laws, and what stands at each place."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar

from runline.explorer.course import Course, Happened
from runline.explorer.reductions.alike import Prints
from runline.explorer.reductions.memories import stricter
from runline.explorer.reductions.reduction import WHOLE, Reduced
from runline.explorer.standing import Place, kind_of, printer
from runline.invariants.law import AnyLaw, Context
from runline.invariants.monitor import Monitor
from runline.model.events import Event
from runline.model.instants import Instant
from runline.model.timeline import Timeline

if TYPE_CHECKING:
    from runline.explorer.reductions.forgotten import Forgotten

T = TypeVar("T")


class State:
    """What stands at each place, and the course of events; a move is taken back by what stood before it."""

    def __init__(self, laws: list[AnyLaw], context: Context, reduced: Reduced = WHOLE, *, ends: bool = False) -> None:
        self.reduced = reduced
        self.context = context
        prints = Prints(reduced.alike, reduced.jobs, reduced.unread)
        monitor = Monitor(Timeline(printed=True, ends=ends), stricter(laws, reduced.memories), context, prints.of)
        self.course = Course(monitor, reduced.unread, reduced.spent)
        self.laws = [law.id for law in monitor.laws]
        self.forgotten: Forgotten | None = None
        """What of the rows nobody will read any more, if anything."""
        self.slots: dict[Place, Any] = {}
        self.prints: dict[Place, int] = {}
        self.breached = 0
        self.deadlocks_sought = 0
        """How often something was found waiting where nothing could happen any more."""
        self._print_of = printer(prints, reduced.unread)
        self._is_alike, self._least = bool(reduced.alike or reduced.jobs.groups), prints.least
        self._together = 0
        self._places: dict[str, list[Any]] = {}
        """The places of a kind in their order, until one comes or goes."""
        self._past: list[tuple[dict[Place, Any], dict[Place, int], int, dict[str, list[Any]], int]] = []
        """What stood where before each move, and how much had happened."""

    @property
    def monitor(self) -> Monitor:
        """The laws over the timeline, as they are now."""
        return self.course.monitor

    @property
    def timeline(self) -> Timeline:
        """The timeline as it is now."""
        return self.course.timeline

    @property
    def now(self) -> Instant:
        """The world's time."""
        return self.course.known.read.now

    @property
    def fingerprint(self) -> int:
        """All that tells this state from others."""
        known = self.course.known
        rows = known.timeline
        if self.forgotten is not None:
            rows ^= self.forgotten.difference()
        if not self._is_alike:
            return self._together ^ known.memory ^ rows
        return self._least(self._together ^ known.memory, rows, self.course)

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each law had anything to say."""
        return *self.course.counts, self.deadlocks_sought

    @counts.setter
    def counts(self, counts: tuple[int, ...]) -> None:
        self.course.counts, self.deadlocks_sought = counts[:-1], counts[-1]

    def put(self, place: Place, value: Any) -> None:
        """Let this stand at a place from now on; ``None``: nothing."""
        self.set(place, value, self.print_of(place, value))

    def print_of(self, place: Place, value: Hashable) -> int:
        """The fingerprint of what stands at a place."""
        return 0 if value is None else self._print_of(place, kind_of(value), value)

    def set(self, place: Place, value: Any, fingerprint: int) -> None:
        """Let this stand at a place from now on, of which the fingerprint is known."""
        slots, prints = self.slots, self.prints
        self._together ^= prints.get(place, 0) ^ fingerprint
        if value is None:
            if place in slots:
                del slots[place], prints[place]
                self._places = {}
            return
        if place not in slots:
            self._places = {}
        slots[place] = value
        prints[place] = fingerprint

    def happen(self, by: str, step: str, dag: str, events: tuple[Event, ...]) -> Happened:
        """Let events happen; where one does not fit, none does, and the process raises instead."""
        happened = self.course.happen(by, step, dag, events)
        self.breached |= happened.after.breached
        return happened

    def ask(self, key: Hashable, answer: Callable[[], T]) -> T:
        """An answer that depends on the timeline alone is kept."""
        answers = self.course.known.read.answers
        if key not in answers:
            answers[key] = answer()
        found: T = answers[key]
        return found

    def changes_nothing(self, events: tuple[Event, ...]) -> bool:
        """Whether these events leave no trace: not in a law's memory, and no law is broken by them."""
        return self.course.changes_nothing(events)

    # --------------------------------------------------------------------------- forth and back

    def begin(self) -> None:
        """A move begins."""
        slots, prints = self.slots, self.prints
        self._past.append((slots, prints, self._together, self._places, len(self.course.way)))
        self.slots, self.prints = slots.copy(), prints.copy()
        self.breached = 0

    def undo(self) -> None:
        """Take back the last move."""
        self.slots, self.prints, self._together, self._places, length = self._past.pop()
        if len(self.course.way) > length:
            self.course.back(length)

    def told(self) -> list[Happened]:
        """What happened in the last move."""
        return self.course.told(self._past[-1][-1])

    def broken(self) -> int:
        """The laws of states that are broken now."""
        return self.course.known.broken
