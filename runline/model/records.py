"""Runs, task instances and backfills: as rows of a timeline (read-only to all but it) and as plain records."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from runline.model.dags import DagVersion
from runline.model.instants import Instant
from runline.model.schedules import Interval
from runline.model.states import RunKind, RunState, TaskState
from runline.model.values import make

NO_RUN = -1
"""The run id of an instance that no run owns (Q4)."""
BY_DATE = 0
"""The run id of an instance whose design stores no owner: it belongs to the run of its date (L02, U2, V01)."""


class TaskKey(NamedTuple):
    """Which task instance: its DAG, task and execution date."""

    dag: str
    task: str
    date: Instant


class RunRecord(NamedTuple):
    """A run as a value.

    ``previous`` is the id of the run before it as stored, ``None`` for the first or where the design stores none.
    ``origin`` is the kind under which it was made (U1). ``overridden_by`` and ``state_before`` are kept for audit.
    ``requested`` names the tasks asked for where it is not all of them; ``ordinal`` is the place in the order promised
    for queued runs where that is not the order of dates.
    """

    id: int
    dag: str
    date: Instant
    kind: RunKind
    run_id: str
    state: RunState
    previous: int | None = None
    version: int | None = None
    started: Instant | None = None
    ended: Instant | None = None
    origin: RunKind = RunKind.SCHEDULED
    overridden_by: int | None = None
    state_before: RunState | None = None
    interval: Interval | None = None
    backfill: int | None = None
    requested: tuple[str, ...] | None = None
    ordinal: int | None = None

    @property
    def live(self) -> bool:
        """Not overridden (H2)."""
        return self.state is not RunState.OVERRIDDEN

    @property
    def on_timeline(self) -> bool:
        """Live, and scheduled or backfill (H2)."""
        return self.state is not RunState.OVERRIDDEN and self.kind is not RunKind.MANUAL


class UnownedTaskInstanceWarning(UserWarning):
    """A task instance was built without a run; it gets run -1 (Q29)."""


class TaskRecord(NamedTuple):
    """A task instance as a value. ``run`` is a run's id, ``NO_RUN`` or ``BY_DATE``, never null (Q28).

    ``unowned`` says why there is no run: ``outside`` (started by hand, Q12) or ``deleted`` (its run was, H38).
    ``tries`` counts since the instance last began anew (state none); ``ended`` is when the try ended after which it
    waits for the next.
    """

    dag: str
    task: str
    date: Instant
    run: int
    state: TaskState = TaskState.NONE
    tries: int = 0
    unowned: str = ""
    ended: Instant | None = None

    @property
    def key(self) -> TaskKey:
        """Which instance this is."""
        return make(TaskKey, self[:3])


def task_instance(
    dag: str, task: str, date: Instant, run: int | None = None, *, state: TaskState = TaskState.NONE
) -> TaskRecord:
    """Build a task instance as code outside the scheduler does: without a run it gets -1, with a warning (H3, Q29)."""
    if run is None or run == NO_RUN:
        warnings.warn(
            f"task instance {dag}.{task} has no run, it gets run {NO_RUN}", UnownedTaskInstanceWarning, stacklevel=2
        )
        return TaskRecord(dag, task, date, NO_RUN, state, unowned="outside")
    return TaskRecord(dag, task, date, run, state)


class BackfillRecord(NamedTuple):
    """A backfill that a scheduler manages (N4): its dates and whether it was completed."""

    id: int
    dag: str
    dates: tuple[Instant, ...]
    completed: bool = False


class Run(Protocol):
    """A run as a timeline shows it: read-only, always current. Fields as in :class:`RunRecord`."""

    @property
    def id(self) -> int: ...
    @property
    def dag(self) -> str: ...
    @property
    def date(self) -> Instant: ...
    @property
    def kind(self) -> RunKind: ...
    @property
    def run_id(self) -> str: ...
    @property
    def state(self) -> RunState: ...
    @property
    def previous(self) -> int | None: ...
    @property
    def version(self) -> int | None: ...
    @property
    def started(self) -> Instant | None: ...
    @property
    def ended(self) -> Instant | None: ...
    @property
    def origin(self) -> RunKind: ...
    @property
    def overridden_by(self) -> int | None: ...
    @property
    def state_before(self) -> RunState | None: ...
    @property
    def interval(self) -> Interval | None: ...
    @property
    def backfill(self) -> int | None: ...
    @property
    def requested(self) -> tuple[str, ...] | None: ...
    @property
    def ordinal(self) -> int | None: ...
    @property
    def on_timeline(self) -> bool: ...
    def record(self) -> RunRecord: ...


class TaskInstance(Protocol):
    """A task instance as a timeline shows it: read-only, always current. Fields as in :class:`TaskRecord`."""

    @property
    def key(self) -> TaskKey: ...
    @property
    def dag(self) -> str: ...
    @property
    def task(self) -> str: ...
    @property
    def date(self) -> Instant: ...
    @property
    def run(self) -> int: ...
    @property
    def state(self) -> TaskState: ...
    @property
    def tries(self) -> int: ...
    @property
    def unowned(self) -> str: ...
    @property
    def ended(self) -> Instant | None: ...
    def record(self) -> TaskRecord: ...


class RunTasks(NamedTuple):
    """What a run has of tasks: its version, and its instances by task, in the order of the DAG.

    An instance is the run's if the run owns it or, where no owner is stored, if it has its date. One that was removed
    is none, nor is one of a task that the DAG no longer has. ``leaves`` are those for which none of the others waits;
    it is ``whole`` if each task has one.
    """

    version: DagVersion
    rows: Mapping[str, TaskInstance]
    leaves: Sequence[TaskInstance]
    whole: bool


class OwnershipEntry(NamedTuple):
    """One line of the ownership log: an instance changed hands, in which state, and when (H3, M31)."""

    key: TaskKey
    before: int
    after: int
    state: TaskState
    at: Instant
