"""What the benchmarks print of a search."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from runline.explorer.graph import Shortest
from runline.explorer.processes import Processes
from runline.explorer.reductions.reduction import WHOLE, Reduced
from runline.explorer.reductions.searching import search
from runline.explorer.search import Limits
from runline.invariants.monitor import Monitor
from runline.model.steps import Step


@dataclass(frozen=True, slots=True)
class Found:
    """What a search saw. Steps to a violation are the fewest, ``None`` where there is none; ``depth`` counts states.

    ``seconds`` are those of the visit to all states, without the distances that are found afterwards.
    """

    distinct_states: int
    generated: int
    depth: int
    seconds: float
    passing_violation_steps: int | None
    lasting_violation_steps: int | None


def searched(
    model_of: Callable[[], tuple[Monitor, Sequence[Step]]], reduced: Reduced = WHOLE, workers: int = 1
) -> Found:
    """Search the model of a monitor and processes, all of it, but for what need not be told apart, by so many workers."""
    found = search(lambda which: Processes(*model_of(), which), reduced, Limits(), workers=workers).found
    if found.alone:
        _say(found.alone)
    return Found(
        distinct_states=found.distinct_states,
        generated=found.transitions,
        depth=found.depth,
        seconds=found.seconds,
        passing_violation_steps=_fewest(found.seen),
        lasting_violation_steps=_fewest(found.lasting),
    )


@cache
def _say(line: str) -> None:
    """Say something once, however often a model is searched."""
    print(line, file=sys.stderr)


def _fewest(ways: dict[str, Shortest]) -> int | None:
    return min((way.steps for way in ways.values()), default=None)


def quickest(explore: Callable[[], Found], budget: float = 0.5) -> Found:
    """The quickest of as many searches of one model as fit into a budget of seconds, at least one."""
    found = [explore()]
    while sum(each.seconds for each in found) + found[-1].seconds < budget:
        found.append(explore())
    return min(found, key=lambda each: each.seconds)
