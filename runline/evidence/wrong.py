"""What pydantic found wrong with a file, in the words of Runline: file, line, key, value and what to write instead."""

from __future__ import annotations

from pydantic import ValidationError

from runline.model.errors import RunlineError


def invalid(error: ValidationError, file: str, line: int | None) -> RunlineError:
    """The first thing that is wrong, and how many more there are."""
    first, *others = error.errors(include_url=False)
    key = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        message = f"the key {first['loc'][-1]!r} is missing"
    more = f" (and {len(others)} more)" if others else ""
    value = None if first["type"] == "missing" else _short(first.get("input"))
    shown = "" if value is None else f"; it is {value}"
    return RunlineError(
        f"{message}{shown}{more}", file=file, line=line, key=key, value=value, remedy=_remedy(first["type"], key)
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _remedy(kind: str, key: str) -> str:
    if kind == "missing":
        return f"a recording in which {key} is given"
    return {
        "int_type": "a whole number",
        "int_parsing": "a whole number",
        "string_type": "text in quotes",
        "bool_type": "true or false",
        "bool_parsing": "true or false",
        "tuple_type": "a list",
        "dict_type": "an object",
        "model_type": "an object",
        "enum": "one of the values named",
    }.get(kind, "a value of the form that is named")
