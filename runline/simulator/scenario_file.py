"""Scenario files: TOML in, a checked scenario out, or an error that names file, key, line, value and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from runline.model.errors import RunlineError, nearest
from runline.simulator.actions import Action
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_checks import check

_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


def read(path: Path) -> Scenario:
    """Read and check a scenario file. Raises :class:`RunlineError`."""
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError:
        raise RunlineError("this is a binary file", file=str(path), remedy="a scenario in TOML") from None
    except OSError as error:
        raise RunlineError(f"the file cannot be read: {error.strerror}", file=str(path)) from None
    if not text.strip():
        raise RunlineError("the file is empty", file=str(path), remedy="a scenario, such as `runline init` writes")
    try:
        return parse(text)
    except RunlineError as error:
        raise error.located(file=str(path)) from None


def parse(text: str) -> Scenario:
    """Read and check the text of a scenario file."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _PLACE.search(message)
        raise RunlineError(
            f"this is not TOML: {_PLACE.sub('', message)}",
            line=int(place[1]) if place else None,
            remedy="each key once" if "overwrite" in message else "TOML, such as `runline init` writes",
        ) from None
    _refuse_naive(value)
    try:
        return check(Scenario.model_validate(value))
    except ValidationError as error:
        raise _told(error) from None


# ------------------------------------------------------------------ naive dates


def _refuse_naive(value: Mapping[str, Any]) -> None:
    """A date without a zone means UTC; under another zone it could mean two things, so it is an error there."""
    dags = value.get("dags")
    if not isinstance(dags, dict):
        return
    for name, dag in dags.items():
        if isinstance(dag, dict) and dag.get("timezone", "UTC") != "UTC":
            for key, moment in _moments(dag, f"dags.{name}"):
                if not isinstance(moment, datetime) or moment.tzinfo is None:
                    raise RunlineError(
                        f"{moment.isoformat()} has no zone, but the DAG's zone is {dag['timezone']}",
                        key=key,
                        value=moment.isoformat(),
                        remedy="the date with its offset, such as 2016-01-02T00:00:00+01:00",
                    )


def _moments(value: object, key: str) -> list[tuple[str, date]]:
    if isinstance(value, date) and not isinstance(value, time):
        return [(key, value)]
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for part, item in inside for found in _moments(item, f"{key}.{part}")]


# ----------------------------------------------------------------------- errors


def _told(error: ValidationError) -> RunlineError:
    """The first thing that pydantic found, in our words; a key that is misspelt comes before the one that is missing."""
    found = error.errors(include_url=False)
    first, *others = sorted(found, key=lambda each: each["type"] != "extra_forbidden")
    path = [part for part in first["loc"] if not _is_tag(part, first["loc"])]
    key = ".".join(str(part) for part in path)
    more = f" (and {len(others)} more)" if others else ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        return RunlineError(
            f"there is no key {path[-1]!r} here{more}",
            key=key,
            value=first["input"],
            remedy=nearest(str(path[-1]), known),
        )
    if first["type"] == "missing":
        return RunlineError(f"the key {path[-1]!r} is missing{more}", key=key, remedy=f"a value for {path[-1]}")
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        tags = _tags()
        done = first["input"].get("do") if isinstance(first["input"], dict) else None
        what = "the action does not say what to `do`" if done is None else f"there is no action {done!r}"
        return RunlineError(f"{what}{more}", key=f"{key}.do", value=done, remedy=nearest(str(done), tags))
    message = first["msg"].removeprefix("Value error, ")
    shown = repr(first["input"])
    return RunlineError(
        f"{message}; it is {shown if len(shown) < 60 else shown[:57] + '...'}{more}", key=key, value=first["input"]
    )


def _is_tag(part: object, path: tuple[object, ...]) -> bool:
    """Whether a part of pydantic's path is not a key of the file, but names the class of an action that was chosen."""
    return len(path) > 2 and path[0] == "actions" and part in _tags() and path.index(part) == 2


def _classes() -> tuple[type[BaseModel], ...]:
    return get_args(get_args(Action)[0])


def _tags() -> dict[str, type[BaseModel]]:
    return {str(tag): kind for kind in _classes() for tag in get_args(kind.model_fields["do"].annotation)}


def _known_keys(path: list[Any]) -> list[str]:
    """The keys that may stand at a place in the file."""
    model: Any = Scenario
    for part in path:
        model = _inside(model, part)
    return [field.alias or name for name, field in model.model_fields.items()] if _is_model(model) else []


def _inside(model: Any, part: object) -> Any:
    if not _is_model(model) or not isinstance(part, str) or part not in model.model_fields:
        return model  # an index of a list, or a name in a table of things of one kind
    inner = [kind for kind in _types(model.model_fields[part].annotation) if _is_model(kind)]
    return inner[0] if inner else None


def _types(annotation: Any) -> list[Any]:
    args = get_args(annotation)
    return [kind for arg in args for kind in _types(arg)] if args else [annotation]


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def schema() -> dict[str, Any]:
    """The JSON Schema of scenario files, for editors; ``docs/scenario.schema.json`` holds it."""
    told = Scenario.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told, "title": "Runline scenario"}
