"""What events may let others do."""

from __future__ import annotations

from collections.abc import Iterable

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
NONE, CHANGED, CAME_OR_WENT = range(3)
"""What an event may let others do: nothing; something; or even make a run of another date."""
EFFECTS: dict[type, int] = {
    Looked: NONE,
    Raised: NONE,
    Refused: NONE,
    RunCreated: CAME_OR_WENT,
    RunDeleted: CAME_OR_WENT,
    RunOverridden: CAME_OR_WENT,
    RunTaken: CAME_OR_WENT,
    TaskCreated: CAME_OR_WENT,
    TaskDeleted: CAME_OR_WENT,
    DagDeployed: CAME_OR_WENT,
}


def unnoticed(before: TaskState, after: TaskState) -> bool:
    """Whether a move of an instance lets nobody do anything: it is sent, or begins after that."""
    return after is _QUEUED or (after is _RUNNING and before is _QUEUED)


def changes_anything(events: Iterable[Event]) -> bool:
    """Whether events let others do anything, so that a transaction under way was overtaken by them."""
    return any(
        not unnoticed(event.before, event.after)
        if isinstance(event, TaskMoved)
        else EFFECTS.get(type(event), CHANGED) is not NONE
        for event in events
    )
