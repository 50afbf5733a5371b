"""Ticks, asked of croniter one at a time: the offline checks do not use the schedules' own arithmetic."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from runline.model.instants import SECOND, Instant, from_datetime, to_datetime
from runline.model.schedules import Cron, Delta, Schedule


@lru_cache(maxsize=4096)
def _next_of_cron(expression: str, instant: Instant) -> Instant | None:
    from croniter import CroniterBadDateError, croniter

    try:
        tick: datetime = croniter(expression, to_datetime(instant), ret_type=datetime).get_next()
    except CroniterBadDateError:
        return None
    return from_datetime(tick)


def next_tick(schedule: Schedule, instant: Instant) -> Instant | None:
    """The least tick after ``instant``; for a delta one interval later; nothing where the schedule is not periodic."""
    if isinstance(schedule, Cron):
        return _next_of_cron(schedule.expression, instant)
    if isinstance(schedule, Delta):
        return instant + schedule.every
    return None


def is_cron_tick(cron: Cron, instant: Instant) -> bool:
    """Whether the expression names ``instant``: ticks are whole seconds, so it is the first after a second earlier."""
    return _next_of_cron(cron.expression, instant - SECOND) == instant


def first_tick(schedule: Schedule, start: Instant) -> Instant:
    """The first tick at or after ``start``; ``start`` itself for all but cron, and where nothing follows."""
    if not isinstance(schedule, Cron) or is_cron_tick(schedule, start):
        return start
    following = _next_of_cron(schedule.expression, start)
    return start if following is None else following


def is_periodic(schedule: Schedule) -> bool:
    """Whether there is always a next tick."""
    return isinstance(schedule, Cron | Delta)
