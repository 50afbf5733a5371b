"""Recordings of the five old trees as histories: nothing recorded is lost, and each action becomes its events."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from runline.evidence.check import check
from runline.evidence.files import Line
from runline.evidence.history import History
from runline.evidence.old_trees import START, history_of
from runline.evidence.read import read_histories
from runline.model.capability import Capability
from runline.model.dags import DagVersion
from runline.model.events import (
    DagDeployed,
    Looked,
    Raised,
    RunCreated,
    RunDeleted,
    RunTaken,
    TaskAdopted,
    TaskCreated,
    TaskDeleted,
    TimePassed,
)
from runline.model.instants import HOUR, parse_instant
from runline.model.records import BY_DATE, NO_RUN
from runline.model.schedules import Cron, Delta, Once, Unscheduled
from runline.model.states import RunKind, RunState
from runline.model.timeline import Timeline

RECORDINGS = Path(__file__).parents[2] / "recordings"
COUNTS = {"1.7.0": 259, "base": 273, "pr": 274, "prti": 456, "1.8.1": 269}
Row = dict[str, Any]
Contents = tuple[dict[int, tuple[object, ...]], dict[tuple[str, int], tuple[str, int]]]
"""Runs by id: date, kind, run_id, state, previous; instances by task and date: state, owner."""


@cache
def _histories(tree: str) -> list[History]:
    return list(read_histories([str(RECORDINGS / tree)]))


def _raw(tree: str) -> Iterator[Row]:
    for name in ("named", "random"):
        with gzip.open(RECORDINGS / tree / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _recorded(step: Row) -> Contents:
    runs: dict[int, tuple[object, ...]] = {
        run["id"]: (parse_instant(run["date"]), run["kind"], run["run_id"], run["state"], run.get("previous"))
        for run in step["dag_runs"]
    }
    tasks = {
        (task["task"], parse_instant(task["date"])): (task["state"] or "none", task.get("dag_run_id", BY_DATE))
        for task in step["task_instances"]
    }
    return runs, tasks


def _folded(timeline: Timeline) -> Contents:
    runs: dict[int, tuple[object, ...]] = {
        run.id: (run.date, run.kind, run.run_id, run.state, run.previous) for run in timeline.runs()
    }
    return runs, {(task.task, task.date): (str(task.state), task.run) for task in timeline.tasks()}


@pytest.mark.parametrize("tree", COUNTS)
def test_folding_the_events_gives_back_each_recorded_state(tree: str) -> None:
    """Applied to an empty timeline, the events of a history give after each moment the rows that were recorded then."""
    histories = _histories(tree)
    assert len(histories) == COUNTS[tree]
    for raw, history in zip(_raw(tree), histories, strict=True):
        assert raw["name"] == history.name
        timeline = Timeline()
        for step, moment in zip(raw["steps"], history.moments, strict=True):
            for event in moment.events:
                timeline.apply(event)
            assert _folded(timeline) == _recorded(step), (history.name, moment.number)
            assert timeline.now == moment.at


# ------------------------------------------------------------------------- literal cases

DAG: Row = {"schedule": "0 0 * * *", "start_date": "2016-01-01T00:00:00Z", "tasks": [{"id": "t"}, {"id": "u"}]}


def _step(do: str, *runs: Row, rows: list[Row] | None = None, **action: Any) -> Row:
    """What an action led to: runs and instances."""
    parts: Row = {key: action.pop(key) for key in ("exception", "loops") if key in action}
    return {"action": {"do": do, **action}, "dag_runs": list(runs), "task_instances": rows or [], **parts}


def _run(number: int, day: int, state: str = "running", **parts: Any) -> Row:
    date = f"2016-01-{day:02}T00:00:00Z"
    run = {"id": number, "kind": "scheduled", "run_id": f"scheduled__{day}", "date": date, "state": state}
    return {**run, "previous": None, **parts}


def _task(day: int, owner: int, state: str | None = None) -> Row:
    return {"task": "t", "date": f"2016-01-{day:02}T00:00:00Z", "state": state, "dag_run_id": owner}


def _read(*steps: Row, tree: str = "pr", **dag: Any) -> History:
    recording = {"tree": tree, "name": "literal", "scenario": {"dag": {**DAG, **dag}}, "steps": list(steps)}
    return history_of(Line("r.jsonl", "r.jsonl", 1, recording))


def _versions(history: History) -> list[DagVersion]:
    return [event.version for moment in history.moments for event in moment.events if isinstance(event, DagDeployed)]


def _told(history: History, number: int) -> list[str]:
    """The types of the events of a moment, in order."""
    return [type(event).__name__ for event in history.moments[number].events]


def test_a_history_begins_with_the_clock_and_the_first_definition() -> None:
    """The clock stands at the start of 2016 until an action sets it; the definition is in force before the first action."""
    history = _read(_step("tick", at="2016-01-02T01:00:00Z", loops=[{"error": None}]))
    assert history.moments[0].events == (
        TimePassed(0, START),
        DagDeployed(_versions(history)[0], START),
        TimePassed(START, parse_instant("2016-01-02T01:00:00Z")),
        Looked("dag", parse_instant("2016-01-02T01:00:00Z"), "scheduler-1"),
    )


def test_a_redefinition_deploys_the_next_version_with_what_it_changes() -> None:
    """What the action names is new, the rest stays; the version is in force before anything else of the moment."""
    changed: Row = {"schedule": "0 */6 * * *", "tasks": [{"id": "t"}], "max_active_runs": 2}
    history = _read(_step("tick"), _step("redefine", at="2016-01-03T00:00:00Z", **changed), max_active_runs=5)
    first, second = _versions(history)
    assert (first.number, first.schedule, list(first.by_id), first.max_active_runs) == (
        1,
        Cron("0 0 * * *"),
        ["t", "u"],
        5,
    )
    assert (second.number, second.schedule, list(second.by_id), second.max_active_runs) == (
        2,
        Cron("0 */6 * * *"),
        ["t"],
        2,
    )
    assert second.start_date == first.start_date
    assert _told(history, 1) == ["TimePassed", "DagDeployed"]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("@once", Once()),
        (None, Unscheduled()),
        ({"every_seconds": 21600}, Delta(6 * HOUR)),
        ("@daily", Cron("0 0 * * *")),
    ],
)
def test_each_way_to_write_a_schedule_is_read(schedule: object, expected: object) -> None:
    """A cron expression or preset, a distance, once, or none."""
    assert _versions(_read(_step("tick"), schedule=schedule))[0].schedule == expected


def test_a_start_date_on_the_tasks_alone_is_not_the_dags() -> None:
    """With dag_start false the DAG has no start date, and each task has its own or the one given."""
    tasks = [{"id": "t"}, {"id": "u", "start_date": "2016-01-05T00:00:00Z"}]
    version = _versions(_read(_step("tick"), dag_start=False, tasks=tasks))[0]
    first, fifth = parse_instant("2016-01-01T00:00:00Z"), parse_instant("2016-01-05T00:00:00Z")
    assert version.start_date is None
    assert [task.start_date for task in version.tasks] == [first, fifth]
    assert version.first_start == first


def test_a_task_has_a_start_date_of_its_own_beside_the_dags() -> None:
    """A task without one has the DAG's."""
    tasks = [{"id": "t"}, {"id": "u", "start_date": "2016-01-05T00:00:00Z"}]
    version = _versions(_read(_step("tick"), tasks=tasks))[0]
    assert [task.start_date for task in version.tasks] == [None, parse_instant("2016-01-05T00:00:00Z")]
    assert version.start_of("t") == parse_instant("2016-01-01T00:00:00Z")


def test_a_task_depends_on_past_as_the_dag_does_unless_it_says_otherwise() -> None:
    """The DAG's word is the default of its tasks."""
    tasks = [{"id": "t"}, {"id": "u", "depends_on_past": False}]
    version = _versions(_read(_step("tick"), depends_on_past=True, tasks=tasks))[0]
    assert [task.depends_on_past for task in version.tasks] == [True, False]


def test_a_deleted_id_may_come_again_as_another_run() -> None:
    """SQLite gives the highest id out again: the delete was asked for, and the new run of that id is made, not changed."""
    history = _read(
        _step("tick", _run(1, 1), _run(2, 2, previous=1)),
        _step("delete_run", _run(1, 1), date="2016-01-02T00:00:00Z"),
        _step("tick", _run(1, 1), _run(2, 3, previous=1)),
    )
    deleted = [event for event in history.moments[1].events if isinstance(event, RunDeleted)]
    assert [(event.record.id, event.explicit, event.by) for event in deleted] == [(2, True, "operator")]
    assert [event.record.id for event in history.moments[2].events if isinstance(event, RunCreated)] == [2]
    assert "history-kept" not in {finding.law for finding in check(history).findings}


def test_an_id_that_changes_its_date_within_a_step_is_two_runs() -> None:
    """Dates are never changed: the one run is gone, and nobody asked for it; the other is new."""
    history = _read(_step("tick", _run(1, 1)), _step("tick", _run(1, 2)))
    assert _told(history, 1) == ["RunDeleted", "RunCreated"]
    assert [finding.evidence.aspect for finding in check(history).findings if finding.law == "history-kept"] == [
        "deleted"
    ]


@pytest.mark.parametrize("action", ["run_task", "set_task_state"])
def test_an_instance_made_by_hand_stands_outside(action: str) -> None:
    """Run -1 is right for an instance that someone made by hand, and for no other; that stays so in later steps."""
    by_hand = {"task": "t", "date": "2016-01-02T00:00:00Z"}
    history = _read(
        _step(action, rows=[_task(2, NO_RUN, "success")], **by_hand),
        _step("tick", rows=[_task(2, NO_RUN, "success"), _task(3, NO_RUN)]),
    )
    made = [event.record for moment in history.moments for event in moment.events if isinstance(event, TaskCreated)]
    assert [(record.unowned, record.run) for record in made] == [("outside", NO_RUN), ("", NO_RUN)]
    broken = [finding for finding in check(history).findings if finding.law == "task-has-run"]
    assert [(finding.step, finding.evidence.dates) for finding in broken] == [
        (1, (parse_instant("2016-01-03T00:00:00Z"),))
    ]


def test_an_instance_that_gets_another_run_is_adopted() -> None:
    """A new owner is told as such, before the states of runs change."""
    history = _read(
        _step("run_task", rows=[_task(1, NO_RUN, "success")], task="t", date="2016-01-01T00:00:00Z"),
        _step("tick", _run(1, 1, "success"), rows=[_task(1, 1, "success")]),
    )
    adopted = [event for event in history.moments[1].events if isinstance(event, TaskAdopted)]
    assert [(event.before, event.after, event.unowned) for event in adopted] == [(NO_RUN, 1, "")]
    assert _told(history, 1) == ["RunCreated", "TaskAdopted", "RunMoved"]


def test_a_cleared_instance_is_deleted() -> None:
    """A row that is no longer there is gone (L50)."""
    history = _read(_step("tick", _run(1, 1), rows=[_task(1, 1, "success")]), _step("clear", _run(1, 1)))
    assert [event.record.task for event in history.moments[1].events if isinstance(event, TaskDeleted)] == ["t"]


def test_a_probe_is_told_by_what_it_left_behind() -> None:
    """An instance that the store accepted is made; one that it refused leaves an error and nothing else."""
    row = {"task": "x", "date": "2016-01-01T00:00:00Z", "state": None}
    accepted = _step("probe", what="insert_ti_without_run_id", rows=[row])
    history = _read(accepted, tree="base")
    made = [event.record for event in history.moments[0].events if isinstance(event, TaskCreated)]
    assert [(record.task, record.run) for record in made] == [("x", BY_DATE)]
    refused = _read(_step("probe", what="insert_ti_without_run_id", exception="IntegrityError: NOT NULL"))
    assert refused.moments[0].events[-1] == Raised("dag", "IntegrityError: NOT NULL", at=START, by="operator")


def test_a_run_taken_over_keeps_its_id() -> None:
    """A row that gets another kind and run_id is the same run, taken (U6)."""
    taken = _run(1, 1, kind="backfill", run_id="backfill_1")
    history = _read(_step("tick", _run(1, 1)), _step("backfill", taken), tree="1.8.1")
    told = [event for event in history.moments[1].events if isinstance(event, RunTaken)]
    assert [(event.before[:2], event.after[:2], event.explicit, event.by) for event in told] == [
        ((RunKind.SCHEDULED, "scheduled__1"), (RunKind.BACKFILL, "backfill_1"), True, "backfill-1")
    ]


def test_runs_are_made_running_and_moved_to_what_was_recorded() -> None:
    """A run that is finished when it is first seen has started before, at the clock of its step."""
    history = _read(_step("tick", _run(1, 1, "success"), at="2016-01-02T01:00:00Z"))
    now = parse_instant("2016-01-02T01:00:00Z")
    record = next(event.record for event in history.moments[0].events if isinstance(event, RunCreated))
    assert (record.state, record.started) == (RunState.RUNNING, now)
    assert _told(history, 0)[-2:] == ["RunCreated", "RunMoved"]


def test_a_backfill_of_some_tasks_asks_for_no_others() -> None:
    """The runs that it makes are to have the tasks named; where none is named, all of them."""
    made = _run(1, 1, kind="backfill")
    histories = (_read(_step("backfill", made)), _read(_step("backfill", made, tasks=["t"])))
    events = [event for history in histories for event in history.moments[0].events]
    assert [event.record.requested for event in events if isinstance(event, RunCreated)] == [None, ("t",)]


@pytest.mark.parametrize(
    ("step", "looked"),
    [
        (_step("tick", loops=[{"error": None}]), True),
        (_step("process", loops=[{"error": None}]), True),
        (_step("tick", loops=[{"error": "IntegrityError"}, {"error": None}]), True),
        (_step("tick", loops=[{"error": "IntegrityError"}]), False),
        (_step("create", loops=[{"error": None}]), False),
        (_step("backfill"), False),
    ],
)
def test_a_scheduler_has_looked_where_a_loop_went_through(step: Row, looked: bool) -> None:
    """A loop that ended in an error shows nothing, nor does one that only creates."""
    assert any(isinstance(event, Looked) for event in _read(step).moments[0].events) is looked


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ("1.7.0", set()),
        ("base", set()),
        (
            "pr",
            {Capability.STORES_PREVIOUS, Capability.OVERRIDES, Capability.TASK_HAS_RUN, Capability.BACKFILL_MAKES_RUNS},
        ),
        (
            "prti",
            {
                Capability.STORES_PREVIOUS,
                Capability.OVERRIDES,
                Capability.TASK_HAS_RUN,
                Capability.BACKFILL_MAKES_RUNS,
                Capability.CREATES_INSTANCES,
            },
        ),
        ("1.8.1", {Capability.BACKFILL_MAKES_RUNS, Capability.CREATES_INSTANCES}),
    ],
)
def test_what_a_tree_stores_is_what_its_rows_show(tree: str, expected: set[Capability]) -> None:
    """A tree can do what the rows of its recordings hold, and what is known of its code."""
    capabilities = [history.capabilities for history in _histories(tree)]
    assert set().union(*capabilities) == expected
