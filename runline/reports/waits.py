"""Who waits for whom at the end of a simulation, drawn: what waits stands to the left of what it waits for.

A pure function of an outcome; the drawing is SVG of its own, since a dozen boxes need no drawing library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import NamedTuple

from runline.invariants.stuck import name
from runline.model.records import TaskKey
from runline.model.states import FINISHED_TASK, RunState, TaskState
from runline.model.steps import Held, RunAt, Subject
from runline.model.timeline import Timeline
from runline.simulator.outcome import Outcome

MOST = 24
"""How many boxes a drawing has at most; what lies beyond is counted."""
_LOOKED_AT = 120
"""How many of what waits is looked at to lay out the drawing."""
_WIDTH, _HEIGHT, _GAP, _MARGIN = 190, 40, 46, 10
_COLOURS = {
    "waits": ("#f6f8fa", "#57606a"),
    "failed": ("#f6e4e4", "#a40e26"),
    "never": ("#ffffff", "#a40e26"),
    "moves": ("#e6f4ea", "#1a7f37"),
}
"""Fill and stroke by what a box is."""


class Box(NamedTuple):
    """A subject in the drawing: its words, what it is, and where it stands (column, row)."""

    title: str
    told: str
    look: str
    column: int
    row: int


def waits_svg(outcome: Outcome) -> str:
    """The waits-for graph of what is held at the end; empty where nothing waits for anything."""
    every = _edges(outcome.held, outcome.timeline)
    edges = dict(sorted(every.items(), key=lambda item: name(item[0]))[:_LOOKED_AT])
    if not edges:
        return ""
    columns = _columns(edges)
    kept = sorted(columns, key=lambda subject: (columns[subject], name(subject)))[:MOST]
    rows: dict[int, int] = {}
    boxes: dict[Subject, Box] = {}
    for subject in kept:
        column = columns[subject]
        row = rows.get(column, 0)
        rows[column] = row + 1
        look, told = _look(outcome.timeline, subject, subject in edges)
        boxes[subject] = Box(name(subject), told, look, column, row)
    return _svg(boxes, edges, len(columns) - len(kept) + len(every) - len(edges))


def _edges(held: Iterable[Held], timeline: Timeline) -> dict[Subject, tuple[Held, ...]]:
    """What is held and waits for something, with the gates that hold it; not what has come to an end since."""
    found: dict[Subject, tuple[Held, ...]] = {}
    for each in held:
        if each.on and each.until is None and not _ended(timeline, each.what):
            found[each.what] = (*found.get(each.what, ()), each)
    for run in dict.fromkeys(
        on for gates in found.values() for each in gates for on in each.on if isinstance(on, RunAt)
    ):
        left = _unfinished(timeline, run)
        if left:
            found[run] = (Held(run, "", "its instances", left),)
    return found


def _unfinished(timeline: Timeline, place: RunAt) -> tuple[TaskKey, ...]:
    """What a running run waits for: its instances that have not come to an end."""
    if all(run.state is not RunState.RUNNING for run in timeline.live_at(*place)):
        return ()
    return tuple(row.key for row in timeline.tasks_at(*place) if row.state not in FINISHED_TASK)


def _ended(timeline: Timeline, subject: Subject) -> bool:
    row = timeline.task(subject) if isinstance(subject, TaskKey) else None
    return row is not None and row.state in FINISHED_TASK


def _columns(edges: dict[Subject, tuple[Held, ...]]) -> dict[Subject, int]:
    """For each subject how many links lie before it at most; a link that closes a circle does not count."""
    order: list[Subject] = []
    back: set[tuple[Subject, Subject]] = set()
    done: set[Subject] = set()

    def visit(subject: Subject, way: tuple[Subject, ...]) -> None:
        done.add(subject)
        for on in _waits_for(edges, subject):
            if on in way or on == subject:
                back.add((subject, on))
            elif on not in done:
                visit(on, (*way, subject))
        order.append(subject)

    for subject in edges:
        if subject not in done:
            visit(subject, ())
    columns = dict.fromkeys(order, 0)
    for subject in reversed(order):
        for on in _waits_for(edges, subject):
            if (subject, on) not in back:
                columns[on] = max(columns[on], columns[subject] + 1)
    return columns


def _waits_for(edges: dict[Subject, tuple[Held, ...]], subject: Subject) -> list[Subject]:
    return list(dict.fromkeys(on for each in edges.get(subject, ()) for on in each.on))


def _look(timeline: Timeline, subject: Subject, waits: bool) -> tuple[str, str]:
    """What a box looks like, and the line below its name."""
    if isinstance(subject, TaskKey):
        row = timeline.task(subject)
        if row is None:
            return ("waits", "no instance yet") if waits else ("never", "there is no such instance")
        failed = row.state in (TaskState.FAILED, TaskState.UPSTREAM_FAILED)
        return ("failed" if failed else "waits" if waits else "moves"), row.state.value
    if isinstance(subject, RunAt):
        live = timeline.live_at(*subject)
        if not live:
            return "never", "there is no such run"
        state = live[0].state
        return ("failed" if state is RunState.FAILED else "waits" if waits else "moves"), f"run {live[0].id} is {state}"
    return "waits", ""


def _svg(boxes: dict[Subject, Box], edges: dict[Subject, tuple[Held, ...]], more: int) -> str:
    width = 2 * _MARGIN + (max(box.column for box in boxes.values()) + 1) * (_WIDTH + _GAP) - _GAP
    height = 2 * _MARGIN + (max(box.row for box in boxes.values()) + 1) * (_HEIGHT + 14) + (16 if more else 0)
    parts = [
        f"<svg class='waits' xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' "
        f"height='{height}' font-family='DejaVu Sans, Verdana, sans-serif' font-size='11' role='img'>",
        "<title>who waits for whom</title>",
        "<defs><marker id='tip' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' orient='auto'>"
        "<path d='M0 0 L8 4 L0 8 z' fill='#57606a'/></marker></defs>",
        *_arrows(boxes, edges),
        *map(_box, boxes.values()),
    ]
    if more:
        parts.append(f"<text x='{_MARGIN}' y='{height - 6}' fill='#57606a'>and {more} more</text>")
    return "\n".join((*parts, "</svg>"))


def _left(box: Box) -> tuple[int, int]:
    return _MARGIN + box.column * (_WIDTH + _GAP), _MARGIN + box.row * (_HEIGHT + 14)


def _arrows(boxes: dict[Subject, Box], edges: dict[Subject, tuple[Held, ...]]) -> Iterator[str]:
    for subject, gates in edges.items():
        for each in gates:
            for on in each.on:
                if subject in boxes and on in boxes:
                    yield _arrow(boxes[subject], boxes[on], each.rule)


def _arrow(box: Box, other: Box, rule: str) -> str:
    """An arrow to the right; one back to where it came from goes round below, and closes a circle."""
    (x, y), (to_x, to_y) = _left(box), _left(other)
    y, to_y = y + _HEIGHT // 2, to_y + _HEIGHT // 2
    if other.column > box.column:
        x += _WIDTH
        path = f"M{x} {y} C{x + _GAP // 2} {y} {to_x - _GAP // 2} {to_y} {to_x} {to_y}"
        at = (x + 6, y - 4)
    else:
        low = max(y, to_y) + _HEIGHT // 2 + 8
        x, to_x = x + _WIDTH // 2, to_x + _WIDTH // 2
        path = f"M{x} {y + _HEIGHT // 2} C{x} {low + 12} {to_x} {low + 12} {to_x} {to_y + _HEIGHT // 2}"
        at = ((x + to_x) // 2, low + 6)
    line = f"<path d='{path}' fill='none' stroke='#57606a' marker-end='url(#tip)'/>"
    return f"{line}<text x='{at[0]}' y='{at[1]}' fill='#57606a' font-size='9'>{escape(rule)}</text>"


def _box(box: Box) -> str:
    x, y = _left(box)
    fill, stroke = _COLOURS[box.look]
    dashes = " stroke-dasharray='4 3'" if box.look == "never" else ""
    title = box.title if len(box.title) <= 28 else f"{box.title[:27]}…"
    return (
        f"<g><title>{escape(box.title)}</title><rect x='{x}' y='{y}' width='{_WIDTH}' height='{_HEIGHT}' rx='4' "
        f"fill='{fill}' stroke='{stroke}'{dashes}/><text x='{x + 8}' y='{y + 17}'>{escape(title)}</text>"
        f"<text x='{x + 8}' y='{y + 32}' fill='{stroke}'>{escape(box.told)}</text></g>"
    )
