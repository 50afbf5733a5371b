"""Laws of starting: how many runs, in which order, with which instances."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from runline.invariants.creation import judge_limit
from runline.invariants.law import Changes, Context, Evidence, Judgement, Kind, Memory, MemoryLaw, StepLaw
from runline.invariants.words import run_name
from runline.model.capability import Capability
from runline.model.events import (
    Looked,
    Raised,
    RunCreated,
    RunDeleted,
    RunMoved,
    RunOverridden,
    TaskAdopted,
    TaskDeleted,
    TaskMoved,
)
from runline.model.records import BY_DATE, Run
from runline.model.states import RunKind, RunState, TaskState
from runline.model.view import TimelineView

_ID = attrgetter("id")
_SCHEDULED, _MANUAL = RunKind.SCHEDULED, RunKind.MANUAL
_QUEUED, _RUNNING = RunState.QUEUED, RunState.RUNNING


# --------------------------------------------------------------------- max-active-runs


def _judge_made_at_limit(event: RunCreated, timeline: TimelineView, context: Context) -> Judgement:
    record = event.record
    if record.kind is not _SCHEDULED or record.state is not _RUNNING:
        return False
    return judge_limit(record.dag, record.date, record.id, timeline, context)


def _judge_started_at_limit(event: RunMoved, timeline: TimelineView, context: Context) -> Judgement:
    if event.before is not _QUEUED or event.after is not _RUNNING:
        return False
    run = timeline.run(event.run)
    assert run is not None
    if run.kind is not _SCHEDULED:
        return False
    return judge_limit(run.dag, run.date, run.id, timeline, context)


max_active_runs = StepLaw(
    id="max-active-runs",
    kind=Kind.STEP,
    sentence="A scheduler makes (or starts) no run at the limit.",
    source="L11, H10, N21; bugs: MAX-ACTIVE",
    judge={RunCreated: _judge_made_at_limit, RunMoved: _judge_started_at_limit},
    within_step=True,
)


# ------------------------------------------------------------------------- queue-order


def _place(run: Run) -> tuple[int, int]:
    return (run.date if run.ordinal is None else run.ordinal, run.id)


def _judge_queue_order(event: RunMoved, timeline: TimelineView, context: Context) -> Judgement:
    if event.before is not _QUEUED or event.after is not _RUNNING:
        return False
    run = timeline.run(event.run)
    assert run is not None
    queued = [other for other in timeline.in_state(run.dag, _QUEUED) if other.backfill == run.backfill]
    first = min(queued, key=_place)
    if first.id == run.id:
        return True
    return Evidence(
        "{:capital} was started while {} was queued before it.",
        (run_name(run), run_name(first)),
        dag=run.dag,
        runs=(run.id, first.id),
        dates=(run.date, first.date),
    )


queue_order = StepLaw(
    id="queue-order",
    kind=Kind.STEP,
    sentence="Queued runs start in the order promised: by date, or a backfill's in its own order.",
    source="N21, N41; bugs: QUEUE-ORDER",
    needs=frozenset({Capability.QUEUES_RUNS}),
    judge={RunMoved: _judge_queue_order},
    within_step=True,
)


# ------------------------------------------------------------------- task-set-complete


def _remember_fresh(
    event: RunCreated, timeline: TimelineView, memory: Memory, context: Context
) -> tuple[Judgement, Changes]:
    return False, ((event.record.id, True),) if event.record.kind is not _MANUAL else ()


def _forget_fresh(
    event: RunDeleted, timeline: TimelineView, memory: Memory, context: Context
) -> tuple[Judgement, Changes]:
    return False, ((event.record.id, None),) if event.record.id in memory else ()


def _judge_fresh_moved(
    event: RunMoved | RunOverridden, timeline: TimelineView, memory: Memory, context: Context
) -> tuple[Judgement, Changes]:
    return _judge_fresh([event.run], timeline, memory)


def _judge_fresh_sent(
    event: TaskMoved, timeline: TimelineView, memory: Memory, context: Context
) -> tuple[Judgement, Changes]:
    return _judge_fresh(timeline.ids_at(event.key.dag, event.key.date), timeline, memory)


def _judge_fresh_adopted(
    event: TaskAdopted, timeline: TimelineView, memory: Memory, context: Context
) -> tuple[Judgement, Changes]:
    return _judge_fresh([event.before], timeline, memory)


def _judge_fresh_cleared(
    event: TaskDeleted, timeline: TimelineView, memory: Memory, context: Context
) -> tuple[Judgement, Changes]:
    return _judge_fresh(timeline.ids_at(event.record.dag, event.record.date), timeline, memory)


def _judge_fresh_looked(
    event: Looked, timeline: TimelineView, memory: Memory, context: Context
) -> tuple[Judgement, Changes]:
    return _judge_fresh([*map(_ID, timeline.running(event.dag))], timeline, memory)


def _judge_fresh(runs: list[int], timeline: TimelineView, memory: Memory) -> tuple[Judgement, Changes]:
    """Judge the runs that were made and that nothing has happened to yet; each is judged once."""
    said: Judgement = False
    fresh: list[tuple[int, None]] = []
    for run_id in runs:
        run = timeline.run(run_id) if run_id in memory else None
        if run is not None:
            fresh.append((run_id, None))
            said = said if isinstance(said, Evidence) else _task_set(timeline, run) or said
    return said, tuple(fresh)


def _task_set(timeline: TimelineView, run: Run) -> Judgement:
    tasks = timeline.tasks_in(run.id)
    if tasks is None:
        return False
    if tasks.whole and run.requested is None:
        return True
    version = tasks.version
    wanted, owners = version.by_id if run.requested is None else run.requested, (run.id, BY_DATE)
    have: set[str] = set()
    for task in timeline.tasks_at(run.dag, run.date):
        if task.run in owners and task.state is not TaskState.REMOVED:
            have.add(task.task)
    if have.issuperset(wanted):
        return True
    missing = [task for task in wanted if task not in have]
    return Evidence(
        "{:capital} was made without an instance of {}.",
        (run_name(run), ", ".join(missing)),
        dag=run.dag,
        runs=(run.id,),
        dates=(run.date,),
    )


def _complete(timeline: TimelineView, memory: Memory) -> Iterator[int]:
    """The runs that have all their instances: they have them until something happens to them, and they are judged."""
    for run_id in memory:
        run: Any = timeline.run(run_id)  # type: ignore[arg-type]
        if run is not None and _task_set(timeline, run) is True:
            yield run.id


task_set_complete = MemoryLaw(
    id="task-set-complete",
    kind=Kind.STEP,
    sentence="A run's instances are those of its DAG version, or of the subset asked for, before anything happens to it.",
    source="H15, H22, N20; bugs: TI-SET-COMPLETE",
    needs=frozenset({Capability.CREATES_INSTANCES}),
    observe={
        RunCreated: _remember_fresh,
        RunDeleted: _forget_fresh,
        RunMoved: _judge_fresh_moved,
        RunOverridden: _judge_fresh_moved,
        TaskMoved: _judge_fresh_sent,
        TaskAdopted: _judge_fresh_adopted,
        TaskDeleted: _judge_fresh_cleared,
        Looked: _judge_fresh_looked,
    },
    awaits=frozenset({RunMoved, RunOverridden, TaskMoved, TaskAdopted, TaskDeleted, Looked}),
    spent=_complete,
)


# ------------------------------------------------------------------- crash-containment


def _judge_contained(event: Raised, timeline: TimelineView, context: Context) -> Judgement:
    if len(timeline.dags()) < 2:
        return False
    if not event.also:
        return True
    return Evidence(
        "An error for {} took the turn of {}: {}",
        (event.dag, ", ".join(event.also), event.error),
        dag=event.dag,
    )


crash_containment = StepLaw(
    id="crash-containment",
    kind=Kind.STEP,
    sentence="An error for one DAG stops nothing of another.",
    source="L18: collateral damage to other DAGs in the same loop; bugs: CRASH-CONTAINMENT",
    judge={Raised: _judge_contained},
)
