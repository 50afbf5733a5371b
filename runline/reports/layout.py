"""Where everything of a chart stands, in points from its upper left corner. Nothing is drawn here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from runline.model.instants import Instant
from runline.model.records import BY_DATE, NO_RUN, TaskKey
from runline.reports.axis import Axis, label
from runline.reports.curves import Curve, End, Point, arc, beside, between_rows, from_cell, loop, rise_of
from runline.reports.lanes import place_lanes
from runline.reports.overview import lay_overview
from runline.reports.picture import Picture, Remark
from runline.reports.places import CELL_HEIGHT, WIDTH, Arrow, Belonging, Cell, Lanes, Layout
from runline.reports.scene import Scene, lane_of

_CELL_PITCH = 14.0
_WIDEST_CELL = 34.0
_LENS = 22.0
"""The room between the columns of all dates and the dates that are shown in full."""


def lay(picture: Picture, found: Sequence[Remark], top: float, axis: Axis | None = None) -> Layout:
    """Place the runs and instances of a picture's DAG below ``top``, on an axis of its own or on one that is given."""
    scene = Scene(picture, found, axis)
    overview = lay_overview(scene, top)
    top = top if overview is None else overview.bottom + _LENS
    lanes = place_lanes(scene, top)
    unclear = _unclear(scene)
    first = lanes.bottom + (20 if unclear else 10) + CELL_HEIGHT / 2
    rows = {task: first + place * _CELL_PITCH for place, task in enumerate(scene.tasks)}
    return Layout(
        axis=scene.axis,
        labels=label(scene.axis, scene.axis.left - 6, WIDTH - 4),
        radius=scene.radius,
        halo=scene.halo,
        id_size=scene.id_size,
        lanes=lanes,
        arrows=tuple(_arrows(scene, lanes)),
        wanted=tuple(_wanted(scene, lanes)),
        overrides=tuple(_overrides(scene, lanes)),
        tasks=tuple(rows.items()),
        cells=tuple(_cells(scene, rows, {key for keys in unclear.values() for key in keys})),
        belongings=tuple(_belongings(scene, lanes, rows, unclear)),
        top=top,
        bottom=first + max(len(rows) - 1, 0) * _CELL_PITCH + CELL_HEIGHT / 2 + 10,
        left_out=tuple(scene.left_out),
        overview=overview,
    )


# ------------------------------------------------------------------------------ arrows


def _arrows(scene: Scene, lanes: Lanes) -> list[Arrow]:
    shown = (scene.runs[run] for run in lanes.spots)
    return [_arrow(scene, lanes, run.id, run.previous) for run in shown if run.previous is not None]


def _wanted(scene: Scene, lanes: Lanes) -> list[Arrow]:
    pairs = dict.fromkeys(pair for remark in scene.found for pair in remark.wanted)
    return [_arrow(scene, lanes, *pair) for pair in pairs if pair[0] in lanes.spots and pair[1] in lanes.spots]


def _overrides(scene: Scene, lanes: Lanes) -> list[tuple[int, int]]:
    known = ((scene.runs[run].overridden_by, run) for run in lanes.spots)
    return [(over, under) for over, under in known if over is not None and over in lanes.spots and over != under]


def _arrow(scene: Scene, lanes: Lanes, run: int, previous: int) -> Arrow:
    return Arrow(run, previous, _curve(lanes, lanes.spots[run].end, _target(scene, lanes, previous), scene.axis.pitch))


def _target(scene: Scene, lanes: Lanes, run_id: int) -> End:
    """Where a run stands, or what stands for it: a ghost, the break that hides it, the foot of its date."""
    spot = lanes.spots.get(run_id) or lanes.ghosts.get(run_id)
    if spot is not None:
        return spot.end
    run = scene.runs[run_id]
    lane = next((lane for lane in lanes.lanes if lane.name == lane_of(run)), lanes.lanes[0])
    x = scene.axis.at(run.date)
    row = lane.rows[-1] if run.date in scene.shown else lane.rows[0]
    return End(Point(scene.axis.left if x is None else x, row), 3.0)


def _curve(lanes: Lanes, start: End, end: End, pitch: float) -> Curve:
    """Over the row to an earlier date, under it to a later one; between rows through the gap."""
    if start.at == end.at:
        return loop(start)
    if abs(start.at.x - end.at.x) < 0.01:
        return beside(start, end, pitch)
    if start.at.y != end.at.y:
        return between_rows(start, end, pitch)
    rise = rise_of(abs(start.at.x - end.at.x), pitch)
    if end.at.x > start.at.x:
        gaps = {row: gap for lane in lanes.lanes for row, gap in zip(lane.rows, lane.gaps, strict=True)}
        return arc(start, end, -min(rise, gaps[start.at.y]))
    return arc(start, end, rise if start.at.y == lanes.top_row else min(rise, 9.0))


# ------------------------------------------------------------------------------- cells


def _unclear(scene: Scene) -> dict[tuple[int, Instant], list[TaskKey]]:
    """By owner and date, the instances whose owner is not the one live run of their date."""
    live: dict[Instant, int] = {run.date: run.id for run in scene.runs.values() if run.live}
    count = Counter(run.date for run in scene.runs.values() if run.live)
    unclear: dict[tuple[int, Instant], list[TaskKey]] = defaultdict(list)
    for record in scene.records:
        shown = record.task in scene.tasks and record.date in scene.shown and record.run not in (NO_RUN, BY_DATE)
        if shown and (count[record.date] > 1 or live.get(record.date) != record.run):
            unclear[record.run, record.date].append(record.key)
    return unclear


def _cells(scene: Scene, rows: Mapping[str, float], unclear: set[TaskKey]) -> list[Cell]:
    width = min(0.8 * scene.axis.pitch, _WIDEST_CELL)
    places = {task: place for place, task in enumerate(rows)}
    return [
        Cell(
            record,
            Point(scene.shown[record.date], rows[record.task]),
            width,
            places[record.task],
            record.key in unclear,
        )
        for record in scene.records
        if record.task in rows and record.date in scene.shown
    ]


def _belongings(
    scene: Scene, lanes: Lanes, rows: Mapping[str, float], unclear: Mapping[tuple[int, Instant], Sequence[TaskKey]]
) -> list[Belonging]:
    spots = [*lanes.spots.values(), *lanes.ghosts.values()]
    lines = []
    for (owner, date), keys in sorted(unclear.items()):
        cell = Point(scene.shown[date], min(rows[key.task] for key in keys) - CELL_HEIGHT / 2)
        end = _target(scene, lanes, owner)
        spot = lanes.spots.get(owner)
        foot = end.reach if spot is None else spot.foot
        below = any(spot.at.x == end.at.x and spot.at.y > end.at.y for spot in spots)
        lines.append(Belonging(owner, tuple(keys), from_cell(cell, end, foot, lanes.bottom + 8, below)))
    return lines
