"""Rules: small pure functions, each of which names its number and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from runline.model.errors import RunlineError
from runline.model.events import Raised
from runline.model.instants import Instant

F = TypeVar("F", bound=Callable[..., object])


class Rule(NamedTuple):
    """A rule as it is told: its number, the others that take part in it, and what it says."""

    id: str
    sources: tuple[str, ...]
    sentence: str


class Fault(Exception):  # noqa: N818 - what it raises in a history is told as Raised
    """A rule came upon what it does not know how to deal with; the step that asked it says what ends by that."""

    def __init__(self, number: str, error: str) -> None:
        super().__init__(error)
        self.number = number
        self.error = error

    def raised(self, dag: str, at: Instant, by: str) -> Raised:
        """The event that tells it."""
        return Raised(dag, self.error, (), at, by, self.number)


_RULES: dict[object, Rule] = {}


def rule(number: str, *sources: str) -> Callable[[F], F]:
    """Mark a function as the code of a rule of the semantics; its docstring is the rule's sentence.

    ``sources`` name the rules, sentences of the seed and resolutions that it follows.
    """

    def mark(function: F) -> F:
        sentence = " ".join((function.__doc__ or "").split())
        if not sentence:
            raise RunlineError(f"the rule {number} does not say what it says", value=number, remedy="a docstring")
        _RULES[function] = Rule(number, sources, sentence)
        return function

    return mark


def numbers_of(function: object) -> tuple[str, ...]:
    """The number of a rule, and those of the others that take part in it."""
    found = rule_of(function)
    return found.id, *found.sources


def rule_of(function: object) -> Rule:
    """The rule that a function is; raises :class:`RunlineError` if it is none."""
    found = _RULES.get(function)
    if found is None:
        name = getattr(function, "__name__", function)
        raise RunlineError(f"{name} is no rule", value=name, remedy='mark it with @rule("...")')
    return found
