"""What the scheduler of April 2016 sends, and in which order (semantics 2.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from runline.designs.commands import Look, Pair
from runline.designs.design import Blocked, Design
from runline.designs.rule import rule
from runline.model.instants import short_instant
from runline.model.records import Run, TaskKey
from runline.model.states import ENDED_BADLY, ENDED_WELL, TaskState
from runline.model.steps import Held, Never
from runline.model.values import make
from runline.model.view import TimelineView

_NONE, _SUCCESS, _SKIPPED = TaskState.NONE, TaskState.SUCCESS, TaskState.SKIPPED
_UP_FOR_RETRY, _UPSTREAM_FAILED = TaskState.UP_FOR_RETRY, TaskState.UPSTREAM_FAILED
_TAKEN = frozenset({TaskState.RUNNING, TaskState.QUEUED, TaskState.SUCCESS, TaskState.FAILED})


@rule("L20")
def tasks_by_runs(timeline: TimelineView, look: Look, over: frozenset[int]) -> Iterator[Pair]:
    """Each task of the DAG with each running run of whatever kind, tasks outer, runs by date inner.

    What is running, queued or ended is passed over. Task start dates do not matter here.
    """
    return product(timeline, look, [run for run in timeline.running(look.dag) if run.id not in over])


def product(timeline: TimelineView, look: Look, running: Iterable[Run]) -> Iterator[Pair]:
    """Each task of the DAG with each of these runs, tasks outer, but for what is running, queued or ended."""
    running = list(running)
    for task in look.version.tasks:
        for run in running:
            key = TaskKey(look.dag, task.id, run.date)
            row = timeline.task(key)
            if row is None or row.state not in _TAKEN:
                yield Pair(key, task, run, look.version)


@rule("L21")
def may_be_sent(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """Not sent before its date, while it waits for its retry, after the end date of its task, or once skipped."""
    key, ends = pair.key, pair.task.end_date
    if key.date > look.at:
        return Held(key, "L21", "its date lies ahead", until=key.date)
    row = timeline.task(key)
    state = _NONE if row is None else row.state
    if state is _UP_FOR_RETRY and (waits := waits_for_retry(timeline, look, pair)) is not None:
        return waits
    if ends is not None and key.date > ends:
        return Held(key, "L21", f"its task ends at {short_instant(ends)}")
    return Held(key, "L21", "it was skipped") if state is _SKIPPED else None


def waits_for_retry(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """An instance that failed is tried again when its delay is over, not before (L21)."""
    row = timeline.task(pair.key)
    if row is None or row.state is not TaskState.UP_FOR_RETRY or row.ended is None:
        return None
    ready = row.ended + pair.task.retry_delay
    if look.at >= ready:
        return None
    return Held(pair.key, "L21", f"it is to be tried again at {short_instant(ready)}", until=ready)


@rule("L22")
def past_by_schedule(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """depends_on_past: at exactly one tick earlier the same task succeeded or was skipped.

    The present schedule says which tick that is. Not asked at the task's own start date.
    """
    return past_at_tick(timeline, pair, ENDED_WELL, "L22")


def past_at_tick(timeline: TimelineView, pair: Pair, met: frozenset[TaskState], number: str) -> Held | None:
    """Whether the instance of one tick earlier is in one of these states."""
    key, version = pair.key, pair.version
    if key.date == version.start_of(pair.task.id):
        return None
    earlier = version.schedule.prev_before(key.date)
    if earlier is None:
        return Held(key, number, "its schedule has no tick before it", (Never("no tick before the first"),))
    past = TaskKey(key.dag, key.task, earlier)
    row = timeline.task(past)
    if row is not None and row.state in met:
        return None
    state = "has no instance" if row is None else f"is {row.state}"
    return Held(key, number, f"{key.task} of {short_instant(earlier)} {state}", (past,))


@rule("L23")
def downstream_by_schedule(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """wait_for_downstream: one tick earlier all direct downstream tasks succeeded."""
    key, version = pair.key, pair.version
    earlier = version.schedule.prev_before(key.date)
    if earlier is None or key.date == version.start_of(pair.task.id):
        return None
    return downstream_of(timeline, pair, TaskKey(key.dag, key.task, earlier), "L23")


def downstream_of(timeline: TimelineView, pair: Pair, past: TaskKey, number: str) -> Held | None:
    """Whether the direct downstream tasks of a past instance succeeded."""
    waits = tuple(past._replace(task=task) for task in pair.version.downstream[pair.task.id])
    missing = tuple(key for key in waits if not _succeeded(timeline, key))
    if not missing:
        return None
    names = ", ".join(key.task for key in missing)
    return Held(pair.key, number, f"{names} of {short_instant(past.date)} did not succeed", missing)


def _succeeded(timeline: TimelineView, key: TaskKey) -> bool:
    row = timeline.task(key)
    return row is not None and row.state is TaskState.SUCCESS


@rule("L24", "0.4")
def all_upstream_succeeded(timeline: TimelineView, look: Look, pair: Pair) -> Blocked | None:
    """Runs when every direct upstream instance of its date succeeded.

    One that failed makes it upstream_failed, one that was skipped makes it skipped.
    """
    dag, _, date = pair.key
    missing: dict[str, TaskState] = {}
    waits: list[TaskKey] = []
    for task in pair.task.upstream:
        row = timeline.task((dag, task, date))
        if row is None or row.state is not _SUCCESS:
            missing[task] = _NONE if row is None else row.state
            waits.append(TaskKey(dag, task, date) if row is None else row.key)
    if not missing:
        return None
    held = make(Held, (pair.key, "L24", f"it waits for {', '.join(missing)}", tuple(waits), None))
    return make(Blocked, (held, _mark(missing.values())))


def _mark(states: Collection[TaskState]) -> TaskState | None:
    """What becomes of an instance whose upstream came to these states instead of success."""
    if not ENDED_BADLY.isdisjoint(states):
        return _UPSTREAM_FAILED
    return _SKIPPED if _SKIPPED in states else None


@rule("L24", "0.4")
def past_before_upstream(
    design: Design, timeline: TimelineView, look: Look, pair: Pair, waived: bool
) -> Blocked | None:
    """What keeps an instance from running: its past, then what followed its past, then what it waits for.

    A state is written for what it waits for only once its past is met.
    """
    task = pair.task
    if not waived and (task.depends_on_past or task.wait_for_downstream):
        held = held_by_past(design, timeline, look, pair)
        if held is not None:
            return Blocked(held)
    return design.trigger_rule(timeline, look, pair)


def held_by_past(design: Design, timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """What of its past an instance waits for, if it depends on it; waiting for downstream implies that (L23)."""
    task = pair.task
    if not (task.depends_on_past or task.wait_for_downstream):
        return None
    held = design.past(timeline, look, pair)
    if held is None and task.wait_for_downstream:
        held = design.downstream(timeline, look, pair)
    return held


@rule("L45", "L24")
def tested_again_at_start(design: Design, timeline: TimelineView, look: Look, pair: Pair, waived: bool) -> Held | None:
    """A starting instance gives up when it is running or has succeeded, or what it depends on is not met any more.

    Nothing else guards against two processes that send the same one.
    """
    row = timeline.task(pair.key)
    if row is not None and row.state in (TaskState.RUNNING, TaskState.SUCCESS):
        return Held(pair.key, "L45", f"it is {row.state} already")
    blocked = design.dependencies(design, timeline, look, pair, waived)
    return None if blocked is None else blocked.held
