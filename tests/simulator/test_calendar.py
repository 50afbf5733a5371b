"""A scenario at another place of the calendar: the same but for where it lies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from runline.model.errors import RunlineError
from runline.model.instants import DAY, HOUR, from_datetime, to_datetime
from runline.simulator.calendar import NIGHTS, at_night
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import parse
from runline.simulator.simulate import simulate
from runline.simulator.zones import find_zone
from runline.testing.strategies import scenarios
from tests.simulator.building import scenario

UTC_NIGHTS = ("month-end", "leap-day", "year-end")


def midnight(year: int, month: int, day: int) -> int:
    """An instant."""
    return from_datetime(datetime(year, month, day, tzinfo=UTC))


def in_berlin(schedule: str = "0 2 * * *") -> Scenario:
    """Five days of a DAG by the clocks of Berlin."""
    return parse(
        f"""
title = "Berlin"
[clock]
start = 2016-01-02T01:00:00+01:00
end = 2016-01-05T23:00:00+01:00
heartbeat = "1h"
[dags.sales]
schedule = "{schedule}"
timezone = "Europe/Berlin"
start_date = 2016-01-01T00:00:00+01:00
[dags.sales.tasks.load]
"""
    )


@pytest.mark.parametrize(
    ("night", "start"),
    [
        ("month-end", midnight(2016, 1, 29)),
        ("leap-day", midnight(2016, 2, 27)),
        ("year-end", midnight(2016, 12, 29)),
    ],
)
def test_the_middle_of_the_scenario_becomes_the_day_before_that_night(night: str, start: int) -> None:
    """From the 1st to the 5th the 3rd is in the middle; it becomes the last day, and the start date lies two before it."""
    moved = at_night(scenario(), night)
    assert moved.dags["sales"].start_date == start
    assert moved.clock.end - moved.clock.start == scenario().clock.end - scenario().clock.start


def test_the_next_leap_day_is_found_from_any_year() -> None:
    """After the leap day of a year it is that of four years later, and of eight about the end of a century."""
    far = at_night(at_night(scenario(), "leap-day"), "year-end")
    assert to_datetime(at_night(far, "leap-day").clock.end).year in (2016, 2020)
    assert NIGHTS["leap-day"](datetime(2097, 1, 1, tzinfo=UTC).date(), find_zone("UTC")) == datetime(2104, 2, 29).date()


@pytest.mark.parametrize(("night", "month", "hours"), [("clocks-forward", 3, 23), ("clocks-back", 10, 25)])
def test_a_day_that_is_shorter_or_longer_lies_in_the_middle(night: str, month: int, hours: int) -> None:
    """Times of day on the wall are kept, so that the clock runs for an hour less or more."""
    moved = at_night(in_berlin(), night)
    assert moved.clock.end - moved.clock.start == 3 * DAY + 22 * HOUR + (hours - 24) * HOUR
    assert to_datetime(moved.clock.start).month == month
    berlin = find_zone("Europe/Berlin")
    assert {to_datetime(at).astimezone(berlin).hour for at in (moved.clock.start, moved.clock.end)} == {1, 23}


def test_a_zone_without_such_a_night_is_an_error_that_says_what_to_write() -> None:
    """UTC knows no change of clocks."""
    with pytest.raises(RunlineError, match="no DAG of the scenario has a zone whose clocks change") as caught:
        at_night(scenario(), "clocks-back")
    assert "timezone" in str(caught.value)


def test_an_unknown_night_is_an_error_that_offers_the_nearest() -> None:
    """A slip in the name is told."""
    with pytest.raises(RunlineError, match="no night 'leapday'") as caught:
        at_night(scenario(), "leapday")
    assert "leap-day" in str(caught.value)


def test_what_is_expected_of_single_runs_is_left_out() -> None:
    """Their dates are others; which laws break is kept."""
    more = '[expect.coherent]\nbreaks = ["no-gap"]\nruns = [{ date = 2016-01-01T00:00:00Z, kind = "scheduled" }]\n'
    moved = at_night(scenario(more), "leap-day").expect["coherent"]
    assert (moved.breaks, moved.runs) == (("no-gap",), ())


@given(scenarios(), st.sampled_from(UTC_NIGHTS))
def test_in_utc_a_daily_history_is_the_same_wherever_it_lies(given: Scenario, night: str) -> None:
    """A schedule that names no day of the month or week, and no zone, makes the same runs, only of other dates."""
    assume("1-5" not in repr(given))
    moved = at_night(given, night)
    by = moved.clock.start - given.clock.start
    here, there = (simulate(each, "coherent", laws=[]) for each in (given, moved))
    assert [(run.date + by, run.kind, run.state) for run in here.timeline.runs()] == [
        (run.date, run.kind, run.state) for run in there.timeline.runs()
    ]


def test_what_is_due_on_a_leap_day_only_is_seen_there() -> None:
    """The period from the 28th to the 29th of February closes on that night, and on none of January."""
    given = scenario(schedule="0 0 28,29 2 *")
    assert [len(list(simulate(each, "coherent").timeline.runs())) for each in (given, at_night(given, "leap-day"))] == [
        0,
        1,
    ]


def test_the_title_says_which_night() -> None:
    """So that whoever reads the result knows."""
    assert at_night(scenario(), "leap-day").title == "a test, leap-day"


def test_a_fixed_history_cannot_be_moved() -> None:
    """Its steps are named by dates."""
    fixed = '[history.coherent]\nsteps = ["time passes to 2016-01-02 02:00"]\n'
    with pytest.raises(RunlineError, match="cannot be moved"):
        at_night(scenario(fixed), "leap-day")
