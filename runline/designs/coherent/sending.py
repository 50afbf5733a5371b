"""What AIRFLOW-20 sends, and what a task that depends on its past waits for (semantics 3.2, H26, H30-H34)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from runline.designs.commands import Look, Pair
from runline.designs.design import Design
from runline.designs.legacy.sending import downstream_by_schedule, past_by_schedule
from runline.designs.rule import rule
from runline.model.instants import short_instant
from runline.model.records import NO_RUN, Run, RunTasks, TaskInstance, TaskKey
from runline.model.states import ENDED_WELL, RunState, TaskState
from runline.model.steps import Held, RunAt, Subject
from runline.model.values import make
from runline.model.view import TimelineView

_RUNNING, _QUEUED = RunState.RUNNING, TaskState.QUEUED
WAITING = frozenset({TaskState.NONE, TaskState.SCHEDULED, TaskState.UP_FOR_RETRY, TaskState.UPSTREAM_FAILED})
"""States of an instance that may be sent; one that failed is not, and upstream_failed is tested again (L24)."""


@rule("H26", "M23", "L20")
def runs_without_job(timeline: TimelineView, look: Look, over: frozenset[int]) -> Iterable[Pair]:
    """The scheduler sends the instances of running runs, task by task, but not those of a backfill that lives.

    When the backfill has ended, the scheduler goes on with what it left.
    """
    running = timeline.running(look.dag)
    if running and (live := timeline.live_backfills(look.dag)):
        jobs = {backfill.id for backfill in live}
        running = [run for run in running if run.backfill not in jobs]
    return waiting_instances(timeline, running)


def waiting_instances(timeline: TimelineView, runs: Sequence[Run]) -> list[Pair]:
    """The instances that these runs own and that wait to be sent: tasks in the order of the DAG outer, runs inner."""
    found: list[Pair] = []
    for run in runs:
        tasks = timeline.tasks_in(run.id)
        if tasks is None:
            continue
        version, whole = tasks.version, tasks.whole
        for task, row in tasks.rows.items():
            if row.state in WAITING:
                pair = (row.key, version.by_id[task], run, version, False, NO_RUN)
                found.append(make(Pair, pair) if whole else pair_in_run(tasks, row.key, run))
    if len(runs) > 1:
        found.sort(key=_place)
    return found


def _place(pair: Pair) -> int:
    return pair.version.places[pair.key.task]


@rule("H22", "M41")
def pair_in_run(tasks: RunTasks, key: TaskKey, run: Run) -> Pair:
    """An instance waits only for those upstream tasks that its run has; a backfill of a subset may leave some out."""
    version, rows = tasks.version, tasks.rows
    task = version.by_id[key.task]
    if tasks.whole or all(other in rows for other in task.upstream):
        return Pair(key, task, run, version)
    kept = tuple(other for other in task.upstream if other in rows)
    return Pair(key, replace(task, upstream=kept), run, version, cut=True)


@rule("H30", "Q13", "Q21", "M4", "M17", "H33", "M8", "M19")
def past_run_succeeded(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """depends_on_past at run level: the run has no previous, or its previous is a success.

    There is no exemption for a start date. It is asked when an instance is sent, and never again.
    """
    if pair.run is None:
        return past_of_outsider(timeline, look, pair)
    if pair.run.previous is None:
        return None
    previous = timeline.run(pair.run.previous)
    if previous is not None and previous.state is RunState.SUCCESS:
        return None
    return _waits_for_run(pair, previous, "H30")


def _waits_for_run(pair: Pair, previous: Run | None, number: str) -> Held:
    if previous is None:
        return Held(pair.key, number, "its previous run is gone")
    reason = f"its previous run, {short_instant(previous.date)}, is {previous.state}"
    return Held(pair.key, number, reason, (RunAt(previous.dag, previous.date),))


@rule("H31", "Q13", "Q20", "M20")
def past_task_succeeded(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """depends_on_past at task level: under the previous run the same task succeeded or was skipped.

    Where the previous run has no instance of the task, the run itself must be a success: the task is new.
    """
    if pair.run is None:
        return past_of_outsider(timeline, look, pair)
    if pair.run.previous is None:
        return None
    previous = timeline.run(pair.run.previous)
    return _waits_for_run(pair, None, "H31") if previous is None else task_before(timeline, pair, previous, "H31")


def task_before(timeline: TimelineView, pair: Pair, before: Run, number: str) -> Held | None:
    """Whether the same task ended well under the run before; where that run has no instance of it, whether the run did."""
    row = _under(timeline, before, pair.task.id)
    if row is None:
        return None if before.state is RunState.SUCCESS else _waits_for_run(pair, before, number)
    if row.state in ENDED_WELL:
        return None
    return Held(pair.key, number, f"{row.task} of {short_instant(row.date)} is {row.state}", (row.key,))


def _under(timeline: TimelineView, run: Run, task: str) -> TaskInstance | None:
    """The instance of a task at the date of a run, unless it was removed."""
    row = timeline.instance(run.dag, task, run.date)
    return None if row is None or row.state is TaskState.REMOVED else row


@rule("H32", "Q31", "M29", "L22")
def past_of_outsider(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """An instance without a run is tested as before the proposal, by the schedule, start date exemption included."""
    held = past_by_schedule(timeline, look, pair)
    return None if held is None else held._replace(rule="H32")


@rule("H34")
def downstream_of_previous(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """wait_for_downstream: under the previous run all direct downstream instances of the task succeeded.

    Where the previous run has no instance of one, the run itself must be a success.
    """
    if pair.run is None:  # as before the proposal (Q31)
        held = downstream_by_schedule(timeline, look, pair)
        return None if held is None else held._replace(rule="H32")
    previous = None if pair.run.previous is None else timeline.run(pair.run.previous)
    return None if previous is None else downstream_before(timeline, pair, previous, "H34")


def downstream_before(timeline: TimelineView, pair: Pair, before: Run, number: str) -> Held | None:
    """Whether what directly follows the task succeeded under the run before; of what that has no instance, the run."""
    waits: dict[str, Subject] = {}
    for task in pair.version.downstream[pair.task.id]:
        row = _under(timeline, before, task)
        if row is None and before.state is not RunState.SUCCESS:
            waits[task] = RunAt(before.dag, before.date)
        elif row is not None and row.state is not TaskState.SUCCESS:
            waits[task] = row.key
    if not waits:
        return None
    reason = f"{', '.join(waits)} of {short_instant(before.date)} did not succeed"
    return Held(pair.key, number, reason, tuple(dict.fromkeys(waits.values())))


@rule("H33", "M8")
def once_sent(design: Design, timeline: TimelineView, look: Look, pair: Pair, waived: bool) -> Held | None:
    """A worker begins what was sent and is still queued; nothing is tested again."""
    row = timeline.task(pair.key)
    if row is not None and row.state is _QUEUED:
        return None
    return Held(pair.key, "H33", "it is no longer queued" if row is None else f"it is {row.state}, not queued")
