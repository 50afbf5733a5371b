"""The mutable rows and indexes behind a timeline. Only :mod:`runline.model.timeline` may touch them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict

from runline.model.dags import DagVersion
from runline.model.fingerprint import part
from runline.model.instants import Instant
from runline.model.records import RunRecord, TaskKey, TaskRecord
from runline.model.schedules import Interval
from runline.model.states import RunKind, RunState


class RunRow:
    """A run, current. Fields as in :class:`RunRecord`, and ``print``, its part of the fingerprint.

    What never changes of the fields that are seldom asked for stays in the record that the run was made from.
    """

    __slots__ = (
        "_made",
        "dag",
        "date",
        "ended",
        "high_before",
        "id",
        "kind",
        "overridden_by",
        "previous",
        "print",
        "run_id",
        "started",
        "state",
        "state_before",
        "version",
    )

    def __init__(self, record: RunRecord) -> None:
        self._made = record
        self.id = record.id
        self.dag = record.dag
        self.date = record.date
        self.kind = record.kind
        self.run_id = record.run_id
        self.state = record.state
        self.previous = record.previous
        self.version = record.version
        self.started = record.started
        self.ended = record.ended
        self.overridden_by = record.overridden_by
        self.state_before = record.state_before
        self.high_before = 0
        self.print = self.current_print()

    def current_print(self) -> int:
        """The fingerprint of what a rule may still read: not what is kept for audit only."""
        return part(
            self.id,
            self.dag,
            self.date,
            self.kind,
            self.state,
            self.previous,
            self.version,
            self.started,
            self.run_id,
            self._made.backfill,
        )

    def record(self) -> RunRecord:
        """The run as a value."""
        return self._made._replace(
            kind=self.kind,
            run_id=self.run_id,
            state=self.state,
            previous=self.previous,
            version=self.version,
            started=self.started,
            ended=self.ended,
            overridden_by=self.overridden_by,
            state_before=self.state_before,
        )

    @property
    def origin(self) -> RunKind:
        """The kind under which the run was made."""
        return self._made.origin

    @property
    def interval(self) -> Interval | None:
        """Its data interval."""
        return self._made.interval

    @property
    def backfill(self) -> int | None:
        """The scheduler-managed backfill that it belongs to."""
        return self._made.backfill

    @property
    def requested(self) -> tuple[str, ...] | None:
        """The tasks asked for, where it is not all of them."""
        return self._made.requested

    @property
    def ordinal(self) -> int | None:
        """Its place in the order promised for queued runs."""
        return self._made.ordinal

    @property
    def on_timeline(self) -> bool:
        """Live, and scheduled or backfill (H2)."""
        return self.state is not RunState.OVERRIDDEN and self.kind is not RunKind.MANUAL


class TaskRow:
    """A task instance, current. Fields as in :class:`TaskRecord`, and ``print``, its part of the fingerprint."""

    __slots__ = ("dag", "date", "key", "print", "run", "state", "task", "tries", "unowned")

    def __init__(self, record: TaskRecord) -> None:
        self.dag, self.task, self.date, self.run, self.state, self.tries, self.unowned = record
        self.key = TaskKey(self.dag, self.task, self.date)
        self.print = self.current_print()

    def current_print(self) -> int:
        """The fingerprint of the row."""
        return part("task", self.dag, self.task, self.date, self.run, self.state, self.tries, self.unowned)

    def record(self) -> TaskRecord:
        """The instance as a value."""
        return TaskRecord(self.dag, self.task, self.date, self.run, self.state, self.tries, self.unowned)


class DateIndex:
    """A sorted bag of dates: look-ups by bisection, the latest at once."""

    __slots__ = ("counts", "dates")

    def __init__(self) -> None:
        self.dates: list[Instant] = []
        self.counts: dict[Instant, int] = {}

    def add(self, date: Instant) -> None:
        """Count ``date`` once more."""
        if date in self.counts:
            self.counts[date] += 1
            return
        self.counts[date] = 1
        if self.dates and date < self.dates[-1]:
            insort(self.dates, date)
        else:
            self.dates.append(date)

    def discard(self, date: Instant) -> None:
        """Count ``date`` once less."""
        if self.counts[date] > 1:
            self.counts[date] -= 1
            return
        del self.counts[date]
        if self.dates[-1] == date:
            self.dates.pop()
        else:
            del self.dates[bisect_left(self.dates, date)]

    def before(self, date: Instant) -> Instant | None:
        """The greatest date less than ``date``."""
        place = bisect_left(self.dates, date)
        return self.dates[place - 1] if place else None

    def latest(self) -> Instant | None:
        """The greatest date."""
        return self.dates[-1] if self.dates else None


class DagRows:
    """What a timeline keeps about one DAG."""

    __slots__ = ("at", "by_state", "firsts", "live", "origins", "task_dates", "tasks_at", "versions")

    def __init__(self) -> None:
        self.versions: list[DagVersion] = []
        self.at: dict[Instant, list[RunRow]] = defaultdict(list)
        self.live = DateIndex()
        self.origins = {kind: DateIndex() for kind in RunKind}
        self.by_state: dict[RunState, dict[int, RunRow]] = {state: {} for state in RunState}
        self.firsts: dict[int, RunRow] = {}
        self.task_dates = DateIndex()
        self.tasks_at: dict[Instant, dict[str, TaskRow]] = defaultdict(dict)

    def enter(self, row: RunRow) -> None:
        """Index a run that comes into being."""
        self.by_state[row.state][row.id] = row
        self.origins[row.origin].add(row.date)
        if row.state is not RunState.OVERRIDDEN and row.kind is not RunKind.MANUAL:
            self.live.add(row.date)
            if row.previous is None:
                self.firsts[row.id] = row

    def leave(self, row: RunRow) -> None:
        """Take a run that goes out of the indexes."""
        del self.by_state[row.state][row.id]
        self.origins[row.origin].discard(row.date)
        self.leave_timeline(row)

    def move(self, row: RunRow, after: RunState) -> None:
        """Set a run's state, and index it anew."""
        before = row.state
        del self.by_state[before][row.id]
        self.by_state[after][row.id] = row
        if after is RunState.OVERRIDDEN:
            self.leave_timeline(row)
        row.state = after
        if before is RunState.OVERRIDDEN:
            self.enter_timeline(row)

    def enter_timeline(self, row: RunRow) -> None:
        """Index a run's date and whether it is a first one, if it is on the timeline."""
        if row.state is not RunState.OVERRIDDEN and row.kind is not RunKind.MANUAL:
            self.live.add(row.date)
            if row.previous is None:
                self.firsts[row.id] = row

    def leave_timeline(self, row: RunRow) -> None:
        """Take back what :meth:`enter_timeline` did."""
        if row.state is not RunState.OVERRIDDEN and row.kind is not RunKind.MANUAL:
            self.live.discard(row.date)
            if row.previous is None:
                del self.firsts[row.id]
