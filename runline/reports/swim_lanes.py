"""Where everything of a chart of steps stands: a lane for each process, a row for each step, a column for each date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runline.explorer.history import Explored
from runline.model.events import (
    RunCreated,
    RunDeleted,
    RunLinked,
    RunMoved,
    RunOverridden,
    RunTaken,
    TaskAdopted,
    TaskCreated,
    TaskMoved,
)
from runline.model.instants import Instant
from runline.model.records import RunRecord, TaskKey
from runline.model.states import RunState, TaskState
from runline.reports.axis import Axis, lay_axis, stretches
from runline.reports.lettering import shorten, width_of, wrap
from runline.reports.picture import Picture, Remark
from runline.reports.places import MARGIN, WIDTH
from runline.reports.scene import Scene, axis_left
from runline.reports.steps import Sort, Told

TEXT = 7.0
RULE = 5.8
LINE = 8.6
"""The height of a line of text in a box."""
NUMBERS = 18.0
"""The room for the numbers of the steps."""
_GAP = 7.0
"""What is left between the boxes of two rows."""
_TIME = 16.0
"""The height of a row in which time passes."""
_WIDEST_LANE = 132.0
_NARROWEST_LANE = 50.0
_PITCH = 44.0
"""How wide the column of a date is, where there is room for all."""
_LEAST = 96.0
"""The least room for dates, in which one can be written."""
_PADDING = 4.0


class Lane(NamedTuple):
    """A process, and where its lane runs."""

    name: str
    x: float
    width: float


class Touch(NamedTuple):
    """What a step does to a run, or is about to: how the run is then, and to which its link leads if that changes."""

    run: RunRecord
    linked: bool
    planned: bool
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A step where it stands: the lines in its box, the room it takes, and what it touches."""

    told: Told
    lane: Lane | None
    y: float
    height: float
    lines: tuple[str, ...]
    rules: str
    rules_below: bool
    touches: tuple[Touch, ...]
    cells: tuple[tuple[TaskKey, TaskState], ...]
    broken: tuple[int, ...]
    """The numbers of the remarks about what broke here."""

    @property
    def box(self) -> float:
        """How high its box is."""
        return self.height - _GAP


@dataclass(frozen=True, slots=True)
class Swim:
    """All places of the steps; ``previous`` finds the date of a run by its id."""

    lanes: tuple[Lane, ...]
    rows: tuple[Row, ...]
    axis: Axis
    top: float
    bottom: float
    dates: dict[int, Instant]


def lay_swim(
    outcome: Explored,
    steps: Sequence[Told],
    picture: Picture,
    found: Sequence[Remark],
    broken: dict[int, list[int]],
    top: float,
) -> Swim:
    """Place the steps below ``top``; ``broken``: by step, the numbers of the remarks about what broke there."""
    touched = list(_touched(steps, picture.dag))
    scene = Scene(picture, found)
    dates = {*scene.dates, *(touch.run.date for touches, _ in touched for touch in touches)}
    dates |= {key.date for _, cells in touched for key, _ in cells}
    names = _names(steps)
    left, width = _division(len(names), len(dates), axis_left(scene.tasks) - MARGIN)
    lanes = [Lane(name, MARGIN + NUMBERS + place * width, width) for place, name in enumerate(names)]
    by_name = {lane.name: lane for lane in lanes}
    rows, y = [], top + _TIME
    for told, (touches, cells) in zip(steps, touched, strict=True):
        row = _row(told, by_name.get(lane_name(told)), y, touches, cells, tuple(broken.get(told.number, ())))
        rows.append(row)
        y += row.height
    axis = lay_axis(stretches(dates, scene.wrong), left, WIDTH - MARGIN, scene.versions)
    known = {touch.run.id: touch.run.date for touches, _ in touched for touch in touches if touch.run.id}
    return Swim(tuple(lanes), tuple(rows), axis, top, y, known)


def lane_name(told: Told) -> str:
    """Whose lane a step stands in; workers have one together."""
    return "workers" if told.who == "a worker" else told.who


def _names(steps: Sequence[Told]) -> list[str]:
    """The lanes from left to right: who asks, who schedules, who fills, who executes."""
    order = {"operator": 0, "scheduler": 1, "backfill": 2, "workers": 4}
    names = dict.fromkeys(lane_name(told) for told in steps if told.sort is not Sort.TIME)
    return sorted(names, key=lambda name: (order.get(name.split("-")[0], 3), _number(name), name))


def _number(name: str) -> int:
    digits = name.partition("-")[2].split(" ")[0]
    return int(digits) if digits.isdecimal() else 0


def _division(lanes: int, dates: int, names: float) -> tuple[float, float]:
    """Where the dates begin, and how wide a lane is; before the dates the names of what is drawn of runs have room."""
    room = WIDTH - 2 * MARGIN - NUMBERS
    wanted = max(_LEAST, min(dates, 12) * _PITCH)
    lane = min(_WIDEST_LANE, max(_NARROWEST_LANE, (room - wanted - 12) / max(lanes, 1)))
    left = MARGIN + NUMBERS + lane * lanes + 12
    if left > WIDTH - MARGIN - _LEAST:
        left = WIDTH - MARGIN - _LEAST
        lane = (left - 12 - MARGIN - NUMBERS) / lanes
    return max(left, MARGIN + names), lane


def _row(
    told: Told,
    lane: Lane | None,
    y: float,
    touches: tuple[Touch, ...],
    cells: tuple[tuple[TaskKey, TaskState], ...],
    broken: tuple[int, ...],
) -> Row:
    if lane is None:
        return Row(told, None, y, _TIME, (told.short,), "", False, touches, cells, broken)
    room = lane.width - 4 - 2 * _PADDING
    rules = ", ".join(told.rules)
    if len(told.rules) > 1 and width_of(rules, RULE) > 0.4 * room:
        rules = f"{told.rules[0]} …"
    lines, below = _lines(told, rules, room)
    height = (len(lines) + below) * LINE + _GAP + 4
    return Row(told, lane, y, height, tuple(lines), rules, below, touches, cells, broken)


def _lines(told: Told, rules: str, room: float) -> tuple[list[str], bool]:
    """The lines in a box, and whether the rules need one of their own below them; who only reads is told in one."""
    short = " ".join(shorten(word, room, TEXT) for word in told.short.split())
    lines = wrap(short, room, TEXT, most=3)
    if told.sort is Sort.READS and len(lines) > 2:
        lines = ["reads"]  # what is about to be made is drawn
    beside = width_of(rules, RULE) + 5 if rules else 0.0
    if width_of(lines[-1], TEXT) + beside <= room:
        return lines, False
    shorter = wrap(short, room - beside, TEXT, most=3)
    below = len(shorter) > len(lines) + 1 or room - beside < 24 or len(lines) == 1
    return (lines, True) if below else (shorter, False)


# ------------------------------------------------------------------------ what is touched


Touched = tuple[tuple[Touch, ...], tuple[tuple[TaskKey, TaskState], ...]]


def _touched(steps: Sequence[Told], dag: str) -> Iterator[Touched]:
    """What each step does to the runs and instances of a DAG, as they are after it."""
    runs: dict[int, RunRecord] = {}
    for told in steps:
        events = told.taken.events
        touched: dict[int, Touch] = {}
        for event in events:
            after = _after(runs, event)
            if after is not None:
                runs[after.id] = after
                linked = isinstance(event, RunLinked) or (isinstance(event, RunCreated) and after.previous is not None)
                linked = linked or (after.id in touched and touched[after.id].linked)
                touched[after.id] = Touch(after, linked, False, isinstance(event, RunDeleted))
        planned = [
            Touch(event.record._replace(id=0), False, True)
            for event in told.taken.intends
            if told.sort is Sort.READS and isinstance(event, RunCreated)
        ]
        own = [touch for touch in (*touched.values(), *planned) if touch.run.dag == dag]
        dates = {touch.run.date for touch in own}
        cells = {key: state for key, state in _cells(events) if key.dag == dag and key.date not in dates}
        yield tuple(own), tuple(cells.items())


def _after(runs: dict[int, RunRecord], event: object) -> RunRecord | None:
    """A run as it is after an event about it."""
    if isinstance(event, RunCreated | RunDeleted):
        return event.record
    if not isinstance(event, RunLinked | RunMoved | RunOverridden | RunTaken) or event.run not in runs:
        return None
    run = runs[event.run]
    if isinstance(event, RunLinked):
        return run._replace(previous=event.after)
    if isinstance(event, RunOverridden):
        return run._replace(state=RunState.OVERRIDDEN, overridden_by=event.overrider)
    if isinstance(event, RunTaken):
        return run._replace(kind=event.after[0])
    return run._replace(state=event.after)


def _cells(events: Sequence[object]) -> Iterator[tuple[TaskKey, TaskState]]:
    """The instances that events are about, and how they are then, as far as the events tell."""
    for event in events:
        if isinstance(event, TaskMoved):
            yield event.key, event.after
        elif isinstance(event, TaskCreated):
            yield event.record.key, event.record.state
        elif isinstance(event, TaskAdopted):
            yield event.key, TaskState.NONE
