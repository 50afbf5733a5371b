"""Laws of the moment in which a scheduled run is made: is its date due, in bounds, new, and not too early."""

from __future__ import annotations

from runline.invariants.law import Context, Evidence, Judgement, Kind, StepLaw
from runline.invariants.words import When, run_name
from runline.model.capability import Capability
from runline.model.dags import DagVersion
from runline.model.events import RunCreated
from runline.model.instants import Instant
from runline.model.records import RunRecord
from runline.model.schedules import Cron, Delta, Unscheduled
from runline.model.states import RunKind
from runline.model.view import TimelineView

_SCHEDULED, _BACKFILL = RunKind.SCHEDULED, RunKind.BACKFILL


def _scheduled(event: RunCreated, timeline: TimelineView) -> DagVersion | None:
    """The version in force where a scheduled run is about to be made; ``None`` where another is, or none is known."""
    return timeline.in_force(event.record.dag) if event.record.kind is _SCHEDULED else None


def _broken(record: RunRecord, template: str, *values: object, aspect: str = "") -> Evidence:
    return Evidence(
        "{:capital} " + template,
        (run_name(record), *values),
        aspect=aspect,
        dag=record.dag,
        runs=(record.id,),
        dates=(record.date,),
    )


# ------------------------------------------------------------------------- on-schedule


def _judge_on_schedule(event: RunCreated, timeline: TimelineView, context: Context, version: DagVersion) -> Judgement:
    record = event.record
    schedule = version.schedule
    if isinstance(schedule, Unscheduled):
        return _broken(record, "was made by the schedule, though the DAG has none.", aspect="no schedule")
    if isinstance(schedule, Cron):
        return schedule.is_tick(record.date) or _broken(record, "is no tick of {}.", schedule, aspect="no tick")
    if not isinstance(schedule, Delta):
        return False
    phases = {timeline.latest_made(record.dag, _SCHEDULED), version.start_date, version.first_start} - {None}
    if not phases:
        return False
    if any(schedule.is_tick(record.date, phase=phase) for phase in phases):
        return True
    return _broken(record, "is not in the phase of the latest scheduled date ({}).", schedule, aspect="phase lost")


on_schedule = StepLaw(
    id="on-schedule",
    kind=Kind.STEP,
    sentence="A scheduled run's date is a tick of the version in force; for a delta in the phase of the latest scheduled "
    "date, or of a new start date.",
    source="Q7, Q24: the scheduler adheres to the schedule_interval; M10",
    judge={RunCreated: _judge_on_schedule},
    premise=_scheduled,
)


# ----------------------------------------------------------------------- start-aligned


def _judge_start_aligned(event: RunCreated, timeline: TimelineView, context: Context, version: DagVersion) -> Judgement:
    record = event.record
    if timeline.has_tasks(record.dag) or next(timeline.runs(record.dag), None) is not None:
        return False
    starts = [start for start in (version.first_start, version.start_date) if start is not None]
    if not starts or not version.catchup or not version.schedule.periodic:
        return False
    expected = max(version.schedule.align(start) for start in starts)
    if record.date == expected:
        return True
    return _broken(
        record,
        "is the first of its DAG; the first tick at or after the start date {} is {}.",
        When(max(starts)),
        When(expected),
        aspect="not aligned" if record.date in starts else "another date",
    )


start_aligned = StepLaw(
    id="start-aligned",
    kind=Kind.STEP,
    sentence="With no earlier run or instance, the date is the first tick at or after start_date.",
    source="Q1, Q8: the scheduler will adjust the start date for the interval, no more aligning needed",
    judge={RunCreated: _judge_start_aligned},
    premise=_scheduled,
)


# ----------------------------------------------------------------------- within-bounds


def _judge_within_bounds(event: RunCreated, timeline: TimelineView, context: Context, version: DagVersion) -> Judgement:
    record = event.record
    start = version.first_start if version.start_date is None else version.start_date
    if start is not None and record.date < start:
        return _broken(record, "lies before the start date {}.", When(start), aspect="before the start")
    if version.end_date is not None and record.date > version.end_date:
        return _broken(record, "lies after the end date {}.", When(version.end_date), aspect="after the end")
    return start is not None or version.end_date is not None


within_bounds = StepLaw(
    id="within-bounds",
    kind=Kind.STEP,
    sentence="A scheduled run's date lies between start_date and end_date of the version in force.",
    source="L15, L16; bugs: BOUNDS",
    judge={RunCreated: _judge_within_bounds},
    premise=_scheduled,
)


# ----------------------------------------------------------------------- period-closed


def _judge_period_closed(event: RunCreated, timeline: TimelineView, context: Context, version: DagVersion) -> Judgement:
    record = event.record
    if isinstance(version.schedule, Unscheduled):
        return False
    interval = record.interval or version.interval_of(record.date)
    if interval.end <= event.at:
        return True
    return _broken(record, "was made at {}, before its period ends at {}.", When(event.at), When(interval.end))


period_closed = StepLaw(
    id="period-closed",
    kind=Kind.STEP,
    sentence="A scheduled run is made only when its period has ended by the clock of the process that makes it.",
    source="0.4, the closed-period rule; L17",
    judge={RunCreated: _judge_period_closed},
    premise=_scheduled,
)


# ------------------------------------------------------------------------ forward-only


def _judge_forward_only(event: RunCreated, timeline: TimelineView, context: Context, version: DagVersion) -> Judgement:
    record = event.record
    latest = timeline.latest_until(record.dag, event.at)
    if latest is None:
        return False
    return record.date > latest or _broken(record, "is not later than {}, which the timeline has.", When(latest))


forward_only = StepLaw(
    id="forward-only",
    kind=Kind.STEP,
    sentence="A scheduled date is greater than every earlier-made, undeleted live timeline date that is not after the "
    "clock.",
    source="Q24: beyond the latest execution date of either the last scheduled or the last backfill run; M12, M25",
    judge={RunCreated: _judge_forward_only},
    premise=_scheduled,
)


# ---------------------------------------------------------------------- catchup-window


def _judge_catchup(event: RunCreated, timeline: TimelineView, context: Context, version: DagVersion) -> Judgement:
    record = event.record
    if version.catchup or not version.schedule.periodic:
        return False
    length = record.interval is None or record.interval.end > record.interval.start
    later = version.schedule.next_after(record.date)
    if length and later is not None:
        later = version.schedule.next_after(later)
    if later is None or later > event.at:
        return True
    return _broken(record, "was made at {} with catchup off, though a later period had ended.", When(event.at))


catchup_window = StepLaw(
    id="catchup-window",
    kind=Kind.STEP,
    sentence="With catchup off, no scheduled date lies before the last closed period.",
    source="V13, N7, N8; bugs: CATCHUP-FALSE",
    judge={RunCreated: _judge_catchup},
    premise=_scheduled,
)


# ---------------------------------------------------------------------- interval-right


def _judge_interval(event: RunCreated, timeline: TimelineView, context: Context) -> Judgement:
    record, version = event.record, timeline.version(event.record.dag)
    if record.kind is RunKind.MANUAL or record.interval is None or version is None or not version.schedule.periodic:
        return False
    expected = version.interval_of(record.date)
    if record.interval == expected:
        return True
    return _broken(
        record,
        "has the interval {} to {}; the timetable gives {} to {}.",
        *(When(instant) for instant in (*record.interval, *expected)),
    )


interval_right = StepLaw(
    id="interval-right",
    kind=Kind.STEP,
    sentence="The data interval of a scheduled or backfill run is what the timetable in force gives for its date.",
    source="N5, N6; bugs: INTERVAL-RIGHT",
    needs=frozenset({Capability.STORES_INTERVALS}),
    judge={RunCreated: _judge_interval},
)


# --------------------------------------------------------------------- max-active-runs


def active_runs(timeline: TimelineView, dag: str, context: Context) -> int:
    """How many runs count against a DAG's limit: running and on the timeline, and no backfill with a limit of its own."""
    apart = context.has(Capability.BACKFILL_HAS_OWN_LIMIT)
    running = timeline.running(dag)
    return sum(run.on_timeline and not (apart and run.kind is _BACKFILL) for run in running)


def judge_limit(dag: str, date: Instant, run_id: int, timeline: TimelineView, context: Context) -> Judgement:
    """Judge the start of one more scheduled run of a DAG."""
    version = timeline.in_force(dag)
    if version is None:
        return False
    if len(timeline.running(dag)) < version.max_active_runs:
        return True  # whichever of them count
    active = active_runs(timeline, dag, context)
    if active < version.max_active_runs:
        return True
    return Evidence(
        "Run {} ({}) of {} was started while {} runs were running; the limit is {}.",
        (run_id, When(date), dag, active, version.max_active_runs),
        dag=dag,
        runs=(run_id,),
        dates=(date,),
    )
