"""The step laws of a send: what must have ended well before an instance is handed to a worker."""

from __future__ import annotations

from typing import NamedTuple

from runline.invariants.law import Context
from runline.invariants.offline.facts import (
    downstream_of,
    instances_at,
    is_live,
    start_of,
    timeline_at,
    timeline_of,
)
from runline.invariants.offline.past import EventCheck, Past
from runline.invariants.offline.ticks import first_tick
from runline.model.capability import Capability
from runline.model.dags import DagVersion, Task
from runline.model.events import TaskMoved
from runline.model.instants import Instant
from runline.model.records import BY_DATE, NO_RUN, RunRecord, TaskKey
from runline.model.snapshot import Snapshot
from runline.model.states import ENDED_WELL, SENT, RunKind, RunState, TaskState


class _Send(NamedTuple):
    """An instance is sent: the event, its task in the version of its run, or in force, and the state before."""

    event: TaskMoved
    task: Task
    version: DagVersion
    state: Snapshot


def _send_of(past: Past) -> _Send | None:
    """The last event as a send; ``None`` if it is none, or the DAG in force does not know the task."""
    event = past.last
    if not isinstance(event, TaskMoved) or event.after not in SENT or event.before in SENT:
        return None
    version = _version_of(past.before, event.key)
    tasks = [task for task in version.tasks if task.id == event.key.task] if version else []
    return _Send(event, tasks[0], version, past.before) if version and tasks else None


def _version_of(state: Snapshot, key: TaskKey) -> DagVersion | None:
    """The version of the instance's run, where that has one; else the one in force."""
    row = state.tasks.get(key)
    owner = _owner_of(state, key, row.run) if row is not None else None
    if owner is None or owner.version is None:
        return state.version(key.dag)
    return next((version for version in state.versions.get(key.dag, ()) if version.number == owner.version), None)


def _depends_on_past(past: Past, context: Context) -> bool:
    """The task did not go well at the date before, though it or its downstream is waited for."""
    send = _send_of(past)
    if send is None or not (send.task.depends_on_past or send.task.wait_for_downstream):
        return False
    return not _past_went_well(send, [send.task.id], context)


def _wait_for_downstream(past: Past, context: Context) -> bool:
    """A task directly downstream did not go well at the date before, though it is waited for."""
    send = _send_of(past)
    if send is None or not send.task.wait_for_downstream:
        return False
    return not _past_went_well(send, downstream_of(send.version, send.task), context)


def _past_went_well(send: _Send, tasks: list[str], context: Context) -> bool:
    """Whether all of these tasks went well at the date before, or there is none, or the send is exempt."""
    dag, _, date = send.event.key
    before = _past_date(send.state, dag, date, context)
    if before is None or _is_exempt(send):
        return True
    return all(_went_well(send.state, TaskKey(dag, task, before), context) for task in tasks)


def _past_date(state: Snapshot, dag: str, date: Instant, context: Context) -> Instant | None:
    """The greatest earlier date with a timeline run; with any instance too, where backfills make no runs."""
    dates = [run.date for run in timeline_of(state, dag)]
    if Capability.BACKFILL_MAKES_RUNS not in context.capabilities:
        dates += [task.date for task in state.tasks.values() if task.dag == dag]
    return max((earlier for earlier in dates if earlier < date), default=None)


def _is_exempt(send: _Send) -> bool:
    """Whether the past is waived, the instance's run is manual or none, or the date is the first of the task."""
    event, task, version, state = send
    instance = state.tasks[event.key]
    start = start_of(version, task)
    owner = _owner_of(state, event.key, instance.run)
    return (
        "depends_on_past" in event.ignored
        or instance.run == NO_RUN
        or (start is not None and event.key.date <= first_tick(version.schedule, start))
        or (owner is not None and owner.kind == RunKind.MANUAL)
    )


def _owner_of(state: Snapshot, key: TaskKey, run_id: int) -> RunRecord | None:
    """The run of this id; for an instance that belongs to its date the first live run there."""
    if run_id != BY_DATE:
        return state.runs.get(run_id)
    there = [run for run in state.runs.values() if is_live(run) and (run.dag, run.date) == (key.dag, key.date)]
    return min(there, key=lambda run: run.id, default=None)


def _went_well(state: Snapshot, key: TaskKey, context: Context) -> bool:
    """At run level the run succeeded; else the instance ended well or, where there is none left, the run succeeded."""
    runs = timeline_at(state, key.dag, key.date)
    succeeded = any(run.state == RunState.SUCCESS for run in runs)
    if runs and Capability.PAST_AT_RUN_LEVEL in context.capabilities:
        return succeeded
    instance = state.tasks.get(key)
    return succeeded if instance is None or instance.state == TaskState.REMOVED else instance.state in ENDED_WELL


def _upstream_order(past: Past, context: Context) -> bool:
    """An upstream instance of the same date is missing or did not end well."""
    send = _send_of(past)
    if send is None or "upstream" in send.event.ignored:
        return False
    there = instances_at(send.state, send.event.key.dag, send.event.key.date)
    return not set(send.task.upstream) <= {task.task for task in there if task.state in ENDED_WELL}


SENDS: dict[str, EventCheck] = {
    "depends-on-past": _depends_on_past,
    "wait-for-downstream": _wait_for_downstream,
    "upstream-order": _upstream_order,
}
