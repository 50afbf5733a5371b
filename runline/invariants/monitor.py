"""The monitor: laws that follow a timeline event by event, and are undone with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from runline.invariants.law import AnyLaw, Changes, Context, Evidence, Judgement, Locus, Memory, StateLaw, StepLaw
from runline.model.events import Event, TaskMoved
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
_Flip = tuple[_Broken, Locus]
"""The locus at which a law came to be broken, or to hold again."""
_Remembered = tuple[str, Hashable, Hashable]
"""What a law remembered under a key before an event."""


_Touched = Callable[[Any, TimelineView], Collection[Locus]]


class _Ear(NamedTuple):
    """A law of events that listens to one type: how it judges, and, if it remembers, how it observes and what."""

    law: str
    judge: Callable[[Any, TimelineView, Context], Judgement] | None
    observe: Callable[[Any, TimelineView, Memory, Context], tuple[Judgement, Changes]] | None
    memory: dict[Hashable, Hashable]


class _Watch(NamedTuple):
    """A state law that follows the events of one type, with the places where it is broken, and what it remembers."""

    law: str
    touched: _Touched
    judge: Callable[[TimelineView, Any, Memory, Context], bool | None]
    broken: _Broken
    memory: dict[Hashable, Hashable]
    remember: Callable[[Event, TimelineView, Memory], Changes] | None
    rejudges: bool


_Listeners = tuple[list[_Ear], list[_Watch]]


class Monitor:
    """Applies events to a timeline and holds the laws against it.

    ``standing`` counts the places where a state law is broken now; ``breaches`` lists what events broke;
    ``exercised`` counts how often each law's premise was true. Everything but that count is undone with the event.
    """

    def __init__(self, timeline: Timeline, laws: Iterable[AnyLaw], context: Context | None = None) -> None:
        self.timeline = timeline
        self.context = context or Context()
        self.laws = tuple(law for law in laws if law.needs <= self.context.capabilities)
        self.fingerprint = 0
        self.standing = 0
        self.breaches: list[Breach] = []
        self.exercised = {law.id: 0 for law in self.laws}
        self._broken: dict[str, _Broken] = {law.id: {} for law in self.laws}
        self._memory: dict[str, dict[Hashable, Hashable]] = {law.id: {} for law in self.laws}
        self._trail: list[_Flip | _Remembered] = []
        self._marks: list[int] = []
        """How long the trail was before each event."""
        self._listeners: dict[Hashable, _Listeners] = {}
        """The laws that hear of an event, by its type, or where an instance moves by the states between which it does."""

    def _heard_by(self, event: Event) -> _Listeners:
        """The laws that have anything to say about events like this one."""
        ears: list[_Ear] = []
        watches: list[_Watch] = []
        kind = type(event)
        for law in self.laws:
            if isinstance(event, TaskMoved) and law.moves is not None and not law.moves(event.before, event.after):
                continue
            memory = self._memory[law.id]
            if isinstance(law, StateLaw):
                if kind in law.touched:
                    broken, rejudges = self._broken[law.id], law.rejudges_remembered
                    watches.append(_Watch(law.id, law.touched[kind], law.judge, broken, memory, law.remember, rejudges))
            elif isinstance(law, StepLaw):
                if kind in law.judge:
                    ears.append(_Ear(law.id, law.judge[kind], None, memory))
            elif kind in law.observe:
                ears.append(_Ear(law.id, None, law.observe[kind], memory))
        return ears, watches

    def apply(self, event: Event) -> None:
        """Apply ``event`` and judge what it may have changed; where it does not fit, nothing happens but the error."""
        kind: Any = (event.before, event.after) if isinstance(event, TaskMoved) else type(event)
        listeners = self._listeners.get(kind)
        if listeners is None:
            listeners = self._listeners[kind] = self._heard_by(event)
        before, after = listeners
        mark = len(self._trail)
        try:
            if before:
                self._judge_event(before, event)
            self.timeline.apply(event)
        except Exception:
            self._take_back(mark)
            raise
        self._marks.append(mark)
        if after:
            self._judge_state(after, event)

    def undo(self, event: Event) -> None:
        """Take back ``event``, the last one applied, and all that was judged and remembered because of it."""
        self.timeline.undo(event)
        mark = self._marks.pop()
        if len(self._trail) > mark or self.breaches:
            self._take_back(mark)

    def _take_back(self, mark: int) -> None:
        trail = self._trail
        while len(trail) > mark:
            was = trail.pop()
            if len(was) == 2:
                self._flip(*was)
            else:
                self._remember(*was)
        while self.breaches and self.breaches[-1].event >= len(self._marks):
            self.breaches.pop()

    @property
    def applied(self) -> int:
        """How many events have happened."""
        return len(self._marks)

    def broken(self) -> Iterator[tuple[StateLaw, Locus, Evidence]]:
        """The state laws that are broken now, each place where they are, with evidence."""
        for law in self.laws:
            if isinstance(law, StateLaw):
                for locus in self._broken[law.id]:
                    yield law, locus, law.tell(self.timeline, locus)

    def memory(self, law_id: str) -> dict[Hashable, Hashable]:
        """What a law remembers."""
        return dict(self._memory[law_id])

    def _judge_event(self, ears: list[_Ear], event: Event) -> None:
        timeline, context, exercised = self.timeline, self.context, self.exercised
        for law, judge, observe, memory in ears:
            if judge is not None:
                judgement = judge(event, timeline, context)
            else:
                assert observe is not None
                judgement, changes = observe(event, timeline, memory, context)
                if changes:
                    self._change(law, changes)
            if judgement is not False:
                exercised[law] += 1
                if judgement is not True:
                    self.breaches.append(Breach(law, len(self._marks), judgement, event.rule))

    def _judge_state(self, watches: list[_Watch], event: Event) -> None:
        timeline, context, exercised = self.timeline, self.context, self.exercised
        for law, touched, judge, broken, memory, remember, rejudges in watches:
            loci = touched(event, timeline)
            if remember is not None and (changes := remember(event, timeline, memory)):
                self._change(law, changes)
            if rejudges and memory:
                loci = list(dict.fromkeys((*loci, *memory)))
            for locus in loci:
                holds = judge(timeline, locus, memory, context)
                if holds is not None:
                    exercised[law] += 1
                if (holds is False) is not (locus in broken):
                    self._trail.append((broken, locus))
                    self._flip(broken, locus)

    def _flip(self, broken: _Broken, locus: Locus) -> None:
        """Let a law come to be broken at a locus, or to hold there again."""
        if locus in broken:
            del broken[locus]
            self.standing -= 1
        else:
            broken[locus] = None
            self.standing += 1

    def _change(self, law_id: str, changes: Changes) -> None:
        for key, value in changes:
            self._trail.append((law_id, key, self._memory[law_id].get(key)))
            self._remember(law_id, key, value)

    def _remember(self, law_id: str, key: Hashable, value: Hashable) -> None:
        memory = self._memory[law_id]
        was = memory.get(key)
        if was is not None and self.timeline.printed:
            self.fingerprint ^= part("memory", law_id, key, was)
        if value is None:
            memory.pop(key, None)
        else:
            memory[key] = value
            if self.timeline.printed:
                self.fingerprint ^= part("memory", law_id, key, value)
