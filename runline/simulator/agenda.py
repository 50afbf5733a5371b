"""The agenda: what is to happen, in order of (time, priority, sequence)."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import NamedTuple

from runline.model.instants import Instant


class Rank(NamedTuple):
    """Who goes first at one instant: by priority, then by number, then by place."""

    priority: int
    number: int = 0
    place: int = 0


OPERATOR, WORKER, BACKFILL, SCHEDULER = range(4)
"""Priorities at one instant: the operator's actions, ends of tasks, backfill jobs, schedulers."""


Due = tuple[Instant, Rank, int, Callable[[], None]]
"""Something to be done: at which time of the world, by whose rank, put in as which, and what."""


class Agenda:
    """A heap of what is due; of equals, what was put in first comes first."""

    def __init__(self) -> None:
        self._heap: list[Due] = []
        self._sequence = 0

    def put(self, time: Instant, rank: Rank, act: Callable[[], None]) -> None:
        """Let ``act`` be done at ``time``."""
        self._sequence += 1
        heapq.heappush(self._heap, (time, rank, self._sequence, act))

    def take(self) -> Due | None:
        """What comes next, if anything."""
        return heapq.heappop(self._heap) if self._heap else None

    def take_all_now(self) -> list[Due]:
        """All that is due at the time that comes next, in order; the operator's actions one by one."""
        found: list[Due] = []
        while self._heap and (not found or self._heap[0][0] == found[0][0]):
            found.append(heapq.heappop(self._heap))
            if found[-1][1].priority == OPERATOR:
                for other in found[1:]:
                    heapq.heappush(self._heap, other)
                return found[:1]
        return found

    def put_back(self, dues: list[Due]) -> None:
        """Let these be done after all, as they were due."""
        for due in dues:
            heapq.heappush(self._heap, due)
