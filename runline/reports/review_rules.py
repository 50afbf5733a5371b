"""The rules of a design, and which of them no scenario ever makes take part."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from types import CodeType, FunctionType, ModuleType

from runline.designs.design import Design
from runline.designs.rule import Rule, rule_of
from runline.model.errors import RunlineError
from runline.simulator.review import Case

_DATA = frozenset({"name", "summary", "source", "capabilities", "promises", "gives_up"})
"""Fields of a design that are no rules."""


def rules_of(design: Design, *, in_force: bool = False) -> dict[str, tuple[Rule, ...]]:
    """The rules by number that a design's functions are, or call, in the order of its fields.

    Those that one of its options brings in too, unless only those are asked for that are in force.
    """
    found: dict[str, dict[Rule, None]] = {}
    for function in _functions(design, _DATA | {"options"} if in_force else _DATA):
        told = _rule(function)
        if told is not None:
            found.setdefault(told.id, {})[told] = None
    return {number: tuple(rules) for number, rules in sorted(found.items())}


def never_fired(cases: Iterable[Case]) -> dict[str, dict[str, tuple[Rule, ...]]]:
    """By design the rules, by number, that took part in none of its histories, be it as a source of one that did."""
    fired: dict[str, set[str]] = {}
    designs: dict[str, Design] = {}
    for case in cases:
        designs.setdefault(case.design, case.outcome.design)
        fired.setdefault(case.design, set()).update(case.outcome.fired)
    return {name: _left(rules_of(design), fired[name]) for name, design in designs.items()}


def _left(rules: Mapping[str, tuple[Rule, ...]], fired: set[str]) -> dict[str, tuple[Rule, ...]]:
    sources = {source for number in fired for told in rules.get(number, ()) for source in told.sources}
    return {number: told for number, told in rules.items() if number not in fired | sources}


def _rule(function: object) -> Rule | None:
    try:
        return rule_of(function)
    except RunlineError:
        return None


# -------------------------------------------------------------------------- functions


def _functions(design: Design, without: frozenset[str]) -> Iterator[FunctionType]:
    """Every function that fields of a design hold, and all of the same package that these lead to."""
    names = sorted((field.name for field in fields(design)), key="options".__eq__)  # what may be chosen comes last
    held = [getattr(design, name) for name in names if name not in without]
    left = deque(_within(held))
    seen: set[FunctionType] = set()
    while left:
        function = left.popleft()
        if function not in seen:
            seen.add(function)
            yield function
            left += _called(function)


def _within(value: object) -> Iterator[FunctionType]:
    """The functions in a value: a field's, one of many in a tuple, or what an option may choose."""
    if isinstance(value, FunctionType):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _within(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _within(item)
    elif isinstance(value, type):
        for item in vars(value).values():
            yield from _within(item)


def _called(function: FunctionType) -> list[FunctionType]:
    """What a function names, of its own package: other functions, and the methods of the steps that it makes."""
    home = function.__module__.rpartition(".")[0]
    named: list[FunctionType] = []
    for name in _names(function.__code__):
        value = function.__globals__.get(name)
        inside = [value]
        if isinstance(value, ModuleType):
            inside = [getattr(value, inner, None) for inner in _names(function.__code__)]
        named += [found for each in inside for found in _within(each) if _lives_in(found, home)]
    return named


def _lives_in(function: FunctionType, package: str) -> bool:
    return function.__module__.rpartition(".")[0] == package


def _names(code: CodeType) -> Iterator[str]:
    """The names that code mentions, that of functions defined inside included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
