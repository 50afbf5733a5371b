from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runline.model.errors import RunlineError
from runline.model.instants import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Duration,
    Instant,
    format_duration,
    format_instant,
    from_datetime,
    parse_duration,
    parse_instant,
    short_instant,
    to_datetime,
)

instants = st.integers(
    from_datetime(datetime(1901, 1, 1, tzinfo=UTC)), from_datetime(datetime(2199, 12, 31, tzinfo=UTC))
)


@given(instants)
def test_datetime_and_back(instant: Instant) -> None:
    """An instant and the aware datetime of it are one and the same, to the microsecond."""
    assert from_datetime(to_datetime(instant)) == instant
    assert to_datetime(instant).utcoffset() == timedelta(0)


@given(instants)
def test_text_and_back(instant: Instant) -> None:
    """An instant is read back from its text."""
    assert parse_instant(format_instant(instant)) == instant


@given(instants, st.integers(-14 * 60, 14 * 60))
def test_zones_do_not_matter(instant: Instant, minutes: int) -> None:
    """The same moment told in any zone is the same instant."""
    moment = to_datetime(instant).astimezone(timezone(timedelta(minutes=minutes)))
    assert from_datetime(moment) == parse_instant(moment.isoformat()) == instant


TEXTS = [
    ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z", "1970-01-01"),
    ("1970-01-01", 0, "1970-01-01T00:00:00Z", "1970-01-01"),
    ("1970-01-02T00:01", DAY + MINUTE, "1970-01-02T00:01:00Z", "1970-01-02 00:01"),
    ("1970-01-02T00:01+01:00", DAY + MINUTE - HOUR, "1970-01-01T23:01:00Z", "1970-01-01 23:01"),
    ("1970-01-01T00:00:01.5Z", 3 * SECOND // 2, "1970-01-01T00:00:01.5Z", "1970-01-01 00:00:01"),
    ("1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z", "1969-12-31 23:59:59"),
    ("2016-02-29T12:00:00Z", 16_860 * DAY + 12 * HOUR, "2016-02-29T12:00:00Z", "2016-02-29 12:00"),
]


@pytest.mark.parametrize(("text", "instant", "full", "short"), TEXTS)
def test_texts(text: str, instant: Instant, full: str, short: str) -> None:
    """Text without a zone is UTC; a fraction is written only where there is one, the time only where it is not midnight."""
    assert parse_instant(text) == instant
    assert format_instant(instant) == full
    assert short_instant(instant) == short


@pytest.mark.parametrize("text", ["", "yesterday", "2016-13-01", "2016-02-30", "12:00", "2016-01-01T25:00"])
def test_no_instant(text: str) -> None:
    """Text that is no instant is an error that repeats it and shows one that is."""
    with pytest.raises(RunlineError, match="is not an instant") as caught:
        parse_instant(text)
    assert caught.value.value == text
    assert "2016-01-02T00:00:00Z" in str(caught.value.remedy)


def test_naive_datetime_names_no_instant() -> None:
    """A datetime without a zone is refused, with the zone that may have been meant."""
    with pytest.raises(RunlineError, match="has no zone") as caught:
        from_datetime(datetime(2016, 1, 1))
    assert caught.value.remedy == "2016-01-01T00:00:00Z for UTC"


@given(st.integers(-400 * DAY, 400 * DAY))
def test_duration_and_back(duration: Duration) -> None:
    """A duration is read back from its text."""
    assert parse_duration(format_duration(duration)) == duration


DURATIONS = [
    ("90s", 90 * SECOND, "1m30s"),
    ("5m", 5 * MINUTE, "5m"),
    ("1h30m", 90 * MINUTE, "1h30m"),
    ("24h", DAY, "1d"),
    ("1w", 7 * DAY, "7d"),
    ("1500ms", 3 * SECOND // 2, "1s500ms"),
    ("7us", 7, "7us"),
    ("0s", 0, "0s"),
    ("-90m", -90 * MINUTE, "-1h30m"),
]


@pytest.mark.parametrize(("text", "duration", "short"), DURATIONS)
def test_durations(text: str, duration: Duration, short: str) -> None:
    """Numbers with units are added up; the text of a duration is as short as it can be."""
    assert parse_duration(text) == duration
    assert format_duration(duration) == short


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "--5m", "-", "5m ", "1.5h", "5min", "1h 30m"])
def test_no_duration(text: str) -> None:
    """Text that is no duration is an error that repeats it and shows one that is."""
    with pytest.raises(RunlineError, match="is not a duration") as caught:
        parse_duration(text)
    assert caught.value.value == text
    assert "5m" in str(caught.value.remedy)
