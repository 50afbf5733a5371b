"""The counter-proposal in small timelines: what each rule does, as literal tables of date, kind and state."""

from __future__ import annotations

from dataclasses import fields

from runline.designs.catalog import find_design
from runline.designs.coherent import coherent
from runline.designs.update_in_place import update_in_place
from runline.model.events import RunLinked, RunOverridden
from runline.model.instants import DAY
from runline.model.records import BY_DATE
from runline.model.schedules import Delta
from runline.model.states import TaskState
from tests.designs.updating import DESIGN, FAILING, executed, of, option, revision, runs, state_of, table
from tests.simulator.building import act, at, scenario


def test_a_date_has_one_run_however_often_it_is_backfilled() -> None:
    """U1, J5: two backfills of a date leave one run, which keeps its id and its origin and changes kind and run_id."""
    outcome = of(scenario(act("backfill", "4@02", from_="2", to="2") + act("backfill", "4@04", from_="2", to="2")))
    (run,) = outcome.timeline.runs_at("sales", at("2"))
    assert (run.id, run.origin, run.kind) == (2, "scheduled", "backfill")
    assert run.run_id == "backfill__2016-01-02T00:00:00Z__2"
    assert revision(outcome, run.id) == 3


def test_a_run_id_is_of_one_run() -> None:
    """U1: a manual run is refused at a date that has a run, and under a run_id that one of another date has."""
    text = act("trigger", "3@02", date="2") + act(
        "trigger", "3@03", date="2@12", run_id="scheduled__2016-01-01T00:00:00Z"
    )
    outcome = of(scenario(text, last=3))
    assert [event.rule for event in outcome.refused] == ["U1", "U1"]


def test_the_revision_counts_who_touched_a_run() -> None:
    """U1, V14: a run is made in its first revision, and each backfill over it adds one; others keep theirs."""
    outcome = of(scenario(act("backfill", "4@02", from_="2", to="2")))
    assert [revision(outcome, run.id) for run in outcome.timeline.runs()] == [1, 2, 1, 1]


def test_an_instance_belongs_to_the_run_of_its_date() -> None:
    """U2: no instance names a run, and none has no run."""
    outcome = of(scenario(act("trigger", "3@05", date="2@12") + act("backfill", "4@02", from_="1@12", to="1@12")))
    rows = list(outcome.timeline.tasks())
    assert {row.run for row in rows} == {BY_DATE}
    assert all(outcome.timeline.runs_at("sales", row.date) for row in rows)


def test_a_task_run_by_hand_makes_a_manual_run_of_that_task() -> None:
    """U2: where the date has no run, one is made, with just the task that was asked for."""
    tasks = "[dags.sales.tasks.load]\n[dags.sales.tasks.mail]\n"
    outcome = of(scenario(act("run_task", "3@02", task="load", date="3"), tasks=tasks))
    assert ("3", "manual", "success") in table(outcome)
    assert [row.task for row in outcome.timeline.tasks_at("sales", at("3"))] == ["load"]
    assert [run.requested for run in outcome.timeline.runs_at("sales", at("3"))] == [("load",)]


def test_a_task_run_by_hand_uses_the_run_of_its_date() -> None:
    """U2: where the date has a run, that is judged again, and no other is made."""
    text = act("fix", "4@02", task="load") + act("run_task", "4@02", task="load", date="2")
    outcome = of(scenario(text, tasks=FAILING))
    assert table(outcome)[:2] == [("1", "scheduled", "success"), ("2", "scheduled", "success")]
    assert revision(outcome, 2) == 1


def test_a_task_run_by_hand_waits_for_its_past() -> None:
    """U2, U9: by hand too an instance is refused while the run before it has not ended well."""
    outcome = of(scenario(act("run_task", "3@02", task="load", date="3"), tasks=FAILING, last=3))
    assert [(event.action, event.rule) for event in outcome.refused] == [("run_task", "U9")]
    assert [row[0] for row in table(outcome)] == ["1", "2"]


def test_a_state_cannot_be_set_where_there_is_no_run() -> None:
    """U2: there is no instance without a run, so nothing can be said of one."""
    outcome = of(scenario(act("set_state", "3@02", task="load", date="3@12", state="success")))
    assert [event.rule for event in outcome.refused] == ["U2"]


def test_the_run_before_is_found_when_it_is_asked_for() -> None:
    """U3: a failed backfill between two runs holds the later one up, and no link was changed for that."""
    tasks = "[dags.sales.tasks.load]\ndepends_on_past = true\nfails_on = [2016-01-02T12:00:00Z]\n"
    outcome = of(scenario(act("backfill", "3@02", from_="2@12", to="2@12"), tasks=tasks, last=4))
    assert table(outcome)[-2:] == [("2@12", "backfill", "failed"), ("3", "scheduled", "running")]
    events = [event for entry in outcome.trace for event in entry.events]
    assert not any(isinstance(event, RunLinked | RunOverridden) for event in events)
    assert {run.previous for run in outcome.timeline.runs()} == {None}


def test_a_deleted_run_takes_its_instances_along() -> None:
    """U3, 4.3: the hole stays, the run before the next one is another from then on, and no instance is left behind."""
    fails = FAILING.replace("01-02", "01-03")
    outcome = of(scenario(act("delete_run", "4@02", date="3"), tasks=fails))
    assert table(outcome) == [
        ("1", "scheduled", "success"),
        ("2", "scheduled", "success"),
        ("3", "scheduled", "failed"),
        ("4", "scheduled", "running"),
    ]
    assert executed(outcome, "load", "3") == 2  # the last date is made again, and its instance begins anew
    inner = of(scenario(act("delete_run", "5@02", date="3"), tasks=fails))
    assert table(inner)[2:] == [("4", "scheduled", "success")]
    assert not inner.timeline.tasks_at("sales", at("3"))


def test_a_run_that_stands_at_the_date_is_stepped_over() -> None:
    """U4: whoever made it; the key is never violated and nothing is raised."""
    outcome = of(scenario(act("trigger", "3@12", date="3") + act("backfill", "4@12", from_="4", to="4"), last=7))
    assert table(outcome)[2:5] == [
        ("3", "manual", "success"),
        ("4", "backfill", "success"),
        ("5", "scheduled", "success"),
    ]
    assert outcome.errors == ()


def test_the_anchor_is_what_was_made_as_scheduled() -> None:
    """U4: when every scheduled run was updated, the phase of the schedule is still theirs, not that of a new start."""
    text = act("backfill", "4@02", from_="1", to="3") + act("deploy", "4@04", start_date="1@06")
    given = scenario(text, last=6)
    dag = given.dags["sales"].model_copy(update={"schedule": Delta(DAY)})
    outcome = of(given.model_copy(update={"dags": {"sales": dag}}))
    assert [row[:2] for row in table(outcome)] == [
        ("1", "backfill"),
        ("2", "backfill"),
        ("3", "backfill"),
        ("4", "scheduled"),
        ("5", "scheduled"),
    ]


def test_gaps_are_left_or_filled() -> None:
    """U4: the next date lies beyond a backfill; with fill_gaps the first closed tick without a run is made first."""
    text = act("pause", "3@02") + act("backfill", "5@02", from_="4", to="4") + act("unpause", "5@03")
    assert [row[0] for row in runs(text, last=6)] == ["1", "2", "4", "5"]
    filled = of(scenario(text + option("fill_gaps", "on"), last=6))
    assert [row[0] for row in table(filled)] == ["1", "2", "3", "4", "5"]
    assert "forward-only" in filled.broken
    assert "forward-only" not in filled.design.promises


def test_a_backfill_of_one_gap_makes_the_next_gap_the_next_date() -> None:
    """U4: with fill_gaps that is so even before a run that stands later, so isolation is not promised."""
    text = (
        act("pause", "3@02") + act("backfill", "6@02", from_="5", to="5") + act("backfill", "6@03", from_="3", to="3")
    )
    outcome = of(scenario(text + option("fill_gaps", "on"), last=6))
    assert [finding.sentence for finding in outcome.verdicts["isolation"].findings] == [
        "backfill-2 moved the next date of sales from 2016-01-03 to 2016-01-04."
    ]
    assert "isolation" not in outcome.design.promises


def test_gaps_of_an_interval_are_filled_in_its_phase() -> None:
    """U4: what is missing is counted from the anchor, not from a start date that was moved meanwhile."""
    text = act("deploy", "4@02", start_date="1@06") + act("delete_run", "4@03", date="2") + option("fill_gaps", "on")
    given = scenario(text, last=5)
    dag = given.dags["sales"].model_copy(update={"schedule": Delta(DAY)})
    assert [row[0] for row in table(of(given.model_copy(update={"dags": {"sales": dag}})))] == ["1", "2", "3", "4"]


def test_the_past_is_that_of_the_task() -> None:
    """U9: a failed neighbour in the run before does not matter, the same task does."""
    tasks = (
        "[dags.sales.tasks.load]\ndepends_on_past = true\n"
        "[dags.sales.tasks.mail]\ndepends_on_past = true\nfails_on = [2016-01-02T00:00:00Z]\n"
    )
    outcome = of(scenario(tasks=tasks, last=4))
    assert (state_of(outcome, "load", "3"), state_of(outcome, "mail", "3")) == (TaskState.SUCCESS, TaskState.NONE)


def test_a_task_that_the_run_before_lacks_asks_for_that_run() -> None:
    """U9: a new task goes on where the run before succeeded, and waits where it failed."""
    deploy = '[[actions]]\nat = 2016-01-03T02:00:00Z\ndo = "deploy"\n'
    deploy += "tasks = { load = {}, mail = { depends_on_past = true } }\n"
    plain = "[dags.sales.tasks.load]\n"
    fine = of(scenario(deploy, tasks=plain, last=4))
    assert state_of(fine, "mail", "3") is TaskState.SUCCESS
    failed = of(scenario(deploy, tasks=plain + "fails_on = [2016-01-02T00:00:00Z]\n", last=4))
    assert state_of(failed, "mail", "3") is TaskState.NONE


def test_a_removed_instance_is_no_past() -> None:
    """U8, U9: where the instance of the run before was removed, the run itself is asked."""
    tasks = FAILING.replace("load", "mail") + "[dags.sales.tasks.load]\n"
    deploy = '[[actions]]\nat = 2016-01-04T02:00:00Z\ndo = "deploy"\ntasks = { load = {} }\n'
    waits = of(scenario(deploy, tasks=tasks, last=4))
    assert state_of(waits, "mail", "3") is TaskState.NONE
    goes_on = of(scenario(deploy + act("backfill", "4@03", from_="2", to="2"), tasks=tasks, last=4))
    assert state_of(goes_on, "mail", "3") is TaskState.SUCCESS


def test_a_manual_run_has_a_past_too() -> None:
    """U9: it waits for the scheduled run before it, and nobody waits for it."""
    outcome = of(scenario(act("trigger", "3@02", date="2@12"), tasks=FAILING, last=3))
    assert table(outcome)[-1] == ("2@12", "manual", "running")
    fine = of(scenario(act("trigger", "3@02", date="2@12"), last=3))
    assert table(fine)[-1] == ("2@12", "manual", "success")


def test_downstream_of_the_run_before_is_waited_for() -> None:
    """U9: wait_for_downstream asks for what directly followed the task in the run before."""
    tasks = (
        "[dags.sales.tasks.load]\nwait_for_downstream = true\n"
        '[dags.sales.tasks.mail]\nupstream = ["load"]\nfails_on = [2016-01-02T00:00:00Z]\n'
    )
    outcome = of(scenario(tasks=tasks, last=4))
    assert [state_of(outcome, "load", date) for date in ("2", "3")] == [TaskState.SUCCESS, TaskState.NONE]


def test_what_is_lost_is_said() -> None:
    """U11: who ran a date first and by which version is given up, and nothing of overriding or linking is needed."""
    assert {"version-pinned", "history-kept"} <= set(update_in_place.gives_up)
    assert not update_in_place.capabilities & coherent.capabilities & {"stores_previous", "overrides", "task_has_run"}


def test_timeouts_come_before_the_limit() -> None:
    """H10: a run that has timed out makes room for the next one in the same look."""
    dag = 'max_active_runs = 1\ndagrun_timeout = "3h"'
    assert runs(dag=dag, tasks='[dags.sales.tasks.load]\nduration = "10h"\n', first=3, last=3)[:2] == [
        ("1", "scheduled", "failed"),
        ("2", "scheduled", "failed"),
    ]


def test_options_add_up() -> None:
    """An option that gives up a law takes its promise away, and the next one does not bring it back."""
    design = find_design(DESIGN, {"fill_gaps": "on", "reset": "all"})
    assert not {"forward-only", "idempotent-backfill"} & design.promises
    assert {"forward-only", "idempotent-backfill"} <= set(design.gives_up)


def test_it_shares_its_rules_with_coherent() -> None:
    """Where the two designs do the same, they use the same rule; the fields in which they differ are these."""
    differ = {f.name for f in fields(coherent) if getattr(coherent, f.name) != getattr(update_in_place, f.name)}
    assert differ - {"name", "summary", "source", "capabilities", "promises", "gives_up", "options", "reads"} == {
        "candidate",
        "beyond",
        "draft",
        "insert",
        "pairs",
        "past",
        "downstream",
        "refusals",
        "take",
        "again",
        "job_of",
        "trigger",
        "delete_run",
        "run_task",
        "set_state",
    }
