"""``runline diff``: where two designs come apart, in a scenario that is given or in the smallest one that is found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runline.cli.main import BUDGET, OK, VIOLATION, print_json
from runline.cli.options import json_option, of_option, say
from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.simulator.divergence import Comparison
    from runline.simulator.scenario import Scenario

EXAMPLES = 2_000
"""The same as in the search, which is not imported before it is needed."""


@click.command("diff")
@click.argument("scenario", required=False, metavar="[SCENARIO]")
@click.option("--design", "designs", multiple=True, metavar="D", help="A scheduler design; two are compared.")
@click.option("--seed", default=0, show_default=True, metavar="N", help="Decides what is left open, and the search.")
@click.option("--chart", metavar="FILE", help="Draw both timelines on one axis: svg, png, pdf or html.")
@click.option("--find", is_flag=True, help="Find the smallest scenario in which the two come apart.")
@click.option("--out", metavar="FILE", help="With --find: write the scenario that was found.")
@click.option(
    "--examples",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help=f"With --find: look at so many scenarios at most; {EXAMPLES:,}, if not given.",
)
@click.option("--law", metavar="ID", help="With --find: one in which only one of the two breaks this law for good.")
@json_option
def command(
    scenario: str | None,
    designs: tuple[str, ...],
    seed: int,
    chart: str | None,
    find: bool,
    out: str | None,
    examples: int | None,
    law: str | None,
    as_json: bool,
) -> int:
    """Let SCENARIO happen under two designs with the same luck, and say where they first come apart to a user.

    Compared is what a user of a scheduler sees: runs and their states, which tasks were executed and how that ended,
    what is refused, which errors are met. With --find the scenario is searched for, made as simple as can be, and
    written. The exit code is 0 if the two do not come apart, else 1; 3 if a limit was reached first.
    """
    _check(scenario, designs, find, {"--out": out, "--examples": examples, "--law": law})
    _check_places(scenario, chart, out)
    if find:
        return _find(designs, seed, examples or EXAMPLES, law, out, chart, as_json)
    from runline.simulator.scenario_file import read

    given = read(Path(str(scenario)))
    for design in given.history:
        if design in designs:
            note = f"note: both are simulated; the history that the scenario fixes of {design} is not followed"
            click.echo(note, err=True)
    comparison = _compare(given, designs, seed)
    return _tell(comparison, chart, as_json)


# ----------------------------------------------------------------------------- bad input


def _check(scenario: str | None, designs: tuple[str, ...], find: bool, of_find: dict[str, object]) -> None:
    """Refuse what does not fit together."""
    from runline.designs.catalog import DESIGNS, find_design

    if len(designs) != 2:
        given = ", ".join(designs) or None
        message = f"a diff is between two designs, and there {'is' if len(designs) == 1 else 'are'} {len(designs)}"
        remedy = f"--design A --design B, two of {', '.join(DESIGNS)}"
        raise RunlineError(message, key="--design", value=given, remedy=remedy)
    for design in designs:
        try:
            find_design(design)
        except RunlineError as error:
            raise error.located(key="--design") from None
    if find and scenario is not None:
        message = "the scenario is what --find is to find"
        raise RunlineError(message, value=scenario, remedy="either --find or the name of a scenario file")
    if not find and scenario is None:
        raise RunlineError("there is no scenario to compare in", remedy="the name of a scenario file, or --find")
    for option, value in of_find.items():
        if value is not None and not find:
            raise RunlineError(f"{option} is for --find", key=option, value=value, remedy=f"--find, or no {option}")
    if of_find["--law"] is not None:
        from runline.invariants.laws import find_simulated_laws

        with of_option("--law"):
            find_simulated_laws([str(of_find["--law"])])


def _check_places(scenario: str | None, chart: str | None, out: str | None) -> None:
    """Refuse names to which nothing can be written, before any work is done."""
    if chart is not None:
        from runline.reports.render import check_suffix

        check_suffix(chart)
    if out is not None and Path(out).suffix != ".toml":
        raise RunlineError(
            "a scenario file has a name that ends in .toml", key="--out", value=out, remedy=f"{out}.toml"
        )
    if scenario is not None and chart is not None and Path(chart).resolve() == Path(scenario).resolve():
        raise RunlineError("the chart would take the place of the scenario", file=chart, remedy="another name for it")


# ------------------------------------------------------------------------------ comparing


def _compare(scenario: Scenario, designs: tuple[str, ...], seed: int) -> Comparison:
    from runline.cli.progress import counting
    from runline.simulator.divergence import compare

    with counting("simulating", scenario.clock.end) as told:
        return compare(scenario, designs[0], designs[1], seed=seed, told=told)


def _tell(comparison: Comparison, chart: str | None, as_json: bool, found: dict[str, Any] | None = None) -> int:
    from runline.reports.comparison_text import as_dict, as_text

    if chart is not None:
        from runline.reports.comparison_chart import save

        save(comparison, Path(chart))
    if as_json:
        print_json(as_dict(comparison) | ({} if found is None else {"found": found}))
    else:
        for line in as_text(comparison):
            say(line)
    if comparison.divergence is not None:
        return VIOLATION
    return OK if comparison.complete else BUDGET


# ------------------------------------------------------------------------------- searching


def _find(
    designs: tuple[str, ...],
    seed: int,
    examples: int,
    law: str | None,
    out: str | None,
    chart: str | None,
    as_json: bool,
) -> int:
    from runline.reports.found import explained

    found = _search(designs, seed, examples, law)
    if found is None:
        return _tell_none(designs, seed, examples, law, as_json)
    scenario = explained(_compare(found, designs, seed), law)
    told = _write(scenario, out, as_json)
    return _tell(_compare(scenario, designs, seed), chart, as_json, told)


def _search(designs: tuple[str, ...], seed: int, examples: int, law: str | None) -> Scenario | None:
    from runline.cli.progress import ticking
    from runline.testing.find import MOST_ACTS, MOST_ACTS_APART, apart, only_one_breaks, smallest

    a, b = designs
    sought = apart(a, b, seed=seed) if law is None else only_one_breaks(a, b, law, seed=seed)
    most = MOST_ACTS_APART if law is None else MOST_ACTS
    with ticking("searching") as told:
        return smallest(sought, max_examples=examples, seed=seed, most_acts=most, told=told)


def _write(scenario: Scenario, out: str | None, as_json: bool) -> dict[str, Any]:
    """Write the scenario, or print it where no file is named; what ``--json`` has of it."""
    from runline.reports.files import write_text
    from runline.simulator.scenario_writer import write

    text = write(scenario)
    if out is not None:
        write_text(Path(out), text)
    if not as_json:
        acts, tasks = len(scenario.actions), sum(len(dag.tasks) for dag in scenario.dags.values())
        size = f"{acts} {'action' if acts == 1 else 'actions'}, {tasks} {'task' if tasks == 1 else 'tasks'}"
        say(f"found: a scenario of {size}" + ("" if out is None else f", written to {out}"))
        for line in () if out is not None else ("", *text.rstrip("\n").split("\n")):
            say(line)
        say()
    return {"file": out, "text": text}


def _tell_none(designs: tuple[str, ...], seed: int, examples: int, law: str | None, as_json: bool) -> int:
    what = "come apart" if law is None else f"differ in whether {law} is broken for good"
    if as_json:
        same: dict[str, Any] = {
            "scenario": None,
            "designs": list(designs),
            "seed": seed,
            "complete": True,
            "same": True,
        }
        print_json(same | {"divergence": None, "runs": [], "verdicts": [], "found": None})
    else:
        say(f"In none of {examples:,} scenarios {designs[0]} and {designs[1]} {what}.")
    return OK
