"""The monitor: laws that follow a timeline event by event, and are undone with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from typing import Any, NamedTuple

from runline.invariants.law import AnyLaw, Changes, Context, Evidence, Locus, MemoryLaw, StateLaw, StepLaw
from runline.model.events import Event
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


class _Watch:
    """A state law that follows the events of one type, with the places where it is broken, and what it remembers."""

    __slots__ = ("broken", "judge", "law", "law_id", "memory", "remembers", "touched")

    def __init__(self, law: StateLaw, touched: _Touched, broken: _Broken, memory: dict[Hashable, Hashable]) -> None:
        self.law = law
        self.law_id = law.id
        self.touched = touched
        self.judge = law.judge
        self.broken = broken
        self.memory = memory
        self.remembers = law.remember is not None or law.rejudges_remembered


_Listeners = tuple[list[StepLaw | MemoryLaw], list[_Watch]]
_NOBODY: _Listeners = ([], [])


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
        self._listeners: dict[type, _Listeners] = {}
        for law in self.laws:
            self._listen(law)

    def _listen(self, law: AnyLaw) -> None:
        if isinstance(law, StateLaw):
            for listened, touched in law.touched.items():
                watch = _Watch(law, touched, self._broken[law.id], self._memory[law.id])
                self._listeners.setdefault(listened, ([], []))[1].append(watch)
        else:
            for listened in law.judge if isinstance(law, StepLaw) else law.observe:
                self._listeners.setdefault(listened, ([], []))[0].append(law)

    def apply(self, event: Event) -> None:
        """Apply ``event`` and judge what it may have changed; where it does not fit, nothing happens but the error."""
        before, after = self._listeners.get(type(event), _NOBODY)
        mark = len(self._trail)
        try:
            for law in before:
                self._judge_event(law, event)
            self.timeline.apply(event)
        except Exception:
            self._take_back(mark)
            raise
        self._marks.append(mark)
        for watch in after:
            self._judge_state(watch, event)

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

    def _judge_event(self, law: StepLaw | MemoryLaw, event: Event) -> None:
        if isinstance(law, MemoryLaw):
            judgement, changes = law.observe[type(event)](event, self.timeline, self._memory[law.id], self.context)
            self._change(law.id, changes)
        else:
            judgement = law.judge[type(event)](event, self.timeline, self.context)
        if judgement is not False:
            self.exercised[law.id] += 1
            if judgement is not True:
                self.breaches.append(Breach(law.id, len(self._marks), judgement, event.rule))

    def _judge_state(self, watch: _Watch, event: Event) -> None:
        broken, memory, timeline = watch.broken, watch.memory, self.timeline
        loci = watch.touched(event, timeline)
        if watch.remembers:
            loci = self._remembered(watch, event, loci)
        for locus in loci:
            holds = watch.judge(timeline, locus, memory, self.context)
            if holds is not None:
                self.exercised[watch.law_id] += 1
            if (holds is False) is not (locus in broken):
                self._trail.append((broken, locus))
                self._flip(broken, locus)

    def _remembered(self, watch: _Watch, event: Event, loci: Collection[Locus]) -> Collection[Locus]:
        """Let a law remember what it wants to of an event, and add the loci that it remembers, if it judges those."""
        if watch.law.remember is not None:
            self._change(watch.law_id, watch.law.remember(event, self.timeline, watch.memory))
        return list(dict.fromkeys((*loci, *watch.memory))) if watch.law.rejudges_remembered else loci

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
