"""The mutable rows and indexes behind a timeline. Only :mod:`runline.model.timeline` may touch them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from operator import attrgetter

from runline.model.dags import DagVersion
from runline.model.fingerprint import part
from runline.model.instants import Instant
from runline.model.records import RunRecord, TaskKey, TaskRecord
from runline.model.schedules import Interval
from runline.model.states import RunKind, RunState, TaskState
from runline.model.values import make

_OVERRIDDEN, _MANUAL = RunState.OVERRIDDEN, RunKind.MANUAL
_BLOCK = 512
"""How many dates an index keeps in one list: few enough that an insertion moves little."""


class RunRow:
    """A run, current. Fields as in :class:`RunRecord`, and ``print``, its part of the fingerprint."""

    __slots__ = (*RunRecord._fields, "on_timeline", "print")

    id: int
    dag: str
    date: Instant
    kind: RunKind
    run_id: str
    state: RunState
    previous: int | None
    version: int | None
    started: Instant | None
    ended: Instant | None
    origin: RunKind
    overridden_by: int | None
    state_before: RunState | None
    interval: Interval | None
    backfill: int | None
    requested: tuple[str, ...] | None
    ordinal: int | None
    on_timeline: bool
    print: int

    def __init__(self, record: RunRecord, printed: bool = True) -> None:
        (
            self.id,
            self.dag,
            self.date,
            self.kind,
            self.run_id,
            self.state,
            self.previous,
            self.version,
            self.started,
            self.ended,
            self.origin,
            self.overridden_by,
            self.state_before,
            self.interval,
            self.backfill,
            self.requested,
            self.ordinal,
        ) = record
        self.on_timeline = self.state is not _OVERRIDDEN and self.kind is not _MANUAL
        self.print = self.current_print() if printed else 0

    def current_print(self) -> int:
        """The fingerprint of what a rule may still read: not what is kept for audit only."""
        return part(
            self.id,
            self.dag,
            self.date,
            self.kind,
            self.run_id,
            self.state,
            self.previous,
            self.version,
            self.started,
            self.origin,
            self.interval,
            self.backfill,
            self.requested,
            self.ordinal,
        )

    def record(self) -> RunRecord:
        """The run as a value."""
        return RunRecord(*[getattr(self, name) for name in RunRecord._fields])


class TaskRow:
    """A task instance, current. Fields as in :class:`TaskRecord`, and ``print``, its part of the fingerprint."""

    __slots__ = (*TaskRecord._fields, "key", "print")

    dag: str
    task: str
    date: Instant
    run: int
    state: TaskState
    tries: int
    unowned: str
    ended: Instant | None
    key: TaskKey
    print: int

    def __init__(self, record: TaskRecord, printed: bool = True) -> None:
        self.dag, self.task, self.date, self.run, self.state, self.tries, self.unowned, self.ended = record
        self.key = make(TaskKey, record[:3])
        self.print = self.current_print() if printed else 0

    def current_print(self) -> int:
        """The fingerprint of the row."""
        return part("task", self.dag, self.task, self.date, self.run, self.state, self.tries, self.unowned, self.ended)

    def record(self) -> TaskRecord:
        """The instance as a value."""
        return TaskRecord(self.dag, self.task, self.date, self.run, self.state, self.tries, self.unowned, self.ended)


class DateIndex:
    """A sorted bag of dates, in blocks, so that a date in the middle of many costs no more than one at the end.

    ``counts`` says how often a date was added; in the blocks it stands once. ``starts`` bounds each block but the first
    from below. No block is empty unless it is the only one.
    """

    __slots__ = ("blocks", "counts", "starts")

    def __init__(self) -> None:
        self.blocks: list[list[Instant]] = [[]]
        self.starts: list[Instant] = [0]
        self.counts: dict[Instant, int] = {}

    def add(self, date: Instant) -> None:
        """Count ``date`` once more."""
        counts = self.counts
        if date in counts:
            counts[date] += 1
            return
        counts[date] = 1
        block = self.blocks[-1]
        if not block or date > block[-1]:
            block.append(date)
        else:
            block = self.blocks[bisect_right(self.starts, date, 1) - 1]
            insort(block, date)
        if len(block) > _BLOCK:
            self._split(bisect_right(self.starts, date, 1) - 1)

    def _split(self, place: int) -> None:
        block = self.blocks[place]
        middle = len(block) // 2
        self.starts.insert(place + 1, block[middle])
        self.blocks.insert(place + 1, block[middle:])
        del block[middle:]

    def discard(self, date: Instant) -> None:
        """Count ``date`` once less."""
        counts = self.counts
        if counts[date] > 1:
            counts[date] -= 1
            return
        del counts[date]
        place = bisect_right(self.starts, date, 1) - 1
        block = self.blocks[place]
        del block[bisect_left(block, date)]
        if not block and len(self.blocks) > 1:
            del self.blocks[place], self.starts[place]

    def before(self, date: Instant) -> Instant | None:
        """The greatest date less than ``date``."""
        latest = self.blocks[-1]
        if latest and latest[-1] < date:
            return latest[-1]
        place = bisect_right(self.starts, date, 1) - 1
        block = self.blocks[place]
        if inside := bisect_left(block, date):
            return block[inside - 1]
        return self.blocks[place - 1][-1] if place else None

    def after(self, date: Instant) -> Instant | None:
        """The least date greater than ``date``."""
        latest = self.blocks[-1]
        if not latest or latest[-1] <= date:
            return None
        place = bisect_right(self.starts, date, 1) - 1
        block = self.blocks[place]
        if (inside := bisect_right(block, date)) < len(block):
            return block[inside]
        return self.blocks[place + 1][0] if place + 1 < len(self.blocks) else None

    def latest(self) -> Instant | None:
        """The greatest date."""
        block = self.blocks[-1]
        return block[-1] if block else None


_by_date = attrgetter("date", "id")


class DagRows:
    """What a timeline keeps about one DAG, ``since`` the event that made it known."""

    __slots__ = (
        "at",
        "by_state",
        "firsts",
        "live",
        "numbered",
        "origins",
        "since",
        "task_dates",
        "tasks_at",
        "versions",
    )

    def __init__(self, since: int = 0) -> None:
        self.since = since
        self.versions: list[DagVersion] = []
        self.numbered: dict[int, DagVersion] = {}
        """The first version of each number."""
        self.at: dict[Instant, list[RunRow]] = defaultdict(list)
        self.live = DateIndex()
        self.origins: dict[RunKind, DateIndex] = {}
        self.by_state: dict[RunState, dict[int, RunRow]] = {state: {} for state in RunState}
        self.firsts: dict[int, RunRow] = {}
        self.task_dates = DateIndex()
        self.tasks_at: dict[Instant, dict[str, TaskRow]] = defaultdict(dict)

    def enter(self, row: RunRow) -> None:
        """Index a run that comes into being."""
        at_date = self.at[row.date]
        if at_date and at_date[-1].id > row.id:
            insort(at_date, row, key=lambda other: other.id)
        else:
            at_date.append(row)
        self.by_state[row.state][row.id] = row
        if row.origin in self.origins:
            self.origins[row.origin].add(row.date)
        if row.on_timeline:
            self._join(row)

    def leave(self, row: RunRow) -> None:
        """Take a run that goes out of the indexes."""
        self.at[row.date].remove(row)
        del self.by_state[row.state][row.id]
        if row.origin in self.origins:
            self.origins[row.origin].discard(row.date)
        if row.on_timeline:
            self._part(row)

    def move(self, row: RunRow, after: RunState) -> None:
        """Set a run's state, and index it anew."""
        del self.by_state[row.state][row.id]
        self.by_state[after][row.id] = row
        row.state = after
        self.settle(row)

    def take(self, row: RunRow, kind: RunKind, run_id: str, version: int | None) -> None:
        """Let a run be of another kind, run_id and version."""
        row.kind, row.run_id, row.version = kind, run_id, version
        self.settle(row)

    def settle(self, row: RunRow) -> None:
        """Index a run as its state and kind now want it: on the timeline or not."""
        belongs = row.state is not _OVERRIDDEN and row.kind is not _MANUAL
        if belongs is not row.on_timeline:
            row.on_timeline = belongs
            if belongs:
                self._join(row)
            else:
                self._part(row)

    def _join(self, row: RunRow) -> None:
        self.live.add(row.date)
        if row.previous is None:
            self.firsts[row.id] = row

    def _part(self, row: RunRow) -> None:
        self.live.discard(row.date)
        if row.previous is None:
            del self.firsts[row.id]

    def enter_task(self, row: TaskRow) -> None:
        """Index an instance that comes into being."""
        tasks = self.tasks_at[row.date]
        if not tasks:
            self.task_dates.add(row.date)
        tasks[row.task] = row

    def leave_task(self, row: TaskRow) -> None:
        """Take an instance that goes out of the indexes."""
        tasks = self.tasks_at[row.date]
        del tasks[row.task]
        if not tasks:
            self.task_dates.discard(row.date)

    def enter_version(self, version: DagVersion) -> None:
        """Let a version be the one in force."""
        self.versions.append(version)
        self.numbered.setdefault(version.number, version)

    def leave_version(self) -> None:
        """Take back the version in force."""
        number = self.versions.pop().number
        if all(version.number != number for version in self.versions):
            del self.numbered[number]

    def version(self, number: int | None) -> DagVersion | None:
        """The version of that number, or the one in force."""
        if number is not None:
            return self.numbered.get(number)
        return self.versions[-1] if self.versions else None

    def in_state(self, state: RunState) -> list[RunRow]:
        """The runs in ``state``, by date, then id."""
        return sorted(self.by_state[state].values(), key=_by_date)

    def dates_made_as(self, origin: RunKind) -> DateIndex:
        """The dates of all runs made as that kind; kept from the first question on."""
        index = self.origins.get(origin)
        if index is None:
            index = self.origins[origin] = DateIndex()
            for rows in self.at.values():
                for row in rows:
                    if row.origin is origin:
                        index.add(row.date)
        return index

    def first_live(self, date: Instant | None) -> RunRow | None:
        """The live timeline run of the least id at one of the ``live`` dates."""
        if date is None:
            return None
        for row in self.at[date]:
            if row.on_timeline:
                return row
        raise AssertionError("the index of live dates names a date without a live run")


class Known(dict[str, DagRows]):
    """What a timeline keeps about each DAG that something happened to; of another there is nothing to be found."""

    def __missing__(self, dag: str) -> DagRows:
        return _NOTHING


_NOTHING = DagRows()
"""Never written."""
