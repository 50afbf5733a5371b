"""``runline init``: a scenario file to start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from runline.cli.main import OK, print_json
from runline.cli.options import json_option, say
from runline.model.errors import RunlineError


@click.command("init")
@click.argument("path", default="scenario.toml", metavar="[FILE]")
@json_option
def command(path: str, as_json: bool) -> int:
    """Write a scenario to start from into FILE (default: scenario.toml); a file that is there is left alone."""
    from runline.reports.files import write_text

    if Path(path).exists():
        raise RunlineError("the file is there already", file=path, remedy="the name of a file that is not there yet")
    write_text(Path(path), files("runline.simulator").joinpath("starter.toml").read_text("utf-8"))
    if as_json:
        print_json({"written": path})
    else:
        say(f"{path}: written; `runline validate {path}` checks it")
    return OK
