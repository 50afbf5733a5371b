"""Trace files: one JSON object a line. The first says what was simulated, each next what happened, the last that it ended.

A trace is gone through again by its recorded choices; every line must come out as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from runline.designs.catalog import find_design
from runline.invariants.laws import find_all_laws
from runline.model.errors import RunlineError
from runline.model.events import Event
from runline.model.instants import format_instant
from runline.simulator.choices import Choice, Recorded
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from runline.simulator.trace import Entry

FORMAT_VERSION = 1
_INSTANTS = frozenset({"at", "date", "started", "ended", "start_date", "end_date", "start", "end"})
"""Fields that are instants; they are written as ISO 8601."""
_REMEDY = "a file that `runline simulate --trace FILE` wrote"


def as_lines(outcome: Outcome) -> Iterator[str]:
    """The lines of a trace file."""
    from runline.versions import versions

    yield _line(
        {
            "runline_trace": FORMAT_VERSION,
            "design": outcome.design_name,
            "seed": outcome.seed,
            "max_events": outcome.max_events,
            "laws": list(outcome.verdicts),
            "choices": [list(choice) for choice in outcome.choices],
            "versions": versions(),
            "scenario": outcome.scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        }
    )
    digest = ""
    for number, entry in enumerate(outcome.trace):
        told = _entry(number, entry)
        digest = _digest(digest, told)
        yield _line({**told, "digest": digest})
    yield _line(
        {
            "entries": len(outcome.trace),
            "events": outcome.events,
            "complete": outcome.complete,
            "digest": digest,
        }
    )


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _entry(number: int, entry: Entry) -> dict[str, Any]:
    return {
        "n": number,
        "time": format_instant(entry.time),
        "by": entry.by,
        "step": entry.step,
        "events": [{"event": type(event).__name__, **_plain_fields(event)} for event in entry.events],
    }


def _digest(before: str, told: dict[str, Any]) -> str:
    """What identifies the history up to here: 16 hexadecimal digits of what was told, and of what identified it before."""
    return blake2b(f"{before}{_line(told)}".encode(), digest_size=8).hexdigest()


def digest_of(outcome: Outcome) -> str:
    """What identifies a whole history."""
    digest = ""
    for number, entry in enumerate(outcome.trace):
        digest = _digest(digest, _entry(number, entry))
    return digest


def _plain_fields(event: Event) -> dict[str, Any]:
    return {name: _plain(name, value) for name, value in event._asdict().items() if value not in ("", ())}


def _plain(name: str, value: Any) -> Any:
    """A value as JSON has it; what is left at its default is left out of records and versions."""
    if isinstance(value, Enum):
        return value.value
    if name in _INSTANTS and isinstance(value, int):
        return format_instant(value)
    if hasattr(value, "_asdict"):
        defaults = value._field_defaults
        return {
            key: _plain(key, item)
            for key, item in value._asdict().items()
            if key not in defaults or item != defaults[key]
        }
    if is_dataclass(value) and not isinstance(value, type):
        shown = [each.name for each in fields(value) if each.compare and each.init]
        return str(value) if name == "schedule" else {key: _plain(key, getattr(value, key)) for key in shown}
    if isinstance(value, tuple | list):
        return [_plain(name if name != "dates" else "date", item) for item in value]
    return value


# ----------------------------------------------------------------------------- reading


class TraceFile(NamedTuple):
    """A trace file as it stands: its first line, the lines of what happened, and its last line."""

    header: dict[str, Any]
    entries: list[str]
    footer: dict[str, Any]


class Divergence(NamedTuple):
    """Where a history that is gone through again first comes out otherwise."""

    entry: int
    recorded: str
    now: str


def read_trace(path: Path) -> TraceFile:
    """Read a trace file. Raises :class:`RunlineError` for one that is cut, of a newer format, or none at all."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        raise RunlineError("this is a binary file", file=str(path), remedy=_REMEDY) from None
    except OSError as error:
        raise RunlineError(f"the file cannot be read: {error.strerror}", file=str(path)) from None
    lines = text.split("\n")
    if not text.strip():
        raise RunlineError("the file is empty", file=str(path), remedy=_REMEDY)
    header = _object(lines[0], path, 1)
    version = header.get("runline_trace")
    if version is None:
        raise RunlineError("this is no trace", file=str(path), line=1, key="runline_trace", remedy=_REMEDY)
    if version != FORMAT_VERSION:
        raise RunlineError(
            f"the trace is of format version {version!r}; this Runline reads version {FORMAT_VERSION}",
            file=str(path),
            line=1,
            key="runline_trace",
            value=version,
            remedy="a newer Runline",
        )
    footer = _object(lines[-2], path, len(lines) - 1) if len(lines) > 2 and not lines[-1] else {}
    if footer.get("entries") != len(lines) - 3:
        raise RunlineError(
            "the trace is cut: its end is missing", file=str(path), line=len(lines), remedy="a whole copy of the file"
        )
    return TraceFile(header, [line + "\n" for line in lines[1:-2]], footer)


def _object(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise RunlineError("this is no JSON, or cut", file=str(path), line=number, remedy=_REMEDY) from None
    if not isinstance(value, dict):
        raise RunlineError("this is no JSON object", file=str(path), line=number, remedy=_REMEDY)
    return value


def replay(path: Path) -> tuple[Outcome, Divergence | None]:
    """Go through a recorded history again by its choices; where it first comes out otherwise, if anywhere."""
    trace = read_trace(path)
    try:
        outcome = _again(trace.header)
    except RunlineError as error:
        raise error.located(file=str(path), line=1) from None
    now = list(as_lines(outcome))
    for number, (recorded, line) in enumerate(zip(trace.entries, now[1:-1], strict=False)):
        if recorded != line:
            return outcome, Divergence(number, recorded.strip(), line.strip())
    if len(trace.entries) != len(now) - 2:
        shorter = min(len(trace.entries), len(now) - 2)
        recorded, line = [*trace.entries, "nothing"][shorter], [*now[1:-1], "nothing"][shorter]
        return outcome, Divergence(shorter, recorded.strip(), line.strip())
    if trace.footer.get("digest") != digest_of(outcome):
        return outcome, Divergence(len(trace.entries), str(trace.footer.get("digest")), digest_of(outcome))
    return outcome, None


def _again(header: dict[str, Any]) -> Outcome:
    try:
        scenario = Scenario.model_validate(header["scenario"])
        choices = [Choice(str(label), int(options), int(taken)) for label, options, taken in header["choices"]]
        laws, seed, most = list(header["laws"]), int(header["seed"]), int(header["max_events"])
        name = str(header["design"])
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise RunlineError(f"the first line of the trace is damaged: {error}", remedy=_REMEDY) from None
    find_design(name)
    return simulate(scenario, name, seed=seed, choices=Recorded(choices), laws=find_all_laws(laws), max_events=most)
