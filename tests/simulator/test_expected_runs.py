"""What a scenario expects of the runs at its end, and when that is unmet."""

from __future__ import annotations

import pytest

from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import parse
from runline.simulator.simulate import simulate
from runline.simulator.trace_file import as_data

STORY = """
title = "Three days, the second of which is backfilled"
[clock]
start = 2016-01-04T01:00:00Z
end = 2016-01-04T12:00:00Z
[dags.d]
schedule = "@daily"
start_date = 2016-01-01T00:00:00Z
[dags.d.tasks.t]
[[actions]]
at = 2016-01-04T06:00:00Z
do = "backfill"
from = 2016-01-02T00:00:00Z
to = 2016-01-02T00:00:00Z
[expect.coherent]
"""
FIRST = '{ date = 2016-01-01, kind = "scheduled", state = "success", previous = "none" }'
OVERRIDDEN = '{ date = 2016-01-02, kind = "scheduled", state = "overridden" }'
BACKFILLED = '{ date = 2016-01-02, kind = "backfill", state = "success", previous = 2016-01-01 }'
THIRD = '{ date = 2016-01-03, kind = "scheduled", state = "success", previous = 2016-01-02 }'


def _outcome(*lines: str) -> Outcome:
    return simulate(parse(STORY + "\n".join(lines)), "coherent")


def _unmet(*runs: str, only: bool = True) -> list[str]:
    return _outcome(f"runs = [{', '.join(runs)}]", f"only_these = {str(only).lower()}").unmet()


def test_all_runs_that_there_are() -> None:
    """Where all runs are listed, and there are no others, all is as expected, whatever their order."""
    assert _unmet(FIRST, OVERRIDDEN, BACKFILLED, THIRD) == []
    assert _unmet(THIRD, BACKFILLED, OVERRIDDEN, FIRST) == []


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ((FIRST, OVERRIDDEN, BACKFILLED), "no other run of d at 2016-01-03 (none listed); there: scheduled success"),
        ((FIRST, BACKFILLED, THIRD), "no other run of d at 2016-01-02 (1 listed); there: scheduled overridden"),
        ((), "no other run of d at 2016-01-01 (none listed); there: scheduled success, previous none"),
        ((FIRST, "{ date = 2016-01-02 }", THIRD), "no other run of d at 2016-01-02 (1 listed)"),
    ],
)
def test_run_that_is_not_listed(runs: tuple[str, ...], said: str) -> None:
    """With only_these a run that is not listed is unmet; without, it does not matter."""
    assert any(said in line for line in _unmet(*runs))
    assert _unmet(*runs, only=False) == []


def test_run_that_is_listed_but_not_there() -> None:
    """A run that is listed must be there, also if no others may be."""
    (line,) = _unmet(FIRST, OVERRIDDEN, BACKFILLED, THIRD, '{ date = 2016-01-09, kind = "manual" }')
    assert line == "expected a run of d at 2016-01-09 (kind manual); there: none"


@pytest.mark.parametrize(
    ("run", "met"),
    [
        ('{ date = 2016-01-01, previous = "none" }', True),
        ("{ date = 2016-01-01 }", True),
        ("{ date = 2016-01-01, previous = 2015-12-31 }", False),
        ('{ date = 2016-01-03, previous = "none" }', False),
        ("{ date = 2016-01-03, previous = 2016-01-02 }", True),
    ],
)
def test_previous(run: str, met: bool) -> None:
    """``previous = "none"`` says that a run has no previous run; a date says which; nothing says nothing."""
    unmet = _unmet(run, only=False)
    assert (unmet == []) is met
    if not met:
        assert ("previous none" in unmet[0]) is (run.endswith('"none" }') or "2016-01-01" in run)


def test_previous_goes_through_json() -> None:
    """A scenario that says "none" of a previous run says so still after it was written as JSON and read again."""
    scenario = parse(f"{STORY}\nruns = [{FIRST}, {THIRD}, {{ date = 2016-01-02 }}]")
    again = Scenario.model_validate(as_data(scenario))
    assert again == scenario
    assert [run.previous for run in again.expect["coherent"].runs] == [
        run.previous for run in scenario.expect["coherent"].runs
    ]
    assert again.expect["coherent"].runs[0].previous == "none"
    assert again.expect["coherent"].runs[2].previous is None
