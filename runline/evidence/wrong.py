"""What pydantic found wrong with a file, in the words of Runline: file, line, key, value and what to write instead."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from runline.model.errors import RunlineError

_WANTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "too_short": "at least one",
}
"""What should stand there, by the type of pydantic's error."""


def invalid(error: ValidationError, file: str, line: int | None, key: str = "") -> RunlineError:
    """The first thing that is wrong, and how many more there are; ``key`` says where in the file the value stands."""
    first, *others = error.errors(include_url=False)
    place = ".".join(str(part) for part in (key, *first["loc"]) if part != "")
    more = f" (and {len(others)} more)" if others else ""
    if first["type"] == "missing":
        message, value, remedy = (
            f"the key {first['loc'][-1]!r} is missing",
            None,
            f"a recording in which {place} is given",
        )
    else:
        value = _short(first.get("input"))
        message, remedy = _words(first, value)
    return RunlineError(f"{message}{more}", file=file, line=line, key=place, value=value, remedy=remedy)


def _words(found: Any, value: str) -> tuple[str, str]:
    """What is wrong with a value, and what to write instead."""
    said = str(found["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    if wanted := _WANTED.get(found["type"]):
        return f"{value} is not {wanted}", wanted
    if found["type"] == "value_error":
        message, _, remedy = said.partition("; write ")
        return message, remedy or "a value as the other recordings have it"
    return f"{value} will not do: it should be {said}", said


def _short(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
