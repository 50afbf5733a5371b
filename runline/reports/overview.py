"""All dates of a long history in columns: how many runs of each kind are in which state, and where something is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from runline.model.instants import Instant
from runline.model.states import RunKind, RunState
from runline.reports.lettering import width_of
from runline.reports.palette import RUN_LOOKS, SHAPES, Look
from runline.reports.places import MARGIN, WIDTH
from runline.reports.scene import Scene
from runline.reports.spans import Span, Spans, divide

WRONG = "law broken"
TEXT_SIZE = 6.3
CAPTION_SIZE = 7.8
_HIGHEST = 46.0
"""The height of the column with the most runs, before small parts are made high enough to be read."""
_LOWEST = 8.6
_WIDEST = 92.0
_TICKS_ROW = 19.0
_STACK = (RunState.SUCCESS, RunState.FAILED, RunState.RUNNING, RunState.QUEUED, RunState.OVERRIDDEN)
"""States from the foot of a bar to its top."""
_SHAPES = {kind.value: shape for kind, shape in SHAPES.items()}
_NO_RUN = Look("#ffffff", "#8b949a", "#5b646a")


@dataclass(frozen=True, slots=True)
class Box:
    """So many runs of one state in one column; ``x`` and ``y`` are its centre."""

    x: float
    y: float
    width: float
    height: float
    look: Look
    text: str
    gid: str
    note: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A row of bars, standing on ``base``; ``shape`` is that of its kind of runs elsewhere in the chart."""

    name: str
    shape: str
    base: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """Dates of one column that are marked, and where each stands."""

    places: tuple[float, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Ticks:
    """A row of marks at dates."""

    name: str
    y: float
    marked: tuple[Marked, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The columns of all dates, in points from the upper left corner of the chart."""

    caption: str
    remark: str
    spans: tuple[Span, ...]
    left: float
    pitch: float
    row: str
    """What is written over the columns, in a word."""
    head: float
    """The baseline of what is written over the columns."""
    bars: tuple[Bars, ...]
    ticks: tuple[Ticks, ...]
    bottom: float
    states: frozenset[RunState]

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self.left + self.pitch * len(self.spans)

    def edges(self, first: Instant, last: Instant) -> tuple[float, float]:
        """From where to where the dates between two dates reach, both included."""
        return self._place(first)[0], self._place(last)[1]

    def _place(self, date: Instant) -> tuple[float, float]:
        for number, span in enumerate(self.spans):
            if date in span.dates:
                place, count = span.dates.index(date), len(span.dates)
                left = self.left + number * self.pitch
                return left + self.pitch * place / count, left + self.pitch * (place + 1) / count
        return self.left, self.right


def lay_overview(scene: Scene, top: float) -> Overview | None:
    """The columns of a scene below ``top``; none where each date is shown."""
    if not scene.many:
        return None
    return _Columns(scene, divide(scene.dates), top).lay()


class _Columns:
    """Lays out columns: counts first, then bars on a common scale, then marks."""

    def __init__(self, scene: Scene, divided: Spans, top: float) -> None:
        self.scene = scene
        self.divided = divided
        self.spans = spans = divided.spans
        self.top = top
        self.left = scene.axis.left
        self.pitch = min(_WIDEST, (WIDTH - MARGIN - self.left) / len(spans))
        self.column = {date: number for number, span in enumerate(spans) for date in span.dates}
        self.counts = self._counts()
        highest = max((sum(each.values()) for lane in self.counts.values() for each in lane.values()), default=1)
        self.scale = _HIGHEST / highest

    def lay(self) -> Overview:
        """Place everything, row by row."""
        head = self.top + CAPTION_SIZE + 26
        bars = self._bars(head + 5)
        ticks = self._ticks(bars[-1].base if bars else head + 5)
        lowest = ticks[-1].y if ticks else bars[-1].base if bars else head
        return Overview(
            caption=self._caption(),
            remark=self._remark(),
            spans=self.spans,
            left=self.left,
            pitch=self.pitch,
            row=self.divided.head,
            head=head,
            bars=bars,
            ticks=ticks,
            bottom=lowest + 7,
            states=frozenset(run.state for run in self.scene.runs.values()),
        )

    def _caption(self) -> str:
        runs, dates = len(self.scene.runs), len(self.scene.dates)
        what = f"{runs} {'run' if runs == 1 else 'runs'}" if runs else f"{dates} dates"
        return f"{what} in {len(self.spans)} columns of {self.divided.told}"

    def _remark(self) -> str:
        """What the columns and what stands below them is, in a few words."""
        counted = "the runs of one state" if self.scene.runs else "dates with task instances, but no run"
        return f"Each box counts {counted}; below, {len(self.scene.shown)} of {len(self.scene.dates)} dates in full."

    # --------------------------------------------------------------------------- bars

    def _bars(self, y: float) -> tuple[Bars, ...]:
        rows = []
        for name, lane in self.counts.items():
            stacks = [self._stack(name, number, counts) for number, counts in lane.items()]
            y += 5 + max(sum(box.height for box in stack) for stack in stacks)
            placed = tuple(box for stack in stacks for box in _stand(stack, y))
            rows.append(Bars(name, _SHAPES.get(name, ""), y, placed))
        return tuple(rows)

    def _counts(self) -> Mapping[str, Mapping[int, Counter[RunState | None]]]:
        """By row and column, how many runs are in which state; ``None`` counts dates that have instances, but no run."""
        rows: dict[str, dict[int, Counter[RunState | None]]] = {}
        for name in (*RunKind, RunState.OVERRIDDEN, "instances only"):
            rows[str(name)] = {}
        for run in self.scene.runs.values():
            row = rows[str(run.kind if run.live else run.state)]
            row.setdefault(self.column[run.date], Counter())[run.state] += 1
        taken = {run.date for run in self.scene.runs.values()}
        for date in sorted({record.date for record in self.scene.records} - taken):
            rows["instances only"].setdefault(self.column[date], Counter())[None] += 1
        return {name: dict(sorted(row.items())) for name, row in rows.items() if row}

    def _stack(self, name: str, number: int, counts: Mapping[RunState | None, int]) -> list[Box]:
        """The boxes of one column of a row, the lowest first; where they stand is left open."""
        return [self._box(name, number, state, counts[state]) for state in (*_STACK, None) if counts.get(state)]

    def _box(self, name: str, number: int, state: RunState | None, count: int) -> Box:
        width = 0.86 * self.pitch
        span = self.spans[number].name
        told = f"{count} {'date' if count == 1 else 'dates'} with task instances, but no run"
        if state is not None:
            runs = "run" if count == 1 else "runs"
            told = f"{count} {runs} {state}" if name == state else f"{count} {name} {runs}, {state}"
        return Box(
            x=self.left + (number + 0.5) * self.pitch,
            y=0.0,
            width=width,
            height=max(_LOWEST, count * self.scale),
            look=_NO_RUN if state is None else RUN_LOOKS[state],
            text=short_count(count, width - 1.5),
            gid=f"span-{number}-{name.replace(' ', '-')}-{state or 'none'}",
            note=f"{span}: {told}",
        )

    # --------------------------------------------------------------------------- marks

    def _ticks(self, y: float) -> tuple[Ticks, ...]:
        rows = [("off schedule", self.scene.off_schedule), (WRONG, self.scene.wrong)]
        shown = [(name, dates) for name, dates in rows if dates]
        return tuple(
            Ticks(name, y + (place + 1) * _TICKS_ROW, self._marked(name, dates))
            for place, (name, dates) in enumerate(shown)
        )

    def _marked(self, name: str, dates: Iterable[Instant]) -> tuple[Marked, ...]:
        columns: dict[int, list[Instant]] = {}
        for date in sorted(dates):
            columns.setdefault(self.column[date], []).append(date)
        return tuple(self._mark(name, number, found) for number, found in columns.items())

    def _mark(self, name: str, number: int, dates: Collection[Instant]) -> Marked:
        span, left = self.spans[number], self.left + number * self.pitch
        place = {date: order for order, date in enumerate(span.dates)}
        inner, edge = 0.86 * self.pitch, 0.07 * self.pitch
        places = tuple(left + edge + inner * (place[date] + 0.5) / len(span.dates) for date in dates)
        count = f"{len(dates)} {'date' if len(dates) == 1 else 'dates'}"
        what = "at which a law is broken" if name == WRONG else "off the schedule"
        return Marked(places, f"{span.name}: {count} {what}")


def _stand(stack: Sequence[Box], base: float) -> list[Box]:
    """The boxes of a column one on the other."""
    placed = []
    for box in stack:
        placed.append(replace(box, y=base - box.height / 2))
        base -= box.height
    return placed


def short_count(count: int, room: float) -> str:
    """A number, in thousands where it would be too wide, and nothing where that is too wide as well."""
    ways = (str(count), f"{count / 1000:.1f}k", f"{round(count / 1000)}k")
    return next((text for text in ways if width_of(text, TEXT_SIZE) <= room), "")
