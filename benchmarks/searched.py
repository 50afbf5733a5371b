"""What the benchmarks print of a search."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol, TypeVar

from runline.explorer.graph import Shortest
from runline.explorer.model import Counted, Move
from runline.explorer.reductions.reduction import WHOLE, Reduced
from runline.explorer.reductions.searching import search
from runline.explorer.search import Limits

_UNIT = 1 if sys.platform == "darwin" else 1024
"""The bytes in which the greatest memory of a process is told."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search saw. Steps to a violation are the fewest, ``None`` where there is none; ``depth`` counts states.

    ``seconds`` are those of the visit to all states, ``verdict_seconds`` those until the shortest ways are known too.
    ``bytes_a_state`` is by how much the memory of this process grew, on the whole: only where that was more than ever before.
    """

    distinct_states: int
    generated: int
    depth: int
    seconds: float
    verdict_seconds: float
    bytes_a_state: int
    passing_violation_steps: int | None
    lasting_violation_steps: int | None


def searched(model_of: Callable[[Reduced], Counted[Move]], reduced: Reduced = WHOLE, workers: int = 1) -> Found:
    """Search a model, all of it, but for what need not be told apart, by so many workers."""
    before, started = _most_memory(), time.perf_counter()
    found = search(model_of, reduced, Limits(), workers=workers).found
    seconds = time.perf_counter() - started
    if found.alone:
        _say(found.alone)
    return Found(
        distinct_states=found.distinct_states,
        generated=found.transitions,
        depth=found.depth,
        seconds=found.seconds,
        verdict_seconds=seconds,
        bytes_a_state=(_most_memory() - before) // found.distinct_states,
        passing_violation_steps=_fewest(found.seen),
        lasting_violation_steps=_fewest(found.lasting),
    )


def _most_memory() -> int:
    """The most bytes that this process has ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT


@cache
def _say(line: str) -> None:
    """Say something once, however often a model is searched."""
    print(line, file=sys.stderr)


def _fewest(ways: dict[str, Shortest]) -> int | None:
    return min((way.steps for way in ways.values()), default=None)


class Timed(Protocol):
    """What took so many seconds."""

    @property
    def seconds(self) -> float:
        """Those of the visit to all states."""


T = TypeVar("T", bound=Timed)


def quickest(explore: Callable[[], T], budget: float = 0.5) -> T:
    """The quickest of as many searches of one model as fit into a budget of seconds, at least one."""
    found = [explore()]
    while sum(each.seconds for each in found) + found[-1].seconds < budget:
        found.append(explore())
    return min(found, key=lambda each: each.seconds)
