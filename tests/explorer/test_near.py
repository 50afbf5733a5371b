"""Where a limit cuts a search off, what is near the start was seen whole, and what breaks there is told by a shortest way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runline.explorer.explore import Exploration, explore
from runline.explorer.near import search_near
from runline.explorer.reductions.reduction import WHOLE
from runline.explorer.reductions.searching import search
from runline.explorer.review import ExploredCase
from runline.explorer.search import Limits, Search
from runline.invariants.verdict import Status
from runline.reports.exploration import as_text
from runline.simulator.review import ScenarioFile
from runline.simulator.scenario_file import read
from tests.explorer.literal import Literal
from tests.explorer.test_search_against_naive import Toy, Walk, fewest, naive, steps, toys
from tests.explorer.test_workers import Counting

FILE = Path(__file__).parents[2] / "scenarios" / "explored" / "two-backfills-of-a-date.toml"


@given(toys(), st.integers(1, 20))
def test_ways_within_what_was_seen_whole_are_the_shortest(toy: Toy, most: int) -> None:
    """Whatever breaks within so many moves is found by a way that can be gone, and nothing that is nearer was missed."""
    found, known = (searched := search(lambda _: Counting(toy), WHOLE, Limits(max_states=most))).found, naive(toy)
    for lasting, counts in ((False, lambda _: True), (True, lambda state: state not in toy.busy)):
        nearest, told = fewest(toy, known, counts), steps(found, "state", lasting)
        assert told is None or (nearest is not None and told >= nearest)
        if nearest is not None and nearest <= found.within:
            assert told == nearest
    for law, way in [*found.lasting.items(), *found.seen.items()]:
        walk = Walk(toy)
        for place in searched.knower(way).path(way):
            walk.do(walk.moves()[place])
        assert walk.broken() if law == "state" else walk.breached == 2


def test_a_shallow_break_is_found_however_deep_the_search_went() -> None:
    """One move from the start a law breaks, in the branch that a search would come to last."""
    deep = Literal({0: [(1, 1), (1, 1_000)], **{state: [(1, state + 1)] for state in range(1_000, 9_000)}}, bad=[1])
    limits = Limits(max_states=400)
    cut = Search(deep, limits).run()
    assert (cut.lasting, cut.within, cut.cut_off) == ({}, 0, True)
    near = search_near(deep, cut, limits)
    assert near is not None
    assert near[0].lasting["sound"].steps == 1
    assert near[0].within > 5
    assert deep.way == [0]


def test_it_takes_no_more_states_than_its_share() -> None:
    """The searches, one move deeper each, have at most a quarter of the states together, and those of the last count."""
    tree = Literal({state: [(1, 2 * state + 1), (1, 2 * state + 2)] for state in range(1 << 12)})
    limits = Limits(max_states=1_000)
    cut = Search(tree, limits).run()
    near = search_near(tree, cut, limits)
    assert near is not None
    assert near[0].within == 6  # 3 + 7 + 15 + 31 + 63 + 127 = 246 states
    assert near[0].distinct_states == 127


def cut_off(most: int, seconds: float | None = None) -> Exploration:
    return explore(read(FILE), "pr-1431", limits=Limits(max_states=most, time_limit=seconds), reductions=())


def test_unknown_comes_with_how_far_all_was_seen() -> None:
    """What did not break stays unknown, and the text says within how many moves it does not."""
    found = cut_off(3_000)
    whole = explore(read(FILE), "pr-1431", limits=Limits(max_depth=found.found.within))
    assert found.found.within > 5
    for law, verdict in whole.verdicts.items():
        told = found.verdicts[law]
        assert (told.seen, told.lasting) == (verdict.seen or told.seen, verdict.lasting or told.lasting)
    assert found.verdicts["no-deadlock"].status is Status.UNKNOWN
    lines = list(as_text(found))
    said = f"all was seen within {found.found.within} moves of the start, what holds beyond is unknown"
    assert f"stopped at 3,000 states: {said}" in lines
    near, beyond = (line for line in lines if line.startswith("unknown"))
    assert near.startswith(f"unknown, but not broken within {found.found.within} moves: ")
    assert "no-deadlock" in near
    assert beyond == "unknown: progress, fairness, atomic-advance"
    assert "single-live-run, the shortest lasting counterexample, 7 steps:" in lines
    assert ExploredCase(ScenarioFile(FILE, "s"), found).said.endswith(f"all seen within {found.found.within} moves")


def test_how_far_does_not_depend_on_time() -> None:
    """The same states give the same, unless a limit of time was asked for; then it keeps within its share of that."""
    first, second = (cut_off(500).found for _ in range(2))
    assert (first.within, first.lasting, first.seen) == (second.within, second.lasting, second.seen)
    assert cut_off(100_000, 1).found.stopped == "1 s"


@pytest.mark.parametrize("depth", [3, 6])
def test_a_bound_of_depth_says_how_far_by_itself(depth: int) -> None:
    """Within the bound all was seen; there is nothing more to search."""
    found = explore(read(FILE), "coherent", limits=Limits(max_depth=depth))
    assert (found.found.within, found.found.stopped) == (depth, f"depth {depth}")
