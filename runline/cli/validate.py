"""``runline validate``: is a file what it should be."""

from __future__ import annotations

import click

from runline.cli.main import OK, print_json
from runline.cli.options import json_option, paths_argument, tell_left_out


@click.command("validate")
@paths_argument
@json_option
def command(paths: tuple[str, ...], as_json: bool) -> int:
    """Read every recording in PATHS and say what is wrong with the first that is not as it should be."""
    from runline.cli.progress import progress
    from runline.evidence.read import LeftOut, count_lines, read_histories

    left_out: list[LeftOut] = []
    counts: dict[str, int] = {}
    for history in progress(read_histories(paths, None, left_out), "reading", count_lines(paths)):
        counts[history.file] = counts.get(history.file, 0) + 1
    tell_left_out(left_out)
    if as_json:
        print_json({"files": [{"file": file, "recordings": count} for file, count in counts.items()]})
    else:
        for file, count in counts.items():
            click.echo(f"{file}: {count} recordings, well formed")
    return OK
