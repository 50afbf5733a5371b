"""The backfill of AIRFLOW-20: a run for each date, spliced into the timeline (semantics 3.2, H20-H26)."""

from __future__ import annotations

from typing import NamedTuple

from runline.designs.coherent.sending import pair_in_run, waiting_instances
from runline.designs.coherent.states import verdicts
from runline.designs.commands import BackfillRequest, Look, Pair
from runline.designs.design import Design
from runline.designs.legacy.backfill import bounds
from runline.designs.rule import rule
from runline.designs.worker import consider, moved, rows_of_new_run
from runline.model.dags import DagVersion
from runline.model.events import (
    BackfillCompleted,
    BackfillSubmitted,
    Event,
    Refused,
    RunCreated,
    RunLinked,
    RunOverridden,
    TaskAdopted,
)
from runline.model.instants import Instant, format_instant
from runline.model.records import BackfillRecord, Run, RunRecord, TaskKey
from runline.model.schedules import date_range
from runline.model.states import ENDED_WELL, FINISHED_TASK, RunKind, RunState, TaskState
from runline.model.steps import Commit, Held, Outcome, Process, RunAt, Step, Subject, Wait, under_way
from runline.model.view import TimelineView


class Job(NamedTuple):
    """A backfill job: who it is, and what was asked of it."""

    design: Design
    request: BackfillRequest
    by: str


@rule("H20", "Q5", "Q26")
def backfill_by_runs(design: Design, request: BackfillRequest, at: Instant, by: str) -> Step:
    """A backfill makes a run for each date from its start to its end, the start as it is."""
    return Submit(Job(design, request, by), at)


@rule("H20", "M9", "M14", "M25", "M38")
def dates_of(request: BackfillRequest, version: DagVersion, at: Instant) -> tuple[Instant, ...]:
    """The dates of the range up to the clock, ascending; just the start where the range is one date or nothing recurs."""
    limits = bounds(request, version, at)
    if limits is None:
        return ()
    first, last = limits
    if first == last or not version.schedule.periodic:
        return (first,) if first <= at else ()
    return tuple(date for date in date_range(version.schedule, first, last) if date <= at) if first <= last else ()


class Submit(NamedTuple):
    """The job begins, when no other backfill of the DAG is under way."""

    job: Job
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Wait, refuse, or note the dates."""
        request, by = self.job.request, self.job.by
        other = next(iter(timeline.live_backfills(request.dag)), None)
        if other is not None:
            return _one_at_a_time(self.job, other)
        version = timeline.version(request.dag)
        assert version is not None
        dates = dates_of(request, version, self.at)
        why = _refusal(request, version, dates)
        if why is not None:
            return Commit((Refused(request.dag, "backfill", why[1], self.at, by, why[0]),), None)
        record = BackfillRecord(request.number, request.dag, dates)
        order = tuple(reversed(dates)) if request.backwards else dates
        return Commit((BackfillSubmitted(record, self.at, by, "H20"),), Splice(self.job, self.at, order, 0))


@rule("H25", "M37")
def _one_at_a_time(job: Job, other: BackfillRecord) -> Outcome:
    """One backfill at a time per DAG: the next waits until the one before has ended."""
    name = f"backfill-{other.id}"
    held = Held(Process(job.by), "H25", f"{name} of the DAG is under way", (Process(name),))
    return Wait(held.reason, held=(held,))


def _refusal(request: BackfillRequest, version: DagVersion, dates: tuple[Instant, ...]) -> tuple[str, str] | None:
    """Why a backfill is refused, with the rule."""
    if not dates:
        return "H20", "none of its dates has come yet"
    if request.backwards and any(task.depends_on_past or task.wait_for_downstream for task in version.tasks):
        return "H20", "a task that depends on its past cannot be run backwards"
    return None


@under_way
class Splice(NamedTuple):
    """The run of the date at ``place`` is spliced in: all of it in one commit (H25)."""

    job: Job
    at: Instant
    dates: tuple[Instant, ...]
    place: int

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Insert, override, relink and re-own, then the next date."""
        request = self.job.request
        version = timeline.version(request.dag)
        assert version is not None
        look = Look(request.dag, self.at, self.job.by, version)
        events = splice(self.job, timeline, look, self.dates[self.place])
        last = self.place + 1 == len(self.dates)
        then: Step = Round(self.job, self.at, min(self.dates)) if last else self._replace(place=self.place + 1)
        return Commit(tuple(events), then)


@rule("H21", "Q10", "Q26", "Q27", "M1", "M2", "M4", "M7", "M16", "M40")
def splice(job: Job, timeline: TimelineView, look: Look, date: Instant) -> list[Event]:
    """The run of a backfill stands between its neighbours; a live run of its date is overridden and hands over its tasks.

    Every live run that pointed to the overridden one, and the successor, point to the new one.
    """
    record = _new_run(job, timeline, look, date)
    run, stamp = record.id, (look.at, look.by, "H21")
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
    tasks = [task for task in look.version.tasks if _asked(job, task.id)]
    missing = [task for task in tasks if TaskKey(look.dag, task.id, date) not in adopted]
    events += list(rows_of_new_run(timeline, look, record, missing, "H22"))
    events += reset(job, timeline, look, record, [TaskKey(look.dag, task.id, date) for task in tasks])
    return events


def _asked(job: Job, task: str) -> bool:
    return job.request.tasks is None or task in job.request.tasks


def _new_run(job: Job, timeline: TimelineView, look: Look, date: Instant) -> RunRecord:
    previous = timeline.predecessor(look.dag, date)
    run = job.design.next_run_id(timeline)
    asked = tuple(task.id for task in look.version.tasks if _asked(job, task.id))
    return RunRecord(
        run,
        look.dag,
        date,
        RunKind.BACKFILL,
        f"backfill__{format_instant(date)}__{run}",
        RunState.RUNNING,
        None if previous is None else previous.id,
        look.version.number,
        look.at,
        origin=RunKind.BACKFILL,
        backfill=job.request.number,
        requested=None if job.request.tasks is None else asked,
    )


@rule("H23", "M5", "M6")
def reset(job: Job, timeline: TimelineView, look: Look, record: RunRecord, keys: list[TaskKey]) -> list[Event]:
    """What failed runs again, all of it if so asked, or none; what succeeded or was skipped is kept; what runs goes on."""
    events: list[Event] = []
    for key in keys:
        row = timeline.task(key)
        if row is None or row.state not in FINISHED_TASK | {TaskState.UP_FOR_RETRY} or job.request.rerun == "none":
            continue
        if row.state not in ENDED_WELL or job.request.rerun == "all":
            pair = Pair(key, look.version.by_id[key.task], None, look.version)
            events += moved(job.design, timeline, look, pair, TaskState.NONE, "H23")
    return events


class Round(NamedTuple):
    """While the job lives only it sends the instances of its runs (H26)."""

    job: Job
    at: Instant
    first: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """End what is over, then send what may be sent; when nothing of the job can move any more, it ends."""
        version = timeline.version(self.job.request.dag)
        assert version is not None
        look = Look(self.job.request.dag, self.at, self.job.by, version)
        runs = self._runs(timeline)
        ended = verdicts(timeline, look, runs)
        return Commit(tuple(ended), self) if ended else Collect(self)(timeline)

    def collect(self, timeline: TimelineView, tested: frozenset[TaskKey], sent: tuple[Step, ...]) -> Outcome:
        """Test what was not tested yet; an instance that gets a state by it is committed before the next (L24)."""
        version = timeline.version(self.job.request.dag)
        assert version is not None
        look = Look(self.job.request.dag, self.at, self.job.by, version)
        runs = self._runs(timeline)
        events: list[Event] = []
        sends: list[Step] = list(sent)
        held: list[Held] = []
        seen = set(tested)
        for pair in waiting_instances(timeline, runs):
            if not _asked(self.job, pair.key.task) or pair.key in tested:
                continue
            seen.add(pair.key)
            waived = self.job.request.ignore_first and pair.key.date == self.first
            happens, start, why = consider(self.job.design, timeline, look, pair, waived)
            events += happens
            if start is not None:
                sends.append(start)
            if why is not None and happens:
                return Commit(tuple(events), Collect(self, frozenset(seen), tuple(sends)), held=tuple(held))
            if why is not None:
                held.append(why)
        if not tested and not sends and self._is_over(timeline, look, runs, held):
            return Commit((*events, self._completed()), None, held=tuple(held))
        return Commit(tuple(events), self, tuple(sends), tuple(held))

    def _runs(self, timeline: TimelineView) -> list[Run]:
        running = timeline.in_state(self.job.request.dag, RunState.RUNNING)
        return [run for run in running if run.backfill == self.job.request.number]

    def _is_over(self, timeline: TimelineView, look: Look, runs: list[Run], held: list[Held]) -> bool:
        """Whether nothing of the job is under way, and nothing that it waits for can move."""
        busy = any(
            row.state in (TaskState.QUEUED, TaskState.RUNNING)
            for run in runs
            for row in timeline.tasks_at(run.dag, run.date)
            if row.run == run.id and _asked(self.job, row.task)
        )
        return not busy and all(hopeless(self.job, timeline, look, why) for why in held)

    def _completed(self) -> BackfillCompleted:
        return BackfillCompleted(self.job.request.number, self.at, self.job.by, "H26")


@under_way
class Collect(NamedTuple):
    """In the midst of a round: what was tested so far, and what is to be sent when all has been."""

    round: Round
    tested: frozenset[TaskKey] = frozenset()
    sends: tuple[Step, ...] = ()

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Go on with what is left."""
        return self.round.collect(timeline, self.tested, self.sends)


@rule("H26", "M18", "M23")
def hopeless(job: Job, timeline: TimelineView, look: Look, held: Held) -> bool:
    """A job gives over to the scheduler when all it waits for has failed, waits for what has failed, or for the job."""
    if held.until is not None:
        return False
    seen: set[Subject] = set()
    ahead = list(held.on)
    while ahead:
        subject = ahead.pop()
        if subject in seen:
            continue
        seen.add(subject)
        further = _behind(job, timeline, look, subject)
        if further is None:
            return False
        ahead += further
    return True


def _behind(job: Job, timeline: TimelineView, look: Look, subject: Subject) -> list[Subject] | None:
    """What a run or an instance waits for itself; nothing, if it came to a bad end; ``None`` if it can still move."""
    if isinstance(subject, RunAt):
        return _behind_run(timeline, subject)
    row = timeline.task(subject) if isinstance(subject, TaskKey) else None
    if row is None or row.state in FINISHED_TASK:
        return []
    if row.state is not TaskState.NONE:
        return None
    run = timeline.run(row.run)
    version = None if run is None else timeline.version(run.dag, run.version)
    if run is None or version is None or row.task not in version.by_id or run.state is not RunState.RUNNING:
        return []
    if run.backfill == job.request.number and not _asked(job, row.task):
        return []  # nobody sends it while the job lives
    rows = {other.task: other for other in timeline.tasks_at(run.dag, run.date) if other.run == run.id}
    pair = pair_in_run(rows, row.key, run, version)
    held = job.design.sendable(timeline, look, pair)
    blocked = job.design.dependencies(job.design, timeline, look, pair, False) if held is None else None
    held = held if blocked is None else blocked.held
    return None if held is None or held.until is not None else list(held.on)


def _behind_run(timeline: TimelineView, place: RunAt) -> list[Subject] | None:
    further: list[Subject] = []
    for run in timeline.timeline_at(*place):
        if run.state is RunState.FAILED:
            continue
        rows = [row for row in timeline.tasks_at(run.dag, run.date) if row.run == run.id]
        left = [row.key for row in rows if row.state not in FINISHED_TASK]
        if run.state is not RunState.RUNNING or not left:
            return None
        further += left
    return further
