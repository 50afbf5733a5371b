"""What a layout holds: the places of runs, arrows, cells and lanes, in points from the upper left corner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runline.model.records import TaskKey, TaskRecord
from runline.reports.axis import Axis, Labels
from runline.reports.curves import Curve, End, Point

if TYPE_CHECKING:
    from runline.reports.overview import Overview

WIDTH = 648.0
"""Nine inches: shown at 900 pixels, a point is 1.4 of them."""
MARGIN = 12.0
NAME_SIZE = 7.5
NAME_ROOM = 104.0
CAPTION_SIZE = 6.5
CELL_HEIGHT = 11.0


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a run stands, how far it reaches with all that surrounds it, and what is written below or ``beside`` it.

    ``reach`` is how far to its sides, ``foot`` how far down.
    """

    at: Point
    reach: float
    foot: float
    captions: tuple[str, ...] = ()
    beside: str = ""
    upright: bool = False

    @property
    def end(self) -> End:
        """The spot as an end of a curve."""
        return End(self.at, self.reach)


@dataclass(frozen=True, slots=True)
class Lane:
    """Rows of runs under one name, by where they stand, and how much room is left below each."""

    name: str
    rows: tuple[float, ...]
    gaps: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """The runs in their lanes: ``spots`` by run id, ``ghosts`` by the id of a run that is not there."""

    lanes: tuple[Lane, ...]
    spots: Mapping[int, Spot]
    ghosts: Mapping[int, Spot]
    bottom: float

    @property
    def top_row(self) -> float:
        """Where the timeline runs."""
        return self.lanes[0].rows[0]


@dataclass(frozen=True, slots=True)
class Arrow:
    """``previous`` of a run, as a curve to the run it names."""

    run: int
    previous: int
    curve: Curve


@dataclass(frozen=True, slots=True)
class Cell:
    """A task instance: a box by its centre. ``unclear``: by its date alone one would not know its owner."""

    record: TaskRecord
    at: Point
    width: float
    row: int
    unclear: bool


@dataclass(frozen=True, slots=True)
class Belonging:
    """A line from the instances of a date to the run that owns them, where that is not clear."""

    owner: int
    instances: tuple[TaskKey, ...]
    curve: Curve


@dataclass(frozen=True, slots=True)
class Layout:
    """All places. ``top`` is where the arcs may begin, ``bottom`` where the axis runs."""

    axis: Axis
    labels: Labels
    radius: float
    halo: float
    """How far a halo reaches beyond a marker."""
    id_size: float
    """The size of ids in markers; 0 where they stand below."""
    lanes: Lanes
    arrows: tuple[Arrow, ...]
    wanted: tuple[Arrow, ...]
    """Arrows that should be there instead."""
    overrides: tuple[tuple[int, int], ...]
    """Pairs of a run and the run that it overrode."""
    tasks: tuple[tuple[str, float], ...]
    cells: tuple[Cell, ...]
    belongings: tuple[Belonging, ...]
    top: float
    bottom: float
    left_out: tuple[str, ...]
    """What is not shown."""
    overview: Overview | None = None
    """The columns that count all dates, where there are too many to show each."""
