"""The search for the smallest scenario: it finds what there is, makes it small, and always the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings

from runline.designs.catalog import find_design
from runline.designs.quirks import QUIRKS, with_quirks
from runline.invariants.laws import find_all_laws
from runline.model.instants import DAY
from runline.simulator.divergence import comes_apart, compare
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import parse
from runline.simulator.scenario_writer import write
from runline.simulator.simulate import simulate
from runline.testing.find import MOST_ACTS, apart, findings, generated, only_one_breaks, smallest
from runline.testing.shrink import as_data, read, simplest, size
from runline.testing.small import small
from runline.testing.strategies import scenarios

OLD = "airflow-2016-04"
ALWAYS = ("no-past", "first-for-previous", "delete-only", "clear-revives", "clear-too-far")
"""Slips that are looked for in every run of the tests; each search takes seconds."""


def test_the_smallest_in_which_two_designs_come_apart() -> None:
    """One DAG of one task that starts off its schedule: nothing has to be done to see the difference."""
    found = smallest(apart("coherent", OLD))
    assert found is not None
    assert found.actions == ()
    (dag,) = found.dags.values()
    assert (len(dag.tasks), str(dag.schedule), dag.start_date % DAY != 0) == (1, "0 0 * * *", True)
    assert found.clock.end - found.clock.start == DAY
    assert compare(found, "coherent", OLD, laws=()).divergence is not None


def test_none_is_found_of_what_never_is() -> None:
    """A design does not come apart from itself, so the search ends with nothing."""
    assert smallest(apart("coherent", "coherent"), max_examples=60) is None


@pytest.mark.parametrize(
    "quirk", [pytest.param(quirk, marks=() if quirk in ALWAYS else pytest.mark.nightly) for quirk in QUIRKS]
)
def test_every_slip_has_a_small_scenario(quirk: str) -> None:
    """For each slip in a rule a scenario of at most two acts breaks its law for good, which the design itself keeps."""
    options = {"depends_on_past": "task"} if quirk == "no-downstream" else {}
    design, law = find_design("coherent", options), QUIRKS[quirk].law
    found = findings(with_quirks(design, [quirk]), law)
    assert found is not None
    assert len(found.actions) <= 2 <= MOST_ACTS
    assert len(found.dags) == 1
    assert law not in simulate(found, design, laws=find_all_laws([law])).broken


def test_only_one_of_two_breaks_the_law() -> None:
    """What is found for a law tells two designs apart by just that law."""
    found = smallest(only_one_breaks("coherent", OLD, "run-state-agrees"))
    assert found is not None
    laws = find_all_laws(["run-state-agrees"])
    assert [simulate(found, design, laws=laws).broken for design in ("coherent", OLD)] == [[], ["run-state-agrees"]]


@given(scenarios(max_acts=3))
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
def test_what_is_made_simpler_stays_what_it_was(given: Scenario) -> None:
    """Of the simpler one the same is true; it is not larger, and cannot be made simpler once more."""

    def makes_runs(scenario: Scenario) -> bool:
        return any(simulate(scenario, laws=()).timeline.runs())

    if makes_runs(given):
        simpler = simplest(given, makes_runs)
        assert makes_runs(simpler)
        assert size(as_data(simpler)) <= size(as_data(given))
        assert simplest(simpler, makes_runs) == simpler
        assert parse(write(simpler)) == simpler


def test_what_is_made_simpler_keeps_what_it_is_about() -> None:
    """Acts, tasks and keys that do not matter go; what matters stays."""
    text = """
title = "much"
[clock]
start = 2016-01-01T00:00:00Z
end = 2016-01-08T00:00:00Z
[dags.sales]
schedule = "30 3 * * 1-5"
start_date = 2016-01-01T05:00:00Z
[dags.sales.tasks.extract]
retries = 2
[dags.sales.tasks.load]
upstream = ["extract"]
[[actions]]
at = 2016-01-05T06:17:00Z
do = "fix"
task = "load"
[[actions]]
at = 2016-01-05T07:17:00Z
do = "delete_run"
date = 2016-01-04T03:30:00Z
"""
    found = simplest(parse(text), lambda scenario: any(act.do == "delete_run" for act in scenario.actions))
    assert [act.do for act in found.actions] == ["delete_run"]
    assert list(found.dags["sales"].tasks) == ["extract"]
    assert found.dags["sales"].tasks["extract"].retries == 0
    assert str(found.dags["sales"].schedule) == "0 0 * * *"
    assert found.actions[0].at == found.clock.start


@pytest.mark.parametrize("acts", range(3))
def test_small_world_can_be_read(acts: int) -> None:
    """Every scenario of the small world is well formed, has so many acts, and no two are the same."""
    texts = [write(scenario) for data in small(acts) if (scenario := read(data)) is not None]
    assert len(texts) == len(set(texts)) == len(list(small(acts)))
    assert all(text.count("[[actions]]") == acts for text in texts)


_PROGRAM = """
from runline.simulator.scenario_writer import write
from runline.testing.find import apart, findings, generated, smallest
from runline.designs.catalog import find_design
from runline.designs.quirks import with_quirks
import hashlib
slip = with_quirks(find_design("coherent"), ["delete-only"])
found = [smallest(apart("coherent", "airflow-2016-04")), findings(slip, "previous-is-live")]
texts = [write(each) for each in (*found, *generated(20, 0, 0, 3))]
print(hashlib.sha256("".join(texts).encode()).hexdigest())
"""


def test_same_bytes_whatever_the_hash_seed_and_what_else_is_loaded() -> None:
    """What is generated and what is found depends on nothing but the seed."""
    digests = set()
    for hash_seed in ("0", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True, env=env)
        digests.add(done.stdout.strip())
    slip = with_quirks(find_design("coherent"), ["delete-only"])
    found = [smallest(apart("coherent", OLD)), findings(slip, "previous-is-live")]
    here = [write(each) for each in (*found, *generated(20, 0, 0, 3)) if each is not None]
    digests.add(hashlib.sha256("".join(here).encode()).hexdigest())
    assert len(digests) == 1


def test_another_seed_is_another_search() -> None:
    """The seed decides what is generated."""
    first, second = ([write(each) for each in generated(5, seed, 1, 2)] for seed in (0, 1))
    assert first != second


def test_importing_the_search_does_not_import_hypothesis() -> None:
    """Hypothesis is heavy, and only a search that goes on needs it."""
    code = "import sys, runline.testing.find; print('hypothesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_found_scenario_survives_its_file() -> None:
    """What is found still shows the difference when it is read from its file."""
    found = smallest(apart("coherent", OLD))
    assert found is not None
    assert comes_apart(parse(write(found)), "coherent", OLD)
