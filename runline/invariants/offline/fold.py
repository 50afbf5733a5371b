"""A naive fold of events: after each event a new snapshot, made from the one before with plain dict copies.

It shares no code with the timeline, and takes for granted that the events fit: only the timeline refuses those that
do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from runline.model import events as ev
from runline.model.records import RunRecord, TaskKey, TaskRecord
from runline.model.snapshot import Snapshot
from runline.model.states import FINISHED_RUN, SENT, RunState, TaskState

K = TypeVar("K")
V = TypeVar("V")


def fold(events: Iterable[ev.Event], start: Snapshot | None = None) -> Iterator[Snapshot]:
    """The state after each event in turn, from ``start`` on (nothing known, if not given)."""
    state = start or Snapshot()
    for event in events:
        state = _AFTER[type(event)](state, event)
        yield state


def _without(entries: dict[K, V], gone: K) -> dict[K, V]:
    return {key: value for key, value in entries.items() if key != gone}


def _with_run(state: Snapshot, run: RunRecord) -> Snapshot:
    return replace(state, runs={**state.runs, run.id: run})


def _with_task(state: Snapshot, key: TaskKey, task: TaskRecord) -> Snapshot:
    return replace(state, tasks={**state.tasks, key: task})


def _after_deployed(state: Snapshot, event: ev.DagDeployed) -> Snapshot:
    dag = event.version.dag
    return replace(state, versions={**state.versions, dag: (*state.versions.get(dag, ()), event.version)})


def _after_created(state: Snapshot, event: ev.RunCreated) -> Snapshot:
    return _with_run(state, event.record)


def _after_linked(state: Snapshot, event: ev.RunLinked) -> Snapshot:
    return _with_run(state, state.runs[event.run]._replace(previous=event.after))


def _after_overridden(state: Snapshot, event: ev.RunOverridden) -> Snapshot:
    run = state.runs[event.run]
    return _with_run(
        state, run._replace(state=RunState.OVERRIDDEN, overridden_by=event.overrider, state_before=event.before)
    )


def _after_moved(state: Snapshot, event: ev.RunMoved) -> Snapshot:
    run = state.runs[event.run]
    started = run.started if event.started is None else event.started
    ended = event.at if event.after in FINISHED_RUN else None
    return _with_run(state, run._replace(state=event.after, started=started, ended=ended))


def _after_taken(state: Snapshot, event: ev.RunTaken) -> Snapshot:
    kind, run_id, version = event.after
    return _with_run(state, state.runs[event.run]._replace(kind=kind, run_id=run_id, version=version))


def _after_deleted(state: Snapshot, event: ev.RunDeleted) -> Snapshot:
    return replace(state, runs=_without(dict(state.runs), event.record.id))


def _after_task_created(state: Snapshot, event: ev.TaskCreated) -> Snapshot:
    return _with_task(state, event.record.key, event.record)


def _after_adopted(state: Snapshot, event: ev.TaskAdopted) -> Snapshot:
    return _with_task(state, event.key, state.tasks[event.key]._replace(run=event.after, unowned=event.unowned))


def _after_task_moved(state: Snapshot, event: ev.TaskMoved) -> Snapshot:
    task = state.tasks[event.key]
    sent = event.after in SENT and event.before not in SENT
    tries = 0 if event.after is TaskState.NONE else task.tries + sent
    ended = event.at if event.after is TaskState.UP_FOR_RETRY else None
    return _with_task(state, event.key, task._replace(state=event.after, tries=tries, ended=ended))


def _after_task_deleted(state: Snapshot, event: ev.TaskDeleted) -> Snapshot:
    return replace(state, tasks=_without(dict(state.tasks), event.record.key))


def _after_submitted(state: Snapshot, event: ev.BackfillSubmitted) -> Snapshot:
    return replace(state, backfills={**state.backfills, event.record.id: event.record})


def _after_completed(state: Snapshot, event: ev.BackfillCompleted) -> Snapshot:
    completed = state.backfills[event.backfill]._replace(completed=True)
    return replace(state, backfills={**state.backfills, event.backfill: completed})


def _after_time(state: Snapshot, event: ev.TimePassed) -> Snapshot:
    return replace(state, now=event.after)


def _after_paused(state: Snapshot, event: ev.DagPaused) -> Snapshot:
    return replace(state, paused=(state.paused | {event.dag}) if event.after else state.paused - {event.dag})


def _unchanged(state: Snapshot, event: ev.Event) -> Snapshot:
    return state


_AFTER: dict[type, Callable[[Snapshot, Any], Snapshot]] = {
    ev.DagDeployed: _after_deployed,
    ev.RunCreated: _after_created,
    ev.RunLinked: _after_linked,
    ev.RunOverridden: _after_overridden,
    ev.RunMoved: _after_moved,
    ev.RunTaken: _after_taken,
    ev.RunDeleted: _after_deleted,
    ev.TaskCreated: _after_task_created,
    ev.TaskAdopted: _after_adopted,
    ev.TaskMoved: _after_task_moved,
    ev.TaskDeleted: _after_task_deleted,
    ev.BackfillSubmitted: _after_submitted,
    ev.BackfillCompleted: _after_completed,
    ev.Looked: _unchanged,
    ev.TimePassed: _after_time,
    ev.DagPaused: _after_paused,
    ev.Refused: _unchanged,
    ev.Raised: _unchanged,
}
