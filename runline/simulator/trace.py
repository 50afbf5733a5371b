"""The trace: what happened, step by step. It is the truth of a simulation; all reports derive from it."""

from __future__ import annotations

from typing import NamedTuple

from runline.model.events import Event
from runline.model.instants import Instant


class Entry(NamedTuple):
    """One commit: the world's time, who did it and in which step, and its events.

    ``under_way``: some operation has not ended with it.
    """

    time: Instant
    by: str
    step: str
    events: tuple[Event, ...]
    under_way: bool


class Folded(NamedTuple):
    """An error raised again and again in every loop: how often, from the first time to the last."""

    by: str
    dag: str
    error: str
    rule: str
    times: int
    first: Instant
    last: Instant
