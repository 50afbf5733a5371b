"""What must have happened between two recorded states: the events that lead from the one to the other.

Their order inside a step is not known. It is fixed here so that each event fits: what goes first, then what comes, then
what changes; new runs by id, which is the order in which they were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from runline.model import events as ev
from runline.model.instants import Instant
from runline.model.records import Run, RunRecord, TaskRecord
from runline.model.snapshot import Snapshot
from runline.model.states import FINISHED_RUN, RunState
from runline.model.view import TimelineView


class Stamp(NamedTuple):
    """When and by whom the events of a step happened; ``explicit``: the step was asked to delete runs."""

    at: Instant
    by: str
    explicit: bool = False
    born: RunState = RunState.RUNNING
    """The state in which runs are made."""
    requested: tuple[str, ...] | None = None
    """The tasks that the step asked for, where it is not all of them."""
    made: Mapping[int, Instant] = MappingProxyType({})
    """When each new run was made, where that was recorded."""
    retaken: bool = True
    """Whether someone asked for what the step wrote over in the records of runs."""


def changes(timeline: TimelineView, after: Snapshot, stamp: Stamp) -> Iterator[ev.Event]:
    """The events that lead from what the timeline holds to ``after``."""
    same = {run.id: run for run in timeline.runs() if _is_same(run, after.runs.get(run.id))}
    fresh = [record for run_id, record in sorted(after.runs.items()) if run_id not in same]
    yield from _deletions(timeline, after, stamp, set(same))
    yield from _submissions(timeline, after, stamp)
    born = {record.id: _creation(record, stamp) for record in fresh}
    yield from born.values()
    for task in after.tasks.values():
        yield from _comings(timeline, task, stamp)
    for run in same.values():
        yield from _run_changes(run, after.runs[run.id], fresh, stamp)
    for record in fresh:
        yield from _moved(born[record.id].record, record, fresh, stamp)
    for task in after.tasks.values():
        was = timeline.task(task.key)
        if was is not None and was.state is not task.state:
            yield ev.TaskMoved(task.key, was.state, task.state, (), stamp.at, stamp.by)
    yield from _completions(timeline, after, stamp)


def _is_same(run: Run, record: RunRecord | None) -> bool:
    """Whether a row is still the same run: ids may be given out again after a delete, dates are never changed."""
    return record is not None and record.date == run.date and record.dag == run.dag


def _deletions(timeline: TimelineView, after: Snapshot, stamp: Stamp, same: set[int]) -> Iterator[ev.Event]:
    for run in timeline.runs():
        if run.id not in same:
            yield ev.RunDeleted(run.record(), stamp.explicit, stamp.at, stamp.by)
    for task in timeline.tasks():
        if task.key not in after.tasks:
            yield ev.TaskDeleted(task.record(), stamp.at, stamp.by)


def _submissions(timeline: TimelineView, after: Snapshot, stamp: Stamp) -> Iterator[ev.Event]:
    known = {backfill.id for backfill in timeline.backfills()}
    for backfill in after.backfills.values():
        if backfill.id not in known:
            yield ev.BackfillSubmitted(backfill._replace(completed=False), stamp.at, stamp.by)


def _completions(timeline: TimelineView, after: Snapshot, stamp: Stamp) -> Iterator[ev.Event]:
    done = {backfill.id for backfill in timeline.backfills() if backfill.completed}
    for backfill in after.backfills.values():
        if backfill.completed and backfill.id not in done:
            yield ev.BackfillCompleted(backfill.id, stamp.at, stamp.by)


def _creation(record: RunRecord, stamp: Stamp) -> ev.RunCreated:
    at = stamp.made.get(record.id, stamp.at)
    started = at if stamp.born is RunState.RUNNING else None
    born = record._replace(state=stamp.born, started=started, ended=None, origin=record.kind, requested=stamp.requested)
    return ev.RunCreated(born, at, stamp.by)


def _run_changes(run: Run, record: RunRecord, fresh: list[RunRecord], stamp: Stamp) -> Iterator[ev.Event]:
    before, after = (run.kind, run.run_id, run.version), (record.kind, record.run_id, record.version)
    if before != after:
        yield ev.RunTaken(run.id, before, after, stamp.retaken, stamp.at, stamp.by)
    if run.previous != record.previous:
        yield ev.RunLinked(run.id, run.previous, record.previous, stamp.at, stamp.by)
    yield from _moved(run, record, fresh, stamp)


def _moved(was: Run | RunRecord, record: RunRecord, fresh: list[RunRecord], stamp: Stamp) -> Iterator[ev.Event]:
    if was.state is record.state:
        return
    if record.state is RunState.OVERRIDDEN:
        newer = [other.id for other in fresh if other.date == record.date and other.id != was.id]
        yield ev.RunOverridden(was.id, was.state, newer[-1] if newer else None, stamp.at, stamp.by)
    else:
        at, started = _times(was, record, stamp)
        yield ev.RunMoved(was.id, was.state, record.state, started, at, stamp.by)


def _times(was: Run | RunRecord, record: RunRecord, stamp: Stamp) -> tuple[Instant, Instant | None]:
    """When a run's state changed, and its new start if it started anew: as recorded, else both at the step."""
    running = record.state is RunState.RUNNING
    started = None if record.started == was.started else record.started
    ended = None if record.ended == was.ended or record.state not in FINISHED_RUN else record.ended
    at = started if running else ended
    if record.started is None and running:
        started = stamp.at
    return stamp.at if at is None else at, started


def _comings(timeline: TimelineView, record: TaskRecord, stamp: Stamp) -> Iterator[ev.Event]:
    """A task instance that comes into being, or to another run."""
    task = timeline.task(record.key)
    if task is None:
        yield ev.TaskCreated(record._replace(tries=0), stamp.at, stamp.by)
    elif task.run != record.run or task.unowned != record.unowned:
        yield ev.TaskAdopted(record.key, task.run, record.run, record.unowned, stamp.at, stamp.by)
