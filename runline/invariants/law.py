"""What a law is: one sentence about timelines, a monitor that follows events, and evidence where it is broken.

A law never asks a design what is right; it judges effects, the same way for all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from runline.model.capability import Capability
from runline.model.dags import DagVersion
from runline.model.instants import Instant
from runline.model.records import TaskKey
from runline.model.states import RunState, TaskState
from runline.model.steps import Held, RunAt
from runline.model.view import TimelineView

Locus = Hashable
"""Where a law is judged: a date of a DAG, a run's id, an instance's key."""
Memory = Mapping[Hashable, Any]
"""What a law remembers, by whatever key it likes; the law itself knows of which type that is."""
Changes = tuple[tuple[Hashable, Hashable], ...]
"""New values of a law's memory; the value ``None`` forgets the key."""


def forget(event: object, timeline: TimelineView, memory: Memory, loci: Collection[Locus]) -> Changes:
    """What happens at a locus makes void what a law remembers of it."""
    return tuple([(locus, None) for locus in loci if locus in memory])


class At(NamedTuple):
    """An event touches the one locus that stands in it: where, such as ``record.id``."""

    path: str


class Kind(StrEnum):
    """What a law looks at.

    One state; one event with the state before it; what it remembers of all events; the time that a finished history
    covers; who waits for whom at its end; two histories that differ in one act; what comes of a state in the end, whatever
    happens; or what can come of it, where something does.
    """

    STATE = "state"
    STEP = "step"
    MEMORY = "memory"
    COVERAGE = "coverage"
    STUCK = "stuck"
    RELATION = "relation"
    EVENTUALLY = "eventually"
    RECOVERS = "recovers"


class Evidence(NamedTuple):
    """What breaks a law: which part of it (``aspect``), and the runs, instances and dates that show it.

    The sentence is put together only when it is read, from a template and the values that fill it.
    """

    template: str
    values: tuple[object, ...] = ()
    aspect: str = ""
    dag: str = ""
    runs: tuple[int, ...] = ()
    instances: tuple[TaskKey, ...] = ()
    dates: tuple[Instant, ...] = ()

    @property
    def sentence(self) -> str:
        """What is wrong, with the values that show it."""
        return self.template.format(*self.values)


Judgement = Evidence | bool
"""``False``: the premise is not true here; ``True``: it is, and the law holds; evidence: it is, and the law is broken."""


class Context(NamedTuple):
    """What is known besides state and events: the capabilities of the design."""

    capabilities: frozenset[Capability] = frozenset(Capability)

    def has(self, capability: Capability) -> bool:
        """Whether the design has it."""
        return capability in self.capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What all laws have. ``source`` names the sentence of the seed or thread; ``implies`` the laws that fall with it."""

    id: str
    kind: Kind
    sentence: str
    source: str
    needs: frozenset[Capability] = frozenset()
    implies: tuple[str, ...] = ()
    moves: Callable[[TaskState, TaskState], bool] | None = None
    """Which moves of an instance, from a state to another, it has anything to say about; all, if not given."""
    run_moves: Callable[[RunState, RunState], bool] | None = None
    """The same of a run."""
    within_step: bool = field(default=False)
    """Whether the order of the events inside a recorded step decides it; then a snapshot cannot show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLaw(Law):
    """A law of one state. ``touched`` names, by type of event, the loci that it may have changed; ``judge`` looks at one.

    ``judge`` answers ``None`` where the premise is not true, else whether the law holds; ``tell`` puts into evidence
    what ``judge`` found broken. All see the state after the event. ``remember``, by type of event too, is for a law that
    waits for something; it is handed the loci touched.
    """

    touched: Mapping[type, At | Callable[[Any, TimelineView], Collection[Locus]]]
    judge: Callable[[TimelineView, Any, Memory, Context], bool | None]
    tell: Callable[[TimelineView, Any], Evidence]
    remember: Mapping[type, Callable[[Any, TimelineView, Memory, Any], Changes]] = field(default_factory=dict)
    silenced_by: Callable[[TaskState, TaskState], bool] | None = None
    """After which moves of an instance, from a state to another, it has nothing to say of it; it is not asked then."""
    rejudges_remembered: bool = False
    """Whether the keys of its memory are loci that any event which it listens to may have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLaw(Law):
    """A law of one event, judged, by type of event, on the state before it.

    ``premise`` is for what several laws ask first: it is asked once for all of them. Where it says ``None``, they have
    nothing to say; what else it says is handed to ``judge``.
    """

    judge: Mapping[type, Callable[..., Judgement]]
    premise: Callable[[Any, TimelineView], Any] | None = None
    kept_by: Callable[[TaskState, TaskState], bool] | None = None
    """Which moves of an instance, from a state to another, keep it whatever else is so; it is not asked about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryLaw(Law):
    """A law of an event and what came before it; sees the state before the event, and says what to remember."""

    observe: Mapping[type, Callable[[Any, TimelineView, Memory, Context], tuple[Judgement, Changes]]]
    awaits: frozenset[type] = frozenset()
    """The types of events of which it has nothing to say while it remembers nothing."""
    awaits_moves: Callable[[TaskState, TaskState], bool] | None = None
    """The same of moves of an instance, from a state to another."""
    spent: Callable[[TimelineView, Memory], Iterable[Hashable]] | None = None
    """The keys of its memory of which nothing comes any more but that the law is kept, if no DAG gets another version."""
    forgets: Callable[[TaskState, TaskState], bool] | None = None
    """Of which moves of an instance it has nothing to say but to forget that; it is not asked about them."""


class Made(NamedTuple):
    """How a run came to be: when, by the clock of its maker, under which version, and by which deciding rule."""

    at: Instant
    version: DagVersion
    rule: str


class Waits(NamedTuple):
    """Who waits for whom when a history is over.

    ``held``: what the processes that live said last of what does not go on. ``moving``: the instances that a live worker
    has or will get. ``parked``: those for which no worker is left. ``raising``: by DAG, the error that its scheduler meets
    in every loop. ``unwatched``: the DAGs at which nobody looks any more, because they are paused or their schedulers were
    stopped. ``pending``: those at which somebody is about to look.
    """

    held: tuple[Held, ...] = ()
    moving: frozenset[TaskKey] = frozenset()
    parked: frozenset[TaskKey] = frozenset()
    raising: tuple[tuple[str, str, str, int], ...] = ()
    unwatched: frozenset[str] = frozenset()
    pending: frozenset[str] = frozenset()


class Finished(NamedTuple):
    """A history that is over: the state it left, the world's clock at its end, and how each run came to be."""

    timeline: TimelineView
    end: Instant
    made: Mapping[int, Made]
    waits: Waits = Waits()


class Judged(NamedTuple):
    """What a law of a finished history says: how often its premise was true, and what breaks it.

    ``blocked``: what does not break it, since only the operator can help there, but is worth telling.
    """

    exercised: int
    broken: tuple[Evidence, ...]
    blocked: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageLaw(Law):
    """A law of the time that the runs of a finished history cover, or of who waits for whom at its end."""

    judge: Callable[[Finished, Context], Judged]


class Goal(NamedTuple):
    """Something that has to come in the end: a run that has to end, or to be made; ``law`` says so."""

    law: str
    what: RunAt


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphLaw(Law):
    """A law of all that may come of a state, so that only a complete exploration can say that it holds.

    ``goals`` names what is still to come in a state, for a law of what comes eventually; one that a fault is recovered
    from has none.
    """

    goals: Callable[[TimelineView], Iterable[RunAt]] | None = None


AnyLaw = StateLaw | StepLaw | MemoryLaw
