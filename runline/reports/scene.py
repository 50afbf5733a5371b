"""What of a picture is shown: which dates, tasks and runs, and how large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from runline.model.instants import Instant
from runline.model.records import BY_DATE, NO_RUN, RunRecord
from runline.model.states import RunKind, RunState
from runline.reports.axis import MAX_DATES, Axis, is_due, lay_axis, stretches
from runline.reports.lettering import shorten, width_of
from runline.reports.picture import Picture, Remark
from runline.reports.places import MARGIN, NAME_ROOM, NAME_SIZE, WIDTH

MAX_TASKS = 14
"""How many tasks have a row of cells."""
FEW_UNUSUAL = 8
"""How many dates that are unusual in one way are shown one by one."""
SUMMARY_NAMES = ("instances only", "off schedule")
"""The widest names of what counts in columns."""
MAX_ROWS = {"live": 4, "manual": 3, "overridden": 6}
"""How many runs of one date a lane shows."""

Stacks = Mapping[str, Mapping[Instant, Sequence[RunRecord]]]
"""By lane and date, the runs from the upper row to the lower."""


class Scene:
    """The part of a picture that a chart shows; ``left_out`` says what it does not.

    On an axis that is given, which several pictures may have in common, dates are not counted in columns.
    """

    def __init__(self, picture: Picture, found: Sequence[Remark], axis: Axis | None = None) -> None:
        state, dag = picture.state, picture.dag
        self.state = state
        self.found = found
        self.runs = {run.id: run for run in sorted(state.runs.values(), key=lambda run: run.id) if run.dag == dag}
        self.records = [state.tasks[key] for key in sorted(state.tasks) if key.dag == dag]
        self.versions = state.versions.get(dag, ())
        self.concerned = {run for remark in found for run in remark.runs}
        self.left_out: list[str] = []
        self.wrong = self._wrong()
        self.dates = self._dates()
        self.many = axis is None and len(self.dates) > MAX_DATES
        """Whether there are too many dates to show each: then columns count them, and a few are shown besides."""
        self.off_schedule = [date for date in self.dates if is_due(date, self.versions) is False] if self.many else []
        self.tasks = self._tasks()
        self.axis = self._axis(self.tasks) if axis is None else axis
        self.shown = {column.date: column.x for column in self.axis.columns}
        self.stacks = self._stacks()
        self.missing = self._missing()
        self.radius = min(10.5, 0.40 * self.axis.pitch)
        self.halo = min(3.0, 0.12 * self.axis.pitch)
        self.clear = min(1.6, 0.09 * self.axis.pitch)
        """How far arrows stay from markers."""
        self.id_size = self._id_size()

    def _tasks(self) -> list[str]:
        """The tasks that get a row: as the DAG in force names them, then those it no longer has."""
        named = list(self.versions[-1].by_id) if self.versions else []
        present = {record.task for record in self.records}
        every = [*(task for task in named if task in present), *sorted(present - set(named))]
        wrong = {key.task for remark in self.found for key in remark.instances}
        kept = set(sorted(every, key=lambda task: task not in wrong)[:MAX_TASKS])
        if len(every) > len(kept):
            self.left_out.append(f"{len(every) - len(kept)} of {len(every)} tasks")
        return [task for task in every if task in kept]

    def _wrong(self) -> list[Instant]:
        """Dates at which something is wrong: the first of each remark before the second of any."""
        turns = zip_longest(*(dict.fromkeys(self._dates_of(remark)) for remark in self.found))
        return list(dict.fromkeys(date for turn in turns for date in turn if date is not None))

    def _dates(self) -> list[Instant]:
        runs = (run.date for run in self.runs.values())
        return sorted({*self.wrong, *runs, *(record.date for record in self.records)})

    def _axis(self, tasks: Sequence[str]) -> Axis:
        left = axis_left(tasks, SUMMARY_NAMES if self.many else ())
        axis = lay_axis(stretches(self.dates, self.wrong, self._unusual()), left, WIDTH - MARGIN, self.versions)
        if axis.left_out:
            hidden = sum(axis.hides(date) for date in self.wrong)
            also = f", {hidden} of them with something wrong" if hidden else ""
            self.left_out.append(f"{axis.left_out} of {len(self.dates)} dates{also}, which only the columns count")
        return axis

    def _unusual(self) -> list[Instant]:
        """Dates that do not go as a schedule has it, of each way if they are few: then they are shown one by one."""
        if not self.many:
            return []
        runs = self.runs.values()
        ways = (
            {run.date for run in runs if not run.live},
            set(self.off_schedule),
            {run.date for run in runs if run.kind is RunKind.BACKFILL},
            {run.date for run in runs if run.state is RunState.FAILED},
        )
        return list(dict.fromkeys(date for dates in ways if len(dates) <= FEW_UNUSUAL for date in sorted(dates)))

    def _dates_of(self, remark: Remark) -> Iterator[Instant]:
        yield from remark.dates
        yield from (self.runs[run].date for run in remark.runs if run in self.runs)
        yield from (key.date for key in remark.instances)
        if remark.expected is not None:
            yield remark.expected

    def _stacks(self) -> Stacks:
        """Newest runs highest, one that was overridden lowest of the live ones."""
        stacks: dict[str, dict[Instant, list[RunRecord]]] = {name: {} for name in MAX_ROWS}
        for run in self.runs.values():
            if run.date in self.shown:
                stacks[lane_of(run)].setdefault(run.date, []).append(run)
        for name, lane in stacks.items():
            total = sum(map(len, lane.values()))
            for date, runs in lane.items():
                lane[date] = self._kept(runs, MAX_ROWS[name])
            folded = total - sum(map(len, lane.values()))
            if folded:
                self.left_out.append(f"{folded} {name} runs of dates that have more than {MAX_ROWS[name]}")
        return stacks

    def _kept(self, runs: Sequence[RunRecord], most: int) -> list[RunRecord]:
        kept = sorted(runs, key=lambda run: (run.id not in self.concerned, -run.id))[:most]
        return sorted(kept, key=lambda run: (run.live and run.overridden_by is not None, -run.id))

    def _missing(self) -> dict[int, list[Instant]]:
        """Ids named as ``previous`` or owner that no run of this DAG has, with the dates of the instances they own."""
        missing: dict[int, list[Instant]] = {}
        for runs in (runs for lane in self.stacks.values() for runs in lane.values()):
            for run in runs:
                if run.previous is not None and run.previous not in self.runs:
                    missing.setdefault(run.previous, [])
        for record in self.records:
            if record.run not in (NO_RUN, BY_DATE) and record.run not in self.runs and record.date in self.shown:
                missing.setdefault(record.run, []).append(record.date)
        return missing

    def _id_size(self) -> float:
        """The size at which every id fits its marker; 0 where there is none."""
        longest = max((width_of(str(run), 1.0) for run in self.runs), default=0.0)
        return next((size for size in (8.0, 7.5, 7.0, 6.5, 6.0) if longest * size <= 1.66 * self.radius), 0.0)


def axis_left(tasks: Sequence[str], names: Sequence[str] = ()) -> float:
    """Where the axis begins, so that the names of these tasks and of all lanes have room before it."""
    widths = [width_of(shorten(task, NAME_ROOM, NAME_SIZE), NAME_SIZE) for task in tasks]
    return MARGIN + max([*widths, *(width_of(name, NAME_SIZE) for name in ("no such run", *names))]) + 12


def lane_of(run: RunRecord) -> str:
    """Live runs of the timeline, manual ones and overridden ones each have a lane."""
    if not run.live:
        return "overridden"
    return "manual" if run.kind is RunKind.MANUAL else "live"
