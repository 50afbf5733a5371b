"""What an action of a scenario asks of a design."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runline.designs.commands import Act, BackfillRequest, Clear, DeleteRun, RunTask, SetState, Trigger
from runline.designs.design import Design
from runline.model.instants import Instant
from runline.model.steps import Commit
from runline.simulator import actions

Asked = actions.Trigger | actions.Clear | actions.RunTask | actions.SetState | actions.DeleteRun
"""The actions that one rule of the design answers at once."""


def request_of(action: actions.Backfill, dag: str, number: int) -> BackfillRequest:
    """The backfill that is asked for, as the job of that number."""
    return BackfillRequest(
        dag=dag,
        number=number,
        first=action.from_,
        last=action.to,
        tasks=action.tasks,
        ignore_first=action.ignore_first_depends_on_past,
        rerun=action.rerun,
        backwards=action.run_backwards,
    )


def command_of(design: Design, action: Asked, dag: str, at: Instant) -> tuple[Callable[..., Commit], Act]:
    """The rule of the design that answers, and the command that it is given."""
    found: tuple[Any, Act]
    if isinstance(action, actions.Trigger):
        found = design.trigger, Trigger(dag, at, action.date, action.run_id)
    elif isinstance(action, actions.Clear):
        found = design.clear, Clear(dag, at, action.from_, action.to, action.tasks)
    elif isinstance(action, actions.RunTask):
        found = design.run_task, RunTask(dag, at, action.task, action.date)
    elif isinstance(action, actions.SetState):
        found = design.set_state, SetState(dag, at, action.task, action.date, action.state)
    else:
        found = design.delete_run, DeleteRun(dag, at, action.date)
    return found
