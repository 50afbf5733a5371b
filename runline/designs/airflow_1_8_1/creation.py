"""How Airflow 1.8.1 finds and makes the next scheduled run (semantics 4.4, V10-V17). All dates are execution dates."""

from __future__ import annotations

from runline.designs.airflow_1_8_1.states import integrity, missing_instances
from runline.designs.commands import Look
from runline.designs.design import Design
from runline.designs.legacy.creation import clash, is_once, last_made_as
from runline.designs.rule import rule
from runline.model.dags import DagVersion
from runline.model.events import Event, Raised, RunCreated
from runline.model.instants import Instant, short_instant
from runline.model.records import RunRecord
from runline.model.states import RunKind
from runline.model.steps import Held
from runline.model.view import TimelineView


@rule("V12", "L13")
def last_made(timeline: TimelineView, dag: str) -> Instant | None:
    """The greatest date of a run that was not made by hand, or that bears the run_id of a scheduled one.

    Backfills count, so one of a future date freezes the schedule until then.
    """
    return last_made_as(timeline, dag, RunKind.SCHEDULED, RunKind.BACKFILL)


@rule("V13")
def nothing_to_compare(timeline: TimelineView, look: Look) -> tuple[Event, ...] | Held:
    """With catchup off, a DAG that is to run once raises until it has run: its schedule has no last period."""
    version = look.version
    if version.catchup or not is_once(version.schedule) or last_made(timeline, look.dag) is not None:
        return ()
    error = "without catchup the last period is looked for, and @once has none"
    return (Raised(look.dag, error, (), look.at, look.by, "V13"),)


@rule("V14", "V12", "V55")
def next_or_aligned_start(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """The tick after the last date; without one, the smallest task start, aligned. What ran once does not run again.

    Instances without a run play no part in it.
    """
    schedule = look.version.schedule
    last = last_made(timeline, look.dag)
    if last is not None:
        return schedule.next_after(last)
    start = look.version.first_start
    return None if start is None else schedule.align(start)


@rule("V14", "V13")
def not_before_floor(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """Not before the floor: the start date of the DAG itself, or with catchup off the last period but one if later.

    A date that is the floor is aligned to the schedule.
    """
    floor = floor_of(look.version, look.at)
    if date is None or floor is None or date > floor:
        return date
    return look.version.schedule.align(floor)


@rule("V13")
def floor_of(version: DagVersion, now: Instant) -> Instant | None:
    """With catchup off, two ticks before the clock, unless the DAG starts later; else the start date of the DAG.

    At a tick two closed periods lie before the clock, not one; a delta takes its phase from the clock.
    """
    start = version.start_date
    if version.catchup:
        return start
    last = version.schedule.prev_before(now)
    before = None if last is None else version.schedule.prev_before(last)
    return start if before is None or (start is not None and before < start) else before


@rule("V16", "V17", "L01")
def run_then_instances(
    design: Design, timeline: TimelineView, look: Look, record: RunRecord, rules: tuple[str, ...]
) -> tuple[Event, ...]:
    """With the run come its instances in state none; those that stand at its date already are its own, or removed.

    Where a run of any kind has the date, or another the run_id, the loop raises, again and again; the instances come.
    """
    stamp = (look.at, look.by)
    if clash(timeline, record) or _has_run_id(timeline, record):
        error = f"a run of {look.dag} at {short_instant(record.date)} exists already"
        missing = missing_instances(timeline, look.version, record.date, stamp, "V17")
        return (*missing, Raised(look.dag, error, (), *stamp, "V17", rules))
    created = RunCreated(record, *stamp, "V16", ("V16", *rules))
    return (created, *integrity(timeline, look.version, record.date, stamp))


def _has_run_id(timeline: TimelineView, record: RunRecord) -> bool:
    """Whether another run has the run_id; only one made by hand can have that of another date."""
    if timeline.latest_made(record.dag, RunKind.MANUAL) is None:
        return False
    return any(run.run_id == record.run_id for run in timeline.runs(record.dag))
