"""The state of a world that goes forth and back: the timeline with its laws, and what stands at each place."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

from runline.explorer.model import Counts, added, less
from runline.explorer.reductions.alike import Prints
from runline.explorer.reductions.memories import stricter
from runline.explorer.reductions.reduction import WHOLE, Reduced
from runline.explorer.reductions.runs import as_read
from runline.explorer.standing import Handed, Place, kind_of, printer
from runline.invariants.law import AnyLaw, Context
from runline.invariants.monitor import Monitor
from runline.model.errors import IntegrityError
from runline.model.events import Event, Raised
from runline.model.instants import Instant
from runline.model.timeline import Timeline

_KEPT = 1 << 15
"""How many answers to the question whether events change nothing are kept."""


class Happened(NamedTuple):
    """What a process committed in one step."""

    by: str
    step: str
    at: Instant
    events: tuple[Event, ...]


class _Stood(NamedTuple):
    """What stood at a place before, and its fingerprint."""

    place: Place
    value: Hashable
    print: int


class State:
    """What stands at each place, and a monitor over the timeline; every change is kept, and taken back in turn."""

    def __init__(self, laws: list[AnyLaw], context: Context, reduced: Reduced = WHOLE, *, ends: bool = False) -> None:
        self.reduced = reduced
        laws = stricter(laws, reduced.memories)
        prints = Prints(reduced.alike, reduced.jobs)
        self.monitor = Monitor(Timeline(printed=True, ends=ends), laws, context, prints.of)
        self.timeline = self.monitor.timeline
        self.laws = [law.id for law in self.monitor.laws]
        self.slots: dict[Place, Any] = {}
        self.prints: dict[Place, int] = {}
        self.breached = 0
        self.deadlocks_sought = 0
        """How often something was found waiting where nothing could happen any more."""
        self._print_of, self._least = printer(prints, reduced.unread), prints.least
        self._together = 0
        self._come_and_go: dict[str, Any] = {}
        """The places of a kind in their order, until one comes or goes."""
        self._nothing: dict[object, tuple[bool, Counts]] = {}
        self._log: list[Happened | _Stood] = []
        self._marks: list[int] = []

    @property
    def fingerprint(self) -> int:
        """All that tells this state from others."""
        return self._least(self._together ^ self.monitor.fingerprint, self.timeline)

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each law had anything to say."""
        return *self.monitor.counts, self.deadlocks_sought

    @counts.setter
    def counts(self, counts: tuple[int, ...]) -> None:
        *self.monitor.counts, self.deadlocks_sought = counts

    def put(self, place: Place, value: Any) -> None:
        """Let this stand at a place from now on; ``None``: nothing."""
        self._log.append(_Stood(place, self.slots.get(place), self.prints.get(place, 0)))
        self._put(place, value)

    def _put(self, place: Place, value: Any) -> None:
        self._set(place, value, 0 if value is None else self._print_of(place, kind_of(value), value))

    def _set(self, place: Place, value: Any, fingerprint: int) -> None:
        slots, prints = self.slots, self.prints
        self._together ^= prints.get(place, 0) ^ fingerprint
        if value is None:
            if place in slots:
                del slots[place], prints[place]
                self._come_and_go.clear()
            return
        if place not in slots:
            self._come_and_go.clear()
        slots[place] = value
        prints[place] = fingerprint

    def handed(self) -> list[Handed]:
        """The places of the instances that were handed over, in a fixed order."""
        known: list[Handed] | None = self._come_and_go.get("handed")
        if known is None:
            known = self._come_and_go["handed"] = sorted(place for place in self.slots if type(place) is Handed)
        return known

    def happen(self, by: str, step: str, dag: str, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Let events happen; where one does not fit, none does, and the process raises instead. What happened."""
        said = events
        if self.reduced.unread.fields:
            events = as_read(events, self.reduced.unread, self.timeline)
        try:
            self.monitor.apply_all(events)
        except IntegrityError as error:
            said = events = (Raised(dag, error.message, (), self.timeline.now, by, "integrity"),)
            self.monitor.apply_all(events)
        self._log.append(Happened(by, step, self.timeline.now, events))
        return said

    def changes_nothing(self, events: tuple[Event, ...]) -> bool:
        """Whether these events leave no trace: not in a law's memory, and no law is broken by them."""
        known = (*self._prints(), events)
        tried = self._nothing.get(known)
        if tried is None:
            if len(self._nothing) == _KEPT:
                self._nothing.clear()
            tried = self._nothing[known] = self._try(events)
        nothing, said = tried
        if said:
            self.monitor.counts = added(self.monitor.counts, said)
        return nothing

    def _try(self, events: tuple[Event, ...]) -> tuple[bool, Counts]:
        """Whether events change nothing, and how often each law has something to say of them; that is not yet counted."""
        monitor = self.monitor
        counts, before, breaches = monitor.counts, self._prints(), len(monitor.breaches)
        monitor.apply_all(events)
        nothing = self._prints() == before and len(monitor.breaches) == breaches
        for event in reversed(events):
            monitor.undo(event)
        said = less(monitor.counts, counts)
        monitor.counts = counts
        return nothing, said

    def _prints(self) -> tuple[int, int]:
        """What of this state events change, names told apart."""
        return self.timeline.fingerprint, self.monitor.fingerprint

    # --------------------------------------------------------------------------- forth and back

    def begin(self) -> int:
        """A move begins; how many events there were before it."""
        self._marks.append(len(self._log))
        return self.monitor.applied

    def end(self, before: int) -> int:
        """The move is done: note what it broke for good."""
        self.breached = 0
        for breach in reversed(self.monitor.breaches):
            if breach.event < before:
                break
            self.breached |= 1 << self.laws.index(breach.law)
        return self.fingerprint

    def undo(self) -> None:
        """Take back the last move."""
        mark, log = self._marks.pop(), self._log
        while len(log) > mark:
            was = log.pop()
            if isinstance(was, Happened):
                for event in reversed(was.events):
                    self.monitor.undo(event)
            else:
                self._set(*was)

    def told(self) -> list[Happened]:
        """What happened in the last move."""
        return [each for each in self._log[self._marks[-1] :] if isinstance(each, Happened)]

    def broken(self) -> int:
        """The laws of states that are broken now."""
        return self.monitor.broken_bits() if self.monitor.standing else 0
