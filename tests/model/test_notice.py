"""What events may let others do."""

from __future__ import annotations

from typing import get_args

import pytest

from runline.model.events import Event, TaskMoved
from runline.model.notice import EFFECTS, changes_anything
from runline.model.records import TaskKey
from runline.model.states import TaskState

KEY = TaskKey("sales", "load", 0)


def test_the_effect_of_every_kind_of_event_is_known() -> None:
    """No event is overlooked, whatever is added to the model."""
    assert set(EFFECTS) == set(get_args(Event))


@pytest.mark.parametrize("before", TaskState)
@pytest.mark.parametrize("after", TaskState)
def test_only_that_an_instance_is_sent_or_begins_then_lets_nobody_do_anything(
    before: TaskState, after: TaskState
) -> None:
    """An instance that goes into the queue, or from there to a worker, changes nothing for others."""
    nothing = after is TaskState.QUEUED or (before, after) == (TaskState.QUEUED, TaskState.RUNNING)
    assert changes_anything([TaskMoved(KEY, before, after, (), 0, "scheduler-1", "0.4")]) is not nothing
