"""Fuzzing: what is generated reaches far, is the same for the same seed, and what is found breaks the law it is said to."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from runline.designs.catalog import find_design
from runline.designs.quirks import QUIRKS
from runline.invariants.laws import find_all_laws
from runline.model.instants import DAY
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import parse, read
from runline.simulator.scenario_writer import write
from runline.simulator.simulate import simulate
from runline.testing import fuzz as fuzzing
from runline.testing.find import drawn
from runline.testing.fuzz import Found, Fuzz, Limits
from runline.testing.shrink import as_data
from runline.testing.shrink import read as read_data
from runline.testing.wide import varied, wide_scenarios

SEED_FILES = Path(__file__).parents[2] / "scenarios" / "seed"
KINDS = {
    *("backfill", "fix", "deploy", "trigger", "clear", "run_task", "set_state", "delete_run", "pause", "unpause"),
    *("crash", "kill", "restart", "clock"),
}
DELETED = """
title = "the first run is deleted"
[clock]
start = 2016-01-01T00:00:00Z
end = 2016-01-08T00:00:00Z
[dags.sales]
schedule = "@daily"
start_date = 2016-01-01T00:00:00Z
[dags.sales.tasks.load]
[[actions]]
at = 2016-01-05T06:00:00Z
do = "delete_run"
date = 2016-01-01T00:00:00Z
"""
OPTIONS = {"depends_on_past": ("run", "task")}


def _found(fuzz: Fuzz, histories: int) -> list[Found]:
    return list(fuzz.run(Limits(histories)))


def _digest(fuzz: Fuzz, histories: int) -> str:
    """What identifies all that came of it."""
    told = [f"{each.law} {each.history} {write(each.scenario)}" for each in _found(fuzz, histories)]
    told.append(str(sorted(fuzz.exercised.items())))
    return hashlib.sha256("".join(told).encode()).hexdigest()


# ------------------------------------------------------------------------- what is generated


@pytest.fixture(scope="module")
def wide() -> list[Scenario]:
    """Wide histories, as they are tried: those that can be read from a file."""
    drawn_ones = islice(drawn(wide_scenarios(8, 2, design="coherent", options=OPTIONS), "test", 4096), 110)
    return [scenario for each in drawn_ones if (scenario := read_data(as_data(each))) is not None]


def test_wide_histories_reach_beyond_a_week_of_one_dag(wide: list[Scenario]) -> None:
    """Several DAGs, weeks, schedulers, workers, heartbeats, steps, options and lucks are all among them."""
    assert {len(scenario.dags) for scenario in wide} == {1, 2, 3}
    assert {(scenario.clock.end - scenario.clock.start) // (7 * DAY) for scenario in wide} == {1, 2, 3}
    assert {scenario.processes.schedulers for scenario in wide} == {1, 2, 3}
    assert {scenario.processes.interleave for scenario in wide} == {"atomic", "steps"}
    assert {scenario.designs.get("coherent", {}).get("depends_on_past") for scenario in wide} == {"run", "task"}
    tasks = [task for scenario in wide for dag in scenario.dags.values() for task in dag.tasks.values()]
    assert {task.retries for task in tasks} >= {0, 1, 2, 3}
    assert any(task.fails_on == "sometimes" for task in tasks)
    assert any(isinstance(task.duration, tuple) for task in tasks)


def test_wide_histories_have_all_that_may_be_done(wide: list[Scenario]) -> None:
    """Each kind of act is among them, clocks of backfills and intervals go wrong and change too; few cannot be read."""
    done = [action for scenario in wide for action in scenario.actions]
    assert {action.do for action in done} == KINDS
    assert any(action.do == "clock" and action.process.startswith("backfill") for action in done)
    assert any(action.do == "deploy" and action.schedule is not None for action in done)
    assert len(wide) > 80


def test_wide_histories_survive_their_file(wide: list[Scenario]) -> None:
    """What is tried reads the same from the file that is made of it."""
    assert all(parse(write(scenario)) == scenario for scenario in wide)


@pytest.mark.parametrize(
    "name", ["row-15-failed-day-repaired", "clock-of-a-scheduler-ahead", "row-27-two-backfills-at-once"]
)
def test_of_a_scenario_that_is_given_all_but_its_acts_is_kept(name: str) -> None:
    """DAGs, clock, processes and options stay; acts are left out, moved, done again, and new ones are done."""
    given = read(SEED_FILES / f"{name}.toml")
    others = list(islice(drawn(varied(given), "test", 4096), 60))
    for kept in ("dags", "clock", "processes", "designs"):
        assert all(getattr(other, kept) == getattr(given, kept) for other in others)
    assert all(other.expect == {} for other in others)
    own = Counter(action in given.actions for other in others for action in other.actions)
    assert own[True] > 20
    assert own[False] > 60
    assert any(given.actions[0] not in other.actions for other in others)


# ------------------------------------------------------------------------------ what is found


@pytest.mark.parametrize("quirk", ["no-past", "clear-too-far", "no-end"])
def test_a_slip_is_found_and_made_small(quirk: str) -> None:
    """The law that sees it breaks in a scenario of at most two acts and one DAG; without the slip it is kept there."""
    law = QUIRKS[quirk].law
    fuzz = Fuzz("coherent", (quirk,), (law,))
    (found,) = _found(fuzz, 200)
    assert (found.law, found.history) == (law, fuzz.histories)
    assert len(found.scenario.actions) <= 2
    assert len(found.scenario.dags) == 1
    assert law in fuzz.outcome(found.scenario).broken
    assert law not in simulate(found.scenario, "coherent").broken


def test_each_law_is_found_once_and_in_a_scenario_of_its_own() -> None:
    """All that are broken are found, in the order in which they break, and each breaks in the scenario that is told."""
    laws = ("single-live-run", "one-first-run", "previous-is-live")
    fuzz = Fuzz("coherent", ("delete-only",), laws, given=parse(DELETED))
    found = _found(fuzz, 3)
    assert [each.law for each in found] == ["previous-is-live", "one-first-run"]
    assert all(each.law in fuzz.outcome(each.scenario).broken for each in found)


def test_only_promises_are_sought_unless_laws_are_named() -> None:
    """A law that a design gives up is no finding, though it breaks; it is one where it is named."""
    assert "catchup-window" not in find_design("coherent").promises
    assert _found(Fuzz("coherent"), 10) == []
    (found,) = _found(Fuzz("coherent", laws=("catchup-window",)), 100)
    assert found.law in simulate(found.scenario, "coherent").broken


def test_a_scenario_that_is_given_comes_first() -> None:
    """Where the scenario itself breaks the law, that is history 1."""
    given = read(SEED_FILES / "row-02-start-not-aligned.toml")
    (found,) = _found(Fuzz("airflow-2016-04", laws=("start-aligned",), given=given), 10)
    assert found.history == 1


def test_how_often_laws_are_exercised_is_counted() -> None:
    """The counts are those of the histories, one by one: here, of the only one."""
    given = read(SEED_FILES / "row-15-failed-day-repaired.toml")
    fuzz = Fuzz("coherent", given=given)
    assert _found(fuzz, 1) == []
    verdicts = simulate(given, "coherent").verdicts
    assert fuzz.exercised == {law.id: verdicts[law.id].exercised for law in fuzz.sought}
    assert fuzz.exercised["depends-on-past"] > 0 == fuzz.exercised["crash-containment"]
    assert fuzz.exercised_in["depends-on-past"] == 1


# ---------------------------------------------------------------------------- when it ends


def test_it_ends_when_every_law_is_broken() -> None:
    """Nothing is left to look for then, and the search was complete."""
    fuzz = Fuzz("coherent", ("too-early",), ("period-closed",))
    assert len(_found(fuzz, 100)) == 1
    assert fuzz.histories < 100
    assert fuzz.complete


def test_it_ends_when_time_is_over() -> None:
    """No history is begun then, and the search was not complete."""
    fuzz = Fuzz("coherent")
    assert list(fuzz.run(Limits(100, 1e-9))) == []
    assert (fuzz.histories, fuzz.complete) == (0, False)


def test_a_history_that_is_too_long_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a history breaks that was cut short is not told, since it may have been mended; that it was cut is counted."""
    monkeypatch.setattr(fuzzing, "MOST_EVENTS", 2)
    fuzz = Fuzz("coherent", ("too-early",), ("period-closed",))
    assert _found(fuzz, 5) == []
    assert fuzz.cut_short > 0


# -------------------------------------------------------------------------------- the same


def _too_early() -> Fuzz:
    """A slip that soon shows, and laws of which it breaks one only, so that the search goes on."""
    return Fuzz("coherent", ("too-early",), ("period-closed", "crash-containment"))


_PROGRAM = """
from tests.testing.test_fuzz import _digest, _too_early
print(_digest(_too_early(), 10))
"""


def test_same_result_whatever_the_hash_seed_and_what_else_is_loaded() -> None:
    """What is tried and found depends on seed and number alone."""
    env = {**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == _digest(_too_early(), 10)


def test_more_histories_begin_with_those_of_fewer() -> None:
    """What is found among few is found among more, in the same history and as the same scenario."""
    few, more = (_found(_too_early(), histories) for histories in (6, 12))
    assert few == more[: len(few)] != []


def test_another_seed_is_another_search() -> None:
    """The seed decides which histories are tried."""
    exercised = []
    for seed in (0, 1):
        fuzz = Fuzz("coherent", seed=seed)
        assert _found(fuzz, 5) == []
        exercised.append(fuzz.exercised)
    assert exercised[0] != exercised[1]


def test_laws_of_an_unknown_name_are_refused() -> None:
    """As everywhere: the nearest is offered."""
    with pytest.raises(Exception, match="no law 'no-gaps'"):
        Fuzz("coherent", laws=("no-gaps",))
    assert [law.id for law in Fuzz("coherent", laws=("no-gap",)).sought] == [
        law.id for law in find_all_laws(["no-gap"])
    ]
