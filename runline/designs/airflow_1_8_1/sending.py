"""What Airflow 1.8.1 sends, and what an instance waits for (semantics 4.4, V20-V26)."""

from __future__ import annotations

from collections.abc import Iterator

from runline.designs.airflow_1_8_1.states import is_backfill, is_passed_over
from runline.designs.commands import Look, Pair
from runline.designs.design import Blocked, Design
from runline.designs.legacy.sending import downstream_of, held_by_past, waits_for_retry
from runline.designs.rule import rule
from runline.model.instants import Instant, short_instant
from runline.model.records import Run, TaskKey
from runline.model.states import ENDED_WELL, FINISHED_TASK, TaskState
from runline.model.steps import Held, Never, Process, RunAt, Subject
from runline.model.view import TimelineView

_LOOKED_AT = frozenset({TaskState.NONE, TaskState.UP_FOR_RETRY})
_LEFT_LYING = frozenset({TaskState.SCHEDULED, TaskState.QUEUED})
"""States in which only a job, or its workers, would go on with an instance."""


@rule("V21", "V03", "V20")
def runs_by_instances(timeline: TimelineView, look: Look, over: frozenset[int]) -> Iterator[Pair]:
    """The instances of each live run, runs by date outer, instances as they were inserted inner.

    What is passed over is named as well, so that there is an answer to why it does not run.
    """
    for run in timeline.running(look.dag):
        if is_passed_over(run, look.at):
            yield from _passed_over(timeline, look, run)
        elif run.id not in over:
            for row in timeline.tasks_at(look.dag, run.date):
                if row.task in look.version.by_id and row.state in _LOOKED_AT | _LEFT_LYING:
                    yield Pair(row.key, look.version.by_id[row.task], run, look.version)


def _passed_over(timeline: TimelineView, look: Look, run: Run) -> Iterator[Pair]:
    """Of a run that is passed over, what is unfinished or has no instance yet."""
    for task in look.version.tasks:
        key = TaskKey(look.dag, task.id, run.date)
        row = timeline.task(key)
        if row is None or row.state not in FINISHED_TASK:
            yield Pair(key, task, run, look.version)


@rule("V21", "V20", "L21")
def of_a_live_run(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """Looked at are instances in state none of live runs; one that was scheduled or queued there stays so for ever.

    One that waits for its retry waits until it may be tried again. No date is tested here.
    """
    run, row = pair.run, timeline.task(pair.key)
    if run is not None and is_backfill(run):
        return Held(pair.key, "V20", "its run is a backfill's, which no scheduler looks at", _job_of(timeline, run))
    if run is not None and run.date > look.at:
        return Held(pair.key, "V20", "the date of its run lies ahead", until=run.date)
    if row is not None and row.state in _LEFT_LYING:
        why = f"it is {row.state}, and no scheduler looks at it"
        return Held(pair.key, "V21", why, (Never(why),))
    return waits_for_retry(timeline, look, pair)


def _job_of(timeline: TimelineView, run: Run) -> tuple[Subject, ...]:
    """The jobs that may go on with a run; without one nothing ever will (V47)."""
    live = tuple(Process(f"backfill-{job.id}") for job in timeline.live_backfills(run.dag) if run.date in job.dates)
    return live or (Never("a job that is gone"),)


# --------------------------------------------------------------------------- dependencies


@rule("V23", "V24")
def past_by_runs(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """depends_on_past: the same task succeeded or was skipped where it is looked for, and both dates have a run.

    With catchup that is exactly one tick earlier by the present schedule, unless that lies before the task's start;
    without, the run before, of whatever kind. Where there is no such date, nothing is asked.
    """
    past = past_of(timeline, pair)
    if past is None or isinstance(past, Held):
        return past
    row = timeline.task(past)
    if row is not None and row.state in ENDED_WELL:
        return None
    state = "has no instance" if row is None else f"is {row.state}"
    return Held(pair.key, "V23", f"{past.task} of {short_instant(past.date)} {state}", (past,))


@rule("V24", "L23")
def downstream_by_runs(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """wait_for_downstream: where the past is looked for, all direct downstream tasks succeeded."""
    past = past_of(timeline, pair)
    return downstream_of(timeline, pair, past, "V24") if isinstance(past, TaskKey) else None


def past_of(timeline: TimelineView, pair: Pair) -> TaskKey | Held | None:
    """The instance that the past of another is; ``None`` where nothing is asked (V23)."""
    date = _tick_before(timeline, pair) if pair.version.catchup else _run_before(timeline, pair)
    return date if date is None or isinstance(date, Held) else pair.key._replace(date=date)


def _tick_before(timeline: TimelineView, pair: Pair) -> Instant | Held | None:
    dag, task, date = pair.key
    earlier = pair.version.schedule.prev_before(date)
    start = pair.version.start_of(task)
    if earlier is None or (start is not None and earlier < start):
        return None
    for place in (date, earlier):
        if not timeline.runs_at(dag, place):
            return Held(pair.key, "V23", f"there is no run at {short_instant(place)}", (RunAt(dag, place),))
    return earlier


def _run_before(timeline: TimelineView, pair: Pair) -> Instant | None:
    if not timeline.runs_at(pair.key.dag, pair.key.date):
        return None
    return timeline.made_before(pair.key.dag, pair.key.date)


@rule("V22", "V25")
def past_and_upstream(design: Design, timeline: TimelineView, look: Look, pair: Pair, waived: bool) -> Blocked | None:
    """What keeps an instance from running: its past, and what it waits for; both are asked every time.

    So the state for what it waits for is written even where its past is not met.
    """
    past = None if waived else held_by_past(design, timeline, look, pair)
    upstream = design.trigger_rule(timeline, look, pair)
    if past is None:
        return upstream
    if upstream is not None and upstream.mark is not None:
        return upstream._replace(held=upstream.held._replace(rule="V22"))
    if upstream is None or not past.on:
        return Blocked(past)
    return Blocked(past._replace(on=(*past.on, *upstream.held.on)))


# ---------------------------------------------------------------------------------- start

_BEGINS = frozenset(
    {
        TaskState.NONE,
        TaskState.SCHEDULED,
        TaskState.QUEUED,
        TaskState.FAILED,
        TaskState.UPSTREAM_FAILED,
        TaskState.UP_FOR_RETRY,
    }
)


def may_begin(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """Whether date and state let an instance begin, whatever it depends on (V26)."""
    key, row = pair.key, timeline.task(pair.key)
    state = TaskState.NONE if row is None else row.state
    if state not in _BEGINS:
        return Held(key, "V26", f"it is {state} already")
    if key.date > look.at:
        return Held(key, "V26", "its date lies ahead", until=key.date)
    for end, whose in ((pair.version.end_date, "the DAG"), (pair.task.end_date, "its task")):
        if end is not None and key.date > end:
            return Held(key, "V26", f"{whose} ends at {short_instant(end)}")
    return waits_for_retry(timeline, look, pair)


@rule("V26", "V53", "L21")
def tested_in_full(design: Design, timeline: TimelineView, look: Look, pair: Pair, waived: bool) -> Held | None:
    """A start is a test of its own: neither running, ended well nor removed, not ahead, not after the end of the DAG.

    What it depends on is tested again as well. One that failed may begin, one that succeeded or was skipped may not.
    """
    held = may_begin(timeline, look, pair)
    blocked = design.dependencies(design, timeline, look, pair, waived) if held is None else None
    return held if blocked is None else blocked.held
