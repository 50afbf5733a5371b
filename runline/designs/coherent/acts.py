"""What the operator's acts do under AIRFLOW-20 (semantics 3.2, H36-H39)."""

from __future__ import annotations

from runline.designs.coherent.sending import pair_in_run
from runline.designs.commands import OPERATOR, Clear, DeleteRun, Look, Pair, RunTask, SetState, Trigger
from runline.designs.design import Design
from runline.designs.legacy.acts import manual_run, refused
from runline.designs.rule import rule
from runline.designs.worker import SENT, Start, instances_of, moved, rows_of_run
from runline.model.events import (
    Event,
    RunCreated,
    RunDeleted,
    RunLinked,
    RunMoved,
    TaskAdopted,
    TaskDeleted,
)
from runline.model.instants import Instant, short_instant
from runline.model.records import NO_RUN, Run, TaskKey
from runline.model.states import ENDED_WELL, FINISHED_RUN, RunState, TaskState
from runline.model.steps import Commit
from runline.model.view import TimelineView


@rule("H36", "L50", "M33")
def clear_live_run(design: Design, timeline: TimelineView, act: Clear) -> Commit:
    """A clear lets the live run at each date run its instances again; what it has no task for stays, as do other runs."""
    events: list[Event] = []
    for date in list(timeline.instance_dates(act.dag, act.first, act.last)):
        for run in timeline.live_at(act.dag, date):
            events += _clear_run(design, timeline, act, run)
    return Commit(tuple(events), None)


def _clear_run(design: Design, timeline: TimelineView, act: Clear, run: Run) -> list[Event]:
    version = timeline.version(act.dag, run.version)
    tasks = {} if version is None else version.by_id
    mine = [row for row in instances_of(timeline, run) if row.task in tasks]
    rows = [row for row in mine if act.tasks is None or row.task in act.tasks]
    if version is None or not rows:
        return []
    look = Look(act.dag, act.at, OPERATOR, version)
    events: list[Event] = []
    for row in sorted(rows, key=lambda row: row.task):
        pair = Pair(row.key, tasks[row.task], run, version)
        events += moved(design, timeline, look, pair, TaskState.NONE, "H36")
    events.append(RunMoved(run.id, run.state, RunState.RUNNING, act.at, act.at, OPERATOR, "H36"))
    return events


@rule("H37", "M13")
def manual_run_beside(design: Design, timeline: TimelineView, act: Trigger) -> Commit:
    """A manual run stands outside the timeline, has no previous and is nobody's; refused at a date with a live run."""
    version = timeline.version(act.dag)
    record = manual_run(design, timeline, act)
    if timeline.live_at(act.dag, record.date):
        return refused(act.dag, "trigger", f"a live run stands at {short_instant(record.date)}", act.at, "H37")
    if any(run.run_id == record.run_id for run in timeline.runs_at(act.dag, record.date)):
        return refused(act.dag, "trigger", f"there is a run {record.run_id}", act.at, "H37")
    assert version is not None
    look = Look(act.dag, act.at, OPERATOR, version)
    record = record._replace(version=version.number)
    rows = rows_of_run(design, timeline, look, record, version.tasks, "H37")
    return Commit((RunCreated(record, act.at, OPERATOR, "H37"), *rows), None)


@rule("H38", "M45")
def delete_and_relink(design: Design, timeline: TimelineView, act: DeleteRun) -> Commit:
    """Who pointed to a deleted run points to its previous; its instances belong to no run from then on."""
    runs = timeline.runs_at(act.dag, act.date)
    if not runs:
        return refused(act.dag, "delete_run", f"there is no run at {short_instant(act.date)}", act.at, "H38")
    gone = {run.id: run for run in runs}
    stamp = (act.at, OPERATOR, "H38")
    events: list[Event] = []
    for run in runs:
        for follower in timeline.followers(run.id):
            if follower.id not in gone:
                events.append(RunLinked(follower.id, run.id, _left(gone, run.previous), *stamp))
        for row in timeline.tasks_of(run.id):
            if row.state is TaskState.NONE and row.tries == 0:
                events.append(TaskDeleted(row.record(), *stamp))
            else:
                events.append(TaskAdopted(row.key, run.id, NO_RUN, "deleted", *stamp))
    events += [RunDeleted(run.record(), True, *stamp) for run in runs]
    return Commit(tuple(events), None)


def _left(gone: dict[int, Run], previous: int | None) -> int | None:
    """The nearest previous that is not deleted as well."""
    while previous in gone:
        previous = gone[previous].previous
    return previous


_KEPT = frozenset({TaskState.QUEUED, TaskState.RUNNING}) | ENDED_WELL


@rule("H39", "Q12", "M42", "H32")
def run_by_hand(design: Design, timeline: TimelineView, act: RunTask) -> Commit:
    """A task run by hand belongs to the live run at its date, or to none (-1), and is tested accordingly.

    What runs or has ended well is not run again; who wants that clears it first.
    """
    found = _instance(timeline, act.dag, act.task, act.date)
    if found is None:
        return refused(act.dag, "run_task", f"the DAG has no task {act.task}", act.at, "H39")
    row = timeline.task(found.key)
    if row is not None and row.state in _KEPT:
        return refused(act.dag, "run_task", f"it is {row.state} already", act.at, "H39")
    look = Look(act.dag, act.at, OPERATOR, found.version)
    blocked = design.dependencies(design, timeline, look, found, False)
    if blocked is not None:
        return refused(act.dag, "run_task", blocked.held.reason, act.at, blocked.held.rule)
    events = [*moved(design, timeline, look, found, design.sent, SENT), *_reopen(found.run, act.at, "H39")]
    start = Start(design, found.key, NO_RUN if found.run is None else found.run.id, OPERATOR, act.at)
    return Commit(tuple(events), None, (start,))


def _instance(timeline: TimelineView, dag: str, task: str, date: Instant) -> Pair | None:
    """An instance with the live run of its date, if there is one."""
    run = next(iter(timeline.live_at(dag, date)), None)
    tasks = None if run is None else timeline.tasks_in(run.id)
    version = timeline.in_force(dag) if run is None else tasks and tasks.version
    if version is None or task not in version.by_id:
        return None
    key = TaskKey(dag, task, date)
    if run is None or tasks is None:
        return Pair(key, version.by_id[task], None, version)
    return pair_in_run(tasks, key, run)


def _reopen(run: Run | None, at: Instant, number: str) -> list[Event]:
    """A run that is over is judged again when one of its instances was changed by hand."""
    if run is None or run.state not in FINISHED_RUN:
        return []
    return [RunMoved(run.id, run.state, RunState.RUNNING, at, at, OPERATOR, number)]


_BY_HAND = frozenset({TaskState.NONE, TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED})
"""States that an operator may give to an instance."""


@rule("H39", "L53")
def set_state_and_judge_again(design: Design, timeline: TimelineView, act: SetState) -> Commit:
    """What is changed by hand counts at once, and the run of the date is judged again."""
    found = _instance(timeline, act.dag, act.task, act.date)
    if found is None:
        return refused(act.dag, "set_state", f"the DAG has no task {act.task}", act.at, "H39")
    if act.state not in _BY_HAND:
        reason = f"{act.state} is for a scheduler or a worker to say"
        return refused(act.dag, "set_state", reason, act.at, "H39")
    look = Look(act.dag, act.at, OPERATOR, found.version)
    events = moved(design, timeline, look, found, act.state, "H39")
    return Commit((*events, *(_reopen(found.run, act.at, "H39") if events else ())), None)
