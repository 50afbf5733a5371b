"""How a backfill job of Airflow 1.8.1 works off its instances, round by round (semantics 4.4, V44-V49)."""

from __future__ import annotations

from typing import NamedTuple

from runline.designs.airflow_1_8_1.sending import may_begin
from runline.designs.airflow_1_8_1.states import judged
from runline.designs.commands import WHOLE, BackfillRequest, Handed, Look, Pair, many_failed
from runline.designs.design import Design
from runline.designs.reads import CLOCK, leads_to, leaves_success
from runline.designs.rule import rule
from runline.designs.worker import SENT, Start, moved
from runline.model.dags import DagVersion
from runline.model.events import BackfillCompleted, Event, Raised, TaskMoved
from runline.model.instants import Instant
from runline.model.records import NO_RUN, TaskKey
from runline.model.states import ENDED_BADLY, ENDED_WELL, FINISHED_RUN, TaskState
from runline.model.steps import Commit, Held, Never, Outcome, Process, under_way
from runline.model.view import TimelineView


class Job(NamedTuple):
    """A backfill job: who it is, what was asked of it, and the DAG that it was handed, cut from the whole of it.

    ``partial``: that is a part of the DAG, of which the job knows. ``first``: the date for which the past is waived, if
    that was asked.
    """

    design: Design
    request: BackfillRequest
    by: str
    version: DagVersion
    whole: DagVersion
    partial: bool
    first: Instant

    def look(self, at: Instant) -> Look:
        """What the job sees of its DAG."""
        return Look(self.request.dag, at, self.by, self.version)

    def pair(self, key: TaskKey) -> Pair:
        """An instance as the job sees it: what it waits for outside of the job's DAG is forgotten."""
        task = self.version.by_id[key.task]
        return Pair(key, task, None, self.version, cut=task.upstream != self.whole.by_id[key.task].upstream)


class Ledger(NamedTuple):
    """What is left of a job: instances to be sent, those that were, dates whose runs are open; and how many failed."""

    work: tuple[TaskKey, ...]
    started: tuple[TaskKey, ...]
    open: tuple[Instant, ...]
    failed: int = 0

    def without(self, key: TaskKey, *, failed: bool = False, started: bool = False) -> Ledger:
        """The same after an instance has left the work: for good, having failed or not, or because it was sent."""
        work = tuple(other for other in self.work if other != key)
        sent = (*self.started, key) if started else self.started
        return self._replace(work=work, started=sent, failed=self.failed + failed)

    def found(self, timeline: TimelineView, job: Job, ahead: tuple[TaskKey, ...]) -> Ledger:
        """The same without what is ``ahead`` in a round and will be found to have succeeded."""
        gone = {key for key in ahead if key.task in job.version.by_id and succeeded(timeline, key)}
        return self._replace(work=tuple(key for key in self.work if key not in gone))

    def settled(self, timeline: TimelineView, job: Job, *, stuck: bool) -> Ledger:
        """The same without what was sent and has succeeded, if that stays so.

        Where the job may be ``stuck``, it matters that anything was sent, not what.
        """
        started = tuple(key for key in self.started if not succeeded(timeline, key))
        if self.started and not started and stuck:
            keys = (TaskKey(job.request.dag, task.id, date) for task in job.version.tasks for date in self.open)
            started = tuple(key for key in keys if succeeded(timeline, key))[:1] or self.started
        return self._replace(started=started)


def succeeded(timeline: TimelineView, key: TaskKey) -> bool:
    """Whether an instance has succeeded."""
    row = timeline.task(key)
    return row is not None and row.state is TaskState.SUCCESS


@leaves_success
class Round(NamedTuple):
    """The job goes once through its work, sends what may be sent, then looks what has ended."""

    job: Job
    at: Instant
    ledger: Ledger

    def __call__(self, timeline: TimelineView) -> Outcome:
        """A round begins."""
        ledger = self.ledger
        return Collect(self.job, self.at, ledger, in_order(self.job.version, ledger.work))(timeline)

    def settled(self, timeline: TimelineView) -> Round:
        """The same without what has succeeded, if that stays so: it will be found to be no work."""
        ledger = self.ledger.found(timeline, self.job, self.ledger.work)
        return self._replace(ledger=ledger.settled(timeline, self.job, stuck=bool(ledger.work)))


@rule("V44")
def in_order(version: DagVersion, work: tuple[TaskKey, ...]) -> tuple[TaskKey, ...]:
    """Tasks outer, each after those it waits for and else as the DAG names them; dates inner.

    What belongs to no task of the DAG is never visited, and so never leaves (V48).
    """
    tasks: list[str] = []
    left = [task.id for task in version.tasks]
    while left:
        for task in list(left):
            if not set(version.by_id[task].upstream) & set(left):
                left.remove(task)
                tasks.append(task)
    place = {task: number for number, task in enumerate(tasks)}
    visited = [key for key in work if key.task in place]
    return tuple(sorted(visited, key=lambda key: (place[key.task], key.date)))


@under_way
@leaves_success
@leads_to(CLOCK, "at")
class Collect(NamedTuple):
    """The round goes on with the first of what is ``ahead``; what was sent, and is not ready, so far."""

    job: Job
    at: Instant
    ledger: Ledger
    ahead: tuple[TaskKey, ...]
    sends: tuple[Start, ...] = ()
    unready: frozenset[TaskKey] = frozenset()
    held: tuple[Held, ...] = ()

    def settled(self, timeline: TimelineView) -> Collect:
        """The same without what has succeeded, if that stays so."""
        ledger = self.ledger.found(timeline, self.job, self.ahead)
        ahead = tuple(key for key in self.ahead if key in ledger.work)
        return self._replace(ledger=ledger.settled(timeline, self.job, stuck=bool(ledger.work)), ahead=ahead)

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Visit one after the other; what changes a state is committed before the next is visited."""
        going = self
        while going.ahead:
            events, going = visit(going, timeline, going.ahead[0])
            if events:
                return Commit(tuple(events), going)
        held = (*going.held, *never_visited(going.job, going.ledger))
        after = Results(going.job, going.at, going.ledger, going.unready, held)
        return Commit((), after, going.sends, held)


@rule("V44", "V46", "V47")
def visit(going: Collect, timeline: TimelineView, key: TaskKey) -> tuple[list[Event], Collect]:
    """What ended leaves: failed is counted as such and never rerun. What may begin and is scheduled is sent.

    What is in state none is scheduled first. Where an upstream failed, that is written and counted, in whatever state
    it was. Anything else that may not begin is not ready.
    """
    row = timeline.task(key)
    state = TaskState.NONE if row is None else row.state
    on = going._replace(ahead=going.ahead[1:])
    if state in ENDED_WELL or state in ENDED_BADLY:
        return [], on._replace(ledger=going.ledger.without(key, failed=state in ENDED_BADLY))
    look = going.job.look(going.at)
    pair = going.job.pair(key)
    if state is TaskState.NONE:
        return moved(going.job.design, timeline, look, pair, TaskState.SCHEDULED, "V44"), going
    return _tested(on, timeline, look, pair, state)


def _tested(
    on: Collect, timeline: TimelineView, look: Look, pair: Pair, state: TaskState
) -> tuple[list[Event], Collect]:
    """Test an instance that is to be sent; the tests of date and state keep no upstream from being written."""
    job, key = on.job, pair.key
    waived = is_waived(job, key)
    held = may_begin(timeline, look, pair)
    blocked = job.design.dependencies(job.design, timeline, look, pair, waived)
    if held is None and blocked is None:
        return _sent(on, timeline, look, pair, state, waived)
    events = [] if blocked is None else moved(job.design, timeline, look, pair, blocked.mark, blocked.held.rule)
    if blocked is not None and blocked.mark is TaskState.UPSTREAM_FAILED:
        return events, on._replace(ledger=on.ledger.without(key, failed=True))
    why = (*on.held, *(each for each in (held, None if blocked is None else blocked.held) if each is not None))
    waits = state is TaskState.UP_FOR_RETRY and held is not None and held.until is not None
    return events, on._replace(unready=on.unready if waits else on.unready | {key}, held=why)


def _sent(
    on: Collect, timeline: TimelineView, look: Look, pair: Pair, state: TaskState, waived: bool
) -> tuple[list[Event], Collect]:
    """Send what may begin and was scheduled, or waited for its retry; anything else waits for whoever has it."""
    if state not in (TaskState.SCHEDULED, TaskState.UP_FOR_RETRY):
        return [], on
    job = on.job
    handed = WHOLE if job.request.tasks is None else Handed(tuple(job.version.by_id))
    start = Sent(job.design, pair.key, NO_RUN, job.by, on.at, waived, handed)
    events = moved(job.design, timeline, look, pair, TaskState.QUEUED, SENT, waived, (SENT, "V44"))
    return events, on._replace(ledger=on.ledger.without(pair.key, started=True), sends=(*on.sends, start))


@rule("V46")
def is_waived(job: Job, key: TaskKey) -> bool:
    """If that was asked, the past is waived at the start as it was given; one that is off the grid waives nothing.

    Without a start it is waived at the instant at which the job began.
    """
    return job.request.ignore_first and key.date == job.first


@rule("V48")
def never_visited(job: Job, ledger: Ledger) -> tuple[Held, ...]:
    """A job whose work holds an instance of a task that its DAG lacks never ends, though all else is done."""
    strange = [key for key in ledger.work if key.task not in job.version.by_id]
    if not strange:
        return ()
    why = f"{strange[0].task}, which its DAG does not have and it never visits"
    return (Held(Process(job.by), "V48", f"its work holds {why}", (Never(why),)),)


@leads_to(CLOCK, "at")
class Sent(Start):
    """A job handed an instance to a worker; if it does not begin, the executor says done and the instance does not."""

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Begin; or be failed by the job, if that lives."""
        outcome = super().__call__(timeline)
        if isinstance(outcome, Commit) and outcome.then is None:
            return outcome._replace(events=(*outcome.events, *not_begun(timeline, self)))
        return outcome


@rule("V45")
def not_begun(timeline: TimelineView, sent: Start) -> tuple[Event, ...]:
    """What was sent, did not begin and is still queued, or was made running meanwhile, becomes failed."""
    row = timeline.task(sent.key)
    lives = any(f"backfill-{job.id}" == sent.sender for job in timeline.live_backfills(sent.key.dag))
    if row is None or not lives or row.state not in (TaskState.QUEUED, TaskState.RUNNING):
        return ()
    return (TaskMoved(row.key, row.state, TaskState.FAILED, (), sent.at, sent.sender, "V45"),)


@leaves_success
class Results(NamedTuple):
    """After a heartbeat: is the job stuck, what has ended, and what have its runs come to (V45)."""

    job: Job
    at: Instant
    ledger: Ledger
    unready: frozenset[TaskKey]
    held: tuple[Held, ...]

    @property
    def after_heartbeat(self) -> bool:
        """Before this step the job shows that it is alive; what it sent begins after that."""
        return True

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Nothing is written here but the states of runs; a round that sent something is no deadlock."""
        stuck = is_deadlocked(self.ledger, self.unready)
        ledger = results(timeline, self.ledger)
        return Judge(self.job, self.at, ledger, ledger.open, stuck, self.held)(timeline)

    def settled(self, timeline: TimelineView) -> Results:
        """The same without what was sent and has succeeded, if that stays so."""
        stuck = bool(self.unready) and self.unready == set(self.ledger.work)
        return self._replace(ledger=self.ledger.settled(timeline, self.job, stuck=stuck))


@rule("V45", "V47")
def is_deadlocked(ledger: Ledger, unready: frozenset[TaskKey]) -> bool:
    """A job is in a deadlock when nothing is started, something is left, and all that is left is not ready."""
    return bool(unready) and unready == set(ledger.work) and not ledger.started


@rule("V45", "V44")
def results(timeline: TimelineView, ledger: Ledger) -> Ledger:
    """Of what was sent, success and skipped leave, failed leaves and is counted.

    What was brought back meanwhile, or is to be tried again, is work again.
    """
    started: list[TaskKey] = []
    again: list[TaskKey] = []
    failed = ledger.failed
    for key in ledger.started:
        row = timeline.task(key)
        state = TaskState.NONE if row is None else row.state
        failed += state is TaskState.FAILED
        if state in (TaskState.NONE, TaskState.UP_FOR_RETRY):
            again.append(key)
        elif state not in ENDED_WELL and state is not TaskState.FAILED:
            started.append(key)
    return ledger._replace(work=(*ledger.work, *again), started=tuple(started), failed=failed)


@under_way
@leaves_success
@leads_to(CLOCK, "at")
class Judge(NamedTuple):
    """The runs of the job that were not seen finished are judged, those that are ``ahead`` still."""

    job: Job
    at: Instant
    ledger: Ledger
    ahead: tuple[Instant, ...]
    stuck: bool
    held: tuple[Held, ...]

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Each in a commit of its own; then the next round, or the end."""
        job = self.job
        seen: set[Instant] = set()
        for place, date in enumerate(self.ahead, start=1):
            for run in timeline.runs_at(job.request.dag, date):
                event = judged(job.design, timeline, job.look(self.at), run, partial=job.partial)
                if (run.state if event is None else event.after) in FINISHED_RUN:
                    seen.add(date)
                if event is not None:
                    return Commit((event,), self._after(seen)._replace(ahead=self.ahead[place:]))
        return self._after(seen)._end_or_go_on()

    def _after(self, seen: set[Instant]) -> Judge:
        left = tuple(date for date in self.ledger.open if date not in seen)
        return self._replace(ledger=self.ledger._replace(open=left))

    def _end_or_go_on(self) -> Outcome:
        if not self.stuck and (self.ledger.work or self.ledger.started):
            return Commit((), Round(self.job, self.at, self.ledger), held=self.held)
        return Commit(ended(self.job, self.at, self.ledger.failed, self.stuck), None, held=self.held)


@rule("V47", "V45")
def ended(job: Job, at: Instant, failed: int, stuck: bool) -> tuple[Event, ...]:
    """The job ends with an error if anything failed or it was in a deadlock; what is left stays as it is, and running."""
    dag, over = job.request.dag, BackfillCompleted(job.request.number, at, job.by, "V47")
    if stuck:
        return Raised(dag, "the backfill is deadlocked: nothing that is left can run", (), at, job.by, "V47"), over
    return (Raised(dag, many_failed(failed), (), at, job.by, "V47"), over) if failed else (over,)
