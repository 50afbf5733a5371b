"""The backfill of AIRFLOW-20: a run for each date, spliced into the timeline (semantics 3.2, H20-H26)."""

from __future__ import annotations

from typing import NamedTuple

from runline.designs.coherent.job import Job, Submit, new_run, reset, tasks_asked
from runline.designs.commands import BackfillRequest, Look
from runline.designs.design import Design
from runline.designs.rule import rule
from runline.designs.worker import rows_of_run
from runline.model.dags import DagVersion
from runline.model.events import Event, RunCreated, RunLinked, RunOverridden, TaskAdopted
from runline.model.instants import Instant, format_instant
from runline.model.records import Run, RunRecord, TaskKey
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


class Place(NamedTuple):
    """A run that is to be spliced in, and what it finds: the runs at its date, and those that are to point to it."""

    record: RunRecord
    twins: tuple[int, ...]
    relinked: tuple[int, ...]

    @property
    def rows(self) -> frozenset[int]:
        """The ids of the runs between which it comes to stand."""
        previous = self.record.previous
        return frozenset((*self.twins, *self.relinked, *(() if previous is None else (previous,))))


def place_of(design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, date: Instant) -> Place:
    """What is read before a run is spliced in at a date."""
    record, previous = new_run(design, request, timeline, look, date), timeline.predecessor(look.dag, date)
    later, twins = timeline.successor(look.dag, date), [run.id for run in timeline.live_at(look.dag, date)]
    followers = [run.id for twin in twins for run in timeline.followers(twin) if run.on_timeline]
    relinked = sorted({*followers, *(() if later is None else (later.id,))})
    record = record._replace(previous=None if previous is None else previous.id)
    return Place(record, tuple(twins), tuple(relinked))


@rule("H21", "Q10", "Q26", "Q27", "M1", "M2", "M4", "M7", "M16", "M40")
def splice(design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, date: Instant) -> list[Event]:
    """The run of a backfill stands between its neighbours; a live run of its date is overridden and hands over its tasks.

    Every live run that pointed to the overridden one, and the successor, point to the new one.
    """
    return spliced_in(design, request, timeline, look, place_of(design, request, timeline, look, date))


def spliced_in(
    design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, place: Place
) -> list[Event]:
    """All that is written when a run is spliced in at a place, together."""
    created = inserted(design, request, timeline, look, place.record)
    run = created.record.id
    events: list[Event] = [created]
    for twin in place.twins:
        events += overridden(timeline, look, twin, run)
        events += handed_over(timeline, look, twin, run)
    events += relinked(timeline, look, place.relinked, run)
    return events + instances(design, request, timeline, look, created.record)


def inserted(
    design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, record: RunRecord
) -> RunCreated:
    """The run is made, between its neighbours as they were read (H21); it is given its id only now."""
    run = new_run(design, request, timeline, look, record.date).id
    record = record._replace(id=run, run_id=f"backfill__{format_instant(record.date)}__{run}")
    return RunCreated(record, look.at, look.by, "H21")


def overridden(timeline: TimelineView, look: Look, twin: int, run: int) -> list[Event]:
    """A run that stood at the date is overridden (H21, Q27); what is gone is passed over."""
    old = timeline.run(twin)
    return [] if old is None else [RunOverridden(twin, old.state, run, look.at, look.by, "H21")]


def handed_over(timeline: TimelineView, look: Look, twin: int, run: int) -> list[Event]:
    """The instances that a run owns belong to another (H21, Q27)."""
    return [TaskAdopted(row.key, twin, run, "", look.at, look.by, "H21") for row in timeline.tasks_of(twin)]


def relinked(timeline: TimelineView, look: Look, runs: tuple[int, ...], run: int) -> list[Event]:
    """These runs point to another (H21, Q26); what is gone is passed over."""
    found = [row for each in runs if (row := timeline.run(each)) is not None]
    return [RunLinked(row.id, row.previous, run, look.at, look.by, "H21") for row in found]


def instances(
    design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, record: RunRecord
) -> list[Event]:
    """The instances that the run lacks are made, and what is to be executed again is reset (H22, H23)."""
    tasks = tasks_asked(request, look.version)
    keys = [TaskKey(look.dag, task.id, record.date) for task in tasks]
    return [
        *rows_of_run(design, timeline, look, record, tasks, "H22"),
        *reset(design, request, timeline, look, keys),
    ]


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
