"""The release of March 2016 in small timelines: where it does otherwise than the code of April (semantics 2.7)."""

from __future__ import annotations

from runline.model.events import Raised
from runline.model.records import TaskKey
from runline.simulator.outcome import Outcome
from runline.simulator.simulate import simulate
from tests.simulator.building import ONE_TASK, act, at, scenario, short, shown

TWO_TASKS = "[dags.sales.tasks.extract]\nfails_on = [2016-01-02T00:00:00Z]\n[dags.sales.tasks.load]\n"
CHAIN = TWO_TASKS + 'upstream = ["extract"]\n'
FAILS = ONE_TASK + "fails_on = [2016-01-02T00:00:00Z]\n"
PAUSED = act("pause", "2@01")


def march(more: str = "", **keys: object) -> Outcome:
    """What comes of it in March 2016; no promise may be broken."""
    outcome = simulate(scenario(more, **keys), "airflow-1.7.0")  # type: ignore[arg-type]
    assert outcome.broken_promises == []
    return outcome


def april(more: str = "", **keys: object) -> Outcome:
    """What comes of it in April 2016."""
    return simulate(scenario(more, **keys), "airflow-2016-04")  # type: ignore[arg-type]


def states(outcome: Outcome, task: str = "load") -> dict[str, str]:
    """The states of the instances of a task, by date."""
    rows = sorted((row.date, row.state.value) for row in outcome.timeline.tasks() if row.task == task)
    return {short(date): state for date, state in rows}


def errors(outcome: Outcome) -> list[tuple[str, str]]:
    """Who raised, by which rule."""
    events = [event for entry in outcome.trace for event in entry.events]
    return [(event.by, event.rule) for event in events if isinstance(event, Raised)]


def test_a_daily_dag_makes_a_run_for_each_day() -> None:
    """Z02, L17: one run for each period that has ended, from the start date on."""
    assert [row[:3] for row in shown(march())] == [(day, "scheduled", "success") for day in "1234"]


def test_a_first_backfill_lets_the_schedule_begin_four_ticks_before_it() -> None:
    """Z02, Z03: without a run the schedule begins four ticks before the latest instance, before the start date or not."""
    text = PAUSED + act("backfill", "2@02", from_="1", to="1") + act("unpause", "2@03")
    outcome = simulate(scenario(text, tasks="[dags.sales.tasks.load]\n"), "airflow-1.7.0")
    assert shown(outcome)[0][0] == "-3"
    assert "within-bounds" in outcome.broken
    assert shown(april(text, tasks="[dags.sales.tasks.load]\n"))[0][0] == "1"


def test_a_start_moved_later_is_ignored() -> None:
    """Z03: only the last run counts; in April the schedule jumped to the new start."""
    text = act("deploy", "3@02", start_date="4")
    assert [row[0] for row in shown(march(text, last=6))] == ["1", "2", "3", "4", "5"]
    assert [row[0] for row in shown(april(text, last=6))] == ["1", "2", "4", "5"]


def test_a_dag_that_runs_once_runs_at_its_start_and_never_again() -> None:
    """Z02: its date is the start date, and no floor lets it run a second time."""
    assert [row[0] for row in shown(march(schedule="@once"))] == ["1"]


def test_a_dag_that_runs_once_raises_where_there_is_an_instance() -> None:
    """Z02: there is no date four ticks before it, so nothing is made, in every loop."""
    text = PAUSED + act("run_task", "2@02", task="load", date="1") + act("unpause", "2@03")
    outcome = march(text, schedule="@once")
    assert shown(outcome) == []
    assert errors(outcome)[0] == ("scheduler-1", "Z02")
    assert "no-deadlock" in outcome.broken


def test_a_manual_run_at_the_next_date_stops_the_dag() -> None:
    """Z05: the insert violates the key in every loop, and no run is made any more."""
    outcome = march(act("trigger", "3@12", date="3"), last=6)
    assert [row[:2] for row in shown(outcome)] == [("1", "scheduled"), ("2", "scheduled"), ("3", "manual")]
    assert errors(outcome)[0] == ("scheduler-1", "L18")
    assert "no-deadlock" in outcome.broken


def test_any_failed_instance_fails_the_run() -> None:
    """Z11: not only a leaf; in April a run whose leaves ended well was a success."""
    text = act("set_state", "2@12", task="load", date="2", state="success")
    assert ("2", "scheduled", "failed", "") in shown(march(text, tasks=CHAIN))
    assert ("2", "scheduled", "success", "") in shown(april(text, tasks=CHAIN))


def test_what_is_upstream_failed_only_keeps_its_run_going() -> None:
    """Z11: upstream_failed counts for neither verdict, so a run that waits for its past goes on for ever."""
    tasks = FAILS.replace("-02T", "-01T") + 'upstream = ["extract"]\n[dags.sales.tasks.extract]\n'
    text = act("set_state", "2@12", task="load", date="2", state="upstream_failed")
    assert shown(march(text, tasks=tasks))[1] == ("2", "scheduled", "running", "")
    assert shown(april(text, tasks=tasks))[1] == ("2", "scheduled", "failed", "")


def test_a_blocked_run_waits_and_recovers() -> None:
    """Z13: nothing fails because it cannot run; when the failed day is repaired, all goes on."""
    text = act("fix", "4@12", task="load") + act("clear", "4@12", from_="2", to="2")
    assert [row[2] for row in shown(march(text, tasks=FAILS))] == ["success"] * 4
    assert [row[2] for row in shown(april(text, tasks=FAILS))][2] == "failed"


def test_what_runs_is_asked_to_stop() -> None:
    """L50: a clear deletes what does not run; what runs ends badly, whoever began it, but not what is no task of the DAG."""
    given = act("run_task", "2@02", task="load", date="9") + act("run_task", "2@02", task="mail", date="9")
    gone = act("deploy", "2@03") + "tasks = { load = {} }\n"
    text = given + gone + act("clear", "2@03", from_="9", to="9")
    tasks = '[dags.sales.tasks.load]\nduration = "3h"\n[dags.sales.tasks.mail]\nduration = "3h"\n'
    timeline = march(text, tasks=tasks).timeline
    assert [(row.task, str(row.state)) for row in timeline.tasks_at("sales", at("9"))] == [
        ("load", "failed"),
        ("mail", "success"),
    ]


def test_a_skipped_past_does_not_do() -> None:
    """Z12: only a success lets the next day run; from April on a skipped day does too."""
    text = act("set_state", "3@12", task="load", date="2", state="skipped") + act("fix", "3@12", task="load")
    assert "3" not in states(march(text, tasks=FAILS))
    assert states(april(text, tasks=FAILS))["3"] == "success"


def test_a_backfill_never_waits_at_its_start() -> None:
    """Z20: the DAG starts where the job starts, so a past that failed is not looked at."""
    text = PAUSED + act("backfill", "4@02", from_="2", to="2") + act("backfill", "5@02", from_="3", to="3")
    assert states(march(text, tasks=FAILS)) == {"2": "failed", "3": "success"}
    assert states(april(text, tasks=FAILS))["3"] == "none"


def test_a_failed_instance_takes_its_downstream_out_of_the_job() -> None:
    """Z22, Z01: the job ends with an error, and what was downstream has no row."""
    outcome = march(PAUSED + act("backfill", "4@02", from_="2", to="2"), tasks=CHAIN)
    assert states(outcome, "extract") == {"2": "failed"}
    assert states(outcome) == {}
    assert errors(outcome) == [("backfill-1", "Z24")]


def test_a_backfill_over_a_failed_date_goes_on_for_ever() -> None:
    """Z23: nobody notices that nothing can run; in April the job ended in a deadlock."""
    text = PAUSED + act("backfill", "4@02", from_="2", to="3")
    outcome = march(text, tasks=FAILS)
    assert [job.id for job in outcome.timeline.live_backfills("sales")] == [1]
    assert states(outcome) == {"2": "failed"}
    assert april(text, tasks=FAILS).timeline.live_backfills("sales") == []


def test_a_backfill_of_a_day_to_come_waits_for_it() -> None:
    """Z23, L44: the job stays until the clock has come there, then runs the day."""
    outcome = march(PAUSED + act("backfill", "3@02", from_="5", to="5"), last=6)
    ran = [entry.time for entry in outcome.trace for event in entry.events if getattr(event, "key", None) is not None]
    assert min(ran) == at("5")
    assert states(outcome) == {"5": "success"}


def test_a_backfill_needs_a_start() -> None:
    """Z21: without one it raises, even if an end is given."""
    outcome = march(PAUSED + act("backfill", "4@02", to="3"))
    assert errors(outcome) == [("backfill-1", "Z21")]
    assert outcome.timeline.task(TaskKey("sales", "load", at("3"))) is None


def test_a_task_run_by_hand_is_tested_but_for_its_date() -> None:
    """Z26: it runs ahead of its time, if its past succeeded."""
    text = PAUSED + act("run_task", "3@02", task="load", date="9")
    assert states(march(text)) == {}
    assert states(march(text, tasks="[dags.sales.tasks.load]\n")) == {"9": "success"}
