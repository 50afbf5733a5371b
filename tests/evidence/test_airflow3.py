"""Recordings of Airflow 3 as histories: nothing recorded is lost, and no law is broken but where Airflow broke it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from runline.evidence.airflow3 import history_of
from runline.evidence.airflow3_definitions import OtherTimetable
from runline.evidence.check import Checked, check
from runline.evidence.files import Line
from runline.evidence.history import History
from runline.evidence.read import read_histories, read_line
from runline.invariants.laws import LAWS
from runline.invariants.verdict import Status
from runline.model.dags import DagVersion
from runline.model.errors import RunlineError
from runline.model.events import BackfillSubmitted, DagDeployed, Looked, Refused, RunCreated, RunMoved, RunTaken
from runline.model.instants import HOUR, parse_instant
from runline.model.schedules import Cron, Delta, Unscheduled
from runline.model.states import TaskState
from runline.model.timeline import Timeline

FOLDER = Path(__file__).parents[2] / "recordings" / "airflow-3.3.2"
Row = dict[str, Any]
Contents = tuple[dict[str, Any], dict[tuple[str, str], str], dict[int, bool]]
"""Runs by their text id, instances by run and task, and whether each backfill that has dates is complete."""


@cache
def _histories() -> dict[str, History]:
    return {history.name: history for history in read_histories([str(FOLDER)])}


@cache
def _checks() -> tuple[Checked, ...]:
    return tuple(check(history) for history in _histories().values())


def _raw() -> Iterator[Row]:
    for name in ("named", "random"):
        with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


# ------------------------------------------------------------------------------- folding


def _instant(text: str | None) -> int | None:
    return None if text is None else parse_instant(text)


def _recorded(step: Row) -> Contents:
    """What a step says in its raw rows."""
    runs = {}
    for run in step["dag_runs"]:
        interval = (_instant(run["data_interval_start"]), _instant(run["data_interval_end"]))
        runs[run["run_id"]] = (
            _instant(run["logical_date"]),
            run["run_type"],
            run["state"],
            run["dag_version"],
            None if None in interval else interval,
        )
    nearest = {None: "none", "restarting": "running"}
    tasks = {(row["run_id"], row["task_id"]): nearest.get(row["state"], row["state"]) for row in step["task_instances"]}
    backfills = {
        row["id"]: row["completed_at"] is not None
        for row in step["backfills"]
        if any(date["exception_reason"] is None for date in row["runs"])
    }
    return runs, tasks, backfills


def _folded(timeline: Timeline, dateless: set[str]) -> Contents:
    runs = {
        run.run_id: (None if run.run_id in dateless else run.date, run.kind, run.state, run.version, run.interval)
        for run in timeline.runs()
    }
    names = {run.id: run.run_id for run in timeline.runs()}
    tasks = {(names[task.run], task.task): str(task.state) for task in timeline.tasks()}
    return runs, tasks, {backfill.id: backfill.completed for backfill in timeline.backfills()}


def test_folding_the_events_gives_back_each_recorded_state() -> None:
    """Applied to an empty timeline, the events give after each moment the runs, instances and backfills recorded then."""
    compared = 0
    for raw in _raw():
        timeline = Timeline()
        for step, moment in zip(raw["steps"], _histories()[raw["name"]].moments, strict=True):
            for event in moment.events:
                timeline.apply(event)
            dateless = {run["run_id"] for run in step["dag_runs"] if run["logical_date"] is None}
            assert _folded(timeline, dateless) == _recorded(step), (raw["name"], moment.number)
            assert timeline.now == moment.at == parse_instant(step["now"])
            assert {run.run_id for run in moment.state.runs.values()} == {run["run_id"] for run in step["dag_runs"]}
            compared += 1
    assert compared == 1532


def test_every_event_fits_the_clock_of_its_moment() -> None:
    """No event of a moment lies after it, and every run is told to be made when it was queued."""
    queued = {
        (raw["name"], run["run_id"], parse_instant(run["queued_at"]))
        for raw in _raw()
        for step in raw["steps"]
        for run in step["dag_runs"]
    }
    for name, history in _histories().items():
        for moment in history.moments:
            assert all(event.at <= moment.at for event in moment.events)
            made = [event for event in moment.events if isinstance(event, RunCreated)]
            assert all((name, event.record.run_id, event.at) in queued for event in made)


# ------------------------------------------------------------------------------ verdicts

TRUE_FINDINGS: dict[tuple[str, str], tuple[str, str]] = {
    ("run-state-agrees", "success with a bad leaf"): (
        "an operator marks the run as a success; its failed instance stays as it is",
        "e_dop_fail_mark_run",
    ),
    ("run-state-agrees", "failed, all instances succeeded"): (
        "an operator marks the failed instance as a success; nothing looks at a finished run again",
        "e_dop_fail_mark_success j_dop_max1_mark_success",
    ),
    ("run-state-agrees", "failed without a failed instance"): (
        "a backfill is cancelled: its queued runs are marked as failed, though nothing of them ran",
        "d_pause_cancel j_clear_cancelled_backfill_run",
    ),
    ("on-schedule", "phase lost"): (
        "without catchup a timedelta follows the grid of the epoch instead of its start (the first five); "
        "N6: after a change it goes on from the end of the last interval, which the old distance gave (b_td6h_*)",
        "a_downtime_nocatchup_timedelta a_td1d_unaligned_nocatchup a_td6h_unaligned_nocatchup "
        "b_timedelta_to_cron_nocatchup f0012 b_td6h_to_td1d_catchup b_td6h_to_td1d_nocatchup",
    ),
    ("forward-only", ""): (
        "N12: no parse comes after a backfill ahead of the schedule, so the scheduler fills the gap behind it",
        "d_ahead_noparse",
    ),
    ("catchup-window", ""): (
        "N8: the next run that was stored before the scheduler stood still is made all the same, however late",
        "a_downtime_nocatchup_noparse h_pause_nocatchup_noparse",
    ),
    ("history-kept", "written over"): (
        "N43: a backfill that reprocesses a run takes its row: a scheduled or manual run is now one of the backfill",
        "d_dop_completed d_over_existing_completed_newer_version d_over_manual d_trigger_timetable "
        "e_dop_backfill_over_failed f0050 f0060 f0086 f0096 f0106 f0122 f0130 f0162 f0166 f0198 "
        "j_dop_backfill_after_start j_dop_max1_backfill_heals",
    ),
    ("backfill-lifecycle", "complete too early"): (
        "N45, N48: a run of a completed backfill is cleared and queued again; the backfill stays complete",
        "j_clear_backfill_run_later",
    ),
}
"""By law and by the way in which it is broken: what Airflow 3.3.2 did, by rule of the semantics, and in which recordings."""


def test_no_law_is_violated_but_where_airflow_broke_it() -> None:
    """Every finding in every recording is one of the known deeds of Airflow; there is no false alarm and none is missed."""
    found: dict[tuple[str, str], set[str]] = {}
    for checked in _checks():
        for finding in checked.findings:
            found.setdefault((finding.law, finding.evidence.aspect), set()).add(checked.history.name)
    assert found == {how: set(names.split()) for how, (_, names) in TRUE_FINDINGS.items()}


def test_what_a_snapshot_cannot_show_is_not_judged() -> None:
    """Laws of the order within a step are not observable, laws of what Airflow does not store are not applicable."""
    statuses: dict[str, set[Status]] = {law: set() for law in LAWS}
    for checked in _checks():
        for verdict in checked.verdicts:
            statuses[verdict.law].add(verdict.status)
    assert {law for law, seen in statuses.items() if Status.NOT_OBSERVABLE in seen} == {
        "legal-transition",
        "depends-on-past",
        "wait-for-downstream",
        "upstream-order",
        "max-active-runs",
        "queue-order",
        "single-claim",
        "single-try",
    }
    assert {law for law, seen in statuses.items() if seen == {Status.NOT_APPLICABLE}} == {
        "previous-is-predecessor",
        "acyclic-previous",
        "previous-is-live",
        "one-first-run",
        "owner-is-live",
        "overridden-is-final",
    }
    assert {law for law, seen in statuses.items() if Status.HOLDS in seen} == {
        "single-live-run",
        "task-has-run",
        "run-state-agrees",
        "on-schedule",
        "start-aligned",
        "within-bounds",
        "period-closed",
        "forward-only",
        "catchup-window",
        "task-set-complete",
        "version-pinned",
        "interval-right",
        "next-date-monotone",
        "history-kept",
        "backfill-lifecycle",
    }


# ------------------------------------------------------------------------- literal cases

DAG: Row = {
    "schedule": "@daily",
    "start_date": "2024-01-01T00:00:00",
    "timezone": "UTC",
    "catchup": True,
    "tasks": [{"id": "t"}],
}
FIRST_DAY = "2024-01-02T00:00:00Z"


def _state(**parts: Any) -> Row:
    """A state of the database, empty but for ``parts``."""
    paused, timetable = parts.pop("paused", False), parts.pop("timetable", "CronDataIntervalTimetable")
    empty: Row = {"dag_runs": [], "task_instances": [], "backfills": [], "n_dag_versions": 1, "exception": None}
    return {"dag": {"is_paused": paused, "timetable_type": timetable}, **empty, **parts}


def _step(do: str, *runs: Row, action: Row | None = None, now: str = FIRST_DAY, **parts: Any) -> Row:
    """What an action led to: runs, each with its instances."""
    rows = [{key: value for key, value in run.items() if key != "tasks"} for run in runs]
    tasks = [
        {"run_id": run["run_id"], "task_id": task, "state": state}
        for run in runs
        for task, state in run["tasks"].items()
    ]
    asked = {"do": do, **(action or {})}
    return {"action": asked, "now": now, **_state(dag_runs=rows, task_instances=tasks, **parts)}


def _run(day: int, state: str = "success", task: str | None = "success", **parts: Any) -> Row:
    """The scheduled run of a day of January 2024, made, started and ended when the day had ended."""
    date, end = f"2024-01-{day:02}T00:00:00Z", f"2024-01-{day + 1:02}T00:00:00Z"
    ended = end if state in ("success", "failed") else None
    run = {
        "run_id": f"scheduled__{day}",
        "run_type": "scheduled",
        "state": state,
        "logical_date": date,
        "data_interval_start": date,
        "data_interval_end": end,
        "run_after": end,
        "backfill_id": None,
        "dag_version": 1,
        "queued_at": end,
        "start_date": None if state == "queued" else end,
        "end_date": ended,
        "tasks": {"t": task},
    }
    return {**run, **parts}


def _backfill(number: int, *days: int, skipped: tuple[int, ...] = (), done: bool = False) -> Row:
    """A backfill of some days, of which some were skipped, in the order given."""
    dates = [
        {
            "logical_date": f"2024-01-{day:02}T00:00:00Z",
            "exception_reason": "already exists" if day in skipped else None,
            "sort_ordinal": place,
        }
        for place, day in enumerate(days, start=1)
    ]
    return {"id": number, "completed_at": FIRST_DAY if done else None, "runs": dates}


def _recording(*steps: Row, dag: Row | None = None, **initial: Any) -> Row:
    return {
        "airflow_version": "3.3.2",
        "name": "literal",
        "scenario": {"note": "", "dag": {**DAG, **(dag or {})}},
        "initial": {"at": "2024-01-01T00:00:00Z", **_state(**initial)},
        "steps": list(steps),
    }


def _read(*steps: Row, dag: Row | None = None, **initial: Any) -> History:
    return history_of(Line("r.jsonl", "r.jsonl", 1, _recording(*steps, dag=dag, **initial)))


def _versions(history: History) -> list[DagVersion]:
    return [event.version for moment in history.moments for event in moment.events if isinstance(event, DagDeployed)]


def _statuses(history: History) -> dict[str, Status]:
    return {verdict.law: verdict.status for verdict in check(history).verdicts}


@pytest.mark.parametrize(
    ("schedule", "timetable", "zone", "expected"),
    [
        ("@daily", "CronDataIntervalTimetable", "UTC", Cron("0 0 * * *")),
        (21600, "DeltaDataIntervalTimetable", "UTC", Delta(6 * HOUR)),
        (21600, "DeltaDataIntervalTimetable", "Europe/Amsterdam", Delta(6 * HOUR)),
        (None, "NullTimetable", "UTC", Unscheduled()),
        ("@daily", "CronTriggerTimetable", "UTC", OtherTimetable("@daily in UTC (CronTriggerTimetable)")),
        (21600, "DeltaTriggerTimetable", "UTC", OtherTimetable("21600 in UTC (DeltaTriggerTimetable)")),
        (
            "@daily",
            "CronDataIntervalTimetable",
            "Europe/Amsterdam",
            OtherTimetable("@daily in Europe/Amsterdam (CronDataIntervalTimetable)"),
        ),
        (
            {"relativedelta": {"months": 1}},
            "DeltaDataIntervalTimetable",
            "UTC",
            OtherTimetable("{'relativedelta': {'months': 1}} in UTC (DeltaDataIntervalTimetable)"),
        ),
    ],
)
def test_only_a_timetable_that_the_model_knows_becomes_a_schedule(
    schedule: object, timetable: str, zone: str, expected: object
) -> None:
    """Cron in UTC and elapsed seconds, both with intervals, are schedules; no law of ticks judges by anything else."""
    run = _run(1, logical_date="2024-01-01T00:20:00Z")
    dag = {"schedule": schedule, "timezone": zone}
    history = _read(_step("settle", run, timetable=timetable), dag=dag, timetable=timetable)
    assert _versions(history)[0].schedule == expected
    if isinstance(expected, OtherTimetable):
        judged = [
            _statuses(history)[law] for law in ("on-schedule", "start-aligned", "catchup-window", "interval-right")
        ]
        assert judged == [Status.NOT_EXERCISED] * 4


@pytest.mark.parametrize(
    ("start", "zone", "expected"),
    [
        ("2024-01-01T06:00:00", "UTC", "2024-01-01T06:00:00Z"),
        ("2024-01-01T06:00:00+02:00", "Europe/Amsterdam", "2024-01-01T04:00:00Z"),
        ("2024-01-01T06:00:00", "Europe/Amsterdam", None),
        (None, "UTC", None),
    ],
)
def test_a_start_date_is_an_instant_only_where_its_zone_is_known(
    start: str | None, zone: str, expected: str | None
) -> None:
    """A naive date is wall clock: in UTC it names an instant, elsewhere nothing is judged by it."""
    history = _read(_step("settle"), dag={"start_date": start, "timezone": zone})
    assert _versions(history)[0].start_date == _instant(expected)


def test_a_definition_written_over_in_place_leaves_its_number_to_the_new_one() -> None:
    """While no instance has used a definition Airflow gives its successor the same number: runs bear that one's."""
    history = _read(
        _step("set_schedule", action={"schedule": "@hourly"}),
        _step("set_dag", action={"set": {"max_active_runs": 1}}, n_dag_versions=2),
    )
    assert [(version.number, str(version.schedule)) for version in _versions(history)] == [
        (0, "0 0 * * *"),
        (1, "0 * * * *"),
        (2, "0 * * * *"),
    ]


def test_a_file_that_cannot_be_imported_changes_nothing_until_it_can() -> None:
    """A definition is in force from the parse that read it without an error."""
    trouble = {"type": "RuntimeError", "message": "import error"}
    history = _read(
        _step("set_dag", action={"set": {"catchup": False}}, exception=trouble),
        _step("set_dag", action={"set": {"max_active_runs": 1}}, n_dag_versions=2),
    )
    assert [(version.catchup, version.max_active_runs) for version in _versions(history)] == [(True, 16), (False, 1)]
    assert history.moments[0].events[-1] == Refused(
        "d", "set_dag", "RuntimeError: import error", parse_instant(FIRST_DAY), "operator"
    )


def test_a_definition_that_says_the_same_is_not_deployed_again() -> None:
    """Writing @daily for 0 0 * * * is no change."""
    history = _read(_step("set_schedule", action={"schedule": "0 0 * * *"}))
    assert len(_versions(history)) == 1


def test_a_run_without_a_date_gets_one_that_no_other_run_has() -> None:
    """A run triggered without a date stands at its run_after, moved aside where another run, even a later one, is."""
    dateless: Row = {"logical_date": None, "data_interval_start": None, "data_interval_end": None, "run_type": "manual"}
    first = _run(1, run_id="a", **dateless)
    second = _run(1, run_id="b", **dateless)
    history = _read(
        _step("trigger", first, second), _step("settle", _run(2), first, second, now="2024-01-03T00:00:00Z")
    )
    noon = parse_instant("2024-01-02T00:00:00Z")
    dates = {run.run_id: run.date for run in history.moments[-1].state.runs.values()}
    assert dates == {"a": noon + 1, "b": noon + 2, "scheduled__2": noon}
    assert check(history).findings == []


def test_a_run_made_again_after_a_delete_is_another_run() -> None:
    """The text id of a deleted run may come again; its number does not, so the delete is told and the date is made anew."""
    made = _run(1)
    history = _read(_step("settle", made), _step("delete_run"), _step("settle", made))
    assert [list(moment.state.runs) for moment in history.moments] == [[1], [], [2]]
    assert check(history).findings == []


def test_runs_of_a_step_are_numbered_as_they_were_queued() -> None:
    """By the instant, then by the order that their backfill promises, then by date."""
    backfilled: Row = {"run_type": "backfill", "backfill_id": 1, "queued_at": "2024-01-05T00:00:00Z"}
    runs = [_run(day, run_id=f"backfill__{day}", **backfilled) for day in (1, 2)]
    history = _read(_step("backfill", *runs, _run(3), now="2024-01-05T00:00:00Z", backfills=[_backfill(1, 2, 1)]))
    assert [run.run_id for _, run in sorted(history.moments[0].state.runs.items())] == [
        "scheduled__3",
        "backfill__2",
        "backfill__1",
    ]


def test_a_reprocessed_run_is_taken_and_keeps_its_origin() -> None:
    """A backfill that reprocesses a run writes over its kind (N43): someone asked for it, and it was made by schedule."""
    taken = _run(1, "queued", None, run_type="backfill", backfill_id=1, dag_version=2)
    history = _read(_step("settle", _run(1)), _step("backfill", taken, backfills=[_backfill(1, 1)]))
    told = [event for event in history.moments[1].events if isinstance(event, RunTaken)]
    assert [(event.before, event.after, event.explicit) for event in told] == [
        (("scheduled", "scheduled__1", 1), ("backfill", "scheduled__1", 2), True)
    ]
    assert history.moments[1].state.runs[1].origin == "scheduled"
    assert [finding.law for finding in check(history).findings] == ["history-kept"]


def test_a_version_that_a_run_gets_by_itself_was_not_asked_for() -> None:
    """A run that has another version after a look of the scheduler is not pinned to its version."""
    history = _read(_step("settle", _run(1)), _step("settle", _run(1, dag_version=2)))
    assert [finding.law for finding in check(history).findings] == ["version-pinned"]


def _of_backfill(state: str = "success", **parts: Any) -> Row:
    return _run(1, state, None if state == "queued" else "success", run_type="backfill", backfill_id=1, **parts)


OPEN = _step("backfill", _of_backfill("queued"), backfills=[_backfill(1, 1)])
DONE = _step("settle", _of_backfill(), backfills=[_backfill(1, 1, done=True)])


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([OPEN, DONE], Status.HOLDS, id="done"),
        pytest.param(
            [OPEN, _step("settle", _of_backfill("queued"), backfills=[_backfill(1, 1, done=True)])],
            Status.VIOLATED,
            id="complete too early",
        ),
        pytest.param(
            [OPEN, _step("settle", _of_backfill(), backfills=[_backfill(1, 1)])], Status.VIOLATED, id="never completed"
        ),
        pytest.param(
            [OPEN, _step("cancel_backfill", _of_backfill("queued"), backfills=[_backfill(1, 1, done=True)])],
            Status.NOT_APPLICABLE,
            id="cancelled",
        ),
        pytest.param(
            [OPEN, DONE, _step("delete_run", backfills=[_backfill(1, 1, done=True)])],
            Status.NOT_APPLICABLE,
            id="a run of it deleted",
        ),
        pytest.param(
            [
                OPEN,
                DONE,
                _step(
                    "backfill",
                    _of_backfill("queued") | {"backfill_id": 2},
                    backfills=[_backfill(1, 1, done=True), _backfill(2, 1)],
                ),
            ],
            Status.NOT_APPLICABLE,
            id="a run of it taken by another",
        ),
        pytest.param(
            [_step("backfill", _run(1), backfills=[_backfill(1, 1, skipped=(1,))])],
            Status.NOT_EXERCISED,
            id="all dates skipped",
        ),
    ],
)
def test_a_backfill_is_judged_where_its_dates_can_be_followed(steps: list[Row], expected: Status) -> None:
    """A backfill's dates are those that it made runs for; where events cannot tell what became of them it is not judged."""
    assert _statuses(_read(*steps))["backfill-lifecycle"] is expected


def test_a_backfill_is_submitted_before_its_runs_and_open_at_first() -> None:
    """Also one that was complete when it was first seen."""
    history = _read(DONE)
    kinds = [type(event) for event in history.moments[0].events]
    assert kinds.index(BackfillSubmitted) < kinds.index(RunCreated)
    submitted = [event.record for event in history.moments[0].events if isinstance(event, BackfillSubmitted)]
    assert [record.completed for record in submitted] == [False]
    assert check(history).findings == []


@pytest.mark.parametrize(
    ("step", "looked"),
    [
        (_step("settle"), True),
        (_step("advance", result={"loops": 3}), True),
        (_step("tick", action={"n": 2}), True),
        (_step("settle", result={"loops": 0}), False),
        (_step("tick", action={"n": 0}), False),
        (_step("settle", paused=True), False),
        (_step("settle", dag={"is_paused": False, "is_stale": True, "timetable_type": "NullTimetable"}), False),
        (_step("parse"), False),
        (_step("clear"), False),
        (_step("settle", *(_run(day, "running", "running") for day in range(1, 22))), False),
    ],
)
def test_a_scheduler_has_looked_only_where_it_certainly_did(step: Row, looked: bool) -> None:
    """It goes over the running runs in each loop, but not over those of a paused DAG, and over no more than 20."""
    assert any(isinstance(event, Looked) for event in _read(step).moments[0].events) is looked


def test_a_run_left_running_after_a_look_is_found() -> None:
    """Where all is finished and a look changes nothing, the state is wrong; a date to come is not looked at (N22)."""
    left = _step("settle", _run(1, "running", "success"))
    assert [finding.evidence.aspect for finding in check(_read(left, left)).findings] == ["finished but running"]
    ahead = _step("settle", _run(1, "running", "success", run_type="manual", logical_date="2024-02-01T00:00:00Z"))
    assert check(_read(ahead, ahead)).findings == []


def test_a_run_fails_by_its_recorded_times() -> None:
    """Its time ran out by the start and end that its row tells, not by those of the step."""
    late = {"end_date": "2024-01-02T02:00:00Z"}
    steps = [_step("settle", _run(1, "running", "running")), _step("advance", _run(1, "failed", "skipped", **late))]
    moved = [event for event in _read(*steps).moments[1].events if isinstance(event, RunMoved)]
    assert [(event.at, event.started) for event in moved] == [(parse_instant("2024-01-02T02:00:00Z"), None)]
    assert check(_read(*steps, dag={"dagrun_timeout": 3600})).findings == []
    kept = check(_read(*steps, dag={"dagrun_timeout": 7200})).findings
    assert [finding.law for finding in kept] == ["run-state-agrees"]


def test_no_set_of_instances_is_judged_where_a_task_has_dates_of_its_own() -> None:
    """A run gets no instance of a task that has not begun (N20)."""
    dated = {"tasks": [{"id": "t"}, {"id": "u", "start_date": "2024-01-05T00:00:00"}]}
    assert _statuses(_read(_step("settle", _run(1)), dag=dated))["task-set-complete"] is Status.NOT_APPLICABLE
    undated = {"tasks": [{"id": "t"}, {"id": "u"}]}
    assert _statuses(_read(_step("settle", _run(1)), dag=undated))["task-set-complete"] is Status.VIOLATED


@pytest.mark.parametrize(("recorded", "expected"), [("restarting", "running"), ("deferred", "running"), (None, "none")])
def test_a_state_that_the_model_lacks_becomes_the_nearest(recorded: str | None, expected: str) -> None:
    """An instance that is restarting or deferred still has its try; one in no state is none."""
    history = _read(_step("settle", _run(1, "running", recorded)))
    assert [task.state for task in history.moments[0].state.tasks.values()] == [TaskState(expected)]


def test_the_state_before_the_first_action_belongs_to_the_first_moment() -> None:
    """Its runs are made in the first moment's events, before what the action did."""
    run = _run(1)
    rows = {key: value for key, value in run.items() if key != "tasks"}
    history = _read(_step("settle", run, _run(2), now="2024-01-03T00:00:00Z"), dag_runs=[rows])
    assert [moment.number for moment in history.moments] == [0]
    assert [event.record.id for event in history.moments[0].events if isinstance(event, RunCreated)] == [1, 2]
    assert history.tree == "airflow-3.3.2"


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ({"do": "tick", "n": 2}, "tick x 2"),
        (
            {"do": "clear", "start": "2024-01-02T00:00:00Z", "end": "2024-01-03T06:00:00Z"},
            "clear from 2024-01-02 to 2024-01-03 06:00",
        ),
        ({"do": "set_schedule", "schedule": "0 6 * * *", "set": {}}, "set schedule to 0 6 * * *"),
        ({"do": "set_dag", "set": {"catchup": False, "end_date": None}}, "set dag catchup, end_date"),
        ({"do": "trigger", "run_id": "man", "logical_date": None}, "trigger man"),
    ],
)
def test_an_action_is_told_in_a_few_words(action: Row, told: str) -> None:
    """Dates are as short as they can be; what was not given is not told."""
    step = {**_step("x"), "action": action}
    assert _read(step).moments[0].action == told


# ------------------------------------------------------------------------------ bad input


def _changed(*path: str | int, value: object = ...) -> Row:
    """A good recording with one value replaced, or removed."""
    recording = _recording(
        _step("settle", _run(1), backfills=[_backfill(1, 1)]), _step("set_dag", action={"set": {"catchup": True}})
    )
    place: Any = json.loads(json.dumps(recording))
    copy = place
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return dict(copy)


RUN, TASK, SET = ("steps", 0, "dag_runs", 0), ("steps", 0, "task_instances", 0), ("steps", 1, "action", "set")
BAD: dict[str, tuple[Row, str, str]] = {
    "a key is missing": (_changed(*RUN, "state"), "steps.0.dag_runs.0.state", "the key 'state' is missing"),
    "no initial state": (_changed("initial"), "initial", "the key 'initial' is missing"),
    "a number for text": (_changed(*RUN, "run_id", value=7), "steps.0.dag_runs.0.run_id", "7 is not text"),
    "text for a number": (
        _changed(*RUN, "backfill_id", value="x"),
        "steps.0.dag_runs.0.backfill_id",
        '"x" is not a whole number',
    ),
    "no instant": (
        _changed(*RUN, "queued_at", value="noon"),
        "steps.0.dag_runs.0.queued_at",
        "'noon' is not an instant",
    ),
    "a number for an instant": (_changed("steps", 0, "now", value=5), "steps.0.now", "an instant is text"),
    "an unknown run type": (
        _changed(*RUN, "run_type", value="asset_triggered"),
        "steps.0.dag_runs.0.run_type",
        "outside the model: run type asset_triggered",
    ),
    "an unknown run state": (
        _changed(*RUN, "state", value="overridden"),
        "steps.0.dag_runs.0.state",
        "outside the model: run state 'overridden'",
    ),
    "an unknown task state": (
        _changed(*TASK, "state", value="runing"),
        "steps.0.task_instances.0.state",
        "outside the model: task state 'runing' (did you mean 'running'?)",
    ),
    "an instance of no run": (
        _changed(*TASK, "run_id", value="x"),
        "steps.0.task_instances.0.run_id",
        "which is not there",
    ),
    "a run twice": (
        _changed("steps", 0, "dag_runs", value=[_run(1), _run(1)]),
        "steps.0.dag_runs",
        "stands there twice",
    ),
    "an instance twice": (
        _changed("steps", 0, "task_instances", value=[{"run_id": "scheduled__1", "task_id": "t", "state": None}] * 2),
        "steps.0.task_instances.1",
        "task instance t of scheduled__1 stands there twice",
    ),
    "an action without a name": (_changed("steps", 0, "action", value={}), "steps.0.action.do", "no `do`"),
    "a change that is no object": (_changed(*SET, value=[1]), "steps.1.action.set", "[1] is no object"),
    "a changed value of the wrong type": (
        _changed(*SET, value={"max_active_runs": "many"}),
        "steps.1.action.set.max_active_runs",
        '"many" is not a whole number',
    ),
    "a changed schedule of the wrong type": (
        _changed("steps", 1, "action", value={"do": "set_schedule", "schedule": -5}),
        "steps.1.action.schedule",
        "a schedule is a cron expression",
    ),
    "a definition without tasks": (
        _changed("scenario", "dag", "tasks", value=[]),
        "scenario.dag.tasks",
        "is not at least one",
    ),
    "no date": (
        _changed("scenario", "dag", "start_date", value="soon"),
        "scenario.dag.start_date",
        "'soon' is not a date",
    ),
    "a number for a date": (
        _changed("scenario", "dag", "start_date", value=1),
        "scenario.dag.start_date",
        "text in ISO 8601",
    ),
    "an unknown upstream": (
        _changed("scenario", "dag", "tasks", value=[{"id": "t", "upstream": ["u"]}]),
        "dags.d.tasks.t.upstream",
        "waits for 'u', which the DAG does not have",
    ),
}


@pytest.mark.parametrize(("recording", "key", "message"), BAD.values(), ids=list(BAD))
def test_bad_input_is_an_error_that_names_file_line_and_key(recording: Row, key: str, message: str) -> None:
    """Whatever is wrong with a recording, the error says where and what, never a traceback of something else."""
    with pytest.raises(RunlineError) as caught:
        read_line(Line("some/file.jsonl", "file.jsonl", 3, recording))
    error = caught.value
    assert (error.file, error.line, error.key) == ("some/file.jsonl", 3, key)
    assert message in error.message


def test_what_is_missing_is_told_in_words_of_this_format() -> None:
    """The remedy names the recordings of Airflow 3, not those of the old trees."""
    with pytest.raises(RunlineError) as caught:
        read_line(Line("f", "f", 1, _changed("name")))
    assert caught.value.remedy == "a recording in which name is given"
