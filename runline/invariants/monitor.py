"""The monitor: laws that follow a timeline event by event, and are undone with it."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from runline.invariants.law import AnyLaw, Changes, Context, Evidence, Locus, MemoryLaw, StateLaw
from runline.invariants.written import Broken, Happen, Heard, Watch, written
from runline.model.events import Event, RunMoved, TaskMoved
from runline.model.fingerprint import part
from runline.model.notice import effect_of
from runline.model.timeline import Timeline

_MANY = 1 << 14
"""After how often they were true premises are counted, at the latest."""


class Breach(NamedTuple):
    """A law broken by an event: the law, the number of the event (from 0), and the evidence."""

    law: str
    event: int
    evidence: Evidence
    rule: str


_Remembers = dict[Hashable, Hashable]
_Flip = tuple[Broken, Locus]
"""The locus at which a law came to be broken, or to hold again."""
_Remembered = tuple[int, Hashable, Hashable]
"""What the law at a place remembered under a key before an event."""


def _listens(law: AnyLaw, event: Event) -> bool:
    """Whether a law may have anything to say about the move that an event is, if it is one."""
    if isinstance(event, TaskMoved):
        return law.moves is None or law.moves(event.before, event.after)
    return not isinstance(event, RunMoved) or law.run_moves is None or law.run_moves(event.before, event.after)


def _silences(law: StateLaw, event: Event) -> bool:
    """Whether a law has nothing to say of what an event touches, once it has happened."""
    return isinstance(event, TaskMoved) and law.silenced_by is not None and law.silenced_by(event.before, event.after)


def _awaits(law: MemoryLaw, event: Event) -> bool:
    """Whether a law has nothing to say about events like this one while it remembers nothing."""
    if isinstance(event, TaskMoved) and law.awaits_moves is not None:
        return law.awaits_moves(event.before, event.after)
    return type(event) in law.awaits


class Monitor:
    """Applies events to a timeline and holds the laws against it.

    ``applied`` counts the events that have happened, ``standing`` the places where a state law is broken now;
    ``breaches`` lists what events broke; ``exercised`` counts how often each law's premise was true; ``troubled`` says
    whether any law was ever broken. Everything but these two is undone with the event.
    """

    def __init__(
        self,
        timeline: Timeline,
        laws: Iterable[AnyLaw],
        context: Context | None = None,
        part: Callable[..., int] = part,
    ) -> None:
        self.timeline = timeline
        self._printed = timeline.printed
        self.context = context or Context()
        self.laws = tuple(law for law in laws if law.needs <= self.context.capabilities)
        self.fingerprint = 0
        self._part = part
        """The fingerprint of a part of what is remembered."""
        self.applied = 0
        self.standing = 0
        self.breaches: list[Breach] = []
        self.troubled = False
        self._says: list[int] = []
        """The places of laws whose premise was true, once for each time; these are not counted yet."""
        self._exercised = [0] * len(self.laws)
        self._broken: dict[str, Broken] = {law.id: {} for law in self.laws}
        self._memory: list[_Remembers] = [{} for _ in self.laws]
        self._places = {law.id: place for place, law in enumerate(self.laws)}
        self._trail: list[_Flip | _Remembered] = []
        self._marks: list[int] = []
        """How long the trail was before each event."""
        self._happens: dict[Hashable, Happen] = {}
        """Lets an event happen, by its type; where something moves, by the states between which it does."""

    @property
    def exercised(self) -> dict[str, int]:
        """How often the premise of each law was true."""
        return {law.id: times for law, times in zip(self.laws, self.counts, strict=True)}

    @property
    def counts(self) -> tuple[int, ...]:
        """The same in the order of the laws; it may be set, as nothing else takes it back."""
        self.count()
        return tuple(self._exercised)

    @counts.setter
    def counts(self, counts: Iterable[int]) -> None:
        self._says.clear()
        self._exercised[:] = counts

    def count(self) -> None:
        """Count what laws had to say until now."""
        if self._says:
            said = bytes(self.not_counted())
            for place in set(said):
                self._exercised[place] += said.count(place)

    def not_counted(self) -> list[int]:
        """The laws, by their places, whose premise was true since the last count, once for each time; nor are they now."""
        said = self._says[:]
        self._says.clear()
        return said

    def _write(self, kind: Hashable, event: Event) -> Happen:
        """Put down what is done when an event like this one happens: the laws that have anything to say about it."""
        heard = self._hear(event)
        names: dict[str, Any] = {
            "timeline": self.timeline,
            "context": self.context,
            "says": self._says,
            "trail": self._trail,
            "marks": self._marks,
        }
        for place, law in enumerate(self.laws):
            names |= {f"memory_{place}": self._memory[place], f"broken_{place}": self._broken[law.id]}
        self._happens[kind] = happen = written(heard, names, printed=self._printed)
        return happen

    def _hear(self, event: Event) -> Heard:
        """Find the laws that have anything to say about events like this one."""
        heard = Heard([], {None: {}}, {}, [], self.timeline.change_by(event), [], effect_of(event))
        watches: dict[Hashable, Watch] = {}
        for place, law in enumerate(self.laws):
            if not _listens(law, event):
                continue
            if isinstance(law, StateLaw):
                self._watch(watches, place, law, event)
            elif isinstance(law, MemoryLaw):
                self._observe(heard, place, law, event)
            elif isinstance(event, TaskMoved) and law.kept_by is not None and law.kept_by(event.before, event.after):
                heard.kept.append(place)
            elif judge := law.judge.get(type(event)):
                heard.judges.setdefault(law.premise, {})[place] = judge
        return heard._replace(watches=list(watches.values()))

    def _observe(self, heard: Heard, place: int, law: MemoryLaw, event: Event) -> None:
        observe = law.observe.get(type(event))
        if isinstance(event, TaskMoved) and law.forgets is not None and law.forgets(event.before, event.after):
            heard.forgets.append(place)
        elif observe is not None:
            heard.observes[place] = observe, self._memory[place] if _awaits(law, event) else None

    def _watch(self, watches: dict[Hashable, Watch], place: int, law: StateLaw, event: Event) -> None:
        """Let a law look with those that look at the same places; one that looks elsewhere too looks by itself."""
        kind = type(event)
        touched = law.touched.get(kind)
        if touched is None:
            return
        fresh = Watch(touched, {}, {}, self._memory[place] if law.rejudges_remembered else None)
        watch = watches.setdefault((touched, law.rejudges_remembered and place), fresh)
        watch.looks[place] = None if _silences(law, event) else law.judge
        if kind in law.remember:
            watch.remembers[place] = law.remember[kind]

    def apply(self, event: Event) -> None:
        """Apply ``event`` and judge what it may have changed; where it does not fit, nothing happens but the error."""
        self.apply_all((event,))

    def apply_all(self, events: Sequence[Event]) -> int:
        """The same with the events of a commit, in order; where one does not fit, none happens.

        What it says is what they may let others do (:mod:`runline.model.notice`).
        """
        before, happens, effect = self.applied, self._happens, 0
        try:
            for event in events:
                kind: Any = type(event)
                if kind is TaskMoved:
                    kind = event[1:3]
                elif kind is RunMoved:
                    kind = (kind, *event[1:3])
                effect |= (happens.get(kind) or self._write(kind, event))(self, event)
        except Exception:
            for event in reversed(events[: self.applied - before]):
                self.undo(event)
            raise
        return effect

    def undo(self, event: Event) -> None:
        """Take back ``event``, the last one applied, and all that was judged and remembered because of it."""
        self.timeline.undo(event)
        mark = self._marks.pop()
        self.applied -= 1
        if len(self._trail) > mark or self.breaches:
            self._take_back(mark)

    def settle(self) -> None:
        """What has happened so far stays: keep no longer what undoing it would take."""
        if len(self._says) > _MANY:
            self.count()
        self._trail.clear()
        self._marks.clear()
        self.timeline.settle()

    def _take_back(self, mark: int) -> None:
        trail = self._trail
        while len(trail) > mark:
            was = trail.pop()
            if len(was) == 2:
                self._flip(*was)
            else:
                self._unchange(*was)
        while self.breaches and self.breaches[-1].event >= self.applied:
            self.breaches.pop()

    def broken(self) -> Iterator[tuple[StateLaw, Locus, Evidence]]:
        """The state laws that are broken now, each place where they are, with evidence."""
        for law in self.laws:
            if isinstance(law, StateLaw):
                for locus in self._broken[law.id]:
                    yield law, locus, law.tell(self.timeline, locus)

    def broken_bits(self) -> int:
        """The state laws that are broken now, as bits by their places among the laws."""
        bits = 0
        for place, loci in enumerate(self._broken.values()) if self.standing else ():
            if loci:
                bits |= 1 << place
        return bits

    def memory(self, law_id: str) -> dict[Hashable, Hashable]:
        """What a law remembers."""
        return dict(self._memory[self._places[law_id]])

    def print_without(self, spent: Iterable[MemoryLaw]) -> int:
        """The fingerprint of what is remembered without what is spent of what these laws remember."""
        fingerprint = self.fingerprint
        for law in spent:
            memory = self._memory[self._places[law.id]]
            if law.spent is not None and memory:
                for key in law.spent(self.timeline, memory):
                    fingerprint ^= self._part("memory", law.id, key, memory[key])
        return fingerprint

    def _breach(self, place: int, evidence: Evidence, event: Event) -> None:
        """Note that an event broke a law: in the order of events, then of laws."""
        self.troubled = True
        self._says.append(place)
        insort(self.breaches, Breach(self.laws[place].id, self.applied, evidence, event.rule), key=self._order)

    def _order(self, breach: Breach) -> tuple[int, int]:
        return breach.event, self._places[breach.law]

    def _look_again(self, broken: Broken, locus: Locus, breaks: bool) -> None:
        """Note that a law is broken at a locus or holds there, where that is news."""
        if breaks is not (locus in broken):
            self._trail.append((broken, locus))
            self._flip(broken, locus)

    def _flip(self, broken: Broken, locus: Locus) -> None:
        """Let a law come to be broken at a locus, or to hold there again."""
        if locus in broken:
            del broken[locus]
            self.standing -= 1
        else:
            broken[locus] = None
            self.standing += 1
            self.troubled = True

    def _change(self, place: int, memory: _Remembers, changes: Changes) -> None:
        for key, value in changes:
            was = memory.get(key)
            self._trail.append((place, key, was))
            if self._printed:
                self._print(place, key, was, value)
            if value is not None:
                memory[key] = value
            elif was is not None:
                del memory[key]

    def _unchange(self, place: int, key: Hashable, was: Hashable) -> None:
        memory = self._memory[place]
        if self._printed:
            self._print(place, key, memory.get(key), was)
        if was is None:
            memory.pop(key, None)
        else:
            memory[key] = was

    def _print(self, place: int, key: Hashable, was: Hashable, now: Hashable) -> None:
        """Let the fingerprint tell what a law remembers now under a key instead of what it did."""
        for value in (was, now):
            if value is not None:
                self.fingerprint ^= self._part("memory", self.laws[place].id, key, value)
