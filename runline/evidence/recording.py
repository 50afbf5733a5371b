"""The format in which five historical Airflow schedulers were recorded: a scenario, and the state after each action.

The classes describe the file; :func:`runline.evidence.old_trees.history_of` makes a history of it.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from runline.model.errors import RunlineError
from runline.model.instants import Instant, parse_instant
from runline.model.schedules import Schedule, parse_schedule
from runline.model.states import RunKind, RunState, TaskState

FORMAT_VERSION = 1
"""The newest version of the format that this Runline reads; files that name none are of version 1."""


@lru_cache(maxsize=1 << 14)
def _instant(text: str) -> Instant:
    return parse_instant(text)


def _read_instant(value: object) -> Instant:
    if not isinstance(value, str):
        raise ValueError("an instant is text in ISO 8601, such as 2016-01-02T00:00:00Z")
    try:
        return _instant(value)
    except RunlineError as error:
        raise ValueError(f"{error.message}; write {error.remedy}") from None


def _read_task_state(value: object) -> object:
    return "none" if value is None else value


def _read_schedule(value: object) -> Schedule:
    """A cron expression or preset as text, a distance as ``{"every_seconds": n}``, null for none."""
    if isinstance(value, dict):
        seconds = value.get("every_seconds")
        if type(seconds) is not int or not 0 < seconds <= _CENTURY:
            raise ValueError('a distance is {"every_seconds": n} with a whole number above 0')
        return parse_schedule(timedelta(seconds=seconds))
    if value is not None and not isinstance(value, str):
        raise ValueError('a schedule is a cron expression, {"every_seconds": n}, "@once" or null')
    try:
        return parse_schedule(value)
    except RunlineError as error:
        raise ValueError(f"{error.message}; write {error.remedy}") from None


_CENTURY = 100 * 366 * 86_400
"""In seconds: no distance in a recording is longer."""

Date = Annotated[Instant, BeforeValidator(_read_instant)]
StateOfTask = Annotated[TaskState, BeforeValidator(_read_task_state)]
"""The state of a task instance; null for one that nobody has acted on yet."""


class Part(BaseModel):
    """A part of a recording; keys that are not known are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


class RecordedTask(Part):
    """A task of the recorded DAG."""

    id: str
    upstream: tuple[str, ...] = ()
    depends_on_past: bool | None = None
    start_date: Date | None = None


class RecordedDag(Part):
    """The DAG of a recording, as defined at some step. ``dag_start``: the start date stands on the DAG itself."""

    schedule: Annotated[Schedule, PlainValidator(_read_schedule)]
    start_date: Date
    end_date: Date | None = None
    depends_on_past: bool = False
    wait_for_downstream: bool = False
    max_active_runs: int = Field(default=16, ge=0)
    dagrun_timeout_seconds: int | None = Field(default=None, ge=0, le=_CENTURY)
    catchup: bool = True
    dag_start: bool = True
    tasks: tuple[RecordedTask, ...] = Field(min_length=1)


class RecordedRun(Part):
    """A row of a run. ``previous`` is absent where the tree stores none."""

    id: int
    kind: RunKind
    run_id: str
    date: Date
    state: RunState
    external: bool = False
    previous: int | None = None


class RecordedInstance(Part):
    """A row of a task instance. ``dag_run_id`` is absent where the tree stores none."""

    task: str
    date: Date
    state: StateOfTask
    dag_run_id: int | None = None


class RecordedLoop(Part):
    """One loop of the scheduler within a step."""

    error: str | None = None


class RecordedStep(Part):
    """What an action did: the state after it."""

    action: dict[str, Any]
    exception: str | None = None
    loops: tuple[RecordedLoop, ...] = ()
    dag_runs: tuple[RecordedRun, ...]
    task_instances: tuple[RecordedInstance, ...]


class RecordedScenario(Part):
    """The part of the scenario that a history needs."""

    note: str = ""
    dag: dict[str, Any]


class Recording(Part):
    """A line of a file."""

    tree: str
    name: str
    scenario: RecordedScenario
    steps: tuple[RecordedStep, ...]
