"""``runline validate``: is a file what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from runline.cli.main import OK, print_json
from runline.cli.options import json_option, paths_argument, say, tell_left_out


@click.command("validate")
@paths_argument
@json_option
def command(paths: tuple[str, ...], as_json: bool) -> int:
    """Read the scenario files and recordings in each PATH, and say what is wrong with the first that is not right."""
    scenarios = [file for path in paths for file in _scenario_files(Path(path))]
    titles = {file.as_posix(): _title(file) for file in scenarios}
    counts = _recordings([path for path in paths if not _only_scenarios(Path(path))])
    if as_json:
        files: list[dict[str, object]] = [{"file": file, "scenario": title} for file, title in titles.items()]
        print_json({"files": files + [{"file": file, "recordings": count} for file, count in counts.items()]})
    else:
        for file, title in titles.items():
            say(f"{file}: scenario {title!r}, well formed")
        for file, count in counts.items():
            say(f"{file}: {count} recording{'s' * (count != 1)}, well formed")
    return OK


def _scenario_files(path: Path) -> list[Path]:
    """The scenario file named, or those below a folder."""
    if path.is_dir():
        return sorted(path.rglob("*.toml"))
    return [path] if path.suffix == ".toml" and path.exists() else []


def _only_scenarios(path: Path) -> bool:
    from runline.evidence.files import SUFFIXES

    if path.is_dir():
        return bool(_scenario_files(path)) and not any(file.name.endswith(SUFFIXES) for file in path.rglob("*"))
    return bool(_scenario_files(path))


def _title(file: Path) -> str:
    from runline.simulator.scenario_file import read

    return read(file).title


def _recordings(paths: Sequence[str]) -> dict[str, int]:
    """How many recordings each file holds; every one is read."""
    from runline.cli.progress import progress
    from runline.evidence.read import LeftOut, count_lines, read_histories

    if not paths:
        return {}
    left_out: list[LeftOut] = []
    counts: dict[str, int] = {}
    for history in progress(read_histories(paths, None, left_out), "reading", count_lines(paths)):
        counts[history.file] = counts.get(history.file, 0) + 1
    tell_left_out(left_out)
    return counts
