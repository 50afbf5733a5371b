"""AIRFLOW-20 in small timelines: what each rule does, as literal tables of date, kind, state and previous."""

from __future__ import annotations

import pytest

from runline.designs.catalog import find_design
from runline.model.events import TaskMoved
from runline.model.instants import DAY
from runline.model.records import NO_RUN, TaskKey
from runline.model.schedules import Delta
from runline.model.states import TaskState
from runline.simulator.outcome import Outcome
from runline.simulator.simulate import simulate
from tests.simulator.building import act, at, coherent, scenario, short, shown


def test_a_daily_dag_makes_a_chain() -> None:
    """H15: each scheduled run points to the one before; the first points to none (Q21)."""
    assert coherent() == [
        ("1", "scheduled", "success", ""),
        ("2", "scheduled", "success", "1"),
        ("3", "scheduled", "success", "2"),
        ("4", "scheduled", "success", "3"),
    ]


def test_the_start_date_is_aligned() -> None:
    """H11, Q8: the first run is the first tick at or after the start, and nothing gets stuck."""
    dates = [row[0] for row in coherent(schedule="0 6 * * *")]
    assert dates == ["1@06", "2@06", "3@06", "4@06"]


def test_a_backfill_between_two_runs_is_spliced_in() -> None:
    """H21, Q26: it points to the run before, and the run after points to it."""
    rows = coherent(act("backfill", "4@02", from_="2@12", to="2@12"))
    assert [(date, kind, previous) for date, kind, _, previous in rows] == [
        ("1", "scheduled", ""),
        ("2", "scheduled", "1"),
        ("2@12", "backfill", "2"),
        ("3", "scheduled", "2@12"),
        ("4", "scheduled", "3"),
    ]


def test_a_backfill_over_a_run_overrides_it() -> None:
    """H21, Q27: the twin stays on record with its old previous; its successor points to the new run."""
    rows = coherent(act("backfill", "4@02", from_="2", to="2"))
    assert rows == [
        ("1", "scheduled", "success", ""),
        ("2", "scheduled", "overridden", "1"),
        ("2", "backfill", "success", "1"),
        ("3", "scheduled", "success", "2"),
        ("4", "scheduled", "success", "3"),
    ]


def test_the_scheduler_steps_beyond_a_backfill_and_leaves_the_gap() -> None:
    """H13, Q24, Q25: the next date lies beyond the backfill; what lies between is not filled in."""
    text = act("pause", "3@02") + act("backfill", "4@02", from_="4", to="4") + act("unpause", "4@03")
    rows = coherent(text, last=6)
    assert [row[0] for row in rows] == ["1", "2", "4", "5"]
    assert rows[-1] == ("5", "scheduled", "success", "4")


def test_a_delta_keeps_its_phase_after_a_backfill_off_the_grid() -> None:
    """H13, M10: the dates stay those of the anchor, and the next run points to the backfill."""
    plain = scenario(act("backfill", "4@12", from_="3@12", to="3@12"), last=7)
    dag = plain.dags["sales"].model_copy(update={"schedule": Delta(DAY)})
    rows = shown(simulate(plain.model_copy(update={"dags": {"sales": dag}})))
    assert [(date, previous) for date, _, _, previous in rows] == [
        ("1", ""),
        ("2", "1"),
        ("3", "2"),
        ("3@12", "3"),
        ("4", "3@12"),
        ("5", "4"),
        ("6", "5"),
    ]


def test_a_manual_run_is_stepped_over() -> None:
    """H14, M13: a date at which a manual run stands is not made again, and nobody points to the manual run."""
    rows = coherent(act("trigger", "3@12", date="3"), last=6)
    assert rows == [
        ("1", "scheduled", "success", ""),
        ("2", "scheduled", "success", "1"),
        ("3", "manual", "success", ""),
        ("4", "scheduled", "success", "2"),
        ("5", "scheduled", "success", "4"),
    ]


def test_what_lies_ahead_is_refused() -> None:
    """H20, M25: of a backfill dates that have not come are dropped; one that is left without dates is refused."""
    outcome = simulate(scenario(act("backfill", "3@02", from_="9", to="9")))
    assert [(event.action, event.rule) for event in outcome.refused] == [("backfill", "H20")]
    assert "9" not in [row[0] for row in shown(outcome)]


def test_a_range_waits_for_its_own_failed_date() -> None:
    """M14, M15: each date has its run; after a failed one those later wait, and the scheduler goes on with them."""
    tasks = "[dags.sales.tasks.load]\ndepends_on_past = true\nfails_on = [2016-01-02T00:00:00Z]\n"
    text = act("pause", "2@02") + act("backfill", "5@02", from_="1", to="4")
    rows = coherent(text, tasks=tasks, first=2, last=6)
    assert [(date, kind, state) for date, kind, state, _ in rows] == [
        ("1", "scheduled", "overridden"),
        ("1", "backfill", "success"),
        ("2", "backfill", "failed"),
        ("3", "backfill", "running"),
        ("4", "backfill", "running"),
    ]


def test_deleting_a_run_relinks_its_successor() -> None:
    """H38, M45: who pointed to it points to its previous."""
    rows = coherent(act("delete_run", "4@02", date="2"))
    assert ("3", "scheduled", "success", "1") in rows


def test_a_clear_leaves_the_overridden_run_alone() -> None:
    """H36, M33: only the live run of the date runs again."""
    text = act("backfill", "4@02", from_="2", to="2") + act("clear", "4@05", from_="2", to="2")
    outcome = simulate(scenario(text))
    assert [row[2] for row in shown(outcome) if row[0] == "2"] == ["overridden", "success"]
    moved = [event for entry in outcome.trace for event in entry.events if event.rule == "H36"]
    assert len(moved) == 2  # the instance and its live run


def test_a_clear_leaves_alone_what_has_no_live_run() -> None:
    """H36: what executes outside any run goes on to its own end; what a live run has is taken away, and sent anew."""
    tasks = '[dags.sales.tasks.load]\nduration = "3h"\n'
    by_hand = act("run_task", "2@02", task="load", date="9")
    outcome = simulate(scenario(by_hand + act("clear", "2@03", from_="1", to="9"), tasks=tasks, last=2))
    assert ends(outcome, "9") == [("2@05", "success")]
    assert ends(outcome, "1") == [("2@06", "success")]


def test_a_task_that_is_gone_before_a_worker_begins_it_fails() -> None:
    """H39, L53: what was sent by hand and has no run is executed as the DAG then is; without its task it ends badly."""
    text = act("run_task", "2@02", task="load", date="9") + act("deploy", "2@02") + "tasks = { mail = {} }\n"
    outcome = simulate(scenario(text, tasks="[dags.sales.tasks.load]\n", last=2))
    row = outcome.timeline.task(TaskKey("sales", "load", at("9")))
    assert row is not None
    assert (row.state, row.tries, row.run) == (TaskState.FAILED, 1, NO_RUN)
    assert outcome.broken == []


def test_a_clear_leaves_alone_what_the_run_has_no_task_for() -> None:
    """H36, L50: an instance that came with an overridden run of another version stays, and opens no run by itself."""
    tasks = "[dags.sales.tasks.load]\n[dags.sales.tasks.mail]\n"
    over = act("deploy", "2@02") + "tasks = { load = {} }\n" + act("backfill", "2@03", from_="1", to="1")
    for named, cleared in (("", ["load"]), ('tasks = ["mail"]\n', [])):
        outcome = simulate(scenario(over + act("clear", "2@05", from_="1", to="1") + named, tasks=tasks, last=2))
        events = [event for entry in outcome.trace for event in entry.events if event.rule == "H36"]
        assert [event.key.task for event in events if isinstance(event, TaskMoved)] == cleared
        assert len(events) == 2 * len(cleared)  # the run with it
        assert outcome.broken == []


def ends(outcome: Outcome, date: str) -> list[tuple[str, str]]:
    """When the tries of an instance ended, and how."""
    moves = [(entry.time, event) for entry in outcome.trace for event in entry.events if entry.step == "Finish"]
    return [
        (short(time), str(event.after))
        for time, event in moves
        if isinstance(event, TaskMoved) and event.key.date == at(date)
    ]


def test_two_backfills_of_a_dag_go_one_after_the_other() -> None:
    """H25, M37: the second waits until the first has ended."""
    tasks = '[dags.sales.tasks.load]\nduration = "3h"\n'
    text = act("backfill", "4@02", from_="1", to="1", rerun="all") + act(
        "backfill", "4@02", from_="2", to="2", rerun="all"
    )
    outcome = simulate(scenario(text, tasks=tasks))
    begun = [entry.time for entry in outcome.trace if entry.step == "Submit"]
    rounds = [entry for entry in outcome.trace if entry.step == "Round"]
    ended = [entry.time for entry in rounds if entry.events[-1].rule == "H26"]
    assert begun[1] >= ended[0]


def test_task_level_lets_an_unrelated_failure_pass() -> None:
    """H30, H31, Q13: at run level a failed neighbour blocks the next run; at task level it does not."""
    tasks = (
        "[dags.sales.tasks.load]\ndepends_on_past = true\n[dags.sales.tasks.mail]\nfails_on = [2016-01-02T00:00:00Z]\n"
    )
    run_level = simulate(scenario(tasks=tasks))
    task_level = simulate(scenario('[designs.coherent]\ndepends_on_past = "task"\n', tasks=tasks))
    assert [row[2] for row in shown(run_level)] == ["success", "failed", "running", "running"]
    assert [row[2] for row in shown(task_level)] == ["success", "failed", "success", "success"]


def test_a_task_run_by_hand_is_adopted_later() -> None:
    """H39, H15, M30: what has no run gets one when a run of its date is made, and is not executed again."""
    outcome = simulate(scenario(act("run_task", "3@02", task="load", date="3"), tasks="[dags.sales.tasks.load]\n"))
    task = outcome.timeline.task(TaskKey("sales", "load", at("3")))
    assert task is not None
    assert (task.run, task.tries) == (3, 1)
    assert [entry.before for entry in outcome.timeline.ownership_log] == [NO_RUN]


def _executions(option: str) -> list[tuple[str, int, str, int | None]]:
    """When the task of the 2nd ended, how often it had been begun, how, and which run owns it: overridden while it ran."""
    text = act("backfill", "3@01", from_="2", to="2") + f'[designs.coherent]\nover_running = "{option}"\n'
    given = scenario(text, tasks='[dags.sales.tasks.load]\nduration = "5h"\n', last=4)
    outcome = simulate(given, find_design("coherent", given.designs["coherent"]))
    assert outcome.broken_promises == []
    moves = [
        (short(event.at), event)
        for entry in outcome.trace
        for event in entry.events
        if isinstance(event, TaskMoved) and event.key.date == at("2")
    ]
    begun = sum(event.after is TaskState.RUNNING for _, event in moves)
    row = outcome.timeline.task(TaskKey("sales", "load", at("2")))
    assert row is not None
    return [(moves[-1][0], begun, row.state.value, row.run)]


def test_what_runs_goes_on_under_the_run_that_overrides() -> None:
    """H23, M5: by default a backfill waits for an instance that runs, and takes its result."""
    assert _executions("adopt") == [("3@05", 1, "success", 3)]


def test_what_runs_is_taken_away_where_the_design_cancels() -> None:
    """H23, M5: with cancel it runs anew, and whoever executed it before has no say in how it ends."""
    assert _executions("cancel") == [("3@06", 2, "success", 3)]


@pytest.mark.parametrize("design", ["coherent", "update-in-place"])
@pytest.mark.parametrize(("backwards", "order"), [(False, ["1", "2", "3"]), (True, ["3", "2", "1"])])
def test_a_backfill_that_runs_backwards_executes_the_last_date_first(
    design: str, backwards: bool, order: list[str]
) -> None:
    """H20, row 24: where nothing depends on its past the order of the dates is turned, of runs and of executions."""
    text = act("pause", "4@01") + act("backfill", "4@02", from_="1", to="3", run_backwards=backwards)
    given = scenario(text, first=4, tasks="[dags.sales.tasks.load]\n[processes]\nworkers = 1\n")
    outcome = simulate(given, design)
    begun = [
        short(event.key.date)
        for entry in outcome.trace
        for event in entry.events
        if isinstance(event, TaskMoved) and event.after is TaskState.RUNNING
    ]
    assert begun == order


@pytest.mark.parametrize("design", ["coherent", "update-in-place"])
@pytest.mark.parametrize("state", ["skipped", "success"])
def test_what_has_ended_well_is_not_run_by_hand_again(design: str, state: str) -> None:
    """H39: such a task stays as it is, and who asks is told so; found by `runline fuzz`."""
    text = act("set_state", "3@02", task="load", date="2", state=state) + act("run_task", "3@03", task="load", date="2")
    outcome = simulate(scenario(text), design)
    assert [event.reason for event in outcome.refused] == [f"it is {state} already"]
    assert outcome.broken_promises == []
