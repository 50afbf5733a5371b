"""What comes eventually: ways that miss a goal for ever though everybody moves who can, and none where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runline.explorer.components import circular
from runline.explorer.fair import Fair
from runline.explorer.graph import Shortest
from tests.explorer.literal import GOALS, Edge, Literal, names, searched

Edges = dict[int, list[tuple[int, int]]]


def rounds(model: Literal) -> list[tuple[list[int], int | None]]:
    """The ways that miss the goal, by the states that they go through, and from which place on they go round."""
    _, found = searched(model)
    return [(names(found, way.states), way.round) for way in Fair(found.graph).rounds("progress", GOALS)]


def test_a_livelock_is_a_way_that_goes_round() -> None:
    """Two who make room for each other again and again both move, and never come to what they are after."""
    model = Literal({0: [(1, 1)], 1: [(1, 2), (2, 3)], 2: [(2, 1)], 3: [(1, 1)]}, to_come=range(4))
    (way, start), *others = rounds(model)
    assert not others
    assert (way[0], start) == (0, 1)
    assert way[1] == way[-1] == 1
    assert set(way) == {0, 1, 2, 3}


def test_who_is_never_let_go_on_is_not_fair() -> None:
    """One goes round while another could end it all the time: that does not go on for ever, since in the end he moves."""
    assert rounds(Literal({0: [(1, 1), (2, 2)], 1: [(1, 0), (2, 2)]}, to_come=[0, 1])) == []


def test_who_is_kept_from_it_again_and_again_need_not_move() -> None:
    """One who can move at every other state only may be too late each time."""
    (way, start), *others = rounds(Literal({0: [(1, 1), (2, 2)], 1: [(1, 0)]}, to_come=[0, 1]))
    assert (way, start, others) == ([0, 1, 0], 0, [])


def test_a_scheduler_that_serves_one_only_never_comes_to_the_other() -> None:
    """A process that may go on with one thing for ever starves another, however fair it is treated itself."""
    model = Literal({0: [(1, 0), (1, 1)]}, to_come=[0])
    assert rounds(model) == [([0, 0], 0)]


def test_where_the_goal_is_met_on_the_way_nothing_is_missed() -> None:
    """A run that ends and begins again for ever ends each time."""
    assert rounds(Literal({0: [(1, 1)], 1: [(1, 0)]}, to_come=[0])) == []


def test_faults_do_not_come_for_ever() -> None:
    """Only a fault leads back, so nothing goes round."""
    assert rounds(Literal({0: [(1, 1)], 1: [(0, 0)]}, to_come=[0, 1])) == []


def test_a_way_that_goes_round_can_be_gone() -> None:
    """The search finds the moves of the way again, those of the movers that make it fair among several to one state."""
    search, found = searched(Literal({0: [(1, 1)], 1: [(1, 1), (2, 1)]}, to_come=[0, 1]))
    way = next(Fair(found.graph).rounds("progress", GOALS))
    assert way.movers == (None, 1, 2)
    assert search.path(way) == [0, 0, 1]


# ---------------------------------------------------------------------- against networkx


@st.composite
def models(draw: st.DrawFn) -> Literal:
    """Graphs of a few states, moves of up to three movers and faults, and a goal ahead in some states."""
    states = draw(st.integers(1, 7))
    number = st.integers(0, states - 1)
    edges: Edges = {}
    for start, mover, end in draw(
        st.lists(st.tuples(number, st.sampled_from([1, 1, 1, 2, 2, 3, 0]), number), max_size=16)
    ):
        edges.setdefault(start, []).append((mover, end))
    return Literal(edges, draw(st.sets(number)) | draw(st.sampled_from([set(), set(range(states))])))


def graph_of(model: Literal) -> nx.MultiDiGraph[int]:
    """What can be reached, without faults between."""
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    new, seen = [0], {0}
    while new:
        state = new.pop()
        graph.add_node(state)
        for mover, to in model.edges.get(state, ()):
            if mover:
                graph.add_edge(state, to, mover=mover)
            new += [to] if to not in seen else []
            seen.add(to)
    return graph


def is_circular(graph: nx.MultiDiGraph[int], part: set[int]) -> bool:
    return len(part) > 1 or graph.has_edge(*part, *part)


def missed(model: Literal) -> Iterator[frozenset[int]]:
    """The fair components in which the goal is ahead, by the definition."""
    graph = graph_of(model)
    ahead = graph.subgraph(model.to_come & set(graph))
    for part in nx.strongly_connected_components(ahead):
        inside = {data["mover"] for _, _, data in ahead.subgraph(part).edges(data=True)}
        always = set.intersection(*({m for _, _, m in graph.out_edges(state, data="mover")} for state in part))
        if is_circular(ahead, part) and always <= inside:
            yield frozenset(part)


@given(models())
@settings(max_examples=150, deadline=None)
def test_ways_that_miss_a_goal_are_those_of_the_definition(model: Literal) -> None:
    """There is one for each fair component that networkx finds, and it does what it says."""
    _, found = searched(model)
    ways = list(Fair(found.graph).rounds("progress", GOALS))
    parts = list(missed(model))
    assert len(ways) == len(parts)
    distances = nx.single_source_shortest_path_length(nx.DiGraph(whole(model)), 0)
    assert [way.round for way in ways] == sorted(min(distances[state] for state in part) for part in parts)
    for way in ways:
        check_round(model, names(found, way.states), way, parts)


def whole(model: Literal) -> list[tuple[int, int]]:
    return [(0, 0), *((state, to) for state, edges in model.edges.items() for _, to in edges)]


def check_round(model: Literal, states: list[int], way: Shortest, parts: list[frozenset[int]]) -> None:
    """It begins at the start, goes along moves, stays in one component and comes back, and is fair to everybody."""
    assert way.round is not None
    assert states[0] == 0
    assert all(end in {to for _, to in model.edges[start]} for start, end in pairwise(states))
    circle = states[way.round :]
    moves = list(zip(pairwise(circle), way.movers[way.round :], strict=True))
    assert moves
    assert circle[0] == circle[-1]
    assert any(set(circle) <= part for part in parts)
    assert all(Edge(mover or 0, end) in model.edges[start] and mover for (start, end), mover in moves)
    able = [{mover for mover, _ in model.edges[state] if mover} for state in circle]
    assert set.intersection(*able) <= {mover for _, mover in moves}


@given(models(), st.sets(st.integers(0, 6)))
@settings(max_examples=150, deadline=None)
def test_components_are_those_of_networkx(model: Literal, kept: set[int]) -> None:
    """Of the whole graph, and of any part of it, each component in which one can go round is found once."""
    _, found = searched(model)
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from(range(found.graph.states))
    graph.add_edges_from(zip(found.graph.sources, found.graph.targets, strict=True))
    starts, following = found.graph.successors()
    for within in (None, kept & set(graph)):
        part = graph if within is None else graph.subgraph(within)
        expected = {frozenset(each) for each in nx.strongly_connected_components(part) if is_circular(part, each)}
        components = list(circular(starts, following, within))
        assert {frozenset(each) for each in components} == expected
        assert len(components) == len(expected)


@pytest.mark.parametrize("length", [1, 2, 30_000])
def test_long_ways_need_no_recursion(length: int) -> None:
    """A ring of very many states is one component."""
    model = Literal({state: [(1, (state + 1) % length)] for state in range(length)}, to_come=range(length))
    _, found = searched(model)
    assert [len(each) for each in circular(*found.graph.successors())] == [length]
