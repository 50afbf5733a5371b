"""What a design is asked to do: looks of schedulers, backfills, acts of the operator."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from runline.model.dags import DagVersion, Task
from runline.model.instants import Instant
from runline.model.records import NO_RUN, Run, TaskKey
from runline.model.states import TaskState

OPERATOR = "operator"


def many_failed(instances: int) -> str:
    """What a job says of which so many instances failed."""
    return f"{instances} instance{'' if instances == 1 else 's'} failed"


class Look(NamedTuple):
    """One look at a DAG: by the clock of the process that looks, with the version then in force."""

    dag: str
    at: Instant
    by: str
    version: DagVersion


class Handed(NamedTuple):
    """How a job was handed its DAG: with these tasks only, if any are named; with its start date and all its tasks' moved."""

    tasks: tuple[str, ...] | None = None
    start: Instant | None = None

    def of(self, version: DagVersion) -> DagVersion:
        """The DAG as the job sees it."""
        if self.tasks is not None:
            version = version.subset(self.tasks)
        if self.start is None:
            return version
        tasks = tuple(replace(task, start_date=self.start) for task in version.tasks)
        return replace(version, start_date=self.start, tasks=tasks)


WHOLE = Handed()
"""The DAG as it is."""


class Pair(NamedTuple):
    """A task instance that may be sent, with the run for which it is looked at (``None``: by hand, without a run).

    ``cut``: it has upstream tasks outside the subset that was asked for, which ``task`` does not name and which it does
    not wait for. ``gone``: the id of a run for which it was looked at, and which is not there any more.
    """

    key: TaskKey
    task: Task
    run: Run | None
    version: DagVersion
    cut: bool = False
    gone: int = NO_RUN

    @property
    def holder(self) -> int:
        """The id of the run for which it is looked at, whether or not that is still there."""
        run = self.run
        return self.gone if run is None else run.id


class BackfillRequest(NamedTuple):
    """A backfill as it was asked for. ``tasks``: the subset of the DAG handed to the job; all, if ``None``.

    ``with_upstream``: all that the subset waits for was put to it. ``rerun`` says what is executed again of what was
    executed before; ``number`` counts the jobs from 1 on.
    """

    dag: str
    number: int
    first: Instant | None = None
    last: Instant | None = None
    tasks: tuple[str, ...] | None = None
    ignore_first: bool = False
    rerun: str = "unfinished+failed"
    backwards: bool = False
    with_upstream: bool = False


class Trigger(NamedTuple):
    """A manual run is asked for, at ``date`` (``None``: now)."""

    dag: str
    at: Instant
    date: Instant | None = None
    run_id: str | None = None


class Clear(NamedTuple):
    """The instances from ``first`` to ``last`` are to run again; of these tasks, all if ``None``."""

    dag: str
    at: Instant
    first: Instant
    last: Instant
    tasks: tuple[str, ...] | None = None


class DeleteRun(NamedTuple):
    """The run rows of a date are deleted."""

    dag: str
    at: Instant
    date: Instant


class RunTask(NamedTuple):
    """A task is started by hand, from outside the scheduler."""

    dag: str
    at: Instant
    task: str
    date: Instant


class SetState(NamedTuple):
    """The state of a task instance is written by hand."""

    dag: str
    at: Instant
    task: str
    date: Instant
    state: TaskState


Act = Trigger | Clear | DeleteRun | RunTask | SetState
