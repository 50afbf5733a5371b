"""Placing runs: the timeline in the upper lane, manual runs below it, overridden ones below their date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from runline.model.records import RunRecord
from runline.model.states import RunKind
from runline.reports.curves import Point, rise_of
from runline.reports.lettering import width_of
from runline.reports.palette import REACH, SHAPES
from runline.reports.places import CAPTION_SIZE, WIDTH, Lane, Lanes, Spot
from runline.reports.scene import Scene

_LINE = 8.0
"""The height of a line of captions."""
_GHOST_ROWS = 3


def place_lanes(scene: Scene, top: float) -> Lanes:
    """Give every run of a scene its spot, from ``top`` down."""
    lanes: list[Lane] = []
    spots: dict[int, Spot] = {}
    y = top + _arc_room(scene)
    for name, stacks in scene.stacks.items():
        depth = max((len(runs) for runs in stacks.values()), default=0)
        rows, gaps = [], []
        for row in range(max(depth, name == "live")):
            y += scene.radius + 3
            placed = dict(_row(scene, [runs[row] for runs in stacks.values() if len(runs) > row], y))
            room = max(map(_caption_room, placed.values()), default=0.0)
            spots.update(placed)
            rows.append(y)
            gaps.append(room + 10)
            y += scene.radius + room + 8
        if rows:
            lanes.append(Lane(name, tuple(rows), tuple(gaps)))
    return _with_ghosts(scene, Lanes(tuple(lanes), spots, {}, y))


def _arc_room(scene: Scene) -> float:
    """How high the arcs above the uppermost row rise."""
    upper = {runs[0].id: runs[0] for runs in scene.stacks["live"].values() if runs}
    pairs = [(run.id, run.previous) for run in upper.values()]
    pairs += [pair for remark in scene.found for pair in remark.wanted if pair[0] in upper]
    room = 0.0
    for run, previous in pairs:
        target = None if previous is None else scene.runs.get(previous)
        over = target is not None and (target.id in upper or target.date not in scene.shown)
        x = scene.axis.at(target.date) if target is not None and over else None
        if x is not None:
            distance = abs(scene.shown[upper[run].date] - x)
            room = max(room, rise_of(distance, scene.axis.pitch) if distance else 1.6 * scene.radius)
    return room + 4


def _row(scene: Scene, runs: Sequence[RunRecord], y: float) -> Iterator[tuple[int, Spot]]:
    places = sorted(scene.shown[run.date] for run in runs)
    for run in runs:
        x = scene.shown[run.date]
        following = next((place for place in places if place > x), WIDTH)
        yield run.id, _spot(scene, run, Point(x, y), following)


def _spot(scene: Scene, run: RunRecord, at: Point, following: float) -> Spot:
    """A run's spot; who overrode it stands beside it if there is room up to the following one, else below."""
    wrong = run.id in scene.concerned
    margin = scene.clear + (scene.halo if wrong else 0.0)
    reach = scene.radius * (1.1 if run.kind is RunKind.BACKFILL else 1.0) + margin
    foot = scene.radius * REACH[SHAPES[run.kind]] + margin
    number = () if scene.id_size else (str(run.id),)
    said = _overridden(run)
    if said and not wrong and width_of(said, CAPTION_SIZE) <= following - at.x - 2 * (scene.radius + 5):
        return Spot(at, reach, foot, number, said, _too_wide(number, scene.axis.pitch))
    captions = (*number, said) if said else number
    if number and _too_wide(captions, scene.axis.pitch):
        return Spot(at, reach, foot, number, "", upright=True)
    return Spot(at, reach, foot, captions)


def _overridden(run: RunRecord) -> str:
    """Who overrode a run, even if it has come back."""
    if run.overridden_by is None:
        return ""
    return f"was overridden by {run.overridden_by}" if run.live else f"by {run.overridden_by}"


def _too_wide(captions: Sequence[str], room: float) -> bool:
    return any(width_of(text, CAPTION_SIZE) > room for text in captions)


def _caption_room(spot: Spot) -> float:
    if spot.upright:
        return max(width_of(text, CAPTION_SIZE) for text in spot.captions) + 3
    return _LINE * len(spot.captions)


# ------------------------------------------------------------------------------ ghosts


def _with_ghosts(scene: Scene, lanes: Lanes) -> Lanes:
    """Add a lane for runs that are not there, each at the date of what it owns, else before the run that names it."""
    ghosts: dict[int, Spot] = {}
    taken: Counter[float] = Counter()
    step = 2 * scene.radius + 10
    first = lanes.bottom + scene.radius + 3
    for missing, dates in sorted(scene.missing.items()):
        x = scene.shown[min(dates)] if dates else _before_followers(scene, missing)
        row = min(taken[x], _GHOST_ROWS - 1)
        taken[x] += 1
        caption = ("of another DAG",) if missing in scene.state.runs else ()
        reach = scene.radius + scene.clear
        ghosts[missing] = Spot(Point(x, first + row * step), reach, reach, caption)
    if not ghosts:
        return lanes
    rows = tuple(sorted({spot.at.y for spot in ghosts.values()}))
    lane = Lane("no such run", rows, (10.0,) * len(rows))
    captioned = any(spot.captions for spot in ghosts.values())
    bottom = rows[-1] + scene.radius + (_LINE if captioned else 0.0) + 8
    return Lanes((*lanes.lanes, lane), lanes.spots, ghosts, bottom)


def _before_followers(scene: Scene, missing: int) -> float:
    followers = (run for lane in scene.stacks.values() for runs in lane.values() for run in runs)
    return min(scene.shown[run.date] for run in followers if run.previous == missing) - scene.axis.pitch / 2
