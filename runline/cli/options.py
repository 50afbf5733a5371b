"""Options that several commands have."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.evidence.read import LeftOut
    from runline.simulator.scenario import Scenario

paths_argument = click.argument("paths", nargs=-1, required=True, metavar="PATH...")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout, errors too.")


def known_design(ctx: click.Context, option: click.Parameter, given: Any) -> Any:
    """A design that is asked for, or several, if they are there: a callback of the option."""
    from runline.designs.catalog import find_design

    with of_option("--design"):
        for design in [given] if isinstance(given, str) else given or ():
            find_design(design)
    return given


@contextmanager
def of_option(option: str) -> Iterator[None]:
    """Whatever is wrong in here, and is not told of another place, is wrong with this option."""
    try:
        yield
    except RunlineError as error:
        error.key = error.key or option
        raise


class Seconds(click.FloatRange):
    """A number of seconds above 0."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """What is given as a number; what is none is refused, also where it calls itself "nan"."""
        seconds: float = super().convert(value, param, ctx)
        if isnan(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


design_option = click.option(
    "--design",
    metavar="D",
    callback=known_design,
    help="The scheduler design; coherent, if none is given and the file fixes no other's history.",
)
night_option = click.option(
    "--night",
    metavar="NIGHT",
    help="Move the scenario to a month-end, leap-day, year-end, clocks-forward or clocks-back.",
)
max_events_option = click.option(
    "--max-events",
    default=1_000_000,
    type=click.IntRange(min=1),
    show_default=True,
    metavar="N",
    help="Stop a history after so many events.",
)
name_option = click.option("--name", metavar="NAME", help="Take only the recording of this name.")


def moved_to(scenario: Scenario, night: str | None) -> Scenario:
    """The scenario at a night of the calendar, if one was asked for."""
    if night is None:
        return scenario
    from runline.simulator.calendar import at_night

    with of_option("--night"):
        return at_night(scenario, night)


def check_places(scenario: str, outputs: Mapping[str, str | None]) -> None:
    """Refuse names to which nothing can be written, before any work is done: by the option that asks for each."""
    from runline.reports.files import check_outputs

    chart = outputs.get("--chart")
    if chart is not None:
        from runline.reports.chart import check_name

        check_name(Path(chart))
    check_outputs(scenario, outputs)


def say(line: str = "") -> None:
    """Print a line. Names in it come from other people's databases: what would move the cursor is shown, not sent."""
    click.echo("".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line))


@contextmanager
def in_file(path: str) -> Iterator[None]:
    """Whatever is wrong in here is wrong with what that file says."""
    try:
        yield
    except RunlineError as error:
        raise error.located(file=path if (error.key or "").startswith(("history.", "actions.")) else None) from None


_WIDTH = 110
"""How wide lines are where there is no terminal."""


def width() -> int:
    """How wide lines may be: as the terminal is, the same everywhere where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDTH


def tell_left_out(files: Iterable[LeftOut]) -> None:
    """Say which files were not read, and why."""
    for file in files:
        click.echo(f"left out: {file.file}: {file.why}", err=True)
