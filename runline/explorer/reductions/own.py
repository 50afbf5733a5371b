"""Steps of a process that concern nobody else: they may come first, alone.

A step under way that reads nothing of the timeline and writes nothing into it goes on the same whatever others do, and
nothing that others do depends on it, time included. Whatever can happen before it can happen after it, and leads to the
same state; what is broken in between is broken after it, too, and lasts only where it is done. So every law that is
broken in some history is broken in one in which such steps come first. These histories may be longer: a shortest one is
found by a search without this reduction, as deep as what was found (:mod:`runline.explorer.reductions.searching`).
"""

from __future__ import annotations

from typing import Any, NoReturn

from runline.explorer.reductions.runs import Unread, as_read, only_writes
from runline.model.steps import Commit, Step, at_rest
from runline.model.view import TimelineView

_MOST = 100
"""Of more steps in a row that read and write nothing none is taken first: there may be no end of them."""


class _ReadError(Exception):
    """Something was read."""


class _Nothing:
    """Stands for a timeline of which nothing can be read."""

    def __getattr__(self, name: str) -> NoReturn:
        raise _ReadError


_NOTHING: Any = _Nothing()


def concerns_nobody(step: Step | None, timeline: TimelineView, unread: Unread) -> bool:
    """Whether a step under way concerns nobody but its process; not where such steps might follow each other for ever."""
    for place in range(_MOST):
        if step is None or at_rest(step):
            return place > 0
        said = _said(step, timeline, unread)
        if said is None:
            return place > 0
        step = said.then
    return False


def _said(step: Step, timeline: TimelineView, unread: Unread) -> Commit | None:
    """What a step does that reads and writes nothing that anybody reads; ``None`` if it is no such step."""
    if only_writes(type(step), unread):
        outcome = step(timeline)
    else:
        try:
            outcome = step(_NOTHING)
        except _ReadError:
            return None
    if type(outcome) is not Commit or outcome.sends or outcome.held:
        return None
    return None if as_read(outcome.events, unread, timeline) else outcome
