"""Laws of the time that the scheduled runs of a finished history cover: nothing left out, nothing twice, on the clock.

All look at pairs of scheduled runs that follow one another: live, of one DAG, with no live scheduled run between them,
both made under a schedule that goes on.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from typing import NamedTuple
from zoneinfo import ZoneInfo

from runline.invariants.law import Context, CoverageLaw, Evidence, Finished, Judged, Judgement, Kind, Made
from runline.invariants.words import When, run_name
from runline.model.dags import DagVersion
from runline.model.instants import SECOND, Instant, format_duration, to_datetime
from runline.model.records import Run
from runline.model.schedules import Cron, Interval, Unscheduled
from runline.model.states import RunKind, RunState

_FIXED_TIME = re.compile(r"\s*(\d+)\s+(\d+)\s+\*\s+\*\s+\*\s*", re.ASCII)
"""A cron expression that names one time of every day."""


class _Standing(NamedTuple):
    """A live run, with the version and the rule under which it was made."""

    run: Run
    version: DagVersion
    rule: str

    @property
    def date(self) -> Instant:
        return self.run.date

    @property
    def end(self) -> Instant | None:
        """When the period of the run ends; ``None`` where nothing follows its date."""
        return self.version.schedule.next_after(self.run.date)


class _Pair(NamedTuple):
    """Two scheduled runs that follow one another, and the live runs of other kinds dated strictly between them."""

    first: _Standing
    second: _Standing
    between: list[_Standing]

    @property
    def same_version(self) -> bool:
        return self.first.version.number == self.second.version.number

    def broken(self, template: str, *values: object, aspect: str, dates: Iterable[Instant]) -> Evidence:
        """Evidence that names both runs; the later one is told with the rule that made it."""
        rule = f", made by rule {self.second.rule}," if self.second.rule else ""
        return Evidence(
            "{:capital}{} follows {}, but " + template,
            (run_name(self.second.run), rule, run_name(self.first.run), *values),
            aspect=aspect,
            dag=self.first.run.dag,
            runs=(self.first.run.id, self.second.run.id),
            dates=tuple(dates),
        )


def _lines(finished: Finished) -> Iterator[list[_Standing]]:
    """The live runs of each DAG by date, then id; the DAGs by name."""
    lines: dict[str, list[_Standing]] = defaultdict(list)
    for run in finished.timeline.runs():
        if run.state is RunState.OVERRIDDEN:
            continue
        made = finished.made.get(run.id) or Made(0, _in_force(finished, run.dag), "")
        lines[run.dag].append(_Standing(run, made.version, made.rule))
    for dag in sorted(lines):
        yield sorted(lines[dag], key=lambda standing: (standing.run.date, standing.run.id))


def _in_force(finished: Finished, dag: str) -> DagVersion:
    """The last version of a DAG; one that was never deployed has no schedule, so that nothing is expected of it."""
    return finished.timeline.version(dag) or DagVersion(dag, 0, Unscheduled(), ())


def _pairs(line: Iterable[_Standing]) -> Iterator[_Pair]:
    """The pairs of scheduled runs that follow one another, where both were made under a schedule that goes on."""
    first: _Standing | None = None
    others: list[_Standing] = []
    for standing in line:
        if standing.run.kind is not RunKind.SCHEDULED:
            others.append(standing)
            continue
        if first is not None and first.version.schedule.periodic and standing.version.schedule.periodic:
            yield _Pair(first, standing, [other for other in others if first.date < other.date < standing.date])
        # What shares the date of a run lies between no two, so it can be left behind.
        first, others = standing, []


def _judged(judge: Callable[[_Pair], Judgement]) -> Callable[[Finished, Context], Judged]:
    """Judge every pair of every DAG."""

    def judge_all(finished: Finished, context: Context) -> Judged:
        judgements = [judge(pair) for line in _lines(finished) for pair in _pairs(line)]
        broken = tuple(judgement for judgement in judgements if isinstance(judgement, Evidence))
        return Judged(sum(judgement is not False for judgement in judgements), broken)

    return judge_all


# ------------------------------------------------------------------------------ no-gap


class _Holes(tuple[Interval, ...]):
    """Time that was left out; becomes text only when it is read."""

    def __str__(self) -> str:
        length = format_duration(sum(end - start for start, end in self))
        return " and ".join(f"{When(start)} to {When(end)}" for start, end in self) + f", {length} in all"


def _holes(pair: _Pair, covered: Instant) -> Iterator[Interval]:
    """The time from ``covered`` to the second run that no backfill on the grid covers."""
    for other in pair.between:
        if _closes(other, pair.first.date):
            if other.date > covered:
                yield Interval(covered, other.date)
            covered = max(covered, other.end or covered)
    if covered < pair.second.date:
        yield Interval(covered, pair.second.date)


def _closes(other: _Standing, phase: Instant) -> bool:
    """Whether the period of a run may close a hole: a backfill on the grid of its schedule, a delta's in ``phase``."""
    return other.run.kind is RunKind.BACKFILL and other.version.schedule.is_tick(other.date, phase=phase)


def _cause(pair: _Pair, end: Instant) -> str:
    """Why time was left out, the first that applies; with none of them, what covered it is gone."""
    before, after = pair.first.version, pair.second.version
    if before.schedule != after.schedule:
        return "schedule changed"
    if before.start_date != after.start_date:
        return "start moved"
    # What stands within the first period is no reason to go beyond its end.
    if pair.between and pair.between[-1].date >= end:
        return "stepped over"
    return "deleted" if after.catchup else "catchup off"


def _judge_no_gap(pair: _Pair) -> Judgement:
    end = pair.first.end
    if end is None:
        return False
    holes = _Holes(_holes(pair, end) if end < pair.second.date else ())
    if not holes:
        return True
    cause, bounds = _cause(pair, end), chain.from_iterable(holes)
    return pair.broken("leaves out {} ({}).", holes, cause, aspect=cause, dates=bounds)


no_gap = CoverageLaw(
    id="no-gap",
    kind=Kind.COVERAGE,
    sentence="The period of a scheduled run reaches to the next scheduled run, or backfills on the grid cover what lies "
    "between.",
    source="Q25: no filling when more than one interval lies between; L19; M27; bugs: NO-GAP",
    judge=_judged(_judge_no_gap),
)


# -------------------------------------------------------------------------- no-overlap


def _judge_no_overlap(pair: _Pair) -> Judgement:
    end = pair.first.end
    if end is None or end <= pair.second.date:
        return end is not None
    changed = pair.first.version.schedule != pair.second.version.schedule
    aspect = "schedule changed" if changed else "same schedule"
    return pair.broken(
        "begins {} before that one's period ends at {} ({}).",
        format_duration(end - pair.second.date),
        When(end),
        aspect,
        aspect=aspect,
        dates=(pair.second.date, end),
    )


no_overlap = CoverageLaw(
    id="no-overlap",
    kind=Kind.COVERAGE,
    sentence="The period of a scheduled run ends before the next scheduled run's begins, or just then.",
    source="Q7, Q24: the proper interval, beyond the latest date; M26",
    judge=_judged(_judge_no_overlap),
)


# ---------------------------------------------------------------------- no-missed-tick


def _judge_no_missed_tick(pair: _Pair) -> Judgement:
    """Between two runs of one version every tick has a run; the steps from the first on keep the phase of a delta.

    Tells the first tick that has none: the others may be many, and cost a look each.
    """
    if not pair.same_version:
        return False
    schedule, standing = pair.first.version.schedule, {other.date for other in pair.between}
    tick = schedule.next_after(pair.first.date)
    while tick in standing:
        tick = schedule.next_after(tick)
    if tick is None or tick >= pair.second.date:
        return True
    return pair.broken("no run stands at {}, a tick of {}.", When(tick), schedule, aspect="no run", dates=(tick,))


no_missed_tick = CoverageLaw(
    id="no-missed-tick",
    kind=Kind.COVERAGE,
    sentence="Every tick between two consecutive scheduled runs that were made under the same version has a live run of "
    "some kind.",
    source="Q24, N5: the next date obeys the interval, and a cron string may be a trigger; bugs: NO-GAP",
    judge=_judged(_judge_no_missed_tick),
)


# -------------------------------------------------------------------------- wall-clock


@lru_cache(maxsize=1024)
def instants_of(day: date, written: time, zone: ZoneInfo) -> frozenset[Instant]:
    """The instants that a time of a local day may stand for.

    Both of a time that the clock shows twice; for one that it leaps over, the time moved by the leap, back or forth.
    """
    wall = datetime.combine(day, written, tzinfo=zone)
    return frozenset(int(wall.replace(fold=fold).timestamp()) * SECOND for fold in (0, 1))


def day_named(instant: Instant, written: time, zone: ZoneInfo) -> date | None:
    """The local day whose time ``written`` the instant stands for, or ``None``."""
    local = to_datetime(instant).astimezone(zone)
    if local.time() == written:
        return local.date()
    # A time that is moved by a leap of the clock may come to stand on the day before or after.
    near = (local.date() + timedelta(days=days) for days in (0, -1, 1))
    return next((day for day in near if instant in instants_of(day, written, zone)), None)


def _fixed_time(version: DagVersion) -> time | None:
    """The time that a schedule names for every day, if it names one."""
    named = _FIXED_TIME.fullmatch(version.schedule.expression) if isinstance(version.schedule, Cron) else None
    return time(int(named[2]), int(named[1])) if named else None


def _judge_wall_clock(pair: _Pair) -> Judgement:
    written = _fixed_time(pair.second.version)
    if written is None or not pair.same_version:
        return False
    zone = ZoneInfo(getattr(pair.second.version, "timezone", "UTC"))
    first, second = (day_named(standing.date, written, zone) for standing in pair[:2])
    clock = f"{written:%H:%M} in {zone}"
    if first is None or second is None:
        off = [standing.run for standing, day in zip(pair[:2], (first, second), strict=True) if day is None]
        template = "{} is not the time of " + " and ".join("{}" for _ in off) + "."
        dates = [run.date for run in off]
        return pair.broken(template, clock, *map(run_name, off), aspect="another time", dates=dates)
    if second <= first:
        dates = [pair.first.date, pair.second.date]
        return pair.broken("is a second one at {} of {}.", clock, second, aspect="twice a day", dates=dates)
    left_out = _day_without_run(pair, first, second, written, zone)
    if left_out is None:
        return True
    dates = [min(instants_of(left_out, written, zone))]
    return pair.broken("no run stands at {} of {}.", clock, left_out, aspect="day left out", dates=dates)


def _day_without_run(pair: _Pair, first: date, second: date, written: time, zone: ZoneInfo) -> date | None:
    """The first local day strictly between two at whose time no live run of any kind stands."""
    standing = {pair.first.date, pair.second.date, *(other.date for other in pair.between)}
    day = first + timedelta(days=1)
    while day < second and not standing.isdisjoint(instants_of(day, written, zone)):
        day += timedelta(days=1)
    return day if day < second else None


wall_clock = CoverageLaw(
    id="wall-clock",
    kind=Kind.COVERAGE,
    sentence="Consecutive scheduled runs of a version whose schedule names one time of the day stand at that time, one "
    "for each local day; a time that the clock leaps over may be moved by the leap.",
    source="N5: a cron string is a trigger, read in the zone of the DAG; the rule of Debian's cron; bugs: WALL-CLOCK",
    judge=_judged(_judge_wall_clock),
)
