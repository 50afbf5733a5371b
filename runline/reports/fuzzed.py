"""What came of fuzzing, as text and as data: what is broken and by which command one sees it, and what was covered."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from runline.invariants.verdict import Finding
from runline.reports.found import broken, shortest
from runline.simulator.scenario import Scenario
from runline.testing.fuzz import MOST_EVENTS, Found, Fuzz


class Told(NamedTuple):
    """A broken law as it is told: its scenario with title, story and expectation, and what shows that it is broken."""

    found: Found
    scenario: Scenario
    finding: Finding


def told(fuzz: Fuzz, found: Found) -> Told:
    """What there is to tell of a broken law."""
    outcome, plain = (fuzz.outcome(found.scenario, quirks=quirks) for quirks in (True, False))
    options = [("--quirk", quirk) for quirk in fuzz.quirks] + [("--law", law) for law in fuzz.laws]
    words = ["runline", "fuzz", "--design", fuzz.design, *(word for pair in options for word in pair)]
    of = "" if fuzz.given is None else f" of {fuzz.given.title!r}"
    how = f"Found by {shlex.join(words)} --seed {fuzz.seed}, in history {found.history:,}{of}."
    scenario = broken(found.scenario, found.law, outcome, plain, how)
    return Told(found, scenario, shortest(outcome, found.law))


def file_name(fuzz: Fuzz, law: str) -> str:
    """The name of the file for a law."""
    return re.sub(r"[^\w.+-]+", "-", f"{fuzz.judged.name}-{law}") + ".toml"


def command(fuzz: Fuzz, file: Path) -> str:
    """The command that shows what is broken."""
    quirks = (word for quirk in fuzz.quirks for word in ("--quirk", quirk))
    return shlex.join(["runline", "simulate", str(file), "--design", fuzz.design, *quirks])


# ------------------------------------------------------------------------------ as text


def headline(fuzz: Fuzz, histories: int) -> Iterator[str]:
    """What is about to be done, and the versions that decide it; Hypothesis decides what is generated."""
    from importlib.metadata import version

    from runline.versions import versions

    about = "generated histories" if fuzz.given is None else f"histories of {fuzz.given.title!r}"
    yield f"{fuzz.judged.name} in {histories:,} {about}, seed {fuzz.seed}"
    named = {**versions(), "hypothesis": version("hypothesis")}
    yield ", ".join(f"{name} {number}" for name, number in named.items())
    yield ""


def found_lines(fuzz: Fuzz, each: Told, file: Path) -> Iterator[str]:
    """A broken law: its sentence and rule, how large the scenario is and where it stands, and how to see it."""
    found, scenario = each.found, each.scenario
    acts, tasks = len(scenario.actions), sum(len(dag.tasks) for dag in scenario.dags.values())
    yield f"{found.law} is broken in history {found.history:,}"
    yield f"    {each.finding.sentence}" + (f" ({each.finding.rule})" if each.finding.rule else "")
    yield f"    the simplest such scenario, of {_count(acts, 'action')} and {_count(tasks, 'task')}: {file}"
    yield f"    {command(fuzz, file)}"
    yield ""


def as_text(fuzz: Fuzz, histories: int) -> Iterator[str]:
    """How often each law was exercised, and what that comes to."""
    broken = {found.law for found in fuzz.found}
    for law in fuzz.sought:
        times, of = fuzz.exercised[law.id], fuzz.exercised_in[law.id]
        verdict = "broken" if law.id in broken else ""
        yield f"{law.id:<24} exercised {times:>9,} times, in {of:,} of {_tried(fuzz)}  {verdict}".rstrip()
    yield ""
    never = [law.id for law in fuzz.sought if not fuzz.exercised[law.id] and law.id not in fuzz.not_applicable]
    if fuzz.not_applicable:
        yield f"Not applicable to {fuzz.judged.name}: {', '.join(fuzz.not_applicable)}."
    if never:
        yield f"Never exercised, so that nothing is known: {', '.join(never)}."
    if fuzz.cut_short:
        yield f"{_count(fuzz.cut_short, 'history')} cut short at {MOST_EVENTS:,} events: what those break is not known."
    if not fuzz.complete:
        yield f"The time limit was reached after {fuzz.histories:,} of {histories:,} histories."
    yield _conclusion(fuzz)


def _conclusion(fuzz: Fuzz) -> str:
    name, tried = fuzz.judged.name, _tried(fuzz)
    if fuzz.found:
        laws = ", ".join(law.id for law in fuzz.sought if law.id in {found.law for found in fuzz.found})
        return f"Tried {tried}: {name} breaks {laws}."
    what = " or ".join(law.id for law in fuzz.sought) if fuzz.laws else "a law that it promises"
    return f"Tried {tried}: in none {name} breaks {what}."


def _tried(fuzz: Fuzz) -> str:
    return _count(fuzz.histories, "history")


def _count(number: int, what: str) -> str:
    many = f"{what.removesuffix('y')}ies" if what.endswith("y") else f"{what}s"
    return f"{number:,} {what if number == 1 else many}"


# ------------------------------------------------------------------------------ as data


def as_dict(fuzz: Fuzz, found: list[tuple[Told, Path]]) -> dict[str, Any]:
    """What ``fuzz --json`` prints."""
    return {
        "scenario": None if fuzz.given is None else fuzz.given.title,
        "design": fuzz.judged.name,
        "quirks": list(fuzz.quirks),
        "seed": fuzz.seed,
        "histories": fuzz.histories,
        "complete": fuzz.complete,
        "cut_short": fuzz.cut_short,
        "found": [_found(fuzz, each, file) for each, file in found],
        "exercised": {law.id: fuzz.exercised[law.id] for law in fuzz.sought},
        "never_exercised": [law.id for law in fuzz.sought if not fuzz.exercised[law.id]],
        "not_applicable": fuzz.not_applicable,
    }


def _found(fuzz: Fuzz, each: Told, file: Path) -> dict[str, Any]:
    return {
        "law": each.found.law,
        "sentence": each.finding.sentence,
        "rule": each.finding.rule,
        "file": str(file),
        "scenario": each.scenario.title,
        "history": each.found.history,
        "command": command(fuzz, file),
    }
