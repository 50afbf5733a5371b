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


_Flip = tuple[str, Locus]
"""A law and the locus at which it came to be broken, or to hold again."""
_Remembered = tuple[str, Hashable, Hashable]
"""What a law remembered under a key before an event."""
_Undo = list[_Flip | _Remembered]

_Touched = Callable[[Any, TimelineView], Collection[Locus]]
_NOBODY: tuple[list[StepLaw | MemoryLaw], list[tuple[StateLaw, _Touched]]] = ([], [])


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
        self._broken: dict[str, dict[Locus, None]] = {law.id: {} for law in self.laws}
        self._memory: dict[str, dict[Hashable, Hashable]] = {law.id: {} for law in self.laws}
        self._log: list[tuple[_Undo, int] | None] = []
        self._undo: _Undo = []
        self._listeners: dict[type, tuple[list[StepLaw | MemoryLaw], list[tuple[StateLaw, _Touched]]]] = {}
        for law in self.laws:
            self._listen(law)

    def _listen(self, law: AnyLaw) -> None:
        if isinstance(law, StateLaw):
            for listened, touched in law.touched.items():
                self._listeners.setdefault(listened, ([], []))[1].append((law, touched))
        else:
            for listened in law.judge if isinstance(law, StepLaw) else law.observe:
                self._listeners.setdefault(listened, ([], []))[0].append(law)

    def apply(self, event: Event) -> None:
        """Apply ``event`` and judge what it may have changed."""
        before, after = self._listeners.get(type(event), _NOBODY)
        undo, breaches = self._undo, len(self.breaches)
        for law in before:
            self._judge_event(law, event, undo)
        self.timeline.apply(event)
        for state_law, touched in after:
            self._judge_state(state_law, touched(event, self.timeline), event, undo)
        if undo or len(self.breaches) > breaches:
            self._log.append((undo, breaches))
            self._undo = []
        else:
            self._log.append(None)

    def undo(self, event: Event) -> None:
        """Take back ``event``, the last one applied, and all that was judged and remembered because of it."""
        self.timeline.undo(event)
        done = self._log.pop()
        if done is not None:
            undo, breaches = done
            for was in reversed(undo):
                if len(was) == 2:
                    self._flip(*was)
                else:
                    self._remember(*was)
            del self.breaches[breaches:]

    def broken(self) -> Iterator[tuple[StateLaw, Locus, Evidence]]:
        """The state laws that are broken now, each place where they are, with evidence."""
        for law in self.laws:
            if isinstance(law, StateLaw):
                for locus in self._broken[law.id]:
                    yield law, locus, law.tell(self.timeline, locus)

    def memory(self, law_id: str) -> dict[Hashable, Hashable]:
        """What a law remembers."""
        return dict(self._memory[law_id])

    def _judge_event(self, law: StepLaw | MemoryLaw, event: Event, undo: _Undo) -> None:
        if isinstance(law, MemoryLaw):
            judgement, changes = law.observe[type(event)](event, self.timeline, self._memory[law.id], self.context)
            self._change(law.id, changes, undo)
        else:
            judgement = law.judge[type(event)](event, self.timeline, self.context)
        if judgement is not False:
            self.exercised[law.id] += 1
            if judgement is not True:
                self.breaches.append(Breach(law.id, len(self._log), judgement, event.rule))

    def _judge_state(self, law: StateLaw, loci: Collection[Locus], event: Event, undo: _Undo) -> None:
        law_id, timeline, context = law.id, self.timeline, self.context
        memory, broken, judge = self._memory[law_id], self._broken[law_id], law.judge
        if law.remember is not None:
            self._change(law_id, law.remember(event, timeline, memory), undo)
        if memory and law.rejudges_remembered:
            loci = list(dict.fromkeys((*loci, *memory)))
        for locus in loci:
            holds = judge(timeline, locus, memory, context)
            if holds is not None:
                self.exercised[law_id] += 1
            if holds is False:
                if locus not in broken:
                    undo.append((law_id, locus))
                    broken[locus] = None
                    self.standing += 1
            elif broken and locus in broken:
                undo.append((law_id, locus))
                del broken[locus]
                self.standing -= 1

    def _flip(self, law_id: str, locus: Locus) -> None:
        """Take back that a law came to be broken, or to hold again, at a locus."""
        broken = self._broken[law_id]
        if locus in broken:
            del broken[locus]
            self.standing -= 1
        else:
            broken[locus] = None
            self.standing += 1

    def _change(self, law_id: str, changes: Changes, undo: _Undo) -> None:
        for key, value in changes:
            undo.append((law_id, key, self._memory[law_id].get(key)))
            self._remember(law_id, key, value)

    def _remember(self, law_id: str, key: Hashable, value: Hashable) -> None:
        memory = self._memory[law_id]
        was = memory.get(key)
        if was is not None:
            self.fingerprint ^= part("memory", law_id, key, was)
        if value is None:
            memory.pop(key, None)
        else:
            memory[key] = value
            self.fingerprint ^= part("memory", law_id, key, value)
