"""Drawing the columns of a long history, and from where in them the dates come that are shown below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from runline.model.instants import Instant
from runline.reports.axis import LABEL_SIZE
from runline.reports.curves import Point
from runline.reports.lettering import width_of
from runline.reports.overview import CAPTION_SIZE, TEXT_SIZE, WRONG, Bars, Box, Marked, Overview, Ticks, short_count
from runline.reports.palette import ALARM, FAINT, HAIRLINE, INK, MUTED, Look
from runline.reports.pen import Pen, middle
from runline.reports.places import MARGIN, NAME_SIZE, Layout

_PLAIN = Look("#dfe3e6", MUTED, INK)
_LENS = "#f1f4f6"
"""Under the dates that are shown in full: faint, for it lies behind everything."""
_MOST_TICKS = 8
"""How many dates of a column have a mark of their own; more are one broad mark."""


class OverviewMarks:
    """Draws an overview with a pen."""

    def __init__(self, pen: Pen, layout: Layout, overview: Overview) -> None:
        self.pen = pen
        self.layout = layout
        self.overview = overview

    def draw(self) -> None:
        """All of it, what lies behind first."""
        self._lenses()
        self._caption()
        self._grid()
        self._head()
        for bars in self.overview.bars:
            self._bars(bars)
        for ticks in self.overview.ticks:
            self._ticks(ticks)

    def _caption(self) -> None:
        caption, remark = self.overview.caption, self.overview.remark
        at = Point(MARGIN, self.overview.head - 26)
        self.pen.write(caption, at, CAPTION_SIZE, bold=True, gid="columns", note=f"{caption}. {remark}")
        beside = Point(at.x + width_of(caption, CAPTION_SIZE, bold=True) + 9, at.y)
        self.pen.write(remark, beside, LABEL_SIZE, color=MUTED)

    def _grid(self) -> None:
        """Where one column ends and the next begins, stronger where a new month or year does."""
        view = self.overview
        spans = view.spans
        for number in range(len(spans) + 1):
            x = view.left + number * view.pitch
            inner = 0 < number < len(spans)
            strong = not inner or spans[number].group != spans[number - 1].group
            top = view.head - (17 if strong and spans[0].group else 8)
            color = FAINT if strong else HAIRLINE
            self.pen.line([Point(x, top), Point(x, view.bottom)], color, width=0.6, order=0.8)
        self.pen.line([Point(view.left, view.bottom), Point(view.right, view.bottom)], INK, order=2)

    # --------------------------------------------------------------------------- words

    def _head(self) -> None:
        """What each column is, and over that the year or day, where it begins."""
        view = self.overview
        labels = [span.label for span in view.spans]
        widest = max(width_of(text, LABEL_SIZE) for text in labels)
        every = next(step for step in range(1, len(labels) + 2) if widest + 3 <= step * view.pitch)
        for number in range(0, len(labels), every):
            left = view.left + number * view.pitch
            if every == 1:
                self.pen.write(labels[number], Point(left + view.pitch / 2, view.head), LABEL_SIZE, align="center")
            elif left + widest < view.right:
                self.pen.write(labels[number], Point(left + 2.5, view.head), LABEL_SIZE, halo=True)
        self.pen.write(view.row, Point(view.left - 10, view.head), LABEL_SIZE, color=MUTED, align="right")
        for x, text in self._groups():
            self.pen.write(text, Point(x + 2.5, view.head - 9.5), LABEL_SIZE, color=MUTED)

    def _groups(self) -> Iterator[tuple[float, str]]:
        """The groups of columns that are wide enough for what is written over them."""
        view = self.overview
        starts = [next(places) for _, places in groupby(range(len(view.spans)), lambda place: view.spans[place].group)]
        for start, end in pairwise([*starts, len(view.spans)]):
            text = view.spans[start].group
            if text and width_of(text, LABEL_SIZE) + 4 <= (end - start) * view.pitch:
                yield view.left + start * view.pitch, text

    def _name(self, text: str, y: float, color: str = MUTED, shape: str = "") -> None:
        """The name of a row, with the shape that its runs have where they are shown one by one."""
        x = self.overview.left - 10
        self.pen.write(text, Point(x, y), NAME_SIZE, color=color, align="right")
        if shape:
            at = Point(x - width_of(text, NAME_SIZE) - 7.5, y - 2.7)
            self.pen.marker(shape, at, 3.4, _PLAIN, width=0.8)

    # ---------------------------------------------------------------------------- rows

    def _bars(self, bars: Bars) -> None:
        self._name(bars.name, bars.base - 2.2, shape=bars.shape)
        view = self.overview
        self.pen.line([Point(view.left, bars.base), Point(view.right, bars.base)], FAINT, width=0.6, order=2)
        for box in bars.boxes:
            self._box(box)

    def _box(self, box: Box) -> None:
        at, look = Point(box.x, box.y), box.look
        self.pen.box(at, box.width, box.height, look.fill, look.edge, line=0.6, gid=box.gid, note=box.note)
        self.pen.write(box.text, middle(at, TEXT_SIZE), TEXT_SIZE, color=look.text, align="center")

    def _ticks(self, ticks: Ticks) -> None:
        wrong = ticks.name == WRONG
        color = ALARM if wrong else INK
        self._name(ticks.name, ticks.y, color if wrong else MUTED)
        for number, marked in enumerate(ticks.marked):
            self._marked(marked, ticks.y, color, f"{'wrong' if wrong else 'off'}-span-{number}")

    def _marked(self, marked: Marked, y: float, color: str, gid: str) -> None:
        """A mark for each date, or one broad mark for many; how many they are stands over several."""
        first, last = marked.places[0], marked.places[-1]
        if len(marked.places) > _MOST_TICKS:
            at = Point((first + last) / 2, y - 1.8)
            self.pen.box(at, last - first + 1.4, 5.2, color, color, line=0.0, order=4, gid=gid, note=marked.note)
        else:
            for place, x in enumerate(marked.places):
                name = gid if place == 0 else ""
                note = marked.note if place == 0 else ""
                self.pen.box(Point(x, y - 1.8), 1.4, 5.2, color, color, line=0.0, order=4, gid=name, note=note)
        if len(marked.places) > 1:
            at = Point((first + last) / 2, y - 6.6)
            text = short_count(len(marked.places), self.overview.pitch)
            self.pen.write(text, at, TEXT_SIZE, color=color, align="center", bold=color == ALARM)

    # ---------------------------------------------------------------------- what is shown in full

    def _lenses(self) -> None:
        """From the dates of a column that are shown below to where they are shown."""
        layout, view = self.layout, self.overview
        half = layout.axis.pitch / 2
        for stretch in self._stretches():
            left, right = view.edges(stretch[0][0], stretch[-1][0])
            near, far = stretch[0][1] - half, stretch[-1][1] + half
            top = layout.top - 4
            funnel = [Point(left, view.bottom), Point(right, view.bottom), Point(far, top), Point(near, top)]
            self.pen.area(funnel, _LENS, order=0.4)
            below = [Point(near, top), Point(far, top), Point(far, layout.bottom), Point(near, layout.bottom)]
            self.pen.area(below, _LENS, order=0.4, gid=f"lens-{stretch[0][0]}")
            for start, end in ((funnel[0], funnel[3]), (funnel[1], funnel[2])):
                self.pen.line([start, end], FAINT, width=0.6, order=0.6)

    def _stretches(self) -> Iterator[Sequence[tuple[Instant, float]]]:
        """Dates shown side by side, each with its place."""
        axis = self.layout.axis
        stretch: list[tuple[Instant, float]] = []
        for column in axis.columns:
            if stretch and any(stretch[-1][1] < gap.x < column.x for gap in axis.breaks):
                yield stretch
                stretch = []
            stretch.append((column.date, column.x))
        yield stretch
