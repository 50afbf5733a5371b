"""The chart of a state: its runs by date, how they are linked, what they own, and which laws are broken where.

A pure function of a :class:`~runline.reports.picture.Picture`::

    axes = draw(picture_of(checked, step=2))
    render(axes.figure, "splice.svg")

:func:`save` writes it as the suffix of a file's name asks, a graph as text too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from runline.reports.picture import Picture, picture_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["GRAPHS", "Picture", "check_name", "draw", "picture_of", "save"]

GRAPHS = (".dot", ".mmd")
"""Suffixes that ask for the graph as text instead of a picture."""


def draw(picture: Picture, ax: Axes | None = None, *, words: bool = True) -> Axes:
    """Draw ``picture`` on ``ax``, scaled to fit it, or on a figure of its own.

    Without ``words`` the numbered sentences are left to the page around the chart.
    """
    from runline.reports import frame
    from runline.reports.pen import neutral_style

    with neutral_style():
        return frame.draw(picture, ax, words)


def check_name(path: Path) -> None:
    """Raise :class:`RunlineError` if a chart cannot be written as the suffix of ``path`` asks."""
    from runline.reports.render import check_suffix

    if path.suffix not in GRAPHS:
        check_suffix(path)


def save(picture: Picture, path: Path) -> None:
    """Write a picture as the suffix of ``path`` says: drawn, in a page, or as a graph for Graphviz or Mermaid."""
    if path.suffix in GRAPHS:
        from runline.reports.files import write_text
        from runline.reports.graph import as_dot, as_mermaid, timeline_graph

        graph = timeline_graph(picture.state, picture.dag)
        write_text(path, as_dot(graph) if path.suffix == ".dot" else as_mermaid(graph))
        return
    from runline.reports.render import render

    check_name(path)
    render(draw(picture).figure, path)
