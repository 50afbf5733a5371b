"""What an operator does in a scenario, at which instant: one class for each ``do``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from runline.model.instants import DAY
from runline.model.states import TaskState
from runline.simulator.fields import Every, Flag, Moment, MomentOrGone, Number, Part, Span, SpanOrGone

_FAR = 3_653 * DAY
"""How far a clock may be off."""


class Act(Part):
    """What all actions have: when, and to which DAG (may be left out where there is one)."""

    at: Moment
    dag: str | None = None


class Backfill(Act):
    """Run a range of dates again, or for the first time."""

    do: Literal["backfill"] = "backfill"
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None
    tasks: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    ignore_first_depends_on_past: Flag = False
    rerun: Literal["unfinished+failed", "all", "none"] = "unfinished+failed"
    reprocess: Literal["none", "failed", "completed"] = "none"
    run_backwards: Flag = False
    max_active_runs: Annotated[Number, Field(gt=0)] | None = None


class Fix(Act):
    """From now on a task fails on these dates only; on none, if none is given."""

    do: Literal["fix"] = "fix"
    task: str
    fails_on: tuple[Moment, ...] = ()


class Deploy(Act):
    """A new version of the DAG: the keys given here replace those of the version before; ``"none"`` takes one away."""

    do: Literal["deploy"] = "deploy"
    schedule: Every = None
    start_date: Moment | None = None
    end_date: MomentOrGone = None
    catchup: Flag | None = None
    max_active_runs: Annotated[Number, Field(gt=0)] | None = None
    dagrun_timeout: SpanOrGone = None
    depends_on_past: Flag | None = None
    tasks: dict[str, dict[str, object]] | None = None


class Parse(Act):
    """The DAG file is read; only then does Airflow 3 move its cursor."""

    do: Literal["parse"] = "parse"


class Trigger(Act):
    """A manual run, at ``date`` or now."""

    do: Literal["trigger"] = "trigger"
    date: Moment | None = None
    run_id: str | None = None


class Clear(Act):
    """Task instances of a range of dates are to run again."""

    do: Literal["clear"] = "clear"
    from_: Annotated[Moment, Field(alias="from")]
    to: Moment
    tasks: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


class RunTask(Act):
    """A task is started by hand, from outside the scheduler: it gets run -1 (Q12)."""

    do: Literal["run_task"] = "run_task"
    task: str
    date: Moment


class SetState(Act):
    """The state of a task instance is written by hand."""

    do: Literal["set_state"] = "set_state"
    task: str
    date: Moment
    state: TaskState


class DeleteRun(Act):
    """The run rows of a date are deleted."""

    do: Literal["delete_run"] = "delete_run"
    date: Moment


class Pause(Act):
    """The DAG is paused."""

    do: Literal["pause"] = "pause"


class Unpause(Act):
    """The DAG is no longer paused."""

    do: Literal["unpause"] = "unpause"


class ProcessAct(Part):
    """Something happens to a process: it stops where it stands, starts anew, or is ended for good."""

    at: Moment
    do: Literal["crash", "restart", "kill"]
    process: str


class ClockAct(Part):
    """The clock of a process goes wrong: off by an offset, drifting by a share, or jumping."""

    at: Moment
    do: Literal["clock"] = "clock"
    process: str
    offset: Span | None = None
    drift: Annotated[float | None, Field(ge=-1, le=1, allow_inf_nan=False)] = None
    jump: Span | None = None

    @model_validator(mode="after")
    def _one_fault(self) -> ClockAct:
        if sum(fault is not None for fault in (self.offset, self.drift, self.jump)) != 1:
            raise ValueError("a clock action has one of offset, drift and jump; write one of them")
        if any(fault is not None and abs(fault) > _FAR for fault in (self.offset, self.jump)):
            raise ValueError("a clock is off by at most ten years; write a shorter offset or jump")
        return self


DagAction = Backfill | Fix | Deploy | Parse | Trigger | Clear | RunTask | SetState | DeleteRun | Pause | Unpause
Action = Annotated[DagAction | ProcessAct | ClockAct, Field(discriminator="do")]
