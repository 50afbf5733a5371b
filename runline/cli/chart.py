"""``runline chart``: the timeline of a recording, of a scenario that is let happen, or of a trace, as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runline.cli.main import OK, VIOLATION, print_json
from runline.cli.options import in_file, json_option, known_design, name_option, say
from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.evidence.history import History
    from runline.reports.picture import Picture
    from runline.simulator.outcome import Outcome

_HEAD = 1 << 16
"""How much of a file is read to see whether it is a trace: more than the first key of its first line."""


@click.command("chart")
@click.argument("path", metavar="RECORDING|SCENARIO|TRACE")
@name_option
@click.option(
    "--design",
    metavar="D",
    callback=known_design,
    help="The scheduler design of a scenario; coherent or that of the history that it fixes, if not given.",
)
@click.option("--seed", type=int, metavar="N", help="Decides what a scenario leaves open; 0, if not given.")
@click.option("--dag", metavar="NAME", help="Which DAG of a scenario or trace; the first that is broken, if not given.")
@click.option(
    "--step", type=int, metavar="N", help="The state after this step (of a trace: entry), from 0 on; else the last."
)
@click.option(
    "-o",
    "--out",
    required=True,
    metavar="FILE",
    help="Where to: the suffix says whether svg, png, pdf, html; dot, mmd for a graph.",
)
@json_option
def command(
    path: str,
    name: str | None,
    design: str | None,
    seed: int | None,
    dag: str | None,
    step: int | None,
    out: str,
    as_json: bool,
) -> int:
    """Draw the timeline of a DAG: runs by date, how they are linked, which laws are broken where.

    RECORDING is a file with one recording, or with several of which --name takes one. SCENARIO is a file in TOML,
    which is let happen under --design. TRACE is what `runline simulate --trace` wrote, gone through again; where it
    now comes out otherwise, that is said, and the exit code is 1.
    """
    from runline.reports.chart import check_name

    check_name(Path(out))
    kind, outcome = _kind_of(path), None
    _refuse_options(kind, {"--name": name, "--design": design, "--seed": seed, "--dag": dag})
    if kind == "recording":
        title, picture = _recorded(path, name, step, out)
    else:
        _refuse_own_input(path, out, kind)
        outcome, told = _simulated(path, kind, design, seed or 0)
        if told:
            return _diverged(path, told, as_json)
        title, picture = outcome.scenario.title, _picture(outcome, dag, step)
    _save(None if outcome is None or step is not None else outcome, picture, Path(out))
    if as_json:
        print_json({"chart": out, "name": title, "step": picture.step, "conclusion": picture.conclusion})
    else:
        say(f"{out}: {picture.title} - {picture.conclusion}")
    return OK


def _save(outcome: Outcome | None, picture: Picture, out: Path) -> None:
    """Write the picture; that of the end of a history with all of this, as far as it is known."""
    from runline.reports.chart import save
    from runline.reports.simulated_chart import save_end

    if outcome is None:
        save(picture, out)
    else:
        save_end(outcome, picture, out)


# ------------------------------------------------------------------- what there is to draw


def _kind_of(path: str) -> str:
    """What a file holds: a scenario by its name, a trace by its first line; all else is taken for a recording."""
    file = Path(path)
    if file.suffix == ".toml":
        return "scenario"
    try:
        with file.open("rb") as opened:
            head = opened.read(_HEAD).lstrip()
    except OSError:
        return "recording"
    return "trace" if _has_first_key(head, "runline_trace") else "recording"


def _has_first_key(head: bytes, key: str) -> bool:
    """Whether the text of an object, of which only the beginning may be there, begins with a key."""
    return head[:1] == b"{" and head[1:].lstrip().startswith(json.dumps(key).encode())


def _refuse_options(kind: str, given: dict[str, object]) -> None:
    """An option that does nothing is more likely a mistake than not meant."""
    takes = {"recording": ("--name",), "scenario": ("--design", "--seed", "--dag"), "trace": ("--dag",)}[kind]
    for option, value in given.items():
        if value is not None and option not in takes:
            raise RunlineError(
                f"what is drawn is a {kind}, which has no {option}",
                key=option,
                value=value,
                remedy=f"of these options only {', '.join(takes)}",
            )


def _refuse_own_input(path: str, out: str, kind: str) -> None:
    from runline.evidence.files import find_files

    if Path(out).resolve() in {file.resolve() for file in find_files([path])}:
        raise RunlineError(f"the chart would take the place of the {kind}", file=out, remedy="another name for it")


# --------------------------------------------------------------------------- simulations


def _simulated(path: str, kind: str, design: str | None, seed: int) -> tuple[Outcome, str]:
    """The history, and for a trace where it now comes out otherwise (empty: nowhere)."""
    if kind == "trace":
        from runline.explorer.trace import replay

        outcome, divergence = replay(Path(path))
        if divergence is None:
            return outcome, ""
        told = f"the history comes out otherwise from entry {divergence.entry} on"
        return outcome, f"{told}\n  recorded: {divergence.recorded}\n  now: {divergence.now}"
    from runline.cli.progress import counting
    from runline.explorer.fixed import happen
    from runline.simulator.scenario_file import read

    scenario = read(Path(path))
    with in_file(path), counting("simulating", scenario.clock.end) as count:
        return happen(scenario, design, seed=seed, told=count), ""


def _picture(outcome: Outcome, dag: str | None, step: int | None) -> Picture:
    from runline.reports.simulated_chart import picture_of_outcome

    try:
        return picture_of_outcome(outcome, dag, entry=step)
    except RunlineError as error:
        error.key = {"dag": "--dag", "entry": "--step"}.get(error.key or "", error.key)
        raise


def _diverged(path: str, told: str, as_json: bool) -> int:
    """Say that a trace is no longer true; nothing is drawn of it."""
    if as_json:
        print_json({"error": RunlineError(told, file=path).as_dict()})
    else:
        for line in f"runline: {path}: {told}".split("\n"):
            click.echo(line if line.isprintable() else ascii(line), err=True)
    return VIOLATION


# ---------------------------------------------------------------------------- recordings


def _recorded(path: str, name: str | None, step: int | None, out: str) -> tuple[str, Picture]:
    from runline.evidence.check import check
    from runline.reports.picture import picture_of

    history = _one(path, name)
    _refuse_own_input(path, out, "recording")
    return history.name, picture_of(check(history), _step_of(history, step))


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
