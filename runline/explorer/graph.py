"""The graph of what a search found: states by number, moves between them, and the shortest ways, all in flat arrays."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterator
from itertools import accumulate, compress
from typing import NamedTuple

from runline.explorer.flat import Marks, Numbers

_FAR = (1 << 32) - 1
"""The distance of a state that was not reached, and the parent of one that has none."""


CRASH, ROLLBACK = 0, (1 << 16) - 1
"""The movers of faults, which nobody has to expect."""


class Shortest(NamedTuple):
    """The fewest moves to where a law is broken: the states on the way, the first one included.

    ``lasting``: it is still broken when nothing is under way, or a move broke it for good, ``by_move``: the last one.
    A way that comes to go round for ever does so after ``round`` moves; ``movers`` are those who make each move, where
    that matters, and ``goal`` is what never comes.
    """

    law: str
    lasting: bool
    states: tuple[int, ...]
    by_move: bool
    round: int | None = None
    movers: tuple[int | None, ...] = ()
    goal: Hashable = None

    @property
    def steps(self) -> int:
        """How many moves that are."""
        return len(self.states) - 1


class Graph:
    """States are numbered from 0, the initial one, in the order in which they were found.

    ``passing`` and ``lasting`` say, as bits, which laws of states are broken in a state while an operation is under
    way, and at rest; ``breaches`` which are broken by a move, by its number.
    """

    def __init__(self) -> None:
        self.numbers = Numbers()
        """The number of a state, by its fingerprint."""
        self.sources = array("I")
        self.targets = array("I")
        self.passing = Marks()
        self.lasting = Marks()
        self.breaches = Marks()
        self.movers = array("H")
        """Who made each move, by number, 0 a fault; and for each state the number of the goals that are still to come in it.
        Both are kept only where a law of the graph is judged."""
        self.goals = array("I")
        self._distances: array[int] | None = None
        self._parents = array("I")

    @property
    def states(self) -> int:
        """How many distinct states there are."""
        return len(self.numbers)

    @property
    def moves(self) -> int:
        """How many moves were made, each from each state once."""
        return len(self.sources)

    def distances(self) -> array[int]:
        """The fewest moves from the initial state to each."""
        if self._distances is None:
            self._distances, self._parents = self._breadth_first()
        return self._distances

    def successors(self) -> tuple[array[int], array[int]]:
        """Where the successors of each state begin in one array of them all: from ``starts[n]`` to ``starts[n + 1]``."""
        starts = starts_of(self.sources, self.states)
        return starts, in_order(starts, self.sources, self.targets)

    def faultless(self) -> tuple[array[int], array[int], array[int]]:
        """The sources, targets and movers of the moves that are no faults."""
        ends = (self.sources, self.targets, self.movers)
        if not self.movers.count(CRASH) and not self.movers.count(ROLLBACK):
            return ends
        kept = bytes(CRASH < mover < ROLLBACK for mover in self.movers)
        return tuple(array(each.typecode, compress(each, kept)) for each in ends)  # type: ignore[return-value]

    def _breadth_first(self) -> tuple[array[int], array[int]]:
        starts, following = self.successors()
        distances, parents = (array("I", [_FAR]) * self.states for _ in range(2))
        distances[0] = 0
        level, far = [0], 1
        while level:
            reached = []
            for state in level:
                for successor in following[starts[state] : starts[state + 1]]:
                    if distances[successor] == _FAR:
                        distances[successor] = far
                        parents[successor] = state
                        reached.append(successor)
            level, far = reached, far + 1
        return distances, parents

    def depth(self) -> int:
        """The greatest distance of a state from the initial one."""
        return max(self.distances())

    def way_to(self, state: int) -> tuple[int, ...]:
        """The states on a shortest way from the initial one, that included."""
        self.distances()
        way = [state]
        while way[-1]:
            way.append(self._parents[way[-1]])
        return tuple(reversed(way))

    def shortest(self, law: str, bit: int, *, lasting: bool) -> Shortest | None:
        """The shortest way to where a law is broken; with ``lasting``, so that it stays broken."""
        distances = self.distances()
        places = (self.lasting,) if lasting else (self.passing, self.lasting)
        found = min(((distances[state], state) for each in places for state in each.having(bit)), default=None)
        edges = ((distances[self.sources[edge]] + 1, edge) for edge in self.breaches.having(bit))
        edge = min(edges, default=None)
        if edge is not None and (found is None or edge[0] <= found[0]):
            way = (*self.way_to(self.sources[edge[1]]), self.targets[edge[1]])
            return Shortest(law, True, way, by_move=True)
        if found is None:
            return None
        lasts = bool(self.lasting[found[1]] >> bit & 1)
        return Shortest(law, lasts, self.way_to(found[1]), by_move=False)

    def final(self) -> Iterator[int]:
        """The states from which no move leads elsewhere."""
        goes_on = bytearray(self.states)
        for source, target in zip(self.sources, self.targets, strict=True):
            if source != target:
                goes_on[source] = 1
        return (state for state, on in enumerate(goes_on) if not on)


def starts_of(ends: array[int], states: int) -> array[int]:
    """Where those that belong to each state begin, and the last ends, if they are put in order; each one's state is given."""
    starts = array("I", bytes(4 * (states + 1)))
    for end in ends:
        starts[end + 1] += 1
    return array("I", accumulate(starts))


def in_order(starts: array[int], ends: array[int], values: array[int]) -> array[int]:
    """The values by the state that each belongs to."""
    places, found = array("I", starts), array(values.typecode, bytes(values.itemsize * len(values)))
    for end, value in zip(ends, values, strict=True):
        found[places[end]] = value
        places[end] += 1
    return found
