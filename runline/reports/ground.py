"""Drawing what lies under the marks of a chart: the names of lanes and tasks, the axis and its dates, the clock."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from runline.model.instants import Instant, short_instant
from runline.reports.axis import LABEL_SIZE, Column
from runline.reports.curves import Point
from runline.reports.lettering import clean, shorten, width_of
from runline.reports.marks import GHOST
from runline.reports.palette import ALARM, FAINT, HAIRLINE, INK, MUTED, PAPER, Look
from runline.reports.pen import Pen
from runline.reports.picture import Picture, Remark
from runline.reports.places import NAME_ROOM, NAME_SIZE, Layout

_SMALL = 6.3


class Ground:
    """Draws the frame of reference of a layout with a pen."""

    def __init__(self, pen: Pen, picture: Picture, layout: Layout, found: Sequence[Remark]) -> None:
        self.pen = pen
        self.picture = picture
        self.layout = layout
        self.found = found
        self.names_end = layout.axis.left - 10

    def draw(self, *, with_axis: bool = True) -> None:
        """All of it; or only the names and the columns, where another chart below has the same axis."""
        self._names()
        if not with_axis:
            for column in self.layout.axis.columns:
                ends = [Point(column.x, self.layout.lanes.top_row), Point(column.x, self.layout.bottom)]
                self.pen.line(ends, HAIRLINE, width=0.6)
            return
        if not self.layout.axis.columns:
            at = Point(self.layout.axis.left, self.layout.lanes.top_row + 2.6)
            self.pen.write("no run and no task instance", at, NAME_SIZE, color=MUTED)
            return
        self._axis()
        self._dates()
        self._now()
        self._expected()

    def _names(self) -> None:
        layout, write = self.layout, self.pen.write
        for lane in layout.lanes.lanes:
            write(lane.name, Point(self.names_end, lane.rows[0] + 2.6), NAME_SIZE, color=MUTED, align="right")
        for row, (task, y) in enumerate(layout.tasks):
            name, at = shorten(task, NAME_ROOM, NAME_SIZE) or '""', Point(self.names_end, y + 2.6)
            write(name, at, NAME_SIZE, align="right", gid=f"task-{row}", note=f"task {clean(task)}")

    # ---------------------------------------------------------------------- axis

    def _axis(self) -> None:
        axis, top, bottom = self.layout.axis, self.layout.lanes.top_row, self.layout.bottom
        for column in axis.columns:
            self.pen.line([Point(column.x, top), Point(column.x, bottom)], HAIRLINE, width=0.6)
            self._tick(Point(column.x, bottom), column.due)
        for before, column in pairwise(axis.columns):
            if not any(before.x < gap.x < column.x for gap in axis.breaks):
                self._distance(before.x, column)
        for gap in axis.breaks:
            self._break(gap.x, gap.count)

    def _tick(self, at: Point, due: bool | None) -> None:
        if due is False:
            self.pen.marker("circle", at, 2.0, Look(PAPER, INK, INK), width=0.8, order=3)
        else:
            self.pen.line([Point(at.x, at.y - 2.5), Point(at.x, at.y + 2.5)], INK, width=0.9, order=3)

    def _distance(self, left: float, column: Column) -> None:
        """The axis from one date to the next, cut where they lie farther apart than usual."""
        y, right = self.layout.bottom, column.x
        middle = (left + right) / 2
        cut = 2.5 if column.wider else 0.0
        for start, end in ((left, middle - cut), (middle + cut, right)):
            self.pen.line([Point(start, y), Point(end, y)], INK, order=2)
        for x in (middle - cut, middle + cut) if cut else ():
            self.pen.line([Point(x - 1.5, y + 3), Point(x + 1.5, y - 3)], INK, order=2)
        if column.distance and width_of(column.distance, _SMALL) + 6 <= right - left:
            self.pen.write(column.distance, Point(middle, y - 3.6), _SMALL, color=MUTED, align="center", halo=True)

    def _break(self, x: float, count: int) -> None:
        """Dates are left out here."""
        layout = self.layout
        top = layout.lanes.top_row - layout.radius
        for offset in (-4.0, 4.0):
            ends = [Point(x + offset, top), Point(x + offset, layout.bottom + 3)]
            self.pen.line(ends, FAINT, dashes=(1.5, 1.5))
        text = f"{count} more"
        at = Point(x, layout.bottom - width_of(text, _SMALL) - 2)
        self.pen.write(text, at, _SMALL, color=MUTED, upright=True)

    def _dates(self) -> None:
        layout, labels = self.layout, self.layout.labels
        bare = self._bare_dates()
        for place, row in enumerate(labels.rows):
            y = layout.bottom + (6 if labels.upright else 12 + 9.5 * place)
            for x, text, date in row:
                color = ALARM if date in bare else INK if place == 0 else MUTED
                self.pen.write(text, Point(x, y), LABEL_SIZE, color=color, align="center", upright=labels.upright)
            name = Point(self.names_end, layout.bottom + 12 + 9.5 * place)
            self.pen.write(labels.names[place], name, LABEL_SIZE, color=MUTED, align="right")

    def _bare_dates(self) -> set[Instant]:
        """Dates where something is wrong that has neither run nor instance to be marked."""
        occupied = {self.picture.state.runs[run].date for run in self.layout.lanes.spots}
        occupied |= {cell.record.date for cell in self.layout.cells}
        return {date for remark in self.found for date in remark.dates} - occupied

    # -------------------------------------------------------------------- flags

    def _now(self) -> None:
        """The clock, where dates lie on both sides of it."""
        columns, now = self.layout.axis.columns, self.picture.state.now
        later = [column for column in columns if column.date > now]
        if not later or len(later) == len(columns):
            return
        x = later[0].x - self.layout.axis.pitch / 2
        ends = [Point(x, self.layout.top - 4), Point(x, self.layout.bottom + 3)]
        self.pen.line(ends, MUTED, width=0.8, dashes=(1.0, 2.0))
        near = x > 0.8 * self.layout.axis.right
        at = Point(x - 3 if near else x + 3, self.layout.top)
        self.pen.write(
            f"now {short_instant(now)}", at, _SMALL, color=MUTED, align="right" if near else "left", halo=True
        )

    def _expected(self) -> None:
        """The date that should have been, with an empty marker where no run stands."""
        layout = self.layout
        for remark in self.found:
            x = None if remark.expected is None else layout.axis.at(remark.expected)
            if x is None:
                continue
            at = Point(x, layout.lanes.top_row)
            if all(spot.at != at for spot in layout.lanes.spots.values()):
                self.pen.marker("circle", at, layout.radius, GHOST, gid=f"expected-{remark.number}")
            self.pen.box(Point(x, layout.bottom), 3.2, 8.0, ALARM, ALARM, order=3.5)
            self.pen.write("first tick", Point(x + 4, layout.bottom - 3.6), _SMALL, color=ALARM, halo=True)
