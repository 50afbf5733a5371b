"""``runline explore``: every history of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runline.cli.main import BUDGET, OK, VIOLATION, print_json
from runline.cli.options import json_option, say

if TYPE_CHECKING:
    from runline.explorer.explore import Exploration


@click.command("explore")
@click.argument("scenario", metavar="SCENARIO")
@click.option("--design", default="coherent", show_default=True, metavar="D", help="The scheduler design.")
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
    "--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Stop after so many seconds."
)
@click.option("--trace", metavar="FILE", help="Write the counterexample, for `runline replay` and `runline chart`.")
@click.option("--chart", metavar="FILE", help="Draw the counterexample: svg, png, pdf or html.")
@json_option
def command(
    scenario: str,
    design: str,
    quirks: tuple[str, ...],
    laws: tuple[str, ...],
    crashes: int | None,
    max_states: int | None,
    max_memory: int,
    max_depth: int | None,
    time_limit: float | None,
    trace: str | None,
    chart: str | None,
    as_json: bool,
) -> int:
    """Let SCENARIO happen in every order that its processes allow, and hold the laws against all of it.

    Where a law breaks, the shortest history is told in which it does for good, move by move. Where the scenario says
    what a design breaks, the exit code tells whether that is so; else whether a law that the design promises is broken.
    3: a limit was reached first, so that what holds is unknown.
    """
    from runline.cli.progress import exploring
    from runline.explorer.explore import MAX_STATES, explorable, explore
    from runline.explorer.search import Limits
    from runline.reports.exploration import as_dict, as_text
    from runline.simulator.scenario_file import read

    given, judged = read(Path(scenario)), explorable(laws)
    if max_states is None:
        max_states = MAX_STATES if given.explore is None else given.explore.max_states
    limits = Limits(max_states, max_memory << 20, time_limit, max_depth)
    with exploring() as told:
        found = explore(given, design, quirks=quirks, laws=judged, limits=limits, crashes=crashes, told=told)
    if trace is not None or chart is not None:
        _write(found, trace, chart)
    if as_json:
        print_json(as_dict(found))
    else:
        for line in as_text(found):
            say(line)
        for line in found.unmet():
            say(f"unmet: {line}")
    if found.unmet():
        return VIOLATION
    return OK if found.found.complete else BUDGET


def _write(found: Exploration, trace: str | None, chart: str | None) -> None:
    """Write the counterexample that leads, if there is one."""
    way = found.leading
    if way is None:
        click.echo("no law is broken: there is no counterexample to write", err=True)
        return
    if trace is not None:
        from runline.explorer.trace import lines_of
        from runline.reports.files import write_text

        write_text(Path(trace), "".join(lines_of(found, way)))
    if chart is not None:
        from runline.reports.simulated_chart import draw

        draw(way.gone.outcome, Path(chart))
