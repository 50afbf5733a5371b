"""Laws of two histories that differ in one act: what the act changes besides what it was asked to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from runline.invariants.law import Evidence, Kind, Law
from runline.invariants.words import TaskName, When
from runline.model.events import (
    Event,
    RunDeleted,
    RunLinked,
    RunMoved,
    RunOverridden,
    RunTaken,
    TaskAdopted,
    TaskDeleted,
    TaskMoved,
)
from runline.model.instants import Instant
from runline.model.records import TaskKey
from runline.model.schedules import Schedule
from runline.model.states import ENDED_WELL, FINISHED_TASK, RunState, TaskState
from runline.model.view import TimelineView


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationLaw(Law):
    """A law of two histories: who simulates both finds what breaks it with the functions of this module."""


class Deed(NamedTuple):
    """An act as it is judged: who did what, to which DAG, over which dates."""

    by: str
    what: str
    dag: str
    first: Instant
    last: Instant


isolation = RelationLaw(
    id="isolation",
    kind=Kind.RELATION,
    sentence="A backfill, manual run or clear changes no other run's state or link and not the next date, beyond what the "
    "seed names: it relinks the successor, overrides the twin, and the schedule steps beyond it.",
    source="Q16, Q24, Q26, Q27; bugs: ISOLATION",
)

idempotent_backfill = RelationLaw(
    id="idempotent-backfill",
    kind=Kind.RELATION,
    sentence="The same backfill again, with nothing in between, executes nothing that succeeded (or all, if asked so), and "
    "leaves the same live states of what had come to an end.",
    source="M6, J5; bugs: IDEMPOTENT-BACKFILL",
)


# --------------------------------------------------------------------------- isolation


def disturbed(deed: Deed, events: Iterable[Event], timeline: TimelineView) -> list[Evidence]:
    """What an act changed of other runs, given its events and the state after them."""
    told = list(events)
    gone = {event.run for event in told if isinstance(event, RunOverridden)}
    gone |= {event.record.id for event in told if isinstance(event, RunDeleted)}
    return [evidence for event in told if (evidence := _disturbs(deed, event, gone, timeline)) is not None]


def _disturbs(deed: Deed, event: Event, gone: set[int], timeline: TimelineView) -> Evidence | None:
    if isinstance(event, RunLinked):
        return None if event.before in gone else _relinked(deed, event, timeline)
    if isinstance(event, RunMoved | RunOverridden | RunTaken):
        run = timeline.run(event.run)
        if run is None or deed.first <= run.date <= deed.last:
            return None
        after = RunState.OVERRIDDEN if isinstance(event, RunOverridden) else event.after
        template = "{} changed run {} ({}), which it was not asked about: it is now {}."
        return _evidence(deed, template, (deed.what, run.id, When(run.date), after), (run.id,), (run.date,))
    if isinstance(event, TaskMoved | TaskAdopted):
        return _touched(deed, event.key)
    return _touched(deed, event.record.key) if isinstance(event, TaskDeleted) else None


def _touched(deed: Deed, key: TaskKey) -> Evidence | None:
    if deed.first <= key.date <= deed.last:
        return None
    return _evidence(deed, "{} changed {}, which it was not asked about.", (deed.what, TaskName(key)), (), (key.date,))


def _relinked(deed: Deed, event: RunLinked, timeline: TimelineView) -> Evidence | None:
    """Only the run that follows directly may come to point to a run of the act."""
    run, previous = timeline.run(event.run), None if event.after is None else timeline.run(event.after)
    if run is None:
        return None
    ours = previous is not None and deed.first <= previous.date <= deed.last
    before = timeline.predecessor(run.dag, run.date)
    if ours and before is not None and previous is not None and before.date == previous.date:
        return None
    to = (
        "no run, though one stands before it"
        if event.after is None
        else f"run {event.after}, which does not stand before it"
    )
    template = "{} made run {} ({}) point to {}."
    return _evidence(deed, template, (deed.what, run.id, When(run.date), to), (run.id,), (run.date,))


class Next(NamedTuple):
    """The next scheduled date, and what else stands on the timeline at or before the clock."""

    date: Instant | None
    latest: Instant | None


def moved_next(deed: Deed, before: Next, after: Next, schedule: Schedule, timeline: TimelineView) -> Evidence | None:
    """What an act did to the next date, beyond that the schedule steps over what it made."""
    if before.date is None or after.date == before.date:
        return None
    expected: Instant | None = before.date
    while expected is not None and _taken(deed, expected, after.latest, timeline):
        expected = schedule.next_after(expected)
    if after.date == expected:
        return None
    shown = "none" if after.date is None else When(after.date)
    template = "{} moved the next date of {} from {} to {}."
    return _evidence(deed, template, (deed.what, deed.dag, When(before.date), shown), (), (before.date,))


def _taken(deed: Deed, date: Instant, latest: Instant | None, timeline: TimelineView) -> bool:
    """Whether a date is no longer the schedule's: the timeline has come as far, or a live run stands there."""
    return (latest is not None and date <= latest) or bool(timeline.live_at(deed.dag, date))


def _evidence(
    deed: Deed, template: str, values: tuple[object, ...], runs: tuple[int, ...], dates: tuple[Instant, ...]
) -> Evidence:
    return Evidence(template, values, deed.what.split(" ", 1)[0], deed.dag, runs, (), dates)


# ---------------------------------------------------------------------------- idempotence


class Live(NamedTuple):
    """The live states of a range: of its runs by date, and of those of its instances that had come to an end.

    A run that is still running waits for what the backfill left behind, and may come further when that is tried again.
    """

    runs: Mapping[Instant, RunState]
    tasks: Mapping[TaskKey, TaskState]


def live_states(timeline: TimelineView, deed: Deed) -> Live:
    """What stands live in the range of an act."""
    runs = {
        run.date: run.state
        for run in timeline.runs(deed.dag)
        if run.on_timeline and deed.first <= run.date <= deed.last
    }
    dates = timeline.instance_dates(deed.dag, deed.first, deed.last)
    rows = (row for date in list(dates) for row in timeline.tasks_at(deed.dag, date))
    tasks = {row.key: row.state for row in rows if row.state in FINISHED_TASK}
    return Live(runs, tasks)


def repeated(deed: Deed, first: Live, second: Live, events: Iterable[Event], *, all_again: bool) -> list[Evidence]:
    """What the same act did the second time that it should not have done."""
    sent = dict.fromkeys(
        event.key for event in events if isinstance(event, TaskMoved) and event.after is TaskState.RUNNING
    )
    again = [] if all_again else [key for key in sent if first.tasks.get(key) in ENDED_WELL]
    found = [
        _evidence(deed, "{} again executed {}, which had succeeded.", (deed.what, TaskName(key)), (), (key.date,))
        for key in again
    ]
    for date in sorted({*first.runs, *second.runs}):
        if first.runs.get(date) is RunState.RUNNING and date in second.runs:
            continue
        if first.runs.get(date) is not second.runs.get(date):
            states = first.runs.get(date, "none"), second.runs.get(date, "none")
            template = "{} again turned the run at {} from {} to {}."
            found.append(_evidence(deed, template, (deed.what, When(date), *states), (), (date,)))
    for key in sorted(first.tasks):
        if first.tasks.get(key) is not second.tasks.get(key):
            after = first.tasks.get(key, "none"), second.tasks.get(key, "none")
            template = "{} again changed {} from {} to {}."
            found.append(_evidence(deed, template, (deed.what, TaskName(key), *after), (), (key.date,)))
    return found
