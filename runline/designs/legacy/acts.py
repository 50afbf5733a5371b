"""What the operator's acts do in April 2016 (semantics 2.6)."""

from __future__ import annotations

from runline.designs.commands import OPERATOR, Clear, DeleteRun, Look, Pair, RunTask, SetState, Trigger
from runline.designs.design import Design
from runline.designs.legacy.creation import clash
from runline.designs.rule import rule
from runline.designs.worker import Start, moved
from runline.model.events import Event, Refused, RunCreated, RunDeleted, RunMoved, TaskDeleted, TaskMoved
from runline.model.instants import Instant, format_instant, short_instant
from runline.model.records import NO_RUN, RunRecord, TaskKey
from runline.model.states import RunKind, RunState, TaskState
from runline.model.steps import Commit
from runline.model.view import TimelineView


def manual_run(design: Design, timeline: TimelineView, act: Trigger) -> RunRecord:
    """A run made by hand: it stands outside the schedule."""
    date = act.at if act.date is None else act.date
    run_id = act.run_id or f"manual__{format_instant(date)}"
    run, kind = design.next_run_id(timeline, act.dag, date), RunKind.MANUAL
    return RunRecord(run, act.dag, date, kind, run_id, RunState.RUNNING, started=act.at, origin=kind)


def refused(dag: str, action: str, reason: str, at: Instant, number: str) -> Commit:
    """An act that is refused changes nothing."""
    return Commit((Refused(dag, action, reason, at, OPERATOR, number),), None)


@rule("L51", "L18")
def bare_manual_run(design: Design, timeline: TimelineView, act: Trigger) -> Commit:
    """A trigger inserts a run, and no rows; refused where the DAG has a run of that date or run_id."""
    record = manual_run(design, timeline, act)
    if clash(timeline, record):
        reason = f"there is a run at {short_instant(record.date)} or of that run_id"
        return refused(act.dag, "trigger", reason, act.at, "L51")
    return Commit((RunCreated(record, act.at, OPERATOR, "L51"),), None)


@rule("L50")
def delete_rows_and_reopen(design: Design, timeline: TimelineView, act: Clear) -> Commit:
    """A clear deletes rows that are not running, asks the others to stop, and sets every run at their dates running."""
    rows = [row for key in affected(timeline, act) if (row := timeline.task(key)) is not None]
    events: list[Event] = []
    for row in rows:
        if row.state is not TaskState.RUNNING:
            events.append(TaskDeleted(row.record(), act.at, OPERATOR, "L50"))
    for date in sorted({row.date for row in rows}):
        for run in timeline.runs_at(act.dag, date):
            events.append(RunMoved(run.id, run.state, RunState.RUNNING, act.at, act.at, OPERATOR, "L50"))
    return Commit(tuple(events), None, stops=tuple(row.key for row in rows if row.state is TaskState.RUNNING))


def affected(timeline: TimelineView, act: Clear) -> list[TaskKey]:
    """The instances that a clear is about: those of its tasks (the DAG's, if it names none) within its dates."""
    version = timeline.version(act.dag)
    tasks = [] if version is None else [t.id for t in version.tasks if act.tasks is None or t.id in act.tasks]
    dates = timeline.instance_dates(act.dag, act.first, act.last)
    return [TaskKey(act.dag, task, date) for date in dates for task in tasks]


@rule("L01")
def delete_rows_of_runs(design: Design, timeline: TimelineView, act: DeleteRun) -> Commit:
    """Deleting the runs of a date deletes their rows and nothing else."""
    runs = timeline.runs_at(act.dag, act.date)
    if not runs:
        return refused(act.dag, "delete_run", f"there is no run at {short_instant(act.date)}", act.at, "L01")
    return Commit(tuple(RunDeleted(run.record(), True, act.at, OPERATOR, "L01") for run in runs), None)


def instance_of(timeline: TimelineView, act: RunTask | SetState) -> Pair | None:
    """The instance that is named by hand, of no run in particular; ``None`` where the DAG has no such task."""
    version = timeline.version(act.dag)
    if version is None or act.task not in version.by_id:
        return None
    return Pair(TaskKey(act.dag, act.task, act.date), version.by_id[act.task], None, version)


@rule("L52")
def run_without_run(design: Design, timeline: TimelineView, act: RunTask) -> Commit:
    """A task run by hand is tested like any other, but for its date; what it leaves belongs to no run."""
    pair = instance_of(timeline, act)
    if pair is None:
        return refused(act.dag, "run_task", f"the DAG has no task {act.task}", act.at, "L52")
    look = Look(act.dag, act.at, OPERATOR, pair.version)
    row = timeline.task(pair.key)
    if row is not None and row.state in (TaskState.RUNNING, TaskState.SUCCESS):
        return refused(act.dag, "run_task", f"it is {row.state} already", act.at, "L52")
    blocked = design.dependencies(design, timeline, look, pair, False)
    if blocked is not None:
        return refused(act.dag, "run_task", blocked.held.reason, act.at, "L52")
    return Commit((), None, (Start(design, pair.key, NO_RUN, OPERATOR, act.at),))


def state_by_hand(design: Design, timeline: TimelineView, act: SetState, pair: Pair) -> Commit:
    """The row gets the state, and is made if it is not there."""
    look = Look(act.dag, act.at, OPERATOR, pair.version)
    return Commit(tuple(moved(design, timeline, look, pair, act.state, "L53")), None)


@rule("L53")
def set_state_of_row(design: Design, timeline: TimelineView, act: SetState) -> Commit:
    """What is changed by hand counts at once, also where the DAG no longer has the task."""
    pair = instance_of(timeline, act)
    row = timeline.instance(act.dag, act.task, act.date)
    if pair is None and row is not None:
        return Commit((TaskMoved(row.key, row.state, act.state, (), act.at, OPERATOR, "L53"),), None)
    if pair is None:
        return refused(act.dag, "set_state", f"the DAG has no task {act.task}", act.at, "L53")
    return state_by_hand(design, timeline, act, pair)
