"""Choices: whatever is undetermined is asked from one source, and kept, so that a history can be gone through again."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from runline.model.errors import RunlineError


class Choice(NamedTuple):
    """One choice that was made: what was asked, how many options there were, and which was taken."""

    label: str
    options: int
    taken: int


class Choices(Protocol):
    """Says which of so many options is taken."""

    def choose(self, label: str, options: int) -> int:
        """The place, from 0 on, of the option taken."""


class Seeded:
    """Choices drawn from a seed, the same on every machine: only ``random()`` is stable between versions of Python."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def choose(self, label: str, options: int) -> int:
        """Any, each as likely."""
        return int(self._random.random() * options)


class ByQuestion:
    """Choices drawn from a seed for each question by itself: how often others are asked in between changes no answer.

    So two designs have the same luck for as long as they ask the same, in whatever order.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._drawn: dict[str, random.Random] = {}

    def choose(self, label: str, options: int) -> int:
        """Any, each as likely."""
        if label not in self._drawn:
            self._drawn[label] = random.Random(f"{self._seed} {label}")
        return int(self._drawn[label].random() * options)


class Recorded:
    """Choices as they were made before; another question than was asked then is an error."""

    def __init__(self, made: Sequence[Choice]) -> None:
        self._made = made
        self._place = 0

    def choose(self, label: str, options: int) -> int:
        """The one taken then."""
        if self._place == len(self._made):
            raise RunlineError(f"a choice is asked that was not recorded: {label}", value=self._place)
        choice = self._made[self._place]
        if (choice.label, choice.options) != (label, options):
            raise RunlineError(
                f"choice {self._place} was {choice.label!r} of {choice.options}, now it is {label!r} of {options}",
                value=self._place,
            )
        self._place += 1
        return choice.taken


class Drawn:
    """Choices that a function draws, such as Hypothesis: it is given the number of options."""

    def __init__(self, draw: Callable[[int], int]) -> None:
        self._draw = draw

    def choose(self, label: str, options: int) -> int:
        """The one drawn."""
        return self._draw(options)


class First:
    """Always the first option."""

    def choose(self, label: str, options: int) -> int:
        """The first."""
        return 0


class Noted:
    """Choices of another source, noted as they are made; where there is one option only, nothing is asked."""

    def __init__(self, source: Choices) -> None:
        self._source = source
        self.made: list[Choice] = []

    def choose(self, label: str, options: int) -> int:
        """What the source says."""
        if options == 1:
            return 0
        taken = self._source.choose(label, options)
        if not 0 <= taken < options:
            raise RunlineError(f"there is no option {taken} of {options}: {label}", value=taken)
        self.made.append(Choice(label, options, taken))
        return taken
