"""The monitor: laws that follow a timeline event by event, and are undone with it."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Collection, Container, Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from runline.invariants.law import (
    AnyLaw,
    Changes,
    Context,
    Evidence,
    Judgement,
    Locus,
    Memory,
    MemoryLaw,
    StateLaw,
)
from runline.model.events import Event, RunMoved, TaskMoved
from runline.model.fingerprint import part
from runline.model.timeline import Timeline
from runline.model.view import TimelineView


class Breach(NamedTuple):
    """A law broken by an event: the law, the number of the event (from 0), and the evidence."""

    law: str
    event: int
    evidence: Evidence
    rule: str


_Broken = dict[Locus, None]
"""Where a law is broken."""
_Remembers = dict[Hashable, Hashable]
_Flip = tuple[_Broken, Locus]
"""The locus at which a law came to be broken, or to hold again."""
_Remembered = tuple[int, Hashable, Hashable]
"""What the law at a place remembered under a key before an event."""

_Judge = Callable[..., Judgement]
_Premise = Callable[[Any, TimelineView], Any]
_Observe = Callable[[Any, TimelineView, Memory, Context], tuple[Judgement, Changes]]
_Touched = Callable[[Any, TimelineView], Collection[Locus]]
_Look = Callable[[TimelineView, Any, Memory, Context], bool | None]
_Remember = Callable[[Any, TimelineView, Memory, Any], Changes]

# Laws by their place in the order of the monitor, with what they do; tuples in lists, since nothing is read more often.
_Judges = list[tuple[int, _Judge]]
_Observers = list[tuple[int, _Observe, _Remembers, Container[object]]]
"""With what they remember, and what has to hold something if they are to have anything to say."""
_Looks = list[tuple[int, _Look, _Broken, _Remembers]]
_Watches = tuple[_Touched, list[tuple[int, _Remember, _Remembers]], _Looks, Collection[Locus]]
"""State laws that look at the same places: which, what they remember, how they look, and where they look as well."""

_SOMETHING = frozenset({""})


_Ears = tuple[_Judges, list[tuple[_Premise, _Judges]], _Observers]
"""The laws of events that judge one, those that do so when what they ask first is true, and those that remember it."""
_Heard = tuple[list[int], _Ears | None, Callable[[Timeline, Any], None], list[_Watches]]
"""What is done when an event of one kind happens: the laws that such events always keep; those that judge it, if any;
how it changes the timeline; those that then look at its state."""


def _listens(law: AnyLaw, event: Event) -> bool:
    """Whether a law may have anything to say about the move that an event is, if it is one."""
    if isinstance(event, TaskMoved):
        return law.moves is None or law.moves(event.before, event.after)
    return not isinstance(event, RunMoved) or law.run_moves is None or law.run_moves(event.before, event.after)


class Monitor:
    """Applies events to a timeline and holds the laws against it.

    ``applied`` counts the events that have happened, ``standing`` the places where a state law is broken now;
    ``breaches`` lists what events broke; ``exercised`` counts how often each law's premise was true. Everything but that
    count is undone with the event.
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
        self._exercised = [0] * len(self.laws)
        self._broken: dict[str, _Broken] = {law.id: {} for law in self.laws}
        self._memory: list[_Remembers] = [{} for _ in self.laws]
        self._places = {law.id: place for place, law in enumerate(self.laws)}
        self._trail: list[_Flip | _Remembered] = []
        self._marks: list[int] = []
        """How long the trail was before each event."""
        self._heard: dict[Hashable, _Heard] = {}
        """What is done when an event happens, by its type; where something moves, by the states between which it does."""

    @property
    def exercised(self) -> dict[str, int]:
        """How often the premise of each law was true."""
        return {law.id: times for law, times in zip(self.laws, self._exercised, strict=True)}

    @property
    def counts(self) -> tuple[int, ...]:
        """The same in the order of the laws; it may be set, as nothing else takes it back."""
        return tuple(self._exercised)

    @counts.setter
    def counts(self, counts: Iterable[int]) -> None:
        self._exercised[:] = counts

    def _hear(self, kind: Hashable, event: Event) -> _Heard:
        """Find the laws that have anything to say about events like this one."""
        kept: list[int] = []
        asking: dict[_Premise | None, _Judges] = {None: []}
        observers: _Observers = []
        watches: dict[Hashable, _Watches] = {}
        moves = (event.before, event.after) if isinstance(event, TaskMoved) else None
        for place, law in enumerate(self.laws):
            if not _listens(law, event):
                continue
            if isinstance(law, StateLaw):
                self._watch(watches, place, law, type(event))
            elif isinstance(law, MemoryLaw):
                self._observe(observers, place, law, type(event))
            elif moves and law.kept_by is not None and law.kept_by(*moves):
                kept.append(place)
            elif judge := law.judge.get(type(event)):
                asking.setdefault(law.premise, []).append((place, judge))
        judges, change = asking.pop(None), self.timeline.change_by(type(event))
        asks = [(premise, judges) for premise, judges in asking.items() if premise is not None]
        ears = (judges, asks, observers)
        self._heard[kind] = kept, ears if any(ears) else None, change, list(watches.values())
        return self._heard[kind]

    def _observe(self, observers: _Observers, place: int, law: MemoryLaw, kind: type) -> None:
        if kind in law.observe:
            memory = self._memory[place]
            observers.append((place, law.observe[kind], memory, memory if kind in law.awaits else _SOMETHING))

    def _watch(self, watches: dict[Hashable, _Watches], place: int, law: StateLaw, kind: type) -> None:
        """Let a law look with those that look at the same places; one that looks elsewhere too looks by itself."""
        touched = law.touched.get(kind)
        if touched is None:
            return
        memory = self._memory[place]
        fresh: _Watches = (touched, [], [], memory if law.rejudges_remembered else ())
        _, remembers, looks, _ = watches.setdefault((touched, law.rejudges_remembered and place), fresh)
        looks.append((place, law.judge, self._broken[law.id], memory))
        if kind in law.remember:
            remembers.append((place, law.remember[kind], memory))

    def apply(self, event: Event) -> None:
        """Apply ``event`` and judge what it may have changed; where it does not fit, nothing happens but the error."""
        kind: Any = type(event)
        if kind is TaskMoved:
            kind = event[1:3]
        elif kind is RunMoved:
            kind = (kind, *event[1:3])
        heard = self._heard.get(kind)
        if heard is None:
            heard = self._hear(kind, event)
        kept, ears, change, watches = heard
        mark = len(self._trail)
        try:
            if ears is not None:
                self._judge_event(ears, event)
            change(self.timeline, event)
        except Exception:
            self._take_back(mark)
            raise
        self._marks.append(mark)
        self.applied += 1
        if kept:
            for place in kept:
                self._exercised[place] += 1
        if watches:
            self._judge_state(watches, event)

    def undo(self, event: Event) -> None:
        """Take back ``event``, the last one applied, and all that was judged and remembered because of it."""
        self.timeline.undo(event)
        mark = self._marks.pop()
        self.applied -= 1
        if len(self._trail) > mark or self.breaches:
            self._take_back(mark)

    def settle(self) -> None:
        """What has happened so far stays: keep no longer what undoing it would take."""
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

    def _judge_event(self, ears: _Ears, event: Event) -> None:
        timeline, context, exercised = self.timeline, self.context, self._exercised
        judges, asking, observers = ears
        for place, judge in judges:
            judgement = judge(event, timeline, context)
            if judgement is True:
                exercised[place] += 1
            elif judgement is not False:
                self._breach(place, judgement, event)
        if asking:
            self._ask(asking, event)
        for place, observe, memory, listens in observers:
            if not listens:
                continue
            judgement, changes = observe(event, timeline, memory, context)
            if changes:
                self._change(place, memory, changes)
            if judgement is True:
                exercised[place] += 1
            elif judgement is not False:
                self._breach(place, judgement, event)

    def _ask(self, asking: list[tuple[_Premise, _Judges]], event: Event) -> None:
        """Let laws judge whose premise is true; what several ask first is asked once."""
        for premise, judges in asking:
            found = premise(event, self.timeline)
            for place, judge in () if found is None else judges:
                judgement = judge(event, self.timeline, self.context, found)
                if judgement is True:
                    self._exercised[place] += 1
                elif judgement is not False:
                    self._breach(place, judgement, event)

    def _judge_state(self, watches: list[_Watches], event: Event) -> None:
        timeline, context, exercised = self.timeline, self.context, self._exercised
        for touched, remembers, looks, also in watches:
            loci = touched(event, timeline)
            for place, remember, memory in remembers:
                changes = remember(event, timeline, memory, loci)
                if changes:
                    self._change(place, memory, changes)
            for locus in dict.fromkeys((*loci, *also)) if also else loci:
                for place, look, broken, memory in looks:
                    holds = look(timeline, locus, memory, context)
                    if holds is not None:
                        exercised[place] += 1
                    if (holds is False or broken) and (holds is False) is not (locus in broken):
                        self._trail.append((broken, locus))
                        self._flip(broken, locus)

    def _breach(self, place: int, evidence: Evidence, event: Event) -> None:
        """Note that an event broke a law: in the order of events, then of laws."""
        self._exercised[place] += 1
        insort(self.breaches, Breach(self.laws[place].id, self.applied, evidence, event.rule), key=self._order)

    def _order(self, breach: Breach) -> tuple[int, int]:
        return breach.event, self._places[breach.law]

    def _flip(self, broken: _Broken, locus: Locus) -> None:
        """Let a law come to be broken at a locus, or to hold there again."""
        if locus in broken:
            del broken[locus]
            self.standing -= 1
        else:
            broken[locus] = None
            self.standing += 1

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
