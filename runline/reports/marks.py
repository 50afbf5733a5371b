"""Drawing the marks of a chart: runs, arrows, cells, and what is wrong with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from runline.model.instants import short_instant
from runline.model.records import BY_DATE, NO_RUN, RunRecord, TaskKey
from runline.reports.curves import Point
from runline.reports.lettering import clean, width_of
from runline.reports.palette import (
    ALARM,
    ALARM_TINT,
    FAINT,
    INK,
    MUTED,
    PAPER,
    REACH,
    RUN_LOOKS,
    SHAPES,
    TASK_LOOKS,
    Look,
)
from runline.reports.pen import Pen, middle
from runline.reports.picture import Picture, Remark
from runline.reports.places import CAPTION_SIZE, CELL_HEIGHT, Arrow, Cell, Layout, Spot

_BADGE_SIZE = 6.3
_SIGN_SIZE = 7.5
_OWNER_SIZE = 6.5
_HALO = Look(ALARM_TINT, ALARM, ALARM)
GHOST = Look(PAPER, ALARM, ALARM, dashed=True)


class Marks:
    """Draws the runs and instances of a layout with a pen."""

    def __init__(self, pen: Pen, picture: Picture, layout: Layout, found: Sequence[Remark]) -> None:
        self.pen = pen
        self.picture = picture
        self.layout = layout
        self.wrong_runs = _numbers((remark.number, remark.runs) for remark in found)
        self.wrong_links = _numbers((remark.number, remark.links) for remark in found)
        self.wrong_cells = _numbers((remark.number, remark.instances) for remark in found)

    def draw(self) -> None:
        """All of them, what lies behind first."""
        self._overrides()
        self._belongings()
        for arrow in self.layout.wanted:
            self.pen.curve(
                arrow.curve, ALARM, width=0.8, dashes=(1.2, 1.8), arrow=3.5, order=2, gid=f"wanted-{arrow.run}"
            )
        for arrow in self.layout.arrows:
            self._arrow(arrow)
        for run, spot in self.layout.lanes.spots.items():
            self._run(self.picture.state.runs[run], spot)
        for missing, spot in self.layout.lanes.ghosts.items():
            self._ghost(missing, spot)
        for cell in self.layout.cells:
            self._cell(cell)

    # --------------------------------------------------------------------- lines

    def _overrides(self) -> None:
        spots, radius = self.layout.lanes.spots, self.layout.radius
        for over, under in self.layout.overrides:
            upper, lower = sorted((spots[over].at, spots[under].at), key=lambda at: at.y)
            if upper.x == lower.x:
                ends = [Point(upper.x, upper.y + radius), Point(lower.x, lower.y - radius)]
                self.pen.line(ends, FAINT, width=1.6, dashes=(1.0, 2.0), order=2)

    def _belongings(self) -> None:
        for line in self.layout.belongings:
            color = ALARM if any(key in self.wrong_cells for key in line.instances) else MUTED
            date = line.instances[0].date
            note = f"{len(line.instances)} of {short_instant(date)} belong to run {line.owner}"
            gid = f"belongs-{line.owner}-{date}"
            self.pen.curve(line.curve, color, width=0.8, order=2.5, gid=gid, note=note)
            self.pen.marker("circle", line.curve[0], 1.5, Look(color, color, color), width=0.0, order=5)

    def _arrow(self, arrow: Arrow) -> None:
        wrong = arrow.run in self.wrong_links
        live = self.picture.state.runs[arrow.run].live
        self.pen.curve(
            arrow.curve,
            ALARM if wrong else MUTED if live else FAINT,
            width=1.6 if wrong else 0.9,
            arrow=min(6.0 if wrong else 4.5, self.layout.radius),
            order=4 if wrong else 3,
            gid=f"previous-{arrow.run}",
            note=f"previous of run {arrow.run} is run {arrow.previous}",
        )

    # ---------------------------------------------------------------------- runs

    def _run(self, run: RunRecord, spot: Spot) -> None:
        radius, size, look = self.layout.radius, self.layout.id_size, RUN_LOOKS[run.state]
        shape, draw = SHAPES[run.kind], self.pen.marker
        revived = run.live and run.overridden_by is not None
        if run.id in self.wrong_runs:
            gid = f"wrong-run-{run.id}"
            draw(shape, spot.at, radius + self.layout.halo, _HALO, width=1.4, order=4.5, gid=gid)
        draw(shape, spot.at, radius, look, gid=f"run-{run.id}", note=_tell_run(run))
        if revived:
            ring = Look("none", look.text, look.text, dashed=True)
            draw(shape, spot.at, radius - 2.0, ring, width=0.9)
        if size:
            self.pen.write(str(run.id), middle(spot.at, size), size, color=look.text, align="center")
        self._captions(spot, ALARM if revived else MUTED)
        self._badge(self.wrong_runs.get(run.id, ()), *self._badge_place(run, spot))

    def _captions(self, spot: Spot, color: str) -> None:
        """An id that does not fit the marker, and who overrode the run."""
        below = spot.at.y + spot.foot + (3 if spot.upright else 6.6)
        for place, text in enumerate(spot.captions):
            at = Point(spot.at.x, below + 8 * place)
            ink = INK if text.isdecimal() else color
            self.pen.write(
                text, at, CAPTION_SIZE, color=ink, align="center", upright=spot.upright, halo=True, order=5.5
            )
        if spot.beside:
            at = Point(spot.at.x + spot.reach + 2, spot.at.y + 2.3)
            self.pen.write(spot.beside, at, CAPTION_SIZE, color=color, halo=True, order=5.5)

    def _badge_place(self, run: RunRecord, spot: Spot) -> tuple[Point, bool]:
        """Beside a run where columns are wide, else centred above it: arrows come and go at its shoulders."""
        reach = self.layout.radius * max(1.0, REACH[SHAPES[run.kind]]) + self.layout.halo + 2.5
        if self.layout.axis.pitch > 2 * reach + 12:
            return Point(spot.at.x + reach, spot.at.y), False
        return Point(spot.at.x, spot.at.y - reach), True

    def _badge(self, numbers: Sequence[int], at: Point, centred: bool = False) -> None:
        """The numbers of what is wrong here, on red."""
        shown = [number for number in numbers if number]
        if not shown:
            return
        text = ",".join(map(str, shown[:3])) + ("…" if len(shown) > 3 else "")
        if len(text) == 1:
            self.pen.marker("circle", at, 4.6, Look(ALARM, PAPER, PAPER), width=0.8, order=7)
        else:
            width = width_of(text, _BADGE_SIZE, bold=True) + 4.5
            at = at if centred else Point(at.x + width / 2 - 4.6, at.y)
            self.pen.box(at, width, 9.2, ALARM, PAPER, line=0.8, order=7)
        self.pen.write(text, middle(at, _BADGE_SIZE), _BADGE_SIZE, color=PAPER, align="center", bold=True, order=8)

    def _ghost(self, missing: int, spot: Spot) -> None:
        """A run that is named, but not there."""
        foreign = missing in self.picture.state.runs
        note = f"run {missing} belongs to another DAG" if foreign else f"run {missing} does not exist"
        radius, size = self.layout.radius, self.layout.id_size or 6.0
        self.pen.marker("circle", spot.at, radius, GHOST, gid=f"ghost-{missing}", note=note)
        fits = width_of(str(missing), size) <= 1.9 * radius
        at = middle(spot.at, size) if fits else Point(spot.at.x, spot.at.y - radius - 2)
        self.pen.write(str(missing), at, size, color=ALARM, align="center", halo=not fits)
        self._captions(spot, ALARM)

    # --------------------------------------------------------------------- cells

    def _cell(self, cell: Cell) -> None:
        record, at, look = cell.record, cell.at, TASK_LOOKS[cell.record.state]
        gid = f"instance-{cell.row}-{record.date}"
        if record.key in self.wrong_cells:
            frame = (cell.width + 4, CELL_HEIGHT + 3)
            self.pen.box(at, *frame, ALARM_TINT, ALARM, line=1.3, order=3.8, gid=f"wrong-{gid}")
        note = f"{clean(record.task)} of {short_instant(record.date)}: {record.state}{_tell_owner(record.run)}"
        self.pen.box(at, cell.width, CELL_HEIGHT, look.fill, look.edge, gid=gid, note=note)
        self._cell_text(cell, look)
        if self.layout.axis.pitch >= 22:
            corner = Point(at.x + cell.width / 2, at.y - CELL_HEIGHT / 2)
            self._badge(self.wrong_cells.get(record.key, ()), corner)

    def _cell_text(self, cell: Cell, look: Look) -> None:
        """The sign of the state, and the owner where the date does not tell it."""
        owner = "-1" if cell.record.run == NO_RUN else f"→{cell.record.run}" if cell.unclear else ""
        if width_of(owner, _OWNER_SIZE) > (0.55 if look.sign else 0.9) * cell.width:
            owner = ""
        both = bool(owner and look.sign)
        if look.sign:
            at = Point(cell.at.x - (cell.width / 4 if both else 0), cell.at.y)
            self.pen.write(look.sign, middle(at, _SIGN_SIZE), _SIGN_SIZE, color=look.text, align="center")
        if owner:
            at = Point(cell.at.x + (cell.width / 6 if both else 0), cell.at.y)
            self.pen.write(owner, middle(at, _OWNER_SIZE), _OWNER_SIZE, color=look.text, align="center")


def _numbers(marked: Iterable[tuple[int, Iterable[int | TaskKey]]]) -> Mapping[int | TaskKey, list[int]]:
    """For each thing that is marked, the numbers of the remarks about it."""
    numbers: dict[int | TaskKey, list[int]] = defaultdict(list)
    for number, things in marked:
        for thing in things:
            numbers[thing].append(number)
    return dict(numbers)


def _tell_run(run: RunRecord) -> str:
    parts = [f"run {run.id}: {run.kind}, {short_instant(run.date)}, {run.state}"]
    if run.overridden_by is not None:
        parts.append(f"overridden by run {run.overridden_by}")
    if run.state_before is not None:
        parts.append(f"{run.state_before} before that")
    parts.append("no previous" if run.previous is None else f"previous run {run.previous}")
    return f"{', '.join(parts)}; {clean(run.run_id)}"


def _tell_owner(run: int) -> str:
    if run == BY_DATE:
        return ""
    return ", belongs to no run" if run == NO_RUN else f", belongs to run {run}"
