from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from croniter import croniter
from hypothesis import given, note, settings
from hypothesis import strategies as st

from runline.model.errors import RunlineError
from runline.model.instants import DAY, HOUR, MINUTE, SECOND, Instant, from_datetime, parse_instant, to_datetime
from runline.model.schedules import (
    PRESETS,
    Cron,
    Delta,
    Interval,
    Once,
    Restriction,
    Schedule,
    Unscheduled,
    date_range,
    next_interval,
    parse_schedule,
)
from runline.model.ticks import ticks_of


def at(text: str) -> Instant:
    """An instant of 2016, unless the text names another year."""
    return parse_instant(text if len(text) >= 10 and text[4] == "-" else f"2016-{text}")


class Case(NamedTuple):
    """A schedule at an instant: the ticks around it, and whether it is one."""

    expression: str
    instant: str
    before: str
    after: str
    tick: bool = False


CASES = [
    Case("0 0 * * *", "01-04T10:00", "01-04", "01-05"),
    Case("0 0 * * *", "01-04", "01-03", "01-05", tick=True),
    Case("0 0 * * *", "01-04T00:00:00.000001", "01-04", "01-05"),
    Case("0 0 * * *", "01-03T23:59:59.999999", "01-03", "01-04"),
    Case("*/5 * * * *", "01-01T00:03", "01-01T00:00", "01-01T00:05"),
    Case("0 */6 * * *", "01-01T18:00", "01-01T12:00", "01-02T00:00", tick=True),
    Case("30 4 * * 1-5", "01-01T05:00", "01-01T04:30", "01-04T04:30"),
    Case("30 4 * * 1-5", "01-02T04:30", "01-01T04:30", "01-04T04:30"),
    Case("0 0 29 2 *", "03-01", "02-29", "2020-02-29"),
    Case("0 0 29 2 *", "02-29", "2012-02-29", "2020-02-29", tick=True),
    Case("0 0 31 * *", "04-15", "03-31", "05-31"),
    Case("15 3 L * *", "02-10", "01-31T03:15", "02-29T03:15"),
    Case("0 0 * * 5#3", "01-16", "01-15", "02-19"),
    Case("0 0 1,15 * 3", "01-07", "01-06", "01-13"),
    Case("0 0 * * 7", "01-04", "01-03", "01-10"),
    Case("0 0 1 jan *", "06-01", "01-01", "2017-01-01"),
    Case("0 0 * * sun", "01-04", "01-03", "01-10"),
    Case("0 0 1 MAR *", "04-01", "03-01", "2017-03-01"),
    Case("0 0 * * THU", "01-08", "01-07", "01-14"),
    Case("@hourly", "01-01T10:30", "01-01T10:00", "01-01T11:00"),
    Case("@daily", "01-01T10:30", "01-01", "01-02"),
    Case("@weekly", "01-06", "01-03", "01-10"),
    Case("@monthly", "01-06", "01-01", "02-01"),
    Case("@quarterly", "02-06", "01-01", "04-01"),
    Case("@yearly", "02-06", "01-01", "2017-01-01"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.expression} at {case.instant}")
def test_ticks_around(case: Case) -> None:
    """The ticks before and after an instant are strictly before and after it; aligned, it is a tick at or after it."""
    schedule, instant = parse_schedule(case.expression), at(case.instant)
    assert schedule.prev_before(instant) == at(case.before)
    assert schedule.next_after(instant) == at(case.after)
    assert schedule.align(instant) == (instant if case.tick else at(case.after))
    assert schedule.is_tick(instant) is case.tick


EXPRESSIONS = sorted(
    {case.expression for case in CASES} | {"* * * * *", "*/7 */9 13 * 5", "0 12 */2 * 1", "0 22 * * 1,3"}
)
instants = st.one_of(
    st.integers(at("2015-12-01"), at("2017-02-01")),
    st.integers(0, 400).map(lambda days: at("2015-12-01") + days * DAY),
    st.integers(0, 10_000).map(lambda hours: at("2015-12-01") + hours * HOUR),
    st.integers(at("1999-01-01"), at("2040-01-01")),
)
expressions = st.sampled_from(EXPRESSIONS)


@given(expressions, st.lists(instants, min_size=1, max_size=4))
@settings(max_examples=50)
def test_ticks_are_croniters(expression: str, asked: list[Instant]) -> None:
    """Whatever was asked before, near or far, the ticks around an instant are those of a new croniter."""
    schedule, text = parse_schedule(expression), PRESETS.get(expression, expression)
    for instant in asked:
        after = croniter(text, to_datetime(instant), ret_type=datetime).get_next()
        before = croniter(text, to_datetime(instant), ret_type=datetime).get_prev()
        assert schedule.next_after(instant) == from_datetime(after)
        assert schedule.prev_before(instant) == from_datetime(before)


deltas = st.sampled_from([Delta(DAY), Delta(6 * HOUR), Delta(MINUTE)])
periodic = st.one_of(expressions.map(parse_schedule), deltas)
schedules = st.one_of(periodic, st.just(Once()))


@given(schedules, instants)
def test_next_and_prev(schedule: Schedule, instant: Instant) -> None:
    """The next is later, the previous earlier, and there is no tick between an instant and its next."""
    after, before = schedule.next_after(instant), schedule.prev_before(instant)
    assert (after is None) == (before is None) == (not schedule.periodic)
    if after is not None and before is not None:
        assert before < instant < after
        back = schedule.prev_before(after)
        assert back is not None
        assert back <= instant
        assert schedule.next_after(back) == after


@given(schedules, instants)
def test_align(schedule: Schedule, instant: Instant) -> None:
    """Aligned, an instant is itself if the previous of its next is itself or nothing follows, else the next (0.4)."""
    after = schedule.next_after(instant)
    expected = instant if after is None or schedule.prev_before(after) == instant else after
    aligned = schedule.align(instant)
    assert aligned == expected
    assert schedule.align(aligned) == aligned
    assert schedule.is_tick(aligned)


@given(periodic, instants, st.integers(0, 3 * DAY))
def test_range(schedule: Schedule, first: Instant, length: int) -> None:
    """A range starts at its first instant itself, goes on by ticks, and leaves out none up to its last (0.4)."""
    last = first + length
    dates = list(date_range(schedule, first, last))
    assert dates[0] == first
    assert [schedule.next_after(date) for date in dates[:-1]] == dates[1:]
    following = schedule.next_after(dates[-1])
    assert following is not None
    assert dates[-1] <= last < following


RANGES = [
    ("0 0 * * *", "01-01", "01-03", ["01-01", "01-02", "01-03"]),
    ("0 0 * * *", "01-01T06:00", "01-03T05:00", ["01-01T06:00", "01-02", "01-03"]),
    ("0 0 * * *", "01-01", "01-01", ["01-01"]),
    (timedelta(hours=12), "01-01T06:00", "01-02T12:00", ["01-01T06:00", "01-01T18:00", "01-02T06:00"]),
    ("@once", "01-01", "01-03", []),
    (None, "01-01", "01-03", []),
]


@pytest.mark.parametrize(("value", "first", "last", "expected"), RANGES)
def test_ranges(value: str | timedelta | None, first: str, last: str, expected: list[str]) -> None:
    """A range of a cron keeps a start off the grid, that of a delta its phase; without a period there is none."""
    assert list(date_range(parse_schedule(value), at(first), at(last))) == [at(date) for date in expected]


PARSED = [
    ("0 0 * * *", Cron("0 0 * * *"), "0 0 * * *", True),
    ("@daily", Cron("0 0 * * *"), "0 0 * * *", True),
    (timedelta(hours=36), Delta(36 * HOUR), "every 1d12h", True),
    ("@once", Once(), "@once", False),
    ("none", Unscheduled(), "none", False),
    ("@none", Unscheduled(), "none", False),
    (None, Unscheduled(), "none", False),
]


@pytest.mark.parametrize(("value", "schedule", "text", "periodic"), PARSED)
def test_parse(value: str | timedelta | None, schedule: Schedule, text: str, periodic: bool) -> None:
    """What a scenario gives is read as a schedule that knows its text and whether it goes on for ever."""
    parsed = parse_schedule(value)
    assert parsed == schedule
    assert (str(parsed), parsed.periodic) == (text, periodic)


PHASES = [
    (Delta(6 * HOUR), "01-01T09:00", "01-01T03:00", True),
    (Delta(6 * HOUR), "01-01T09:00", "01-01T04:00", False),
    (Delta(6 * HOUR), "01-01T09:00", "01-02T03:00", True),
    (Delta(6 * HOUR), "01-01T09:00", None, True),
    (Once(), "01-01", "01-01", True),
    (Once(), "01-02", "01-01", False),
    (Unscheduled(), "01-01", "01-01", False),
    (Cron("0 0 * * *"), "01-02", "01-01T03:00", True),
]


@pytest.mark.parametrize(("schedule", "instant", "phase", "expected"), PHASES)
def test_is_tick_in_a_phase(schedule: Schedule, instant: str, phase: str | None, expected: bool) -> None:
    """A delta is due whole intervals from its phase, once at it, none never; a cron goes by its own grid."""
    assert schedule.is_tick(at(instant), phase=None if phase is None else at(phase)) is expected


ERRORS = [
    ("0 0 * *", "is not a cron expression", "five fields"),
    ("", "is not a cron expression", "five fields"),
    ("every day", "is not a cron expression", "five fields"),
    ("61 0 * * *", "is not a cron expression", "five fields"),
    ("0 0 * * 9", "is not a cron expression", "five fields"),
    ("@fortnightly", "is not a cron expression", "a preset"),
    ("0 0 30 2 *", "names a date that never comes", "a day that the month has"),
    ("0 0 31 4,6,9,11 *", "names a date that never comes", "a day that the month has"),
    ("H 0 * * *", "is hashed or random", "fixed fields"),
    ("0 H(0-7) * * *", "is hashed or random", "fixed fields"),
    ("R R * * *", "is hashed or random", "fixed fields"),
]


@pytest.mark.parametrize(("expression", "message", "remedy"), ERRORS)
def test_bad_expression(expression: str, message: str, remedy: str) -> None:
    """An expression without fixed ticks is an error that names it and says what to write instead."""
    with pytest.raises(RunlineError, match=message) as caught:
        parse_schedule(expression)
    assert caught.value.value == expression
    assert remedy in str(caught.value.remedy)


@given(st.text("0123456789*/,-#LlHhrR? @w_janMON", max_size=14))
def test_any_text_is_a_schedule_or_an_error(text: str) -> None:
    """Whatever text is given, it is a schedule with ticks, or a Runline error; nothing else comes out."""
    try:
        schedule = parse_schedule(text)
    except RunlineError as error:
        note(f"{error}")
    else:
        assert not schedule.periodic or schedule.next_after(at("01-01")) is not None


@pytest.mark.parametrize("every", [0, -DAY])
def test_delta_must_advance(every: int) -> None:
    """An interval that is not positive is an error, also as a timedelta."""
    with pytest.raises(RunlineError, match="never advances") as caught:
        Delta(every)
    assert "positive" in str(caught.value.remedy)
    with pytest.raises(RunlineError, match="never advances"):
        parse_schedule(timedelta(microseconds=every))


def test_range_must_not_end_before_it_starts() -> None:
    """A range whose end lies before its start is an error at once, not when it is read, whatever the schedule."""
    for schedule in (Cron("0 0 * * *"), Once()):
        with pytest.raises(RunlineError, match="ends at 2016-01-01, before it starts at 2016-01-02") as caught:
            date_range(schedule, at("01-02"), at("01-01"))
        assert caught.value.remedy == "an end at or after the start"


def test_ticks_that_end() -> None:
    """Where an expression with years has no tick any more, or none yet, there is no next, or no previous."""
    ticks = ticks_of("0 0 1 1 * 0 2015-2016")
    assert ticks.after(at("2015-06-01")) == at("2016-01-01")
    assert ticks.after(at("2016-06-01")) is None
    assert ticks.before(at("2016-06-01")) == at("2016-01-01")
    assert ticks.before(at("2014-06-01")) is None


NEXT = [
    # earlier run, earliest, latest, catchup, now, the next
    (None, "01-01", None, True, None, "01-01"),
    (None, "01-01T06:00", None, True, None, "01-02"),
    (None, None, None, True, None, None),
    ("01-03", "01-01", None, True, None, "01-04"),
    ("01-03", "01-08", None, True, None, "01-08"),
    ("01-03", "01-01", "01-03", True, None, None),
    ("01-03", "01-01", "01-04", True, None, "01-04"),
    ("01-03", "01-01", None, False, "01-09T06:00", "01-08"),
    ("01-03", "01-01", None, False, "01-09", "01-08"),
    ("01-08", "01-01", None, False, "01-09T06:00", "01-09"),
    (None, "01-12", None, False, "01-09T06:00", "01-12"),
    (None, None, None, False, "01-09T06:00", "01-08"),
]


@pytest.mark.parametrize(("earlier", "earliest", "latest", "catchup", "now", "expected"), NEXT)
def test_next_interval(
    earlier: str | None, earliest: str | None, latest: str | None, catchup: bool, now: str | None, expected: str | None
) -> None:
    """The next interval follows the last one within the bounds; without catchup none before the last closed one."""
    previous, *bounds = (None if text is None else at(text) for text in (earlier, earliest, latest, now))
    restriction = Restriction(bounds[0], bounds[1], catchup, bounds[2])
    found = next_interval(
        Cron("0 0 * * *"), None if previous is None else Interval(previous, previous + DAY), restriction
    )
    assert found == (None if expected is None else Interval(at(expected), at(expected) + DAY))


def test_next_interval_of_once_has_no_length() -> None:
    """A schedule that fires once has one interval, of no length, at its start."""
    once, restriction = Once(), Restriction(earliest=at("01-01"))
    assert next_interval(once, None, restriction) == Interval(at("01-01"), at("01-01"))
    assert next_interval(once, Interval(at("01-01"), at("01-01")), restriction) is None


def test_units() -> None:
    """A minute has sixty seconds, an hour sixty minutes, a day twenty-four hours."""
    assert (MINUTE, HOUR, DAY) == (60 * SECOND, 3_600 * SECOND, 86_400 * SECOND)
