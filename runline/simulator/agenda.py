"""The agenda: what is to happen, in order of (time, priority, sequence)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple, TypeVar

from runline.model.instants import Instant

A = TypeVar("A")


class Rank(NamedTuple):
    """Who goes first at one instant: by priority, then by number, then by place."""

    priority: int
    number: int = 0
    place: int = 0


OPERATOR, WORKER, BACKFILL, SCHEDULER = range(4)
"""Priorities at one instant: the operator's actions, ends of tasks, backfill jobs, schedulers."""


Due = tuple[Instant, Rank, int, Callable[[Any], None], Any]
"""Something to be done: at which time of the world, by whose rank, put in as which, what, and with what."""


class Agenda:
    """A heap of what is due; of equals, what was put in first comes first."""

    def __init__(self) -> None:
        self.heap: list[Due] = []
        self.take: Callable[[], Due] = partial(heappop, self.heap)
        """Takes what comes next; there has to be something."""
        self._sequence = count()

    def put(self, time: Instant, rank: Rank, act: Callable[[A], None], what: A) -> None:
        """Let ``act`` be done with ``what`` at ``time``."""
        heappush(self.heap, (time, rank, next(self._sequence), act, what))

    def take_all_now(self) -> list[Due]:
        """All that is due at the time that comes next, in order; the operator's actions one by one."""
        found: list[Due] = []
        while self.heap and (not found or self.heap[0][0] == found[0][0]):
            found.append(heappop(self.heap))
            if found[-1][1].priority == OPERATOR:
                for other in found[1:]:
                    heappush(self.heap, other)
                return found[:1]
        return found

    def put_back(self, dues: list[Due]) -> None:
        """Let these be done after all, as they were due."""
        for due in dues:
            heappush(self.heap, due)
