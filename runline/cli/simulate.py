"""``runline simulate``: one history of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runline.cli.main import BUDGET, OK, VIOLATION, print_json
from runline.cli.options import (
    check_places,
    design_option,
    in_file,
    json_option,
    max_events_option,
    moved_to,
    night_option,
    of_option,
    say,
)

if TYPE_CHECKING:
    from runline.simulator.outcome import Outcome


@click.command("simulate")
@click.argument("scenario", metavar="SCENARIO")
@design_option
@click.option(
    "--quirk", "quirks", multiple=True, metavar="Q", help="Switch on a small change of a rule (may be repeated)."
)
@click.option("--seed", default=0, show_default=True, metavar="N", help="Decides what the scenario leaves open.")
@click.option("--law", "laws", multiple=True, metavar="ID", help="Judge only this law (may be given several times).")
@max_events_option
@night_option
@click.option("--trace", metavar="FILE", help="Write what happened, step by step.")
@click.option("--chart", metavar="FILE", help="Draw the timeline: svg, png, pdf or html.")
@json_option
def command(
    scenario: str,
    design: str | None,
    quirks: tuple[str, ...],
    seed: int,
    laws: tuple[str, ...],
    max_events: int,
    night: str | None,
    trace: str | None,
    chart: str | None,
    as_json: bool,
) -> int:
    """Let SCENARIO happen once, and say what came of it: the runs by date, what breaks, and by which rule.

    Where the scenario says what it expects of the design, the exit code tells whether that is so; else whether a law
    that the design promises is broken. 3: the limit of events was reached first.
    """
    from runline.cli.progress import counting
    from runline.explorer.fixed import happen
    from runline.invariants.laws import find_simulated_laws
    from runline.simulator.scenario_file import read

    check_places(scenario, {"--trace": trace, "--chart": chart})
    with of_option("--law"):
        judged = find_simulated_laws(laws)
    given = moved_to(read(Path(scenario)), night)
    with in_file(scenario), counting("simulating", given.clock.end) as told:
        outcome = happen(given, design, quirks=quirks, seed=seed, laws=judged, max_events=max_events, told=told)
    _write(outcome, trace, chart)
    _tell(outcome, as_json)
    if outcome.unmet():
        return VIOLATION
    return OK if outcome.complete else BUDGET


def _write(outcome: Outcome, trace: str | None, chart: str | None) -> None:
    """Write what happened, where that is wanted."""
    if trace is not None:
        from runline.explorer.trace import lines
        from runline.reports.files import write_text

        write_text(Path(trace), "".join(lines(outcome)))
    if chart is not None:
        from runline.reports.simulated_chart import draw

        draw(outcome, Path(chart))


def _tell(outcome: Outcome, as_json: bool) -> None:
    """Print what came of it, and what is not as expected."""
    from runline.reports.history import as_dict, as_text

    if as_json:
        print_json(as_dict(outcome))
        return
    for line in as_text(outcome):
        say(line)
    for line in outcome.unmet():
        say(f"unmet: {line}")
