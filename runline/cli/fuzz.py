"""``runline fuzz``: generated histories, for what is too big to exhaust."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from runline.cli.main import BUDGET, OK, VIOLATION, print_json
from runline.cli.options import Seconds, json_option, say
from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.reports.fuzzed import Told
    from runline.testing.fuzz import Found, Fuzz, Limits, StumbleError

HISTORIES = 1_000
"""The same as in the search, which is not imported before it is needed."""
SUFFIX = ".toml"


@click.command("fuzz")
@click.argument("scenario", required=False, metavar="[SCENARIO]")
@click.option("--design", default="coherent", show_default=True, metavar="D", help="The scheduler design.")
@click.option(
    "--quirk", "quirks", multiple=True, metavar="Q", help="Switch on a small change of a rule (may be repeated)."
)
@click.option(
    "--law", "laws", multiple=True, metavar="ID", help="Look for this law only, promised or not (may be repeated)."
)
@click.option("--seed", default=0, show_default=True, metavar="N", help="Decides which histories are generated.")
@click.option(
    "--histories",
    default=HISTORIES,
    type=click.IntRange(1, 100_000_000),
    show_default=True,
    metavar="N",
    help="Try so many.",
)
@click.option("--time-limit", type=Seconds(), metavar="S", help="Begin none after so many seconds.")
@click.option(
    "--out",
    default="found",
    show_default=True,
    metavar="DIR or FILE",
    help="Where scenarios go, one for each law; with a name that ends in .toml the first law broken is the last.",
)
@click.option("--overwrite", is_flag=True, help="Write over files that are there.")
@json_option
def command(
    scenario: str | None,
    design: str,
    quirks: tuple[str, ...],
    laws: tuple[str, ...],
    seed: int,
    histories: int,
    time_limit: float | None,
    out: str,
    overwrite: bool,
    as_json: bool,
) -> int:
    """Search generated histories for one in which a design breaks a law that it promises.

    Without SCENARIO all is generated: up to three weeks of up to three DAGs, what an operator does to them, processes
    that fail, clocks that are off. With SCENARIO its DAGs, clock, processes and options are kept, and what is done is
    varied: its own actions are left out, moved or done again, and others are added; SCENARIO itself comes first.

    What breaks a law is made as simple as it can be and written as a scenario file that says so. The same seed and
    number give the same result. The exit code is 1 if a law is broken, else 0; 3 if the time limit was reached first.
    """
    from runline.reports.fuzzed import as_dict, as_text, headline
    from runline.testing.fuzz import Limits

    fuzz = _prepared(scenario, design, quirks, laws, seed)
    place = _place(fuzz, out, scenario, overwrite)
    if not as_json:
        for line in headline(fuzz, histories):
            say(line)
    limits = Limits(histories, time_limit, 1 if place.suffix == SUFFIX else None)
    found = _search(fuzz, limits, place, as_json)
    if as_json:
        print_json(as_dict(fuzz, found))
    else:
        for line in as_text(fuzz, histories):
            say(line)
    if found:
        return VIOLATION
    return OK if fuzz.complete else BUDGET


# ----------------------------------------------------------------------------- bad input


def _prepared(scenario: str | None, design: str, quirks: tuple[str, ...], laws: tuple[str, ...], seed: int) -> Fuzz:
    from runline.designs.catalog import find_design
    from runline.invariants.laws import find_simulated_laws
    from runline.simulator.scenario_file import read
    from runline.testing.fuzz import Fuzz

    try:
        find_design(design)
    except RunlineError as error:
        raise error.located(key="--design") from None
    try:
        find_simulated_laws(laws)
    except RunlineError as error:
        raise error.located(key="--law") from None
    fuzz = Fuzz(design, quirks, laws, seed, None if scenario is None else read(Path(scenario)))
    if not fuzz.sought:
        raise RunlineError(f"{design} promises no law", key="--design", value=design, remedy="laws by --law ID")
    return fuzz


def _place(fuzz: Fuzz, out: str, scenario: str | None, overwrite: bool) -> Path:
    """Where scenarios go; refuses what cannot be written to, or is there already, before any work is done."""
    from runline.reports.files import check_place
    from runline.reports.fuzzed import file_name

    place = Path(out)
    if not out or (place.suffix == SUFFIX and place.is_dir()):
        raise RunlineError("this is no name for a file", key="--out", value=out, remedy="the name of a file or folder")
    is_file = place.suffix == SUFFIX
    folder = place.parent if is_file else place
    files = [place] if is_file else [place / file_name(fuzz, law.id) for law in fuzz.sought]
    files.append(folder / file_name(fuzz, "stumbles"))
    check_place(folder)
    for file in files:
        if scenario is not None and file.resolve() == Path(scenario).resolve():
            raise RunlineError("what is found would take the place of the scenario", file=out, remedy="another name")
        if file.exists() and not overwrite:
            remedy = "--overwrite, or another place by --out"
            raise RunlineError("the file is there already", file=str(file), key="--out", value=out, remedy=remedy)
    return place


# ------------------------------------------------------------------------------ searching


def _search(fuzz: Fuzz, limits: Limits, place: Path, as_json: bool) -> list[tuple[Told, Path]]:
    """Search, and write each scenario as it is found, so that it is kept and told even if the search is interrupted."""
    from runline.cli.progress import fuzzing
    from runline.reports.fuzzed import found_lines
    from runline.testing.fuzz import StumbleError

    found: list[tuple[Told, Path]] = []
    try:
        with fuzzing(limits.histories) as told:
            for each in fuzz.run(limits, told):
                found.append(_keep(fuzz, each, place))
    except StumbleError as stumbled:
        raise _stumbled(fuzz, stumbled, place) from stumbled
    finally:
        for kept, file in () if as_json else found:
            for line in found_lines(fuzz, kept, file):
                say(line)
    return found


def _stumbled(fuzz: Fuzz, stumbled: StumbleError, place: Path) -> RunlineError:
    """Keep the history under which the simulation ended with an error, so that one can see where."""
    from runline.reports.files import write_text
    from runline.reports.fuzzed import command, file_name
    from runline.simulator.scenario_writer import write

    file = (place.parent if place.suffix == SUFFIX else place) / file_name(fuzz, "stumbles")
    write_text(file, write(stumbled.scenario))
    return RunlineError(
        f"{fuzz.judged.name} cannot be simulated in history {stumbled.history}: {stumbled}",
        file=str(file),
        remedy=f"RUNLINE_TRACEBACK=1 {command(fuzz, file)} shows where",
    )


def _keep(fuzz: Fuzz, found: Found, place: Path) -> tuple[Told, Path]:
    from runline.reports.files import write_text
    from runline.reports.fuzzed import file_name, told
    from runline.simulator.scenario_writer import write

    file = place if place.suffix == SUFFIX else place / file_name(fuzz, found.law)
    each = told(fuzz, found)
    write_text(file, write(each.scenario))
    return each, file
