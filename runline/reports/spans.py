"""Many dates in few columns: whole days, weeks, months where the calendar divides them well, else equal numbers of dates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

from runline.model.instants import DAY, HOUR, MINUTE, Instant, from_datetime, to_datetime

MAX_SPANS = 31
"""How many columns there are at most: the days of a month."""
_FEWEST = 6
_FILLED = 0.6
"""The share of the calendar's columns that must hold a date, so that the calendar shows more than it hides."""
_EQUAL = (2, 5, 10, 20, 25, 30, 50, 100, 200, 250, 300, 500)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Span(NamedTuple):
    """One column: the dates in it, what is written over it, and over it and those after it until that changes.

    ``name`` tells it whole, for whoever points at it.
    """

    dates: tuple[Instant, ...]
    label: str
    group: str
    name: str


class Spans(NamedTuple):
    """The columns in order, what one of them is, such as ``one month`` or ``30 dates``, and what their labels name."""

    spans: tuple[Span, ...]
    told: str
    head: str


class _Unit(NamedTuple):
    """A unit of the calendar: the number of the one that holds an instant, where one begins, and how it is written."""

    told: str
    number: Callable[[Instant], int]
    start: Callable[[int], Instant]
    label: Callable[[datetime], str]
    group: Callable[[datetime], str]
    head: str


def _even(told: str, length: int, label: str, group: str, head: str, offset: int = 0) -> _Unit:
    """A unit of one length; ``offset`` is where one of them begins."""
    return _Unit(
        told,
        lambda instant: (instant - offset) // length,
        lambda number: number * length + offset,
        lambda moment: moment.strftime(label),
        lambda moment: moment.strftime(group),
        head,
    )


def _months(told: str, count: int, label: Callable[[datetime], str], group: Callable[[datetime], str]) -> _Unit:
    """A unit of so many months."""

    def number(instant: Instant) -> int:
        moment = to_datetime(instant)
        return (12 * moment.year + moment.month - 1) // count

    def start(number: int) -> Instant:
        year, month = divmod(number * count, 12)
        return from_datetime(datetime(year, month + 1, 1, tzinfo=UTC))

    return _Unit(told, number, start, label, group, told)


def _year(moment: datetime) -> str:
    return str(moment.year)


def _nothing(_: datetime) -> str:
    return ""


_MONDAY = 4 * DAY
_UNITS = (
    _even("minute", MINUTE, "%H:%M", "%Y-%m-%d", "from"),
    _even("5 minutes", 5 * MINUTE, "%H:%M", "%Y-%m-%d", "from"),
    _even("15 minutes", 15 * MINUTE, "%H:%M", "%Y-%m-%d", "from"),
    _even("hour", HOUR, "%H", "%Y-%m-%d", "hour"),
    _even("3 hours", 3 * HOUR, "%H:%M", "%Y-%m-%d", "from"),
    _even("6 hours", 6 * HOUR, "%H:%M", "%Y-%m-%d", "from"),
    _even("12 hours", 12 * HOUR, "%H:%M", "%Y-%m-%d", "from"),
    _even("day", DAY, "%d", "%Y-%m", "day"),
    _even("week", 7 * DAY, "%m-%d", "%Y", "week of", _MONDAY),
    _months("month", 1, lambda moment: _MONTHS[moment.month - 1], _year),
    _months("quarter", 3, lambda moment: f"Q{moment.month // 3 + 1}", _year),
    _months("year", 12, _year, _nothing),
    _months("10 years", 120, lambda moment: f"{moment.year}s", _nothing),
)


def divide(dates: Sequence[Instant]) -> Spans:
    """Columns for dates in order: of the smallest unit of the calendar of which there are few enough."""
    for unit in _UNITS:
        first, last = unit.number(dates[0]), unit.number(dates[-1])
        if last - first < MAX_SPANS:
            filled = {number: tuple(group) for number, group in groupby(dates, unit.number)}
            if last - first + 1 >= _FEWEST and len(filled) >= _FILLED * (last - first + 1):
                spans = [_span(unit, number, filled.get(number, ())) for number in range(first, last + 1)]
                return Spans(tuple(spans), unit.told if unit.told[0].isdigit() else f"one {unit.told}", unit.head)
            break
    return _equal(dates)


def _span(unit: _Unit, number: int, dates: tuple[Instant, ...]) -> Span:
    moment = to_datetime(unit.start(number))
    label, group = unit.label(moment), unit.group(moment)
    name = f"week of {group}-{label}" if unit.told == "week" else f"{group} {label}".strip()
    return Span(dates, label, group, name)


def _equal(dates: Sequence[Instant]) -> Spans:
    """Columns of one number of dates; the last may hold fewer."""
    least = -(-len(dates) // MAX_SPANS)
    size = next((size for size in _EQUAL if size >= least), -(-least // 500) * 500)
    groups = [tuple(dates[place : place + size]) for place in range(0, len(dates), size)]
    label, group = _format([group[0] for group in groups])
    spans = []
    for each in groups:
        first, last = to_datetime(each[0]), to_datetime(each[-1])
        name = f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}".replace(" 00:00", "")
        spans.append(Span(each, first.strftime(label), first.strftime(group) if group else "", name))
    return Spans(tuple(spans), f"{size} dates", "from")


def _format(firsts: Sequence[Instant]) -> tuple[str, str]:
    """How the first dates of columns are written, so that no two look the same if that can be."""
    ways = (("%m-%d", "%Y"), ("%H:%M", "%Y-%m-%d"))
    for label, group in ways:
        if len({to_datetime(first).strftime(f"{group} {label}") for first in firsts}) == len(firsts):
            return label, group
    return "%H:%M:%S", "%Y-%m-%d"
