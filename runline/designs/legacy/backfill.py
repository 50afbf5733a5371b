"""The backfill job of April 2016: it runs instances and makes no runs (semantics 2.5).

A ``Manner`` says in what the job of another day differs from it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from runline.designs.commands import WHOLE, BackfillRequest, Handed, Look, many_failed
from runline.designs.design import Design
from runline.designs.reads import CLOCK, after_starts, leads_to, leaves_success
from runline.designs.rule import Fault, rule, rule_of
from runline.designs.worker import Start, consider, moved, new_row, pair_of, stamped
from runline.model.dags import DagVersion
from runline.model.errors import RunlineError
from runline.model.events import BackfillCompleted, BackfillSubmitted, Event, Raised, Refused, TaskCreated
from runline.model.instants import Instant
from runline.model.records import NO_RUN, BackfillRecord, TaskKey
from runline.model.schedules import date_range
from runline.model.states import ENDED_BADLY, ENDED_WELL, FINISHED_TASK, TaskState
from runline.model.steps import Commit, Held, Outcome, Step, under_way
from runline.model.view import TimelineView

Bounds = Callable[[BackfillRequest, DagVersion, Instant], tuple[Instant, Instant] | None]


class Manner(NamedTuple):
    """In what backfill jobs differ.

    ``bounds``: from where to where. ``prepared``: there is a row for each instance before anything runs. ``waits_for``:
    the states in which an instance is somebody else's. ``leaves_with``: which other instances one that failed takes along.
    ``stuck``: whether a job of which nothing can run ends. ``ends``: the rule by which it ends.
    """

    bounds: Bounds
    prepared: bool
    waits_for: frozenset[TaskState]
    leaves_with: Callable[[DagVersion, TaskKey], frozenset[TaskKey]]
    stuck: bool
    ends: str


class Job(NamedTuple):
    """A running backfill job: who it is, what was asked of it, and how it goes about it."""

    design: Design
    request: BackfillRequest
    by: str
    manner: Manner
    handed: Handed = WHOLE
    run: int = NO_RUN
    """The run for which it holds its instances."""
    first: Instant | None = None
    """The date for which depends_on_past is waived, if that was asked."""

    @property
    def number(self) -> str:
        """The rule that says what the job is."""
        return rule_of(self.design.backfill).id

    @property
    def begun(self) -> bool:
        """Whether its run stands already, and it was told of."""
        return self.run != NO_RUN

    def over(self, at: Instant, error: str | None = None, number: str = "") -> Commit:
        """The job ends, perhaps with an error."""
        events: list[Event] = [BackfillCompleted(self.request.number, at, self.by, self.manner.ends)]
        if error is not None:
            events.insert(0, Raised(self.request.dag, error, (), at, self.by, number or self.manner.ends))
        return Commit(tuple(events), None)


@rule("L40")
def backfill_by_rows(design: Design, request: BackfillRequest, at: Instant, by: str) -> Step:
    """A backfill makes, reads and changes no run; it has the dates from start to end, the start as it is, for each task."""
    return Prepare(Job(design, request, by, APRIL, Handed(request.tasks)), at)


def bounds(request: BackfillRequest, version: DagVersion, at: Instant) -> tuple[Instant, Instant] | None:
    """From where to where: one bound given stands for both, none means from the first task's start until now (L40)."""
    first, last = request.first, request.last
    if first is None and last is None:
        start = version.start_of(version.tasks[0].id) if version.tasks else version.start_date
        return None if start is None else (start, at)
    if first is None:
        first = last
    assert first is not None
    return first, first if last is None else last


def alone(version: DagVersion, failed: TaskKey) -> frozenset[TaskKey]:
    """An instance that failed leaves alone."""
    return frozenset()


APRIL = Manner(
    bounds=bounds, prepared=True, waits_for=frozenset({TaskState.RUNNING}), leaves_with=alone, stuck=True, ends="L43"
)
"""The manner of April 2016."""


@after_starts
class Prepare(NamedTuple):
    """The job begins: it notes its dates, and makes a row in state none for each instance that has none."""

    job: Job
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """One commit for all rows; a range that ends before it starts raises."""
        job, request, by = self.job, self.job.request, self.job.by
        version = timeline.version(request.dag)
        assert version is not None
        version = job.handed.of(version)
        try:
            limits = job.manner.bounds(request, version, self.at)
            # a schedule that does not recur has no range, not even one that ends before it starts (R21)
            dates = tuple(date_range(version.schedule, *limits)) if limits and version.schedule.periodic else ()
        except (RunlineError, Fault) as error:
            return self._ends(Raised(request.dag, str(error.args[0]), (), self.at, by, job.number))
        if limits is None:
            return self._ends(Refused(request.dag, "backfill", "no start date", self.at, by, job.number))
        keys = tuple(TaskKey(request.dag, task.id, date) for task in version.tasks for date in dates)
        record = BackfillRecord(request.number, request.dag, dates)
        events: list[Event] = [] if job.begun else [BackfillSubmitted(record, self.at, by, job.number)]
        for key in keys:
            events += _prepared(job, timeline, Look(request.dag, self.at, by, version), key)
        return Commit(tuple(events), Round(job._replace(first=limits[0]), self.at, keys))

    def _ends(self, event: Event) -> Commit:
        """Nothing comes of the job."""
        return Commit((event, *(self.job.over(self.at).events if self.job.begun else ())), None)


def _prepared(job: Job, timeline: TimelineView, look: Look, key: TaskKey) -> list[Event]:
    """The row of an instance before anything runs: made, if it has none, held for the job, begun anew if that was asked."""
    row, pair = timeline.task(key), pair_of(timeline, key, job.run, job.handed)
    assert pair is not None
    if row is None:
        return [TaskCreated(new_row(job.design, pair), look.at, look.by, "L03")] if job.manner.prepared else []
    if job.request.rerun == "all" and row.state in FINISHED_TASK:
        return moved(job.design, timeline, look, pair, TaskState.NONE, "L42")
    return stamped(job.design, row, job.run, look.at, look.by) if job.manner.prepared else []


Sent = tuple[TaskKey, int]
"""An instance that was sent, and how many tries it had had then."""


@after_starts
@leaves_success
@leads_to(CLOCK, "at")
class Round(NamedTuple):
    """The job tests what is left, and sends what may be sent (L43)."""

    job: Job
    at: Instant
    left: tuple[TaskKey, ...]
    started: frozenset[Sent] = frozenset()
    failed: tuple[TaskKey, ...] = ()

    def __call__(self, timeline: TimelineView) -> Outcome:
        """A round begins."""
        return Collect(self)(timeline)

    def settled(self, timeline: TimelineView) -> Round:
        """The same without what has succeeded, if that stays so: what was not sent leaves at once, what was by the end.

        Until then it keeps a job that can be stuck from being so, unless nothing else is left.
        """
        ended, gone = _ended_well(timeline, self), _never_sent(timeline, self)
        if not self.job.manner.stuck or ended | gone == set(self.left):
            gone |= ended
        return self.without(gone)

    def without(self, gone: Collection[TaskKey]) -> Round:
        """The same after these have left."""
        started = frozenset(sent for sent in self.started if sent[0] not in gone)
        return self._replace(left=tuple(key for key in self.left if key not in gone), started=started)


@under_way
@after_starts
@leaves_success
class Collect(NamedTuple):
    """The round goes on with the instance at ``place``: what was sent and held so far, and what has left the list."""

    round: Round
    place: int = 0
    sends: tuple[Start, ...] = ()
    held: tuple[Held, ...] = ()
    gone: frozenset[TaskKey] = frozenset()

    def settled(self, timeline: TimelineView) -> Collect:
        """The same without what has succeeded, if that stays so; what was passed when it had not yet, stays for now."""
        left, place = self.round.left, self.place
        gone = {key for key in _never_sent(timeline, self.round) if key in self.gone or left.index(key) >= place}
        if not self.round.job.manner.stuck:
            gone |= _ended_well(timeline, self.round)
        passed = sum(key in gone for key in left[:place])
        return self._replace(round=self.round.without(gone), place=place - passed, gone=self.gone - gone)

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Test one after the other; an instance that gets a state by it is committed before the next is tested."""
        job, at, left, started, failed = self.round
        version = timeline.version(job.request.dag)
        assert version is not None
        look = Look(job.request.dag, at, job.by, job.handed.of(version))
        under = {key for key, _ in started}
        events: list[Event] = []
        sends, held, gone = list(self.sends), list(self.held), set(self.gone)
        for place in range(self.place, len(left)):
            key = left[place]
            row = timeline.task(key)
            state = TaskState.NONE if row is None else row.state
            if key not in under and _done(job, state):
                gone.add(key)
                continue
            if state in job.manner.waits_for or key in under or key.task not in look.version.by_id:
                continue
            try:
                happens, start, why = _consider(job, timeline, look, key)
            except Fault as fault:
                return job.over(at, fault.error, fault.number)
            events += happens
            if start is not None:
                sends.append(start)
            if why is not None:
                held.append(why)
                if happens:
                    then = Collect(self.round, place + 1, tuple(sends), tuple(held), frozenset(gone))
                    return Commit(tuple(events), then)
        now = started | {(start.key, _tries(timeline, start.key)) for start in sends}
        results = Results(job, at, tuple(key for key in left if key not in gone), now, failed, tuple(held))
        return Commit(tuple(events), results, tuple(sends), tuple(held))


def _succeeded(timeline: TimelineView, key: TaskKey) -> bool:
    row = timeline.task(key)
    return row is not None and row.state is TaskState.SUCCESS


def _ended_well(timeline: TimelineView, job: Round | Results) -> set[TaskKey]:
    """What is left of a job and was sent, and has succeeded in a try since."""
    tries = {key: tries for key, tries in job.started if _succeeded(timeline, key)}
    return {key for key in job.left if key in tries and _tries(timeline, key) > tries[key]}


def _never_sent(timeline: TimelineView, job: Round) -> set[TaskKey]:
    """What is left of a job and was not sent, and has succeeded."""
    sent = {key for key, _ in job.started}
    return {key for key in job.left if key not in sent and _succeeded(timeline, key)}


def _tries(timeline: TimelineView, key: TaskKey) -> int:
    row = timeline.task(key)
    return 0 if row is None else row.tries


def _done(job: Job, state: TaskState) -> bool:
    """Whether an instance leaves without being run: it ended well, or failed where nothing is run again (L42)."""
    return state in ENDED_WELL or (job.request.rerun == "none" and state in ENDED_BADLY)


def _consider(
    job: Job, timeline: TimelineView, look: Look, key: TaskKey
) -> tuple[list[Event], Start | None, Held | None]:
    pair = pair_of(timeline, key, job.run, job.handed)
    assert pair is not None
    waived = job.request.ignore_first and key.date == job.first
    return consider(job.design, timeline, look, pair, waived, job.handed)


@after_starts
@leaves_success
class Results(NamedTuple):
    """After a heartbeat: is the job stuck, and what has ended (L43, L44)."""

    job: Job
    at: Instant
    left: tuple[TaskKey, ...]
    started: frozenset[Sent]
    failed: tuple[TaskKey, ...]
    held: tuple[Held, ...]

    @property
    def after_heartbeat(self) -> bool:
        """Before this step the job shows that it is alive; what it sent begins after that."""
        return True

    def __call__(self, timeline: TimelineView) -> Outcome:
        """A job of which everything left is not ready is deadlocked; otherwise what has ended leaves."""
        job = self.job
        waiting = {held.what for held in self.held if self._not_ready(timeline, held)}
        if job.manner.stuck and waiting and waiting == set(self.left):
            return job.over(self.at, "the backfill is deadlocked: nothing that is left can run")
        left, failed = self._results(timeline)
        if not left:
            return job.over(self.at, many_failed(len(failed)) if failed else None)
        started = frozenset(sent for sent in self.started if sent[0] in left and self._taken(timeline, sent[0]))
        return Commit((), Round(job, self.at, left, started, failed), held=self.held)

    def settled(self, timeline: TimelineView) -> Results:
        """The same without what was sent and has succeeded, if that stays so; a job of which that is so is not stuck."""
        ended = _ended_well(timeline, self)
        started = frozenset(sent for sent in self.started if sent[0] not in ended)
        held = () if ended or not self.job.manner.stuck else self.held
        return self._replace(left=tuple(key for key in self.left if key not in ended), started=started, held=held)

    def _results(self, timeline: TimelineView) -> tuple[tuple[TaskKey, ...], tuple[TaskKey, ...]]:
        """What is left now, and what has failed until now."""
        left, failed, tries = dict.fromkeys(self.left), list(self.failed), dict(self.started)
        for key in self.left:
            row = timeline.task(key)
            if key not in left or row is None or row.state not in FINISHED_TASK:
                continue
            if row.tries > tries.get(key, row.tries):
                del left[key]
                if row.state not in ENDED_WELL:
                    failed.append(key)
                    for other in self._leaves_with(timeline, key):
                        left.pop(other, None)
        return tuple(left), tuple(failed)

    def _leaves_with(self, timeline: TimelineView, failed: TaskKey) -> frozenset[TaskKey]:
        version = timeline.version(failed.dag)
        assert version is not None
        return self.job.manner.leaves_with(self.job.handed.of(version), failed)

    def _not_ready(self, timeline: TimelineView, held: Held) -> bool:
        assert isinstance(held.what, TaskKey)
        row = timeline.task(held.what)
        return row is None or row.state in (TaskState.NONE, TaskState.UPSTREAM_FAILED)

    def _taken(self, timeline: TimelineView, key: TaskKey) -> bool:
        """Whether a worker may still be at it; one that gave up at the start is tested again."""
        row = timeline.task(key)
        return row is not None and row.state in (TaskState.RUNNING, TaskState.QUEUED)
