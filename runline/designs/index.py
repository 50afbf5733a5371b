"""Which rules there are, and which design uses which for what."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, NamedTuple

import runline.designs
from runline.designs.catalog import DESIGNS, find_design
from runline.designs.design import Design
from runline.designs.rule import Rule, rule_of
from runline.model.errors import RunlineError


class Used(NamedTuple):
    """A function of a design: in which field it stands, and under which option only, if under one."""

    design: str
    field: str
    option: str
    function: Callable[..., Any]

    @property
    def rule(self) -> Rule | None:
        """The rule that the function is, if it is one."""
        return find_rule(self.function)


class Borne(NamedTuple):
    """A function that bears the number of a rule, and where it stands in designs; nowhere: other rules use it."""

    name: str
    rule: Rule
    uses: tuple[Used, ...]


def find_rule(function: object) -> Rule | None:
    """The rule that a function is; ``None`` if it is none."""
    try:
        return rule_of(function)
    except (RunlineError, TypeError):
        return None


def functions_of(design: Design) -> Iterator[Used]:
    """The functions of a design, field by field, then those that an option puts in their place."""
    for each in fields(design):
        yield from _used(design, each.name, "", getattr(design, each.name))
    for option, values in design.options.items():
        for value, replaced in values.items():
            for name, inside in replaced.items():
                yield from _used(design, name, f"{option} = {value}", inside)


def _used(design: Design, name: str, option: str, value: Any) -> Iterator[Used]:
    for each in value if isinstance(value, tuple) else (value,):
        if callable(each):
            yield Used(design.name, name, option, each)


@cache
def rules_by_number() -> dict[str, tuple[Borne, ...]]:
    """Every rule of the designs that come with Runline, by number; several functions may bear the same."""
    uses = [used for name in DESIGNS for used in functions_of(find_design(name))]
    found: dict[str, list[Borne]] = {}
    for function in _functions():
        rule = rule_of(function)
        where = tuple(used for used in uses if used.function is function)
        found.setdefault(rule.id, []).append(Borne(function.__name__, rule, where))
    return {number: tuple(found[number]) for number in sorted(found, key=_in_order)}


def _functions() -> Iterator[Callable[..., Any]]:
    """Every function of the package that is a rule, each once, by module and place."""
    packages = pkgutil.walk_packages(runline.designs.__path__, f"{runline.designs.__name__}.")
    for info in sorted(packages, key=lambda info: info.name):
        module = importlib.import_module(info.name)
        for value in vars(module).values():
            if callable(value) and getattr(value, "__module__", "") == module.__name__ and find_rule(value) is not None:
                yield value


def _in_order(number: str) -> tuple[str, int, str]:
    digits = "".join(each for each in number if each.isdigit())
    return (number[:1], int(digits or 0), number)
