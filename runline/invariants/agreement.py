"""The law that a run's state agrees with its task instances', and that a backfill's does with its runs'."""

from __future__ import annotations

from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any

from runline.invariants.law import At, Changes, Context, Evidence, Kind, Memory, StateLaw, forget
from runline.invariants.words import When, run_name
from runline.model.capability import Capability
from runline.model.events import (
    BackfillCompleted,
    BackfillSubmitted,
    DagDeployed,
    Looked,
    RunCreated,
    RunDeleted,
    RunMoved,
    RunOverridden,
    RunTaken,
    TaskAdopted,
    TaskCreated,
    TaskDeleted,
    TaskMoved,
)
from runline.model.instants import Instant
from runline.model.records import BY_DATE, Run, TaskInstance
from runline.model.states import ENDED_BADLY, ENDED_WELL, FINISHED_RUN, FINISHED_TASK, RunState, TaskState
from runline.model.view import TimelineView

_RUNNING, _SUCCESS, _FAILED = RunState.RUNNING, RunState.SUCCESS, RunState.FAILED
_REMOVED = TaskState.REMOVED
_FINE = ENDED_WELL | {_REMOVED}
_NOBODY: frozenset[str] = frozenset()
_ID = attrgetter("id")


# ---------------------------------------------------------------- what an event touches


def _runs_of_record(event: TaskCreated | TaskDeleted, timeline: TimelineView) -> list[int]:
    record = event.record
    return timeline.ids_at(record.dag, record.date)


def _runs_of_key(event: TaskMoved | TaskAdopted, timeline: TimelineView) -> list[int]:
    dag, _, date = event.key
    return timeline.ids_at(dag, date)


def _runs_of_dag(event: DagDeployed, timeline: TimelineView) -> list[int]:
    return [run.id for run in timeline.runs(event.version.dag)]


def _running(event: Looked, timeline: TimelineView) -> list[int]:
    return [*map(_ID, timeline.running(event.dag))]


_RUNS_TOUCHED: dict[type, At | Callable[[Any, TimelineView], Collection[int]]] = {
    RunCreated: At("record.id"),
    RunDeleted: At("record.id"),
    RunMoved: At("run"),
    RunOverridden: At("run"),
    RunTaken: At("run"),
    TaskCreated: _runs_of_record,
    TaskDeleted: _runs_of_record,
    TaskMoved: _runs_of_key,
    TaskAdopted: _runs_of_key,
    Looked: _running,
    DagDeployed: _runs_of_dag,
}


# ------------------------------------------------------------------- run-state-agrees


def instances_of(timeline: TimelineView, run: Run) -> list[TaskInstance]:
    """The instances of a run's date that belong to it: by their owner, or by date where no owner is stored."""
    owners = (run.id, BY_DATE)
    return [task for task in timeline.tasks_at(run.dag, run.date) if task.run in owners]


def _timed_out(timeline: TimelineView, run: Run) -> bool:
    """Whether a run may have failed because its time ran out: it has a timeout, and is not known to have kept it."""
    version = timeline.version(run.dag, run.version)
    timeout = None if version is None else version.dagrun_timeout
    if timeout is None:
        return False
    return run.started is None or run.ended is None or run.ended - run.started > timeout


def _fails_without_cause(timeline: TimelineView, run: Run) -> bool:
    # An instance of its date that failed under another owner may have been its own when it failed.
    at_date = timeline.tasks_at(run.dag, run.date)
    return not any(task.state in ENDED_BADLY for task in at_date) and not _timed_out(timeline, run)


def _bad_leaf(timeline: TimelineView, run: Run) -> TaskInstance | None:
    """A last task of a run that did not end well; one that was removed is no longer a task of it (N23)."""
    version = timeline.version(run.dag, run.version)
    leaves = () if version is None else version.leaves
    return next((t for t in instances_of(timeline, run) if t.task in leaves and t.state not in _FINE), None)


def _ended_well(timeline: TimelineView, run: Run) -> bool:
    """Whether there is no such leaf."""
    tasks = timeline.tasks_in(run.id)
    if tasks is None or not tasks.whole:
        return _bad_leaf(timeline, run) is None
    return all(leaf.state in ENDED_WELL for leaf in tasks.leaves)


def all_finished(timeline: TimelineView, run: Run) -> bool:
    """Whether each task that the run is to have has an instance that is finished."""
    tasks = timeline.tasks_in(run.id)
    if tasks is not None:
        for leaf in tasks.leaves:  # which are finished last, as a rule
            if leaf.state not in FINISHED_TASK:
                return False
    finished: set[str] = set()
    for task in timeline.tasks_at(run.dag, run.date):
        if task.run == run.id or task.run == BY_DATE:
            if task.state not in FINISHED_TASK:
                return False
            if task.state is not _REMOVED:
                finished.add(task.task)
    version = timeline.version(run.dag, run.version)
    if version is None:
        return False
    wanted = tuple(version.by_id) if run.requested is None else run.requested
    return bool(wanted) and finished.issuperset(wanted)


# What is remembered: by a run's id who has looked at it since all its instances are finished, by a DAG who looks at it.


def _overdue(run: Run, memory: Memory) -> bool:
    looked: frozenset[str] = memory[run.id]
    return looked.issuperset(memory[run.dag])


def _remember_look(event: Looked, timeline: TimelineView, memory: Memory, runs: Collection[int]) -> Changes:
    """Somebody has looked at the runs of a DAG."""
    changes: list[tuple[object, frozenset[str]]] = []
    known: frozenset[str] = memory.get(event.dag, _NOBODY)
    if event.by not in known:
        changes.append((event.dag, known | {event.by}))
    for run_id in runs:
        run = timeline.run(run_id)
        if run is not None and all_finished(timeline, run):
            looked: frozenset[str] = memory.get(run_id, _NOBODY)
            changes.append((run_id, looked | {event.by}))
    return tuple(changes)


def _forget_unless_finished(event: RunTaken, timeline: TimelineView, memory: Memory, runs: Collection[int]) -> Changes:
    taken = timeline.run(event.run)
    return () if taken is None or all_finished(timeline, taken) else forget(event, timeline, memory, runs)


def _judge_agrees(timeline: TimelineView, run_id: int, memory: Memory, context: Context) -> bool | None:
    run = timeline.run(run_id)
    if run is None:
        return None
    state = run.state
    if state is _RUNNING:
        return not _overdue(run, memory) if run_id in memory else None
    if state is _SUCCESS:
        return _ended_well(timeline, run)
    return not _fails_without_cause(timeline, run) if state is _FAILED else None


def _tell_agrees(timeline: TimelineView, run_id: int) -> Evidence:
    run = timeline.run(run_id)
    assert run is not None
    tasks = instances_of(timeline, run)
    if run.state is RunState.FAILED:
        well = bool(tasks) and all(task.state in ENDED_WELL for task in tasks)
        aspect = "failed, all instances succeeded" if well else "failed without a failed instance"
        what = "is failed, though " + ("all its instances ended well" if well else "none of its instances failed")
    elif run.state is RunState.SUCCESS:
        leaf = _bad_leaf(timeline, run)
        assert leaf is not None
        aspect, what = "success with a bad leaf", f"is a success, though its last task {leaf.task} is {leaf.state}"
    else:
        aspect = "finished but running"
        what = "is running, though all its instances are finished and every scheduler has looked at it since"
    return Evidence(
        "{:capital} {}.",
        (run_name(run), what),
        aspect=aspect,
        dag=run.dag,
        runs=(run.id,),
        instances=tuple(task.key for task in tasks),
        dates=(run.date,),
    )


run_state_agrees = StateLaw(
    id="run-state-agrees",
    kind=Kind.STATE,
    moves=lambda before, after: before in FINISHED_TASK or after in FINISHED_TASK,
    sentence="A run is failed only if one of its instances failed or its time ran out, success only if its leaves ended "
    "well; one whose instances are all finished is itself finished after one look of each scheduler.",
    source="Q14: a DagRun needs to be aware of the TaskInstances it has; H35",
    touched=_RUNS_TOUCHED,
    judge=_judge_agrees,
    tell=_tell_agrees,
    remember={
        **dict.fromkeys(_RUNS_TOUCHED, forget),
        RunTaken: _forget_unless_finished,
        Looked: _remember_look,
    },
)


# ----------------------------------------------------------------- backfill-lifecycle


def _backfill_of_record(event: RunCreated | RunDeleted, timeline: TimelineView) -> tuple[int, ...]:
    return () if event.record.backfill is None else (event.record.backfill,)


def _backfill_of_run(event: RunMoved | RunOverridden, timeline: TimelineView) -> tuple[int, ...]:
    run = timeline.run(event.run)
    return () if run is None or run.backfill is None else (run.backfill,)


def _open_dates(timeline: TimelineView, backfill: int) -> list[Instant] | None:
    """The dates of a backfill that have no finished run of its own; ``None`` if there is no such backfill."""
    record = next((record for record in timeline.backfills() if record.id == backfill), None)
    if record is None:
        return None
    done = {
        run.date
        for date in record.dates
        for run in timeline.runs_at(record.dag, date)
        if run.backfill == backfill and run.state in FINISHED_RUN
    }
    return [date for date in record.dates if date not in done]


def _judge_lifecycle(timeline: TimelineView, backfill: int, memory: Memory, context: Context) -> bool | None:
    open_dates = _open_dates(timeline, backfill)
    if open_dates is None:
        return None
    completed = next(record.completed for record in timeline.backfills() if record.id == backfill)
    return completed is (not open_dates)


def _tell_lifecycle(timeline: TimelineView, backfill: int) -> Evidence:
    record = next(record for record in timeline.backfills() if record.id == backfill)
    open_dates = _open_dates(timeline, backfill) or []
    listed = ", ".join(str(When(date)) for date in open_dates[:3])
    return Evidence(
        "Backfill {} of {} is complete, though {} has no finished run of it."
        if record.completed
        else "Backfill {} of {} is not complete, though all its dates have finished runs.",
        (backfill, record.dag, listed),
        aspect="complete too early" if record.completed else "never completed",
        dag=record.dag,
        dates=tuple(open_dates) or record.dates,
    )


backfill_lifecycle = StateLaw(
    id="backfill-lifecycle",
    kind=Kind.STATE,
    sentence="A backfill is complete if and only if all its dates have final runs.",
    source="N4, N45: a backfill is completed when none of its runs is queued or running",
    needs=frozenset({Capability.MANAGES_BACKFILLS}),
    touched={
        RunCreated: _backfill_of_record,
        RunDeleted: _backfill_of_record,
        RunMoved: _backfill_of_run,
        RunOverridden: _backfill_of_run,
        BackfillSubmitted: At("record.id"),
        BackfillCompleted: At("backfill"),
    },
    judge=_judge_lifecycle,
    tell=_tell_lifecycle,
)
