"""Calendar as a choice: an edit of the schedule at whatever instant, across month ends, leap days and the year's end."""

from __future__ import annotations

import pytest

from runline.designs.catalog import find_design
from runline.explorer.explore import explore
from runline.explorer.world import World
from runline.model.events import DagDeployed, RunCreated
from runline.model.instants import short_instant
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import parse
from tests.explorer.walking import happened

EDITS = {
    "a month's end": ("2016-01-30", "2016-02-01", "@daily", "0 0 31 * *"),
    "monthly becomes daily": ("2016-01-31", "2016-02-02", "@monthly", "@daily"),
    "a leap day": ("2016-02-28", "2016-03-01", "@daily", "0 0 29 2 *"),
    "a leap day that there is not": ("2015-02-27", "2015-03-01", "@daily", "0 0 28 * *"),
    "the year's end": ("2015-12-31", "2016-01-02", "@daily", "@yearly"),
}
"""From which day to which, and from which schedule to which."""


def edited(name: str, backfill: bool = False) -> Scenario:
    """The schedule is edited at any instant from the first day on; with ``backfill`` the first day is run again."""
    start, end, before, after = EDITS[name]
    again = f'[[actions]]\nat = {start}T00:00:00Z\ndo = "backfill"\nfrom = {start}T00:00:00Z\nto = {start}T00:00:00Z\n'
    return parse(
        f'title = "{name}"\n[clock]\nstart = {start}T00:00:00Z\nend = {end}T00:00:00Z\n'
        f'[dags.sales]\nschedule = "{before}"\nstart_date = {start}T00:00:00Z\n[dags.sales.tasks.load]\n'
        f'[[actions]]\nat = {start}T00:00:00Z\ndo = "deploy"\nschedule = "{after}"\n'
        + (again if backfill else "")
        + '[processes]\nworkers = 1\ninterleave = "steps"\n'
    )


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_breaks_no_promise_whenever_it_comes(name: str) -> None:
    """Before, between and after the ticks of either schedule: the proposal keeps what it promises."""
    for backfill in (False, True):
        found = explore(edited(name, backfill))
        assert found.found.complete
        assert set(found.broken) & found.design.promises == set()
        assert found.verdicts["on-schedule"].exercised > 0


def test_the_instant_of_an_edit_is_a_choice() -> None:
    """It comes at each instant at which something else becomes due, from the one that the scenario names on."""
    world = World(edited("a leap day"), find_design("coherent"), ())
    edits = [told for told in happened(world) if any(isinstance(event, DagDeployed) for event in told.events)]
    assert {short_instant(told.at) for told in edits} == {"2016-02-28", "2016-02-29", "2016-03-01"}


@pytest.mark.parametrize(
    ("name", "dates"),
    [
        ("a leap day", {"2016-02-28", "2016-02-29"}),
        ("a leap day that there is not", {"2015-02-27", "2015-02-28"}),
        ("a month's end", {"2016-01-30", "2016-01-31"}),
    ],
)
def test_a_month_ends_when_it_ends(name: str, dates: set[str]) -> None:
    """A run is made of each day that has ended by the calendar, the 29th of February in leap years only."""
    world = World(edited(name), find_design("coherent"), ())
    created = (event for told in happened(world) for event in told.events if isinstance(event, RunCreated))
    assert {short_instant(event.record.date) for event in created} == dates
