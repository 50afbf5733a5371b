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


_Remembers = dict[Hashable, Hashable]
_Touched = Callable[[Any, TimelineView], Collection[Locus]]


class _Ear(NamedTuple):
    """A law of events that listens to one type: how it judges, and, if it remembers, how it observes and what.

    ``premise``: what is asked first. ``awaits``: it has nothing to say while it remembers nothing.
    """

    law: str
    premise: Callable[[Any, TimelineView], Any] | None
    judge: Callable[..., Judgement] | None
    observe: Callable[[Any, TimelineView, Memory, Context], tuple[Judgement, Changes]] | None
    memory: _Remembers
    awaits: bool


class _Watch(NamedTuple):
    """A state law that follows the events of one type, with the places where it is broken, and what it remembers."""

    law: str
    judge: Callable[[TimelineView, Any, Memory, Context], bool | None]
    broken: _Broken
    memory: _Remembers
    remember: Callable[[Any, TimelineView, Memory, Any], Changes] | None
    rejudges: bool


_Listeners = tuple[list[_Ear], Callable[[Timeline, Any], None], list[tuple[_Touched, list[_Watch]]]]
"""The laws of events, how the event changes the timeline, and the laws of states by where they look."""


class Monitor:
    """Applies events to a timeline and holds the laws against it.

    ``applied`` counts the events that have happened, ``standing`` the places where a state law is broken now;
    ``breaches`` lists what events broke; ``exercised`` counts how often each law's premise was true. Everything but that
    count is undone with the event.
    """

    def __init__(self, timeline: Timeline, laws: Iterable[AnyLaw], context: Context | None = None) -> None:
        self.timeline = timeline
        self.context = context or Context()
        self.laws = tuple(law for law in laws if law.needs <= self.context.capabilities)
        self.fingerprint = 0
        self.applied = 0
        self.standing = 0
        self.breaches: list[Breach] = []
        self.exercised = {law.id: 0 for law in self.laws}
        self._broken: dict[str, _Broken] = {law.id: {} for law in self.laws}
        self._memory: dict[str, _Remembers] = {law.id: {} for law in self.laws}
        self._trail: list[_Flip | _Remembered] = []
        self._marks: list[int] = []
        """How long the trail was before each event."""
        self._listeners: dict[Hashable, _Listeners] = {}
        """The laws that hear of an event, by its type, or where an instance moves by the states between which it does."""

    def _heard_by(self, event: Event) -> _Listeners:
        """The laws that have anything to say about events like this one."""
        ears: list[_Ear] = []
        watches: dict[_Touched, list[_Watch]] = {}
        kind = type(event)
        for law in self.laws:
            if isinstance(event, TaskMoved) and law.moves is not None and not law.moves(event.before, event.after):
                continue
            memory = self._memory[law.id]
            if isinstance(law, StateLaw):
                if kind in law.touched:
                    broken, rejudges = self._broken[law.id], law.rejudges_remembered
                    remember = law.remember.get(kind)
                    watch = _Watch(law.id, law.judge, broken, memory, remember, rejudges)
                    watches.setdefault(law.touched[kind], []).append(watch)
            elif isinstance(law, StepLaw):
                if kind in law.judge:
                    ears.append(_Ear(law.id, law.premise, law.judge[kind], None, memory, False))
            elif kind in law.observe:
                ears.append(_Ear(law.id, None, None, law.observe[kind], memory, kind in law.awaits))
        return ears, self.timeline.change_by(kind), list(watches.items())

    def apply(self, event: Event) -> None:
        """Apply ``event`` and judge what it may have changed; where it does not fit, nothing happens but the error."""
        kind: Any = type(event)
        if kind is TaskMoved:
            kind = event[1:3]  # by the states between which an instance moves
        listeners = self._listeners.get(kind)
        if listeners is None:
            listeners = self._listeners[kind] = self._heard_by(event)
        before, change, after = listeners
        mark = len(self._trail)
        try:
            if before:
                self._judge_event(before, event)
            change(self.timeline, event)
        except Exception:
            self._take_back(mark)
            raise
        self._marks.append(mark)
        self.applied += 1
        if after:
            self._judge_state(after, event)

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

    def _judge_event(self, ears: list[_Ear], event: Event) -> None:
        timeline, context, exercised = self.timeline, self.context, self.exercised
        asked: object = None
        found: Any = None
        for law, premise, judge, observe, memory, awaits in ears:
            if observe is not None:
                if awaits and not memory:
                    continue
                judgement, changes = observe(event, timeline, memory, context)
                if changes:
                    self._change(law, memory, changes)
            else:
                assert judge is not None
                if premise is None:
                    judgement = judge(event, timeline, context)
                else:
                    if premise is not asked:  # several laws in a row ask the same
                        asked, found = premise, premise(event, timeline)
                    if found is None:
                        continue
                    judgement = judge(event, timeline, context, found)
            if judgement is not False:
                exercised[law] += 1
                if judgement is not True:
                    self.breaches.append(Breach(law, self.applied, judgement, event.rule))

    def _judge_state(self, watches: list[tuple[_Touched, list[_Watch]]], event: Event) -> None:
        timeline, context, exercised = self.timeline, self.context, self.exercised
        for touched, watching in watches:
            places = touched(event, timeline)
            for law, judge, broken, memory, remember, rejudges in watching:
                if remember is not None and (changes := remember(event, timeline, memory, places)):
                    self._change(law, memory, changes)
                loci = list(dict.fromkeys((*places, *memory))) if rejudges and memory else places
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
                self.fingerprint ^= part("memory", law, key, value)
