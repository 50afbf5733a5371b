"""``runline chart``: the timeline of a recording as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runline.cli.main import OK, print_json
from runline.cli.options import json_option, name_option, say
from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.evidence.history import History
    from runline.reports.picture import Picture

GRAPHS = (".dot", ".mmd")
"""Suffixes that ask for the graph as text instead of a picture."""


@click.command("chart")
@click.argument("path", metavar="RECORDING")
@name_option
@click.option("--step", type=int, metavar="N", help="The state after this step, from 0 on; the last, if not given.")
@click.option(
    "-o", "--out", required=True, metavar="FILE", help="Where to: the suffix says whether svg, png, pdf, html."
)
@json_option
def command(path: str, name: str | None, step: int | None, out: str, as_json: bool) -> int:
    """Draw the timeline of a recording after a step: runs by date, how they are linked, which laws are broken where.

    RECORDING is a file with one recording, or with several of which --name takes one.
    """
    from runline.reports.picture import picture_of
    from runline.reports.render import check_suffix

    as_graph = Path(out).suffix in GRAPHS
    if not as_graph:
        check_suffix(Path(out))
    history = _one(path, name)
    _refuse_own_input(path, out)
    step = _step_of(history, step)

    from runline.evidence.check import check

    picture = picture_of(check(history), step)
    if as_graph:
        _write_graph(picture, Path(out))
    else:
        from runline.reports.chart import draw
        from runline.reports.render import render

        render(draw(picture).figure, Path(out))
    if as_json:
        print_json({"chart": out, "name": history.name, "step": step, "conclusion": picture.conclusion})
    else:
        say(f"{out}: {picture.title} - {picture.conclusion}")
    return OK


def _write_graph(picture: Picture, out: Path) -> None:
    """Write the runs, and what links, overrides and owns, as text for Graphviz or Mermaid."""
    from runline.reports.files import write_text
    from runline.reports.graph import as_dot, as_mermaid, timeline_graph

    graph = timeline_graph(picture.state, picture.dag)
    write_text(out, as_dot(graph) if out.suffix == ".dot" else as_mermaid(graph))


def _refuse_own_input(path: str, out: str) -> None:
    from runline.evidence.files import find_files

    if Path(out).resolve() in {file.resolve() for file in find_files([path])}:
        raise RunlineError("the chart would take the place of the recording", file=out, remedy="another name for it")


def _one(path: str, name: str | None) -> History:
    from runline.evidence.read import read_histories

    histories = list(read_histories([path], name))
    if len(histories) > 1 and name is None:
        named = ", ".join(history.name for history in histories[:5])
        raise RunlineError(
            f"there are {len(histories)} recordings here", file=path, remedy=f"--name with one of them, such as {named}"
        )
    if len(histories) > 1:
        places = ", ".join(f"{history.path}:{history.line}" for history in histories[:6])
        raise RunlineError(
            f"{len(histories)} recordings are called {name!r}", file=path, value=name, remedy=f"one of {places}, alone"
        )
    return histories[0]


def _step_of(history: History, step: int | None) -> int:
    steps = [moment.number for moment in history.moments]
    if not steps:
        raise RunlineError(
            f"the recording {history.name!r} has no steps", file=history.file, remedy="another recording"
        )
    if step is None:
        return steps[-1]
    if step not in steps:
        raise RunlineError(
            f"the recording {history.name!r} has no step {step}",
            key="--step",
            value=step,
            remedy=f"a step from {steps[0]} to {steps[-1]}",
        )
    return step
