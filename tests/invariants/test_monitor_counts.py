"""How often laws had anything to say, and what a commit lets others do, as the monitor tells it."""

from __future__ import annotations

from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.model.events import Event, Looked, RunCreated, TaskCreated, TaskMoved
from runline.model.notice import CAME_OR_WENT, CHANGED
from runline.model.records import RunRecord, TaskKey, TaskRecord
from runline.model.states import RunKind, RunState, TaskState
from runline.model.timeline import Timeline

KEY = TaskKey("sales", "load", 1)
HISTORY: tuple[Event, ...] = (
    RunCreated(RunRecord(1, "sales", 1, RunKind.SCHEDULED, "r", RunState.RUNNING)),
    TaskCreated(TaskRecord(*KEY, 1)),
    Looked("sales"),
    TaskMoved(KEY, TaskState.NONE, TaskState.QUEUED),
    TaskMoved(KEY, TaskState.QUEUED, TaskState.RUNNING),
    TaskMoved(KEY, TaskState.RUNNING, TaskState.SUCCESS),
)


def _monitor() -> Monitor:
    return Monitor(Timeline(), LAWS.values())


def test_counts_are_the_same_however_often_they_are_asked_for() -> None:
    """What was not counted yet is counted when it is asked for, once."""
    once, often = _monitor(), _monitor()
    for event in HISTORY:
        once.apply(event)
        often.apply(event)
        assert often.counts == often.counts
    assert once.counts == often.counts
    assert sum(once.counts)


def test_what_is_handed_over_is_not_counted() -> None:
    """What was asked for before it was counted is counted by whoever asked."""
    counting, telling = _monitor(), _monitor()
    told: list[int] = []
    for event in HISTORY:
        counting.apply(event)
        telling.apply(event)
        told += telling.not_counted()
    assert not any(telling.counts)
    assert tuple(map(told.count, range(len(telling.laws)))) == counting.counts


def test_a_commit_lets_others_do_what_any_of_its_events_does() -> None:
    """That a run comes lets others make runs, that an instance ends lets them do something, a look lets them do nothing."""
    monitor = _monitor()
    assert monitor.apply_all(HISTORY[:3]) == CHANGED | CAME_OR_WENT
    assert monitor.apply_all(HISTORY[3:5]) == 0
    assert monitor.apply_all(HISTORY[5:]) == CHANGED
