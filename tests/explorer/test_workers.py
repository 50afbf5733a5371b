"""Searches that several workers share, held against those of one: nothing that is found may differ."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from benchmarks import chain
from runline.designs.design import Design
from runline.explorer import sharing
from runline.explorer.explore import explorable, explore
from runline.explorer.processes import Processes
from runline.explorer.record import Rows
from runline.explorer.reductions.applicable import reduced
from runline.explorer.reductions.reduction import ALL, WHOLE, Reduced, Reduction
from runline.explorer.search import Limits, Progress, Search
from runline.explorer.sharing import SharedSearch, Table, Task, Worker, alone
from runline.explorer.world import World
from runline.invariants.monitor import Monitor
from runline.invariants.runs import single_live_run
from runline.model.errors import RunlineError
from runline.model.timeline import Timeline
from runline.reports.exploration import as_dict, as_text
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import read
from tests.conftest import PROFILE
from tests.explorer.small_worlds import small_worlds
from tests.explorer.test_reductions import LAWS, Faults, designs, faulty, is_guarded, is_small

FEW = 25 if PROFILE == "normal" else 150
RACE = Path("scenarios/seed/two-schedulers-step-by-step.toml")
NOT_ALIKE = ALL - {Reduction.ALIKE_PROCESSES}


def chained(dates: int, backfills: int, most: int) -> Processes:
    """The chain as a model."""
    scope = chain.Scope(dates, most)
    pick = chain.Pick(scope, tuple(range(1, dates + 1)))
    return Processes(Monitor(Timeline(), [single_live_run]), [chain.Read(scope), *[pick] * backfills])


def seen(search: Search[Any]) -> tuple[Any, ...]:
    """All that a search knows in the end: numbers and moves of all states, what is broken, ways, counts."""
    found, model = search.run(), search.model
    graph, start = found.graph, model.fingerprint
    ways = {(law, way.lasting): search.path(way) for each in (found.lasting, found.seen) for law, way in each.items()}
    assert model.fingerprint == start
    return (
        list(graph.number_of.items()),
        (graph.sources, graph.targets, graph.passing, graph.lasting, graph.breaches, graph.movers, graph.goals),
        (found.distinct_states, found.transitions, found.depth, found.stopped, found.lasting, found.seen, ways),
    )


def both(model_of: Any, limits: Limits, workers: int = 2, *, follows: bool = False) -> SharedSearch[Any]:
    """A search that was shared, when it has been held against one that was not."""
    one, several = model_of(), model_of()
    shared: SharedSearch[Any] = SharedSearch(several, limits, None, several if follows else None, workers=workers)
    assert seen(shared) == seen(Search(one, limits, None, one if follows else None))
    assert several.counts == one.counts
    if follows:
        assert [list(each.items()) for each in (several.coming.places, several.coming.known, several.coming.sets)] == [
            list(each.items()) for each in (one.coming.places, one.coming.known, one.coming.sets)
        ]
    return shared


@given(small_worlds(), designs, faulty, st.booleans(), st.booleans(), st.integers(2, 3))
@settings(max_examples=FEW)
def test_shared_search_finds_what_one_worker_finds(
    drawn: Scenario, design: Design, faults: Faults, whole: bool, follows: bool, workers: int
) -> None:
    """Numbers, moves, what is broken, shortest ways, counts: all is equal, with and without reductions."""
    assume(is_small(drawn, design, faults))
    wanted = frozenset[Reduction]() if whole else NOT_ALIKE
    what, _ = reduced(drawn, design, LAWS, wanted, guarded=is_guarded(faults))
    shared = both(lambda: World(drawn, design, LAWS, reduced=what, **faults), Limits(), workers, follows=follows)
    assert shared.asked == 0


@given(small_worlds(), designs, faulty, st.integers(1, 300))
@settings(max_examples=FEW)
def test_states_at_a_limit_are_those_of_one_worker(
    drawn: Scenario, design: Design, faults: Faults, most: int
) -> None:
    """Where the states are too many it ends after the same moves, with the same found and counted."""
    both(lambda: World(drawn, design, LAWS, **faults), Limits(max_states=most))
