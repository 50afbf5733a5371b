"""What events may let others do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from runline.model.events import (
    DagDeployed,
    Event,
    Looked,
    Raised,
    Refused,
    RunCreated,
    RunDeleted,
    RunOverridden,
    RunTaken,
    TaskCreated,
    TaskDeleted,
    TaskMoved,
)
from runline.model.states import TaskState

_QUEUED, _RUNNING = TaskState.QUEUED, TaskState.RUNNING
CHANGED, CAME_OR_WENT, RAISED = 1, 2, 4
"""What events may let others do, as bits: something; or even make a run of another date. And that an error was met."""
EFFECTS: dict[type, int] = {
    **dict.fromkeys(get_args(Event), CHANGED),
    Looked: 0,
    Raised: RAISED,
    Refused: 0,
    RunCreated: CHANGED | CAME_OR_WENT,
    RunDeleted: CHANGED | CAME_OR_WENT,
    RunOverridden: CHANGED | CAME_OR_WENT,
    RunTaken: CHANGED | CAME_OR_WENT,
    TaskCreated: CHANGED | CAME_OR_WENT,
    TaskDeleted: CHANGED | CAME_OR_WENT,
    DagDeployed: CHANGED | CAME_OR_WENT,
}


def effect_of(event: Event) -> int:
    """What an event like this one may let others do, and whether it tells of an error.

    That an instance is sent, or begins after that, lets nobody do anything.
    """
    if isinstance(event, TaskMoved) and (
        event.after is _QUEUED or (event.after is _RUNNING and event.before is _QUEUED)
    ):
        return 0
    return EFFECTS[type(event)]


def changes_anything(events: Iterable[Event]) -> bool:
    """Whether events let others do anything, so that a transaction under way was overtaken by them."""
    return any(effect_of(event) & CHANGED for event in events)
