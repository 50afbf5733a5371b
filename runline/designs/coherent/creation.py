"""How AIRFLOW-20 finds and makes the next run (semantics 3.2, H11-H16). All dates are execution dates."""

from __future__ import annotations

from runline.designs.commands import Look
from runline.designs.design import Design
from runline.designs.legacy.creation import is_once, scheduled_run
from runline.designs.rule import rule
from runline.designs.worker import rows_of_run
from runline.model.events import Event, RunCreated, RunLinked
from runline.model.instants import Instant, short_instant
from runline.model.records import RunRecord
from runline.model.schedules import Delta, Schedule
from runline.model.states import RunKind
from runline.model.steps import Held, Process
from runline.model.values import make
from runline.model.view import TimelineView

_SCHEDULED = RunKind.SCHEDULED


@rule("H11", "Q8", "Q24", "M26")
def after_anchor(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """The tick after the anchor, the greatest date of a scheduled run, overridden ones included.

    Without an anchor the earliest task start, aligned to the schedule.
    """
    anchor = timeline.latest_made(look.dag, _SCHEDULED)
    if anchor is not None:
        return look.version.schedule.next_after(anchor)
    start = look.version.first_start
    return None if start is None else look.version.schedule.align(start)


@rule("H12", "M27")
def not_before_aligned_start(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """Not before the DAG's own start date, aligned to the schedule."""
    start = look.version.start_date
    if date is None or start is None:
        return date
    return max(date, look.version.schedule.align(start))


@rule("H13", "Q7", "Q24", "Q25", "M10", "M11", "M12")
def beyond_timeline(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """Strictly beyond the latest live scheduled or backfill run that is not ahead of the clock.

    The steps are those of the schedule, so the phase of the anchor is kept; what lies between is not filled in.
    """
    latest = timeline.latest_until(look.dag, look.at)
    if date is None or latest is None or date > latest:
        return date
    return first_beyond(look.version.schedule, date, latest)


def first_beyond(schedule: Schedule, date: Instant, latest: Instant) -> Instant | None:
    """The first date after ``latest`` that repeated steps of the schedule from ``date`` on come to."""
    if isinstance(schedule, Delta):
        return date + ((latest - date) // schedule.every + 1) * schedule.every
    return schedule.next_after(latest)


@rule("H14", "M13")
def over_manual_runs(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """A date at which a live manual run stands is stepped over."""
    while date is not None and (live := timeline.live_at(look.dag, date)):
        if all(run.kind is not RunKind.MANUAL for run in live):
            break
        date = look.version.schedule.next_after(date)
    return date


@rule("H16")
def once_only(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """A DAG that runs once makes nothing where a live run of any kind stands at its start date."""
    if date is not None and is_once(look.version.schedule) and timeline.live_at(look.dag, date):
        return Held(Process(look.by), "H16", f"a run stands at {short_instant(date)}")
    return date


@rule("H15", "Q22", "Q23", "H4", "M39", "M47")
def linked_run(timeline: TimelineView, look: Look, date: Instant) -> RunRecord:
    """The run points to its predecessor on the timeline, scheduled or backfill, and knows its version."""
    previous = timeline.predecessor(look.dag, date)
    return scheduled_run(look, date, None if previous is None else previous.id, look.version.number)


@rule("H15", "Q3", "M21", "M30", "M39")
def run_with_instances(
    design: Design, timeline: TimelineView, look: Look, record: RunRecord, rules: tuple[str, ...]
) -> tuple[Event, ...]:
    """With the run come its instances, in state none; one from outside that stands at the date is adopted.

    Where a timeline run of a later date exists, it points to the new run from now on.
    """
    events: list[Event] = [make(RunCreated, (record, look.at, look.by, "H15", ("H15", *rules)))]
    later = timeline.successor(look.dag, record.date)
    if later is not None:
        events.append(RunLinked(later.id, later.previous, record.id, look.at, look.by, "H15"))
    events += rows_of_run(design, timeline, look, record, look.version.tasks, "H15")
    return tuple(events)


def next_id(timeline: TimelineView, dag: str, date: Instant) -> int:
    """Ids strictly increase; none is given out again (H1)."""
    return timeline.last_run_id + 1
