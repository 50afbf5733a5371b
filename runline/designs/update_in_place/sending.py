"""What updating in place sends: the past is the run of the greatest earlier date, computed (semantics 4.2, U3, U9, U10)."""

from __future__ import annotations

from collections.abc import Iterable

from runline.designs.coherent.sending import downstream_before, task_before, waiting_instances
from runline.designs.commands import Look, Pair
from runline.designs.rule import rule
from runline.model.records import Run
from runline.model.steps import Held
from runline.model.view import TimelineView


@rule("U3", "J2", "H4")
def run_before(timeline: TimelineView, pair: Pair) -> Run | None:
    """The run before an instance is the scheduled or backfill run of the greatest earlier date; it is stored nowhere."""
    return timeline.predecessor(pair.key.dag, pair.key.date)


@rule("U9", "U3", "H31", "H33")
def past_of_date_succeeded(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """depends_on_past: in the run before the same task succeeded or was skipped, or there is no run before.

    Where that run has no instance of the task, the run itself must be a success. A manual run is tested like any other.
    """
    before = run_before(timeline, pair)
    return None if before is None else task_before(timeline, pair, before, "U9")


@rule("U9", "U3", "H34")
def downstream_of_date_succeeded(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """wait_for_downstream: in the run before all direct downstream instances of the task succeeded.

    Where that run has no instance of one, the run itself must be a success.
    """
    before = run_before(timeline, pair)
    return None if before is None else downstream_before(timeline, pair, before, "U9")


@rule("U10", "H25", "H26")
def backfill_of_its_date(timeline: TimelineView, run: Run) -> int | None:
    """A backfill locks its dates: while it lives only it executes their runs."""
    return next((live.id for live in timeline.live_backfills(run.dag) if run.date in live.dates), None)


@rule("U10", "H26", "L20")
def runs_not_locked(timeline: TimelineView, look: Look, over: frozenset[int]) -> Iterable[Pair]:
    """The scheduler sends the instances of running runs, task by task, but not those whose date a backfill has locked."""
    running = timeline.running(look.dag)
    return waiting_instances(timeline, [run for run in running if backfill_of_its_date(timeline, run) is None])
