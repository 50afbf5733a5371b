from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runline.model.errors import RunlineError
from runline.model.fingerprint import part
from runline.model.states import RunState


class Colour(Enum):
    """An enum that is no text."""

    RED = 1
    GREEN = 2


class Point(NamedTuple):
    """A tuple with names."""

    x: int
    y: int


@dataclass(frozen=True)
class Box:
    """A dataclass with something that does not count."""

    size: int
    seen: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Crate:
    """Another."""

    size: int


def rule(timeline: object) -> None:
    """A rule."""


def other_rule(timeline: object) -> None:
    """Another."""


PARTS: dict[str, tuple[tuple[Hashable, ...], int]] = {
    "nothing": ((), 0x9791547BF874064F),
    "a tag": (("empty",), 0xBFAA463532FE9445),
    "text and numbers": (("task", "sales", -1, None, 2**70), 0x3667628C3AFA361B),
    "other letters": (("größe \U0001f600 \N{LATIN SMALL LETTER A WITH RING ABOVE}",), 0x3AD8A90612BAECA1),
    "a state": ((RunState.RUNNING,), 0x350B02CC6EA89876),
    "a set": ((frozenset({"scheduler-1", "scheduler-2", "scheduler-3"}),), 0xC8EF3C515DB4B7A5),
    "a dataclass": ((Box(3),), 0x38A9FFB241B0C80A),
    "an enum": ((Colour.RED,), 0x348D2BE3FF24A6D4),
}


def test_fingerprints_never_change() -> None:
    """The fingerprint of a value is the same for ever, on every machine, Python and hash seed."""
    assert {name: hex(part(*values)) for name, (values, _) in PARTS.items()} == {
        name: hex(known) for name, (_, known) in PARTS.items()
    }


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_hash_seed_does_not_matter(seed: str) -> None:
    """A session with another hash seed finds the same fingerprints, also of a whole search."""
    program = (
        "from benchmarks.chain import explore\n"
        "from tests.model.test_fingerprint import PARTS, part\n"
        "from tests.event_sequences import interpret\n"
        "from tests.model.test_timeline import timeline_of\n"
        "print([part(*values) for values, _ in PARTS.values()], explore(2, 1, 4).distinct_states,\n"
        "      timeline_of(interpret(range(0, 60_000, 977))).fingerprint)\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in (seed, "31")
    ]
    assert runs[0] == runs[1] != ""


EQUAL: list[tuple[Hashable, Hashable]] = [
    (RunState.RUNNING, "running"),
    (True, 1),
    (Point(1, 2), (1, 2)),
    (Box(3, seen=1), Box(3, seen=2)),
    (frozenset({1, 2}), frozenset({2, 1})),
]


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_equal_values(one: Hashable, other: Hashable) -> None:
    """Values that are equal have one fingerprint, whichever of them is asked for first."""
    assert one == other
    part.cache_clear()
    first = part("x", one)
    part.cache_clear()
    assert part("x", other) == first


DIFFERENT: list[Hashable] = [
    None,
    "None",
    "",
    (),
    ((),),
    0,
    "0",
    ("0",),
    -1,
    ("a", "b"),
    ("a,b",),
    ("a','b",),
    (("a",), "b"),
    frozenset(),
    frozenset({"a"}),
    frozenset({"a", "b"}),
    Colour.RED,
    Colour.GREEN,
    Box(3),
    Crate(3),
    Box(4),
    Box,
    Crate,
    rule,
    other_rule,
    partial(rule, 1),
    partial(rule, 2),
    partial(rule, timeline=1),
]


def test_different_values() -> None:
    """Values that differ have different fingerprints, also where they look alike."""
    assert len({part(value) for value in DIFFERENT}) == len(DIFFERENT)
    assert len({part("tag", value) for value in DIFFERENT}) == len(DIFFERENT)


@given(st.lists(st.tuples(st.text(max_size=2), st.integers(0, 3)), unique=True, max_size=5))
def test_64_bits(values: list[tuple[str, int]]) -> None:
    """A fingerprint fits into 64 bits, and no two of a few values share one."""
    fingerprints = {part(*value) for value in values}
    assert len(fingerprints) == len(values)
    assert all(0 <= fingerprint < 2**64 for fingerprint in fingerprints)


UNKNOWN: dict[str, Hashable] = {
    "a float": 1.5,
    "an object": object(),
    "a function without a name": lambda: None,
    "an object inside": ((), (object(),)),
    "a float in a set": frozenset({0.5}),
}


@pytest.mark.parametrize("value", UNKNOWN.values(), ids=UNKNOWN)
def test_no_fingerprint(value: Hashable) -> None:
    """A value that nothing tells apart in another session is an error that says which values may stand there."""
    with pytest.raises(RunlineError, match="has no fingerprint") as caught:
        part(value)
    assert "frozen dataclasses" in str(caught.value.remedy)
