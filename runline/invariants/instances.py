"""Laws of task instances and the runs they belong to."""

from __future__ import annotations

from collections.abc import Iterable

from runline.invariants.law import At, Context, Evidence, Kind, Memory, StateLaw
from runline.invariants.runs import changes_life
from runline.invariants.words import TaskName, run_name
from runline.model.capability import Capability
from runline.model.events import (
    RunCreated,
    RunDeleted,
    RunMoved,
    RunOverridden,
    TaskAdopted,
    TaskCreated,
    TaskDeleted,
    TaskMoved,
)
from runline.model.records import BY_DATE, NO_RUN, TaskKey
from runline.model.states import FINISHED_TASK, RunState
from runline.model.view import TimelineView

Keys = Iterable[TaskKey]
_OVERRIDDEN = RunState.OVERRIDDEN


# ---------------------------------------------------------------- what an event touches


def _owned_by_record(event: RunCreated | RunDeleted, timeline: TimelineView) -> list[TaskKey]:
    return timeline.keys_of(event.record.id)


def _owned_by_run(event: RunOverridden | RunMoved, timeline: TimelineView) -> list[TaskKey]:
    return timeline.keys_of(event.run)


_KEY_OF_RECORD = At("record[:3]")
"""The key of a record's instance, as a plain tuple."""


# ------------------------------------------------------------------------ task-has-run


def _judge_has_run(timeline: TimelineView, key: TaskKey, memory: Memory, context: Context) -> bool | None:
    task = timeline.task(key)
    if task is None or task.run == BY_DATE:
        return None
    if task.run == NO_RUN:
        return bool(task.unowned)
    run = timeline.run(task.run)
    return run is not None and run.date == task.date and run.dag == task.dag


def _tell_has_run(timeline: TimelineView, key: TaskKey) -> Evidence:
    task = timeline.task(key)
    assert task is not None
    key = task.key
    owner = timeline.run(task.run)
    defect = "no run" if task.run == NO_RUN else "missing run" if owner is None else "run of another date"
    wrong = {
        "no run": "has run -1, though it was not started from outside and its run was not deleted",
        "missing run": f"belongs to run {task.run}, which does not exist",
        "run of another date": f"belongs to {run_name(owner) if owner else task.run}",
    }[defect]
    return Evidence(
        "{} {}.",
        (TaskName(key), wrong),
        aspect=defect,
        dag=key.dag,
        runs=() if task.run == NO_RUN else (task.run,),
        instances=(key,),
        dates=(key.date,),
    )


task_has_run = StateLaw(
    id="task-has-run",
    kind=Kind.STATE,
    sentence="Every task instance has a run that exists and bears its date; -1 only for one started from outside or "
    "whose run was deleted.",
    source="Q3: TaskInstances always have an associated DagRun; Q4, Q12, Q32: -1 is for what comes from outside; H38",
    needs=frozenset({Capability.TASK_HAS_RUN}),
    touched={
        TaskCreated: _KEY_OF_RECORD,
        TaskDeleted: _KEY_OF_RECORD,
        TaskAdopted: At("key"),
        RunCreated: _owned_by_record,
        RunDeleted: _owned_by_record,
    },
    judge=_judge_has_run,
    tell=_tell_has_run,
)


# ----------------------------------------------------------------------- owner-is-live


def _judge_owner_live(timeline: TimelineView, key: TaskKey, memory: Memory, context: Context) -> bool | None:
    task = timeline.task(key)
    if task is None or task.state in FINISHED_TASK:
        return None
    owner = timeline.run(task.run)
    return None if owner is None else owner.state is not _OVERRIDDEN


def _tell_owner_live(timeline: TimelineView, key: TaskKey) -> Evidence:
    task = timeline.task(key)
    assert task is not None
    key = task.key
    owner = timeline.run(task.run)
    assert owner is not None
    return Evidence(
        "{} is {} and belongs to {}, which is overridden.",
        (TaskName(key), task.state, run_name(owner)),
        dag=key.dag,
        runs=(owner.id,),
        instances=(key,),
        dates=(key.date,),
    )


owner_is_live = StateLaw(
    id="owner-is-live",
    kind=Kind.STATE,
    sentence="No unfinished task instance belongs to an overridden run.",
    source="Q27: the newer run re-owns the task instances of the one that it overrides",
    needs=frozenset({Capability.TASK_HAS_RUN, Capability.OVERRIDES}),
    touched={
        TaskCreated: _KEY_OF_RECORD,
        TaskDeleted: _KEY_OF_RECORD,
        TaskAdopted: At("key"),
        TaskMoved: At("key"),
        RunOverridden: _owned_by_run,
        RunMoved: _owned_by_run,
        RunCreated: _owned_by_record,
        RunDeleted: _owned_by_record,
    },
    judge=_judge_owner_live,
    tell=_tell_owner_live,
    run_moves=changes_life,
    moves=lambda before, after: (before in FINISHED_TASK) is not (after in FINISHED_TASK),
    silenced_by=lambda _, after: after in FINISHED_TASK,
)
