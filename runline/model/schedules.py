"""Schedules: when a DAG is due. The meaning of a cron expression is croniter's, read as UTC (semantics 0.4).

Below Airflow's own seam (the next run is a function of the last interval and a restriction) stand four primitives:
``next_after``, ``prev_before``, ``align`` and ``range``. All instants are integer microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, Protocol

from runline.model.errors import RunlineError
from runline.model.instants import Duration, Instant, format_duration, short_instant
from runline.model.ticks import tick_after, tick_before, tick_from, ticks_of

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
"""Airflow's names for common expressions."""


class Interval(NamedTuple):
    """A data interval: from ``start`` (the execution date) up to, not including, ``end``."""

    start: Instant
    end: Instant


class Restriction(NamedTuple):
    """What bounds the next run: no date before ``earliest``, none after ``latest``.

    With ``catchup`` off none before the last period that has ended at ``now`` either.
    """

    earliest: Instant | None = None
    latest: Instant | None = None
    catchup: bool = True
    now: Instant | None = None


class Schedule(Protocol):
    """A series of ticks; ``None`` where there is no such tick."""

    def next_after(self, instant: Instant) -> Instant | None:
        """The least tick strictly after ``instant``."""

    def prev_before(self, instant: Instant) -> Instant | None:
        """The greatest tick strictly before ``instant``."""

    def align(self, instant: Instant) -> Instant:
        """``norm`` of 0.4: ``instant`` itself where it is a tick or nothing follows, else the next tick."""

    def is_tick(self, instant: Instant, *, phase: Instant | None = None) -> bool:
        """Whether ``instant`` is due; a delta has no ticks of its own and takes those of ``phase``."""

    @property
    def periodic(self) -> bool:
        """Whether there is always a next tick."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression, in naive UTC, as Airflow 1.x read it."""

    expression: str

    def __str__(self) -> str:
        return self.expression

    @property
    def periodic(self) -> bool:
        """Always."""
        return True

    def next_after(self, instant: Instant) -> Instant | None:
        """The least tick strictly after ``instant``."""
        return tick_after(self.expression, instant)

    def prev_before(self, instant: Instant) -> Instant | None:
        """The greatest tick strictly before ``instant``."""
        return tick_before(self.expression, instant)

    def align(self, instant: Instant) -> Instant:
        """The least tick at or after ``instant``."""
        return tick_from(self.expression, instant)

    def is_tick(self, instant: Instant, *, phase: Instant | None = None) -> bool:
        """Whether the expression names ``instant``."""
        return ticks_of(self.expression).at(instant)


@dataclass(frozen=True, slots=True)
class Delta:
    """A fixed distance between runs; its grid is wherever the last run was."""

    every: Duration

    def __post_init__(self) -> None:
        if self.every <= 0:
            raise RunlineError(
                f"an interval of {self.every} microseconds never advances",
                value=self.every,
                remedy='a positive interval, such as { every = "1d" }',
            )

    def __str__(self) -> str:
        return f"every {format_duration(self.every)}"

    @property
    def periodic(self) -> bool:
        """Always."""
        return True

    def next_after(self, instant: Instant) -> Instant | None:
        """One interval later."""
        return instant + self.every

    def prev_before(self, instant: Instant) -> Instant | None:
        """One interval earlier."""
        return instant - self.every

    def align(self, instant: Instant) -> Instant:
        """``instant``: any date is on the grid of a delta (0.4, N9)."""
        return instant

    def is_tick(self, instant: Instant, *, phase: Instant | None = None) -> bool:
        """Whether ``instant`` lies whole intervals away from ``phase``; without a phase it does."""
        return phase is None or (instant - phase) % self.every == 0


@dataclass(frozen=True, slots=True)
class Once:
    """A single run, at the start date."""

    def __str__(self) -> str:
        return "@once"

    @property
    def periodic(self) -> bool:
        """Never."""
        return False

    def next_after(self, instant: Instant) -> Instant | None:
        """Nothing follows."""
        return None

    def prev_before(self, instant: Instant) -> Instant | None:
        """Nothing precedes."""
        return None

    def align(self, instant: Instant) -> Instant:
        """``instant``."""
        return instant

    def is_tick(self, instant: Instant, *, phase: Instant | None = None) -> bool:
        """Only the start date, given as ``phase``, is due."""
        return phase is None or instant == phase


@dataclass(frozen=True, slots=True)
class Unscheduled(Once):
    """No schedule: runs come from outside only."""

    def __str__(self) -> str:
        return "none"

    def is_tick(self, instant: Instant, *, phase: Instant | None = None) -> bool:
        """Nothing is due."""
        return False


def parse_schedule(value: str | timedelta | None) -> Schedule:
    """Read what a scenario or a recording gives: a cron expression, a preset, ``@once``, ``none`` or a timedelta.

    Raises :class:`RunlineError` for an expression that croniter refuses or that names no date at all.
    """
    if value is None or value in ("none", "@none"):
        return Unscheduled()
    if isinstance(value, timedelta):
        return Delta(value // timedelta(microseconds=1))
    if value == "@once":
        return Once()
    expression = PRESETS.get(value, value)
    ticks_of(expression)
    return Cron(expression)


def date_range(schedule: Schedule, first: Instant, last: Instant) -> Iterator[Instant]:
    """``range`` of 0.4: ``first`` itself, even off the grid, then each next tick up to and including ``last``.

    Empty for schedules that are not periodic; ``first`` after ``last`` is an error.
    """
    if first > last:
        raise RunlineError(
            f"the range ends at {short_instant(last)}, before it starts at {short_instant(first)}",
            value=short_instant(last),
            remedy="an end at or after the start",
        )
    return _ticks_from(schedule, first, last)


def _ticks_from(schedule: Schedule, first: Instant, last: Instant) -> Iterator[Instant]:
    date: Instant | None = first if schedule.periodic else None
    while date is not None and date <= last:
        yield date
        date = schedule.next_after(date)


def next_interval(schedule: Schedule, previous: Interval | None, restriction: Restriction) -> Interval | None:
    """Airflow's seam for naive UTC schedules: the interval after ``previous`` within ``restriction``, else ``None``.

    With catchup off, dates before the last period that has ended at ``now`` are left out.
    """
    earliest = restriction.earliest
    if not restriction.catchup and restriction.now is not None:
        earliest = _last_closed(schedule, restriction.now, earliest)
    floor = None if earliest is None else schedule.align(earliest)
    date = schedule.next_after(previous.start) if previous is not None else floor
    if date is None or (restriction.latest is not None and date > restriction.latest):
        return None
    if floor is not None and date < floor:
        date = floor
    end = schedule.next_after(date)
    return Interval(date, date if end is None else end)


def _last_closed(schedule: Schedule, now: Instant, earliest: Instant | None) -> Instant | None:
    """The start of the last period that has ended at ``now``, or ``earliest`` where that is later."""
    end = now if schedule.is_tick(now, phase=earliest) else schedule.prev_before(now)
    start = None if end is None else schedule.prev_before(end)
    if start is None or earliest is None:
        return start if earliest is None else earliest
    return max(start, earliest)
