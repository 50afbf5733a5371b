"""How pull request 1431 finds and makes the next run (semantics 3.5, R11-R14). All dates are execution dates."""

from __future__ import annotations

from runline.designs.commands import Look
from runline.designs.design import Design
from runline.designs.legacy.creation import disguised, is_once, scheduled_run
from runline.designs.pr_1431.order import latest_counted, latest_run
from runline.designs.rule import rule
from runline.model.events import Event, Raised, RunCreated
from runline.model.instants import Instant, short_instant
from runline.model.records import RunRecord
from runline.model.steps import Held, RunAt
from runline.model.view import TimelineView


@rule("R11", "L13", "R05")
def after_latest_of_any_state(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """The tick after the latest run that counts, scheduled or backfill, overridden or ahead of the clock.

    Without one the smallest task start, aligned; a DAG that runs once is due now, the first time.
    """
    schedule, latest = look.version.schedule, latest_counted(timeline, look.dag)
    if latest is not None:
        return schedule.next_after(latest.date)
    if is_once(schedule):
        return look.at
    start = look.version.first_start
    return None if start is None else schedule.align(start)


@rule("R13", "L15")
def not_before_start_aligned(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """Not before the start date of the DAG itself; if it comes to be just that, it is aligned.

    A DAG that runs once has no ticks to be aligned to: it makes nothing before the clock is past its start.
    """
    start, schedule = look.version.start_date, look.version.schedule
    if start is None or (date is not None and date > start):
        return date
    if schedule.periodic:
        return schedule.align(start)
    if date is None:
        return None  # it ran
    return Held(RunAt(look.dag, start), "R13", "it runs once, after its start", until=start + 1)


@rule("R12", "R05")
def linked_to_latest(timeline: TimelineView, look: Look, date: Instant) -> RunRecord:
    """The run points to the latest that was not made by hand, overridden or not; else to one that counts, else to none."""
    previous = latest_run(timeline, look.dag) or latest_counted(timeline, look.dag)
    return scheduled_run(look, date)._replace(previous=None if previous is None else previous.id)


@rule("R14", "L17", "R01", "R02")
def run_beside_others(
    design: Design, timeline: TimelineView, look: Look, record: RunRecord, rules: tuple[str, ...]
) -> tuple[Event, ...]:
    """The run is inserted, without rows, whatever other run stands at its date; only an equal run_id raises."""
    if taken(timeline, record):
        error = f"there is a run {record.run_id} of {look.dag} already (at {short_instant(record.date)})"
        return (Raised(look.dag, error, (), look.at, look.by, "R14", rules),)
    return (RunCreated(record, look.at, look.by, "R14", ("R12", *rules)),)


def taken(timeline: TimelineView, record: RunRecord) -> bool:
    """Whether a run of the DAG has the run_id of a scheduled one: one of its date has, or one made by hand."""
    others = (*timeline.runs_at(record.dag, record.date), *disguised(timeline, record.dag))
    return any(run.run_id == record.run_id for run in others)
