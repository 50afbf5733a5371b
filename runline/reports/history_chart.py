"""The chart of an explored history: its steps in lanes, and beneath them the timeline of runs that they left.

A row is a step and a column a date, the same in both parts: so one sees which step made, overrode or relinked which run,
and where a law broke.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runline.explorer.history import Explored
from runline.reports.axis import label
from runline.reports.curves import Point
from runline.reports.frame import Entry, entries, foot, heading, in_lines, prepare, sample, write
from runline.reports.ground import Ground
from runline.reports.layout import lay
from runline.reports.lettering import clean
from runline.reports.marks import Marks
from runline.reports.palette import MUTED
from runline.reports.pen import Pen, neutral_style
from runline.reports.picture import Picture, Remark, remarks
from runline.reports.places import MARGIN, NAME_SIZE, WIDTH, Layout
from runline.reports.render import render
from runline.reports.steps import Sort, Told, broken_at, steps_of
from runline.reports.swim_lanes import Swim, lay_swim
from runline.reports.swim_marks import LOOKS, PLANNED, STALE, UNDER_WAY, SwimMarks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LANES_TO_RUNS = 18.0
"""The room between the last step and the runs."""
_WORDS = {
    Sort.READS: "reads, and commits nothing",
    Sort.COMMITS: "commits",
    Sort.FAILS: "fails",
    Sort.DIES: "dies",
}


def save(outcome: Explored, picture: Picture, path: Path) -> None:
    """Write the chart as the suffix of ``path`` says: drawn, or in a page that tells the steps too."""
    render(plot(outcome, picture).figure, path)


def plot(outcome: Explored, picture: Picture, ax: Axes | None = None) -> Axes:
    """Draw the steps of a history, and the picture of the state that they left, on ``ax`` or a figure of its own."""
    with neutral_style():
        return _draw(outcome, picture, ax)


def _draw(outcome: Explored, picture: Picture, ax: Axes | None) -> Axes:
    found, steps = remarks(picture), steps_of(outcome)
    top, y = heading(picture, bool(found))
    broken = _broken(outcome, found)
    swim = _laid(outcome, steps, picture, found, broken, y + 12)
    layout = lay(picture, found, swim.bottom + _LANES_TO_RUNS, swim.axis)
    legend, y = in_lines(_entries(swim, picture, layout, found), layout.bottom + max(layout.labels.height, 10) + 26)
    below = foot(layout, found, y + 4)
    axes, scale = prepare(ax, max([y + MARGIN / 2, *(line.at.y + MARGIN for line in below)]))
    pen = Pen(axes, scale)
    SwimMarks(pen, swim, outcome.scenario.clock.start).draw(layout.lanes.top_row)
    after = f"the runs after step {len(steps)}"
    pen.write(after, Point(MARGIN, layout.lanes.top_row + 2.6), NAME_SIZE, color=MUTED)
    Ground(pen, picture, layout, found).draw()
    Marks(pen, picture, layout, found).draw()
    for line in [*top, *below]:
        write(pen, line)
    for entry, at in legend:
        sample(pen, entry, at)
    axes.set_label(clean(f"{picture.title}: {picture.conclusion}"))
    return axes


def _laid(
    outcome: Explored,
    steps: Sequence[Told],
    picture: Picture,
    found: Sequence[Remark],
    broken: dict[int, list[int]],
    top: float,
) -> Swim:
    """The steps, with room above for the names of lanes and the dates."""
    swim = lay_swim(outcome, steps, picture, found, broken, 0.0)
    labels = label(swim.axis, swim.axis.left - 6, WIDTH - 4)
    names = 19.0 if any(" at " in lane.name for lane in swim.lanes) else 9.5
    return lay_swim(outcome, steps, picture, found, broken, top + max(labels.height, names) + 10)


def _broken(outcome: Explored, found: Sequence[Remark]) -> dict[int, list[int]]:
    """By step, the numbers of the remarks about what broke there."""
    broken: dict[int, list[int]] = {}
    for remark in found:
        for number in sorted({each.number for each in broken_at(outcome, remark.law)} if remark.number else ()):
            broken.setdefault(number, []).append(remark.number)
    return broken


def _entries(swim: Swim, picture: Picture, layout: Layout, found: Sequence[Remark]) -> Iterator[Entry]:
    """What the chart of the steps uses, then what that of the runs does."""
    steps = [row.told for row in swim.rows]
    sorts = {told.sort for told in steps}
    yield from (Entry("cell", LOOKS[sort], text) for sort, text in _WORDS.items() if sort in sorts)
    if any(told.under_way for told in steps):
        yield Entry("cell", UNDER_WAY, "in the midst of its work")
    if any(told.reading for told in steps):
        yield Entry("cell", STALE, "by what it read before others committed")
    if any(touch.planned for row in swim.rows for touch in row.touches):
        yield Entry("planned", PLANNED, "about to be made")
    yield from entries(picture, layout, found)
