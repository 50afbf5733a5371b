"""Strongly connected components of a graph in flat arrays, one after the other, without recursion (Tarjan 1972)."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator


def circular(starts: array[int], following: array[int], within: Iterable[int] | None = None) -> Iterator[list[int]]:
    """The components in which one can go round: of several states, or of one that leads to itself.

    The successors of state n stand in ``following`` from ``starts[n]`` to ``starts[n + 1]``. ``within``: of the graph of
    these states alone, each in no promised order; of all, if not given.
    """
    count = len(starts) - 1
    if within is None:
        roots: Iterable[int] = range(count)
        number = array("I", bytes(4 * count))
    else:
        roots = list(within)
        number = array("I", [_OUTSIDE]) * count
        for root in roots:
            number[root] = 0
    yield from _Search(starts, following, number).components(roots)


_OUTSIDE = (1 << 32) - 1
"""The number of a state that does not count, or that belongs to a component that was found."""


class _Search:
    """One depth-first search. ``number`` is 0 for a state that was not seen; ``low`` the least that is reached from it."""

    def __init__(self, starts: array[int], following: array[int], number: array[int]) -> None:
        self.starts = starts
        self.following = following
        self.number = number
        self.low = array("I", bytes(4 * len(number)))
        self.open = array("I")
        """States that were seen and belong to no component yet, in the order in which they were seen."""
        self.seen = 0

    def components(self, roots: Iterable[int]) -> Iterator[list[int]]:
        """Those that are reached from these states."""
        for root in roots:
            if not self.number[root]:
                yield from self._from(root)

    def _from(self, root: int) -> Iterator[list[int]]:
        starts, following, number, low = self.starts, self.following, self.number, self.low
        way, places = array("I", [root]), array("I", [starts[root]])
        self._see(root)
        while way:
            state, place = way[-1], places[-1]
            if place < starts[state + 1]:
                places[-1] += 1
                reached = following[place]
                if not number[reached]:
                    self._see(reached)
                    way.append(reached)
                    places.append(starts[reached])
                elif number[reached] < low[state]:
                    low[state] = number[reached]
                continue
            way.pop()
            places.pop()
            if low[state] == number[state]:
                component = self._close(state)
                if len(component) > 1 or state in following[starts[state] : starts[state + 1]]:
                    yield component
            if way and low[state] < low[way[-1]]:
                low[way[-1]] = low[state]

    def _see(self, state: int) -> None:
        self.seen += 1
        self.number[state] = self.low[state] = self.seen
        self.open.append(state)

    def _close(self, first: int) -> list[int]:
        """The states from ``first`` on are a component, which nothing leads back to from now on."""
        component: list[int] = []
        while not component or component[-1] != first:
            component.append(self.open.pop())
            self.number[component[-1]] = self.low[component[-1]] = _OUTSIDE
        return component
