"""How the scheduler of April 2016 finds and makes the next run (semantics 2.2). All dates are execution dates."""

from __future__ import annotations

from collections.abc import Iterator

from runline.designs.commands import Look
from runline.designs.design import Design
from runline.designs.rule import rule
from runline.model.events import Event, Raised, RunCreated, RunMoved
from runline.model.instants import Instant, format_instant, short_instant
from runline.model.records import Run, RunRecord
from runline.model.schedules import Once, Unscheduled
from runline.model.states import RunKind, RunState
from runline.model.steps import Held, Process, RunAt, Slot
from runline.model.values import make
from runline.model.view import TimelineView

_SCHEDULED, _RUNNING = RunKind.SCHEDULED, RunState.RUNNING
PREFIX = "scheduled__"
"""What the run_id of a scheduled run begins with; a run made by hand may bear it too (L13)."""


def is_once(schedule: object) -> bool:
    """Whether a schedule is ``@once``."""
    return isinstance(schedule, Once) and not isinstance(schedule, Unscheduled)


# --------------------------------------------------------------------------------- gates


@rule("L10")
def no_schedule(timeline: TimelineView, look: Look) -> tuple[Event, ...] | Held:
    """Without a schedule nothing is made."""
    if isinstance(look.version.schedule, Unscheduled):
        return Held(Process(look.by), "L10", "the DAG has no schedule")
    return ()


@rule("L11", "H10", "P11")
def at_limit(timeline: TimelineView, look: Look) -> tuple[Event, ...] | Held:
    """No run is made while as many runs that the scheduler counts are running as max_active_runs allows."""
    if len(timeline.running(look.dag)) < look.version.max_active_runs:
        return ()
    active = sum(run.kind is not RunKind.MANUAL for run in timeline.running(look.dag))
    if active < look.version.max_active_runs:
        return ()
    reason = f"{active} runs are running, the limit is {look.version.max_active_runs}"
    return Held(Slot(look.dag), "L11", reason, running_dates(timeline, look.dag))


def running_dates(timeline: TimelineView, dag: str) -> tuple[RunAt, ...]:
    """The running runs of a DAG that hold its slots."""
    running = timeline.running(dag)
    return tuple(RunAt(dag, run.date) for run in running if run.kind is not RunKind.MANUAL)


@rule("L12", "H10")
def timed_out(timeline: TimelineView, look: Look) -> tuple[Event, ...] | Held:
    """Every running run that the scheduler counts and that started longer than dagrun_timeout ago becomes failed."""
    if not timeline.may_time_out(look.dag):
        return ()
    return tuple(
        RunMoved(run.id, RunState.RUNNING, RunState.FAILED, None, look.at, look.by, "L12")
        for run, ends in _timeouts(timeline, look)
        if ends < look.at
    )


def _timeouts(timeline: TimelineView, look: Look) -> list[tuple[Run, Instant]]:
    """The running runs that may time out, by their own version where they know it, and when their time is over."""
    due: list[tuple[Run, Instant]] = []
    for run in timeline.running(look.dag):
        version = timeline.version(look.dag, run.version)
        timeout = None if version is None else version.dagrun_timeout
        if timeout is not None and run.kind is not RunKind.MANUAL and run.started is not None:
            due.append((run, run.started + timeout))
    return due


def next_timeout(timeline: TimelineView, look: Look) -> tuple[Held, ...]:
    """When the time of a running run will run out, if it can: then the scheduler has to look again (L12)."""
    if not timeline.may_time_out(look.dag):
        return ()
    ahead = [(ends + 1, run.date) for run, ends in _timeouts(timeline, look) if ends >= look.at]
    if not ahead:
        return ()
    until, date = min(ahead)
    return (Held(RunAt(look.dag, date), "L12", f"its time runs out at {short_instant(until)}", until=until),)


# -------------------------------------------------------------------------- the candidate


@rule("L13")
def last_scheduled(timeline: TimelineView, dag: str) -> Instant | None:
    """The greatest date of a scheduled run, or of one whose run_id begins as if it were one."""
    return last_made_as(timeline, dag, RunKind.SCHEDULED)


def last_made_as(timeline: TimelineView, dag: str, *origins: RunKind) -> Instant | None:
    """The greatest date of a run made as one of these kinds, or by hand with the run_id of a scheduled one."""
    last = timeline.latest_made(dag, *origins)
    by_hand = timeline.latest_made(dag, RunKind.MANUAL)
    if by_hand is None or (last is not None and by_hand <= last):
        return last
    dates = (last, *(run.date for run in disguised(timeline, dag)))
    return max((date for date in dates if date is not None), default=None)


def disguised(timeline: TimelineView, dag: str) -> Iterator[Run]:
    """The runs made by hand whose run_id begins as that of a scheduled run does."""
    if timeline.latest_made(dag, RunKind.MANUAL) is None:
        return iter(())
    return (run for run in timeline.runs(dag) if run.kind is RunKind.MANUAL and run.run_id.startswith(PREFIX))


@rule("L14", "L13")
def next_or_walk_back(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """The tick after the last scheduled date.

    Without one, four ticks before the latest task instance, or the smallest task start as it is. A DAG that runs once is
    due now, the first time.
    """
    if is_once(look.version.schedule):
        return look.at if last_scheduled(timeline, look.dag) is None else None
    return next_or_back(timeline, look)


def next_or_back(timeline: TimelineView, look: Look) -> Instant | None:
    """The date after the last scheduled one, or four ticks before the latest instance, or the smallest task start."""
    last = last_scheduled(timeline, look.dag)
    if last is not None:
        return look.version.schedule.next_after(last)
    latest = latest_instance(timeline, look.dag)
    return look.version.first_start if latest is None else _back(look, latest)


def latest_instance(timeline: TimelineView, dag: str) -> Instant | None:
    """The greatest date at which a DAG has an instance, whoever made it."""
    return timeline.instance_date_before(dag, _END)


_END = 1 << 62
"""Later than any date."""
_LAST_FIVE = 4
"""How many ticks the migration rule walks back from the latest instance (L14.1)."""


def _back(look: Look, date: Instant) -> Instant | None:
    for _ in range(_LAST_FIVE):
        earlier = look.version.schedule.prev_before(date)
        if earlier is None:
            return None
        date = earlier
    return date


@rule("L15")
def not_before_dag_start(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """Not before the start date of the DAG itself, which also stands in for a date that is missing."""
    start = look.version.start_date
    if start is None or (date is not None and date >= start):
        return date
    return start


@rule("L16", "H10")
def not_after_end(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """Nothing is made after the DAG's end date."""
    end = look.version.end_date
    if date is None or end is None or date <= end:
        return date
    return Held(RunAt(look.dag, date), "L16", f"the DAG ends at {short_instant(end)}")


@rule("L17", "H10")
def period_has_ended(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """A run is made only when its period has ended; the period of a DAG that runs once ends as it begins."""
    if date is None:
        return None
    end = look.version.schedule.next_after(date)
    end = date if end is None else end
    if end <= look.at:
        return date
    what = make(RunAt, (look.dag, date))
    return make(Held, (what, "L17", f"its period ends at {short_instant(end)}", (), end))


# ----------------------------------------------------------------------------- the insertion


def scheduled_run(look: Look, date: Instant, previous: int | None = None, version: int | None = None) -> RunRecord:
    """The scheduled run of a date, without an id yet."""
    return RunRecord(
        0,
        look.dag,
        date,
        _SCHEDULED,
        f"{PREFIX}{format_instant(date)}",
        _RUNNING,
        previous,
        version,
        look.at,
        origin=_SCHEDULED,
    )


@rule("L01", "L17")
def unlinked_run(timeline: TimelineView, look: Look, date: Instant) -> RunRecord:
    """A scheduled run has a date, a run_id and a state; it knows neither its predecessor nor its version."""
    return scheduled_run(look, date)


@rule("L18")
def refused_by_key(
    design: Design, timeline: TimelineView, look: Look, record: RunRecord, rules: tuple[str, ...]
) -> tuple[Event, ...]:
    """A run whose date or run_id another run of the DAG has violates the key: the loop raises, again and again."""
    if clash(timeline, record):
        error = f"a run of {look.dag} at {short_instant(record.date)} exists already: the key (dag, date) is unique"
        return (Raised(look.dag, error, (), look.at, look.by, "L18", rules),)
    return (RunCreated(record, look.at, look.by, rules[0] if rules else "L14", rules),)


def clash(timeline: TimelineView, record: RunRecord) -> bool:
    """Whether a run of the DAG has the date of ``record``, or its run_id (L01: both are unique)."""
    if timeline.runs_at(record.dag, record.date):
        return True
    return record.kind is RunKind.MANUAL and any(run.run_id == record.run_id for run in timeline.runs(record.dag))


def reused_id(timeline: TimelineView, dag: str, date: Instant) -> int:
    """The greatest id there is, plus one: the number of a deleted last run is given out again (R02)."""
    return timeline.greatest_run_id + 1
