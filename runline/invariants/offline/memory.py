"""The memory laws, each as a scan over the whole list of events: what held before the last one, and whether it fits."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from runline.invariants.law import Context
from runline.invariants.offline.past import EventCheck, Past
from runline.model import events as ev
from runline.model.records import TaskKey
from runline.model.states import FINISHED_TASK, RunKind, RunState, TaskState

OPERATOR = "operator"


def _next_date_monotone(past: Past, context: Context) -> bool:
    """The schedule made a date once more than it was deleted."""
    last = past.last
    if not isinstance(last, ev.RunCreated) or last.record.origin != RunKind.SCHEDULED:
        return False
    standing = 0
    for event in past.events[:-1]:
        if isinstance(event, ev.RunCreated | ev.RunDeleted):
            record = event.record
            same_date = (record.dag, record.date) == (last.record.dag, last.record.date)
            if same_date and record.origin == RunKind.SCHEDULED:
                standing += 1 if isinstance(event, ev.RunCreated) else -1
    return standing > 0


def _history_kept(past: Past, context: Context) -> bool:
    """A record was deleted though nobody asked for that, or was written over as that of another run."""
    match past.last:
        case ev.RunDeleted(explicit=explicit):
            return not explicit
        case ev.RunTaken(run=run_id, after=(kind, name, _), logged=logged):
            run = past.before.runs[run_id]
            return not logged and (kind, name) != (run.kind, run.run_id)
    return False


# ---------------------------------------------------------------------- single-claim


class _Act(NamedTuple):
    """What an event does to claims: who claims what, and which things are nobody's any more."""

    claimed: Hashable = None
    by: str = ""
    freed: tuple[Hashable, ...] = ()


def _act_of(event: ev.Event) -> _Act:
    match event:
        case ev.RunCreated(record=record):
            if record.kind == RunKind.SCHEDULED:
                return _Act(("date", record.dag, record.date), event.by)
        case ev.RunDeleted(record=record):
            return _Act(freed=(("date", record.dag, record.date), ("run", record.id)))
        case ev.RunMoved():
            return _act_on_run(event)
        case ev.TaskMoved():
            return _act_on_instance(event)
        case ev.TaskDeleted(record=task):
            return _Act(freed=(task.key,))
    return _Act()


def _act_on_run(event: ev.RunMoved) -> _Act:
    """A process claims a run by starting it; the operator frees it, and so does whoever ends or queues it."""
    if event.by == OPERATOR or event.after != RunState.RUNNING:
        return _Act(freed=(("run", event.run),))
    if event.before in (RunState.QUEUED, RunState.RUNNING):
        return _Act(("run", event.run), event.by)
    return _Act()


def _act_on_instance(event: ev.TaskMoved) -> _Act:
    """A process claims an instance by queueing it, or by running it unqueued; its end or its clearing frees it."""
    queued = event.after == TaskState.QUEUED
    run_unqueued = event.after == TaskState.RUNNING and event.before != TaskState.QUEUED
    if event.by != OPERATOR and (queued or run_unqueued):
        return _Act(event.key, event.by)
    if event.after in FINISHED_TASK or event.after in (TaskState.NONE, TaskState.UP_FOR_RETRY):
        return _Act(freed=(event.key,))
    return _Act()


def _single_claim(past: Past, context: Context) -> bool:
    """A process acts on what another has claimed and nobody has freed since."""
    last = _act_of(past.last)
    if last.claimed is None:
        return False
    for event in reversed(past.events[:-1]):
        act = _act_of(event)
        if act.claimed == last.claimed:
            return act.by != last.by
        if last.claimed in act.freed:
            return False
    return False


# ------------------------------------------------------------------------ single-try


def _single_try(past: Past, context: Context) -> bool:
    """An instance begins to run while a try of it lives, or ends though none does."""
    last = past.last
    if not isinstance(last, ev.TaskMoved) or last.by == OPERATOR:
        return False
    live = _live_tries(past.events[:-1], last.key)
    if last.after == TaskState.RUNNING:
        return live > 0
    return last.before != TaskState.RUNNING and _ends_again(last) and live == 0


def _ends_again(event: ev.TaskMoved) -> bool:
    """Whether a try ends where one has already ended: of two live tries this is the other."""
    ended = (TaskState.SUCCESS, TaskState.FAILED)
    return event.before in ended and event.after in ended


def _live_tries(events: tuple[ev.Event, ...], key: TaskKey) -> int:
    """How many tries of the instance live after these events."""
    live = 0
    for event in events:
        if isinstance(event, ev.TaskDeleted) and event.record.key == key:
            live = 0
        elif isinstance(event, ev.TaskMoved) and event.key == key:
            live = _live_after(live, event)
    return live


def _live_after(live: int, event: ev.TaskMoved) -> int:
    """The operator's acts end all tries, or begin one that counts as none; others begin or end one."""
    if event.after == TaskState.RUNNING:
        return live if event.by == OPERATOR else live + 1
    if event.by == OPERATOR:
        return 0
    ends_one = event.before == TaskState.RUNNING or _ends_again(event)
    return max(live - ends_one, 0)


MEMORY: dict[str, EventCheck] = {
    "next-date-monotone": _next_date_monotone,
    "history-kept": _history_kept,
    "single-claim": _single_claim,
    "single-try": _single_try,
}
