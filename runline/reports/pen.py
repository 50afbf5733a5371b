"""Drawing on axes whose unit is the point, with ``y`` growing downwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from runline.reports.curves import Curve, Point, head
from runline.reports.lettering import font
from runline.reports.palette import INK, PAPER, REACH, Look

Dashes = tuple[float, ...] | None


@contextmanager
def neutral_style() -> Iterator[None]:
    """Matplotlib's own defaults, whatever a user has set, and what makes files reproducible."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {"svg.hashsalt": "runline", "svg.fonttype": "path", "path.simplify": False, "text.usetex": False}
        )
        yield


class Pen:
    """Draws shapes, curves and text. ``scale`` is how many points of paper a point of the chart takes.

    ``gid`` names what is drawn, and ``note`` says it in words; both go into the files. ``prefix`` goes before each
    name, where several pictures stand on the same axes.
    """

    def __init__(self, axes: Axes, scale: float = 1.0, prefix: str = "") -> None:
        self.axes = axes
        self.scale = scale
        self.prefix = prefix

    def _outline(self, width: float, dashes: Dashes) -> dict[str, object]:
        style = "-" if dashes is None else (0.0, tuple(dash / max(width, 0.1) for dash in dashes))
        return {"linewidth": width * self.scale, "linestyle": style, "clip_on": False}

    def marker(
        self,
        shape: str,
        at: Point,
        radius: float,
        look: Look,
        *,
        width: float = 1.0,
        order: float = 5,
        gid: str = "",
        note: str = "",
    ) -> None:
        """A circle, square or diamond of much the same area."""
        patch = _shape(shape, at, radius)
        dashes = (2.2, 1.6) if look.dashed else None
        patch.set(facecolor=look.fill, edgecolor=look.edge, zorder=order, **self._outline(width, dashes))
        self._add(patch, gid, note)

    def box(
        self,
        at: Point,
        width: float,
        height: float,
        fill: str,
        edge: str,
        *,
        line: float = 0.7,
        dashes: Dashes = None,
        order: float = 4,
        gid: str = "",
        note: str = "",
    ) -> None:
        """A rectangle by its centre."""
        patch = Rectangle((at.x - width / 2, at.y - height / 2), width, height)
        patch.set(facecolor=fill, edgecolor=edge, zorder=order, **self._outline(line, dashes))
        self._add(patch, gid, note)

    def curve(
        self,
        curve: Curve,
        color: str,
        *,
        width: float = 1.0,
        dashes: Dashes = None,
        arrow: float = 0.0,
        order: float = 3,
        gid: str = "",
        note: str = "",
    ) -> None:
        """A curve, with an arrowhead of that length at its end."""
        patch = PathPatch(Path(list(curve), [Path.MOVETO, *[Path.CURVE4] * (len(curve) - 1)]))
        patch.set(facecolor="none", edgecolor=color, zorder=order, capstyle="round", **self._outline(width, dashes))
        self._add(patch, gid, note)
        if arrow:
            tip = Polygon(list(head(curve, arrow)), closed=True)
            tip.set(facecolor=color, edgecolor="none", zorder=order, clip_on=False)
            self._add(tip, f"{gid}-head" if gid else "", "")

    def line(
        self, points: Sequence[Point], color: str, *, width: float = 0.7, dashes: Dashes = None, order: float = 1
    ) -> None:
        """Straight from point to point."""
        patch = PathPatch(Path(list(points)))
        patch.set(facecolor="none", edgecolor=color, zorder=order, **self._outline(width, dashes))
        self._add(patch, "", "")

    def area(self, points: Sequence[Point], fill: str, *, order: float = 0.5, gid: str = "") -> None:
        """A polygon without an outline."""
        patch = Polygon(list(points), closed=True)
        patch.set(facecolor=fill, edgecolor="none", zorder=order, clip_on=False)
        self._add(patch, gid, "")

    def write(
        self,
        text: str,
        at: Point,
        size: float,
        *,
        color: str = INK,
        align: str = "left",
        bold: bool = False,
        upright: bool = False,
        halo: bool = False,
        order: float = 6,
        gid: str = "",
        note: str = "",
    ) -> None:
        """One line of cleaned text: by its baseline, or upright by its upper end, read from below."""
        drawn = self.axes.text(
            at.x,
            at.y,
            text,
            parse_math=False,
            usetex=False,
            color=color,
            fontproperties=font(size * self.scale, bold),
            horizontalalignment="center" if upright else align,
            verticalalignment="top" if upright else "baseline",
            rotation=90 if upright else 0,
            zorder=order,
            clip_on=False,
        )
        if halo:
            self._halo(drawn)
        drawn.set_gid(f"{self.prefix}{gid}" if gid else None)
        drawn.set_label(note)

    def _halo(self, drawn: Text) -> None:
        drawn.set_path_effects([withStroke(linewidth=2.2 * self.scale, foreground=PAPER)])

    def _add(self, patch: Patch, gid: str, note: str) -> None:
        if gid:
            patch.set_gid(f"{self.prefix}{gid}")
        patch.set_label(note)
        self.axes.add_artist(patch)


def _shape(shape: str, at: Point, radius: float) -> Patch:
    if shape == "circle":
        return Circle(at, radius)
    if shape == "square":
        side = 2 * REACH["square"] * radius
        return Rectangle((at.x - side / 2, at.y - side / 2), side, side)
    reach = REACH["diamond"] * radius
    corners = [(at.x, at.y - reach), (at.x + reach, at.y), (at.x, at.y + reach), (at.x - reach, at.y)]
    return Polygon(corners, closed=True)


def middle(at: Point, size: float) -> Point:
    """The baseline at which digits of a size stand centred on a point."""
    return Point(at.x, at.y + 0.365 * size)
