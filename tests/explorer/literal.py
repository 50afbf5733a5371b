"""Models written out: states by number, who moves from each to which, what is still to come there, what is broken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from runline.explorer.search import Found, Search


class Edge(NamedTuple):
    """A move: who makes it (0: a fault), and where it leads."""

    mover: int
    to: int


class Literal:
    """State 0 is the initial one. ``to_come`` are the states with a goal ahead, ``bad`` those in which a law is broken."""

    laws: Sequence[str] = ("sound",)
    breached = 0

    def __init__(
        self, edges: Mapping[int, Sequence[tuple[int, int]]], to_come: Iterable[int] = (), bad: Iterable[int] = ()
    ) -> None:
        self.edges = {state: [Edge(*edge) for edge in found] for state, found in edges.items()}
        self.hopes = frozenset(to_come)
        self.bad = frozenset(bad)
        self.way = [0]

    @property
    def fingerprint(self) -> int:
        """The number of the state."""
        return self.way[-1]

    def moves(self) -> list[Edge]:
        """The moves from this state."""
        return list(self.edges.get(self.way[-1], ()))

    def do(self, move: Edge) -> int:
        """Make one."""
        self.way.append(move.to)
        return move.to

    def undo(self) -> None:
        """Take it back."""
        self.way.pop()

    def broken(self) -> int:
        """Whether the law is broken here."""
        return int(self.way[-1] in self.bad)

    def at_rest(self) -> bool:
        """Always."""
        return True

    def stuck(self) -> int:
        """Nothing is broken by an end."""
        return 0

    def who(self, move: Edge) -> int:
        """Who makes a move."""
        return move.mover

    def mover(self, who: int) -> int:
        """The number itself."""
        return who

    def to_come(self) -> bool:
        """Whether a goal is to come."""
        return self.way[-1] in self.hopes

    def goals(self, to_come: bool) -> int:
        """1 where a goal is to come, else 0."""
        return int(to_come)


GOALS: list[list[int]] = [[], [0]]
"""The goals in each set of them: none, or the only one."""


def searched(model: Literal) -> tuple[Search[Edge], Found]:
    """The graph of a model, and what found it."""
    search = Search(model, followed=model)
    return search, search.run()


def names(found: Found, states: Sequence[int]) -> list[int]:
    """The states of a way as the model calls them."""
    return [found.graph.numbers.fingerprints[state] for state in states]
