"""One backfill job of pull request 1431 is one run, spliced in piece by piece (semantics 3.5, R15-R25).

Each commit is a step of its own. What was read before the first one is carried along and never read again, so what others
do in between is overwritten.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from runline.designs.commands import BackfillRequest, Handed
from runline.designs.design import Design
from runline.designs.legacy.backfill import APRIL, Job, Prepare
from runline.designs.pr_1431.order import latest_run, run_after, run_before
from runline.designs.pr_1431.stale import as_read, row_as_read, run_as_read, still_there
from runline.designs.reads import after_starts
from runline.designs.rule import rule
from runline.model.dags import DagVersion
from runline.model.errors import RunlineError
from runline.model.events import BackfillSubmitted, Event, Refused, RunCreated, RunLinked, RunOverridden
from runline.model.instants import Instant
from runline.model.records import BackfillRecord, Run, RunRecord, TaskRecord
from runline.model.schedules import date_range
from runline.model.states import RunKind, RunState
from runline.model.steps import Commit, Outcome, Step, under_way
from runline.model.view import TimelineView

_DIGITS = 9
"""How many digits the number of a job has in its run_id, so that the texts are in the order of the numbers (R05)."""


@rule("R18", "R01", "R21", "R22", "R23", "R24", "R25", "L03")
def backfill_as_one_run(design: Design, request: BackfillRequest, at: Instant, by: str) -> Step:
    """A backfill job is one run, at the date where it starts; it holds the instances of all its dates."""
    return Read(Job(design, request, by, MAY, Handed(request.tasks)), at)


# ------------------------------------------------------------------------------ what is read


@rule("R15", "L40")
def date_of_run(request: BackfillRequest, version: DagVersion) -> Instant | None:
    """The run stands where the job starts, as it is, or at the smallest start of its tasks; at any date, to come or not."""
    return version.first_start if request.first is None else request.first


@rule("R21", "L40")
def from_start_or_first_task(
    request: BackfillRequest, version: DagVersion, at: Instant
) -> tuple[Instant, Instant] | None:
    """From the start, or that of the first task, to the end; if there is none to the start given, or else until now."""
    first = request.first
    if first is None:
        first = version.start_of(version.tasks[0].id) if version.tasks else version.start_date
    if first is None:
        return None
    if request.last is not None:
        return first, request.last
    return first, at if request.first is None else first


MAY = APRIL._replace(bounds=from_start_or_first_task, ends="R24")
"""The manner of May 2016: the rounds are those of April, but the state of the run is assigned and never stored (R24)."""


@rule("R16", "R05")
def neighbour(timeline: TimelineView, dag: str, date: Instant) -> Run | None:
    """The run before, that is not overridden, if the latest stands later; otherwise the latest, in whatever state."""
    latest = latest_run(timeline, dag)
    return run_before(timeline, dag, date) if latest is not None and latest.date > date else latest


@rule("R17", "R05")
def twin(timeline: TimelineView, dag: str, date: Instant) -> Run | None:
    """Of the runs at the date, of all kinds and states, the one that started last; the first by run_id if several did."""
    runs = sorted(timeline.runs_at(dag, date), key=lambda run: run.run_id)
    return max(runs, key=lambda run: 0 if run.started is None else run.started, default=None)


def dates_with_twins(version: DagVersion, requests: Sequence[BackfillRequest]) -> Collection[Instant] | None:
    """Where it is asked when a run started: at the dates of the runs of jobs, and everywhere if its time may run out."""
    if version.dagrun_timeout is not None:
        return None
    dates = (date_of_run(request, Handed(request.tasks).of(version)) for request in requests)
    return {date for date in dates if date is not None}


def _new_run(job: Job, at: Instant, date: Instant, previous: Run | None) -> RunRecord:
    """The run of the job, without an id yet (R18)."""
    return RunRecord(
        0,
        job.request.dag,
        date,
        RunKind.BACKFILL,
        f"backfill__{job.request.number:0{_DIGITS}}",
        RunState.RUNNING,
        None if previous is None else previous.id,
        started=at,
        origin=RunKind.BACKFILL,
        backfill=job.request.number,
    )


class Read(NamedTuple):
    """The job begins: it looks for the run before, and for one that stands at its date."""

    job: Job
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """All reading comes before the first commit, and is not done again."""
        dag = self.job.request.dag
        version = timeline.version(dag)
        assert version is not None
        date = date_of_run(self.job.request, self.job.handed.of(version))
        if date is None:
            return Commit((Refused(dag, "backfill", "no start date", self.at, self.job.by, "R15"),), None)
        latest, old = latest_run(timeline, dag), twin(timeline, dag, date)
        record = _new_run(self.job, self.at, date, neighbour(timeline, dag, date))
        relinks = latest is not None and latest.date > date
        return Commit((), Insert(self.job, self.at, record, None if old is None else as_read(old), relinks))


# ---------------------------------------------------------------------------- what is written


@under_way
class Insert(NamedTuple):
    """C1: the run is inserted as it was read together; until the next commit two live runs may stand at its date."""

    job: Job
    at: Instant
    record: RunRecord
    old: RunRecord | None
    relinks: bool

    @property
    def rests_on(self) -> frozenset[int]:
        """The run before, and the twin, as they were read."""
        previous, twin = self.record.previous, self.old
        read = (previous, None if twin is None else twin.id)
        return frozenset(run for run in read if run is not None)

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Insert it; its instances come last."""
        job, at, record, old, relinks = self
        record = record._replace(id=job.design.next_run_id(timeline, record.dag, record.date))
        submitted = BackfillRecord(job.request.number, record.dag, self._dates(timeline))
        events = (
            RunCreated(record, at, job.by, "R18", ("R15", "R16")),
            BackfillSubmitted(submitted, at, job.by, "R18", ("R21",)),
        )
        spliced = Spliced(job, at, record, relinks)
        return Commit(events, spliced.relinking if old is None else Override(spliced, old))

    def _dates(self, timeline: TimelineView) -> tuple[Instant, ...]:
        """The dates that the job is about; where its range is none, that of its run."""
        version = timeline.version(self.record.dag)
        assert version is not None
        limits = from_start_or_first_task(self.job.request, self.job.handed.of(version), self.at)
        try:
            dates = tuple(date_range(version.schedule, *limits)) if limits and version.schedule.periodic else ()
        except RunlineError:
            dates = ()
        return dates or (self.record.date,)


class Spliced(NamedTuple):
    """A run that is being spliced in: as it was written, and whether a later run is to point to it."""

    job: Job
    at: Instant
    record: RunRecord
    relinks: bool

    @property
    def stamp(self) -> tuple[Instant, str, str]:
        """When, who and by which rule, for what is written of other rows."""
        return self.at, self.job.by, "R19"

    @property
    def relinking(self) -> Step:
        """What comes when its twin, if there was one, is dealt with."""
        return Relink(self) if self.relinks else Rows(self.job._replace(run=self.record.id), self.at)


@under_way
class Override(NamedTuple):
    """C2: its twin is overridden and hands over its previous; both rows are written as they were read."""

    spliced: Spliced
    old: RunRecord

    @property
    def rests_on(self) -> frozenset[int]:
        """The twin, as it was read."""
        return frozenset({self.old.id})

    def __call__(self, timeline: TimelineView) -> Outcome:
        """One commit for both; what others wrote into them since is overwritten."""
        spliced, old = self
        new_row, old_row = still_there(timeline, spliced.record), still_there(timeline, old)
        if new_row is None or old_row is None:
            return spliced.job.over(spliced.at, "a run is gone that was to be written", "R19")
        record = spliced.record._replace(previous=old.previous)
        events = [*run_as_read(new_row, record, *spliced.stamp), *overriding(old_row, old, spliced)]
        return Commit(tuple(events), Reread(spliced._replace(record=record), old.id))


@rule("R19", "R17", "Q27")
def overriding(row: Run, old: RunRecord, spliced: Spliced) -> list[Event]:
    """The twin becomes overridden, whatever its state; its previous and its start are what they were."""
    kept = old._replace(state=row.state)
    return [
        *run_as_read(row, kept, *spliced.stamp),
        RunOverridden(row.id, row.state, spliced.record.id, *spliced.stamp, ("R17",)),
    ]


@under_way
@after_starts
class Reread(NamedTuple):
    """The rows at the date that belong to the twin are read, to be handed over one by one."""

    spliced: Spliced
    old: int

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Rows of the twin at other dates stay with it, and so do those at the date that are somebody else's."""
        record = self.spliced.record
        rows = [row.record() for row in timeline.tasks_at(record.dag, record.date) if row.run == self.old]
        return Commit((), Adopt(self.spliced, tuple(rows)) if rows else self.spliced.relinking)


@under_way
@after_starts
class Adopt(NamedTuple):
    """C3: the rows are handed over, one commit each."""

    spliced: Spliced
    rows: tuple[TaskRecord, ...]

    def __call__(self, timeline: TimelineView) -> Outcome:
        """The first of them is written whole, as it was read: a result that a worker stored since is lost."""
        spliced, (first, *left) = self
        row = timeline.task(first.key)
        if row is None:
            return spliced.job.over(spliced.at, "an instance is gone that was to be written", "R19")
        events = row_as_read(row, first._replace(run=spliced.record.id), *spliced.stamp)
        return Commit(tuple(events), Adopt(spliced, tuple(left)) if left else spliced.relinking)


@under_way
@after_starts
class Relink(NamedTuple):
    """C4: the run after, as it is found now, is made to point to the new one."""

    spliced: Spliced

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Only one run is relinked, whoever else points elsewhere."""
        job, at, record, _ = self.spliced
        events = relinking(timeline, record, at, job.by)
        return Commit(tuple(events), Rows(job._replace(run=record.id), at))


@rule("R20", "R05")
def relinking(timeline: TimelineView, record: RunRecord, at: Instant, by: str) -> list[Event]:
    """Of the runs that count the one of the least later date points to the new run, be it overridden; nobody else does."""
    later = run_after(timeline, record.dag, record.date)
    if later is None or later.previous == record.id:
        return []
    return [RunLinked(later.id, later.previous, record.id, at, by, "R20")]


@under_way
@after_starts
class Rows(NamedTuple):
    """C5: the rows of all dates are made or taken over, in one commit (R22); then come the rounds."""

    job: Job
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """As the job of April prepares them."""
        return Prepare(self.job, self.at)(timeline)
