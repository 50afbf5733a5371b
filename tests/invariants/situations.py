"""Series of events that come to a point: runs and instances in any states, what is sent and started, what follows.

Sends out of a past and starts out of a queue need several things to meet, which series of any events seldom do.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from runline.invariants.offline.fold import fold
from runline.model import events as ev
from runline.model.dags import DagVersion, Task
from runline.model.instants import DAY, HOUR, Instant, parse_instant
from runline.model.records import BY_DATE, NO_RUN, BackfillRecord, RunRecord, TaskKey, TaskRecord
from runline.model.schedules import Cron, Delta, Interval, Schedule
from runline.model.snapshot import Snapshot
from runline.model.states import RunKind, RunState, TaskState

T = TypeVar("T")

FIRST = parse_instant("2016-01-01T00:00:00Z")
SCHEDULES: tuple[Schedule, ...] = (Cron("0 0 * * *"), Cron("0 0 * * *"), Delta(DAY))
DATES = (FIRST, FIRST + DAY, FIRST + 36 * HOUR, FIRST + 2 * DAY)
STARTS = (None, None, FIRST, FIRST + HOUR, FIRST + 2 * DAY)
KINDS = (RunKind.SCHEDULED, RunKind.SCHEDULED, RunKind.BACKFILL, RunKind.MANUAL)
STATES = (RunState.SUCCESS, RunState.SUCCESS, RunState.QUEUED, RunState.RUNNING, RunState.OVERRIDDEN)
ENDS = (TaskState.SUCCESS, TaskState.SUCCESS, TaskState.SKIPPED, TaskState.FAILED, TaskState.NONE, None)
TOSSES = (
    TaskState.QUEUED,
    TaskState.RUNNING,
    TaskState.RUNNING,
    TaskState.SUCCESS,
    TaskState.FAILED,
    TaskState.NONE,
    TaskState.UP_FOR_RETRY,
)
WHO = ("scheduler-1", "scheduler-2", "scheduler-1", "operator")
IGNORED = ((), (), (), ("depends_on_past",), ("upstream",))


class _Situation:
    """One situation, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.dates = sorted({self.one_of(DATES) for _ in range(3)})
        self.state = Snapshot()
        self._made = 0
        self.events: list[ev.Event] = []

    def one_of(self, options: Sequence[T]) -> T:
        """One of the options; only ``random()`` is the same in all versions of Python."""
        return options[int(self._random.random() * len(options))]

    def tell(self, event: ev.Event) -> None:
        """Let an event happen."""
        self.events.append(event)
        (self.state,) = fold([event], self.state)

    def write(self) -> list[ev.Event]:
        """What was there before, then what is sent, started or looked at, then what becomes of it."""
        self._deploy(1)
        self.tell(ev.Looked("sales", by=self.one_of(WHO)))
        if self.one_of((True, False)):
            self.tell(ev.BackfillSubmitted(BackfillRecord(1, "sales", (self.one_of(self.dates),))))
        for date in self.dates:
            self._run_at(date)
            self._tasks_at(date)
        self.one_of((self._send_and_start, self._send_and_start, self._look, self._toss))()
        for run in list(self.state.runs.values()):
            self.one_of((self._end, self._override, self._delete, self._take, self._leave))(run)
        self._run_at(self.one_of(self.dates))
        for task in self.state.tasks.values():
            if self.one_of((True, False, False)):
                self._make_again(task)
        return self.events

    def _deploy(self, number: int) -> None:
        """A version of the DAG; the second has a task less, or one that is called otherwise."""
        flags = (False, True)
        tasks = (
            Task("load", (), self.one_of(flags), self.one_of(flags), self.one_of(STARTS)),
            Task("sum", ("load",), self.one_of(flags), self.one_of(flags), self.one_of(STARTS)),
            Task("mail" if number == 1 else "post", ("load",)),
        )
        version = DagVersion(
            "sales",
            number,
            self.one_of(SCHEDULES),
            tasks[: self.one_of((2, 3))],
            self.one_of(STARTS),
            catchup=self.one_of(flags),
            max_active_runs=self.one_of((1, 2, 16)),
        )
        self.tell(ev.DagDeployed(version))

    def _run_at(self, date: Instant) -> None:
        """A run, seldom two, or none."""
        for _ in range(self.one_of((0, 1, 1, 1, 2))):
            self._made += 1
            kind = self.one_of(KINDS)
            run = RunRecord(
                self._made,
                "sales",
                date,
                kind,
                f"{kind}-{self._made}",
                self.one_of(STATES),
                version=1,
                origin=kind,
                interval=self.one_of((None, Interval(date, date), Interval(date, date + DAY))),
                backfill=self.one_of((None, 1)),
                ordinal=self.one_of((None, None, 3, -self._made)),
            )
            self.tell(ev.RunCreated(run, at=date + self.one_of((1, 1, 2)) * DAY, by=self.one_of(WHO)))

    def _tasks_at(self, date: Instant) -> None:
        """Some of the instances of a date, the last date's seldom finished, of a run there, of the date, or of none."""
        there = [run.id for run in self.state.runs.values() if run.date == date]
        ends = ENDS if date < self.dates[-1] else (TaskState.NONE, *ENDS)
        for name in ("load", "sum", "mail"):
            owner, state = self.one_of([*there, *there, BY_DATE, NO_RUN]), self.one_of(ends)
            if state is not None:
                task = TaskRecord("sales", name, date, owner, state, unowned="outside" * (owner == NO_RUN))
                self.tell(ev.TaskCreated(task))

    def _send_and_start(self) -> None:
        """What was not acted on yet is sent, and what is queued is started."""
        for task in self.state.tasks.values():
            if task.state == TaskState.NONE:
                self._send(task, self.one_of(IGNORED))
        queued = [run for run in self.state.runs.values() if run.state == RunState.QUEUED]
        for run in queued if self.one_of((True, False)) else reversed(queued):
            self.tell(ev.RunMoved(run.id, run.state, RunState.RUNNING, by="scheduler-1"))

    def _send(self, task: TaskRecord, ignored: tuple[str, ...]) -> None:
        after, by = self.one_of((TaskState.QUEUED, TaskState.RUNNING)), self.one_of(WHO)
        self.tell(ev.TaskMoved(task.key, task.state, after, ignored, by=by))

    def _look(self) -> None:
        """The first run does all that it has to, and is looked at; then another version may come."""
        run = next(iter(self.state.runs.values()), None)
        if run is None:
            return
        for name in ("load", "sum", "mail"):
            if TaskKey("sales", name, run.date) not in self.state.tasks:
                self.tell(ev.TaskCreated(TaskRecord("sales", name, run.date, run.id, TaskState.SUCCESS)))
        if run.state != RunState.RUNNING:
            self.tell(ev.RunMoved(run.id, run.state, RunState.RUNNING))
        for _ in range(3):
            self.tell(ev.Looked("sales", by=self.one_of(WHO)))
        if self.one_of((True, False)):
            self._deploy(2)

    def _toss(self) -> None:
        """One instance and one run are tossed about by several processes."""
        for key in list(self.state.tasks)[:1]:
            for _ in range(6):
                task = self.state.tasks[key]
                self.tell(ev.TaskMoved(key, task.state, self.one_of(TOSSES), by=self.one_of(WHO)))
        for run_id in list(self.state.runs)[:1]:
            for _ in range(3):
                run = self.state.runs[run_id]
                self.tell(ev.RunMoved(run_id, run.state, self.one_of(STATES), by=self.one_of(WHO)))

    # ------------------------------------------------------------------- what becomes of it

    def _end(self, run: RunRecord) -> None:
        self.tell(ev.RunMoved(run.id, run.state, self.one_of((RunState.SUCCESS, RunState.FAILED)), at=run.date))

    def _override(self, run: RunRecord) -> None:
        self.tell(ev.RunOverridden(run.id, run.state, None))

    def _delete(self, run: RunRecord) -> None:
        self.tell(ev.RunDeleted(run))

    def _take(self, run: RunRecord) -> None:
        """The record takes another version, or is written over."""
        name = self.one_of((run.run_id, run.run_id, "again"))
        self.tell(ev.RunTaken(run.id, (run.kind, run.run_id, run.version), (run.kind, name, self.one_of((1, 2)))))

    def _leave(self, run: RunRecord) -> None:
        """Nothing becomes of it."""

    def _make_again(self, task: TaskRecord) -> None:
        """The row goes, comes again, and is sent."""
        again = task._replace(state=TaskState.NONE, tries=0)
        self.tell(ev.TaskDeleted(task))
        self.tell(ev.TaskCreated(again))
        self._send(again, ())


def situation(seed: int) -> list[ev.Event]:
    """The events of one situation."""
    return _Situation(seed).write()
