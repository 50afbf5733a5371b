"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from runline.evidence.read import LeftOut

paths_argument = click.argument("paths", nargs=-1, required=True, metavar="PATH...")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout, errors too.")
name_option = click.option("--name", metavar="NAME", help="Take only the recording of this name.")


def say(line: str = "") -> None:
    """Print a line. Names in it come from other people's databases: what would move the cursor is shown, not sent."""
    click.echo("".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line))


def tell_left_out(files: Iterable[LeftOut]) -> None:
    """Say which files were not read, and why."""
    for file in files:
        click.echo(f"left out: {file.file}: {file.why}", err=True)
