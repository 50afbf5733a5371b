"""The laws of all that may come of a state: what has to come in the end, and that a crash can be recovered from.

Processes are fair: who could go on all the time does so in the end. A process that may die need not.
"""

from __future__ import annotations

from collections.abc import Iterator

from runline.invariants.law import GraphLaw, Kind
from runline.model.instants import Instant
from runline.model.states import RunKind, RunState
from runline.model.steps import RunAt
from runline.model.view import TimelineView


def _to_come(timeline: TimelineView) -> Iterator[RunAt]:
    """The runs that have not ended, and the first due tick of each DAG that has no run."""
    for dag in timeline.dags():
        for state in (RunState.QUEUED, RunState.RUNNING):
            yield from dict.fromkeys(RunAt(dag, run.date) for run in timeline.in_state(dag, state))
        tick = due_tick(timeline, dag)
        if tick is not None:
            yield RunAt(dag, tick)


def due_tick(timeline: TimelineView, dag: str) -> Instant | None:
    """The first tick beyond the runs there are whose period has ended, if it has no run; of a DAG that is not paused."""
    version = timeline.version(dag)
    if version is None or version.first_start is None or not version.schedule.periodic or timeline.paused(dag):
        return None
    schedule, made = version.schedule, timeline.latest_made(dag, RunKind.SCHEDULED)
    start = schedule.align(version.first_start)
    latest = timeline.latest_until(dag, timeline.now)
    tick = start if made is None or made < start else schedule.next_after(made)
    while tick is not None and (timeline.live_at(dag, tick) or (latest is not None and tick <= latest)):
        tick = schedule.next_after(tick)
    if tick is None or (version.end_date is not None and tick > version.end_date):
        return None
    end = schedule.next_after(tick)
    return tick if end is not None and end <= timeline.now else None


def _beside_a_limit(timeline: TimelineView) -> Iterator[RunAt]:
    """What is to come of a DAG while another stands at its limit of active runs."""
    limited = {dag for dag in timeline.dags() if _at_limit(timeline, dag)}
    if limited:
        yield from (goal for goal in _to_come(timeline) if limited - {goal.dag})


def _at_limit(timeline: TimelineView, dag: str) -> bool:
    version = timeline.version(dag)
    return version is not None and timeline.count(dag, RunState.RUNNING) >= version.max_active_runs


progress = GraphLaw(
    id="progress",
    kind=Kind.EVENTUALLY,
    sentence="Under fair processes every run ends and every due tick gets its run, unless only the operator can help.",
    source="M18, L18, L22, L43; bugs: LIVENESS",
    goals=_to_come,
)
fairness = GraphLaw(
    id="fairness",
    kind=Kind.EVENTUALLY,
    sentence="Under fair processes a DAG that stands at its limit of active runs holds up no other.",
    source="H10, L11, L18; bugs: FAIRNESS",
    goals=_beside_a_limit,
)
atomic_advance = GraphLaw(
    id="atomic-advance",
    kind=Kind.RECOVERS,
    sentence="From every state after a crash between two steps a state can be reached in which all laws of states hold.",
    source="H25, H26, M23; bugs: ATOMIC-ADVANCE",
)
