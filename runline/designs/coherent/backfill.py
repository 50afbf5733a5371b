"""The backfill of AIRFLOW-20: a run for each date, spliced into the timeline (semantics 3.2, H20-H26)."""

from __future__ import annotations

from runline.designs.coherent.job import Job, Submit, new_run, reset, tasks_asked
from runline.designs.commands import BackfillRequest, Look
from runline.designs.design import Design
from runline.designs.rule import rule
from runline.designs.worker import rows_of_run
from runline.model.dags import DagVersion
from runline.model.events import Event, RunCreated, RunLinked, RunOverridden, TaskAdopted
from runline.model.instants import Instant, format_instant
from runline.model.records import Run, TaskKey
from runline.model.states import ENDED_WELL, FINISHED_TASK, TaskState
from runline.model.steps import Step
from runline.model.view import TimelineView


@rule("H20", "Q5", "Q26", "U5", "J5")
def backfill_by_dates(design: Design, request: BackfillRequest, at: Instant, by: str) -> Step:
    """A backfill comes to each date from its start to its end, the start as it is, and each has a run of its own."""
    return Submit(Job(design, request, by), at)


@rule("H20", "M25")
def nothing_has_come(
    request: BackfillRequest, timeline: TimelineView, version: DagVersion, dates: tuple[Instant, ...]
) -> str | None:
    """A backfill none of whose dates has come is refused."""
    return None if dates else "none of its dates has come yet"


@rule("H20")
def past_backwards(
    request: BackfillRequest, timeline: TimelineView, version: DagVersion, dates: tuple[Instant, ...]
) -> str | None:
    """A backfill that runs backwards is refused where a task depends on its past."""
    if request.backwards and any(task.depends_on_past or task.wait_for_downstream for task in version.tasks):
        return "a task that depends on its past cannot be run backwards"
    return None


@rule("H21", "Q10", "Q26", "Q27", "M1", "M2", "M4", "M7", "M16", "M40")
def splice(design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, date: Instant) -> list[Event]:
    """The run of a backfill stands between its neighbours; a live run of its date is overridden and hands over its tasks.

    Every live run that pointed to the overridden one, and the successor, point to the new one.
    """
    record, previous = new_run(design, request, timeline, look, date), timeline.predecessor(look.dag, date)
    run, stamp = record.id, (look.at, look.by, "H21")
    run_id = f"backfill__{format_instant(date)}__{run}"
    record = record._replace(run_id=run_id, previous=None if previous is None else previous.id)
    events: list[Event] = [RunCreated(record, *stamp)]
    later = timeline.successor(look.dag, date)
    relinked = {later.id: later} if later is not None else {}
    adopted: dict[TaskKey, TaskState] = {}
    for old in timeline.live_at(look.dag, date):
        events.append(RunOverridden(old.id, old.state, run, *stamp))
        relinked |= {other.id: other for other in timeline.followers(old.id) if other.on_timeline}
        for row in timeline.tasks_of(old.id):
            events.append(TaskAdopted(row.key, old.id, run, "", *stamp))
            adopted[row.key] = row.state
    events += [RunLinked(other.id, other.previous, run, *stamp) for _, other in sorted(relinked.items())]
    tasks = tasks_asked(request, look.version)
    missing = [task for task in tasks if TaskKey(look.dag, task.id, date) not in adopted]
    events += rows_of_run(design, timeline, look, record, missing, "H22")
    events += reset(design, request, timeline, look, [TaskKey(look.dag, task.id, date) for task in tasks])
    return events


@rule("H23", "M5", "M6")
def failed_again(request: BackfillRequest, state: TaskState) -> bool:
    """What failed runs again, all of it if so asked, or none; what succeeded or was skipped is kept; what runs goes on."""
    if request.rerun == "none" or state not in FINISHED_TASK | {TaskState.UP_FOR_RETRY}:
        return False
    return state not in ENDED_WELL or request.rerun == "all"


@rule("H23", "M5", "M6")
def running_again(request: BackfillRequest, state: TaskState) -> bool:
    """What runs is taken away from whoever executes it, and runs again, unless it is asked that nothing does."""
    return failed_again(request, state) or (state is TaskState.RUNNING and request.rerun != "none")


@rule("H26", "M23")
def backfill_that_made_it(timeline: TimelineView, run: Run) -> int | None:
    """While the backfill that made a run lives only it sends the instances of the run."""
    if run.backfill is None:
        return None
    return next((live.id for live in timeline.live_backfills(run.dag) if live.id == run.backfill), None)
