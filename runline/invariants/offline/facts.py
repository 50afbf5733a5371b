"""Facts about a snapshot that several checks ask for, each found by looking at everything."""

from __future__ import annotations

from runline.model.dags import DagVersion, Task
from runline.model.instants import Instant
from runline.model.records import BY_DATE, RunRecord, TaskRecord
from runline.model.snapshot import Snapshot
from runline.model.states import RunKind, RunState, TaskState


def is_live(run: RunRecord) -> bool:
    """Not overridden (H2)."""
    return run.state != RunState.OVERRIDDEN


def timeline_of(state: Snapshot, dag: str) -> list[RunRecord]:
    """The live scheduled and backfill runs of a DAG (H2)."""
    return [
        run
        for run in state.runs.values()
        if run.dag == dag and is_live(run) and run.kind in (RunKind.SCHEDULED, RunKind.BACKFILL)
    ]


def timeline_at(state: Snapshot, dag: str, date: Instant) -> list[RunRecord]:
    """The runs of the timeline at a date."""
    return [run for run in timeline_of(state, dag) if run.date == date]


def instances_at(state: Snapshot, dag: str, date: Instant) -> list[TaskRecord]:
    """The task instances at a date, whoever owns them."""
    return [task for task in state.tasks.values() if task.dag == dag and task.date == date]


def owned_by(state: Snapshot, run: RunRecord) -> list[TaskRecord]:
    """The instances at the run's date that are its own, or belong to whatever run has their date."""
    return [task for task in instances_at(state, run.dag, run.date) if task.run in (run.id, BY_DATE)]


def version_of(state: Snapshot, run: RunRecord) -> DagVersion | None:
    """The run's version; the one in force where the run names none; nothing where it names one that is unknown."""
    if run.version is None:
        return state.version(run.dag)
    for version in state.versions.get(run.dag, ()):
        if version.number == run.version:
            return version
    return None


def wanted_tasks(state: Snapshot, run: RunRecord) -> set[str] | None:
    """The tasks that the run was asked for, or all of its version; ``None`` where that is unknown."""
    version = version_of(state, run)
    if version is None:
        return None
    return {task.id for task in version.tasks} if run.requested is None else set(run.requested)


def has_instance_of_each(state: Snapshot, run: RunRecord, wanted: set[str]) -> bool:
    """Whether the run has an instance, not removed, of every wanted task."""
    return wanted <= {task.task for task in owned_by(state, run) if task.state != TaskState.REMOVED}


def downstream_of(version: DagVersion, task: Task) -> list[str]:
    """The tasks that wait for ``task`` directly."""
    return [other.id for other in version.tasks if task.id in other.upstream]


def start_of(version: DagVersion, task: Task) -> Instant | None:
    """The start date of a task: its own, else the DAG's."""
    return version.start_date if task.start_date is None else task.start_date


def smallest_start(version: DagVersion) -> Instant | None:
    """The smallest start date of the tasks; the DAG's where there are no tasks, or none has one."""
    starts = [start for task in version.tasks if (start := start_of(version, task)) is not None]
    return min(starts, default=version.start_date)
