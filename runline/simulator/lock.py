"""The lock file of scenarios: what came of each under each design, one line each, so that a change of it is a diff."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from runline.invariants.laws import ALL_LAWS
from runline.invariants.verdict import Status
from runline.model.errors import RunlineError
from runline.simulator.review import COUNTED, LISTED, ScenarioFile, printable, shown_folder

LOCK = "verdicts.lock.json"

Line = Mapping[str, Any]
"""The laws by what is said of them, the rules that refused, and the digest."""
Lines = Mapping[str, Mapping[str, Line]]
"""By scenario file and design."""
_UNSAID = f"{Status.HOLDS} or is {Status.NOT_APPLICABLE}"


class Entry(Protocol):
    """What came of a scenario under a design, in one history or in all."""

    @property
    def file(self) -> ScenarioFile:
        """The scenario's file."""

    @property
    def design(self) -> str:
        """The design as it was asked for."""

    @property
    def line(self) -> Line:
        """What the lock file has of it."""


class Difference(NamedTuple):
    """Something that the lock file says otherwise. ``verdict``: a verdict, not just how a history came to it."""

    file: str
    design: str
    sentence: str
    verdict: bool = True

    @property
    def told(self) -> str:
        """The whole line."""
        return f"{self.file} under {self.design}: {self.sentence}"


def lines_of(cases: Iterable[Entry], folder: Path) -> Lines:
    """What the lock file of a folder has of what lies in it."""
    lines: dict[str, dict[str, Line]] = {}
    for case in cases:
        name = case.file.name_in(folder)
        if name is not None:
            lines.setdefault(name, {})[case.design] = case.line
    return lines


# ------------------------------------------------------------------------------- file


def read_lock(folder: Path) -> Lines | None:
    """The lines of the lock file in a folder; ``None`` if there is none."""
    path = folder / LOCK
    if not path.exists():
        return None
    try:
        lines = json.loads(path.read_text("utf-8"))
        for designs in lines.values():
            for line in designs.values():
                _said(line)
                assert isinstance(line["refused"], list)
                assert isinstance(line["digest"], str)
    except (OSError, ValueError, AssertionError, AttributeError, TypeError, KeyError, RecursionError):
        raise RunlineError(
            "this is no lock file of scenarios", file=str(path), remedy="runline review --update-lock writes a new one"
        ) from None
    assert isinstance(lines, dict)
    return lines


def as_text(lines: Lines) -> str:
    """The lock file: sorted, one line for each scenario and design."""
    files = []
    for file, designs in sorted(lines.items()):
        inner = ",\n".join(f"  {_json(design)}: {_json(line)}" for design, line in sorted(designs.items()))
        files.append(f" {_json(file)}: {{\n{inner}\n }}")
    return "{\n" + ",\n".join(files) + "\n}\n" if files else "{}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


# ------------------------------------------------------------------------- differences


def differences(
    expected: Lines, cases: Collection[Entry], folder: Path, designs: Collection[str] = ()
) -> list[Difference]:
    """Where what was found in a folder is not what its lock file says; with ``designs`` of these only, where it has them.

    Files are named as reports show them.
    """
    found = lines_of(cases, folder)
    shown = {case.file.name_in(folder): case.file.shown for case in cases}
    told: list[Difference] = []
    for file in sorted({*expected, *found}):
        name = shown.get(file) or f"{printable(shown_folder(folder))}/{file}"
        was, now = expected.get(file, {}), found.get(file, {})
        for design in sorted({*was, *now}):
            if designs and (design not in designs or design not in was):
                continue
            if design not in now:
                told.append(Difference(name, design, "the lock file has it, but it was not reviewed"))
            elif design not in was:
                told.append(Difference(name, design, "the lock file has nothing of it"))
            else:
                told += _compare(name, design, was[design], now[design])
    return told


def _compare(file: str, design: str, was: Line, now: Line) -> list[Difference]:
    """The verdicts that differ; where none does, whether the history does."""
    before, after = _said(was), _said(now)
    order = {law: place for place, law in enumerate(ALL_LAWS)}
    laws = sorted({*before, *after}, key=lambda law: (order.get(law, len(order)), law))
    told = [
        Difference(file, design, f"{law} {after.get(law, _UNSAID)}; the lock file says: {before.get(law, _UNSAID)}")
        for law in laws
        if before.get(law) != after.get(law)
    ]
    if sorted(was["refused"]) != now["refused"]:
        refused = [", ".join(line["refused"]) or "nothing" for line in (now, was)]
        told.append(Difference(file, design, f"refused by {refused[0]}; the lock file says: by {refused[1]}"))
    if not told and was["digest"] != now["digest"]:
        sentence = f"the history is another ({now['digest']}; the lock file says: {was['digest']})"
        told.append(Difference(file, design, sentence, verdict=False))
    return told


def _said(line: Line) -> dict[str, str]:
    """What a line says of each law; of all histories, after how many moves it is broken."""
    count_of = "move" if "moves" in line else "finding"
    counted = {
        law: f"is {status}, {int(count)} {count_of}{'s' * (count != 1)}"
        for status in COUNTED
        for law, count in line.get(status, {}).items()
    }
    listed = {str(law): f"is {status}" for status in LISTED for law in line.get(status, ())}
    return counted | listed
