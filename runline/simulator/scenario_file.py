"""Scenario files: TOML in, a checked scenario out, or an error that names file, key, line, value and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from runline.model.errors import RunlineError, nearest
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_checks import check
from runline.simulator.scenario_errors import told

_STARTER = "a scenario in TOML, such as `runline init` writes"
_TOML = "TOML, such as `runline init` writes"
_DATE = "a date that the calendar has, such as 2016-01-02T00:00:00Z"
_REMEDIES = {
    "overwrite": "each key once",
    "Duplicate": "each key once",
    "twice": "each table once",
    "date or datetime": _DATE,
}
"""What to write instead, by words of the TOML reader."""
_LIKE_A_DATE = re.compile(r"""=[^"']*\b\d{4}-\d{1,2}-\d{1,2}""")
"""What was to be a date: the reader does not see one in the thirteenth month."""
_DATES = frozenset({"start", "end", "start_date", "end_date", "at", "from", "to", "date", "fails_on", "previous"})
"""Keys at which dates stand."""
_LENGTHS = frozenset({"heartbeat", "duration", "retry_delay", "dagrun_timeout", "offset", "jump", "every"})
"""Keys at which lengths of time stand."""
_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


def read(path: Path) -> Scenario:
    """Read and check a scenario file. Raises :class:`RunlineError`."""
    try:
        return parse(_text(path))
    except RunlineError as error:
        raise error.located(file=str(path)) from None


def _text(path: Path) -> str:
    if path.is_dir():
        raise RunlineError("this is a folder, not a scenario file", remedy="one of the files in it")
    if not path.exists():
        raise RunlineError("there is no such file", remedy=_neighbour(path))
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise RunlineError(f"this is a binary file (byte {error.start} is no UTF-8)", remedy=_STARTER) from None
    except OSError as error:
        raise RunlineError(f"the file cannot be read: {error.strerror}", remedy="a file that can be read") from None
    if not text.strip():
        raise RunlineError("the file is empty", remedy=_STARTER)
    return text


def _neighbour(path: Path) -> str:
    names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    offer = nearest(path.name, names) if names else ""
    return offer if offer.startswith("did you") else f"the path of {_STARTER}"


def parse(text: str) -> Scenario:
    """Read and check the text of a scenario file."""
    value = load(text)
    try:
        _refuse_naive(value)
        _refuse_numbers(value)
        return check(Scenario.model_validate(value))
    except ValidationError as error:
        raise told(error, value) from None
    except RecursionError:
        raise _without_end() from None


def load(text: str) -> dict[str, Any]:
    """The text of a TOML file as data; a fault is told with its line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _PLACE.search(message)
        line = int(place[1]) if place else text.count("\n") + 1
        there = text.split("\n")[line - 1].strip()
        usual = _DATE if _LIKE_A_DATE.search(there) else _TOML
        raise RunlineError(
            f"this is not TOML: {_PLACE.sub('', message)}",
            line=line,
            value=there or None,
            remedy=next((remedy for words, remedy in _REMEDIES.items() if words in message), usual),
        ) from None
    except RecursionError:
        raise _without_end() from None
    except ValueError as error:
        raise RunlineError(f"this is not TOML: {error}", remedy=_TOML) from None


def _without_end() -> RunlineError:
    return RunlineError("lists or tables stand in one another without end", remedy=_STARTER)


# ------------------------------------------------------------------ naive dates


def _refuse_naive(value: Mapping[str, Any]) -> None:
    """A date without a zone means UTC; under another zone it could mean two things, so it is an error there."""
    dags = value.get("dags")
    if not isinstance(dags, dict):
        return
    zones = {
        name: dag["timezone"]
        for name, dag in dags.items()
        if isinstance(dag, dict) and isinstance(dag.get("timezone", "UTC"), str) and dag.get("timezone", "UTC") != "UTC"
    }
    for name, key, part in _parts_of_dags(value, list(dags)):
        for place, moment in _moments(part, key) if name in zones else ():
            if _is_naive(moment):
                shown = moment if isinstance(moment, str) else moment.isoformat()
                raise RunlineError(
                    f"{shown} has no zone, but the DAG's zone is {zones[name]}",
                    key=place,
                    value=shown,
                    remedy="the date with its offset, such as 2016-01-02T00:00:00+01:00",
                )


def _parts_of_dags(value: Mapping[str, Any], dags: list[str]) -> Iterator[tuple[str, str, Any]]:
    """Each part of the file that is about one DAG, with the DAG's name and the key of the part."""
    for name in dags:
        yield name, f"dags.{name}", value["dags"][name]
    parts = [("actions", value.get("actions"))]
    expect = value.get("expect")
    for design, expected in expect.items() if isinstance(expect, dict) else ():
        if isinstance(expected, dict):
            parts.append((f"expect.{design}.runs", expected.get("runs")))
    for key, items in parts:
        for place, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                yield str(item.get("dag", dags[0] if dags else "")), f"{key}.{place}", item


def _moments(value: object, key: str) -> list[tuple[str, date | str]]:
    """Every date in a part of the file, as a date of TOML or as text where a date stands, with its key."""
    if isinstance(value, date) or (isinstance(value, str) and _DATES.intersection(key.rsplit(".", 2)[1:])):
        return [(key, value)]
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for part, item in inside for found in _moments(item, f"{key}.{part}")]


def _is_naive(moment: date | str) -> bool:
    if isinstance(moment, str):
        try:
            return datetime.fromisoformat(moment).tzinfo is None
        except ValueError:
            return False  # it is no date at all; that is told elsewhere
    return not isinstance(moment, datetime) or moment.tzinfo is None


# ------------------------------------------------------- numbers where something else stands


def _refuse_numbers(value: object, key: str = "") -> None:
    """A program counts microseconds; in a file a number is neither an instant nor a length of time."""
    if isinstance(value, int) and not isinstance(value, bool):
        name = next((part for part in reversed(key.split(".")) if not part.isdecimal()), "")
        if name in _DATES:
            raise RunlineError(f"{value} is not an instant", key=key, value=value, remedy=_DATE)
        if name in _LENGTHS:
            raise RunlineError(
                f"{value} is not a duration", key=key, value=value, remedy='a number and a unit in quotes, such as "5m"'
            )
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, each in inside:
        _refuse_numbers(each, f"{key}.{part}" if key else str(part))


def schema() -> dict[str, Any]:
    """The JSON Schema of scenario files, for editors; ``docs/scenario.schema.json`` holds it."""
    told = Scenario.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told, "title": "Runline scenario"}
