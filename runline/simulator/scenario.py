"""A scenario: DAGs, a clock, what an operator does, and what is expected of each design.

The classes are the scenario file and build a scenario in Python alike; :func:`runline.simulator.scenario_file.read`
reads one from TOML.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, field_validator

from runline.model.dags import DEFAULT_MAX_ACTIVE_RUNS, DagVersion, Task
from runline.model.instants import MINUTE, Instant, format_instant
from runline.model.states import RunKind, RunState
from runline.simulator.actions import Action
from runline.simulator.fields import Every, Flag, Moment, Number, Part, Span, read_instant, refuse_end_before_start

DEFAULT_DESIGN = "coherent"
Length = Annotated[Span, Field(ge=0)]
Positive = Annotated[Span, Field(gt=0)]


class Clock(Part):
    """From the first heartbeat to the last instant, both included."""

    start: Moment
    end: Moment
    heartbeat: Positive = 5 * MINUTE

    _forward = field_validator("end")(refuse_end_before_start)


class TaskSpec(Part):
    """A task. ``fails_on``: the dates on which every try fails until a ``fix``, or ``"sometimes"``."""

    duration: Length | tuple[Length, Length] = 0
    upstream: tuple[str, ...] = ()
    depends_on_past: Flag | None = None
    wait_for_downstream: Flag = False
    fails_on: tuple[Moment, ...] | Literal["sometimes"] = ()
    retries: Annotated[Number, Field(ge=0)] = 0
    retry_delay: Length = 5 * MINUTE
    start_date: Moment | None = None
    end_date: Moment | None = None

    _forward = field_validator("end_date")(refuse_end_before_start)

    @field_validator("duration")
    @classmethod
    def _shortest_first(cls, duration: int | tuple[int, int]) -> int | tuple[int, int]:
        if isinstance(duration, tuple) and duration[1] < duration[0]:
            raise ValueError("the longest comes before the shortest; write the shortest first")
        return duration


class DagSpec(Part):
    """A DAG as it is when the clock starts."""

    schedule: Every
    timezone: str = "UTC"
    start_date: Moment
    end_date: Moment | None = None
    catchup: Flag = True
    max_active_runs: Annotated[Number, Field(gt=0)] = DEFAULT_MAX_ACTIVE_RUNS
    dagrun_timeout: Positive | None = None
    depends_on_past: Flag = False
    tasks: Annotated[dict[str, TaskSpec], Field(min_length=1)]

    _forward = field_validator("end_date")(refuse_end_before_start)

    def version(self, dag: str, number: int = 1) -> DagVersion:
        """The DAG as the model has it."""
        return DagVersion(
            dag=dag,
            number=number,
            schedule=self.schedule,
            tasks=tuple(self._task(task_id, task) for task_id, task in self.tasks.items()),
            start_date=self.start_date,
            end_date=self.end_date,
            catchup=self.catchup,
            max_active_runs=self.max_active_runs,
            dagrun_timeout=self.dagrun_timeout,
        )

    def _task(self, task_id: str, task: TaskSpec) -> Task:
        return Task(
            id=task_id,
            upstream=task.upstream,
            depends_on_past=self.depends_on_past if task.depends_on_past is None else task.depends_on_past,
            wait_for_downstream=task.wait_for_downstream,
            start_date=task.start_date,
            end_date=task.end_date,
            retries=task.retries,
            retry_delay=task.retry_delay,
        )


class Processes(Part):
    """Who is at work, and how much may come in between the steps of one."""

    schedulers: Annotated[Number, Field(gt=0, le=64)] = 1
    workers: Annotated[Number, Field(gt=0, le=4096)] = 16
    interleave: Literal["atomic", "steps"] = "atomic"
    isolation: Literal["serializable", "repeatable read", "read committed"] = "serializable"


def _read_previous(value: object) -> object:
    return value if value is None or value == "none" else read_instant(value)


def _plain_previous(value: Instant | str) -> str:
    return value if isinstance(value, str) else format_instant(value)


Previous = Annotated[
    Instant | Literal["none"],
    BeforeValidator(_read_previous),
    PlainSerializer(_plain_previous, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": "date-time"}, {"const": "none"}],
            "description": 'The date of its previous run; "none": it has none.',
        }
    ),
]


class ExpectedRun(Part):
    """A run that must be there at the end, with what is said of it here."""

    dag: str | None = None
    date: Moment
    kind: RunKind | None = None
    state: RunState | None = None
    previous: Previous | None = None


class Expect(Part):
    """What is expected of a design: the laws that break for good (these and no other promised one), and what is refused.

    ``passes`` are laws that break in passing only: in the midst of an operation. ``only_these``: at the end there are no
    other runs than those listed, overridden ones included.
    """

    breaks: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    runs: tuple[ExpectedRun, ...] = ()
    only_these: Flag = False


class Scope(Part):
    """How far an exploration of the scenario goes: what may go wrong, and how many states are visited at most.

    ``crashes`` is how many processes may die, ``aborts`` how many commits may be rolled back, ``guards`` what the database
    keeps. A scenario that has it is about all histories: a law that it expects to break does so in one of them at least.
    """

    crashes: Annotated[Number, Field(ge=0, le=100)] = 0
    aborts: Annotated[Number, Field(ge=0, le=100)] = 0
    guards: tuple[str, ...] = ()
    max_states: Annotated[Number, Field(gt=0)] = 20_000


class History(Part):
    """The one history that is to happen under a design: who moves, step by step, as an exploration names it.

    ``quirks`` are the slips in its rules with which the design has it, ``crashes`` how many processes may die in it,
    ``aborts`` how many commits may be rolled back, ``guards`` what the database keeps.
    """

    steps: Annotated[tuple[str, ...], Field(min_length=1)]
    crashes: Annotated[Number, Field(ge=0, le=100)] = 0
    aborts: Annotated[Number, Field(ge=0, le=100)] = 0
    guards: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()


class Scenario(Part):
    """One history to be: what there is, what happens, and what is expected."""

    title: str
    source: str = ""
    story: str = ""
    clock: Clock
    dags: Annotated[dict[str, DagSpec], Field(min_length=1)]
    actions: tuple[Action, ...] = ()
    processes: Processes = Processes()
    explore: Scope | None = None
    designs: dict[str, dict[str, str | int | bool]] = Field(default_factory=dict)
    history: dict[str, History] = Field(default_factory=dict)
    expect: dict[str, Expect] = Field(default_factory=dict)

    @property
    def default_design(self) -> str:
        """The design under which it happens where none is asked for: the only one of which it fixes a history."""
        return next(iter(self.history)) if len(self.history) == 1 else DEFAULT_DESIGN

    def quirks_of(self, design: str, asked: Sequence[str] = ()) -> tuple[str, ...]:
        """The quirks that are switched on: those asked for, else those of the history that it fixes of a design."""
        history = self.history.get(design)
        return tuple(asked) if asked or history is None else history.quirks

    def history_of(self, design: str, quirks: Sequence[str] = ()) -> History | None:
        """The history that it fixes of a design with these quirks, if it does."""
        history = self.history.get(design)
        return history if history is not None and sorted(history.quirks) == sorted(quirks) else None

    def dag_of(self, action: Action) -> str:
        """The DAG that an action is about: the one named, or the only one."""
        named = getattr(action, "dag", None)
        return next(iter(self.dags)) if named is None else str(named)
