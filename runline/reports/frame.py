"""What stands around the marks of a chart: title and verdict, legend, and what is wrong in numbered sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from runline.model.instants import short_instant
from runline.model.records import NO_RUN
from runline.model.states import RunKind, RunState, TaskState
from runline.reports.curves import End, Point, arc
from runline.reports.ground import Ground
from runline.reports.layout import lay
from runline.reports.lettering import clean, width_of, wrap
from runline.reports.marks import GHOST, Marks
from runline.reports.overview_marks import OverviewMarks
from runline.reports.palette import ALARM, ALARM_TINT, INK, MUTED, PAPER, RUN_LOOKS, SHAPES, TASK_LOOKS, Look
from runline.reports.pen import Pen, middle
from runline.reports.picture import Picture, Remark, counted, remarks
from runline.reports.places import MARGIN, WIDTH, Layout

_TITLE = 11.0
_VERDICT = 8.6
_TEXT = 7.8
_SMALL = 7.0
_ROOM = WIDTH - 2 * MARGIN
_PLAIN = Look("#dfe3e6", MUTED, INK)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text by its baseline."""

    text: str
    at: Point
    size: float
    color: str = INK
    bold: bool = False
    gid: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the legend: a sample and what it means."""

    kind: str
    look: Look
    text: str

    @property
    def width(self) -> float:
        """How much room it takes."""
        return 17 + width_of(self.text, _SMALL) + 12


def draw(picture: Picture, axes: Axes | None, words: bool) -> Axes:
    """Lay everything out, then draw it."""
    found = remarks(picture)
    top, y = heading(picture, bool(found))
    layout = lay(picture, found, y + 8)
    y = layout.bottom + max(layout.labels.height, 10) + 26
    legend, y = in_lines(entries(picture, layout, found), y)
    below = foot(layout, found, y + 4)
    shown = below if words else [line for line in below if not line.gid]
    bottom = max([y + MARGIN / 2, *(line.at.y + MARGIN for line in shown)])
    axes, scale = prepare(axes, bottom)
    pen = Pen(axes, scale)
    if layout.overview is not None:
        OverviewMarks(pen, layout, layout.overview).draw()
    Ground(pen, picture, layout, found).draw()
    Marks(pen, picture, layout, found).draw()
    for line in [*top, *below]:
        write(pen, line, visible=line in top or line in shown)
    for entry, at in legend:
        sample(pen, entry, at)
    axes.set_label(clean(f"{picture.title}: {picture.conclusion}"))
    return axes


def prepare(axes: Axes | None, height: float) -> tuple[Axes, float]:
    """Axes whose unit is a point of the chart, and how large that is on paper."""
    scale = 1.0
    if axes is None:
        figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=100, facecolor=PAPER)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    else:
        box = axes.get_window_extent().transformed(axes.figure.dpi_scale_trans.inverted())
        scale = 72 * min(box.width / WIDTH, box.height / height)
    axes.set_axis_off()
    axes.set(xlim=(0, WIDTH), ylim=(height, 0), aspect="equal", anchor="NW")
    return axes, scale


def write(pen: Pen, line: Line, visible: bool = True) -> None:
    """A line of text; one that is not visible is there for whoever reads the file."""
    pen.write(line.text, line.at, line.size, color=line.color, bold=line.bold, gid=line.gid, note=line.note)
    pen.axes.texts[-1].set_visible(visible)


# ------------------------------------------------------------------------------ text


def heading(picture: Picture, broken: bool) -> tuple[list[Line], float]:
    """Title, verdict and what the picture is of, and where they end."""
    lines, y = [], MARGIN - 2
    for place, text in enumerate(wrap(picture.title or f"DAG {picture.dag}", _ROOM, _TITLE, bold=True, most=2)):
        y += _TITLE * (1.0 if place == 0 else 1.25)
        gid, note = ("title", clean(picture.title)) if place == 0 else ("", "")
        lines.append(Line(text, Point(MARGIN, y), _TITLE, bold=True, gid=gid, note=note))
    color = ALARM if broken else MUTED
    for place, text in enumerate(wrap(picture.conclusion, _ROOM, _VERDICT, bold=True, most=3)):
        y += _VERDICT * (1.75 if place == 0 else 1.3)
        gid, note = ("verdict", clean(picture.conclusion)) if place == 0 else ("", "")
        lines.append(Line(text, Point(MARGIN, y), _VERDICT, color, bold=True, gid=gid, note=note))
    for text in wrap(_about(picture), _ROOM, _SMALL, most=1):
        y += _SMALL * 1.7
        lines.append(Line(text, Point(MARGIN, y), _SMALL, MUTED))
    return lines, y


def _about(picture: Picture) -> str:
    version = picture.state.version(picture.dag)
    parts = [f"DAG {picture.dag}"]
    if version is not None:
        parts.append(f"schedule {version.schedule}")
        if version.number > 1:
            parts.append(f"version {version.number}")
    parts.append(f"clock {short_instant(picture.state.now)}")
    return ", ".join(parts)


def foot(layout: Layout, found: Sequence[Remark], y: float) -> list[Line]:
    """What is left out, then what is wrong."""
    lines: list[Line] = []
    missing = f"Left out: {'; '.join(layout.left_out)}."
    for text in wrap(missing, _ROOM, _SMALL, most=2) if layout.left_out else ():
        y += _SMALL * 1.4
        lines.append(Line(text, Point(MARGIN, y), _SMALL, MUTED))
    for remark in found:
        if remark.number:
            y = _tell(remark, lines, y + 4)
    unnumbered = [remark.law for remark in found if not remark.number]
    if unnumbered:
        text = f"Marked, but not told here: {counted(unnumbered)}."
        y += _TEXT * 1.6
        lines.append(Line(text, Point(MARGIN + 14, y), _TEXT, MUTED, gid="finding-more", note=text))
    return lines


def _tell(remark: Remark, lines: list[Line], y: float) -> float:
    """A remark: its number, its sentences, and in small what falls with it."""
    y += _TEXT * 1.35
    lines.append(Line(str(remark.number), Point(MARGIN, y), _TEXT, ALARM, bold=True, gid=f"number-{remark.number}"))
    fallen = f"With it {remark.told_with}" if remark.fallen else ""
    note = clean(f"{remark.told} {fallen}")
    for place, part in enumerate(wrap(remark.told, _ROOM - 14, _TEXT, most=4)):
        y += _TEXT * 1.35 if place else 0.0
        gid = f"finding-{remark.number}" if place == 0 else f"finding-{remark.number}-{place}"
        lines.append(Line(part, Point(MARGIN + 14, y), _TEXT, gid=gid, note="" if place else note))
    for place, part in enumerate(wrap(fallen, _ROOM - 14, _SMALL, most=3) if fallen else ()):
        y += _SMALL * 1.45
        lines.append(Line(part, Point(MARGIN + 14, y), _SMALL, MUTED, gid=f"finding-{remark.number}-with-{place}"))
    return y


# ---------------------------------------------------------------------------- legend


def in_lines(found: Iterable[Entry], y: float) -> tuple[list[tuple[Entry, Point]], float]:
    """Entries from left to right, line by line, and where the next line would be."""
    placed = []
    x = MARGIN
    for entry in found:
        if x + entry.width > WIDTH - MARGIN and x > MARGIN:
            x, y = MARGIN, y + 13
        placed.append((entry, Point(x, y)))
        x += entry.width
    return placed, y + 6


def entries(picture: Picture, layout: Layout, found: Sequence[Remark]) -> Iterator[Entry]:
    """What the chart uses, and nothing else."""
    runs = [picture.state.runs[run] for run in layout.lanes.spots]
    kinds, states = {run.kind for run in runs}, {run.state for run in runs}
    if layout.overview is not None:
        states |= layout.overview.states
    tasks = {cell.record.state for cell in layout.cells}
    named = {state.value for state in states}
    yield from (Entry(SHAPES[kind], _PLAIN, kind.value) for kind in RunKind if kind in kinds)
    yield from (Entry("disc", RUN_LOOKS[state], state.value) for state in RunState if state in states)
    for state in TaskState:
        if state in tasks and state.value not in named:
            yield Entry("cell", TASK_LOOKS[state], f"{state.value.replace('_', ' ')} (task)")
    wrong = {key for remark in found for key in remark.instances}
    belonging = [key for line in layout.belongings for key in line.instances]
    color = ALARM if wrong & set(belonging) else MUTED
    signs = {
        "arrow": (layout.arrows, _PLAIN, "previous"),
        "wanted": (layout.wanted, _PLAIN, "where it should lead"),
        "line": (belonging, Look(color, color, INK), "belongs to run"),
        "none": ([cell for cell in layout.cells if cell.record.run == NO_RUN], _PLAIN, "of no run"),
        "tick": ([column for column in layout.axis.columns if column.due is False], _PLAIN, "off the schedule"),
        "ghost": (layout.lanes.ghosts, GHOST, "no such run"),
        "wrong": (found, Look(ALARM_TINT, ALARM, ALARM), "breaks a law"),
    }
    yield from (Entry(kind, look, text) for kind, (present, look, text) in signs.items() if present)


def sample(pen: Pen, entry: Entry, at: Point) -> None:
    """An entry: what it looks like, then what it means."""
    centre, look = Point(at.x + 6, at.y - 2.5), entry.look
    curve = arc(End(Point(at.x + 13, at.y - 1), 0), End(Point(at.x, at.y - 1), 0), 4)
    match entry.kind:
        case "arrow":
            pen.curve(curve, MUTED, width=0.9, arrow=4.0)
        case "wanted":
            pen.curve(curve, ALARM, width=0.8, dashes=(1.2, 1.8), arrow=3.5)
        case "line":
            pen.curve(curve, look.edge, width=0.8)
            pen.marker("circle", curve[0], 1.5, look, width=0)
        case "none":
            pen.write("-1", middle(centre, 6.5), 6.5, align="center")
        case "tick":
            pen.line([Point(at.x, centre.y), Point(at.x + 12, centre.y)], INK)
            pen.marker("circle", centre, 2.0, Look(PAPER, INK, INK), width=0.8)
        case "cell":
            pen.box(centre, 11, 8, look.fill, look.edge, dashes=(2.2, 1.6) if look.dashed else None)
            pen.write(look.sign, middle(centre, 6.5), 6.5, color=look.text, align="center")
        case _:
            shape = entry.kind if entry.kind in SHAPES.values() else "circle"
            pen.marker(shape, centre, 4.4, look, width=0.9)
    pen.write(entry.text, Point(at.x + 17, at.y), _SMALL, color=MUTED)
