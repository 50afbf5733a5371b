"""What pull request 1431 sends, and what a task that depends on its past waits for (semantics 3.5, R30-R35)."""

from __future__ import annotations

from collections.abc import Iterator

from runline.designs.commands import Look, Pair
from runline.designs.legacy.sending import downstream_of, product
from runline.designs.pr_1431.order import by_place
from runline.designs.rule import Fault, rule
from runline.model.instants import Instant, short_instant
from runline.model.records import Run, TaskInstance, TaskKey
from runline.model.states import RunState
from runline.model.steps import Held, Never, RunAt
from runline.model.view import TimelineView


@rule("R35", "L20", "R05")
def tasks_by_all_runs(timeline: TimelineView, look: Look, over: frozenset[int]) -> Iterator[Pair]:
    """Each task of the DAG with each running run, tasks outer; runs of one date all send its instances."""
    running = (run for run in timeline.running(look.dag) if run.id not in over)
    return product(timeline, look, by_place(running))


@rule("R04")
def holder_owns(row: TaskInstance, holder: int) -> int:
    """Who writes a row makes it belong to the run for which it holds it, whoever owned it before; by hand that is -1."""
    return holder


@rule("R30", "L22")
def previous_run_succeeded(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """depends_on_past: the run that is held has no previous, or its previous is a success; one that is gone raises.

    Nothing is asked for an instance without a run. Neither dates nor the schedule are looked at, nor the same task's row.
    """
    if pair.run is None or pair.run.previous is None:
        return None
    previous = timeline.run(pair.run.previous)
    if previous is None:
        raise Fault("R30", f"run {pair.run.previous}, the previous of run {pair.run.id}, does not exist")
    if previous.state is RunState.SUCCESS:
        return None
    reason = f"its previous run, {short_instant(previous.date)}, is {previous.state}"
    return Held(pair.key, "R30", reason, (_what_comes_of(previous),))


def _what_comes_of(previous: Run) -> RunAt | Never:
    if previous.state is RunState.OVERRIDDEN:
        return Never(f"run {previous.id} ({short_instant(previous.date)}), which is overridden")
    return RunAt(previous.dag, previous.date)


@rule("R31", "L23")
def downstream_of_latest_row(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """wait_for_downstream: at the greatest earlier date with a row of the task, all direct downstream tasks succeeded.

    Whoever made that row, and whatever its own state is.
    """
    earlier = _date_of_row_before(timeline, pair.key)
    if earlier is None:
        return None
    return downstream_of(timeline, pair, pair.key._replace(date=earlier), "R31")


def _date_of_row_before(timeline: TimelineView, key: TaskKey) -> Instant | None:
    date = timeline.instance_date_before(key.dag, key.date)
    while date is not None and timeline.task(key._replace(date=date)) is None:
        date = timeline.instance_date_before(key.dag, date)
    return date
