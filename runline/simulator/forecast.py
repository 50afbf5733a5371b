"""What a schedule will do, and what a change of it will do.

The dates of a schedule come from the model; what becomes of a change is simulated under the design ``coherent``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from runline.invariants.laws import find_simulated_laws
from runline.model.dags import DagVersion
from runline.model.errors import RunlineError, nearest
from runline.model.events import RunCreated
from runline.model.instants import (
    LAST_YEAR,
    SECOND,
    Duration,
    Instant,
    format_duration,
    format_instant,
    parse_duration,
    parse_instant,
    short_instant,
)
from runline.model.records import Run
from runline.model.schedules import PRESETS, Delta, Interval, Schedule, parse_schedule
from runline.simulator.actions import Deploy
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Clock, DagSpec, Scenario, TaskSpec
from runline.simulator.simulate import simulate

DEFAULT_FROM: Instant = parse_instant("2016-01-01T00:00:00Z")
"""From when on runs are told, if nothing is said: never the machine's own time."""
MAX_COUNT = 100_000
DESIGN = "coherent"
DAG = "d"
_END_OF_CALENDAR = parse_instant(f"{LAST_YEAR}-12-31T23:59:59Z")
_BEFORE = 4
"""So many periods before a change its simulation begins."""
_AFTER = 3
"""So many periods after a change, counted by the new schedule, its simulation ends."""


class Planned(NamedTuple):
    """A run that a schedule will make: when its period ends, and how far it is from the one before."""

    interval: Interval
    gap: Duration | None


class MadeRun(NamedTuple):
    """A run that a simulation made, with the period that it stands for, and the rules that gave it its date."""

    interval: Interval
    made: Instant
    rules: tuple[str, ...]


class Change(NamedTuple):
    """What a change of the schedule did: the last run of the old one, the first of the new, and the time in between.

    ``hole`` is covered by no run, ``overlap`` by several.
    """

    at: Instant
    start: Instant
    old: MadeRun | None
    new: MadeRun | None
    hole: Interval | None
    overlap: Interval | None


def read_schedule(text: str, key: str) -> Schedule:
    """A cron expression, a preset, ``@once``, ``none``, or ``every 6h``."""
    try:
        if text.startswith("every "):
            return parse_schedule(timedelta(microseconds=parse_duration(text.removeprefix("every ").strip())))
        return parse_schedule(text)
    except OverflowError:
        raise RunlineError(f"{text!r} is too long an interval", key=key, value=text, remedy="every 1d") from None
    except RunlineError as error:
        error.value = text
        if text.startswith("@"):
            error.remedy = nearest(text, (*PRESETS, "@once"))
        raise error.located(key=key) from None


def planned_runs(schedule: Schedule, start: Instant, first: Instant, count: int) -> list[Planned]:
    """The next ``count`` runs, of dates from ``first`` on, of a DAG that starts at ``start`` and misses none."""
    version = DagVersion(DAG, 1, schedule, (), start)
    date: Instant | None = first_date(schedule, start, first)
    runs: list[Planned] = []
    before: Instant | None = None
    while date is not None and len(runs) < count:
        interval = version.interval_of(date)
        if interval.end > _END_OF_CALENDAR:
            raise RunlineError(
                f"only {len(runs)} runs come before the calendar of Runline ends",
                value=count,
                key="--count",
                remedy=f"at most {len(runs)}, or an earlier --from",
            )
        runs.append(Planned(interval, None if before is None else date - before))
        before, date = date, schedule.next_after(date)
    return runs


def first_date(schedule: Schedule, start: Instant, first: Instant) -> Instant | None:
    """The first date from ``first`` on that is due for a DAG that starts at ``start``."""
    if not schedule.periodic:
        return start if first <= start and schedule.is_tick(start, phase=start) else None
    if first <= start:
        return schedule.align(start)
    if isinstance(schedule, Delta):
        return first + (start - first) % schedule.every
    return schedule.align(first)


# ------------------------------------------------------------------------------- a change


def change_of(old: Schedule, new: Schedule, at: Instant, start: Instant) -> Change:
    """What happens if a DAG that starts at ``start`` gets another schedule at ``at``: simulated, not reckoned."""
    outcome = simulate(_scenario(old, new, at, start), DESIGN, laws=find_simulated_laws(["single-live-run"]))
    runs = sorted(outcome.timeline.runs(DAG), key=lambda run: run.date)
    rules = _rules(outcome)
    before = [_made(outcome, run, rules) for run in runs if run.version == 1]
    after = [_made(outcome, run, rules) for run in runs if run.version != 1]
    last, first = before[-1] if before else None, after[0] if after else None
    hole = overlap = None
    if last is not None and first is not None:
        if last.interval.end < first.interval.start:
            hole = Interval(last.interval.end, first.interval.start)
        elif first.interval.start < last.interval.end:
            overlap = Interval(first.interval.start, last.interval.end)
    return Change(at, start, last, first, hole, overlap)


def _scenario(old: Schedule, new: Schedule, at: Instant, start: Instant) -> Scenario:
    """A DAG of one task that takes no time, from a few periods before the change to a few after it."""
    begin = _shortly_before(old, start, at)
    beat = min(SECOND, *(schedule.every for schedule in (old, new) if isinstance(schedule, Delta)), SECOND)
    end = max(at, start)
    for _ in range(_AFTER):
        end = new.next_after(end) or end + beat
    if end > _END_OF_CALENDAR:
        raise RunlineError(
            "what the change does would be seen only after the calendar of Runline ends",
            key="--at",
            value=short_instant(at),
            remedy="an earlier instant",
        )
    first_beat = at - max(0, -(-(at - begin) // beat)) * beat
    return Scenario(
        title="A change of the schedule",
        clock=Clock(start=first_beat, end=end, heartbeat=beat),
        dags={DAG: DagSpec(schedule=old, start_date=begin, tasks={"t": TaskSpec()})},
        actions=(Deploy(at=at, schedule=new),),
    )


def _shortly_before(schedule: Schedule, start: Instant, at: Instant) -> Instant:
    """A date on the grid of the schedule a few periods before ``at``, but not before the DAG starts.

    What a change does depends on the last run before it only, so that what came long before need not happen.
    """
    if not schedule.periodic or start >= at:
        return start
    date: Instant | None = at
    for _ in range(_BEFORE):
        date = None if date is None else schedule.prev_before(date)
    if date is None or date <= start:
        return start
    return first_date(schedule, start, date) or start


def _rules(outcome: Outcome) -> dict[int, tuple[str, ...]]:
    """The rules that took part in making each run."""
    events = (event for entry in outcome.trace for event in entry.events)
    return {event.record.id: event.rules or (event.rule,) for event in events if isinstance(event, RunCreated)}


def _made(outcome: Outcome, run: Run, rules: dict[int, tuple[str, ...]]) -> MadeRun:
    version = outcome.timeline.version(DAG, run.version)
    assert version is not None
    return MadeRun(version.interval_of(run.date), outcome.made[run.id].at, rules[run.id])


def in_words(change: Change) -> list[str]:
    """What a change does, in sentences."""
    at = exact_instant(change.at)
    told = []
    if change.old is None:
        told.append(f"The old schedule has made no run before {at}.")
    else:
        told.append(f"The last run of the old schedule is that of {_covers(change.old)}.")
    if change.new is None:
        told.append("The new schedule makes no run.")
    else:
        rules = ", ".join(change.new.rules)
        told.append(f"The first run of the new schedule is that of {_covers(change.new)} ({rules}).")
    if change.hole is not None:
        told.append(f"A hole: {_span(change.hole)} is covered by no run.")
    elif change.overlap is not None:
        told.append(f"An overlap: {_span(change.overlap)} is covered by the last run of the old schedule and again.")
    elif change.old is not None and change.new is not None:
        told.append("Neither a hole nor an overlap: the new run begins where the old one ends.")
    return told


def _covers(run: MadeRun) -> str:
    start, end = run.interval
    until = "" if start == end else f", which covers the time until {exact_instant(end)}"
    return f"{exact_instant(start)}{until} and was made at {exact_instant(run.made)}"


def _span(span: Interval) -> str:
    start, end = span
    return f"from {exact_instant(start)} to {exact_instant(end)} ({format_duration(end - start)})"


def exact_instant(instant: Instant) -> str:
    """As short as a person needs it, but to the microsecond where that matters."""
    return format_instant(instant) if instant % SECOND else short_instant(instant)
