"""The proposal, spliced whole, over a complete scope: two schedulers, two backfills, some dates, one crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runline.explorer.explore import explore
from runline.explorer.search import Limits
from runline.model.instants import DAY
from runline.simulator import actions
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import read

SCOPE = Path(__file__).parent / "scopes/two-schedulers-two-backfills.toml"
"""The scope of the review: four dates. Explored by ``runline explore FILE --crashes 1``."""
SECONDS = float(os.environ.get("RUNLINE_SCOPE_SECONDS", "3000"))
"""How long the whole scope may take; minutes are enough."""


def over(dates: int) -> Scenario:
    """The scope over its first dates only, each half of them backfilled by one job."""
    given = read(SCOPE)
    first = next(iter(given.dags.values())).start_date
    now, half = first + dates * DAY, dates // 2
    ranges = [(first, first + (half - 1) * DAY), (first + half * DAY, first + (dates - 1) * DAY)]
    acts = tuple(actions.Backfill.model_validate({"at": now, "from": one, "to": last}) for one, last in ranges)
    clock = given.clock.model_copy(update={"start": now, "end": now})
    return given.model_copy(update={"clock": clock, "actions": acts})


def test_the_file_is_the_scope_of_four_dates() -> None:
    """What is explored over fewer dates is the same, only smaller."""
    assert over(4) == read(SCOPE)


def test_two_dates_and_no_crash() -> None:
    """Everything that is promised holds over every history of two schedulers and two backfills."""
    found = explore(over(2))
    assert found.found.complete
    assert found.unmet() == []


@pytest.mark.nightly
@pytest.mark.parametrize(("dates", "crashes"), [(2, 1), (3, 0), (4, 1), (4, 2)])
def test_more_dates_and_a_crash(dates: int, crashes: int) -> None:
    """Nothing promised breaks, over the whole scope."""
    limits = Limits(max_memory=8 << 30, time_limit=SECONDS)
    found = explore(over(dates), crashes=crashes, limits=limits)
    assert found.unmet() == []
    assert found.found.complete
