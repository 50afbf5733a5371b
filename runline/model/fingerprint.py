"""64-bit fingerprints of parts of a state, the same on every machine, Python and hash seed.

A state's fingerprint is the exclusive-or of the fingerprints of its parts (Zobrist hashing), so a change of one part
costs two exclusive-ors and is undone by the same two.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache, partial
from hashlib import blake2b
from types import FunctionType

from runline.model.errors import RunlineError


@lru_cache(maxsize=1 << 16)
def part(*values: Hashable) -> int:
    """The fingerprint of one part of a state, given as a tag and values. Equal values have equal fingerprints.

    Raises :class:`RunlineError` for a value that has no text of its own, such as a plain object or a float.
    """
    return int.from_bytes(blake2b(_text(values).encode(), digest_size=8).digest(), "big")


def _text(value: object) -> str:
    """Text that is equal for equal values, whatever their types, and depends on nothing else."""
    kind = type(value)
    if kind is int or kind is str or value is None:
        return ascii(value)
    if isinstance(value, tuple):
        return f"({','.join([_text(item) for item in value])})"
    if isinstance(value, str):  # a member of a StrEnum equals its text
        return ascii(str.__str__(value))
    if isinstance(value, int):
        return ascii(int(value))
    return _long_text(value)


def _long_text(value: object) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        inside = [_text(getattr(value, each.name)) for each in fields(value) if each.compare]
        return f"{type(value).__qualname__}({','.join(inside)})"
    if isinstance(value, Enum):
        return f"{type(value).__qualname__}.{value.name}"
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(map(_text, value)))}}}"
    if isinstance(value, partial):
        return f"partial({_text((value.func, value.args, *sorted(value.keywords.items())))})"
    if isinstance(value, type | FunctionType) and "<" not in value.__qualname__:
        return f"{value.__module__}.{value.__qualname__}"
    raise RunlineError(
        f"{value!r} has no fingerprint: nothing tells it apart in the next session",
        value=value,
        remedy="text, integers, None, enums, functions of a module; tuples, frozensets and frozen dataclasses of these",
    )
