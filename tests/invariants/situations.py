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
from runline.model.records import BY_DATE, NO_RUN, BackfillRecord, RunRecord, TaskRecord
from runline.model.schedules import Cron, Delta, Schedule
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
IGNORED = ((), (), (), ("depends_on_past",), ("upstream",))


class _Situation:
    """One situation, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.dates = sorted({self.one_of(DATES) for _ in range(3)})
        self.state = Snapshot()
        self.events: list[ev.Event] = []

    def one_of(self, options: Sequence[T]) -> T:
        """One of the options; only ``random()`` is the same in all versions of Python."""
        return options[int(self._random.random() * len(options))]

    def tell(self, event: ev.Event) -> None:
        """Let an event happen."""
        self.events.append(event)
        (self.state,) = fold([event], self.state)

    def write(self) -> list[ev.Event]:
        """What was there before, then what is sent and started, then what becomes of it."""
        self.tell(ev.DagDeployed(self._version()))
        if self.one_of((True, False)):
            self.tell(ev.BackfillSubmitted(BackfillRecord(1, "sales", (self.one_of(self.dates),))))
        for date in self.dates:
            self._runs_at(date)
            self._tasks_at(date)
        self._sends()
        self._starts()
        for run in self.state.runs.values():
            self.one_of((self._end, self._override, self._delete, self._take, self._leave))(run)
        for task in self.state.tasks.values():
            if self.one_of((True, False, False)):
                self._make_again(task)
        return self.events

    def _version(self) -> DagVersion:
        flags = (False, True)
        tasks = (
            Task("load", (), self.one_of(flags), self.one_of(flags), self.one_of(STARTS)),
            Task("sum", ("load",), self.one_of(flags), self.one_of(flags), self.one_of(STARTS)),
            Task("mail", ("load",)),
        )
        return DagVersion(
            "sales", 1, self.one_of(SCHEDULES), tasks, self.one_of(STARTS), max_active_runs=self.one_of((1, 2, 16))
        )

    def _runs_at(self, date: Instant) -> None:
        """A run, seldom two, or none."""
        for _ in range(self.one_of((0, 1, 1, 1, 2))):
            kind, number = self.one_of(KINDS), len(self.state.runs) + 1
            run = RunRecord(
                number, "sales", date, kind, f"{kind}-{number}", self.one_of(STATES), version=1, origin=kind
            )
            run = run._replace(backfill=self.one_of((None, 1)), ordinal=self.one_of((None, None, 3, -number)))
            self.tell(ev.RunCreated(run, at=date + DAY, by="scheduler-1"))

    def _tasks_at(self, date: Instant) -> None:
        """Some of the instances of a date, the last date's seldom finished, of a run there, of the date, or of none."""
        there = [run.id for run in self.state.runs.values() if run.date == date]
        ends = ENDS if date < self.dates[-1] else (TaskState.NONE, *ENDS)
        for name in ("load", "sum", "mail"):
            owner, state = self.one_of([*there, *there, BY_DATE, NO_RUN]), self.one_of(ends)
            if state is not None:
                task = TaskRecord("sales", name, date, owner, state, unowned="outside" * (owner == NO_RUN))
                self.tell(ev.TaskCreated(task))

    def _sends(self) -> None:
        for task in self.state.tasks.values():
            if task.state == TaskState.NONE:
                self._send(task, self.one_of(IGNORED))

    def _send(self, task: TaskRecord, ignored: tuple[str, ...]) -> None:
        after, by = self.one_of((TaskState.QUEUED, TaskState.RUNNING)), self.one_of(("scheduler-1", "scheduler-2"))
        self.tell(ev.TaskMoved(task.key, task.state, after, ignored, by=by))

    def _starts(self) -> None:
        queued = [run for run in self.state.runs.values() if run.state == RunState.QUEUED]
        for run in queued if self.one_of((True, False)) else reversed(queued):
            self.tell(ev.RunMoved(run.id, run.state, RunState.RUNNING, by="scheduler-1"))

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
        self.tell(ev.RunTaken(run.id, (run.kind, run.run_id, run.version), (run.kind, name, 2)))

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
