"""Who waits for whom at the end of a simulation, drawn: what waits stands to the left of what it waits for.

A pure function of an outcome; the drawing is SVG of its own, since a dozen boxes need no drawing library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import NamedTuple

from runline.invariants.fates import implied, name
from runline.model.records import TaskKey
from runline.model.states import FINISHED_TASK, RunState, TaskState
from runline.model.steps import Held, RunAt, Subject
from runline.model.timeline import Timeline
from runline.simulator.outcome import Outcome

MOST = 24
"""How many boxes a drawing has at most; what lies beyond is counted."""
_LOOKED_AT = 120
"""How many of what waits is looked at to lay out the drawing."""
_WIDTH, _HEIGHT, _GAP, _MARGIN, _TURN = 190, 40, 46, 22, 16
_GREY, _RED = "#57606a", "#a40e26"
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
    return _svg(boxes, edges, _in_circles(edges), len(columns) - len(kept) + len(every) - len(edges))


def _edges(held: Iterable[Held], timeline: Timeline) -> dict[Subject, tuple[Held, ...]]:
    """What is held and waits for something, with the gates that hold it; not what has come to an end since."""
    found: dict[Subject, tuple[Held, ...]] = {}
    for each in held:
        if each.on and each.until is None and not _ended(timeline, each.what):
            found[each.what] = (*found.get(each.what, ()), each)
    new = [on for gates in found.values() for each in gates for on in each.on]
    while new:
        subject = new.pop()
        if subject not in found and (more := implied(timeline, subject)):
            found[subject] = (Held(subject, "", "", more),)
            new += more
    return found


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


def _in_circles(edges: dict[Subject, tuple[Held, ...]]) -> set[tuple[Subject, Subject]]:
    """The links between those who wait in a circle."""
    reached = {subject: _reached(edges, subject) for subject in edges}
    return {(subject, on) for subject in edges for on in _waits_for(edges, subject) if subject in reached.get(on, ())}


def _reached(edges: dict[Subject, tuple[Held, ...]], subject: Subject) -> set[Subject]:
    """All that a subject waits for, through a chain."""
    found: set[Subject] = set()
    new = [subject]
    while new:
        more = [on for on in _waits_for(edges, new.pop()) if on not in found]
        found.update(more)
        new += more
    return found


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


def _svg(
    boxes: dict[Subject, Box],
    edges: dict[Subject, tuple[Held, ...]],
    circles: set[tuple[Subject, Subject]],
    more: int,
) -> str:
    width = 2 * _MARGIN + (max(box.column for box in boxes.values()) + 1) * (_WIDTH + _GAP) - _GAP
    low = _MARGIN + (max(box.row for box in boxes.values()) + 1) * (_HEIGHT + 14)
    arrows = []
    for subject, on, rule in _drawn(boxes, edges):
        box, other = boxes[subject], boxes[on]
        back = other.column <= box.column
        low += 14 * back
        (x, y), (to_x, to_y) = _left(box), _left(other)
        start, end = (x + _WIDTH, y + _HEIGHT // 2), (to_x, to_y + _HEIGHT // 2)
        arrows.append(_arrow(start, end, low if back else 0, rule, _RED if (subject, on) in circles else _GREY))
    height = low + _MARGIN + (16 if more else 0)
    parts = [
        f"<svg class='waits' xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' "
        f"height='{height}' font-family='DejaVu Sans, Verdana, sans-serif' font-size='11' role='img'>",
        "<title>who waits for whom</title>",
        f"<defs>{_tip('tip', _GREY)}{_tip('circle-tip', _RED)}</defs>",
        *arrows,
        *map(_box, boxes.values()),
    ]
    if more:
        parts.append(f"<text x='{_MARGIN}' y='{height - 6}' fill='{_GREY}'>and {more} more</text>")
    return "\n".join((*parts, "</svg>"))


def _tip(name: str, colour: str) -> str:
    return (
        f"<marker id='{name}' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' markerHeight='7' orient='auto' "
        f"markerUnits='userSpaceOnUse'><path d='M0 0 L8 4 L0 8 z' fill='{colour}'/></marker>"
    )


def _left(box: Box) -> tuple[int, int]:
    return _MARGIN + box.column * (_WIDTH + _GAP), _MARGIN + box.row * (_HEIGHT + 14)


def _drawn(boxes: dict[Subject, Box], edges: dict[Subject, tuple[Held, ...]]) -> Iterator[tuple[Subject, Subject, str]]:
    """The links between boxes, each with the rule that makes it."""
    for subject, gates in edges.items():
        for each in gates:
            yield from ((subject, on, each.rule) for on in each.on if subject in boxes and on in boxes)


def _arrow(start: tuple[int, int], end: tuple[int, int], low: int, rule: str, colour: str) -> str:
    """An arrow to the right, or back at the height ``low``, below all boxes, to where it came from."""
    (x, y), (to_x, to_y) = start, end
    if not low:
        path = f"M{x} {y} C{x + _GAP // 2} {y} {to_x - _GAP // 2} {to_y} {to_x} {to_y}"
        at = (x + 6, y - 4)
    else:
        path = (
            f"M{x} {y} C{x + _TURN} {y} {x + _TURN} {low} {x - _TURN} {low} "
            f"L{to_x + _TURN} {low} C{to_x - _TURN} {low} {to_x - _TURN} {to_y} {to_x} {to_y}"
        )
        at = ((x + to_x) // 2, low - 4)
    red = colour == _RED
    return (
        f"<path d='{path}' fill='none' stroke='{colour}' stroke-width='{2 if red else 1}' "
        f"marker-end='url(#{'circle-tip' if red else 'tip'})'/>"
        f"<text x='{at[0]}' y='{at[1]}' fill='{colour}' font-size='9'>{escape(rule)}</text>"
    )


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
