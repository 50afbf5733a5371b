"""How updating in place finds and makes the next run (semantics 4.2, U1, U4). All dates are execution dates."""

from __future__ import annotations

from runline.designs.coherent.creation import after_anchor
from runline.designs.commands import Look
from runline.designs.design import Design
from runline.designs.legacy.creation import scheduled_run
from runline.designs.rule import rule
from runline.designs.worker import rows_of_run
from runline.model.events import Event, RunCreated
from runline.model.instants import Instant
from runline.model.records import RunRecord
from runline.model.schedules import Delta
from runline.model.states import RunKind
from runline.model.steps import Held
from runline.model.view import TimelineView


@rule("U4", "H11", "Q8")
def after_origin(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """The tick after the anchor, the greatest date of a run that was made as a scheduled one, whatever it is now.

    Without an anchor the earliest task start, aligned to the schedule.
    """
    return after_anchor(timeline, look, date)


@rule("U4", "H14", "M13")
def over_every_run(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """A date at which a run of any kind stands is stepped over: the key is never violated."""
    while date is not None and timeline.runs_at(look.dag, date):
        date = look.version.schedule.next_after(date)
    return date


@rule("U4", "H11")
def from_start(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """With ``fill_gaps`` the ticks are gone through from the start on, so that the first one without a run is made.

    An interval keeps the phase of the anchor. What does not recur has no gaps.
    """
    schedule, start = look.version.schedule, look.version.first_start
    if not schedule.periodic or start is None:
        return after_anchor(timeline, look, date)
    anchor = timeline.latest_made(look.dag, RunKind.SCHEDULED)
    if isinstance(schedule, Delta) and anchor is not None:
        return start + (anchor - start) % schedule.every
    return schedule.align(start)


@rule("U1", "U3", "H15", "M47")
def run_with_version(timeline: TimelineView, look: Look, date: Instant) -> RunRecord:
    """A run knows its date, kind, run_id, state and version; no previous is stored."""
    return scheduled_run(look, date)._replace(version=look.version.number)


@rule("U2", "H15", "M21")
def run_of_date(
    design: Design, timeline: TimelineView, look: Look, record: RunRecord, rules: tuple[str, ...]
) -> tuple[Event, ...]:
    """With the run come its instances, in state none; they belong to the run of their date, and nobody is relinked."""
    created = RunCreated(record, look.at, look.by, "U1", ("U1", "U2", *rules))
    return (created, *rows_of_run(design, timeline, look, record, look.version.tasks, "U2"))
