"""``runline chart``: the timeline of a recording as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runline.cli.main import OK, print_json
from runline.cli.options import json_option, name_option
from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.evidence.history import History


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
    from runline.reports.render import check_suffix

    check_suffix(Path(out))
    history = _one(path, name)
    step = _step_of(history, step)

    from runline.evidence.check import check
    from runline.reports.chart import draw, picture_of
    from runline.reports.render import render

    picture = picture_of(check(history), step)
    render(draw(picture).figure, Path(out))
    if as_json:
        print_json({"chart": out, "name": history.name, "step": step, "conclusion": picture.conclusion})
    else:
        click.echo(f"{out}: {picture.title} - {picture.conclusion}")
    return OK


def _one(path: str, name: str | None) -> History:
    from runline.evidence.read import read_histories

    histories = list(read_histories([path], name))
    if len(histories) > 1 and name is None:
        named = ", ".join(history.name for history in histories[:5])
        raise RunlineError(
            f"there are {len(histories)} recordings here",
            file=path,
            remedy=f"--name with one of them, such as {named}",
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
