"""What tells states apart is just what may still come of them: whichever way is gone first, the same follows from each."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runline.designs.catalog import find_design
from runline.explorer.explore import explore
from runline.explorer.world import World
from runline.invariants.laws import LAWS
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import read
from tests.explorer.small_worlds import DESIGNS, small_worlds

RACED = Path(__file__).parents[2] / "scenarios" / "explored" / "scheduler-and-backfill.toml"


def graph_of(world: World, *, backwards: bool, most: int | None = None) -> dict[int, set[int]]:
    """To which states the moves of each lead, gone depth first, from the first move or from the last, to so many states.

    A world keeps what it was asked once, so each way is gone in a world of its own.
    """
    graph: dict[int, set[int]] = {}
    stack = [world.moves()[:: 1 if backwards else -1]]
    ways = [graph.setdefault(world.fingerprint, set())]
    while stack and (most is None or len(graph) < most):
        if not stack[-1]:
            del stack[-1], ways[-1]
            if stack:
                world.undo()
            continue
        state = world.do(stack[-1].pop())
        ways[-1].add(state)
        if state in graph:
            world.undo()
        else:
            ways.append(graph.setdefault(state, set()))
            stack.append(world.moves()[:: 1 if backwards else -1])
    for unfinished in ways:
        unfinished.clear()
    return graph


def both(scenario: Scenario, design: str, most: int | None = None, crashes: int = 0) -> list[dict[int, set[int]]]:
    """What is found either way."""
    worlds = (World(scenario, find_design(design), tuple(LAWS.values()), crashes=crashes) for _ in range(2))
    return [
        graph_of(world, backwards=backwards, most=most) for world, backwards in zip(worlds, (False, True), strict=True)
    ]


@given(small_worlds(), st.sampled_from(DESIGNS))
@settings(max_examples=50)
def test_what_follows_a_state_does_not_depend_on_the_way_to_it(drawn: Scenario, design: str) -> None:
    """A state to which one comes either way leads to the same states."""
    one, other = both(drawn, design, most=300, crashes=1)
    common = [state for state, follow in one.items() if follow and other.get(state)]
    assert [one[state] for state in common] == [other[state] for state in common]


@pytest.mark.parametrize("design", DESIGNS)
def test_a_race_is_the_same_from_all_sides(design: str) -> None:
    """So it is of all states where a scheduler comes in between the steps of a backfill, and the other way round."""
    one, other = both(read(RACED), design)
    assert one == other


def test_workers_see_as_many_states_of_a_race() -> None:
    """Whoever comes to a state first, there are as many of them, and as many moves."""
    found = [explore(read(RACED), "pr-1431", workers=workers).found for workers in (1, 2, 3)]
    assert len({(each.distinct_states, each.transitions) for each in found}) == 1
