"""What a process may do from where it stands: every outcome of the step before it, choices resolved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runline.model.errors import RunlineError
from runline.model.events import Looked, Raised
from runline.model.steps import Abort, Choose, Commit, Outcome, Step, Wait
from runline.model.view import TimelineView

Way = Commit | Wait | Abort


def ways(outcome: Outcome, timeline: TimelineView) -> Iterator[Way]:
    """All ways to go on: each option of a choice, of those within it too."""
    if isinstance(outcome, Choose):
        for option in outcome.options.values():
            yield from ways(option(timeline), timeline)
    else:
        yield outcome


def stamped(step: Step, at: int) -> Step:
    """A step that begins at an instant; at rest, that is 0, for it does not matter when a process came there."""
    try:
        return _replace(step, at)
    except (AttributeError, TypeError, ValueError):
        raise RunlineError(
            f"{type(step).__name__} has no field `at`", value=str(step), remedy="a named tuple with a field `at`"
        ) from None


def _replace(step: Any, at: int) -> Step:
    replaced: Step = step._replace(at=at)
    return replaced


def only_tells(way: Commit) -> bool:
    """Whether nothing of a commit can change a state, unless a law remembers that it was told."""
    return all(isinstance(event, Looked | Raised) for event in way.events)
