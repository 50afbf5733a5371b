"""What is kept of timelines and laws is what the monitor says of them, however much of it is forgotten in between."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runline.designs.catalog import find_design
from runline.explorer import course
from runline.explorer.search import Limits, Search
from runline.explorer.world import World
from runline.invariants.laws import LAWS
from runline.invariants.stuck import no_deadlock
from runline.simulator.scenario import Scenario
from tests.explorer.small_worlds import DESIGNS, small_worlds
from tests.explorer.walking import reached

ALL = (*LAWS.values(), no_deadlock)
MOST = Limits(max_states=150)
worlds = settings(max_examples=25, deadline=None)


def world_of(given_scenario: Scenario, design: str) -> World:
    return World(given_scenario, find_design(design), ALL, crashes=1)


def searched(world: World) -> tuple[Any, ...]:
    """All states and moves that a search finds, and how often each law had anything to say."""
    graph = Search(world, MOST).run().graph
    return (
        list(graph.numbers),
        graph.sources,
        graph.targets,
        graph.passing,
        graph.lasting,
        graph.breaches,
        world.counts,
    )


@given(small_worlds(), st.sampled_from(DESIGNS))
@worlds
def test_what_is_known_is_what_the_monitor_says(drawn: Scenario, design: str) -> None:
    """Of each state, the fingerprints of the timeline and of what laws remember, the time, and the laws that are broken."""
    world = world_of(drawn, design)
    for place, _ in zip(range(300), reached(world), strict=False):
        if place % 3 == 0:
            known, monitor = world.course.known, world.monitor
            assert (known.timeline, known.memory) == (monitor.timeline.fingerprint, monitor.fingerprint)
            assert (known.read.now, known.broken) == (monitor.timeline.now, monitor.broken_bits())


class Watched(World):
    """A world whose monitor goes along with each move, and whose counts are asked for after each."""

    def do(self, move: Any) -> int:
        """Let a move happen."""
        fingerprint = super().do(move)
        assert self.monitor.applied >= 0
        assert self.counts
        return fingerprint


@given(small_worlds(), st.sampled_from(DESIGNS))
@worlds
def test_a_monitor_that_lags_behind_changes_nothing(drawn: Scenario, design: str) -> None:
    """States, moves, what is broken and counts are those of a world in which the monitor goes along with each move."""
    watched = Watched(drawn, find_design(design), ALL, crashes=1)
    assert searched(world_of(drawn, design)) == searched(watched)


@given(small_worlds(), st.sampled_from(DESIGNS), st.integers(1, 8))
@worlds
def test_forgetting_changes_nothing(drawn: Scenario, design: str, kept: int) -> None:
    """States, moves, what is broken and counts are the same if hardly anything is kept."""
    wanted = searched(world_of(drawn, design))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "_KEPT", kept)
        assert searched(world_of(drawn, design)) == wanted
