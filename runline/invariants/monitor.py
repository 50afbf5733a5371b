"""The monitor: laws that follow a timeline event by event, and are undone with it."""

from __future__ import annotations

from bisect import insort
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


_Remembers = dict[Hashable, Hashable]
_Judge = Callable[..., Judgement]
_Premise = Callable[[Any, TimelineView], Any]
_Observe = Callable[[Any, TimelineView, Memory, Context], tuple[Judgement, Changes]]
_Touched = Callable[[Any, TimelineView], Collection[Locus]]
_Look = Callable[[TimelineView, Any, Memory, Context], bool | None]
_Remember = Callable[[Any, TimelineView, Memory, Any], Changes]


class _Ears(NamedTuple):
    """The laws of events that listen to those of one type, and how they judge; tuples, since nothing is read more often."""

    judges: list[tuple[str, _Judge]]
    asking: dict[_Premise, list[tuple[str, _Judge]]]
    """By what they ask first."""
    observers: list[tuple[str, _Observe, _Remembers, bool]]
    """Those that remember, with what they do, and whether they have nothing to say while that is nothing."""


class _Watches(NamedTuple):
    """The state laws that look at the same places after events of one type."""

    touched: _Touched
    remembers: list[tuple[str, _Remember, _Remembers]]
    looks: list[tuple[str, _Look, _Broken, _Remembers, bool]]
    """How each looks, where it is broken, what it remembers, and whether it looks at what it remembers, too."""


_Listeners = tuple[_Ears | None, Callable[[Timeline, Any], None], list[_Watches]]
"""The laws that hear of an event, and between them how it changes the timeline."""


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
        self.context = context or Context()
        self.laws = tuple(law for law in laws if law.needs <= self.context.capabilities)
        self.fingerprint = 0
        self._part = part
        """The fingerprint of a part of what is remembered."""
        self.applied = 0
        self.standing = 0
        self.breaches: list[Breach] = []
        self.exercised = {law.id: 0 for law in self.laws}
        self._broken: dict[str, _Broken] = {law.id: {} for law in self.laws}
        self._memory: dict[str, _Remembers] = {law.id: {} for law in self.laws}
        self._trail: list[_Flip | _Remembered] = []
        self._places = {law.id: place for place, law in enumerate(self.laws)}
        self._marks: list[int] = []
        """How long the trail was before each event."""
        self._listeners: dict[Hashable, _Listeners] = {}
        """The laws that hear of an event, by its type, or where an instance moves by the states between which it does."""

    def _heard_by(self, event: Event) -> _Listeners:
        """The laws that have anything to say about events like this one."""
        ears = _Ears([], {}, [])
        watches: dict[_Touched, _Watches] = {}
        kind = type(event)
        for law in self.laws:
            if isinstance(event, TaskMoved) and law.moves is not None and not law.moves(event.before, event.after):
                continue
            if isinstance(law, StateLaw):
                if kind in law.touched:
                    touched = law.touched[kind]
                    self._watch(watches.setdefault(touched, _Watches(touched, [], [])), law, kind)
            elif isinstance(law, StepLaw):
                if kind in law.judge:
                    asked = ears.judges if law.premise is None else ears.asking.setdefault(law.premise, [])
                    asked.append((law.id, law.judge[kind]))
            elif kind in law.observe:
                ears.observers.append((law.id, law.observe[kind], self._memory[law.id], kind in law.awaits))
        return ears if any(ears) else None, self.timeline.change_by(kind), list(watches.values())

    def _watch(self, watches: _Watches, law: StateLaw, kind: type) -> None:
        memory = self._memory[law.id]
        if kind in law.remember:
            watches.remembers.append((law.id, law.remember[kind], memory))
        watches.looks.append((law.id, law.judge, self._broken[law.id], memory, law.rejudges_remembered))

    def apply(self, event: Event) -> None:
        """Apply ``event`` and judge what it may have changed; where it does not fit, nothing happens but the error."""
        kind: Any = type(event)
        if kind is TaskMoved:
            kind = event[1:3]  # by the states between which an instance moves
        listeners = self._listeners.get(kind)
        if listeners is None:
            listeners = self._listeners[kind] = self._heard_by(event)
        ears, change, watches = listeners
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

    def broken_laws(self) -> list[str]:
        """The state laws that are broken now, without evidence."""
        return [law for law, places in self._broken.items() if places] if self.standing else []

    def memory(self, law_id: str) -> dict[Hashable, Hashable]:
        """What a law remembers."""
        return dict(self._memory[law_id])

    def _judge_event(self, ears: _Ears, event: Event) -> None:
        timeline, context, exercised = self.timeline, self.context, self.exercised
        judges, asking, observers = ears
        for law, judge in judges:
            judgement = judge(event, timeline, context)
            if judgement is True:
                exercised[law] += 1
            elif judgement is not False:
                self._breach(law, judgement, event)
        if asking:
            self._ask(asking, event)
        for law, observe, memory, awaits in observers:
            if awaits and not memory:
                continue
            judgement, changes = observe(event, timeline, memory, context)
            if changes:
                self._change(law, memory, changes)
            if judgement is True:
                exercised[law] += 1
            elif judgement is not False:
                self._breach(law, judgement, event)

    def _ask(self, asking: dict[_Premise, list[tuple[str, _Judge]]], event: Event) -> None:
        """Let laws judge whose premise is true; what several ask first is asked once."""
        for premise, judges in asking.items():
            found = premise(event, self.timeline)
            for law, judge in () if found is None else judges:
                judgement = judge(event, self.timeline, self.context, found)
                if judgement is True:
                    self.exercised[law] += 1
                elif judgement is not False:
                    self._breach(law, judgement, event)

    def _breach(self, law: str, evidence: Evidence, event: Event) -> None:
        """Note that an event broke a law: in the order of events, then of laws."""
        self.exercised[law] += 1
        insort(self.breaches, Breach(law, self.applied, evidence, event.rule), key=self._place)

    def _place(self, breach: Breach) -> tuple[int, int]:
        return breach.event, self._places[breach.law]

    def _judge_state(self, watches: list[_Watches], event: Event) -> None:
        timeline, context, exercised = self.timeline, self.context, self.exercised
        for touched, remembers, looks in watches:
            places = touched(event, timeline)
            for law, remember, memory in remembers:
                changes = remember(event, timeline, memory, places)
                if changes:
                    self._change(law, memory, changes)
            for law, judge, broken, memory, rejudges in looks:
                for locus in dict.fromkeys((*places, *memory)) if rejudges and memory else places:
                    holds = judge(timeline, locus, memory, context)
                    if holds is not None:
                        exercised[law] += 1
                    if (holds is False or broken) and (holds is False) is not (locus in broken):
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

    def _change(self, law: str, memory: _Remembers, changes: Changes) -> None:
        trail, printed = self._trail, self.timeline.printed
        for key, value in changes:
            was = memory.get(key)
            trail.append((law, key, was))
            if printed:
                self._print(law, key, was, value)
            if value is not None:
                memory[key] = value
            elif was is not None:
                del memory[key]

    def _unchange(self, law: str, key: Hashable, was: Hashable) -> None:
        memory = self._memory[law]
        if self.timeline.printed:
            self._print(law, key, memory.get(key), was)
        if was is None:
            memory.pop(key, None)
        else:
            memory[key] = was

    def _print(self, law: str, key: Hashable, was: Hashable, now: Hashable) -> None:
        """Let the fingerprint tell what a law remembers now under a key instead of what it did."""
        for value in (was, now):
            if value is not None:
                self.fingerprint ^= self._part("memory", law, key, value)
