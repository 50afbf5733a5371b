"""The separate commits of one backfill of pull request 1431, with somebody else in between (semantics 3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from runline.designs.commands import BackfillRequest, Look
from runline.designs.pr_1431 import pr_1431
from runline.designs.pr_1431.backfill import Adopt, Insert, Override, Relink, Rows
from runline.designs.scheduler import Begin
from runline.designs.worker import Start
from runline.model.dags import DagVersion, Task
from runline.model.events import (
    BackfillCompleted,
    DagDeployed,
    Event,
    Raised,
    RunCreated,
    RunDeleted,
    RunMoved,
    TaskDeleted,
    TaskMoved,
)
from runline.model.records import Run, RunRecord, TaskInstance, TaskKey
from runline.model.schedules import Cron
from runline.model.states import RunKind, RunState, TaskState
from runline.model.steps import Commit, Step, at_rest
from runline.model.timeline import Timeline
from tests.simulator.building import at

DAG = "sales"
VERSION = DagVersion(DAG, 1, Cron("0 0 * * *"), (Task("extract"), Task("load")), at("1"))
NOW = at("4@02")


def three_days() -> Timeline:
    """The first three days, done, as a scheduler left them."""
    timeline = Timeline()
    timeline.apply(DagDeployed(VERSION))
    for _ in range(9):
        for start in walk(timeline, Begin(pr_1431, DAG, "scheduler-1", at("4")), None)[1]:
            end(timeline, start, TaskState.SUCCESS)
    assert [run.state for run in timeline.runs(DAG)] == [RunState.SUCCESS] * 3
    return timeline


def walk(timeline: Timeline, step: Step | None, until: type | None) -> tuple[Step | None, list[Step]]:
    """Let a process go on until it stands before a step of that type, or is at rest; and what it sends."""
    sends: list[Step] = []
    while step is not None and (until is None or not isinstance(step, until)):
        assert isinstance(hash(step), int)
        outcome = step(timeline)
        assert isinstance(outcome, Commit)
        happen(timeline, *outcome.events)
        sends += outcome.sends
        step = outcome.then
        if step is not None and at_rest(step):
            break
    return step, sends


def end(timeline: Timeline, start: Any, state: TaskState) -> None:
    """Execute what was sent."""
    began = start(timeline)
    happen(timeline, *began.events)
    if began.then is not None:
        happen(timeline, *began.then(timeline).options[state](timeline).events)


def happen(timeline: Timeline, *events: Event) -> None:
    """Let events happen."""
    for event in events:
        timeline.apply(event)


def backfill(timeline: Timeline, until: type, date: str = "2") -> Any:
    """A backfill of a date that stands before its step of that type."""
    job = pr_1431.backfill(pr_1431, BackfillRequest(DAG, 1, at(date), at(date)), NOW, "backfill-1")
    step, _ = walk(timeline, job, until)
    assert step is not None
    assert isinstance(step, until)
    return step


def run(timeline: Timeline, number: int) -> Run:
    """The run of that id."""
    found = timeline.run(number)
    assert found is not None
    return found


def row(timeline: Timeline, task: str, date: str = "2") -> TaskInstance:
    """The instance of a task at a date."""
    found = timeline.task(TaskKey(DAG, task, at(date)))
    assert found is not None
    return found


def by_hand(number: int, date: str, run_id: str, kind: RunKind = RunKind.MANUAL) -> RunCreated:
    """A run that somebody inserts."""
    record = RunRecord(number, DAG, at(date), kind, run_id, RunState.RUNNING, origin=kind)
    return RunCreated(record)


def test_the_commits_of_a_backfill_over_a_run_come_one_by_one() -> None:
    """C1 inserts, C2 overrides, C3 hands over row by row, C4 relinks, C5 makes the rows; none rests in between."""
    timeline = three_days()
    step: Step | None = pr_1431.backfill(pr_1431, BackfillRequest(DAG, 1, at("2"), at("2")), NOW, "backfill-1")
    names: list[str] = []
    while step is not None and (not names or not at_rest(step)):
        names.append(type(step).__name__)
        outcome = step(timeline)
        assert isinstance(outcome, Commit)
        happen(timeline, *outcome.events)
        step = outcome.then
    assert names == ["Read", "Insert", "Override", "Reread", "Adopt", "Adopt", "Relink", "Rows"]
    assert [(each.id, each.state.value, each.previous) for each in timeline.runs(DAG)] == [
        (1, "success", None),
        (2, "overridden", 1),
        (3, "success", 4),
        (4, "running", 1),
    ]


def test_two_live_runs_stand_at_the_date_between_insert_and_override() -> None:
    """A job that is killed there leaves both, and nobody points to the new one."""
    timeline = three_days()
    backfill(timeline, Override)
    assert [each.state.value for each in timeline.runs_at(DAG, at("2"))] == ["success", "running"]
    assert timeline.followers(4) == []


def test_what_was_read_first_is_not_read_again() -> None:
    """A run that is made after the look-ups is neither previous nor twin."""
    timeline = three_days()
    step = backfill(timeline, Insert, "2@12")
    happen(timeline, by_hand(4, "2@12", "scheduled__by hand"))
    walk(timeline, step, Relink)
    assert [each.state.value for each in timeline.runs_at(DAG, at("2@12"))] == ["running", "running"]
    assert run(timeline, 5).previous == 2


def test_override_writes_back_what_it_read() -> None:
    """C2: what others made of both runs in between is lost: a verdict of the new one, a new start of the old one."""
    timeline = three_days()
    before = run(timeline, 2).started
    step = backfill(timeline, Override)
    happen(
        timeline,
        RunMoved(4, RunState.RUNNING, RunState.FAILED),
        RunMoved(2, RunState.SUCCESS, RunState.RUNNING, NOW),
    )
    walk(timeline, step, Adopt)
    assert run(timeline, 4).state is RunState.RUNNING
    assert (run(timeline, 2).state, run(timeline, 2).started) == (RunState.OVERRIDDEN, before)


def test_a_result_that_is_stored_in_between_is_lost() -> None:
    """C3: each row is written whole, as it was read."""
    timeline = three_days()
    step = backfill(timeline, Adopt)
    happen(timeline, TaskMoved(TaskKey(DAG, "load", at("2")), TaskState.SUCCESS, TaskState.FAILED))
    step_, _ = walk(timeline, step, Relink)
    assert isinstance(step_, Relink)
    assert (row(timeline, "load").run, row(timeline, "load").state) == (4, TaskState.SUCCESS)


def test_the_successor_is_looked_for_afresh() -> None:
    """C4: a run that was made after the look-ups is relinked, if there was a later one then."""
    timeline = three_days()
    step = backfill(timeline, Relink)
    happen(timeline, by_hand(5, "2@12", "scheduled__by hand"))
    walk(timeline, step, Rows)
    assert (run(timeline, 5).previous, run(timeline, 3).previous) == (4, 2)


def test_nobody_is_relinked_where_no_later_run_was_seen() -> None:
    """C4: whether there is a later run was read in the beginning."""
    timeline = three_days()
    step = backfill(timeline, Insert, "3@12")
    happen(timeline, by_hand(4, "3@18", "scheduled__by hand"))
    step_, _ = walk(timeline, step, Rows)
    assert isinstance(step_, Rows)
    assert run(timeline, 4).previous is None


GONE: dict[str, tuple[type, Any]] = {
    "its own run": (Override, lambda timeline: RunDeleted(run(timeline, 4).record())),
    "its twin": (Override, lambda timeline: RunDeleted(run(timeline, 2).record())),
    "a row": (Adopt, lambda timeline: TaskDeleted(row(timeline, "extract").record())),
}
"""What may be gone before which step."""


@pytest.mark.parametrize("what", GONE)
def test_a_row_that_is_gone_ends_the_job(what: str) -> None:
    """There is nothing to be written back to: it raises, and is over."""
    timeline = three_days()
    kind, deletes = GONE[what]
    step = backfill(timeline, kind)
    happen(timeline, deletes(timeline))
    outcome = step(timeline)
    assert isinstance(outcome, Commit)
    assert [type(event) for event in outcome.events] == [Raised, BackfillCompleted]
    assert outcome.then is None


def test_a_result_stamps_the_row_with_the_run_for_which_it_was_begun() -> None:
    """R04: an instance that ends after it was handed over goes back to the run that is overridden."""
    timeline = three_days()
    happen(timeline, TaskMoved(TaskKey(DAG, "load", at("2")), TaskState.SUCCESS, TaskState.NONE))
    started: Any = Start(pr_1431, TaskKey(DAG, "load", at("2")), 2, "scheduler-1", NOW)(timeline)
    happen(timeline, *started.events)
    walk(timeline, backfill(timeline, Adopt), Relink)
    assert row(timeline, "load").run == 4
    happen(timeline, *started.then(timeline).options[TaskState.SUCCESS](timeline).events)
    assert (row(timeline, "load").run, row(timeline, "load").state) == (2, TaskState.SUCCESS)


def test_a_drafted_run_is_inserted_though_a_backfill_came_first() -> None:
    """R12, R14: what it points to was read before; only a run of the same run_id keeps it from being inserted."""
    timeline = three_days()
    look = Look(DAG, at("5"), "scheduler-1", VERSION)
    draft = pr_1431.draft(timeline, look, at("4"))
    happen(timeline, by_hand(4, "3@12", "backfill__of another", RunKind.BACKFILL))
    assert (draft.previous, pr_1431.draft(timeline, look, at("4")).previous) == (3, 4)
    events = pr_1431.insert(pr_1431, timeline, look, draft._replace(id=5), ())
    assert [type(event) for event in events] == [RunCreated]
    happen(timeline, *events)
    again = pr_1431.insert(pr_1431, timeline, look, draft._replace(id=6), ())
    assert [type(event) for event in again] == [Raised]
