"""Two histories of one scenario in one picture: both timelines over the same dates, and where they come apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runline.model.instants import Instant, short_instant
from runline.model.snapshot import snapshot_of
from runline.reports.axis import Axis, lay_axis, stretches
from runline.reports.comparison import Account, accounts
from runline.reports.comparison_text import rows, verdict
from runline.reports.curves import Point
from runline.reports.frame import Entry, Line, entries, in_lines, prepare, sample, write
from runline.reports.ground import Ground
from runline.reports.layout import lay
from runline.reports.lettering import clean, wrap
from runline.reports.marks import Marks
from runline.reports.palette import DIFFERS, INK, MUTED, NOTICE, NOTICE_TINT, SHAPES, Look
from runline.reports.pen import Pen, neutral_style
from runline.reports.picture import Picture
from runline.reports.places import MARGIN, WIDTH, Layout
from runline.reports.render import render
from runline.reports.scene import Scene, axis_left
from runline.simulator.divergence import Comparison, Side, leads

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TITLE, _VERDICT, _TEXT, _SMALL = 11.0, 8.6, 7.8, 7.0
_ROOM = WIDTH - 2 * MARGIN
_KINDS = {kind: place for place, kind in enumerate((*SHAPES.values(), "disc", "cell"))}
"""The order of the legend: kinds of runs, their states, those of tasks, then all else."""


def save(comparison: Comparison, path: Path) -> None:
    """Write the picture as the suffix of ``path`` says: svg, png, pdf or html."""
    render(draw(comparison).figure, path)


def draw(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw both timelines on ``ax``, scaled to fit it, or on a figure of its own."""
    with neutral_style():
        return _draw(_Plan(comparison), ax)


@dataclass(frozen=True, slots=True)
class _Part:
    """One side: what is written over it, its picture, and where everything of it stands."""

    prefix: str
    lines: tuple[Line, ...]
    picture: Picture
    layout: Layout


class _Plan:
    """Where everything stands."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.dag = _dag(comparison)
        self.found = _dates_apart(comparison, self.dag)
        self.differing = [row.date for row in rows(comparison) if row.dag == self.dag and row.differs]
        sides = (comparison.a, comparison.b)
        pictures = [_picture(side, self.dag) for side in sides]
        self.axis = _axis(pictures, self.found, self.differing)
        told = (None, None) if comparison.divergence is None else accounts(comparison)
        self.lines, y = _heading(comparison, self.dag)
        self.parts: list[_Part] = []
        for prefix, side, picture, account in zip("ab", sides, pictures, told, strict=True):
            sentence = "" if account is None else _told(account, comparison)
            lines, y = _over(side, sentence, y, f"finding-{len(self.parts) + 1}")
            layout = lay(picture, (), y + 12, self.axis)
            self.parts.append(_Part(f"{prefix}-", tuple(lines), picture, layout))
            y = layout.bottom + 12
        y += max(self.parts[1].layout.labels.height, 10) + 14
        self.legend, y = in_lines(self._entries(), y)
        self.foot = list(self._left_out(y + 6))
        self.height = max([y + MARGIN / 2, *(line.at.y + MARGIN for line in self.foot)])

    def _entries(self) -> list[Entry]:
        """What the picture uses, each sample once."""
        used = dict.fromkeys(entry for part in self.parts for entry in entries(part.picture, part.layout, ()))
        more = [Entry("cell", Look(NOTICE_TINT, NOTICE, INK), "the first difference")] if self.found else []
        if set(self.differing) - set(self.found):
            more.append(Entry("cell", Look(DIFFERS, DIFFERS, INK), "differs in the end"))
        return [*sorted(used, key=lambda entry: _KINDS.get(entry.kind, len(_KINDS))), *more]

    def _left_out(self, y: float) -> Iterator[Line]:
        """What is not shown."""
        missing = [text for part in self.parts for text in part.layout.left_out]
        if self.axis.left_out:
            missing.append(f"{self.axis.left_out} dates that lie between")
        if len(self.comparison.scenario.dags) > 1:
            missing.append(f"DAGs other than {self.dag}")
        text = f"Left out: {'; '.join(dict.fromkeys(missing))}."
        for place, part in enumerate(wrap(text, _ROOM, _SMALL, most=2) if missing else ()):
            yield Line(part, Point(MARGIN, y + _SMALL * 1.4 * (place + 1)), _SMALL, MUTED)


# ------------------------------------------------------------------------------ what is shown


def _dag(comparison: Comparison) -> str:
    """The DAG in which they come apart, else the first."""
    shown = () if comparison.divergence is None else leads(comparison.divergence)
    dags = [seen.effect.dag for seen in shown if seen is not None]
    return next((dag for dag in dags if dag), next(iter(comparison.scenario.dags)))


def _dates_apart(comparison: Comparison, dag: str) -> list[Instant]:
    """The dates about which the first difference is."""
    shown = () if comparison.divergence is None else leads(comparison.divergence)
    dates = [seen.effect.date for seen in shown if seen is not None and seen.effect.dag == dag]
    return sorted({date for date in dates if date is not None})


def _picture(side: Side, dag: str) -> Picture:
    state = replace(snapshot_of(side.outcome.timeline), now=side.outcome.end)
    return Picture(state, dag, side.name, verdict="in the end")


def _axis(pictures: Sequence[Picture], found: Sequence[Instant], differing: Sequence[Instant]) -> Axis:
    """The one axis, with a column for every date that either side has; of too many, those that differ come first."""
    scenes = [Scene(picture, ()) for picture in pictures]
    dates = {date for scene in scenes for date in scene.dates} | set(found)
    left = max(axis_left(scene.tasks) for scene in scenes)
    versions = max((scene.versions for scene in scenes), key=len)
    return lay_axis(stretches(dates, [*found, *differing]), left, WIDTH - MARGIN, versions)


# ------------------------------------------------------------------------------------- text


def _heading(comparison: Comparison, dag: str) -> tuple[list[Line], float]:
    title = f"{comparison.scenario.title}: {comparison.a.name} and {comparison.b.name}"
    color = MUTED if comparison.divergence is None else NOTICE
    lines, y = _written(title, MARGIN - 2, _TITLE, INK, "title", bold=True)
    more, y = _written(verdict(comparison), y + 4, _VERDICT, color, "verdict", bold=True)
    about = [f"DAG {dag}", f"schedule {comparison.scenario.dags[dag].schedule}"]
    about.append(f"drawn as both stand in the end, {short_instant(comparison.a.outcome.end)}")
    last, y = _written(", ".join(about), y + 2, _SMALL, MUTED)
    return [*lines, *more, *last], y


def _told(account: Account, comparison: Comparison) -> str:
    """What a design does where they come apart, when, and by which rules."""
    assert comparison.divergence is not None
    rules = f" ({', '.join(account.rules)})" if account.rules else ""
    return f"At {short_instant(comparison.divergence.at)} {account.sentence}{rules}"


def _over(side: Side, sentence: str, y: float, gid: str) -> tuple[list[Line], float]:
    """What is written over a side: the design, and what it does."""
    lines, y = _written(side.name, y + 12, _VERDICT, INK, bold=True)
    more, y = _written(sentence, y + 1, _TEXT, INK, gid) if sentence else ([], y)
    return [*lines, *more], y


def _written(
    text: str, y: float, size: float, color: str, gid: str = "", *, bold: bool = False
) -> tuple[list[Line], float]:
    """Lines of text below ``y``, and where they end."""
    lines = []
    for place, part in enumerate(wrap(text, _ROOM, size, bold=bold, most=4)):
        y += size * 1.35
        first = place == 0
        lines.append(
            Line(part, Point(MARGIN, y), size, color, bold, gid if first else "", clean(text) if first and gid else "")
        )
    return lines, y


# ---------------------------------------------------------------------------------- drawing


def _draw(plan: _Plan, ax: Axes | None) -> Axes:
    axes, scale = prepare(ax, plan.height)
    pen = Pen(axes, scale)
    _bands(pen, plan)
    for part in plan.parts:
        own = Pen(axes, scale, part.prefix)
        Ground(own, part.picture, part.layout, ()).draw(with_axis=part is plan.parts[-1])
        Marks(own, part.picture, part.layout, ()).draw()
    for line in [*plan.lines, *(line for part in plan.parts for line in part.lines), *plan.foot]:
        write(pen, line)
    for entry, at in plan.legend:
        sample(pen, entry, at)
    axes.set_label(clean(f"{plan.comparison.scenario.title}: {verdict(plan.comparison)}"))
    return axes


def _bands(pen: Pen, plan: _Plan) -> None:
    """The columns of the dates that differ, through both timelines; the first difference stands out."""
    axis = plan.axis
    for date in plan.differing:
        if not axis.hides(date) and date not in plan.found:
            _band(pen, plan, date, DIFFERS, "")
    for date in plan.found:
        _band(pen, plan, date, NOTICE_TINT, NOTICE)


def _band(pen: Pen, plan: _Plan, date: Instant, tint: str, edge: str) -> None:
    x, half = plan.axis.at(date), 0.46 * plan.axis.pitch
    if x is None:
        return
    for part in plan.parts:
        top, bottom = part.layout.top - 6, part.layout.bottom
        corners = [Point(x - half, top), Point(x + half, top), Point(x + half, bottom), Point(x - half, bottom)]
        pen.area(corners, tint, gid=f"apart-{part.prefix}{date}")
        if edge:
            pen.line([*corners, corners[0]], edge, width=0.9)
