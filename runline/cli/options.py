"""Options that several commands have."""

from __future__ import annotations

import click

paths_argument = click.argument("paths", nargs=-1, required=True, metavar="PATH...")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout, errors too.")
name_option = click.option("--name", metavar="NAME", help="Take only the recording of this name.")
