"""The chart of a state: its runs by date, how they are linked, what they own, and which laws are broken where.

A pure function of a :class:`~runline.reports.picture.Picture`::

    axes = draw(picture_of(checked, step=2))
    render(axes.figure, "splice.svg")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runline.reports.picture import Picture, picture_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Picture", "draw", "picture_of"]


def draw(picture: Picture, ax: Axes | None = None, *, words: bool = True) -> Axes:
    """Draw ``picture`` on ``ax``, scaled to fit it, or on a figure of its own.

    Without ``words`` the numbered sentences are left to the page around the chart.
    """
    from runline.reports import frame
    from runline.reports.pen import neutral_style

    with neutral_style():
        return frame.draw(picture, ax, words)
