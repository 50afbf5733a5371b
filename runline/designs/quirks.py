"""Quirks: named small changes of a rule, such as an implementer may slip into. Each turns a law red that sees it.

``--quirk NAME`` switches one on; the design is then called by both names, such as ``coherent+no-past``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from runline.designs.commands import Clear, DeleteRun, Look, Trigger
from runline.designs.design import Design, Evaluated
from runline.designs.rule import rule
from runline.model.errors import RunlineError, nearest
from runline.model.events import Event, RunCreated, RunLinked, RunMoved
from runline.model.instants import DAY, Instant, short_instant
from runline.model.records import RunRecord
from runline.model.states import RunKind, RunState
from runline.model.steps import Commit, Held, RunAt
from runline.model.view import TimelineView

NUMBER = "quirk"
"""The number of a rule that a quirk has changed."""


class Quirk(NamedTuple):
    """A quirk: what goes wrong, the law that sees it, and the fields of a design that it replaces."""

    name: str
    sentence: str
    law: str
    change: Callable[[Design], Mapping[str, Any]]


@rule(NUMBER)
def nothing_is_waited_for(*anything: object) -> None:
    """The rule lets everything pass."""


@rule(NUMBER)
def date_as_it_is(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """The rule does not look at the date."""
    return date


@rule(NUMBER)
def date_has_come(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """A run is made as soon as its date has come, which is when its period begins."""
    if date is None or date <= look.at:
        return date
    return Held(RunAt(look.dag, date), NUMBER, f"its date is {short_instant(date)}", until=date)


@rule(NUMBER)
def start_as_it_is(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """The start date is not aligned."""
    anchor = timeline.latest_made(look.dag, RunKind.SCHEDULED)
    return look.version.first_start if anchor is None else look.version.schedule.next_after(anchor)


@rule(NUMBER)
def success_at_once(design: Design, timeline: TimelineView, look: Look, so_far: Evaluated) -> Evaluated:
    """A run is a success as soon as it is looked at."""
    running = timeline.running(look.dag)
    moves = (RunMoved(run.id, run.state, RunState.SUCCESS, None, look.at, look.by, NUMBER) for run in running)
    return Evaluated(tuple(moves))


@rule(NUMBER)
def never_over(design: Design, timeline: TimelineView, look: Look, so_far: Evaluated) -> Evaluated:
    """A run goes on for ever."""
    return Evaluated(())


def _point_to_first(design: Design) -> Mapping[str, Any]:
    @rule(NUMBER)
    def draft(timeline: TimelineView, look: Look, date: Instant) -> RunRecord:
        """The pointer leads to the first run there is."""
        first = next(timeline.runs(look.dag), None)
        return design.draft(timeline, look, date)._replace(previous=None if first is None else first.id)

    return {"draft": draft, "reads": replace(design.reads, order=True)}


def _bare_runs(design: Design) -> Mapping[str, Any]:
    @rule(NUMBER)
    def insert(
        owner: Design, timeline: TimelineView, look: Look, record: RunRecord, rules: tuple[str, ...]
    ) -> tuple[Event, ...]:
        """The instances do not come with the run."""
        events = design.insert(owner, timeline, look, record, rules)
        return tuple(event for event in events if isinstance(event, RunCreated))

    return {"insert": insert}


def _clear_revives(design: Design) -> Mapping[str, Any]:
    @rule(NUMBER)
    def clear(owner: Design, timeline: TimelineView, act: Clear) -> Commit:
        """A clear opens overridden runs too (P6)."""
        outcome = design.clear(owner, timeline, act)
        revived = tuple(
            RunMoved(run.id, run.state, RunState.RUNNING, act.at, act.at, "operator", NUMBER)
            for run in timeline.runs(act.dag)
            if run.state is RunState.OVERRIDDEN and act.first <= run.date <= act.last
        )
        return outcome._replace(events=(*outcome.events, *revived))

    return {"clear": clear}


def _clear_too_far(design: Design) -> Mapping[str, Any]:
    @rule(NUMBER)
    def clear(owner: Design, timeline: TimelineView, act: Clear) -> Commit:
        """A clear goes a day too far."""
        return design.clear(owner, timeline, act._replace(last=act.last + DAY))

    return {"clear": clear}


def _delete_only(design: Design) -> Mapping[str, Any]:
    @rule(NUMBER)
    def delete_run(owner: Design, timeline: TimelineView, act: DeleteRun) -> Commit:
        """Nobody is relinked when a run is deleted (M45)."""
        outcome = design.delete_run(owner, timeline, act)
        return Commit(tuple(event for event in outcome.events if not isinstance(event, RunLinked)), None)

    return {"delete_run": delete_run}


def _trigger_anywhere(design: Design) -> Mapping[str, Any]:
    @rule(NUMBER)
    def trigger(owner: Design, timeline: TimelineView, act: Trigger) -> Commit:
        """A manual run is made at a date that has a live run (P8)."""
        outcome = design.trigger(owner, timeline, act._replace(date=_free_date(timeline, act)))
        if not outcome.events or not isinstance(outcome.events[0], RunCreated):
            return outcome
        date = act.at if act.date is None else act.date
        record = outcome.events[0].record._replace(date=date)
        return Commit((RunCreated(record, act.at, "operator", NUMBER),), None)

    return {"trigger": trigger}


def _free_date(timeline: TimelineView, act: Trigger) -> Instant:
    date = act.at if act.date is None else act.date
    while timeline.runs_at(act.dag, date):
        date += 1
    return date


QUIRKS: dict[str, Quirk] = {
    quirk.name: quirk
    for quirk in (
        Quirk(
            "no-past", "depends_on_past is not looked at", "depends-on-past", lambda _: {"past": nothing_is_waited_for}
        ),
        Quirk(
            "no-downstream",
            "wait_for_downstream is not looked at",
            "wait-for-downstream",
            lambda _: {"downstream": nothing_is_waited_for},
        ),
        Quirk(
            "no-upstream",
            "an instance does not wait for its upstream",
            "upstream-order",
            lambda _: {"trigger_rule": nothing_is_waited_for},
        ),
        Quirk(
            "too-early",
            "a run is made before its period has ended",
            "period-closed",
            lambda _: {"closed": date_has_come},
        ),
        Quirk("no-end", "the end date is not looked at", "within-bounds", lambda _: {"latest": date_as_it_is}),
        Quirk(
            "unaligned-start",
            "the start date is taken as it is",
            "on-schedule",
            lambda _: {"candidate": start_as_it_is, "floor": date_as_it_is},
        ),
        Quirk("not-beyond", "the schedule does not step beyond a backfill", "forward-only", lambda _: {"beyond": ()}),
        Quirk(
            "no-limit",
            "max_active_runs is not looked at",
            "max-active-runs",
            lambda design: {"gates": design.gates[:1]},
        ),
        Quirk("first-for-previous", "each run points to the first", "previous-is-predecessor", _point_to_first),
        Quirk("bare-runs", "instances do not come with their run", "task-set-complete", _bare_runs),
        Quirk(
            "early-success", "a run is a success at once", "run-state-agrees", lambda _: {"evaluate": success_at_once}
        ),
        Quirk("endless-runs", "a run goes on for ever", "run-state-agrees", lambda _: {"evaluate": never_over}),
        Quirk("clear-revives", "a clear opens overridden runs too", "overridden-is-final", _clear_revives),
        Quirk("clear-too-far", "a clear goes a day too far", "isolation", _clear_too_far),
        Quirk("delete-only", "nobody is relinked when a run is deleted", "previous-is-live", _delete_only),
        Quirk("double-trigger", "a manual run doubles the run of its date", "single-live-run", _trigger_anywhere),
    )
}
"""The quirks by name."""


def with_quirks(design: Design, names: Iterable[str]) -> Design:
    """The design with these quirks; an unknown name is an error that offers the nearest."""
    for name in names:
        if name not in QUIRKS:
            raise RunlineError(f"there is no quirk {name!r}", key="--quirk", value=name, remedy=nearest(name, QUIRKS))
        design = replace(design, name=f"{design.name}+{name}", **QUIRKS[name].change(design))
    return design
