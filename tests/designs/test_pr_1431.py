"""The code announced with AIRFLOW-20 in small timelines: every row of what it really did (semantics 3.3), warts and all."""

from __future__ import annotations

from typing import Any

from runline.model.events import Raised
from runline.model.instants import DAY
from runline.model.records import NO_RUN, Run, TaskKey
from runline.model.schedules import Delta
from runline.model.states import TaskState
from runline.simulator.outcome import Outcome
from runline.simulator.simulate import simulate
from tests.simulator.building import ONE_TASK, act, at, scenario, short, shown

PLAIN = "[dags.sales.tasks.load]\n"
FAILS = ONE_TASK + "fails_on = [2016-01-02T00:00:00Z]\n"
PAUSED = act("pause", "2@01")


def pr(more: str = "", **keys: Any) -> Outcome:
    """What comes of it in pull request 1431; no promise may be broken."""
    outcome = simulate(scenario(more, **keys), "pr-1431")
    assert outcome.broken_promises == []
    return outcome


def owner(outcome: Outcome, date: str, task: str = "load") -> Run | None:
    """The run to which the instance of a date belongs."""
    row = outcome.timeline.task(TaskKey("sales", task, at(date)))
    assert row is not None
    return outcome.timeline.run(row.run)


def states(outcome: Outcome, task: str = "load") -> dict[str, str]:
    """The states of the instances of a task, by date."""
    rows = sorted((row.date, row.state.value) for row in outcome.timeline.tasks() if row.task == task)
    return {short(date): state for date, state in rows}


def ends(outcome: Outcome, date: str) -> list[tuple[str, str]]:
    """The runs of a date, by id: kind and state."""
    return [(run.kind.value, run.state.value) for run in outcome.timeline.runs_at("sales", at(date))]


def errors(outcome: Outcome) -> list[tuple[str, str]]:
    """Who raised, by which rule."""
    events = [event for entry in outcome.trace for event in entry.events]
    return [(event.by, event.rule) for event in events if isinstance(event, Raised)]


# --------------------------------------------------------------- the rows of semantics 3.3


def test_one_run_holds_the_instances_of_a_whole_range() -> None:
    """P1, R22: runs at later dates of the range are neither overridden nor relinked, yet lose their instances."""
    outcome = pr(act("backfill", "4@02", from_="1", to="3"))
    assert shown(outcome) == [
        ("1", "scheduled", "overridden", ""),
        ("1", "backfill", "success", ""),
        ("2", "scheduled", "success", "1"),
        ("3", "scheduled", "success", "2"),
        ("4", "scheduled", "success", "3"),
    ]
    assert [owner(outcome, date) for date in "123"] == [outcome.timeline.runs_at("sales", at("1"))[1]] * 3
    assert "task-has-run" in outcome.broken


def test_dates_of_one_backfill_do_not_wait_for_each_other() -> None:
    """P2, R30: all share one previous, so the days after the one that failed run."""
    outcome = pr(PAUSED + act("backfill", "5@02", from_="1", to="4"), tasks=FAILS, last=6)
    assert states(outcome) == {"1": "success", "2": "failed", "3": "success", "4": "success"}
    assert "depends-on-past" in outcome.broken


def test_the_next_run_points_to_an_overridden_one() -> None:
    """P3, R12: of two runs at the latest date the scheduled one comes first, though a backfill replaced it."""
    outcome = pr(act("backfill", "4@02", from_="3", to="3"))
    assert ends(outcome, "3") == [("scheduled", "overridden"), ("backfill", "success")]
    (run,) = outcome.timeline.runs_at("sales", at("4"))
    assert run.previous is not None
    previous = outcome.timeline.run(run.previous)
    assert previous is not None
    assert (previous.kind.value, previous.state.value) == ("scheduled", "overridden")
    assert run.state.value == "failed"
    assert "previous-is-live" in outcome.broken


def test_who_waits_for_an_overridden_run_is_stuck() -> None:
    """P3, R30: where something else of its run has ended, the run is not failed either, and goes on for ever."""
    outcome = pr(act("backfill", "4@02", from_="3", to="3"), tasks=ONE_TASK + "[dags.sales.tasks.free]\n")
    assert shown(outcome)[-1] == ("4", "scheduled", "running", "3")
    assert "no-deadlock" in outcome.broken


def test_a_backfill_shifts_the_phase_of_a_delta() -> None:
    """P4, R11: the next date is one step after the backfill, for good."""
    plain = scenario(act("backfill", "4@12", from_="3@12", to="3@12"), last=7)
    dag = plain.dags["sales"].model_copy(update={"schedule": Delta(DAY)})
    outcome = simulate(plain.model_copy(update={"dags": {"sales": dag}}), "pr-1431")
    assert [row[0] for row in shown(outcome)] == ["1", "2", "3", "3@12", "4@12", "5@12", "6@12"]
    assert "on-schedule" in outcome.broken


def test_a_backfill_ahead_of_the_clock_stops_the_schedule_until_then() -> None:
    """P5, R15: it makes its run and ends in a deadlock; the days between are lost."""
    outcome = pr(act("backfill", "3@02", from_="5", to="5"), last=8)
    assert [row[:2] for row in shown(outcome)] == [
        ("1", "scheduled"),
        ("2", "scheduled"),
        ("5", "backfill"),
        ("6", "scheduled"),
        ("7", "scheduled"),
    ]
    assert errors(outcome) == [("backfill-1", "R24")]
    assert "no-gap" in outcome.broken


def test_a_clear_opens_the_overridden_run_again() -> None:
    """P6, R41: both runs of the date end as successes, and the mark is lost."""
    text = act("backfill", "4@02", from_="2", to="2") + act("clear", "4@05", from_="2", to="2")
    outcome = pr(text)
    assert ends(outcome, "2") == [("scheduled", "success"), ("backfill", "success")]
    assert {"overridden-is-final", "single-live-run"} <= set(outcome.broken)


def test_the_state_of_a_backfill_is_never_stored() -> None:
    """P7, R24: its run stays running until a scheduler looks at it."""
    text = PAUSED + act("backfill", "3@02", from_="1", to="1")
    outcome = pr(text)
    assert states(outcome) == {"1": "success"}
    assert ends(outcome, "1") == [("backfill", "running")]
    assert ends(pr(text + act("unpause", "3@05")), "1") == [("backfill", "success")]


def test_a_manual_run_at_the_next_date_gets_a_second_beside_it() -> None:
    """P8, R14: the scheduler makes its own, and both share the instance."""
    outcome = pr(act("trigger", "3@12", date="3"))
    assert ends(outcome, "3") == [("manual", "success"), ("scheduled", "success")]
    assert states(outcome) == dict.fromkeys("1234", "success")
    assert "single-live-run" in outcome.broken


def test_the_past_of_an_instance_without_a_run_is_not_asked_for() -> None:
    """P9, R43: it runs by hand, though nothing ran before it."""
    outcome = pr(PAUSED + act("run_task", "3@02", task="load", date="2"))
    assert states(outcome) == {"2": "success"}
    assert owner(outcome, "2") is None


def test_the_run_of_its_date_counts_an_instance_of_nobody() -> None:
    """P10, R33: the scheduled run is a success by it, and does not take it over."""
    outcome = pr(act("run_task", "2@02", task="load", date="3"))
    assert ends(outcome, "3") == [("scheduled", "success")]
    row = outcome.timeline.task(TaskKey("sales", "load", at("3")))
    assert row is not None
    assert (row.run, row.tries) == (NO_RUN, 1)


def test_a_running_backfill_counts_for_the_limit_and_passes_it() -> None:
    """P11, R10: at a limit of one no scheduled run is made while it runs, and it was not kept from running."""
    slow = PLAIN + 'duration = "30h"\n'
    text = PAUSED + act("backfill", "2@02", from_="1", to="1") + act("unpause", "2@03")
    outcome = pr(text, dag="max_active_runs = 1", tasks=slow, last=6)
    made = {run.kind.value: entry.time for entry in outcome.trace for run in _made(entry)}
    assert made["backfill"] == at("2@02")
    times = [entry.time for entry in outcome.trace for run in _made(entry) if run.date == at("2")]
    assert times == [at("3@09")]


def _made(entry: Any) -> list[Any]:
    return [event.record for event in entry.events if type(event).__name__ == "RunCreated"]


def test_the_scheduler_ends_a_killed_backfill_but_for_later_dates() -> None:
    """P12, R25: it goes on with the run's own date only; the rows of later dates stay as they are."""
    tasks = '[dags.sales.tasks.extract]\nduration = "5h"\n[dags.sales.tasks.load]\nupstream = ["extract"]\n'
    text = PAUSED + act("backfill", "3@02", from_="1", to="2") + act("kill", "3@03", process="backfill-1")
    outcome = pr(text + act("unpause", "3@04"), tasks=tasks, dag="end_date = 2016-01-01T00:00:00Z")
    assert ends(outcome, "1") == [("backfill", "success")]
    assert states(outcome) == {"1": "success", "2": "none"}


def test_a_failed_successor_stays_failed() -> None:
    """P13, R36: it failed because nothing could run, and the repair of what it waited for does not help it."""
    text = act("fix", "4@12", task="load") + act("backfill", "4@12", from_="2", to="2")
    outcome = pr(text, tasks=FAILS)
    assert ends(outcome, "2") == [("scheduled", "overridden"), ("backfill", "success")]
    assert ends(outcome, "3") == [("scheduled", "failed")]


def test_an_unrelated_failed_task_blocks_the_next_run() -> None:
    """P14, R30: what is asked is the state of the run before."""
    tasks = "[dags.sales.tasks.other]\nfails_on = [2016-01-02T00:00:00Z]\n" + ONE_TASK
    outcome = pr(tasks=tasks)
    assert states(outcome)["2"] == "success"
    assert "3" not in states(outcome)


def test_start_dates_of_tasks_do_not_matter() -> None:
    """P15, R30: a task that starts on the 3rd runs on the 1st."""
    tasks = PLAIN + "[dags.sales.tasks.later]\nstart_date = 2016-01-03T00:00:00Z\n"
    assert states(pr(tasks=tasks), "later") == dict.fromkeys("1234", "success")


def test_a_backfill_without_a_schedule_makes_an_empty_run() -> None:
    """P16, R21: it has no dates, so no instances, and its run stays running."""
    outcome = pr(PAUSED + act("backfill", "3@02", from_="1", to="2"), schedule="none")
    assert shown(outcome) == [("1", "backfill", "running", "")]
    assert states(outcome) == {}


def test_a_backfill_takes_over_the_previous_of_its_twin() -> None:
    """P17, R19, R20: it points where its twin did, and the run after points to it."""
    outcome = pr(act("backfill", "4@02", from_="2", to="2"))
    old, new = outcome.timeline.runs_at("sales", at("2"))
    assert old.previous == new.previous == 1
    (after,) = outcome.timeline.runs_at("sales", at("3"))
    assert after.previous == new.id


# --------------------------------------------------------------------------- other rules


def test_a_manual_twin_takes_the_previous_away() -> None:
    """R17, R19: the previous that was found is lost, for a run made by hand has none."""
    text = PAUSED + act("trigger", "3@02", date="1@12") + act("backfill", "3@03", from_="1@12", to="1@12")
    assert shown(pr(act("backfill", "2@12", from_="1", to="1") + text))[-1] == ("1@12", "backfill", "running", "")


def test_of_twins_that_started_together_the_first_by_name_is_overridden() -> None:
    """R17: a third backfill at one instant overrides the first one again, and the second stays live beside it."""
    backfills = "".join(act("backfill", "3@02", from_="1", to="1") for _ in range(3))
    outcome = pr(PAUSED + backfills)
    assert ends(outcome, "1") == [("backfill", "overridden"), ("backfill", "running"), ("backfill", "running")]


def test_the_start_is_aligned() -> None:
    """R11, R13: the first run is the first tick at or after the start date."""
    assert [row[0] for row in shown(pr(schedule="0 6 * * *"))] == ["1@06", "2@06", "3@06", "4@06"]


def test_a_dag_that_runs_once_runs_now() -> None:
    """R11, R13: at the first look after its start, and never a second time."""
    assert [row[0] for row in shown(pr(schedule="@once"))] == ["2@01"]


def test_a_dag_that_runs_once_makes_nothing_at_its_start() -> None:
    """R13: until the clock is past the start there is no date."""
    assert shown(pr(schedule="@once", dag="", first=1, last=2))[0][0] == "1@01"
    text = act("deploy", "2@01", start_date="9")
    assert shown(pr(text, schedule="@once", last=5)) == []


def test_a_deleted_previous_is_an_error_in_every_loop() -> None:
    """R30, R42: who points to it raises as soon as its past is asked for, and nothing of the DAG is sent any more."""
    text = act("delete_run", "4@12", date="2") + act("clear", "4@12", from_="3", to="3")
    outcome = pr(text)
    assert set(errors(outcome)) == {("scheduler-1", "R30")}
    assert sorted(states(outcome)) == ["1", "2"]
    assert "no-deadlock" in outcome.broken


def test_the_number_of_a_deleted_run_is_given_out_again() -> None:
    """R02: the next run has the id of the last one that was deleted."""
    outcome = pr(act("delete_run", "4@02", date="3"))
    (run,) = outcome.timeline.runs_at("sales", at("3"))
    assert run.id == 3


def test_what_follows_the_last_row_is_waited_for() -> None:
    """R31: the direct downstream of the last date with a row of the task has to be a success, whoever made it."""
    tasks = (
        "[dags.sales.tasks.extract]\nwait_for_downstream = true\n"
        '[dags.sales.tasks.load]\nupstream = ["extract"]\nfails_on = [2016-01-02T00:00:00Z]\n'
    )
    outcome = pr(PAUSED + act("backfill", "5@02", from_="1", to="3"), tasks=tasks, last=6)
    assert states(outcome, "extract") == {"1": "success", "2": "success", "3": "none"}


def test_a_row_written_by_hand_belongs_to_the_first_run_of_its_date() -> None:
    """R04: a backfill's run_id comes before that of a scheduled run."""
    text = act("backfill", "4@02", from_="2", to="2") + act("set_state", "4@05", task="load", date="2", state="failed")
    outcome = pr(text)
    found = owner(outcome, "2")
    assert found is not None
    assert found.kind.value == "backfill"
    row = outcome.timeline.task(TaskKey("sales", "load", at("2")))
    assert row is not None
    assert row.state is TaskState.FAILED
