"""``runline explore``: every history of a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runline.cli.main import BUDGET, OK, VIOLATION, print_json
from runline.cli.options import (
    Seconds,
    check_places,
    design_option,
    in_file,
    json_option,
    moved_to,
    night_option,
    of_option,
    say,
    width,
)
from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.explorer.explore import Counterexample, Exploration


@click.command("explore")
@click.argument("scenario", metavar="SCENARIO")
@design_option
@click.option(
    "--quirk", "quirks", multiple=True, metavar="Q", help="Switch on a small change of a rule (may be repeated)."
)
@click.option("--law", "laws", multiple=True, metavar="ID", help="Judge only this law (may be given several times).")
@click.option(
    "--crashes",
    type=click.IntRange(0, 100),
    metavar="N",
    help="So many may happen (default: as SCENARIO says, else 0).",
)
@click.option(
    "--aborts",
    type=click.IntRange(0, 100),
    metavar="N",
    help="So many rollbacks may happen (default: as SCENARIO says, else 0).",
)
@click.option(
    "--guard",
    "guards",
    multiple=True,
    metavar="G",
    help="Let the database keep a constraint or a lock (may be repeated; default: as SCENARIO says).",
)
@click.option(
    "--max-states",
    type=click.IntRange(min=1),
    metavar="N",
    help="Stop after so many distinct states (default: as SCENARIO says, else 1,000,000).",
)
@click.option(
    "--max-memory", default=2048, type=click.IntRange(min=1), show_default=True, metavar="MIB", help="Of states kept."
)
@click.option("--max-depth", type=click.IntRange(min=1), metavar="N", help="Go no further than so many moves.")
@click.option(
    "--time-limit",
    type=Seconds(),
    metavar="S",
    help="Stop after so many seconds, and go through what is near the start for a quarter of that.",
)
@click.option("--no-reduction", is_flag=True, help="Tell all states apart, and take no step first.")
@click.option(
    "--reduction", "reductions", multiple=True, metavar="NAME", help="Use only this reduction (may be repeated)."
)
@click.option(
    "--workers",
    default=1,
    type=click.IntRange(1, 64),
    show_default=True,
    metavar="N",
    help="So many processes share the search; nothing else changes.",
)
@night_option
@click.option("--minimise", is_flag=True, help="Drop from the scenario what the counterexample does not need.")
@click.option("--scenario-out", metavar="FILE", help="Write a scenario that fixes the order of the counterexample.")
@click.option("--trace", metavar="FILE", help="Write the counterexample, for `runline replay` and `runline chart`.")
@click.option("--chart", metavar="FILE", help="Draw the counterexample: svg, png, pdf or html.")
@json_option
def command(
    scenario: str,
    design: str | None,
    quirks: tuple[str, ...],
    laws: tuple[str, ...],
    crashes: int | None,
    aborts: int | None,
    guards: tuple[str, ...],
    max_states: int | None,
    max_memory: int,
    max_depth: int | None,
    time_limit: float | None,
    no_reduction: bool,
    reductions: tuple[str, ...],
    workers: int,
    night: str | None,
    minimise: bool,
    scenario_out: str | None,
    trace: str | None,
    chart: str | None,
    as_json: bool,
) -> int:
    """Let SCENARIO happen in every order that its processes allow, and hold the laws against all of it.

    Where a law breaks, the shortest history is told in which it does for good, step by step; it can be drawn, replayed,
    and written as a scenario that fixes its order. Of such a scenario the one history is gone along that it fixes. Where
    the scenario says what a design breaks, the exit code tells whether that is so; else whether a law that the design
    promises is broken. 3: a limit was reached first, so that what holds is unknown.
    """
    from runline.cli.progress import exploring
    from runline.explorer.explore import explore
    from runline.explorer.question import bounds_of, explorable
    from runline.explorer.reductions.reduction import wanted
    from runline.explorer.search import Limits
    from runline.simulator.scenario_file import read

    _check_names(scenario, scenario_out, trace, chart)
    with of_option("--law"):
        judged = explorable(laws)
    given = moved_to(read(Path(scenario)), night)
    limits = Limits(max_states or bounds_of(given).max_states, max_memory << 20, time_limit, max_depth)
    chosen = wanted(reductions, none=no_reduction)
    with in_file(scenario), exploring() as told:
        found = explore(
            given,
            design,
            quirks=quirks,
            laws=judged if laws else None,
            limits=limits,
            crashes=crashes,
            aborts=aborts,
            guards=guards or None,
            reductions=chosen,
            told=told,
            workers=workers,
        )
    if found.found.alone:
        click.echo(found.found.alone, err=True)
    smaller = _minimised(found) if minimise else None
    _write(smaller or found, {_write_scenario: scenario_out, _write_trace: trace, _write_chart: chart})
    _tell(found, smaller, as_json)
    if found.unmet():
        return VIOLATION
    return OK if found.found.complete else BUDGET


def _tell(found: Exploration, smaller: Exploration | None, as_json: bool) -> None:
    """Print what was found, what is left of it, and what is not as expected."""
    from runline.reports.exploration import as_dict, as_text

    if as_json:
        print_json(as_dict(found, smaller))
        return
    for line in as_text(found, width(), smaller):
        say(line)
    for line in found.unmet():
        say(f"unmet: {line}")


def _minimised(found: Exploration) -> Exploration | None:
    """The counterexample that leads, in a scenario with no more than it needs; ``None`` where there is none."""
    from runline.cli.progress import ticking
    from runline.testing.minimise import minimised

    way = found.leading
    if way is None:
        return None
    with ticking("minimising") as told:
        return minimised(found, way, told=told)


def _check_names(scenario: str, scenario_out: str | None, trace: str | None, chart: str | None) -> None:
    """Refuse names to which nothing can be written, before any work is done."""
    if scenario_out is not None and Path(scenario_out).suffix != ".toml":
        message = "a scenario file has a name that ends in .toml"
        raise RunlineError(message, key="--scenario-out", value=scenario_out, remedy=f"{scenario_out}.toml")
    check_places(scenario, {"--scenario-out": scenario_out, "--trace": trace, "--chart": chart})


def _write(
    found: Exploration, wanted: Mapping[Callable[[Exploration, Counterexample, Path], None], str | None]
) -> None:
    """Write the counterexample that leads, if there is one, in each way that is wanted."""
    ways = {write: Path(name) for write, name in wanted.items() if name is not None}
    if ways and found.leading is None:
        click.echo("no law is broken: there is no counterexample to write", err=True)
        return
    for write, path in ways.items():
        assert found.leading is not None
        write(found, found.leading, path)


def _write_scenario(found: Exploration, way: Counterexample, path: Path) -> None:
    from runline.reports.counterexample import as_file, left_unsaid
    from runline.reports.files import write_text

    write_text(path, as_file(found, way))
    if unsaid := left_unsaid(way):
        click.echo(f"{path}: {unsaid}", err=True)


def _write_trace(found: Exploration, way: Counterexample, path: Path) -> None:
    from runline.explorer.trace import lines_of
    from runline.reports.files import write_text

    write_text(path, "".join(lines_of(way.gone.outcome)))


def _write_chart(found: Exploration, way: Counterexample, path: Path) -> None:
    from runline.reports.simulated_chart import draw

    draw(way.gone.outcome, path)
