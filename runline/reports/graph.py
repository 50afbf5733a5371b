"""The runs and task instances of a state as a graph, and that graph as text for Graphviz and Mermaid."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from runline.model.instants import format_instant, short_instant
from runline.model.records import BY_DATE, NO_RUN, RunRecord, TaskRecord
from runline.model.snapshot import Snapshot
from runline.model.states import RunKind, RunState
from runline.reports.palette import RUN_LOOKS

if TYPE_CHECKING:
    import networkx as nx

_DOT_SHAPES = {RunKind.SCHEDULED: "ellipse", RunKind.BACKFILL: "box", RunKind.MANUAL: "diamond"}
_DOT_STYLES = {"previous": "solid", "overrides": "dashed", "owns": "dotted"}
_MERMAID_SHAPES = {RunKind.SCHEDULED: ("([", "])"), RunKind.BACKFILL: ("[", "]"), RunKind.MANUAL: ("{", "}")}
_MERMAID_LINKS = {"previous": "-->", "overrides": "-.->", "owns": "---"}


def timeline_graph(snapshot: Snapshot, dag: str) -> nx.DiGraph:
    """What is stored about a DAG, as a graph.

    Nodes are run ids (attributes ``run_id``, ``kind``, ``state``, ``date``, ``live``, ``missing``) and task keys
    (``task``, ``state``, ``date``); ``node`` says which. An edge's key, and its attribute ``relation``, is ``previous``
    (from a run to the one before it), ``overrides`` (to the run overridden) or ``owns`` (from a run to an instance).
    A run that is named but not there is a node too, ``missing``. A state may hold two edges between the same two runs,
    so the graph is the kind of DiGraph that can.
    """
    import networkx as nx

    graph = nx.MultiDiGraph(dag=dag)
    for run in sorted((run for run in snapshot.runs.values() if run.dag == dag), key=lambda run: run.id):
        graph.add_node(run.id, **_run_attributes(run))
    for key in sorted(key for key in snapshot.tasks if key.dag == dag):
        _add_instance(graph, snapshot.tasks[key])
    for run in snapshot.runs.values():
        if run.dag == dag and run.previous is not None:
            _relate(graph, run.id, run.previous, "previous")
        if run.dag == dag and run.overridden_by is not None:
            _relate(graph, run.overridden_by, run.id, "overrides")
    return graph


def _run_attributes(run: RunRecord) -> dict[str, Any]:
    return {
        "node": "run",
        "run_id": run.run_id,
        "kind": run.kind.value,
        "state": run.state.value,
        "date": format_instant(run.date),
        "live": run.live,
        "missing": False,
    }


def _add_instance(graph: nx.DiGraph, record: TaskRecord) -> None:
    date = format_instant(record.date)
    graph.add_node(record.key, node="instance", task=record.task, state=record.state.value, date=date)
    if record.run not in (NO_RUN, BY_DATE):
        _relate(graph, record.run, record.key, "owns")


def _relate(graph: nx.DiGraph, source: Hashable, target: Hashable, relation: str) -> None:
    for end in (source, target):
        if end not in graph:
            graph.add_node(end, node="run", missing=True)
    graph.add_edge(source, target, key=relation, relation=relation)


# -------------------------------------------------------------------------------- text


def _label(node: Any, attributes: Mapping[str, Any]) -> str:
    if attributes["node"] == "instance":
        return _plain(f"{attributes['task']} {short_instant(node.date)} {attributes['state']}")
    if attributes["missing"]:
        return f"{node} missing"
    return f"{node} {attributes['kind']} {attributes['date']} {attributes['state']}"


def _plain(text: str) -> str:
    """One line of printable text."""
    return "".join(character if character.isprintable() else " " for character in text)


def as_dot(graph: nx.DiGraph) -> str:
    """The graph as Graphviz text; nothing in a name is read as markup or escape."""
    names = {node: f"n{place}" for place, node in enumerate(graph)}
    lines = ["digraph timeline {", "  rankdir=RL;", '  node [fontname="sans-serif"];']
    for node, attributes in graph.nodes(data=True):
        style = ", ".join(f"{key}={value}" for key, value in _dot_style(attributes).items())
        lines.append(f'  {names[node]} [label="{_dot_text(_label(node, attributes))}", {style}];')
    for source, target, relation in graph.edges(data="relation"):
        style = _DOT_STYLES[relation]
        lines.append(f'  {names[source]} -> {names[target]} [label="{relation}", style={style}];')
    return "\n".join([*lines, "}"]) + "\n"


def _dot_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


def _dot_style(attributes: Mapping[str, Any]) -> dict[str, str]:
    if attributes["node"] == "instance":
        return {"shape": "plaintext"}
    if attributes["missing"]:
        return {"shape": "ellipse", "style": "dotted"}
    look = RUN_LOOKS[RunState(attributes["state"])]
    style = '"filled,dashed"' if look.dashed else "filled"
    shape = _DOT_SHAPES[RunKind(attributes["kind"])]
    return {"shape": shape, "style": style, "fillcolor": f'"{look.fill}"', "fontcolor": f'"{look.text}"'}


def as_mermaid(graph: nx.DiGraph) -> str:
    """The graph as a Mermaid flowchart; in names all but letters, digits and a few signs are written as numbers."""
    names = {node: f"n{place}" for place, node in enumerate(graph)}
    lines = ["flowchart RL"]
    for node, attributes in graph.nodes(data=True):
        before, after = _mermaid_shape(attributes)
        group = f":::{attributes['state']}" if attributes["node"] == "run" and not attributes["missing"] else ""
        lines.append(f'  {names[node]}{before}"{_mermaid_text(_label(node, attributes))}"{after}{group}')
    for source, target, relation in graph.edges(data="relation"):
        lines.append(f"  {names[source]} {_MERMAID_LINKS[relation]}|{relation}| {names[target]}")
    for state, look in RUN_LOOKS.items():
        dashes = ",stroke-dasharray:4 3" if look.dashed else ""
        lines.append(f"  classDef {state.value} fill:{look.fill},stroke:{look.edge},color:{look.text}{dashes}")
    return "\n".join(lines) + "\n"


def _mermaid_shape(attributes: Mapping[str, Any]) -> tuple[str, str]:
    if attributes["node"] == "instance":
        return "[/", "/]"
    return ("((", "))") if attributes["missing"] else _MERMAID_SHAPES[RunKind(attributes["kind"])]


def _mermaid_text(text: str) -> str:
    return "".join(
        character if (character.isascii() and character.isalnum()) or character in " -:." else f"#{ord(character)};"
        for character in text
    )
