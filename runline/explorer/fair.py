"""Ways that go round for ever though everybody moves who can: the counterexamples to what comes eventually.

An execution is fair if nobody who can move from some point on all the time never does. In a finite graph one that misses
a goal for ever comes to stay in a component, of those states in which the goal is still to come, in which each mover
either moves, or cannot at some state; and in each such component there is one. Faults need not happen, and do not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

from runline.explorer.components import circular
from runline.explorer.graph import Graph, Shortest, in_order, starts_of


class Fair:
    """The fair components of a graph that is complete. Mover 0 stands for faults."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        sources, targets, movers = graph.faultless()
        self.starts = starts_of(sources, graph.states)
        self.following = in_order(self.starts, sources, targets)
        self.movers = in_order(self.starts, sources, movers)

    def rounds(self, law: str, goals: Sequence[Iterable[int]]) -> Iterator[Shortest]:
        """For each goal that may be missed for ever, the ways to the components where that is so, the shortest first.

        ``goals`` are, by the number of a set of goals, the goals in it.
        """
        distances = self.graph.distances()
        found = sorted(
            (min((distances[state], state) for state in component), goal, component)
            for component, goal in self._missing([frozenset(each) for each in goals])
        )
        for (_, entry), goal, component in found:
            yield self._round(law, goal, entry, component)

    def _missing(self, goals: Sequence[frozenset[int]]) -> Iterator[tuple[list[int], int]]:
        """The fair components in all of whose states a goal is still to come, with that goal."""
        number = self.graph.goals
        for component in circular(self.starts, self.following):
            to_come = frozenset[int]().union(*(goals[each] for each in {number[state] for state in component}))
            for goal in sorted(to_come):
                kept = [state for state in component if goal in goals[number[state]]]
                whole = len(kept) == len(component)
                parts = [component] if whole else list(circular(self.starts, self.following, kept))
                yield from ((sorted(part), goal) for part in parts if self._is_fair(part))

    def _edges(self, state: int) -> range:
        return range(self.starts[state], self.starts[state + 1])

    def _able(self, state: int) -> set[int]:
        """Who can move at a state."""
        return {self.movers[edge] for edge in self._edges(state)}

    def _is_fair(self, component: Sequence[int]) -> bool:
        """Whether everybody who can move at each of these states does so among them."""
        inside = frozenset(component)
        always = set.intersection(*map(self._able, component))
        return all(any(self._movers_inside(mover, state, inside) for state in component) for mover in always)

    def _movers_inside(self, mover: int, state: int, inside: frozenset[int]) -> bool:
        edges = self._edges(state)
        return any(self.movers[edge] == mover and self.following[edge] in inside for edge in edges)

    # ---------------------------------------------------------------------------- the way

    def _round(self, law: str, goal: int, entry: int, component: Sequence[int]) -> Shortest:
        """The way to a component, and round in it so that everybody moves who can, back to where it came in."""
        inside, edges = frozenset(component), list[int]()

        def go_on(wanted: Callable[[int], bool]) -> None:
            edges.extend(self._way(self.following[edges[-1]] if edges else entry, inside, wanted))

        for mover in sorted(set.intersection(*map(self._able, component))):
            if not any(self.movers[edge] == mover for edge in edges):
                go_on(lambda edge, mover=mover: self.movers[edge] == mover)  # type: ignore[misc]
        for mover in sorted(set.union(*map(self._able, component))):
            seen = (entry, *(self.following[edge] for edge in edges))
            moves = any(self.movers[edge] == mover for edge in edges)
            if not moves and all(mover in self._able(state) for state in seen):
                go_on(lambda edge, mover=mover: mover not in self._able(self.following[edge]))  # type: ignore[misc]
        if not edges or self.following[edges[-1]] != entry:
            go_on(lambda edge: self.following[edge] == entry)
        there = self.graph.way_to(entry)
        return Shortest(
            law,
            True,
            (*there, *(self.following[edge] for edge in edges)),
            by_move=False,
            round=len(there) - 1,
            movers=(*(None for _ in there[1:]), *(self.movers[edge] for edge in edges)),
            goal=goal,
        )

    def _way(self, state: int, inside: frozenset[int], wanted: Callable[[int], bool]) -> list[int]:
        """The fewest moves within a component from a state on, of which the last is as wanted."""
        came: dict[int, int] = {}
        level, known = [state], {state}
        while level:
            reached = []
            for at in level:
                for edge in self._edges(at):
                    if self.following[edge] not in inside:
                        continue
                    if wanted(edge):
                        return self._back(came, at, state, edge)
                    if self.following[edge] not in known:
                        known.add(self.following[edge])
                        came[self.following[edge]] = edge
                        reached.append(self.following[edge])
            level = reached
        raise AssertionError("a component leads from each of its states to each other")

    def _back(self, came: dict[int, int], at: int, state: int, last: int) -> list[int]:
        way = [last]
        while at != state:
            edge = came[at]
            way.append(edge)
            at = self._source(edge)
        return way[::-1]

    def _source(self, edge: int) -> int:
        """The state that a move leads away from."""
        return bisect_right(self.starts, edge) - 1
