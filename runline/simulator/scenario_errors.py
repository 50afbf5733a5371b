"""What pydantic found wrong with a scenario, in the words of Runline: key, value and what to write instead."""

from __future__ import annotations

from datetime import date, time
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from runline.model.errors import RunlineError, nearest
from runline.simulator.actions import Action
from runline.simulator.scenario import Scenario

_WANTED = {
    "bool_type": "a boolean, true or false",
    "bool_parsing": "a boolean, true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "text in quotes",
    "tuple_type": "a list in [ ]",
    "list_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "too_short": "at least one entry",
    "too_long": "fewer entries",
}
"""What should stand there, by the type of pydantic's error."""
_OFTEN = "a value of the kind that docs/scenario.schema.json names"
_LONG = 60


def told(error: ValidationError, value: object, whole: type[BaseModel] = Scenario) -> RunlineError:
    """The first thing that is wrong with ``value``, which was to be a ``whole``, and how many more there are.

    A key that is misspelt comes before the one that is missing.
    """
    found = error.errors(include_url=False)
    first, *others = sorted(found, key=lambda each: each["type"] != "extra_forbidden")
    path = _path(first["loc"], value, first["type"])
    key = ".".join(str(part) for part in path)
    more = f" (and {len(others)} more)" if others else ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(whole, path[:-1], _action_at(value, path))
        message, given, remedy = f"there is no key {path[-1]!r} here", first["input"], nearest(str(path[-1]), known)
    elif first["type"] == "missing":
        message, given, remedy = f"the key {path[-1]!r} is missing", None, f"a value for {path[-1]}"
    elif first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        given = first["input"].get("do") if isinstance(first["input"], dict) else None
        message = "the action does not say what to `do`" if given is None else f"there is no action {given!r}"
        key, remedy = f"{key}.do", nearest(str(given), _tags())
    else:
        given = first["input"]
        message, remedy = _words(first)
    return RunlineError(f"{message}{more}", key=key, value=None if given is None else _short(given), remedy=remedy)


def _words(found: Any) -> tuple[str, str]:
    """What is wrong with a value, and what to write instead."""
    shown = _short(found["input"])
    if found["type"] == "value_error":
        message, _, remedy = str(found["msg"]).removeprefix("Value error, ").partition("; write ")
        return f"{message}; it is {shown}", remedy or _OFTEN
    if wanted := _WANTED.get(found["type"]):
        return f"{shown} is not {wanted}", wanted
    wanted = str(found["msg"]).removeprefix("Input should be ")
    return f"{shown} will not do: it should be {wanted}", wanted


def _short(value: object) -> str:
    text = value.isoformat() if isinstance(value, date | time) else repr(value)
    return text if len(text) <= _LONG else text[: _LONG - 3] + "..."


def _path(places: tuple[int | str, ...], value: Any, kind: str) -> list[int | str]:
    """The keys on the way to what is wrong, without the names that pydantic gives to its own choices between classes."""
    path: list[int | str] = []
    for place in places:
        in_list = isinstance(value, list) and isinstance(place, int) and place < len(value)
        there = in_list or (isinstance(value, dict) and place in value)
        if there:
            path.append(place)
            value = value[place]
    if kind in ("missing", "extra_forbidden") and (not path or path[-1] != places[-1]):
        path.append(places[-1])
    return path


def _action_at(value: Any, path: list[int | str]) -> type[BaseModel] | None:
    """The class of the action that a path leads into, if it does."""
    if len(path) < 2 or path[0] != "actions":
        return None
    return _tags().get(str(value["actions"][path[1]].get("do")))


def _tags() -> dict[str, type[BaseModel]]:
    classes: tuple[type[BaseModel], ...] = get_args(get_args(Action)[0])
    return {str(tag): kind for kind in classes for tag in get_args(kind.model_fields["do"].annotation)}


def _known_keys(whole: type[BaseModel], path: list[int | str], action: type[BaseModel] | None) -> list[str]:
    """The keys that may stand at a place in the whole."""
    model: Any = whole
    for part in path:
        model = _inside(model, part)
    model = action or model
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
