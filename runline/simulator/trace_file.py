"""Trace files: one JSON object a line. The first says what was simulated, each next what happened, the last that it ended.

A trace is gone through again by its recorded choices; every line must come out as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runline.designs.catalog import find_design
from runline.designs.quirks import with_quirks
from runline.invariants.law import Law
from runline.invariants.laws import SIMULATED_LAWS, find_simulated_laws
from runline.model.errors import RunlineError
from runline.model.events import Event
from runline.model.instants import format_instant
from runline.simulator.choices import Choice, Recorded
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_checks import check
from runline.simulator.scenario_errors import told
from runline.simulator.simulate import simulate
from runline.simulator.trace import Entry

FORMAT_VERSION = 1
_INSTANTS = frozenset({"at", "date", "started", "ended", "start_date", "end_date", "start", "end"})
"""Fields that are instants; they are written as ISO 8601."""
_REMEDY = "a file that `runline simulate --trace FILE` wrote"
_WHOLE = "a whole copy of the file"
_SAME = "the trace as it was written, under the version of Runline and of the design that wrote it"


def as_lines(outcome: Outcome, more: Mapping[str, Any] | None = None) -> Iterator[str]:
    """The lines of a trace file; ``more`` is what else the first is to say."""
    from runline.versions import versions

    yield _line(
        {
            "runline_trace": FORMAT_VERSION,
            "design": outcome.design_name,
            "quirks": list(outcome.quirks),
            "seed": outcome.seed,
            "max_events": outcome.max_events,
            "laws": [law for law in outcome.verdicts if law in SIMULATED_LAWS],
            "choices": [list(choice) for choice in outcome.choices],
            "versions": versions(),
            **(more or {}),
            "scenario": as_data(outcome.scenario),
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


def as_data(scenario: Scenario) -> dict[str, Any]:
    """A scenario as JSON, from which it can be read again: what was given, and what each action does."""
    given: dict[str, Any] = scenario.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if scenario.actions:
        given["actions"] = [
            {**shown, "do": action.do} for action, shown in zip(scenario.actions, given["actions"], strict=True)
        ]
    return given


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
    """Where a history that is gone through again first comes out otherwise.

    ``entry`` counts from 0 and stands at ``line`` of the file; one beyond the last is the end.
    """

    entry: int
    line: int
    recorded: str
    now: str


class Header(BaseModel):
    """What of the first line a replay needs, besides the scenario."""

    model_config = ConfigDict(strict=True)

    design: str
    quirks: list[str] = []
    seed: int
    max_events: Annotated[int, Field(ge=1)]
    laws: list[str]
    choices: list[tuple[str, int, int]]
    versions: dict[str, str] = {}


def read_trace(path: Path) -> TraceFile:
    """Read a trace file. Raises :class:`RunlineError` for one that is cut, damaged, of another format, or none at all."""
    try:
        return _read(path)
    except RunlineError as error:
        raise error.located(file=str(path)) from None


def _read(path: Path) -> TraceFile:
    lines = _text(path).split("\n")
    header = _object(lines[0], 1)
    _refuse_other_formats(header)
    if len(lines) < 3 or lines[-1]:
        raise RunlineError(
            "the trace is cut in the middle of a line", line=len(lines), value=_end(lines[-1]), remedy=_WHOLE
        )
    *entries, footer = [_object(line, number) for number, line in enumerate(lines[1:-1], 2)]
    if "entries" not in footer:
        raise RunlineError("the trace is cut: its last line is missing", line=len(lines), key="entries", remedy=_WHOLE)
    for number, entry in enumerate(entries):
        if entry.get("n") != number:
            raise RunlineError(
                f"here stands entry {entry.get('n')!r} instead of {number}",
                line=number + 2,
                key="n",
                value=entry.get("n"),
                remedy=_WHOLE,
            )
    if footer["entries"] != len(entries):
        raise RunlineError(
            f"the trace has {len(entries)} entries, its last line says {footer['entries']!r}",
            line=len(lines) - 1,
            key="entries",
            value=footer["entries"],
            remedy=_WHOLE,
        )
    return TraceFile(header, [line + "\n" for line in lines[1:-2]], footer)


def _text(path: Path) -> str:
    if path.is_dir():
        raise RunlineError("this is a folder, not a trace", remedy=_REMEDY)
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise RunlineError(f"this is a binary file (byte {error.start} is no UTF-8)", remedy=_REMEDY) from None
    except OSError as error:
        raise RunlineError(f"the file cannot be read: {error.strerror}", remedy=_REMEDY) from None
    if not text.strip():
        raise RunlineError("the file is empty", remedy=_REMEDY)
    return text


def _refuse_other_formats(header: dict[str, Any]) -> None:
    version = header.get("runline_trace")
    if version is None:
        raise RunlineError("this is no trace", line=1, key="runline_trace", remedy=_REMEDY)
    if version != FORMAT_VERSION or type(version) is not int:
        newer = type(version) is int and version > FORMAT_VERSION
        raise RunlineError(
            f"the trace is of format version {version!r}; this Runline reads version {FORMAT_VERSION}",
            line=1,
            key="runline_trace",
            value=version,
            remedy="a newer Runline" if newer else _REMEDY,
        )


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise RunlineError("this is no JSON, or cut", line=number, value=_end(line), remedy=_WHOLE) from None
    if not isinstance(value, dict):
        raise RunlineError("this is no JSON object", line=number, value=_end(line), remedy=_WHOLE)
    return value


def _end(line: str) -> str:
    return line if len(line) <= 60 else "..." + line[-57:]


def replay(path: Path) -> tuple[Outcome, Divergence | None]:
    """Go through a recorded history again by its choices, and say where it first comes out otherwise, if anywhere."""
    trace = read_trace(path)
    try:
        outcome = _again(trace.header)
    except RunlineError as error:
        raise error.located(file=str(path), line=1) from None
    return outcome, divergence(trace, list(as_lines(outcome))[1:])


def divergence(trace: TraceFile, now: list[str]) -> Divergence | None:
    """The first line that comes out otherwise; the last is compared as the others are."""
    recorded = [*trace.entries, _line(trace.footer)]
    for number, (was, line) in enumerate(zip(recorded, now, strict=False)):
        if was != line:
            return Divergence(number, number + 2, was.strip(), line.strip())
    return None  # the last line says how many there are, so there are as many


def _again(header: dict[str, Any]) -> Outcome:
    given = header_of(header)
    choices = _Followed([Choice(*choice) for choice in given.choices])
    outcome = simulate(
        scenario_of(header),
        given.design,
        quirks=given.quirks,
        seed=given.seed,
        choices=choices,
        laws=laws_of(given.laws),
        max_events=given.max_events,
    )
    if len(outcome.choices) != len(given.choices):
        left = len(outcome.choices)
        raise RunlineError(
            f"the trace has {len(given.choices)} choices, of which {left} are asked now",
            key=f"choices.{left}",
            value=given.choices[left][0],
            remedy=_SAME,
        )
    return outcome


def header_of(header: dict[str, Any]) -> Header:
    """What a first line says, checked."""
    try:
        given = Header.model_validate_json(json.dumps(header))
    except ValidationError as error:
        raise told(error, header) from None
    try:
        design = find_design(given.design)
    except RunlineError as error:
        raise error.located(key="design") from None
    try:
        with_quirks(design, given.quirks)
    except RunlineError as error:
        error.key = "quirks"
        raise
    return given


def scenario_of(header: dict[str, Any]) -> Scenario:
    """The scenario that a first line holds, checked."""
    try:
        return check(Scenario.model_validate(header.get("scenario")))
    except ValidationError as error:
        raise told(error, header.get("scenario")).located(key="scenario") from None
    except RunlineError as error:
        raise error.located(key="scenario") from None


def laws_of(names: list[str]) -> list[Law]:
    """The laws that a first line names."""
    try:
        return find_simulated_laws(names)
    except RunlineError as error:
        raise error.located(key="laws") from None


class _Followed(Recorded):
    """Choices as a trace has them; one that does not fit is told with its place there."""

    def __init__(self, made: list[Choice]) -> None:
        super().__init__(made)
        self._asked = 0

    def choose(self, label: str, options: int) -> int:
        """The one taken then."""
        try:
            taken = super().choose(label, options)
        except RunlineError as error:
            raise RunlineError(error.message, key=f"choices.{self._asked}", value=label, remedy=_SAME) from None
        if not 0 <= taken < options:
            message = f"choice {self._asked} took option {taken} of {options}"
            remedy = f"an option from 0 to {options - 1}"
            raise RunlineError(message, key=f"choices.{self._asked}", value=taken, remedy=remedy)
        self._asked += 1
        return taken
