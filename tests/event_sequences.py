"""Series of events that fit together but are not nice: the numbers that a test draws, read as what happens next.

``interpret`` turns numbers into events, small numbers into simple events, so that Hypothesis shrinks well; whatever the
numbers are, each event fits the state that those before it have left. It keeps that state itself, as plain records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from runline.model import events as ev
from runline.model.instants import DAY, HOUR, Instant
from runline.model.records import BY_DATE, NO_RUN, BackfillRecord, RunRecord, TaskKey, TaskRecord
from runline.model.schedules import Interval
from runline.model.states import FINISHED_RUN, FINISHED_TASK, SENT, RunKind, RunState, TaskState
from tests.definitions import FIRST, SCHEDULES, TASKS, version
from tests.drawn_state import DAGS, MISSING, WHO, Drawn, Stamp

KINDS = (RunKind.SCHEDULED, RunKind.SCHEDULED, RunKind.BACKFILL, RunKind.MANUAL)
RUN_STATES = tuple(RunState)
STATES_AT_BIRTH = (RunState.RUNNING, RunState.QUEUED, RunState.QUEUED, *RUN_STATES)
TASK_STATES = tuple(TaskState)
NATURAL = {
    TaskState.NONE: TaskState.SCHEDULED,
    TaskState.SCHEDULED: TaskState.QUEUED,
    TaskState.QUEUED: TaskState.RUNNING,
    TaskState.RUNNING: TaskState.SUCCESS,
    TaskState.UP_FOR_RETRY: TaskState.QUEUED,
}
IGNORED = ((), (), (), ("depends_on_past",), ("upstream",))

NAMES = ("load", "sum", "mail", "gone")


def interpret(choices: Sequence[int]) -> list[ev.Event]:
    """The events that the numbers stand for; all numbers are welcome, and no numbers make no events."""
    return _Author(choices).write()


def sequences(max_choices: int = 60) -> st.SearchStrategy[list[ev.Event]]:
    """Series of events that fit together, of a few dozen events at most."""
    return st.lists(st.integers(0, 2**16 - 1), max_size=max_choices).map(interpret)


class _Author(Drawn):
    """Writes events, and keeps what they leave behind."""

    def write(self) -> list[ev.Event]:
        """All events, until no numbers are left."""
        for number in self.left:
            if not self.events and number % 8:
                self.pass_time()
                self.deploy()
            _ACTS[number % len(_ACTS)](self)
        return self.events

    # ---------------------------------------------------------------------- runs

    def make_run(self) -> None:
        """A run of any kind, at any date, behind any run."""
        self._make_run(self.dag(), self.date(), KINDS[self.draw(4)])

    def make_next(self) -> None:
        """The run that a good scheduler makes next, with all its instances."""
        dag = self.dag()
        timeline = [run for run in self.runs.values() if run.dag == dag and run.on_timeline]
        newest = max(timeline, key=lambda run: run.date, default=None)
        date = FIRST if newest is None else newest.date + DAY
        self._add_run(self._record(dag, date, RunKind.SCHEDULED, None if newest is None else newest.id), self.stamp())
        self._make_instances(self.runs[self.last])

    def _make_run(self, dag: str, date: Instant, kind: RunKind) -> None:
        stamp, odd = self.stamp(), self.draw(32)
        record = self._record(dag, date, kind, self._previous(dag, date))
        if odd >= 16:
            record = self._odd(record, odd - 16)
        self._add_run(record._replace(state=STATES_AT_BIRTH[self.draw(8)]), stamp)
        if self.draw(2):
            self._make_instances(record)

    def _record(self, dag: str, date: Instant, kind: RunKind, previous: int | None) -> RunRecord:
        current = self.versions[dag][-1] if self.versions[dag] else None
        return RunRecord(
            self.last + 1,
            dag,
            date,
            kind,
            f"{kind}__{date // DAY}",
            RunState.RUNNING,
            previous,
            version=None if current is None else current.number,
            started=self.now,
            origin=kind,
            interval=None if current is None else current.interval_of(date),
        )

    def _previous(self, dag: str, date: Instant) -> int | None:
        """Most often the predecessor, else none, any run, itself, or one that does not exist."""
        number = self.draw(10)
        if number < 6:
            earlier = [run for run in self.runs.values() if run.dag == dag and run.on_timeline and run.date < date]
            return max(earlier, key=lambda run: run.date).id if earlier else None
        return (None, self.last or None, self.last + 1, MISSING)[number - 6]

    def _odd(self, record: RunRecord, number: int) -> RunRecord:
        """The record with something about it that is not as usual."""
        match number:
            case 0 | 1 | 2 if self.deleted:
                return record._replace(id=self.deleted.pop())
            case 3:
                return record._replace(id=self.last + 2)
            case 4 | 5:
                return record._replace(version=None)
            case 6:
                return record._replace(origin=RunKind.MANUAL)
            case 7 | 8:
                return record._replace(interval=None)
            case 9:
                return record._replace(interval=Interval(record.date, record.date + HOUR))
            case 10 | 11 if self.backfills:
                return record._replace(kind=RunKind.BACKFILL, origin=RunKind.BACKFILL, backfill=min(self.backfills))
            case 12:
                return record._replace(requested=("load",))
            case 13:
                return record._replace(ordinal=5 - record.id)
            case _:
                return record._replace(started=None)

    def _add_run(self, record: RunRecord, stamp: Stamp) -> None:
        self.runs[record.id] = record
        self.last = max(self.last, record.id)
        self.events.append(ev.RunCreated(record, *stamp))

    def link(self) -> None:
        """A run's ``previous`` changes to any run, itself, none, or one that does not exist."""
        run = self.run()
        if run is None:
            return self.make_run()
        after = None if self.draw(4) == 3 else self.run_id()
        return self._link(run, after, self.stamp())

    def _link(self, run: RunRecord, after: int | None, stamp: Stamp) -> None:
        self.runs[run.id] = run._replace(previous=after)
        self.events.append(ev.RunLinked(run.id, run.previous, after, *stamp))

    def override(self) -> None:
        """A run gives way to another, or to none; it may have given way before."""
        run = self.run()
        if run is None:
            return self.make_run()
        overrider = self.run_id() if self.draw(2) else None
        return self._override(run, overrider, self.stamp())

    def _override(self, run: RunRecord, overrider: int | None, stamp: Stamp) -> None:
        self.runs[run.id] = run._replace(state=RunState.OVERRIDDEN, overridden_by=overrider, state_before=run.state)
        self.events.append(ev.RunOverridden(run.id, run.state, overrider, *stamp))

    def replace(self) -> None:
        """A good backfill takes the date of a live run: it is inserted, overrides, and relinks."""
        old = self.run()
        if old is None or not old.on_timeline:
            return self.make_run()
        stamp = self.stamp()
        self._add_run(self._record(old.dag, old.date, RunKind.BACKFILL, old.previous), stamp)
        self._override(old, self.last, stamp)
        for run in [run for run in self.runs.values() if run.previous == old.id and run.id != self.last]:
            self._link(run, self.last, stamp)
        return None

    def move_run(self) -> None:
        """A run comes into any state, out of any, its own included."""
        run = self.run()
        return self.make_run() if run is None else self._move_run(run, RUN_STATES[self.draw(5)])

    def start_run(self) -> None:
        """A queued run starts, in whatever order."""
        queued = [run for run in self.runs.values() if run.state is RunState.QUEUED]
        return self._move_run(queued[self.draw(len(queued))], RunState.RUNNING) if queued else self.make_run()

    def finish_run(self) -> None:
        """A run ends as its instances did."""
        run = self.run()
        if run is None:
            return self.make_run()
        states = {task.state for task in self.tasks.values() if task.run == run.id}
        failed = states & {TaskState.FAILED, TaskState.UPSTREAM_FAILED}
        return self._move_run(run, RunState.FAILED if failed else RunState.SUCCESS)

    def _move_run(self, run: RunRecord, after: RunState) -> None:
        at, by = self.stamp()
        started = at if self.draw(4) == 3 else None
        self.runs[run.id] = run._replace(
            state=after,
            started=run.started if started is None else started,
            ended=at if after in FINISHED_RUN else None,
        )
        self.events.append(ev.RunMoved(run.id, run.state, after, started, at, by))

    def take(self) -> None:
        """A run's record is written over."""
        run = self.run()
        if run is None:
            return self.make_run()
        before, kind = (run.kind, run.run_id, run.version), KINDS[self.draw(4)]
        after = (kind, f"{kind}__again", (run.version, None, 1, 2)[self.draw(4)])
        self.runs[run.id] = run._replace(kind=after[0], run_id=after[1], version=after[2])
        return self.events.append(ev.RunTaken(run.id, before, after, self.draw(2) == 0, *self.stamp()))

    def delete_run(self) -> None:
        """A run's record goes, asked for or not; its instances stay, and name it still."""
        run = self.run()
        if run is None:
            return self.make_run()
        del self.runs[run.id]
        self.deleted.append(run.id)
        return self.events.append(ev.RunDeleted(run, self.draw(2) == 0, *self.stamp()))

    # ------------------------------------------------------------ task instances

    def make_instances(self) -> None:
        """All instances that a run lacks."""
        run = self.run()
        return self.make_run() if run is None else self._make_instances(run)

    def _make_instances(self, run: RunRecord) -> None:
        current = self.versions[run.dag][-1] if self.versions[run.dag] else None
        for name in NAMES[:2] if current is None else current.by_id:
            if TaskKey(run.dag, name, run.date) not in self.tasks:
                self._add_task(TaskRecord(run.dag, name, run.date, run.id), Stamp(self.now, WHO[0]))

    def make_task(self) -> None:
        """An instance of any task and date, with any owner."""
        dag, date, name = self.dag(), self.date(), NAMES[self.draw(4)]
        if TaskKey(dag, name, date) in self.tasks:
            return self.adopt()
        owner, unowned = self._owner(dag, date)
        state = TASK_STATES[self.draw(10)]
        return self._add_task(TaskRecord(dag, name, date, owner, state, unowned=unowned), self.stamp())

    def _owner(self, dag: str, date: Instant) -> tuple[int, str]:
        """Most often a run of the date, else any run, one that does not exist, or none."""
        number = self.draw(12)
        at_date = [run.id for run in self.runs.values() if run.dag == dag and run.date == date]
        if number < 5 and at_date:
            return at_date[-1], ""
        if number < 8:
            return self.run_id(), ""
        return (BY_DATE, NO_RUN, NO_RUN, NO_RUN)[number - 8], ("", "outside", "deleted", "")[number - 8]

    def _add_task(self, record: TaskRecord, stamp: Stamp) -> None:
        self.tasks[record.key] = record
        self.events.append(ev.TaskCreated(record, *stamp))

    def adopt(self) -> None:
        """An instance gets another owner, or none."""
        task = self.task()
        if task is None:
            return self.make_task() if self.runs else self.make_run()
        owner, unowned = self._owner(task.dag, task.date)
        self.tasks[task.key] = task._replace(run=owner, unowned=unowned)
        return self.events.append(ev.TaskAdopted(task.key, task.run, owner, unowned, *self.stamp()))

    def advance(self) -> None:
        """An instance takes its natural next step."""
        task = self.task()
        if task is None:
            return self.make_instances()
        return self._move_task(task, NATURAL.get(task.state, TaskState.NONE))

    def work_off(self) -> None:
        """A worker runs all instances of a run's date, one after the other; seldom one fails."""
        run = self.run()
        if run is None:
            return self.make_next()
        for key in [TaskKey(run.dag, name, run.date) for name in NAMES]:
            if key in self.tasks and self.tasks[key].state not in FINISHED_TASK:
                self._move_task(self.tasks[key], TaskState.RUNNING)
                self._move_task(self.tasks[key], TaskState.FAILED if self.draw(8) == 7 else TaskState.SUCCESS)
        return None

    def move_task(self) -> None:
        """An instance comes into any state, out of any, its own included."""
        task = self.task()
        return self.make_instances() if task is None else self._move_task(task, TASK_STATES[self.draw(10)])

    def _move_task(self, task: TaskRecord, after: TaskState) -> None:
        ignored, stamp = IGNORED[self.draw(16) % 11 % 5], self.stamp()
        event = ev.TaskMoved(task.key, task.state, after, ignored, *stamp)
        begins = after in SENT and task.state not in SENT
        tries = 0 if after is TaskState.NONE else task.tries + begins
        ended = event.at if after is TaskState.UP_FOR_RETRY else None
        self.tasks[task.key] = task._replace(state=after, tries=tries, ended=ended)
        self.events.append(event)

    def delete_task(self) -> None:
        """An instance's row goes."""
        task = self.task()
        if task is None:
            return self.make_task()
        del self.tasks[task.key]
        return self.events.append(ev.TaskDeleted(task, *self.stamp()))

    # -------------------------------------------------------------- all the rest

    def deploy(self) -> None:
        """Another version of a DAG; its number may be one that was there before."""
        dag = self.dag()
        number = len(self.versions[dag]) + (self.draw(6) < 5)
        schedule, tasks = self.draw(12) % 9 % len(SCHEDULES), self.draw(len(TASKS))
        self.versions[dag].append(version(dag, max(number, 1), schedule, tasks, self.draw(10)))
        self.events.append(ev.DagDeployed(self.versions[dag][-1], *self.stamp()))

    def look(self) -> None:
        """A scheduler goes over a DAG's runs."""
        dag, stamp = self.dag(), self.stamp()
        self.events.append(ev.Looked(dag, *stamp))

    def fail(self) -> None:
        """A process meets an error, or an action is refused."""
        dag, number = self.dag(), self.draw(3)
        if number == 2:
            return self.events.append(ev.Refused(dag, "trigger", "a run is there already", *self.stamp()))
        also = tuple(other for other in DAGS if other != dag) * number
        return self.events.append(ev.Raised(dag, "no such run", also, *self.stamp()))

    def pass_time(self) -> None:
        """The world's clock moves on; at first it comes to the days of the runs."""
        after = self.now + (1 + self.draw(3)) * DAY if self.now else FIRST + 5 * DAY
        self.events.append(ev.TimePassed(self.now, after, after))
        self.now = after

    def submit(self) -> None:
        """A backfill is accepted, or one that was is marked complete, perhaps again."""
        if self.backfills and self.draw(2):
            number = 1 + self.draw(len(self.backfills))
            self.backfills[number] = self.backfills[number]._replace(completed=True)
            return self.events.append(ev.BackfillCompleted(number, *self.stamp()))
        first = self.draw(4)
        dates = tuple(FIRST + day * DAY for day in range(first, first + 1 + self.draw(2)))
        record = BackfillRecord(len(self.backfills) + 1, self.dag(), dates, self.draw(8) == 7)
        self.backfills[record.id] = record
        return self.events.append(ev.BackfillSubmitted(record, *self.stamp()))


_ACTS: tuple[Callable[[_Author], None], ...] = (
    _Author.make_run,
    _Author.make_next,
    _Author.advance,
    _Author.work_off,
    _Author.finish_run,
    _Author.start_run,
    _Author.make_run,
    _Author.move_run,
    _Author.link,
    _Author.replace,
    _Author.override,
    _Author.make_instances,
    _Author.make_task,
    _Author.adopt,
    _Author.move_task,
    _Author.work_off,
    _Author.take,
    _Author.delete_run,
    _Author.delete_task,
    _Author.look,
    _Author.deploy,
    _Author.submit,
    _Author.pass_time,
    _Author.fail,
    _Author.make_next,
)
"""What may happen, the simplest first; what is named more than once happens more often."""
