"""Rows are written back whole, as they were read: what others wrote in between is undone (semantics 3.5, C2, C3)."""

from __future__ import annotations

from runline.model.events import Event, RunLinked, RunMoved, TaskAdopted, TaskMoved
from runline.model.instants import Instant
from runline.model.records import Run, RunRecord, TaskInstance, TaskRecord
from runline.model.view import TimelineView


def as_read(run: Run) -> RunRecord:
    """A run as it is to be written back, without what is kept for audit only: nobody reads that, so it tells none apart."""
    return run.record()._replace(ended=None, overridden_by=None, state_before=None)


def still_there(timeline: TimelineView, record: RunRecord) -> Run | None:
    """The run that was read, as it is now; ``None`` if it is gone, though its number may have been given out again."""
    run = timeline.run(record.id)
    return run if run is not None and run.run_id == record.run_id else None


def run_as_read(run: Run, record: RunRecord, at: Instant, by: str, rule: str) -> list[Event]:
    """The events by which a run gets the previous, state and start that were read, or were to be written."""
    events: list[Event] = []
    if run.previous != record.previous:
        events.append(RunLinked(run.id, run.previous, record.previous, at, by, rule))
    if (run.state, run.started) != (record.state, record.started):
        events.append(RunMoved(run.id, run.state, record.state, record.started, at, by, rule))
    return events


def row_as_read(row: TaskInstance, record: TaskRecord, at: Instant, by: str, rule: str) -> list[Event]:
    """The events by which an instance gets the run and state that were read, or were to be written."""
    events: list[Event] = []
    if row.run != record.run:
        events.append(TaskAdopted(row.key, row.run, record.run, record.unowned, at, by, rule))
    if row.state is not record.state:
        events.append(TaskMoved(row.key, row.state, record.state, (), at, by, rule))
    return events
