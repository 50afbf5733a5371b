"""The graph of a state holds what is stored, and nothing else."""

from __future__ import annotations

import networkx as nx

from runline.model.records import BY_DATE, NO_RUN, TaskKey
from runline.model.states import RunKind, RunState, TaskState
from runline.reports.graph import as_dot, as_mermaid, timeline_graph
from tests.reports.charting import DAG, OVERRIDDEN, day, instance, run, state


def _edges(graph: nx.DiGraph) -> set[tuple[object, object, str]]:
    return set(graph.edges(data="relation"))


def _key(task: str, on: int) -> TaskKey:
    return TaskKey(DAG, task, day(on))


def test_graph_of_a_literal_state() -> None:
    """Edges are exactly: each previous, each override whose author is known, and each owner."""
    graph = timeline_graph(OVERRIDDEN, DAG)
    assert isinstance(graph, nx.DiGraph)
    assert _edges(graph) == {
        (2, 1, "previous"),
        (4, 1, "previous"),
        (5, 1, "previous"),
        (3, 5, "previous"),
        (4, 2, "overrides"),
        (5, 4, "overrides"),
        (1, _key("extract", 0), "owns"),
        (1, _key("load", 0), "owns"),
        (5, _key("extract", 1), "owns"),
        (1, _key("extract", 2), "owns"),
        (99, _key("load", 2), "owns"),
    }
    assert set(graph) == {1, 2, 3, 4, 5, 6, 99, *OVERRIDDEN.tasks}


def test_nodes_say_what_they_are() -> None:
    """A run's node has its kind, state, date and whether it is live; one that is not there is missing."""
    graph = timeline_graph(OVERRIDDEN, DAG)
    assert graph.nodes[2] == {
        "node": "run",
        "run_id": "scheduled__1",
        "kind": "scheduled",
        "state": "overridden",
        "date": "2016-01-02T00:00:00Z",
        "live": False,
        "missing": False,
    }
    assert graph.nodes[99] == {"node": "run", "missing": True}
    assert graph.nodes[TaskKey(DAG, "load", day(0))] == {
        "node": "instance",
        "task": "load",
        "state": "failed",
        "date": "2016-01-01T00:00:00Z",
    }


def test_two_relations_of_one_pair_are_two_edges() -> None:
    """A run that overrides another and names it as its previous has both edges to it."""
    snapshot = state(
        [run(1, 0, state=RunState.OVERRIDDEN, overridden_by=2), run(2, 0, 1, kind=RunKind.BACKFILL)],
    )
    assert _edges(timeline_graph(snapshot, DAG)) == {(2, 1, "previous"), (2, 1, "overrides")}


def test_instances_of_no_stored_run_have_no_owner() -> None:
    """An instance of no run, or of a design that stores none, has no edge."""
    snapshot = state([run(1, 0)], [instance("t", 0, NO_RUN), instance("u", 0, BY_DATE, TaskState.NONE)])
    assert _edges(timeline_graph(snapshot, DAG)) == set()


def test_graph_is_of_one_dag() -> None:
    """Runs and instances of other DAGs are left out; a link to one leads to a missing node."""
    snapshot = state([run(1, 0, 7), run(7, 0, dag="other")], [instance("t", 0, 7, dag="other")])
    graph = timeline_graph(snapshot, DAG)
    assert set(graph) == {1, 7}
    assert graph.nodes[7]["missing"]


def test_cycles_can_be_found() -> None:
    """The graph is what networkx can work with: a cycle of previous is found by it."""
    graph = timeline_graph(state([run(1, 0, 2), run(2, 1, 1)]), DAG)
    assert {source for source, *_ in nx.find_cycle(graph)} == {1, 2}


def test_texts_have_every_node_and_edge() -> None:
    """Graphviz and Mermaid texts have each node and each edge once, with its relation."""
    graph = timeline_graph(OVERRIDDEN, DAG)
    dot, mermaid = as_dot(graph), as_mermaid(graph)
    assert (
        dot.count(" -> ") == mermaid.count("|previous|") + mermaid.count("|overrides|") + mermaid.count("|owns|") == 11
    )
    assert dot.count("[label=") == len(graph) + 11
    assert '[label="2 scheduled 2016-01-02T00:00:00Z overridden", shape=ellipse, style="filled,dashed"' in dot
    assert "99 missing" in dot
    assert "99 missing" in mermaid
    assert as_dot(timeline_graph(OVERRIDDEN, DAG)) == dot
