"""The course of events under a monitor; each is applied only when something is asked that is not known yet.

A search comes to the same timeline again and again, with processes standing elsewhere. What events make of it, and of what
laws remember, is the same each time, and so is all that rules say of it. So that is kept, and the monitor, which costs most
of a move, is brought up to where the course has come only when it is needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runline.explorer.model import Counts
from runline.explorer.reductions.runs import Unread, as_read
from runline.invariants.law import MemoryLaw
from runline.invariants.monitor import Monitor
from runline.model.errors import IntegrityError
from runline.model.events import Event, Raised
from runline.model.instants import Instant
from runline.model.timeline import Timeline

if TYPE_CHECKING:
    from runline.explorer.advance import Effect
    from runline.explorer.moves import Move
    from runline.explorer.watchers import Choices

_KEPT = 1 << 15
"""Of how many timelines, with what laws remember of them, it is kept what is known."""


@dataclass(slots=True)
class Happened:
    """What a process committed in one step."""

    by: str
    step: str
    dag: str
    at: Instant
    events: tuple[Event, ...]
    after: After


class Tally:
    """How often each law, by its place, had anything to say at one occasion, and how many of these are not yet counted."""

    __slots__ = ("said", "times")

    def __init__(self, said: Iterable[int]) -> None:
        self.said = list(Counter(said).items())
        self.times = 0


class Read:
    """What is known of a timeline alone, by what else it depends on.

    The ``choices`` of watchers, the moves of workers (``works``), the ``effects`` of both, what is due next, and ``answers``
    to other questions.
    """

    __slots__ = ("answers", "choices", "dues", "effects", "now", "works")

    def __init__(self, now: Instant) -> None:
        self.now = now
        self.choices: dict[int, Choices] = {}
        self.works: dict[int, list[Move]] = {}
        self.effects: dict[int, Effect] = {}
        self.dues: dict[int, Instant | None] = {}
        self.answers: dict[Hashable, Any] = {}


class Known:
    """What is known of a timeline with what the laws remember of it: the fingerprints of both, the laws that are broken.

    What comes ``after`` events, what has ``happened`` in a move, and which events leave no trace (``tried``).
    """

    __slots__ = ("after", "broken", "happened", "memory", "read", "timeline", "tried")

    def __init__(self, timeline: int, memory: int, broken: int, read: Read) -> None:
        self.timeline = timeline
        self.memory = memory
        self.broken = broken
        self.read = read
        self.after: dict[tuple[Event, ...], After] = {}
        self.tried: dict[tuple[Event, ...], tuple[bool, Tally]] = {}
        self.happened: dict[int, Happened] = {}

    def forget(self) -> None:
        """Let go what was kept."""
        read = self.read
        for mine in (self.after, self.tried, self.happened):
            mine.clear()
        for shared in (read.choices, read.works, read.effects, read.dues, read.answers):
            shared.clear()


@dataclass(slots=True)
class After:
    """What comes after events: how they ``happened``, which laws they broke for good, what laws had to say.

    Where one of them did not fit, they were ``refused``: an error happened instead.
    """

    known: Known
    happened: tuple[Event, ...]
    refused: bool
    breached: int
    tally: Tally


class Course:
    """Events that happen one after the other, and are taken back in turn; ``known`` is of where they have come."""

    def __init__(self, monitor: Monitor, unread: Unread, spent: frozenset[str] = frozenset()) -> None:
        self._monitor = monitor
        self._spent = [law for law in monitor.laws if law.id in spent and isinstance(law, MemoryLaw)]
        self._unread = unread
        self._bits = {law.id: 1 << place for place, law in enumerate(monitor.laws)}
        self.way: list[tuple[Known, Happened]] = []
        """What happened, each with where that was."""
        self._applied = 0
        """How much of the way the monitor has gone."""
        self._kept: dict[tuple[int, int], Known] = {}
        self._reads: dict[int, Read] = {}
        self._tallies: list[Tally] = []
        """Those of which something is not yet counted."""
        self.known = self._here()

    def start(self, events: Iterable[Event]) -> None:
        """Let these happen first; that is never taken back."""
        for event in events:
            self._monitor.apply(event)
        self._monitor.count()
        self.known = self._here()

    def told(self, since: int) -> list[Happened]:
        """What has happened since there was so much."""
        return [happened for _, happened in self.way[since:]]

    # ------------------------------------------------------------------------------- forth and back

    def happen(self, by: str, step: str, dag: str, events: tuple[Event, ...]) -> Happened:
        """Let events happen; where one does not fit, none does, and the process raises instead."""
        after = self.known.after.get(events)
        if after is None:
            after = self.known.after[events] = self._first(by, dag, events)
        happened = Happened(by, step, dag, after.known.read.now, after.happened, after)
        self.go(happened)
        return happened

    def go(self, happened: Happened) -> None:
        """Let the same happen here again."""
        after = happened.after
        self.way.append((self.known, happened))
        self.known = after.known
        self._count(after.tally)

    def back(self, length: int) -> None:
        """Take back all but so much."""
        way = self.way
        while len(way) > length:
            self.known, happened = way.pop()
            if self._applied > len(way):
                self._applied -= 1
                for event in reversed(happened.events):
                    self._monitor.undo(event)

    def _first(self, by: str, dag: str, events: tuple[Event, ...]) -> After:
        """Find out what comes after events; the monitor has then gone one ahead of the way."""
        monitor = self._caught_up()
        before = monitor.applied
        happened, refused = as_read(events, self._unread, monitor.timeline) if self._unread.fields else events, False
        try:
            monitor.apply_all(happened)
        except IntegrityError as error:
            refused = True
            happened = (Raised(dag, error.message, (), monitor.timeline.now, by, "integrity"),)
            monitor.apply_all(happened)
        self._applied += 1
        breached = 0
        for breach in monitor.breaches:
            if breach.event >= before:
                breached |= self._bits[breach.law]
        tally = Tally(monitor.not_counted())
        return After(self._here(), happened, refused, breached, tally)

    def changes_nothing(self, events: tuple[Event, ...]) -> bool:
        """Whether these events leave no trace: not in a law's memory, and no law is broken by them."""
        tried = self.known.tried.get(events)
        if tried is None:
            tried = self.known.tried[events] = self._try(events)
        nothing, tally = tried
        self._count(tally)
        return nothing

    def _try(self, events: tuple[Event, ...]) -> tuple[bool, Tally]:
        """Whether events change nothing, and how often each law has something to say of them; that is not yet counted."""
        monitor, known = self._caught_up(), self.known
        breaches = len(monitor.breaches)
        monitor.apply_all(events)
        prints = monitor.timeline.fingerprint, monitor.print_without(self._spent)
        nothing = prints == (known.timeline, known.memory) and len(monitor.breaches) == breaches
        for event in reversed(events):
            monitor.undo(event)
        return nothing, Tally(monitor.not_counted())

    # ------------------------------------------------------------------------------- what is known

    @property
    def monitor(self) -> Monitor:
        """The monitor, where the course has come."""
        self._count_all()
        return self._caught_up()

    @property
    def timeline(self) -> Timeline:
        """The timeline, where the course has come."""
        return self._caught_up().timeline

    def _caught_up(self) -> Monitor:
        """The monitor applies what it has not yet; how often laws have anything to say of that is counted elsewhere."""
        monitor, way = self._monitor, self.way
        if self._applied < len(way):
            for _, happened in way[self._applied :]:
                monitor.apply_all(happened.events)
            self._applied = len(way)
            monitor.not_counted()
        return monitor

    def _here(self) -> Known:
        """What is known of where the monitor is."""
        monitor = self._monitor
        prints = monitor.timeline.fingerprint, monitor.fingerprint
        known = self._kept.get(prints)
        if known is None:
            if len(self._kept) == _KEPT:
                self._forget()
            read = self._reads.get(prints[0])
            if read is None:
                read = self._reads[prints[0]] = Read(monitor.timeline.now)
            known = self._kept[prints] = Known(
                prints[0], monitor.print_without(self._spent), monitor.broken_bits(), read
            )
        return known

    def _forget(self) -> None:
        self._count_all()
        for known in (self.known, *self._kept.values(), *(known for known, _ in self.way)):
            known.forget()
        self._kept.clear()
        self._reads.clear()

    # ------------------------------------------------------------------------------------- counts

    def _count(self, tally: Tally) -> None:
        """Laws had something to say."""
        if not tally.times:
            self._tallies.append(tally)
        tally.times += 1

    def _count_all(self) -> None:
        """Let the monitor know how often laws had something to say of what it did not apply."""
        if self._tallies:
            counts = list(self._monitor.counts)
            for tally in self._tallies:
                for place, count in tally.said:
                    counts[place] += count * tally.times
                tally.times = 0
            self._tallies.clear()
            self._monitor.counts = tuple(counts)

    @property
    def counts(self) -> Counts:
        """How often each law had anything to say."""
        self._count_all()
        return self._monitor.counts

    @counts.setter
    def counts(self, counts: Counts) -> None:
        self._count_all()
        self._monitor.counts = counts
