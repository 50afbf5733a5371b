"""The same scenario at another place of the calendar: on the nights on which schedulers have been wrong before.

A scenario is moved by whole days of its zone, so that the day in its middle, between the first start date and the end of
the clock, becomes the one before such a night. All its instants move along, each keeping its time of day on the wall: those
of the clock, the DAGs and the actions.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from runline.model.errors import RunlineError, nearest
from runline.model.instants import Instant, format_instant, from_datetime, parse_instant, to_datetime
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_checks import check
from runline.simulator.trace_file import as_data
from runline.simulator.zones import find_zone

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_A_YEAR = 366


def _month_end(day: date, zone: ZoneInfo) -> date:
    """The last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def _leap_day(day: date, zone: ZoneInfo) -> date:
    """The 29th of February of this year, or of the next that has one."""
    return next(date(year, 2, 29) for year in count(day.year) if isleap(year))


def _year_end(day: date, zone: ZoneInfo) -> date:
    """The last day of the year."""
    return date(day.year, 12, 31)


def _clocks_forward(day: date, zone: ZoneInfo) -> date | None:
    """The day before the next on which the clocks of the zone are put forward."""
    return next((before for before, by in _changes(day, zone) if by > timedelta(0)), None)


def _clocks_back(day: date, zone: ZoneInfo) -> date | None:
    """The day before the next on which the clocks of the zone are put back."""
    return next((before for before, by in _changes(day, zone) if by < timedelta(0)), None)


def _changes(day: date, zone: ZoneInfo) -> Iterator[tuple[date, timedelta]]:
    """The days, within a year, after which a day is shorter or longer, and by how much the clocks are changed then."""
    for number in range(_A_YEAR):
        before = day + timedelta(days=number)
        first, last = (_offset(before + timedelta(days=days), zone) for days in (1, 2))
        if first != last:
            yield before, last - first


def _offset(day: date, zone: ZoneInfo) -> timedelta:
    offset = datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()
    assert offset is not None
    return offset


NIGHTS: dict[str, Callable[[date, ZoneInfo], date | None]] = {
    "month-end": _month_end,
    "leap-day": _leap_day,
    "year-end": _year_end,
    "clocks-forward": _clocks_forward,
    "clocks-back": _clocks_back,
}
"""What the day in the middle of a scenario may become, by name; none where the zone has no such night."""


def at_night(scenario: Scenario, name: str) -> Scenario:
    """The scenario so moved that the day in its middle is the one before that night.

    What it expects of single runs is left out, since their dates are others; which laws break is kept. Raises
    :class:`RunlineError` for a night that is not known, and for a change of clocks where no DAG has a zone with one.
    """
    find = NIGHTS.get(name)
    if find is None:
        raise RunlineError(f"there is no night {name!r}", value=name, remedy=nearest(name, NIGHTS))
    if scenario.history:
        raise RunlineError(
            "a scenario that fixes a history cannot be moved, since its steps name dates",
            key="history",
            value=name,
            remedy="the scenario without its [history]",
        )
    middle = (_first(scenario) + scenario.clock.end) // 2
    for zone in [find_zone(dag.timezone) for dag in scenario.dags.values()]:
        day = to_datetime(middle).astimezone(zone).date()
        found = find(day, zone)
        if found is not None:
            return _moved(scenario, name, found - day, zone)
    raise RunlineError(
        "no DAG of the scenario has a zone whose clocks change",
        key="dags",
        value=name,
        remedy='timezone = "Europe/Berlin" for a DAG, say, or another night',
    )


def _first(scenario: Scenario) -> Instant:
    """Where the timeline of a scenario begins: at the first start date, or where the clock starts."""
    return min(
        [scenario.clock.start, *(dag.start_date for dag in scenario.dags.values() if dag.start_date is not None)]
    )


def _moved(scenario: Scenario, name: str, by: timedelta, zone: ZoneInfo) -> Scenario:
    data = as_data(scenario)
    data["title"] = f"{scenario.title}, {name}"
    data["expect"] = {
        design: {"breaks": list(expect.breaks), "passes": list(expect.passes)}
        for design, expect in scenario.expect.items()
    }
    return check(Scenario.model_validate(_walk(data, by, zone)))


def _walk(value: Any, by: timedelta, zone: ZoneInfo) -> Any:
    if isinstance(value, dict):
        return {key: _walk(each, by, zone) for key, each in value.items()}
    if isinstance(value, list):
        return [_walk(each, by, zone) for each in value]
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        on_the_wall = to_datetime(parse_instant(value)).astimezone(zone).replace(tzinfo=None) + by
        return format_instant(from_datetime(on_the_wall.replace(tzinfo=zone).astimezone(UTC)))
    return value
