"""What a fault leaves can be mended, or not: by reachability, held against networkx."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from runline.explorer.graph import Graph
from runline.explorer.recovery import lost
from tests.explorer.literal import Literal, names, searched

TORN = {0: [(1, 1)], 1: [(1, 2), (0, 3)]}
"""A process writes in two steps, and may die between them."""


def sound(graph: Graph) -> bytearray:
    """The states in which no law is broken."""
    broken = {state for marks in (graph.passing, graph.lasting) for state, _ in marks.items()}
    return bytearray(state not in broken for state in range(graph.states))


def way_to_loss(model: Literal) -> list[int] | None:
    """The way to where nothing can be mended any more."""
    _, found = searched(model)
    way = lost(found.graph, "atomic-advance", sound(found.graph))
    return None if way is None else names(found, way.states)


def test_what_a_crash_leaves_half_done_stays() -> None:
    """Nobody goes on with what was half done, so the law stays broken."""
    assert way_to_loss(Literal(TORN, bad=[1, 3])) == [0, 1, 3]


def test_what_somebody_else_mends_is_recovered() -> None:
    """Another process comes, in the end, and mends it."""
    assert way_to_loss(Literal({**TORN, 3: [(2, 4)], 4: [(2, 5)]}, bad=[1, 3, 4])) is None


def test_what_only_may_be_mended_is_recovered_too() -> None:
    """It is asked whether it can be mended, not whether it is: from each state a sound one can be reached."""
    assert way_to_loss(Literal({**TORN, 3: [(2, 4), (3, 3)]}, bad=[1, 3])) is None


def test_who_misses_the_chance_loses_it() -> None:
    """Where somebody may spoil what could still be mended, that state is the one that is told."""
    assert way_to_loss(Literal({**TORN, 3: [(2, 4), (3, 5)]}, bad=[1, 3, 5])) == [0, 1, 3, 5]


def test_what_is_broken_without_a_fault_is_not_the_faults() -> None:
    """A process that breaks the law for good by itself, before any fault, loses nothing by one."""
    assert way_to_loss(Literal({0: [(1, 1)]}, bad=[1])) is None


def test_another_fault_is_no_cure() -> None:
    """That a second crash would put things right is not counted upon."""
    assert way_to_loss(Literal({**TORN, 3: [(0, 4)]}, bad=[1, 3])) == [0, 1, 3]


@st.composite
def models(draw: st.DrawFn) -> Literal:
    """Graphs of a few states with some faults, in some of whose states a law is broken."""
    states = draw(st.integers(1, 8))
    number = st.integers(0, states - 1)
    edges: dict[int, list[tuple[int, int]]] = {}
    for start, mover, end in draw(st.lists(st.tuples(number, st.sampled_from([0, 1, 2]), number), max_size=18)):
        edges.setdefault(start, []).append((mover, end))
    return Literal(edges, bad=draw(st.lists(number)))


@given(models())
@settings(max_examples=150, deadline=None)
def test_loss_is_what_networkx_says(model: Literal) -> None:
    """Of the states after a fault from which no sound one can be reached without another, a nearest one is told."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(8))
    faultless = graph.copy()
    graph.add_edges_from((state, to) for state, edges in model.edges.items() for _, to in edges)
    faultless.add_edges_from((state, to) for state, edges in model.edges.items() for mover, to in edges if mover)
    distances = nx.single_source_shortest_path_length(graph, 0)
    faults = {to for state, edges in model.edges.items() for mover, to in edges if not mover and state in distances}
    after = faults.union(*(nx.descendants(graph, state) for state in faults))
    bad = [state for state in after if {state, *nx.descendants(faultless, state)} <= model.bad]
    way = way_to_loss(model)
    if not bad:
        assert way is None
    else:
        assert way is not None
        assert way[-1] in bad
        assert len(way) - 1 == min(distances[state] for state in bad)
