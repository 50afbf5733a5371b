"""The search against one that is too plain to be wrong: breadth first, with whole copies of states."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from runline.explorer.search import Found, Limits, Search
from runline.model.fingerprint import part


class Toy(NamedTuple):
    """A graph over small integers: where moves lead to, which states break a law, which are at rest, which moves do."""

    edges: dict[int, tuple[int, ...]]
    bad: frozenset[int]
    busy: frozenset[int]
    breaking: frozenset[tuple[int, int]]


class Walk:
    """A toy as a model that goes forth and back."""

    laws = ("state", "event")

    def __init__(self, toy: Toy) -> None:
        self.toy = toy
        self.way = [0]
        self.breached = 0

    @property
    def fingerprint(self) -> int:
        """What tells states apart."""
        return part(self.way[-1])

    def moves(self) -> list[int]:
        """Where one can go."""
        return list(self.toy.edges.get(self.way[-1], ()))

    def do(self, move: int) -> int:
        """Go there."""
        self.breached = 2 * ((self.way[-1], move) in self.toy.breaking)
        self.way.append(move)
        return self.fingerprint

    def undo(self) -> None:
        """Go back."""
        self.way.pop()

    def broken(self) -> int:
        """Whether this state breaks the law."""
        return int(self.way[-1] in self.toy.bad)

    def at_rest(self) -> bool:
        """Whether nothing is under way."""
        return self.way[-1] not in self.toy.busy

    def stuck(self) -> int:
        """Nothing."""
        return 0


class Naive(NamedTuple):
    """What is known of a toy without any search of ours."""

    distances: dict[int, int]
    transitions: int


def naive(toy: Toy, most: int | None = None) -> Naive:
    """Breadth first over plain integers, as far as so many moves."""
    distances, level, moves, far = {0: 0}, [0], 0, 0
    while level and (most is None or far < most):
        far += 1
        following = []
        for state in level:
            for target in toy.edges.get(state, ()):
                moves += 1
                if target not in distances:
                    distances[target] = far
                    following.append(target)
        level = following
    return Naive(distances, moves)


@st.composite
def toys(draw: st.DrawFn) -> Toy:
    states = st.integers(0, draw(st.integers(1, 24)))
    edges = draw(st.dictionaries(states, st.lists(states, max_size=4).map(tuple), max_size=25))
    all_edges = [(source, target) for source, targets in edges.items() for target in targets]
    breaking = draw(st.sets(st.sampled_from(all_edges), max_size=2)) if all_edges else set()
    return Toy(edges, draw(st.frozensets(states, max_size=4)), draw(st.frozensets(states)), frozenset(breaking))


def fewest(toy: Toy, known: Naive, counts: Callable[[int], bool]) -> int | None:
    return min((far for state, far in known.distances.items() if state in toy.bad and counts(state)), default=None)


def steps(found: Found, law: str, lasting: bool) -> int | None:
    way = (found.lasting if lasting else found.seen).get(law)
    return None if way is None else way.steps


@given(toys())
def test_states_moves_and_shortest_ways(toy: Toy) -> None:
    """States, moves, depth and the fewest moves to a violation are those of the plain search."""
    known, walk = naive(toy), Walk(toy)
    found = Search(walk).run()
    assert (found.distinct_states, found.transitions) == (len(known.distances), known.transitions + 1)
    assert found.depth == max(known.distances.values()) + 1
    assert steps(found, "state", lasting=False) == fewest(toy, known, lambda state: True)
    assert steps(found, "state", lasting=True) == fewest(toy, known, lambda state: state not in toy.busy)
    reached = [known.distances[source] + 1 for source, _ in toy.breaking if source in known.distances]
    assert steps(found, "event", lasting=True) == min(reached, default=None)
    assert walk.way == [0]


@given(toys())
def test_ways_can_be_gone(toy: Toy) -> None:
    """The moves of a shortest way lead, from the start, to where the law is broken."""
    search = Search(Walk(toy))
    found = search.run()
    for law, way in [*found.lasting.items(), *found.seen.items()]:
        walk = Walk(toy)
        for place in search.path(way):
            walk.do(walk.moves()[place])
        assert walk.broken() if law == "state" else walk.breached == 2
        assert len(walk.way) == way.steps + 1


@given(toys(), st.integers(1, 6))
def test_depth_bound_loses_nothing_within_it(toy: Toy, most: int) -> None:
    """Bounded, the search finds just the states that so many moves lead to, by whichever way it came there first."""
    known = naive(toy, most)
    found = Search(Walk(toy), Limits(max_depth=most)).run()
    assert found.distinct_states == len(known.distances)
    assert found.transitions == known.transitions + 1
    assert steps(found, "state", lasting=False) == fewest(toy, known, lambda state: True)


@given(toys(), st.integers(1, 10))
def test_a_limit_proves_nothing(toy: Toy, most: int) -> None:
    """Where the states were too many the search is not complete, and the model stands where it stood."""
    walk = Walk(toy)
    found = Search(walk, Limits(max_states=most)).run()
    assert found.complete is (len(naive(toy).distances) <= most)
    assert found.distinct_states <= most + 1
    assert walk.way == [0]
