"""The format in which Airflow 3 was recorded: a scenario, and the state of its database after each action.

The classes describe the file; :func:`runline.evidence.airflow3.history_of` makes a history of it.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError

from runline.evidence.files import Line
from runline.evidence.wrong import invalid
from runline.model.errors import RunlineError, nearest
from runline.model.instants import Instant, parse_instant
from runline.model.states import RunKind, RunState, TaskState

TASK_STATES: dict[str | None, TaskState] = {
    None: TaskState.NONE,
    **{state.value: state for state in TaskState if state is not TaskState.NONE},
    # A running instance that was cleared: it holds its worker until the process is gone, then it is as good as new (N48).
    "restarting": TaskState.RUNNING,
    # Handed over to the triggerer: no worker holds it, but its try goes on.
    "deferred": TaskState.RUNNING,
    # A sensor between two looks: like an instance that waits for its next try, it is sent again when its time comes.
    "up_for_reschedule": TaskState.UP_FOR_RETRY,
}
"""What Airflow 3 calls the states of an instance, and the nearest state of the model."""


@lru_cache(maxsize=1 << 14)
def _instant(text: str) -> Instant:
    return parse_instant(text)


def _read_instant(value: object) -> Instant:
    if not isinstance(value, str):
        raise ValueError("an instant is text in ISO 8601, such as 2016-01-02T00:00:00Z")
    try:
        return _instant(value)
    except RunlineError as error:
        raise ValueError(error.message) from None


def _read_wall_clock(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a date of a DAG is text in ISO 8601, such as 2016-01-02T00:00:00")
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a date in ISO 8601") from None


def _read_schedule(value: object) -> object:
    seconds = isinstance(value, int) and not isinstance(value, bool) and value > 0
    if not (seconds or value is None or isinstance(value, str | dict)):
        raise ValueError("a schedule is a cron expression, a preset, a number of seconds, a relativedelta or null")
    return value


def _read_task_state(value: object) -> TaskState:
    state = TASK_STATES.get(value) if value is None or isinstance(value, str) else None
    if state is None:
        known = nearest(str(value), [name for name in TASK_STATES if name is not None])
        raise ValueError(f"outside the model: task state {value!r} ({known})")
    return state


def _read_run_type(value: object) -> RunKind:
    if not isinstance(value, str) or value not in {kind.value for kind in RunKind}:
        raise ValueError(f"outside the model: run type {value}")
    return RunKind(value)


def _read_run_state(value: object) -> RunState:
    # No released Airflow knows the state overridden.
    if value == RunState.OVERRIDDEN or not isinstance(value, str) or value not in {state.value for state in RunState}:
        raise ValueError(f"outside the model: run state {value!r}")
    return RunState(value)


Date = Annotated[Instant, BeforeValidator(_read_instant)]
WallClock = Annotated[datetime, BeforeValidator(_read_wall_clock)]
"""A date as the DAG file gives it: without a zone it is wall clock in the DAG's zone."""


Schedule = Annotated[str | int | dict[str, Any] | None, PlainValidator(_read_schedule)]
"""A cron expression or preset, a distance in seconds, a ``relativedelta``, or none."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class RecordedTask(_Part):
    """A task of the recorded DAG."""

    id: str
    upstream: tuple[str, ...] = ()
    start_date: WallClock | None = None
    end_date: WallClock | None = None
    retries: int = 0
    retry_delay: int = 0


class RecordedDag(_Part):
    """The file of the recorded DAG at some step. Durations are in seconds."""

    schedule: Schedule
    timezone: str = "UTC"
    start_date: WallClock | None = None
    end_date: WallClock | None = None
    catchup: bool = False
    max_active_runs: int = 16
    depends_on_past: bool = False
    wait_for_downstream: bool = False
    dagrun_timeout: int | None = None
    tasks: tuple[RecordedTask, ...] = Field(min_length=1)


class DagRow(_Part):
    """What the database says of the DAG itself; ``timetable_type`` is the class that reads the schedule."""

    is_paused: bool
    is_stale: bool = False
    timetable_type: str

    @property
    def idle(self) -> bool:
        """Whether no scheduler takes care of the DAG."""
        return self.is_paused or self.is_stale


class RunRow(_Part):
    """A row of a run."""

    run_id: str
    run_type: Annotated[RunKind, BeforeValidator(_read_run_type)]
    state: Annotated[RunState, BeforeValidator(_read_run_state)]
    logical_date: Date | None
    data_interval_start: Date | None
    data_interval_end: Date | None
    run_after: Date
    backfill_id: int | None
    dag_version: int | None
    queued_at: Date | None
    start_date: Date | None
    end_date: Date | None


class InstanceRow(_Part):
    """A row of a task instance."""

    run_id: str
    task_id: str
    state: Annotated[TaskState, BeforeValidator(_read_task_state)]


class BackfillDate(_Part):
    """A date of a backfill; ``exception_reason`` says why it got no run of the backfill's own."""

    logical_date: Date
    exception_reason: str | None
    sort_ordinal: int


class BackfillRow(_Part):
    """A row of a backfill."""

    id: int
    completed_at: Date | None
    runs: tuple[BackfillDate, ...]


class RecordedError(_Part):
    """What a call raised."""

    type: str
    message: str


class RecordedState(_Part):
    """The database after an action. ``dag`` is null as long as the file cannot be imported."""

    dag: DagRow | None
    dag_runs: tuple[RunRow, ...]
    task_instances: tuple[InstanceRow, ...]
    backfills: tuple[BackfillRow, ...]
    n_dag_versions: int
    exception: RecordedError | None


class InitialState(RecordedState):
    """The database after the file was parsed for the first time."""

    at: Date


class RecordedStep(RecordedState):
    """What an action did."""

    action: dict[str, Any]
    result: dict[str, Any] | None = None
    now: Date

    @property
    def loops(self) -> int | None:
        """How many loops a scheduler made, where that was told."""
        loops = (self.result or {}).get("loops")
        return loops if isinstance(loops, int) else None


class RecordedScenario(_Part):
    """The part of the scenario that a history needs."""

    note: str = ""
    dag: dict[str, Any]


class Recording(_Part):
    """A line of a file."""

    airflow_version: str
    name: str
    scenario: RecordedScenario
    initial: InitialState
    steps: tuple[RecordedStep, ...]


def read_recording(line: Line) -> Recording:
    """A line as a recording; raises :class:`RunlineError` that names the key that is wrong."""
    try:
        return Recording.model_validate(line.value)
    except ValidationError as error:
        raise invalid_recording(error, line) from None


def invalid_recording(error: ValidationError, line: Line, prefix: str = "") -> RunlineError:
    """What is wrong with a line; ``prefix`` says where in it the part stands that was looked at."""
    found = invalid(error, line.file, line.number)
    found.key = f"{prefix}{found.key}"
    if error.errors(include_url=False)[0]["type"] == "missing":
        found.remedy = f"a recording in which {found.key} is given"
    return found
