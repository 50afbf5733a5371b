"""What events may let others do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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


def effect_of(events: Iterable[Any]) -> int:
    """What events may let others do. That an instance is sent, or begins after that, lets nobody do anything."""
    most = NONE
    for event in events:
        kind = type(event)
        if kind is TaskMoved:
            after = event.after
            if after is _QUEUED or (after is _RUNNING and event.before is _QUEUED):
                continue
        effect = EFFECTS.get(kind, CHANGED)
        if effect > most:
            most = effect
    return most


def changes_anything(events: Iterable[Event]) -> bool:
    """Whether events let others do anything, so that a transaction under way was overtaken by them."""
    return effect_of(events) is not NONE
