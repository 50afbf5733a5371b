"""`runline ticks`: what a schedule will do, what a change of it will do, and what it says of what it cannot use."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runline.cli.main import BAD_INPUT, OK, run
from runline.model.instants import DAY, HOUR, parse_instant
from runline.model.schedules import parse_schedule
from runline.simulator.forecast import change_of, planned_runs, read_schedule

Told = pytest.CaptureFixture[str]


def _told(capsys: Told, *arguments: str) -> dict[str, Any]:
    assert run(["ticks", *arguments, "--json"]) == OK
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    return value


def _dates(told: dict[str, Any]) -> list[str]:
    return [each["execution_date"] for each in told["runs"]]


def test_daily_runs_are_made_when_their_day_is_over(capsys: Told) -> None:
    """The run of a day is made at the end of that day; ten runs are told, from 2016 on, if nothing is said."""
    told = _told(capsys, "@daily")
    assert told["schedule"] == {
        "given": "@daily",
        "meaning": "0 0 * * *",
        "zone": "UTC",
        "from": "2016-01-01T00:00:00Z",
    }
    assert len(told["runs"]) == 10
    assert told["runs"][:2] == [
        {"execution_date": "2016-01-01T00:00:00Z", "interval_end": "2016-01-02T00:00:00Z", "gap": None},
        {"execution_date": "2016-01-02T00:00:00Z", "interval_end": "2016-01-03T00:00:00Z", "gap": "1d"},
    ]
    assert told["change"] is None


@pytest.mark.parametrize(
    ("arguments", "dates"),
    [
        (("0 3 * * 1", "--count", "2"), ["2016-01-04T03:00:00Z", "2016-01-11T03:00:00Z"]),
        (("@daily", "--from", "2016-05-01T12:00", "--count", "1"), ["2016-05-02T00:00:00Z"]),
        (("every 6h", "--count", "2"), ["2016-01-01T00:00:00Z", "2016-01-01T06:00:00Z"]),
        (("every 6h", "--start", "2015-12-31T01:30", "--count", "1"), ["2016-01-01T01:30:00Z"]),
        (("@daily", "--start", "2016-03-01T05:00", "--count", "1"), ["2016-03-02T00:00:00Z"]),
        (("@once",), ["2016-01-01T00:00:00Z"]),
        (("@once", "--start", "2016-02-01"), ["2016-02-01T00:00:00Z"]),
        (("@once", "--start", "2015-02-01"), []),
        (("none",), []),
    ],
)
def test_dates_of_a_schedule(arguments: tuple[str, ...], dates: list[str], capsys: Told) -> None:
    """Cron names its dates, a distance counts from the start date, @once is due at the start date, none never."""
    assert _dates(_told(capsys, *arguments)) == dates


def test_gaps_are_as_long_as_months(capsys: Told) -> None:
    """The gap is the distance to the date before."""
    assert [each["gap"] for each in _told(capsys, "@monthly", "--count", "3")["runs"]] == [None, "31d", "29d"]


def test_wall_times_stand_beside(capsys: Told) -> None:
    """Under another zone the wall times there are told too; the dates are still those of UTC, and that is said."""
    arguments = ("30 2 * * *", "--zone", "Europe/Berlin", "--from", "2016-03-26T00:00:00Z", "--count", "2")
    (before, after) = _told(capsys, *arguments)["runs"]
    assert before["execution_date"] == "2016-03-26T02:30:00Z"
    assert before["local_date"] == "2016-03-26T03:30:00+01:00"
    assert after["local_date"] == "2016-03-27T04:30:00+02:00"
    assert run(["ticks", *arguments]) == OK
    text = capsys.readouterr().out
    assert "dates are reckoned in UTC, the only zone that the designs know so far" in text
    assert "2016-03-27 04:30:00 CEST" in text


def test_table(capsys: Told) -> None:
    """As text the runs are a table, after what gives the schedule its meaning."""
    assert run(["ticks", "@daily", "--count", "2"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "@daily (0 0 * * *), from 2016-01-01 on"
    assert "croniter" in lines[1]
    assert [line.split() for line in lines[3:]] == [["2016-01-01", "2016-01-02"], ["2016-01-02", "2016-01-03", "1d"]]


CHANGES = {
    ("@daily", "every 6h"): ("2016-01-31T00:00:00Z", "2016-01-31T06:00:00Z", None, ("2016-01-31T06:00:00Z", "18h")),
    ("@daily", "0 6 * * *"): ("2016-01-31T00:00:00Z", "2016-01-31T06:00:00Z", None, ("2016-01-31T06:00:00Z", "18h")),
    ("every 6h", "@daily"): ("2016-02-01T06:00:00Z", "2016-02-02T00:00:00Z", ("2016-02-01T12:00:00Z", "12h"), None),
    ("@daily", "@daily"): ("2016-01-31T00:00:00Z", "2016-02-01T00:00:00Z", None, None),
    ("@daily", "none"): ("2016-01-31T00:00:00Z", None, None, None),
    ("@daily", "@once"): ("2016-01-31T00:00:00Z", None, None, None),
    ("none", "@daily"): (None, "2016-01-01T00:00:00Z", None, None),
}


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_change(old: str, new: str, capsys: Told) -> None:
    """The new schedule goes on from the last date of the old one: what lies between is a hole, or covered twice."""
    last, first, hole, overlap = CHANGES[old, new]
    change = _told(capsys, old, "--change", new, "--at", "2016-02-01T13:00")["change"]
    assert (change["last_of_old"] or {}).get("execution_date") == last
    assert (change["first_of_new"] or {}).get("execution_date") == first
    for found, wanted in ((change["hole"], hole), (change["overlap"], overlap)):
        assert (None if found is None else (found["from"], found["length"])) == wanted
    if first is not None:
        assert "H11" in change["first_of_new"]["rules"]


def test_change_in_words(capsys: Told) -> None:
    """As text a change is told in sentences: the last run of the old schedule, the first of the new, what lies between."""
    assert run(["ticks", "every 6h", "--change", "@daily", "--at", "2016-02-01T13:00"]) == OK
    told = capsys.readouterr().out
    assert "changed to @daily at 2016-02-01 13:00, simulated under coherent:" in told
    assert "The last run of the old schedule is that of 2016-02-01 06:00, which covers the time until" in told
    assert "The first run of the new schedule is that of 2016-02-02, which covers the time until 2016-02-03" in told
    assert "A hole: from 2016-02-01 12:00 to 2016-02-02 (12h) is covered by no run." in told


def test_change_before_the_start(capsys: Told) -> None:
    """A change before the DAG starts leaves nothing of the old schedule: the new one begins at the start date."""
    change = _told(capsys, "@daily", "--change", "@hourly", "--at", "2015-06-01")["change"]
    assert change["last_of_old"] is None
    assert change["first_of_new"]["execution_date"] == "2016-01-01T00:00:00Z"
    assert change["hole"] is change["overlap"] is None


SCHEDULES = st.sampled_from(["@daily", "@hourly", "@weekly", "30 4 * * 1", "0 */5 * * *", "every 6h", "every 37m"])
START = parse_instant("2016-01-01")


@given(old=SCHEDULES, new=SCHEDULES, hours=st.integers(min_value=1, max_value=2000))
def test_change_follows_the_last_date_by_the_new_schedule(old: str, new: str, hours: int) -> None:
    """Far from the start as near it, the first new date is the next after the last old one (H11), and it is told when."""
    at = START + hours * HOUR
    change = change_of(read_schedule(old, "old"), read_schedule(new, "new"), at, START)
    assert change.new is not None
    assert change.new.made >= at
    if change.old is None:
        return
    schedule = read_schedule(new, "new")
    assert change.new.interval.start == schedule.next_after(change.old.interval.start)
    assert change.old.interval.end <= change.old.made < at
    planned = planned_runs(read_schedule(old, "old"), START, change.old.interval.start, 2)
    assert planned[0].interval == change.old.interval
    assert planned[1].interval.end >= at


@given(days=st.integers(min_value=0, max_value=400), count=st.integers(min_value=1, max_value=20))
def test_runs_told_follow_one_another(days: int, count: int) -> None:
    """Each run told begins where the one before ends, and the gap is the distance of their dates."""
    runs = planned_runs(parse_schedule("15 3 * * *"), START, START + days * DAY, count)
    assert len(runs) == count
    for before, after in pairwise(runs):
        assert before.interval.end == after.interval.start
        assert after.gap == after.interval.start - before.interval.start


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["@dayly"], ("EXPR", "did you mean '@daily'?")),
        (["every morning"], ("EXPR", "'morning' is not a duration", "5m, 6h, 1d")),
        (["every 0h"], ("EXPR", "never advances", "a positive interval")),
        (["every 99999999999999w"], ("EXPR",)),
        (["0 0 31 2 *"], ("EXPR", "names a date that never comes", "a day that the month has")),
        (["0 0 * *"], ("EXPR", "is not a cron expression", "'@daily'")),
        (["@daily", "--zone", "Europe/Berln"], ("--zone", "did you mean 'Europe/Berlin'?")),
        (["@daily", "--zone", "../zones"], ("--zone", "no zone '../zones'")),
        (["@daily", "--zone", "Europe"], ("--zone", "no zone 'Europe'")),
        (["@daily", "--from", "soon"], ("--from", "'soon' is not an instant", "ISO 8601")),
        (["@daily", "--from", "2016-02-30"], ("--from", "'2016-02-30' is not an instant")),
        (["@daily", "--from", "9999-01-01"], ("--from", "outside the calendar", "a year from 1900 to 2200")),
        (["@daily", "--start", "2016-13-01"], ("--start", "is not an instant")),
        (
            ["@daily", "--zone", "Europe/Berlin", "--from", "2016-01-01"],
            ("--from", "2016-01-01 has no zone, but --zone is Europe/Berlin", "with its offset"),
        ),
        (["@daily", "--count", "0"], ("--count", "0 runs cannot be told", "from 1 to")),
        (["@daily", "--count", "-3"], ("--count", "-3 runs cannot be told")),
        (["@daily", "--count", "1000000000"], ("--count", "from 1 to 100000")),
        (["@daily", "--count", "many"], ("--count", "'many'")),
        (["every 5200w", "--count", "30"], ("--count", "before the calendar of Runline ends", "an earlier --from")),
        (["@daily", "--change", "@hourly"], ("--change says nothing without --at",)),
        (["@daily", "--at", "2016-01-01"], ("--at says nothing without --change",)),
        (["@daily", "--change", "@hurly", "--at", "2016-02-01"], ("--change", "did you mean '@hourly'?")),
        (["@daily", "--change", "@hourly", "--at", "noon"], ("--at", "'noon' is not an instant")),
        (["@daily", "--change", "@yearly", "--at", "2199-06-01"], ("calendar",)),
    ],
)  # fmt: skip
def test_what_it_cannot_use(arguments: list[str], words: tuple[str, ...], capsys: Told) -> None:
    """What cannot be used is refused: which word of the command line, why, and what to write instead."""
    assert run(["ticks", *arguments]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    assert "fault of Runline" not in told.err
    for word in (*words, "instead: "):
        assert word in told.err
    assert run(["ticks", *arguments, "--json"]) == BAD_INPUT
    assert json.loads(capsys.readouterr().out)["error"]["message"]
