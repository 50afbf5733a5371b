"""When something becomes due: time goes from one such instant to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runline.designs.design import Design
from runline.designs.scheduler import Begin
from runline.explorer.steps import Way, ways
from runline.model.dags import DagVersion
from runline.model.instants import Instant
from runline.model.schedules import Delta
from runline.model.states import RunKind
from runline.model.steps import Abort, Commit, Wait
from runline.model.view import TimelineView


def dues_of_dag(design: Design, timeline: TimelineView, dag: str, now: Instant) -> Iterator[Instant]:
    """The instants after ``now`` that matter to a scheduler's looks at a DAG, whether or not it looks now.

    Each half of a look says until when it holds what. A half that would do something first says less than it will say
    afterwards; then the next tick of the schedule stands for what it does not say.
    """
    version = timeline.version(dag)
    if version is None or timeline.paused(dag):
        return
    for create in (True, False):
        begin = Begin(design, dag, "", now, create, not create)
        for way in ways(begin(timeline), timeline):
            yield from dues_of([way], now)
            if create and isinstance(way, Commit) and (way.events or way.then is not None):
                yield from _next_tick(timeline, version, now)


def dues_of(found: Iterable[Way], now: Instant) -> Iterator[Instant]:
    """The instants after ``now`` until which something is held, or waited."""
    for way in found:
        if isinstance(way, Abort):
            continue
        until = way.until if isinstance(way, Wait) else None
        for due in (until, *(held.until for held in way.held)):
            if due is not None and due > now:
                yield due


def _next_tick(timeline: TimelineView, version: DagVersion, now: Instant) -> Iterator[Instant]:
    """The first tick of the schedule after ``now``; that of a delta has the phase of the latest date made."""
    schedule = version.schedule
    if not schedule.periodic:
        return
    if isinstance(schedule, Delta):
        phase = timeline.latest_made(version.dag, RunKind.SCHEDULED)
        phase = version.first_start if phase is None else phase
        if phase is not None:
            yield phase + ((now - phase) // schedule.every + 1) * schedule.every
        return
    tick = schedule.next_after(now)
    if tick is not None:
        yield tick
