"""The steps of a counterexample in words: who reads, who commits by what, who is overtaken, who dies."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runline.designs.catalog import find_design
from runline.explorer.explore import Exploration, explore
from runline.explorer.fixed import follow, happen
from runline.explorer.history import Explored
from runline.explorer.question import explorable
from runline.reports.exploration import told
from runline.reports.steps import Sort, broken_at, manner_of, rules_told, steps_of, unfinished
from runline.simulator.scenario import History, Scenario
from runline.simulator.scenario_file import read
from tests.explorer.test_histories_are_paths import STEPS, processes
from tests.explorer.test_races import CRASH_BEFORE_RELINKING, SCHEDULER_AND_BACKFILL, explored, race
from tests.simulator.building import act, scenario

ROOT = Path(__file__).parents[2]
LOOK = ("scheduler-1 begins", "scheduler-1 goes on", "scheduler-1 goes on")
CRASH = (
    *(*LOOK, *LOOK, "operator: backfill", "backfill-1 begins", "backfill-1 goes on", "backfill-1 goes on"),
    "backfill-1 dies",
)
"""Two runs are made; a job inserts a third, overrides the first, and dies before it relinks the second."""
EXAMPLE = ROOT / "docs" / "examples" / "two-backfills-at-once.toml"


def gone_along(given: Scenario, *steps: str, design: str = "pr-1431", crashes: int = 0) -> Explored:
    """The history of these steps."""
    history = {design: History(steps=steps, crashes=crashes)}
    outcome = happen(given.model_copy(update={"history": history}), design)
    assert isinstance(outcome, Explored)
    return outcome


def sentences(outcome: Explored) -> list[str]:
    """All that is told, with who and by which rules."""
    return [f"{step.who} {step.sentence} {' '.join(step.rules)}".rstrip() for step in steps_of(outcome)]


def test_a_race_is_told_by_what_was_read() -> None:
    """Who only reads says what it is about to do; who commits by an old reading says since which step it is old."""
    found = explored(SCHEDULER_AND_BACKFILL, "pr-1431", "read committed")
    assert sentences(found.counterexamples["single-live-run"].gone.outcome) == [
        "scheduler-1 reads the runs of sales, and is about to insert a run (scheduled 2016-01-01) behind none; it has "
        "not committed that yet R14",
        "operator asks for a backfill (from 2016-01-01), which backfill-1 is to do",
        "backfill-1 reads the runs of sales, and is about to insert a run (backfill 2016-01-01) behind none and enter "
        "backfill 1 for 2016-01-01; it has not committed that yet R18",
        "scheduler-1 inserts run 1 (scheduled 2016-01-01) behind none R14",
        "scheduler-1 has looked at all runs",
        "backfill-1 inserts run 2 (backfill 2016-01-01) behind none and enters backfill 1 for 2016-01-01, by what it "
        "read at step 3, before step 4 R18",
        "backfill-1 makes load of 2016-01-01 for run 2 L03",
    ]


def test_a_crash_is_told_with_what_it_leaves() -> None:
    """Who dies in the middle of its work does so for good, or begins anew; what it left undone is where the law breaks."""
    outcome = gone_along(race(CRASH_BEFORE_RELINKING, "read committed"), *CRASH, crashes=1)
    steps = steps_of(outcome)
    assert sentences(outcome)[-2:] == [
        "backfill-1 overrides run 1 by run 3 R19",
        "backfill-1 dies where it stands, for good H26",
    ]
    assert (steps[-1].sort, steps[-1].under_way) == (Sort.DIES, False)
    (broken,) = broken_at(outcome, "previous-is-live")
    assert (broken.number, broken.rule, broken.lasts) == (10, "R19", 11)
    assert list(unfinished(steps, manner_of(outcome))) == []


def test_scheduler_comes_back() -> None:
    """A scheduler that dies in the middle of a look has lost what it read, and begins anew."""
    outcome = gone_along(
        race(SCHEDULER_AND_BACKFILL, "read committed"),
        *("scheduler-1 begins", "scheduler-1 dies", "operator: backfill", "backfill-1 begins", "backfill-1 goes on"),
        crashes=1,
    )
    assert sentences(outcome)[1] == "scheduler-1 dies in the middle of its look, and will look anew"
    assert list(unfinished(steps_of(outcome), manner_of(outcome))) == [
        "backfill-1 is in the middle of its work, and about to make load of 2016-01-01 for run 1"
    ]


def test_who_is_overtaken_begins_anew() -> None:
    """Where transactions are kept apart, one whose reading is old cannot commit; that is told, and nothing is written."""
    torn = replace(find_design("coherent"), splice_is_atomic=False)
    given = scenario(act("backfill", "2@01", from_="1", to="1") + processes(**STEPS), first=2, last=3)
    order = (
        "operator: backfill",
        "scheduler-1 begins",
        "backfill-1 begins",
        "backfill-1 goes on",
        "scheduler-1 goes on",
    )
    fixed = given.model_copy(update={"history": {"coherent": History(steps=order)}})
    *_, last = steps_of(follow(fixed, torn, explorable(()), "coherent", ()))
    assert last.sentence == "cannot commit, for what it read at step 2 is no longer so since step 3; it begins anew"
    assert (last.sort, last.taken.events, last.under_way) == (Sort.FAILS, (), True)


def test_everybody_is_told() -> None:
    """The operator's acts, workers, senders and time have sentences of their own."""
    pause, by_hand = act("pause", "3@02"), act("set_state", "3@03", task="load", date="1", state="failed")
    outcome = gone_along(
        scenario(pause + by_hand + processes(**STEPS), first=3, last=4),
        "scheduler-1 begins",
        "scheduler-1 goes on",
        "worker starts load of 2016-01-01 for scheduler-1",
        "time passes to 2016-01-03 02:00",
        "operator: pause",
        "worker ends load of 2016-01-01 for scheduler-1: success",
        "time passes to 2016-01-03 03:00",
        "operator: set_state",
        design="coherent",
    )
    assert sentences(outcome) == [
        "scheduler-1 inserts run 1 (scheduled 2016-01-01) behind none and makes load of 2016-01-01 for run 1 H15",
        "scheduler-1 moves load of 2016-01-01 from none to queued; it hands load of 2016-01-01 to the workers 0.4",
        "a worker starts load of 2016-01-01, which scheduler-1 handed over 0.4",
        "time passes to 2016-01-03 02:00",
        "operator pauses the DAG",
        "a worker ends load of 2016-01-01: success 0.4",
        "time passes to 2016-01-03 03:00",
        "operator sets a state by hand (task load, date 2016-01-01, state failed): moves load of 2016-01-01 from success "
        "to failed H39",
    ]


@given(st.integers(40, 200))
@settings(max_examples=30, deadline=None)
def test_lines_are_as_wide_as_they_may_be(width: int) -> None:
    """Whatever the width, no line is longer unless a single word is, and no word is lost."""
    found = _example()
    lines = list(told(found, found.counterexamples["previous-is-predecessor"], width))
    assert max(map(len, lines)) <= max(width, 60)  # numbers, instants and names keep their columns
    wide = list(told(found, found.counterexamples["previous-is-predecessor"], 10_000))
    assert " ".join(" ".join(lines).split()) == " ".join(" ".join(wide).split())


@cache
def _example() -> Exploration:
    return explore(read(EXAMPLE), laws=explorable(["previous-is-predecessor"]))


def test_rules_are_told_once() -> None:
    """Each rule that a step names is told below, in its own words."""
    outcome = _example().counterexamples["previous-is-predecessor"].gone.outcome
    assert rules_told(outcome) == [
        ("R18", "A backfill job is one run, at the date where it starts; it holds the instances of all its dates.")
    ]


def test_example_is_what_an_exploration_finds() -> None:
    """The example in the documentation is the shortest history that is found where its order is not fixed."""
    given = read(EXAMPLE)
    free = given.model_copy(update={"history": {}})
    found = explore(free, "pr-1431", laws=explorable(["previous-is-predecessor"]))
    way = found.counterexamples["previous-is-predecessor"]
    assert tuple(taken.name for taken in way.gone.taken) == given.history["pr-1431"].steps


@pytest.mark.parametrize("design", ["coherent", "airflow-2016-04"])
def test_no_links_are_told_where_none_are_stored(design: str) -> None:
    """That a run stands behind none is told only of designs that store what stands before a run."""
    outcome = gone_along(race(SCHEDULER_AND_BACKFILL, "read committed"), "scheduler-1 begins", design=design)
    assert ("behind none" in sentences(outcome)[0]) is (design == "coherent")
