"""``runline conform``: a design against what real code did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from runline.cli.main import OK, VIOLATION, print_json
from runline.cli.options import json_option, name_option, paths_argument, say, tell_left_out

if TYPE_CHECKING:
    from runline.evidence.conform import Conformed, Difference

_LONG = 300
"""So many characters of a value are told at most."""


@click.command("conform")
@paths_argument
@click.option("--design", metavar="D", help="The design; if not given, the one that does what the recorded tree did.")
@name_option
@json_option
def command(paths: tuple[str, ...], design: str | None, name: str | None, as_json: bool) -> int:
    """Hold a design against the recordings in each PATH: it does what was done, and must have the same effect.

    Told is where it first does something else. Recordings that show a fault of the laboratory are skipped; they are not
    part of the total. Steps count from 0, as in the files.
    """
    from runline.cli.progress import progress
    from runline.evidence.conform import conform_all
    from runline.evidence.read import LeftOut, count_lines

    left_out: list[LeftOut] = []
    total = count_lines(paths) if name is None else None
    results = list(progress(conform_all(paths, design, name, left_out), "conforming", total))
    if as_json:
        print_json({**as_dict(results), "left_out": [file._asdict() for file in left_out]})
    else:
        _tell(results)
        tell_left_out(left_out)
    return VIOLATION if any(result.difference for result in results) else OK


def as_dict(results: Sequence[Conformed]) -> dict[str, Any]:
    """What ``conform --json`` prints; of each recording that differs the first divergence."""
    from runline.versions import versions

    return {
        "versions": versions(),
        "matched": sum(result.matched for result in results),
        "total": sum(not result.skipped for result in results),
        "skipped": sum(result.skipped for result in results),
        "differences": [_difference(result, result.difference) for result in results if result.difference],
    }


def _difference(result: Conformed, difference: Difference) -> dict[str, Any]:
    return {
        "file": result.file,
        "line": result.line,
        "name": result.name,
        "tree": result.tree,
        "design": result.design,
        **difference._asdict(),
    }


def _tell(results: Sequence[Conformed]) -> None:
    """One line for each tree and design, then each recording that differs."""
    groups: dict[tuple[str, str], list[Conformed]] = {}
    for result in results:
        groups.setdefault((result.tree, result.design), []).append(result)
    for (tree, design), group in groups.items():
        skipped = sum(result.skipped for result in group)
        matched = sum(result.matched for result in group)
        say(f"{tree} under {design}: {matched} of {len(group) - skipped} matched, {skipped} skipped")
    for result in results:
        if result.difference is not None:
            _tell_difference(result, result.difference)
    if not results:
        say("no recordings")


def _tell_difference(result: Conformed, difference: Difference) -> None:
    rule = f", by {difference.rule}" if difference.rule else ""
    say(f"{result.path}:{result.line} {result.name}, step {difference.step}: {difference.what}{rule}")
    expected, got = difference.expected, difference.got
    if isinstance(expected, list) and isinstance(got, list) and sorted(map(str, expected)) != sorted(map(str, got)):
        say(f"  expected: {_short([each for each in expected if each not in got])}")
        say(f"  got:      {_short([each for each in got if each not in expected])}")
    else:
        say(f"  expected: {_short(expected)}")
        say(f"  got:      {_short(got)}")


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONG else text[: _LONG - 3] + "..."
