"""The step laws of a run's creation: which dates a scheduler may make, and when. Ticks come from croniter directly."""

from __future__ import annotations

from typing import NamedTuple

from runline.invariants.law import Context
from runline.invariants.offline.facts import smallest_start, timeline_of
from runline.invariants.offline.past import EventCheck, Past
from runline.invariants.offline.ticks import first_tick, is_cron_tick, is_periodic, next_tick
from runline.model.dags import DagVersion
from runline.model.events import RunCreated
from runline.model.instants import Instant
from runline.model.records import RunRecord
from runline.model.schedules import Cron, Delta, Unscheduled
from runline.model.snapshot import Snapshot
from runline.model.states import RunKind


class _Making(NamedTuple):
    """A run comes into being: its record, the version in force, the clock of the maker and the state before."""

    run: RunRecord
    version: DagVersion
    at: Instant
    state: Snapshot


def _making(past: Past) -> _Making | None:
    """The last event as the making of any run of a DAG that has a version."""
    event = past.last
    if not isinstance(event, RunCreated):
        return None
    version = past.before.version(event.record.dag)
    return None if version is None else _Making(event.record, version, event.at, past.before)


def _scheduling(past: Past) -> _Making | None:
    """The last event as the making of a scheduled run."""
    made = _making(past)
    return made if made is not None and made.run.kind == RunKind.SCHEDULED else None


def _on_schedule(past: Past, context: Context) -> bool:
    """The date is no tick of a cron, is in no known phase of a delta, or there is no schedule at all."""
    made = _scheduling(past)
    if made is None:
        return False
    schedule = made.version.schedule
    if isinstance(schedule, Cron):
        return not is_cron_tick(schedule, made.run.date)
    if isinstance(schedule, Delta):
        phases = _phases(made)
        return bool(phases) and all((made.run.date - phase) % schedule.every for phase in phases)
    return isinstance(schedule, Unscheduled)


def _phases(made: _Making) -> list[Instant]:
    """What a delta may count from: the latest date made by schedule, the DAG's start, the smallest task start."""
    dates = [
        run.date for run in made.state.runs.values() if run.dag == made.run.dag and run.origin == RunKind.SCHEDULED
    ]
    known = (max(dates, default=None), made.version.start_date, smallest_start(made.version))
    return [phase for phase in known if phase is not None]


def _start_aligned(past: Past, context: Context) -> bool:
    """The very first date of the DAG is not the first tick at or after the latest of its starts."""
    made = _scheduling(past)
    if made is None or not made.version.catchup or not is_periodic(made.version.schedule):
        return False
    dag, version = made.run.dag, made.version
    if any(run.dag == dag for run in made.state.runs.values()) or any(key.dag == dag for key in made.state.tasks):
        return False
    starts = [start for start in (smallest_start(version), version.start_date) if start is not None]
    return bool(starts) and made.run.date != max(first_tick(version.schedule, start) for start in starts)


def _within_bounds(past: Past, context: Context) -> bool:
    """The date lies before the start of the DAG (of its tasks, where it has none) or after its end."""
    made = _scheduling(past)
    if made is None:
        return False
    date, version = made.run.date, made.version
    start = smallest_start(version) if version.start_date is None else version.start_date
    return (start is not None and date < start) or (version.end_date is not None and date > version.end_date)


def _period_closed(past: Past, context: Context) -> bool:
    """The period of the run has not ended by the clock of its maker."""
    made = _scheduling(past)
    if made is None or isinstance(made.version.schedule, Unscheduled):
        return False
    if made.run.interval is not None:
        return made.run.interval.end > made.at
    end = next_tick(made.version.schedule, made.run.date)
    return (made.run.date if end is None else end) > made.at


def _forward_only(past: Past, context: Context) -> bool:
    """The date is not beyond every timeline date up to the clock."""
    made = _scheduling(past)
    if made is None:
        return False
    return any(made.run.date <= run.date <= made.at for run in timeline_of(made.state, made.run.dag))


def _catchup_window(past: Past, context: Context) -> bool:
    """With catchup off, a later period has already ended: after the run's own, or after its instant if it has none."""
    made = _scheduling(past)
    if made is None or made.version.catchup or not is_periodic(made.version.schedule):
        return False
    interval = made.run.interval
    later = next_tick(made.version.schedule, made.run.date)
    if later is not None and (interval is None or interval.start != interval.end):
        later = next_tick(made.version.schedule, later)
    return later is not None and later <= made.at


def _interval_right(past: Past, context: Context) -> bool:
    """The recorded interval does not reach from the date to the next tick, though the run is not manual."""
    made = _making(past)
    if made is None or made.run.kind == RunKind.MANUAL:
        return False
    if made.run.interval is None or not is_periodic(made.version.schedule):
        return False
    return tuple(made.run.interval) != (made.run.date, next_tick(made.version.schedule, made.run.date))


CREATION: dict[str, EventCheck] = {
    "on-schedule": _on_schedule,
    "start-aligned": _start_aligned,
    "within-bounds": _within_bounds,
    "period-closed": _period_closed,
    "forward-only": _forward_only,
    "catchup-window": _catchup_window,
    "interval-right": _interval_right,
}
