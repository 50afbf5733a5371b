"""Drawing the steps of a history: boxes in lanes, what each does to the runs of which date, and where time passes."""

from __future__ import annotations

from collections.abc import Iterator

from runline.model.instants import Instant, short_instant
from runline.model.records import RunRecord
from runline.reports.axis import LABEL_SIZE, label
from runline.reports.curves import Curve, End, Point, arc
from runline.reports.lettering import clean, shorten, width_of
from runline.reports.palette import (
    ALARM,
    ALARM_TINT,
    FAINT,
    HAIRLINE,
    INK,
    MUTED,
    NOTICE,
    NOTICE_TINT,
    PAPER,
    RUN_LOOKS,
    SHAPES,
    TASK_LOOKS,
    Look,
)
from runline.reports.pen import Pen, middle
from runline.reports.places import MARGIN, WIDTH
from runline.reports.steps import Sort
from runline.reports.swim_lanes import LINE, NUMBERS, RULE, TEXT, Lane, Row, Swim, Touch

UNDER_WAY = Look("#dfe3e6", "#dfe3e6", INK)
PLANNED = Look(PAPER, FAINT, FAINT, dashed=True)
STALE = Look(NOTICE_TINT, NOTICE, INK)
LOOKS = {
    Sort.ASKS: Look(PAPER, INK, INK),
    Sort.READS: Look(PAPER, MUTED, MUTED, dashed=True),
    Sort.COMMITS: Look("#e9edf0", "#5f6b73", INK),
    Sort.NOTHING: Look(PAPER, FAINT, MUTED),
    Sort.FAILS: Look(NOTICE_TINT, NOTICE, INK),
    Sort.DIES: Look(INK, INK, PAPER),
}
"""How the box of a step looks, by its sort."""
_RADIUS = 5.4
_ID = 6.3
_BAR = 4.0
_SMALLEST = 5.8
"""How small the names of lanes may become where these are narrow."""


class SwimMarks:
    """Draws all steps of a layout with a pen, what lies behind first."""

    def __init__(self, pen: Pen, swim: Swim, start: Instant) -> None:
        self.pen = pen
        self.swim = swim
        self.start = start

    def draw(self, bottom: float) -> None:
        """All of it; the columns of the dates go on down to ``bottom``, where the timeline is drawn."""
        self._columns(bottom)
        self._lanes()
        self._spans()
        for row in self.swim.rows:
            if row.lane is None:
                self._time(row.y + row.height / 2 - 1, row.told.short, row.told.number, row.told.sentence)
                continue
            self._touches(row)
            self._box(row, row.lane)

    # -------------------------------------------------------------------------- the ground

    def _columns(self, bottom: float) -> None:
        axis, top = self.swim.axis, self.swim.top
        for column in axis.columns:
            self.pen.line([Point(column.x, top - 4), Point(column.x, bottom)], HAIRLINE, width=0.6)
        labels = label(axis, axis.left - 6, WIDTH - 4)
        for place, row in enumerate(reversed(labels.rows)):
            y = top - 10 - 9.5 * place
            for x, text, _ in row:
                at = Point(x, y - width_of(text, LABEL_SIZE)) if labels.upright else Point(x, y)
                self.pen.write(text, at, LABEL_SIZE, align="center", upright=labels.upright)

    def _lanes(self) -> None:
        swim = self.swim
        for lane in swim.lanes:
            x = lane.x + lane.width / 2
            ends = [Point(x, swim.top - 4), Point(x, self._end_of(lane))]
            self.pen.line(ends, FAINT, width=0.6)
            self._name(lane, x)
        self._time(swim.top + 3, short_instant(self.start), 0, f"it is {short_instant(self.start)}")

    def _name(self, lane: Lane, x: float) -> None:
        """Who it is; where there are several DAGs, below that at which one."""
        name, _, dag = lane.name.partition(" at ")
        texts = [(name, TEXT + 0.5, True), *([(dag, TEXT - 0.5, False)] if dag else [])]
        for place, (text, size, bold) in enumerate(reversed(texts)):
            at = Point(x, self.swim.top - 10 - 9.5 * place)
            room = lane.width - 4
            size = max(min(size, size * room / max(width_of(clean(text), size, bold), 1.0)), _SMALLEST)
            short = shorten(text, room, size, bold=bold)
            self.pen.write(
                short, at, size, color=INK if bold else MUTED, align="center", bold=bold, note=clean(lane.name)
            )

    def _end_of(self, lane: Lane) -> float:
        """A lane ends where its process died for good."""
        own = [row for row in self.swim.rows if row.lane == lane]
        died = own and own[-1].told.sort is Sort.DIES and own[-1].told.taken.ended
        return own[-1].y + own[-1].box if died else self.swim.bottom

    def _spans(self) -> None:
        """In the midst of its work a process has a bar from step to step; amber where it goes by what is no longer so."""
        rows = self.swim.rows
        for place, row in enumerate(rows):
            if row.lane is None or not row.told.under_way:
                continue
            following = next((other for other in rows[place + 1 :] if other.lane == row.lane), None)
            stale = following is not None and following.told.reading == row.told.number
            end = self.swim.bottom if following is None else following.y
            x, top = row.lane.x + row.lane.width / 2, row.y + row.box
            look = STALE if stale else UNDER_WAY
            centre = Point(x, (top + end) / 2)
            note = f"{row.told.who} is in the midst of its work"
            if stale and following is not None:
                since = f"what it read at step {row.told.number}, before step {following.told.overtaken}"
                note = f"{row.told.who} goes by {since}"
            gid = f"{'stale' if stale else 'under-way'}-{row.told.number}"
            self.pen.box(centre, _BAR, end - top, look.fill, look.edge, line=0.7, order=2, gid=gid, note=note)

    def _time(self, y: float, text: str, number: int, sentence: str) -> None:
        """Time passes: a line through all lanes."""
        left, right = MARGIN + NUMBERS, self.swim.axis.left - 12
        size = TEXT - 0.5
        wide = width_of(text, size)
        self.pen.line([Point(left + wide + 5, y), Point(right, y)], MUTED, width=0.7, dashes=(1.0, 2.0), order=3)
        gid, note = (f"step-{number}", f"time {sentence}") if number else ("", "")
        self.pen.write(text, Point(left, y + 2.4), size, color=MUTED, halo=True, gid=gid, note=note)
        if number:
            self._number(number, y)

    def _number(self, number: int, y: float) -> None:
        self.pen.write(str(number), Point(MARGIN + NUMBERS - 8, y + 2.5), TEXT, color=MUTED, align="right")

    # --------------------------------------------------------------------------- the boxes

    def _box(self, row: Row, lane: Lane) -> None:
        look, told = LOOKS[row.told.sort], row.told
        centre = Point(lane.x + lane.width / 2, row.y + row.box / 2)
        wide = lane.width - 4
        if row.broken:
            self.pen.box(
                centre, wide + 5, row.box + 5, ALARM_TINT, ALARM, line=1.3, order=3.8, gid=f"broken-{told.number}"
            )
        note = clean(told.told)
        dashes = (2.2, 1.6) if look.dashed else None
        gid = f"step-{told.number}"
        self.pen.box(centre, wide, row.box, look.fill, look.edge, dashes=dashes, line=0.8, gid=gid, note=note)
        left, y = lane.x + 6, row.y + 2 + 0.72 * LINE
        sign = "\N{MULTIPLICATION SIGN} " if told.sort is Sort.DIES else ""
        for place, text in enumerate(row.lines):
            self.pen.write(
                f"{sign}{text}" if place == 0 else text, Point(left, y + LINE * place), TEXT, color=look.text
            )
        if row.rules:
            at = Point(lane.x + lane.width - 6, y + LINE * (len(row.lines) - (0 if row.rules_below else 1)))
            self.pen.write(row.rules, at, RULE, color=FAINT if told.sort is Sort.DIES else MUTED, align="right")
        self._number(told.number, centre.y)
        self._badge(row.broken, Point(lane.x + lane.width, row.y - 1))

    def _badge(self, numbers: tuple[int, ...], at: Point) -> None:
        """The numbers of what broke here, on red."""
        if not numbers:
            return
        text = ",".join(map(str, numbers[:3])) + ("…" if len(numbers) > 3 else "")
        if len(text) == 1:
            self.pen.marker("circle", at, 4.6, Look(ALARM, PAPER, PAPER), width=0.8, order=7)
        else:
            wide = width_of(text, _ID, bold=True) + 4.5
            at = Point(at.x + wide / 2 - 5, at.y)
            self.pen.box(at, wide, 9.2, ALARM, PAPER, line=0.8, order=7)
        self.pen.write(text, middle(at, _ID), _ID, color=PAPER, align="center", bold=True, order=8)

    # ----------------------------------------------------------------------- what they touch

    def _touches(self, row: Row) -> None:
        """The runs and instances that a step is about, each in the column of its date, and a line from its box there."""
        y = row.y + row.box / 2
        places = list(self._places(row))
        if not places or row.lane is None:
            return
        start = Point(row.lane.x + row.lane.width - 2, y)
        self.pen.line([start, Point(max(places), y)], FAINT, width=0.7, dashes=(1.0, 2.0), order=1.5)
        for key, state in row.cells:
            x, look = self.swim.axis.at(key.date), TASK_LOOKS[state]
            if x is not None:
                note = f"{clean(key.task)} of {short_instant(key.date)}: {state}"
                self.pen.box(Point(x, y), 15, 8.6, look.fill, look.edge, gid=f"touched-{row.told.number}", note=note)
                self.pen.write(look.sign, middle(Point(x, y), _ID), _ID, color=look.text, align="center")
        for touch, x in self._spread(row):
            self._touch(row, touch, Point(x, y))

    def _places(self, row: Row) -> Iterator[float]:
        for date in (*(touch.run.date for touch in row.touches), *(key.date for key, _ in row.cells)):
            x = self.swim.axis.at(date)
            if x is not None:
                yield x

    def _spread(self, row: Row) -> Iterator[tuple[Touch, float]]:
        """The runs of one date side by side."""
        touches = sorted(row.touches, key=lambda touch: (touch.linked, touch.run.id))  # beside a link stands where to
        dates = [touch.run.date for touch in touches]
        seen: dict[Instant, int] = {}
        step = min(2 * _RADIUS + 2, self.swim.axis.pitch / 2)
        for touch in touches:
            x = self.swim.axis.at(touch.run.date)
            count, place = dates.count(touch.run.date), seen.get(touch.run.date, 0)
            seen[touch.run.date] = place + 1
            if x is not None:
                yield touch, x + (place - (count - 1) / 2) * step

    def _touch(self, row: Row, touch: Touch, at: Point) -> None:
        run = touch.run
        look = PLANNED if touch.planned else RUN_LOOKS[run.state]
        note = f"a {run.kind} run of {short_instant(run.date)} is planned" if touch.planned else _told(run)
        gid = f"{'planned' if touch.planned else 'touched'}-run-{row.told.number}-{run.id}"
        self.pen.marker(SHAPES[run.kind], at, _RADIUS, look, width=0.9, gid=gid, note=note)
        if touch.planned:
            return
        text = "\N{MULTIPLICATION SIGN}" if touch.deleted else str(run.id)
        size = min(_ID, 1.7 * _RADIUS / max(width_of(text, 1.0), 0.1))
        self.pen.write(text, middle(at, size), size, color=look.text, align="center")
        if touch.linked:
            self._link(row, run, at)

    def _link(self, row: Row, run: RunRecord, at: Point) -> None:
        """Where a run points to now: to another date by an arrow, else in words."""
        date = None if run.previous is None else self.swim.dates.get(run.previous)
        x = None if date is None else self.swim.axis.at(date)
        if x is not None and abs(x - at.x) > 2 * _RADIUS + 4:
            end = Point(x, at.y)
            curve: Curve = arc(End(at, _RADIUS), End(end, 1.0), min(4.5, row.height / 3))
            note = f"run {run.id} points to run {run.previous}"
            self.pen.curve(curve, MUTED, width=0.9, arrow=4.0, gid=f"link-{row.told.number}-{run.id}", note=note)
            side = 1 if x < at.x else -1
            self.pen.write(
                str(run.previous),
                Point(x - side * 2.5, at.y + 2.3),
                _ID,
                color=MUTED,
                align="right" if side > 0 else "left",
                halo=True,
            )
            return
        text = "→ none" if run.previous is None else f"→ {run.previous}"
        right = at.x + _RADIUS + 2.5
        if right + width_of(text, _ID) < WIDTH - 2:
            self.pen.write(text, Point(right, at.y + 2.3), _ID, color=MUTED, halo=True)


def _told(run: RunRecord) -> str:
    over = "" if run.overridden_by is None else f", overridden by run {run.overridden_by}"
    previous = "no previous" if run.previous is None else f"previous run {run.previous}"
    return f"run {run.id}: {run.kind}, {short_instant(run.date)}, {run.state}{over}, {previous}"
