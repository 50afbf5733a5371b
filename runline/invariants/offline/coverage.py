"""The laws of covered time a second time: segments are painted, ticks and the minutes of the day are gone through.

Naive and slow; ticks come from croniter directly, and local times from looking at the clock minute by minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from runline.invariants.law import Finished
from runline.invariants.offline.ticks import is_cron_tick, is_periodic, next_tick
from runline.model.dags import DagVersion
from runline.model.instants import HOUR, MINUTE, Instant, from_datetime, to_datetime
from runline.model.records import RunRecord
from runline.model.schedules import Cron, Delta
from runline.model.states import RunKind, RunState


class Breach(NamedTuple):
    """What breaks a law: the two runs, which part of it, and the dates that show it."""

    runs: tuple[int, ...]
    aspect: str
    dates: tuple[Instant, ...]


class Counted(NamedTuple):
    """How often the premise of a law was true, and what breaks it."""

    exercised: int
    breaches: list[Breach]


_Made = tuple[RunRecord, DagVersion | None]
"""A run and the version under which it was made, where that is known."""


class _Neighbours(NamedTuple):
    """Two live scheduled runs without a third between them, and all live runs of their DAG."""

    left: RunRecord
    right: RunRecord
    old: DagVersion
    new: DagVersion
    all: list[_Made]

    @property
    def ids(self) -> tuple[int, int]:
        return self.left.id, self.right.id

    @property
    def one_version(self) -> bool:
        return self.old.number == self.new.number

    @property
    def inside(self) -> list[_Made]:
        return [made for made in self.all if self.left.date < made[0].date < self.right.date]


Check = Callable[[_Neighbours], Breach | bool]
"""``False``: there is nothing to judge here; ``True``: it is in order."""


def _neighbours(finished: Finished) -> Iterator[_Neighbours]:
    """All neighbours whose schedules go on, by DAG, date and id."""
    everything = [run.record() for run in finished.timeline.runs()]
    for dag in sorted({run.dag for run in everything}):
        live = [
            (run, finished.made[run.id].version if run.id in finished.made else finished.timeline.version(dag))
            for run in everything
            if run.dag == dag and run.state != RunState.OVERRIDDEN
        ]
        scheduled = [made for made in live if made[0].kind == RunKind.SCHEDULED]
        for (left, old), (right, new) in pairwise(sorted(scheduled, key=lambda made: (made[0].date, made[0].id))):
            if old is not None and new is not None and is_periodic(old.schedule) and is_periodic(new.schedule):
                yield _Neighbours(left, right, old, new, live)


# ------------------------------------------------------------------------- covered time


def _painting(neighbours: _Neighbours) -> Iterator[tuple[Instant, Instant]]:
    """The periods of the backfills inside that are on the grid."""
    for run, version in neighbours.inside:
        if run.kind != RunKind.BACKFILL or version is None:
            continue
        schedule, end = version.schedule, next_tick(version.schedule, run.date)
        if isinstance(schedule, Delta) and run.date not in range(neighbours.left.date, run.date + 1, schedule.every):
            continue
        if end is not None and (not isinstance(schedule, Cron) or is_cron_tick(schedule, run.date)):
            yield run.date, end


def _bare_stretches(neighbours: _Neighbours, start: Instant) -> list[tuple[Instant, Instant]]:
    """What stays unpainted from ``start`` to the right run: bare segments, those that touch put together."""
    painted = list(_painting(neighbours))
    bounds = {start, neighbours.right.date, *(bound for period in painted for bound in period)}
    bare: list[tuple[Instant, Instant]] = []
    for low, high in pairwise(sorted(bound for bound in bounds if start <= bound <= neighbours.right.date)):
        if any(begin <= low and high <= end for begin, end in painted):
            continue
        if bare and bare[-1][1] == low:
            low = bare.pop()[0]
        bare.append((low, high))
    return bare


def _no_gap(neighbours: _Neighbours) -> Breach | bool:
    """Some time between the end of the left period and the right run is unpainted."""
    end = next_tick(neighbours.old.schedule, neighbours.left.date)
    if end is None:
        return False
    bare = _bare_stretches(neighbours, end)
    if not bare:
        return True
    causes = {
        "schedule changed": neighbours.old.schedule != neighbours.new.schedule,
        "start moved": neighbours.old.start_date != neighbours.new.start_date,
        "stepped over": any(run.date >= end for run, _ in neighbours.inside),
        "catchup off": not neighbours.new.catchup,
        "deleted": True,
    }
    cause = next(cause for cause, given in causes.items() if given)
    return Breach(neighbours.ids, cause, tuple(bound for stretch in bare for bound in stretch))


def _no_overlap(neighbours: _Neighbours) -> Breach | bool:
    """The last microsecond of the left period lies at or after the right date."""
    end = next_tick(neighbours.old.schedule, neighbours.left.date)
    if end is None:
        return False
    if end - 1 < neighbours.right.date:
        return True
    same = neighbours.old.schedule == neighbours.new.schedule
    return Breach(neighbours.ids, "same schedule" if same else "schedule changed", (neighbours.right.date, end))


def _no_missed_tick(neighbours: _Neighbours) -> Breach | bool:
    """Of all ticks between the two, some have no run; the least of them is told."""
    if not neighbours.one_version:
        return False
    ticks, tick = set(), next_tick(neighbours.old.schedule, neighbours.left.date)
    while tick is not None and tick < neighbours.right.date:
        ticks.add(tick)
        tick = next_tick(neighbours.old.schedule, tick)
    missed = ticks - {run.date for run, _ in neighbours.all}
    return Breach(neighbours.ids, "no run", (min(missed),)) if missed else True


# --------------------------------------------------------------------------- wall clock


@lru_cache(maxsize=1024)
def shown(day: date, written: time, zone: str) -> tuple[Instant, ...]:
    """When a clock that is read every minute shows a time on a day.

    Where it never does, it leaps over it; then the time by the clock before the leap, and by the one after it.
    """
    wall = datetime.combine(day, written)
    middle = from_datetime(wall.replace(tzinfo=ZoneInfo("UTC")))
    readings = [
        (instant, to_datetime(instant).astimezone(ZoneInfo(zone)).replace(tzinfo=None))
        for instant in range(middle - 50 * HOUR, middle + 50 * HOUR, MINUTE)
    ]
    hits = tuple(instant for instant, reading in readings if reading == wall)
    if hits:
        return hits
    before = max((instant, reading) for instant, reading in readings if reading < wall)
    after = min((instant, reading) for instant, reading in readings if reading > wall)
    moved = (instant + (wall - reading) // timedelta(microseconds=1) for instant, reading in (before, after))
    return tuple(sorted(moved))


def _written(version: DagVersion) -> time | None:
    """The time of the day of a schedule such as ``30 6 * * *``."""
    fields = version.schedule.expression.split() if isinstance(version.schedule, Cron) else []
    if len(fields) != 5 or fields[2:] != ["*", "*", "*"] or not (fields[0] + fields[1]).isdecimal():
        return None
    return time(hour=int(fields[1]), minute=int(fields[0]))


def _wall_clock(neighbours: _Neighbours) -> Breach | bool:
    """The days whose time the two stand for are looked up among those around them, then all days between them."""
    written = _written(neighbours.new)
    if written is None or not neighbours.one_version:
        return False
    zone: str = getattr(neighbours.new, "timezone", "UTC")
    near = [to_datetime(neighbours.left.date).date() + timedelta(days=days) for days in range(-2, 3)]
    first = [day for day in near if neighbours.left.date in shown(day, written, zone)]
    near = [to_datetime(neighbours.right.date).date() + timedelta(days=days) for days in range(-2, 3)]
    second = [day for day in near if neighbours.right.date in shown(day, written, zone)]
    if not first or not second:
        off = [run.date for run, days in ((neighbours.left, first), (neighbours.right, second)) if not days]
        return Breach(neighbours.ids, "another time", tuple(off))
    if second[0] <= first[0]:
        return Breach(neighbours.ids, "twice a day", (neighbours.left.date, neighbours.right.date))
    between = [first[0] + timedelta(days=days) for days in range(1, (second[0] - first[0]).days)]
    dates = {run.date for run, _ in neighbours.all}
    left_out = [min(shown(day, written, zone)) for day in between if not dates & set(shown(day, written, zone))]
    return Breach(neighbours.ids, "day left out", (left_out[0],)) if left_out else True


_CHECKS: dict[str, Check] = {
    "no-gap": _no_gap,
    "no-overlap": _no_overlap,
    "no-missed-tick": _no_missed_tick,
    "wall-clock": _wall_clock,
}


def breaches(law_id: str, finished: Finished) -> Counted:
    """What breaks a law of coverage in a finished history, and how many neighbours were judged."""
    found = [_CHECKS[law_id](neighbours) for neighbours in _neighbours(finished)]
    return Counted(sum(answer is not False for answer in found), [said for said in found if isinstance(said, Breach)])
