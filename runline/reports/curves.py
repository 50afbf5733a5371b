"""The ways of arrows and lines in a chart: cubic curves that keep clear of the markers between their ends."""

from __future__ import annotations

from math import copysign, hypot, log2
from typing import NamedTuple


class Point(NamedTuple):
    """A place on the chart, in points; ``y`` grows downwards."""

    x: float
    y: float


class End(NamedTuple):
    """A marker at an end of a curve: where it is, and how far it reaches with all that surrounds it."""

    at: Point
    reach: float


Curve = tuple[Point, ...]
"""Cubic curves end to end: where they begin, then for each the two points that pull it and where it ends."""


def rise_of(distance: float, pitch: float) -> float:
    """How high an arc rises that spans a distance: higher for longer ones, so that nested arcs stay apart."""
    return 6.5 + 6.5 * log2(max(distance / pitch, 1.0))


def arc(start: End, end: End, rise: float) -> Curve:
    """From marker to marker in one row: over the row for a positive ``rise``, under it for a negative one."""
    toward, up = copysign(1.0, end.at.x - start.at.x), copysign(1.0, rise)
    first = Point(start.at.x + toward * 0.62 * start.reach, start.at.y - up * 0.78 * start.reach)
    last = Point(end.at.x - toward * 0.62 * end.reach, end.at.y - up * 0.78 * end.reach)
    pull = toward * 0.24 * abs(last.x - first.x)
    lift = up * (abs(rise) + 2.0)
    return first, Point(first.x + pull, first.y - lift), Point(last.x - pull, last.y - lift), last


def between_rows(start: End, end: End, pitch: float) -> Curve:
    """From marker to marker in different rows: straight to the next column, else along the gap before the end's row."""
    toward, down = copysign(1.0, end.at.x - start.at.x), copysign(1.0, end.at.y - start.at.y)
    first = Point(start.at.x + toward * 0.87 * start.reach, start.at.y + down * 0.5 * start.reach)
    last = Point(end.at.x - toward * 0.78 * end.reach, end.at.y - down * 0.62 * end.reach)
    if abs(end.at.x - start.at.x) < 1.6 * pitch:
        dx, dy = last.x - first.x, last.y - first.y
        return first, Point(first.x + 0.4 * dx, first.y + 0.05 * dy), Point(last.x - 0.4 * dx, last.y - 0.45 * dy), last
    level = end.at.y - down * (end.reach + 3.0)
    beside = start.at.x + toward * 0.5 * pitch
    turn = Point(start.at.x + toward * 0.62 * pitch, level)
    fall = (Point(beside, first.y + 0.2 * (level - first.y)), Point(beside, level))
    along = (Point(turn.x + 0.4 * (last.x - turn.x), level), Point(end.at.x - toward * 0.95 * pitch, level))
    return first, *fall, turn, *along, last


def beside(start: End, end: End, pitch: float) -> Curve:
    """From marker to marker in one column: around on the left."""
    down = copysign(1.0, end.at.y - start.at.y)
    first = Point(start.at.x - 0.85 * start.reach, start.at.y + down * 0.5 * start.reach)
    last = Point(end.at.x - 0.85 * end.reach, end.at.y - down * 0.5 * end.reach)
    bulge = 0.3 * pitch
    return first, Point(first.x - bulge, first.y), Point(last.x - bulge, last.y), last


def loop(end: End) -> Curve:
    """From a marker to itself."""
    at, reach = end
    first, last = (Point(at.x + side * 0.5 * reach, at.y - 0.85 * reach) for side in (1, -1))
    return first, Point(at.x + 1.7 * reach, at.y - 2.6 * reach), Point(at.x - 1.7 * reach, at.y - 2.6 * reach), last


def from_cell(cell: Point, owner: End, foot: float, level: float, below: bool) -> Curve:
    """From the top of a cell to the run that owns it: along a ``level`` between lanes and cells, then up to its foot.

    Where something stands ``below`` the owner, up beside that.
    """
    at, reach = owner
    if not below:
        last = Point(at.x, at.y + foot)
        return cell, Point(cell.x, level), Point(at.x, max(level, last.y + 4)), last
    if abs(cell.x - at.x) < 0.5:
        last = Point(at.x - 0.86 * reach, at.y + 0.5 * reach)
        return cell, Point(at.x - 2.2 * reach, cell.y), Point(at.x - 2.2 * reach, last.y), last
    side = copysign(1.0, cell.x - at.x)
    last = Point(at.x + side * 0.72 * reach, at.y + 0.72 * reach)
    return cell, Point(cell.x, level), Point(last.x + side * 1.2 * reach, max(level, last.y + 4)), last


def _heading(curve: Curve) -> tuple[float, float]:
    """The direction in which a curve arrives, of length one."""
    end = curve[-1]
    for before in reversed(curve[:-1]):
        length = hypot(end.x - before.x, end.y - before.y)
        if length > 1e-6:
            return (end.x - before.x) / length, (end.y - before.y) / length
    return 0.0, 1.0


def head(curve: Curve, length: float) -> tuple[Point, Point, Point]:
    """The arrowhead at the end of a curve."""
    tip = curve[-1]
    dx, dy = _heading(curve)
    back = Point(tip.x - dx * length, tip.y - dy * length)
    half = 0.42 * length
    return tip, Point(back.x - dy * half, back.y + dx * half), Point(back.x + dy * half, back.y - dx * half)
