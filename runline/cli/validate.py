"""``runline validate``: is a file what it should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runline.cli.main import OK, print_json
from runline.cli.options import in_file, json_option, paths_argument, say, tell_left_out
from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.evidence.read import LeftOut

SUFFIX = ".toml"
"""What the names of scenario files end with."""


@click.command("validate")
@paths_argument
@json_option
def command(paths: tuple[str, ...], as_json: bool) -> int:
    """Read the scenario files and recordings in each PATH, and say what is wrong with the first that is not right.

    A history that a scenario fixes is gone along, step by step. Below a folder, files that are neither are left out.
    """
    left_out: list[LeftOut] = []
    titles = {file.as_posix(): _title(file) for path in paths for file in _scenario_files(Path(path), left_out)}
    counts = _recordings([path for path in paths if _has_recordings(Path(path))], left_out)
    if as_json:
        files: list[dict[str, object]] = [{"file": file, "scenario": title} for file, title in titles.items()]
        files += [{"file": file, "recordings": count} for file, count in counts.items()]
        print_json({"files": files, "left_out": [file._asdict() for file in left_out]})
    else:
        for file, title in titles.items():
            say(f"{file}: scenario {title!r}, well formed")
        for file, count in counts.items():
            say(f"{file}: {count} recording{'s' * (count != 1)}, well formed")
        tell_left_out(left_out)
    return OK


def _scenario_files(path: Path, left_out: list[LeftOut]) -> list[Path]:
    """The scenario file named, or those below a folder; other TOML there is left out."""
    from runline.evidence.read import LeftOut

    if not path.is_dir():
        return [path] if path.suffix == SUFFIX else []
    found = sorted(file for file in path.rglob(f"*{SUFFIX}") if file.is_file())
    foreign = [file for file in found if _is_foreign(file)]
    left_out += [LeftOut(file.as_posix(), "this TOML is no scenario: it has none of its keys") for file in foreign]
    kept = [file for file in found if file not in foreign]
    if not kept and not _has_recordings(path):
        raise RunlineError(
            "the folder holds neither scenarios nor recordings",
            file=str(path),
            remedy="a folder with files .toml, .jsonl or .jsonl.gz",
        )
    return kept


def _is_foreign(file: Path) -> bool:
    """Whether a file is good TOML about something else."""
    from runline.simulator.scenario import Scenario
    from runline.simulator.scenario_file import load

    try:
        keys = load(file.read_text("utf-8")).keys()
    except (OSError, ValueError, RunlineError):
        return False  # what is wrong with it is told when it is read
    return bool(keys) and not keys & Scenario.model_fields.keys()


def _has_recordings(path: Path) -> bool:
    """Whether recordings are named or lie below; a name that is neither file nor folder is looked for there too."""
    from runline.evidence.files import SUFFIXES

    if path.is_dir():
        return any(file.name.endswith(SUFFIXES) for file in path.rglob("*"))
    return path.suffix != SUFFIX


def _title(file: Path) -> str:
    """The title of a scenario; where it fixes histories, these are gone along, for else nobody knows that they can be."""
    from runline.explorer.fixed import happen
    from runline.simulator.scenario_file import read

    scenario = read(file)
    with in_file(str(file)):
        for design in scenario.history:
            happen(scenario, design, laws=())
    return scenario.title


def _recordings(paths: Sequence[str], left_out: list[LeftOut]) -> dict[str, int]:
    """How many recordings each file holds; every one is read."""
    from runline.cli.progress import progress
    from runline.evidence.read import count_lines, read_histories

    if not paths:
        return {}
    counts: dict[str, int] = {}
    for history in progress(read_histories(paths, None, left_out), "reading", count_lines(paths)):
        counts[history.file] = counts.get(history.file, 0) + 1
    return counts
