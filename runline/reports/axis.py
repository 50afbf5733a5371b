"""The dates of a chart: which are shown, where each stands, and how they are written.

Dates stand in order, one column each, however far apart they lie: a timeline is about what comes before what. Where the
distance to the date before is not the usual one the axis says so. Of more dates than fit, a few stay: those that something
is wrong with, those that are unusual, and the latest; what is left out is counted where it would stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from runline.model.dags import DagVersion
from runline.model.instants import DAY, Instant, format_duration, format_instant, short_instant
from runline.model.schedules import Delta
from runline.reports.lettering import width_of

MAX_DATES = 40
"""How many dates a chart shows without counting any of them in columns."""
FEW_DATES = 24
"""How many it shows besides such columns."""
LABEL_SIZE = 7.0
_WIDEST = 92.0
_WIDER_GAP = 0.35
"""How much of a column is added before a date farther away than usual."""
_BREAK = 1.3
"""How wide a break is, in columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """A date and where it stands. ``distance`` is written before it if it is not the usual one; ``due``: a tick."""

    date: Instant
    x: float
    distance: str = ""
    wider: bool = False
    due: bool | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """Where dates are left out: how many, from the first to the last of them."""

    x: float
    count: int
    first: Instant
    last: Instant


@dataclass(frozen=True, slots=True)
class Axis:
    """Columns from left to right, the breaks between them, and the distance between columns."""

    columns: tuple[Column, ...]
    breaks: tuple[Break, ...]
    pitch: float
    left: float
    right: float

    def at(self, date: Instant) -> float | None:
        """Where a date stands; a date that is left out stands in its break."""
        for column in self.columns:
            if column.date == date:
                return column.x
        return next((gap.x for gap in self.breaks if gap.first <= date <= gap.last), None)

    def hides(self, date: Instant) -> bool:
        """Whether a date is left out."""
        return any(gap.first <= date <= gap.last for gap in self.breaks)

    @property
    def left_out(self) -> int:
        """How many dates are not shown."""
        return sum(gap.count for gap in self.breaks)


Stretch = tuple[bool, list[Instant]]
"""Consecutive dates, and whether they are shown."""


def stretches(dates: Collection[Instant], wrong: Sequence[Instant], unusual: Sequence[Instant] = ()) -> list[Stretch]:
    """All dates in stretches that are shown or left out: of too many, the wrong ones come first, with their neighbours."""
    ordered = sorted(dates)
    if len(ordered) <= MAX_DATES:
        return [(True, ordered)] if ordered else []
    place = {date: number for number, date in enumerate(ordered)}
    few = [place[date] for date in unusual]
    kept: set[int] = set()
    for number in _by_interest([place[date] for date in wrong if date in place], few, len(ordered)):
        if number not in kept and _room({*kept, number}, len(ordered)) <= FEW_DATES:
            kept.add(number)
    kept |= {number + 1 for number in [-1, *kept] if number + 2 in kept}
    return list(_runs_of(ordered, kept))


def _by_interest(wrong: Sequence[int], unusual: Sequence[int], count: int) -> Iterator[int]:
    """Places in the order in which they deserve room: the first wrong ones, the latest, the unusual, the rest."""
    first = wrong[:5]
    yield from first
    yield count - 1
    yield from _beside(first, count)
    yield from unusual
    yield from _beside(unusual, count)
    yield from wrong
    yield from (count - 2, count - 3)


def _beside(places: Sequence[int], count: int) -> Iterator[int]:
    for near in (-1, 1):
        yield from (place + near for place in places if 0 <= place + near < count)


def _room(kept: Collection[int], count: int) -> float:
    """How many columns the dates kept need, with the breaks between them."""
    edges = [-1, *sorted(kept), count]
    return len(kept) + _BREAK * sum(after - before > 1 for before, after in pairwise(edges))


def _runs_of(ordered: Sequence[Instant], kept: Collection[int]) -> Iterator[Stretch]:
    stretch: list[Instant] = []
    shown = 0 in kept
    for place, date in enumerate(ordered):
        if stretch and (place in kept) is not shown:
            yield shown, stretch
            stretch = []
        shown = place in kept
        stretch.append(date)
    yield shown, stretch


def lay_axis(found: Sequence[Stretch], left: float, right: float, versions: Sequence[DagVersion]) -> Axis:
    """Give each date its column between ``left`` and ``right``."""
    shown = [date for visible, stretch in found if visible for date in stretch]
    distances = [after - before for visible, stretch in found if visible for before, after in pairwise(stretch)]
    usual = min(distances, key=lambda distance: (-distances.count(distance), distance), default=0)
    wide = sum(distance > usual for distance in distances)
    units = len(shown) + _WIDER_GAP * wide + _BREAK * sum(not visible for visible, _ in found)
    pitch = min(_WIDEST, (right - left) / max(units, 1.0))
    columns, breaks, x = [], [], left
    for visible, stretch in found:
        if not visible:
            breaks.append(Break(x + _BREAK * pitch / 2, len(stretch), stretch[0], stretch[-1]))
            x += _BREAK * pitch
            continue
        for place, date in enumerate(stretch):
            distance = date - stretch[place - 1] if place else usual
            x += _WIDER_GAP * pitch if distance > usual else 0.0
            text = "" if distance == usual else _rounded(distance)
            columns.append(Column(date, x + pitch / 2, text, distance > usual, is_due(date, versions)))
            x += pitch
    return Axis(tuple(columns), tuple(breaks), pitch, left, x)


def _rounded(distance: int) -> str:
    """A distance in its two largest units."""
    for unit in (DAY, DAY // 24, DAY // 1440, 1_000_000):
        if distance >= 100 * unit:
            return format_duration(distance // unit * unit)
    return format_duration(distance)


def is_due(date: Instant, versions: Sequence[DagVersion]) -> bool | None:
    """Whether some version of the schedule names a date; ``None`` where no version has a schedule."""
    periodic = [version for version in versions if version.schedule.periodic]
    return any(_names(version, date) for version in periodic) if periodic else None


def _names(version: DagVersion, date: Instant) -> bool:
    if not isinstance(version.schedule, Delta):
        return version.schedule.is_tick(date)
    starts = {version.start_date, version.first_start} - {None}
    return not starts or any(version.schedule.is_tick(date, phase=start) for start in starts)


# ----------------------------------------------------------------------------- labels


class Text(NamedTuple):
    """What is written of a date, centred where it stands."""

    x: float
    text: str
    date: Instant


Row = tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """How the dates are written: rows of text and what each row tells, or one row of upright text."""

    rows: tuple[Row, ...]
    names: tuple[str, ...] = ("date",)
    upright: bool = False

    @property
    def height(self) -> float:
        """How much room they need."""
        if self.upright:
            return max(width_of(written.text, LABEL_SIZE) for written in self.rows[0]) + 4
        return LABEL_SIZE * 1.35 * len(self.rows)


def label(axis: Axis, left: float, right: float) -> Labels:
    """The dates as fully as there is room for between two edges: whole, else in rows, else upright."""
    if not axis.columns:
        return Labels((), ())
    dates = [column.date for column in axis.columns]
    for way in _ways(dates):
        rows = tuple(_row(axis, texts, left, right) for texts in way.values())
        if all(map(_apart, rows)):
            return Labels(rows, tuple(way))
    upright = tuple(Text(column.x, short_instant(column.date), column.date) for column in axis.columns)
    return Labels((upright,), upright=True)


def _row(axis: Axis, texts: Sequence[str], left: float, right: float) -> Row:
    """Texts at their columns, moved where they would reach beyond an edge."""
    row = []
    for column, text in zip(axis.columns, texts, strict=True):
        half = width_of(text, LABEL_SIZE) / 2
        if text:
            row.append(Text(max(left + half, min(column.x, right - half)), text, column.date))
    return tuple(row)


def _ways(dates: Sequence[Instant]) -> Iterator[dict[str, list[str]]]:
    """Ways to write dates in rows, from the fullest to the shortest; what repeats is written where it changes."""
    texts = [format_instant(date).removesuffix("Z").split("T") for date in dates]
    whole = [day for day, _ in texts]
    short = [day[-5:] for day in whole]
    days = [day[-2:] for day in whole]
    months = _changes([day[:-3] for day in whole])
    years = _changes([day[:-6] for day in whole])
    times = [time.removesuffix(":00") for _, time in texts]
    yield {"date": [short_instant(date) for date in dates]}
    if all(date % DAY == 0 for date in dates):
        yield {"date": short, "year": years}
        yield {"day": days, "month": months}
        return
    if 2 * len(set(whole)) <= len(whole):
        yield {"time": times, "date": _changes(whole)}
        yield {"time": times, "date": _changes(short), "year": years}
        if all(time.endswith(":00") and len(time) == 5 for time in times):
            hours = [time[:2] for time in times]
            yield {"hour": hours, "date": _changes(whole)}
            yield {"hour": hours, "day": _changes(days), "month": months}
    later = ["" if date % DAY == 0 else time for date, time in zip(dates, times, strict=True)]
    yield {"date": whole, "time": later}
    yield {"date": short, "time": later, "year": years}


def _changes(texts: Sequence[str]) -> list[str]:
    return [text if place == 0 or text != texts[place - 1] else "" for place, text in enumerate(texts)]


def _apart(row: Row) -> bool:
    """Whether no text of a row runs into the next."""
    return all(
        (width_of(first.text, LABEL_SIZE) + width_of(second.text, LABEL_SIZE)) / 2 + 3.5 <= second.x - first.x
        for first, second in pairwise(row)
    )
