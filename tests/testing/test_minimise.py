"""Counterexamples made smaller: the same law breaks, after no more steps, and nothing more can be dropped."""

from __future__ import annotations

from functools import cache

from runline.explorer.explore import Exploration, explore
from runline.explorer.fixed import happen
from runline.explorer.question import explorable
from runline.explorer.search import Limits
from runline.reports.counterexample import as_file
from runline.reports.exploration import dropped
from runline.simulator.scenario_file import parse
from runline.simulator.scenario_writer import write
from runline.testing.minimise import minimised
from tests.explorer.test_races import TWO_BACKFILLS, race

BUSY = """
title = "A busy day"
source = "a thread"
[clock]
start = 2016-01-03T00:00:00Z
end = 2016-01-04T00:00:00Z
[dags.sales]
schedule = "none"
start_date = 2016-01-01T00:00:00Z
max_active_runs = 4
[dags.sales.tasks.extract]
retries = 2
[dags.sales.tasks.load]
upstream = ["extract"]
[dags.other]
schedule = "@once"
start_date = 2016-01-02T00:00:00Z
[dags.other.tasks.only]
[[actions]]
at = 2016-01-03T00:00:00Z
do = "pause"
dag = "other"
[[actions]]
at = 2016-01-03T00:00:00Z
do = "backfill"
dag = "sales"
from = 2016-01-01T00:00:00Z
to = 2016-01-01T00:00:00Z
[[actions]]
at = 2016-01-03T00:00:00Z
do = "backfill"
dag = "sales"
from = 2016-01-02T00:00:00Z
to = 2016-01-02T00:00:00Z
[processes]
schedulers = 2
workers = 3
interleave = "steps"
isolation = "read committed"
"""
"""Two backfills that miss each other, and much that has nothing to do with it."""
LAW = "previous-is-predecessor"


@cache
def found() -> Exploration:
    """Too much to be seen whole; the law breaks somewhere."""
    return explore(
        parse(BUSY), "pr-1431", laws=explorable([LAW]), limits=Limits(10_000, max_depth=10), crashes=1, aborts=1
    )


@cache
def smaller() -> Exploration:
    """What is needed of it."""
    return minimised(found(), found().counterexamples[LAW], max_states=2_000)


def test_what_is_not_needed_is_dropped() -> None:
    """No other DAG, no task but one, no fault, one scheduler, one worker, no day longer; the setting and the source stay."""
    small = smaller().scenario
    assert (smaller().crashes, smaller().aborts) == (0, 0)
    assert [len(dag.tasks) for dag in small.dags.values()] == [1]
    assert [action.do for action in small.actions] == ["backfill", "backfill"]
    assert (small.processes.schedulers, small.processes.workers) == (1, 1)
    assert (small.processes.interleave, small.processes.isolation) == ("steps", "read committed")
    assert small.clock.end == small.clock.start
    assert small.source == "a thread"
    told = dropped(found(), smaller())
    assert told.startswith(
        "left are 1 of 2 DAGs, 1 of 3 tasks, 2 of 3 actions, 1 of 2 schedulers, 0 of 1 crash, 0 of 1 rollback, the time"
    )


def test_the_same_law_breaks_as_soon() -> None:
    """It breaks for good if it did, after no more steps, and from the file of it too."""
    before, after = found().counterexamples[LAW], smaller().counterexamples[LAW]
    assert after.lasting is before.lasting or after.lasting
    assert len(after.moves) <= len(before.moves)
    fixed = parse(as_file(smaller(), after))
    assert (LAW in happen(fixed).broken) is after.lasting
    assert happen(fixed).trace == after.gone.outcome.trace


def test_nothing_is_left_to_be_dropped() -> None:
    """Made smaller once more it stays as it is."""
    again = minimised(smaller(), smaller().counterexamples[LAW], max_states=2_000)
    assert write(again.scenario) == write(smaller().scenario)
    assert dropped(smaller(), again) == "nothing can be left out"


def test_ranges_lose_dates_on_either_side() -> None:
    """Of a range there is left what the counterexample needs."""
    given = race(TWO_BACKFILLS, "read committed")
    text = write(given).replace("from = 2016-01-01T00:00:00Z", "from = 2016-01-01T00:00:00Z\nto = 2016-01-04T00:00:00Z")
    wide = explore(parse(text), "pr-1431", laws=explorable([LAW]))
    small = minimised(wide, wide.counterexamples[LAW]).scenario
    ranges = [(action.from_, action.to) for action in small.actions if action.do == "backfill"]
    assert ranges[0][0] == ranges[0][1]


def test_a_fixed_history_is_as_small_as_it_will_be() -> None:
    """What a scenario fixes is not taken apart."""
    fixed = explore(parse(as_file(smaller(), smaller().counterexamples[LAW])))
    assert minimised(fixed, fixed.counterexamples[LAW]) is fixed


def test_each_try_is_told() -> None:
    """Who asks for a smaller one is told of each exploration."""
    told: list[int] = []
    minimised(smaller(), smaller().counterexamples[LAW], max_states=2_000, told=lambda: told.append(1))
    assert len(told) > 3
