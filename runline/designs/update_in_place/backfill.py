"""The backfill of the counter-proposal: the run of a date is updated, or made (semantics 4.2, U5-U8, U10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runline.designs.coherent import backfill as coherent
from runline.designs.coherent.job import new_run, reset, tasks_asked
from runline.designs.coherent.states import state_of
from runline.designs.commands import BackfillRequest, Look
from runline.designs.design import Design
from runline.designs.rule import rule
from runline.designs.worker import rows_of_run
from runline.model.dags import DagVersion
from runline.model.events import Event, RunCreated, RunMoved, RunTaken, TaskMoved
from runline.model.instants import Instant, format_instant, short_instant
from runline.model.records import Run, TaskKey
from runline.model.states import RunKind, RunState, TaskState
from runline.model.view import TimelineView


@rule("U10", "H25")
def over_running_runs(
    request: BackfillRequest, timeline: TimelineView, version: DagVersion, dates: tuple[Instant, ...]
) -> str | None:
    """A backfill over a run that is running is refused, since somebody has it; one that is over need not be judged yet."""
    for date in dates:
        for run in timeline.runs_at(request.dag, date):
            if run.state is RunState.RUNNING and state_of(timeline, run) is None:
                return f"the run of {short_instant(date)} is running"
    return None


@rule("U6", "J4", "J5", "H21", "M16")
def update_or_make(
    design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, date: Instant
) -> list[Event]:
    """The run of the date, of whatever kind, is written over and runs again; where there is none, one is made.

    It is a backfill from then on, of the version in force; nothing else is made, overridden or relinked.
    """
    run_id, found = _name(request, date), timeline.runs_at(look.dag, date)
    if found:
        return _update(design, request, timeline, look, found[0], run_id)
    record = new_run(design, request, timeline, look, date)._replace(run_id=run_id)
    rows = rows_of_run(design, timeline, look, record, tasks_asked(request, look.version), "U8")
    return [RunCreated(record, look.at, look.by, "U6"), *rows]


@rule("U7", "U11", "J5")
def update_and_log(
    design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, date: Instant
) -> list[Event]:
    """What a run was before a backfill wrote it over goes into a log: its state, who had it, and its version."""
    events = update_or_make(design, request, timeline, look, date)
    return [
        event._replace(logged=True, rules=("U6", "U7", "U11")) if isinstance(event, RunTaken) else event
        for event in events
    ]


def _update(
    design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, run: Run, run_id: str
) -> list[Event]:
    before, number = (run.kind, run.run_id, run.version), look.version.number
    # nobody asked for the other version, only for the date (Q19, U11)
    asked = run.version == number
    keys = [TaskKey(run.dag, task.id, run.date) for task in tasks_asked(request, look.version)]
    return [
        *_begun_anew(timeline, look, run),
        RunTaken(run.id, before, (RunKind.BACKFILL, run_id, number), asked, look.at, look.by, "U6"),
        *tasks_of_version(design, request, timeline, look, run),
        *reset(design, request, timeline, look, [key for key in keys if not _is_removed(timeline, key)]),
    ]


def _begun_anew(timeline: TimelineView, look: Look, run: Run) -> Iterator[Event]:
    """The run is judged if it is over, then begins anew; one that is joined while it is under way goes on."""
    state = run.state
    if state is RunState.RUNNING:
        over = state_of(timeline, run)
        if over is None:
            return
        yield RunMoved(run.id, state, over, None, look.at, look.by, "H35")
        state = over
    yield RunMoved(run.id, state, RunState.RUNNING, look.at, look.at, look.by, "U6")


def _name(request: BackfillRequest, date: Instant) -> str:
    """The run_id says which backfill came last; with the kind it is all that is kept of who had the run."""
    return f"backfill__{format_instant(date)}__{request.number}"


def renumbered(text: str, numbers: Mapping[Any, Any]) -> str:
    """What a text is when jobs have other numbers: a run_id ends with that of a job."""
    head, _, number = text.rpartition("__")
    return f"{head}__{numbers.get(int(number), number)}" if head.startswith("backfill__") else text


@rule("U8", "H22", "M41")
def tasks_of_version(
    design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, run: Run
) -> Iterator[Event]:
    """Tasks that lack an instance get one, and those that were removed and are back; of tasks that are gone it is removed.

    A removed instance says nothing about its run.
    """
    for row in timeline.tasks_at(run.dag, run.date):
        if row.task not in look.version.by_id and row.state is not TaskState.REMOVED:
            yield TaskMoved(row.key, row.state, TaskState.REMOVED, (), look.at, look.by, "U8")
    tasks = tasks_asked(request, look.version)
    for task in tasks:
        key = TaskKey(run.dag, task.id, run.date)
        if _is_removed(timeline, key):
            yield TaskMoved(key, TaskState.REMOVED, TaskState.NONE, (), look.at, look.by, "U8")
    yield from rows_of_run(design, timeline, look, run, tasks, "U8")


def _is_removed(timeline: TimelineView, key: TaskKey) -> bool:
    row = timeline.task(key)
    return row is not None and row.state is TaskState.REMOVED


@rule("U7", "H23", "M6")
def failed_again(request: BackfillRequest, state: TaskState) -> bool:
    """What failed or waits for its retry runs again, what succeeded or was skipped is kept; all or none if so asked."""
    return coherent.failed_again(request, state)


@rule("U7", "H23", "M6")
def all_again(request: BackfillRequest, state: TaskState) -> bool:
    """Everything that has ended runs again, unless it is asked that nothing does; what runs goes on."""
    asked = request if request.rerun == "none" else request._replace(rerun="all")
    return coherent.failed_again(asked, state)
