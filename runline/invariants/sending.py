"""Laws of the moment in which a task instance is sent to a worker: what it had to wait for has ended well."""

from __future__ import annotations

from runline.invariants.law import Context, Evidence, Judgement, Kind, StepLaw
from runline.invariants.words import TaskName, run_name
from runline.model.capability import Capability
from runline.model.dags import DagVersion, Task
from runline.model.events import TaskMoved
from runline.model.instants import Instant
from runline.model.records import BY_DATE, NO_RUN, Run, TaskInstance, TaskKey
from runline.model.states import ENDED_WELL, SENT, RunKind, RunState, TaskState
from runline.model.view import TimelineView

WAIVES_PAST = "depends_on_past"
WAIVES_UPSTREAM = "upstream"


def sends(before: TaskState, after: TaskState) -> bool:
    """Whether an instance is handed to a worker by this move."""
    return after in SENT and before not in SENT


# --------------------------------------------------------------------- depends-on-past


def _exempt(event: TaskMoved, timeline: TimelineView, version: DagVersion) -> bool:
    """Manual runs, run -1, a stated waiver, and the task's own first date have no past to wait for."""
    task = timeline.task(event.key)
    assert task is not None
    if WAIVES_PAST in event.ignored or task.run == NO_RUN:
        return True
    start = version.start_of(event.key.task)
    if start is not None and event.key.date <= version.schedule.align(start):
        return True
    owner = _owner(timeline, task)
    return owner is not None and owner.kind is RunKind.MANUAL


def _owner(timeline: TimelineView, task: TaskInstance) -> Run | None:
    """The run of an instance: as stored, or where none is, the run of its date."""
    return timeline.run(task.run) if task.run != BY_DATE else _run_at(timeline, task.dag, task.date)


def _run_at(timeline: TimelineView, dag: str, date: Instant) -> Run | None:
    return next(iter(timeline.live_at(dag, date)), None)


def _past_date(event: TaskMoved, timeline: TimelineView, context: Context) -> Instant | None:
    """The date before: of the timeline, and where backfills make no runs, of instances too."""
    predecessor = timeline.predecessor(event.key.dag, event.key.date)
    date = None if predecessor is None else predecessor.date
    if context.has(Capability.BACKFILL_MAKES_RUNS):
        return date
    earlier = timeline.instance_date_before(event.key.dag, event.key.date)
    return max((other for other in (date, earlier) if other is not None), default=None)


def _past_ended_well(
    timeline: TimelineView, key: TaskKey, tasks: tuple[str, ...], date: Instant, context: Context
) -> bool:
    """Whether these tasks ended well at ``date``; one that has no instance there, or no longer, did if the run did."""
    runs = timeline.timeline_at(key.dag, date)
    run_succeeded = any(run.state is RunState.SUCCESS for run in runs)
    if context.has(Capability.PAST_AT_RUN_LEVEL) and runs:
        return run_succeeded
    instances = [timeline.task(TaskKey(key.dag, task, date)) for task in tasks]
    return all(
        run_succeeded if task is None or task.state is TaskState.REMOVED else task.state in ENDED_WELL
        for task in instances
    )


def _known_task(event: TaskMoved, timeline: TimelineView) -> tuple[DagVersion, Task] | None:
    """The task that is sent, in the version under which it is; ``None`` where there is none, or it waits for nothing."""
    key = event.key
    dag, name, _ = key
    row = timeline.task(key)
    owner = None if row is None else _owner(timeline, row) if row.run == BY_DATE else timeline.run(row.run)
    version = timeline.version(dag, None if owner is None else owner.version)
    task = None if version is None else version.by_id.get(name)
    if version is None or task is None:
        return None
    return (version, task) if task.upstream or task.depends_on_past or task.wait_for_downstream else None


def _judge_past(
    event: TaskMoved, timeline: TimelineView, context: Context, known: tuple[DagVersion, Task]
) -> Judgement:
    version, task = known
    if not (task.depends_on_past or task.wait_for_downstream) or _exempt(event, timeline, version):
        return False
    date = _past_date(event, timeline, context)
    if date is None:
        return False
    if _past_ended_well(timeline, event.key, (task.id,), date, context):
        return True
    return _not_ended(event, TaskKey(event.key.dag, task.id, date), timeline)


def _not_ended(event: TaskMoved, past: TaskKey, timeline: TimelineView) -> Evidence:
    instance = timeline.task(past)
    run = _run_at(timeline, past.dag, past.date)
    return Evidence(
        "{} was sent, though {} {}.",
        (
            TaskName(event.key),
            str(TaskName(past)) if instance is not None or run is None else run_name(run),
            f"is {instance.state}" if instance is not None else "has not run" if run is None else f"is {run.state}",
        ),
        dag=past.dag,
        runs=() if run is None else (run.id,),
        instances=(event.key, past),
        dates=(event.key.date, past.date),
    )


depends_on_past = StepLaw(
    id="depends-on-past",
    kind=Kind.STEP,
    sentence="A task that depends on past is sent only when its instance of the greatest earlier date of the live timeline "
    "ended well, or where it has none the run did; at run level, when the run did.",
    source="Q10: depends_on_past works with arbitrary inserted backfills; Q13, M14, M15, M17, M20",
    judge={TaskMoved: _judge_past},
    premise=_known_task,
    moves=sends,
    within_step=True,
)


# ----------------------------------------------------------------- wait-for-downstream


def _judge_downstream(
    event: TaskMoved, timeline: TimelineView, context: Context, known: tuple[DagVersion, Task]
) -> Judgement:
    version, task = known
    if not task.wait_for_downstream:
        return False
    downstream = version.downstream[task.id]
    if not downstream or _exempt(event, timeline, version):
        return False
    date = _past_date(event, timeline, context)
    if date is None:
        return False
    for other in downstream:
        if not _past_ended_well(timeline, event.key, (other,), date, context):
            return _not_ended(event, TaskKey(event.key.dag, other, date), timeline)
    return True


wait_for_downstream = StepLaw(
    id="wait-for-downstream",
    kind=Kind.STEP,
    sentence="A task that waits for downstream is sent only when what directly followed its last instance ended well.",
    source="L23, H34",
    judge={TaskMoved: _judge_downstream},
    premise=_known_task,
    moves=sends,
    within_step=True,
)


# ---------------------------------------------------------------------- upstream-order


def _judge_upstream(
    event: TaskMoved, timeline: TimelineView, context: Context, known: tuple[DagVersion, Task]
) -> Judgement:
    _, task = known
    if not task.upstream or WAIVES_UPSTREAM in event.ignored:
        return False
    dag, _, date = event.key
    for upstream in task.upstream:
        instance = timeline.instance(dag, upstream, date)
        if instance is None or instance.state not in ENDED_WELL:
            state = "has not run" if instance is None else f"is {instance.state}"
            return Evidence(
                "{} was sent, though its upstream {} {}.",
                (TaskName(event.key), upstream, state),
                dag=dag,
                instances=(event.key, TaskKey(dag, upstream, date)),
                dates=(date,),
            )
    return True


upstream_order = StepLaw(
    id="upstream-order",
    kind=Kind.STEP,
    sentence="A task is sent only when each of its upstream tasks of the same date ended well.",
    source="0.4, the trigger rule; L24",
    judge={TaskMoved: _judge_upstream},
    premise=_known_task,
    moves=sends,
    within_step=True,
)
