"""A backfill job that has a run for each of its dates, as steps: what designs with such jobs have in common.

How the job comes to the run of a date is for the design to say (``take``), and what is refused, what is executed again,
and whose runs are the job's (``refusals``, ``again``, ``job_of``).
"""

from __future__ import annotations

from typing import NamedTuple

from runline.designs.coherent.sending import pair_in_run, waiting_instances
from runline.designs.coherent.states import verdicts
from runline.designs.commands import BackfillRequest, Look, Pair
from runline.designs.design import Design
from runline.designs.legacy.backfill import bounds
from runline.designs.reads import CLOCK, leads_to, leaves_success
from runline.designs.rule import rule, rule_of
from runline.designs.worker import consider, instances_of, moved, run_of
from runline.model.dags import DagVersion, Task
from runline.model.events import BackfillCompleted, BackfillSubmitted, Event, Refused
from runline.model.instants import Instant
from runline.model.records import BackfillRecord, Run, RunRecord, TaskKey
from runline.model.schedules import date_range
from runline.model.states import FINISHED_TASK, RunKind, RunState, TaskState
from runline.model.steps import Commit, Held, Outcome, Process, RunAt, Step, Subject, Wait, under_way
from runline.model.view import TimelineView


class Job(NamedTuple):
    """A backfill job: who it is, and what was asked of it."""

    design: Design
    request: BackfillRequest
    by: str


@rule("H20", "M9", "M14", "M25", "M38", "U5")
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
    """The job begins, when it is its turn."""

    job: Job
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Wait, refuse, or note the dates."""
        request, by = self.job.request, self.job.by
        turn = self.job.design.turn
        held = None if turn is None else turn(timeline, request, by)
        if held is not None:
            return Wait(held.reason, held=(held,))
        version = timeline.version(request.dag)
        assert version is not None
        dates = dates_of(request, version, self.at)
        for refusal in self.job.design.refusals:
            why = refusal(request, timeline, version, dates)
            if why is not None:
                return Commit((Refused(request.dag, "backfill", why, self.at, by, rule_of(refusal).id),), None)
        record = BackfillRecord(request.number, request.dag, dates)
        order = tuple(reversed(dates)) if request.backwards else dates
        submitted = BackfillSubmitted(record, self.at, by, rule_of(self.job.design.backfill).id)
        return Commit((submitted,), Take(self.job, self.at, order, 0))


@rule("H25", "M37", "U10")
def one_at_a_time(timeline: TimelineView, request: BackfillRequest, by: str) -> Held | None:
    """One backfill at a time per DAG: the next waits until the one before has ended."""
    other = next(iter(timeline.live_backfills(request.dag)), None)
    if other is None:
        return None
    name = f"backfill-{other.id}"
    return Held(Process(by), "H25", f"{name} of the DAG is under way", (Process(name),))


@under_way
@leads_to(CLOCK, "at")
class Take(NamedTuple):
    """The job comes to the run of the date at ``place``: all of it in one commit (H25), if the design does not cut it."""

    job: Job
    at: Instant
    dates: tuple[Instant, ...]
    place: int

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Make or change what stands at the date, then the next date."""
        design, request, at, by = *self.job[:2], self.at, self.job.by
        date, last = self.dates[self.place], self.place + 1 == len(self.dates)
        then: Step = Round(self.job, at, min(self.dates)) if last else self._replace(place=self.place + 1)
        if design.parts is not None:
            return design.parts(design, request, at, by, date, then)(timeline)
        assert design.take is not None
        version = timeline.version(request.dag)
        assert version is not None
        return Commit(tuple(design.take(design, request, timeline, Look(request.dag, at, by, version), date)), then)


def tasks_asked(request: BackfillRequest, version: DagVersion) -> list[Task]:
    """The tasks of the DAG that a backfill was asked to run."""
    return [task for task in version.tasks if _asked(request, task.id)]


def _asked(request: BackfillRequest, task: str) -> bool:
    return request.tasks is None or task in request.tasks


def new_run(design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, date: Instant) -> RunRecord:
    """The run that a backfill makes, with no previous and no run_id yet."""
    asked = tuple(task.id for task in tasks_asked(request, look.version))
    return RunRecord(
        design.next_run_id(timeline, look.dag, date),
        look.dag,
        date,
        RunKind.BACKFILL,
        "",
        RunState.RUNNING,
        version=look.version.number,
        started=look.at,
        origin=RunKind.BACKFILL,
        backfill=request.number,
        requested=None if request.tasks is None else asked,
    )


def reset(
    design: Design, request: BackfillRequest, timeline: TimelineView, look: Look, keys: list[TaskKey]
) -> list[Event]:
    """The events that let instances be executed again, where the design says so."""
    assert design.again is not None
    events: list[Event] = []
    for key in keys:
        row = timeline.task(key)
        if row is not None and design.again(request, row.state):
            pair = Pair(key, look.version.by_id[key.task], None, look.version)
            events += moved(design, timeline, look, pair, TaskState.NONE, rule_of(design.again).id)
    return events


@leaves_success
@leads_to(CLOCK, "at")
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
            if not _asked(self.job.request, pair.key.task) or pair.key in tested:
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
        """The job's runs that are not over, by date; from the last on, if it was asked to run backwards."""
        running = timeline.running(self.job.request.dag)
        own = [run for run in running if is_of(self.job, timeline, run)]
        return own[::-1] if self.job.request.backwards else own

    def _is_over(self, timeline: TimelineView, look: Look, runs: list[Run], held: list[Held]) -> bool:
        """Whether nothing of the job is under way, and nothing that it waits for can move."""
        busy = any(
            row.state in (TaskState.QUEUED, TaskState.RUNNING)
            for run in runs
            for row in instances_of(timeline, run)
            if _asked(self.job.request, row.task)
        )
        return not busy and all(hopeless(self.job, timeline, look, why) for why in held)

    def _completed(self) -> BackfillCompleted:
        assert self.job.design.job_of is not None
        return BackfillCompleted(self.job.request.number, self.at, self.job.by, rule_of(self.job.design.job_of).id)


def is_of(job: Job, timeline: TimelineView, run: Run) -> bool:
    """Whether a run is the job's, to be executed by it alone."""
    assert job.design.job_of is not None
    return job.design.job_of(timeline, run) == job.request.number


@under_way
@leaves_success
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
    run = run_of(timeline, row)
    tasks = None if run is None else timeline.tasks_in(run.id)
    if run is None or tasks is None or row.task not in tasks.version.by_id or run.state is not RunState.RUNNING:
        return []
    if not _asked(job.request, row.task) and is_of(job, timeline, run):
        return []  # nobody sends it while the job lives
    pair = pair_in_run(tasks, row.key, run)
    held = job.design.sendable(timeline, look, pair)
    blocked = job.design.dependencies(job.design, timeline, look, pair, False) if held is None else None
    held = held if blocked is None else blocked.held
    return None if held is None or held.until is not None else list(held.on)


def _behind_run(timeline: TimelineView, place: RunAt) -> list[Subject] | None:
    further: list[Subject] = []
    for run in timeline.timeline_at(*place):
        if run.state is RunState.FAILED:
            continue
        left = [row.key for row in instances_of(timeline, run) if row.state not in FINISHED_TASK]
        if run.state is not RunState.RUNNING or not left:
            return None
        further += left
    return further
