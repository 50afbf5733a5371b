"""What is scheduled: a DAG's versions and their tasks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from runline.model.errors import RunlineError, nearest
from runline.model.instants import Duration, Instant
from runline.model.schedules import Interval, Schedule
from runline.model.values import make

DEFAULT_MAX_ACTIVE_RUNS = 16


@dataclass(frozen=True, slots=True)
class Task:
    """A task of a DAG version. Dates left ``None`` are the DAG's; ``retry_delay`` is in microseconds."""

    id: str
    upstream: tuple[str, ...] = ()
    depends_on_past: bool = False
    wait_for_downstream: bool = False
    start_date: Instant | None = None
    end_date: Instant | None = None
    retries: int = 0
    retry_delay: Duration = 0


@dataclass(frozen=True, slots=True)
class DagVersion:
    """One definition of a DAG, in force until the next is deployed.

    ``tasks`` stand in the order in which the DAG names them. Raises :class:`RunlineError` for an unknown upstream
    task, a task named twice, or a cycle.
    """

    dag: str
    number: int
    schedule: Schedule
    tasks: tuple[Task, ...]
    start_date: Instant | None = None
    end_date: Instant | None = None
    catchup: bool = True
    max_active_runs: int = DEFAULT_MAX_ACTIVE_RUNS
    dagrun_timeout: Duration | None = None
    by_id: dict[str, Task] = field(init=False, repr=False, compare=False, default_factory=dict)
    places: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Which place each task has in the order of the DAG."""
    downstream: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)
    leaves: frozenset[str] = field(init=False, repr=False, compare=False, default=frozenset())
    """Tasks that nothing waits for: they decide the state of a run (L31)."""
    first_start: Instant | None = field(init=False, repr=False, compare=False, default=None)
    """The smallest start date among the tasks, where a task without one has the DAG's (L14)."""

    def __post_init__(self) -> None:
        for task in self.tasks:
            if task.id in self.by_id:
                raise RunlineError(f"task {task.id!r} is given twice", key=f"dags.{self.dag}.tasks", value=task.id)
            self.places[task.id] = len(self.by_id)
            self.by_id[task.id] = task
        for task in self.tasks:
            self.downstream[task.id] = tuple(other.id for other in self.tasks if task.id in other.upstream)
            self._check_upstream(task)
        self._check_acyclic()
        leaves = frozenset(task.id for task in self.tasks if not self.downstream[task.id])
        object.__setattr__(self, "leaves", leaves)
        starts = [start for task in self.tasks if (start := self.start_of(task.id)) is not None]
        object.__setattr__(self, "first_start", min(starts, default=self.start_date))

    def subset(self, tasks: Collection[str]) -> DagVersion:
        """The DAG with these tasks only; what they waited for outside of them is forgotten."""
        kept = tuple(
            replace(task, upstream=tuple(other for other in task.upstream if other in tasks))
            for task in self.tasks
            if task.id in tasks
        )
        return replace(self, tasks=kept)

    def interval_of(self, date: Instant) -> Interval:
        """The data interval of the run of ``date``; it has no length where nothing follows."""
        end = self.schedule.next_after(date)
        return make(Interval, (date, date if end is None else end))

    def start_of(self, task_id: str) -> Instant | None:
        """The start date of a task: its own, else the DAG's."""
        own = self.by_id[task_id].start_date
        return self.start_date if own is None else own

    def _check_upstream(self, task: Task) -> None:
        for upstream in task.upstream:
            if upstream not in self.by_id:
                raise RunlineError(
                    f"task {task.id!r} waits for {upstream!r}, which the DAG does not have",
                    key=f"dags.{self.dag}.tasks.{task.id}.upstream",
                    value=upstream,
                    remedy=nearest(upstream, self.by_id),
                )

    def _check_acyclic(self) -> None:
        left = _circular({task.id: set(task.upstream) for task in self.tasks})
        left = _circular({task_id: left.keys() & self.downstream[task_id] for task_id in left})
        if left:
            names = ", ".join(sorted(left))
            raise RunlineError(
                f"the tasks {names} wait for one another" if len(left) > 1 else f"task {names!r} waits for itself",
                key=f"dags.{self.dag}.tasks",
                value=sorted(left)[0],
                remedy="an order without a cycle",
            )


def _circular(waits: dict[str, set[str]]) -> dict[str, set[str]]:
    """What is left when all that waits for nothing is done, and what waited for that, and so on."""
    left = {task_id: set(others) for task_id, others in waits.items()}
    while ready := [task_id for task_id, others in left.items() if not others]:
        for task_id in ready:
            del left[task_id]
        for others in left.values():
            others.difference_update(ready)
    return left
