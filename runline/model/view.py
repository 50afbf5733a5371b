"""The questions that rules and laws put to a timeline; none of them changes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

from runline.model.answers import Running, TasksIn
from runline.model.dags import DagVersion
from runline.model.fingerprint import part
from runline.model.instants import Instant
from runline.model.records import BackfillRecord, OwnershipEntry, Run, RunTasks, TaskInstance, TaskKey
from runline.model.rows import Known, RunRow, TaskRow
from runline.model.states import RunKind, RunState

_OVERRIDDEN, _RUNNING = RunState.OVERRIDDEN, RunState.RUNNING
_NO_TASKS: dict[str, TaskRow] = {}
_ID = attrgetter("id")


class TimelineView:
    """A timeline as rules and laws see it: look-ups in O(log n), or in the size of the answer.

    ``fingerprint`` (64 bits) identifies what rules can still read; ``now`` is the world's clock; ``last_run_id`` the
    greatest id ever given; ``ownership_log`` says who owned which instance before. A timeline that is not ``printed``
    keeps no fingerprint of runs and instances: that costs, and only who compares states needs it. With ``ends`` it tells
    apart when runs failed, which is read where their time may run out.
    """

    def __init__(self, *, printed: bool = True, ends: bool = False) -> None:
        self.printed = printed
        self.ends = ends
        self.fingerprint = part("empty")
        self.now: Instant = 0
        self.last_run_id = 0
        self.ownership_log: list[OwnershipEntry] = []
        self._dags = Known()
        self._runs: dict[int, RunRow] = {}
        self._in_order = True
        """Whether the runs stand in order of id."""
        self._tasks: dict[tuple[str, str, Instant], TaskRow] = {}
        self._followers: dict[int, dict[int, RunRow]] = defaultdict(dict)
        self._owned: dict[int, dict[TaskKey, TaskRow]] = defaultdict(dict)
        self._backfills: dict[int, BackfillRecord] = {}
        self.run: Callable[[int], Run | None] = self._runs.get
        """The run of that id, whatever its state; the dictionary's own method, since nothing is asked more often."""
        self.task: Callable[[tuple[str, str, Instant]], TaskInstance | None] = self._tasks.get
        """The task instance of that key, which may be a plain tuple."""
        self._live_backfills: dict[str, list[BackfillRecord]] = defaultdict(list)
        self.live_backfills: Callable[[str], Sequence[BackfillRecord]] = self._live_backfills.__getitem__
        """The backfills of a DAG that are not over, in order of submission."""
        self._displaced: list[Any] = []
        self._settled = 0
        """How many entries of that were dropped, since nobody will undo them."""
        self._running = Running(self._dags)
        self.running: Callable[[str], Sequence[Run]] = self._running.__getitem__
        """The running runs of a DAG, by date, then id."""
        self._tasks_in = TasksIn(self._dags, self._runs)
        self.tasks_in: Callable[[int], RunTasks | None] = self._tasks_in.__getitem__
        """What the run of that id has of tasks; ``None`` where its DAG has no such version."""
        self._paused: set[str] = set()
        self.paused: Callable[[str], bool] = self._paused.__contains__
        """Whether a DAG is paused."""
        self._in_force: dict[str, DagVersion] = {}
        self.in_force: Callable[[str], DagVersion | None] = self._in_force.get
        """The version of a DAG that is in force."""
        self._timed: set[str] = set()
        self.may_time_out: Callable[[str], bool] = self._timed.__contains__
        """Whether a version of a DAG gives its runs only so much time."""

    def runs(self, dag: str | None = None) -> Iterator[Run]:
        """All runs, least id first (of one DAG, if named). No event may happen before the last of them was read."""
        if not self._in_order:
            self._sort_runs()
        return (row for row in self._runs.values() if dag is None or row.dag == dag)

    def runs_at(self, dag: str, date: Instant) -> Sequence[Run]:
        """All runs of a date, overridden ones included, in order of id."""
        return self._dags[dag].at.get(date, ())

    def ids_at(self, dag: str, date: Instant) -> list[int]:
        """The ids of all runs of a date, overridden ones included, in order."""
        return [*map(_ID, self._dags[dag].at.get(date, ()))]

    def live_at(self, dag: str, date: Instant) -> list[Run]:
        """The live runs of a date, of any kind; a coherent timeline has at most one."""
        rows = self._dags[dag].at.get(date)
        return [row for row in rows if row.state is not _OVERRIDDEN] if rows else []

    def timeline_at(self, dag: str, date: Instant) -> list[Run]:
        """The live scheduled and backfill runs of a date, in order of id."""
        return [row for row in self._dags[dag].at.get(date, ()) if row.on_timeline]

    def predecessor(self, dag: str, date: Instant) -> Run | None:
        """The live timeline run of the greatest earlier date (H4); of the least id, where several stand there."""
        rows = self._dags[dag]
        return rows.first_live(rows.live.before(date))

    def successor(self, dag: str, date: Instant) -> Run | None:
        """The live timeline run of the least later date (H4); of the least id, where several stand there."""
        rows = self._dags[dag]
        return rows.first_live(rows.live.after(date))

    def latest(self, dag: str) -> Run | None:
        """The live timeline run of the greatest date; of the least id, where several stand there."""
        rows = self._dags[dag]
        return rows.first_live(rows.live.latest())

    def latest_made(self, dag: str, *origins: RunKind) -> Instant | None:
        """The greatest date of a run that was made as one of these kinds, overridden ones included (H11, U4)."""
        rows = self._dags.get(dag)
        if rows is None:
            return None
        latest: Instant | None = None
        for origin in origins:
            date = (rows.origins.get(origin) or rows.dates_made_as(origin)).latest()
            if date is not None and (latest is None or date > latest):
                latest = date
        return latest

    def made_before(self, dag: str, date: Instant) -> Instant | None:
        """The greatest earlier date at which a run of whatever kind was made, overridden ones included."""
        rows = self._dags.get(dag)
        if rows is None:
            return None
        dates = [rows.dates_made_as(origin).before(date) for origin in RunKind]
        return max((earlier for earlier in dates if earlier is not None), default=None)

    def latest_until(self, dag: str, instant: Instant) -> Instant | None:
        """The greatest date of a live timeline run that is not after ``instant``."""
        return self._dags[dag].live.before(instant + 1)

    def in_state(self, dag: str, state: RunState) -> Sequence[Run]:
        """The runs of a DAG in ``state``, by date, then id."""
        return self.running(dag) if state is _RUNNING else self._dags[dag].in_state(state)

    def count(self, dag: str, state: RunState) -> int:
        """How many runs of a DAG are in ``state``."""
        return len(self._dags[dag].by_state[state])

    def first_runs(self, dag: str) -> list[Run]:
        """The live timeline runs that have no ``previous``."""
        return _by_id(self._dags[dag].firsts)

    def count_first_runs(self, dag: str) -> int:
        """How many these are."""
        return len(self._dags[dag].firsts)

    def has_live_timeline(self, dag: str) -> bool:
        """Whether a DAG has any live timeline run."""
        return self._dags[dag].live.latest() is not None

    def live_dates(self, dag: str) -> Sequence[Instant]:
        """The dates of the live timeline runs, ascending."""
        return list(chain.from_iterable(self._dags[dag].live.blocks))

    def followers(self, run: int) -> list[Run]:
        """The runs whose ``previous`` is ``run``, whether or not a run of that id exists."""
        return _by_id(self._followers.get(run, {}))

    def follower_ids(self, run: int) -> Collection[int]:
        """Their ids, in no promised order."""
        return self._followers.get(run, ())

    def instance(self, dag: str, task: str, date: Instant) -> TaskInstance | None:
        """The task instance of a DAG's task at a date."""
        return self._tasks.get((dag, task, date))

    def tasks(self) -> Iterator[TaskInstance]:
        """All task instances, in no promised order."""
        return iter(self._tasks.values())

    def tasks_at(self, dag: str, date: Instant) -> list[TaskInstance]:
        """The task instances of a date, in order of creation."""
        return [*self._dags[dag].tasks_at.get(date, _NO_TASKS).values()]

    def has_tasks(self, dag: str) -> bool:
        """Whether a DAG has any task instance."""
        return self._dags[dag].task_dates.latest() is not None

    def instance_date_before(self, dag: str, date: Instant) -> Instant | None:
        """The greatest earlier date at which a DAG has a task instance."""
        return self._dags[dag].task_dates.before(date)

    def instance_dates(self, dag: str, first: Instant, last: Instant) -> Iterator[Instant]:
        """The dates from ``first`` to ``last``, both included, at which a DAG has task instances, ascending."""
        dates = self._dags[dag].task_dates
        date = dates.after(first - 1)
        while date is not None and date <= last:
            yield date
            date = dates.after(date)

    def keys_of(self, run: int) -> list[TaskKey]:
        """The keys of the task instances that name ``run`` as their owner, in order."""
        return sorted(self._owned.get(run, ()))

    def tasks_of(self, run: int) -> list[TaskInstance]:
        """The task instances that name ``run`` as their owner, by DAG, task and date."""
        return [self._tasks[key] for key in self.keys_of(run)]

    def versions(self, dag: str) -> Sequence[DagVersion]:
        """All versions of a DAG; the last is in force."""
        return self._dags[dag].versions

    def version(self, dag: str, number: int | None = None) -> DagVersion | None:
        """The version of that number, or the one in force."""
        if number is None:
            return self._in_force.get(dag)
        return self._dags[dag].numbered.get(number)

    def backfills(self) -> list[BackfillRecord]:
        """The backfills that a scheduler manages, in order of submission."""
        return list(self._backfills.values())

    def _sort_runs(self) -> None:
        in_order = sorted(self._runs.items())
        self._runs.clear()
        self._runs.update(in_order)
        self._in_order = True

    @property
    def greatest_run_id(self) -> int:
        """The greatest id that a run has now; 0 where there is none."""
        if not self._in_order:
            self._sort_runs()
        return next(reversed(self._runs), 0)

    def dags(self) -> list[str]:
        """The names of the DAGs, in order of appearance."""
        return list(self._dags)


def _by_id(rows: Mapping[int, RunRow]) -> list[Run]:
    return [row for _, row in sorted(rows.items())] if rows else []
