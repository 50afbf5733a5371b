"""What a backfill job of Airflow 1.8.1 does before its first round: its dates, runs and work (semantics 4.4, V40-V43)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runline.designs.airflow_1_8_1.states import instances_at, integrity
from runline.designs.airflow_1_8_1.working import Job, Ledger, Round
from runline.designs.commands import BackfillRequest
from runline.designs.design import Design
from runline.designs.legacy.creation import running_dates
from runline.designs.reads import CLOCK, leads_to
from runline.designs.rule import rule
from runline.model.dags import DagVersion
from runline.model.events import (
    BackfillCompleted,
    BackfillSubmitted,
    Event,
    Raised,
    Refused,
    RunCreated,
    RunMoved,
    RunTaken,
    TaskMoved,
)
from runline.model.instants import Instant, format_instant
from runline.model.records import BackfillRecord, Run, RunRecord, TaskKey
from runline.model.schedules import Unscheduled
from runline.model.states import RunKind, RunState, TaskState
from runline.model.steps import Commit, Outcome, Step, under_way
from runline.model.view import TimelineView


@rule("V40", "V41", "V42")
def backfill_over_runs(design: Design, request: BackfillRequest, at: Instant, by: str) -> Step:
    """A backfill makes or takes over a run for each of its dates, then works off their instances."""
    return Submit(design, request, by, at)


class Submit(NamedTuple):
    """The job begins: it is handed the DAG as it is now, which it keeps to its end."""

    design: Design
    request: BackfillRequest
    by: str
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Note the dates, or end without a word; the first date for which the past is waived is the start as given."""
        request = self.request
        whole = timeline.version(request.dag)
        assert whole is not None
        version = cut(whole, request)
        dates = dates_of(request, version, self.at)
        why = at_limit(timeline, whole) or (None if dates else ("V41", "no tick of the schedule lies in its range"))
        if why is not None:
            return Commit((Refused(request.dag, "backfill", why[1], self.at, self.by, why[0]),), None)
        job = Job(
            self.design,
            request,
            self.by,
            version,
            whole,
            partial=request.with_upstream and len(version.tasks) < len(whole.tasks),
            first=self.at if request.first is None else request.first,
        )
        record = BackfillRecord(request.number, request.dag, dates)
        return Commit((BackfillSubmitted(record, self.at, self.by, "V41"),), Take(job, self.at, dates))


@rule("V40")
def at_limit(timeline: TimelineView, version: DagVersion) -> tuple[str, str] | None:
    """A job ends silently where the DAG has a schedule and as many runs not made by hand are running as may be.

    Those inside its range count. That is asked once, and how many runs it makes itself is not limited.
    """
    running = len(running_dates(timeline, version.dag))
    if isinstance(version.schedule, Unscheduled) or running < version.max_active_runs:
        return None
    return "V40", f"{running} runs are running, the limit is {version.max_active_runs}"


@rule("V41", "V55", "V56")
def dates_of(request: BackfillRequest, version: DagVersion, at: Instant) -> tuple[Instant, ...]:
    """The start, aligned to the schedule, and each tick up to the end; where nothing recurs, just the start.

    No start means the smallest task start, no end the start as it was given; neither, from there until now.
    """
    start = version.first_start if request.first is None else request.first
    end = request.last if request.last is not None else at if request.first is None else request.first
    return () if start is None else tuple(_ticks(version, start, end))


def _ticks(version: DagVersion, start: Instant, end: Instant) -> Iterator[Instant]:
    date: Instant | None = version.schedule.align(start)
    while date is not None and date <= end:
        yield date
        date = version.schedule.next_after(date)


@rule("V57", "V43")
def cut(version: DagVersion, request: BackfillRequest) -> DagVersion:
    """The DAG as the job is handed it: with a subset of its tasks, to which what they wait for may have been put."""
    if request.tasks is None:
        return version
    wanted = set(request.tasks)
    ahead = list(wanted) if request.with_upstream else []
    while ahead:
        task = version.by_id.get(ahead.pop())
        further = set() if task is None else set(task.upstream) - wanted
        wanted |= further
        ahead += further
    return version.subset(wanted)


# ---------------------------------------------------------------------------- each date


@under_way
@leads_to(CLOCK, "at")
class Take(NamedTuple):
    """The run of the first date of these is made or taken over, and gets the instances it lacks."""

    job: Job
    at: Instant
    dates: tuple[Instant, ...]
    work: tuple[TaskKey, ...] = ()

    def __call__(self, timeline: TimelineView) -> Outcome:
        """One commit for the run and its instances; a run_id that another run has raises."""
        job, date = self.job, self.dates[0]
        stamp = (self.at, job.by)
        run_id = f"backfill_{format_instant(date).removesuffix('Z')}"
        if any(run.run_id == run_id and run.date != date for run in timeline.runs(job.request.dag)):
            error = f"there is a run {run_id} at another date"
            over = BackfillCompleted(job.request.number, *stamp, "V42")
            return Commit((Raised(job.request.dag, error, (), *stamp, "V42"), over), None)
        events = taken_over(job, timeline, date, run_id, self.at)
        events += integrity(timeline, job.version, date, stamp, partial=job.partial)
        return Commit(tuple(events), Reset(*self))


@rule("V42", "V02")
def taken_over(job: Job, timeline: TimelineView, date: Instant, run_id: str, at: Instant) -> list[Event]:
    """A date without a run gets one; one that has a run, whoever's and in whatever state, gives it to the backfill.

    It is running then and has another run_id; who made it and when it started stays as it was.
    """
    stamp = (at, job.by, "V42")
    runs = timeline.runs_at(job.request.dag, date)
    if not runs:
        return [RunCreated(_new_run(job, timeline, date, run_id, at), *stamp)]
    events: list[Event] = []
    for run in runs:
        after = (_kind_of(run), run_id, run.version)
        if run.run_id != run_id:
            events.append(RunTaken(run.id, (run.kind, run.run_id, run.version), after, True, *stamp))
        if run.state is not RunState.RUNNING:
            events.append(RunMoved(run.id, run.state, RunState.RUNNING, None, *stamp))
    return events


def _kind_of(run: Run) -> RunKind:
    """What a run is taken for once its run_id is a backfill's (V02)."""
    return RunKind.MANUAL if run.origin is RunKind.MANUAL else RunKind.BACKFILL


def _new_run(job: Job, timeline: TimelineView, date: Instant, run_id: str, at: Instant) -> RunRecord:
    asked = None if job.request.tasks is None else tuple(task.id for task in job.version.tasks)
    return RunRecord(
        job.design.next_run_id(timeline, job.request.dag, date),
        job.request.dag,
        date,
        RunKind.BACKFILL,
        run_id,
        RunState.RUNNING,
        started=at,
        origin=RunKind.BACKFILL,
        backfill=job.request.number,
        requested=asked,
    )


@under_way
@leads_to(CLOCK, "at")
class Reset(NamedTuple):
    """What a job that is gone left scheduled or queued at the date is brought back to state none (V43)."""

    job: Job
    at: Instant
    dates: tuple[Instant, ...]
    work: tuple[TaskKey, ...]

    def __call__(self, timeline: TimelineView) -> Outcome:
        """One commit, if there is any of it."""
        left = frozenset({TaskState.SCHEDULED, TaskState.QUEUED})
        events = moved_from(self.job, timeline, self.dates[0], left, TaskState.NONE, self.at)
        then = Plan(*self)
        return Commit(tuple(events), then) if events else then(timeline)


@under_way
@leads_to(CLOCK, "at")
class Plan(NamedTuple):
    """Every instance of the date joins the work, whatever its state; what is in state none is scheduled (V43)."""

    job: Job
    at: Instant
    dates: tuple[Instant, ...]
    work: tuple[TaskKey, ...]

    def __call__(self, timeline: TimelineView) -> Outcome:
        """One commit, then the next date, or the first round when all dates are prepared."""
        job, date = self.job, self.dates[0]
        events = moved_from(job, timeline, date, frozenset({TaskState.NONE}), TaskState.SCHEDULED, self.at)
        rows = instances_at(timeline, job.version, date, job.partial)
        work = (*self.work, *(row.key for row in rows))
        if self.dates[1:]:
            return Commit(tuple(events), Take(job, self.at, self.dates[1:], work))
        dates = tuple(dict.fromkeys(key.date for key in work))
        return Commit(tuple(events), Round(job, self.at, Ledger(work, (), dates)))


@rule("V43", "V01")
def moved_from(
    job: Job, timeline: TimelineView, date: Instant, before: frozenset[TaskState], after: TaskState, at: Instant
) -> list[Event]:
    """What was left scheduled or queued at a date becomes none, then all that is none becomes scheduled."""
    return [
        TaskMoved(row.key, row.state, after, (), at, job.by, "V43")
        for row in instances_at(timeline, job.version, date, job.partial)
        if row.state in before
    ]
