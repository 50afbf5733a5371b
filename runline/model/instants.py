"""Instants and durations: integer microseconds, UTC, inside; aware datetimes and ISO text at the edges only."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from runline.model.errors import RunlineError

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z."""
Duration = int
"""Microseconds."""

SECOND: Duration = 1_000_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""The years that instants may lie in: wide enough for schedules, and far from where calendars end."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNITS = {"us": 1, "ms": 1000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_LONGEST = 100_000 * DAY
"""The longest duration that text may name; from any instant it leads to one that a date can show."""
_DURATION = re.compile(r"(\d+)(us|ms|s|m|h|d|w)")


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware ``moment``; a naive one is an error, since it names no instant."""
    if moment.tzinfo is None:
        raise RunlineError(
            f"{moment.isoformat()} has no zone, so it names no instant",
            value=moment.isoformat(),
            remedy=f"{moment.isoformat()}Z for UTC",
        )
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise RunlineError(
            f"{moment.isoformat()} lies outside the calendar of Runline",
            value=moment.isoformat(),
            remedy=f"a year from {FIRST_YEAR} to {LAST_YEAR}",
        )
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(instant: Instant) -> datetime:
    """The aware UTC datetime of ``instant``."""
    return _EPOCH + timedelta(microseconds=instant)


def parse_instant(text: str) -> Instant:
    """Read ISO 8601 text; text without a zone means UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RunlineError(
            f"{text!r} is not an instant", value=text, remedy="ISO 8601, such as 2016-01-02T00:00:00Z"
        ) from None
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


@lru_cache(maxsize=1024)
def format_instant(instant: Instant) -> str:
    """ISO 8601 UTC with ``Z``; a fraction only where it is not zero."""
    day, rest = divmod(instant, DAY)
    seconds, fraction = divmod(rest, SECOND)
    text = f"{_date(day)}T{_clock(seconds)}"
    return f"{text}.{fraction:06}".rstrip("0") + "Z" if fraction else f"{text}Z"


@lru_cache(maxsize=1024)
def short_instant(instant: Instant) -> str:
    """As short as a person needs it: the date alone at midnight, else date and time."""
    day, rest = divmod(instant, DAY)
    if rest == 0:
        return _date(day)
    text = f"{_date(day)} {_clock(rest // SECOND)}"
    return text[:-3] if rest % MINUTE == 0 else text


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    """A day, by its number from 1970-01-01 on; remembered, since a history is told in instants of few days."""
    return to_datetime(day * DAY).date().isoformat()


@lru_cache(maxsize=1024)
def _clock(seconds: int) -> str:
    """A time of day; remembered, since much happens at the same one every day."""
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def parse_duration(text: str) -> Duration:
    """Read ``90s``, ``5m``, ``1h30m``, ``1d``, ``-5m``; units from ``us`` to ``w``."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text.removeprefix("-"):
        raise RunlineError(f"{text!r} is not a duration", value=text, remedy="a number and a unit, such as 5m, 6h, 1d")
    length = sum(int(number) * _UNITS[unit] for number, unit in parts)
    if length > _LONGEST:
        raise RunlineError(f"{text!r} is longer than the calendar of Runline", value=text, remedy="at most 100000d")
    return -length if text.startswith("-") else length


def format_duration(duration: Duration) -> str:
    """The shortest text that :func:`parse_duration` reads back as ``duration``."""
    if duration <= 0:
        return "-" + format_duration(-duration) if duration else "0s"
    parts = []
    for unit in ("d", "h", "m", "s", "ms", "us"):
        count, duration = divmod(duration, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
