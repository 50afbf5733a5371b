"""The counter-proposal in small timelines: what each rule does, as literal tables of date, kind and state."""

from __future__ import annotations

from dataclasses import fields

from runline.designs.catalog import find_design
from runline.designs.coherent import coherent
from runline.designs.update_in_place import update_in_place
from runline.model.events import RunCreated, RunLinked, RunMoved, RunOverridden, RunTaken, TaskMoved
from runline.model.instants import DAY
from runline.model.records import BY_DATE, TaskKey
from runline.model.schedules import Delta
from runline.model.states import TaskState
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from tests.simulator.building import act, at, scenario, shown

DESIGN = "update-in-place"
FAILING = "[dags.sales.tasks.load]\ndepends_on_past = true\nfails_on = [2016-01-02T00:00:00Z]\n"
SLOW = '[dags.sales.tasks.load]\nduration = "3h"\n'


def of(given: Scenario) -> Outcome:
    """What comes of a scenario; no promise may be broken."""
    outcome = simulate(given, DESIGN)
    assert outcome.broken_promises == []
    return outcome


def runs(more: str = "", **keys: str | int) -> list[tuple[str, str, str]]:
    """What the runs are in the end: date, kind, state."""
    return table(of(scenario(more, **keys)))  # type: ignore[arg-type]


def table(outcome: Outcome) -> list[tuple[str, str, str]]:
    """The runs by date: date, kind, state."""
    return [row[:3] for row in shown(outcome)]


def executed(outcome: Outcome, task: str, date: str) -> int:
    """How often an instance began to run."""
    events = (event for entry in outcome.trace for event in entry.events if isinstance(event, TaskMoved))
    return sum(event.key == TaskKey("sales", task, at(date)) and event.after is TaskState.RUNNING for event in events)


def state_of(outcome: Outcome, task: str, date: str) -> TaskState:
    """The state of an instance."""
    row = outcome.timeline.task(TaskKey("sales", task, at(date)))
    assert row is not None
    return row.state


def revision(outcome: Outcome, run: int) -> int:
    """The revision of a run (U1)."""
    return 1 + outcome.updates[run]


def option(name: str, value: str) -> str:
    """The text that chooses an option of the design."""
    return f'[designs.update-in-place]\n{name} = "{value}"\n'


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


def test_dates_are_the_start_as_it_is_and_what_has_come() -> None:
    """U5, 4.3: off the grid is allowed, dates to come are left out, and a backfill with none left is refused."""
    text = act("backfill", "4@02", from_="2@12", to="9") + act("backfill", "4@08", from_="9", to="9")
    outcome = of(scenario(text, last=4))
    assert [row[:2] for row in table(outcome) if row[1] == "backfill"] == [
        ("2@12", "backfill"),
        ("3", "backfill"),
        ("4", "backfill"),
    ]
    assert [event.rule for event in outcome.refused] == ["H20"]


def test_an_update_writes_the_run_over_and_makes_nothing() -> None:
    """U6: kind, run_id and start are the backfill's; the run itself is the one that was there."""
    outcome = of(scenario(act("backfill", "4@02", from_="2", to="2")))
    assert table(outcome)[1] == ("2", "backfill", "success")
    made = [event for entry in outcome.trace for event in entry.events if isinstance(event, RunCreated)]
    assert len(made) == 4
    run = outcome.timeline.run(2)
    assert run is not None
    assert run.started == at("4@02")


def test_an_updated_run_has_the_version_in_force() -> None:
    """U6, U11: the version is written over too, so that which one ran first is lost; nobody asked for that."""
    text = act("deploy", "4@01", depends_on_past=False) + act("backfill", "4@02", from_="2", to="2")
    outcome = of(scenario(text, last=4))
    assert [run.version for run in outcome.timeline.runs()] == [1, 2, 1]
    assert {"version-pinned", "history-kept"} <= set(outcome.broken)


def test_a_run_keeps_its_version_until_it_is_updated() -> None:
    """U1, U6: a run that waits while the DAG changes goes on without the task that it does not have."""
    deploy = '[[actions]]\nat = 2016-01-04T02:00:00Z\ndo = "deploy"\n'
    deploy += 'tasks = { extract = {}, load = { upstream = ["extract"] } }\n'
    text = deploy + act("fix", "4@03", task="load") + act("backfill", "4@03", from_="2", to="2")
    outcome = of(scenario(text, tasks=FAILING, last=4))
    assert [(run.version, run.state) for run in outcome.timeline.runs()] == [
        (1, "success"),
        (2, "success"),
        (1, "success"),
    ]


def test_a_manual_run_is_updated_like_any_other() -> None:
    """U6, 4.3: it enters the timeline, so that the next run has it before it."""
    tasks = "[dags.sales.tasks.load]\ndepends_on_past = true\nfails_on = [2016-01-02T12:00:00Z]\n"
    text = act("trigger", "3@02", date="2@12")
    alone, updated = (
        scenario(text + more, tasks=tasks, last=4) for more in ("", act("backfill", "3@05", from_="2@12", to="2@12"))
    )
    assert table(of(alone))[-2:] == [("2@12", "manual", "failed"), ("3", "scheduled", "success")]
    assert table(of(updated))[-2:] == [("2@12", "backfill", "failed"), ("3", "scheduled", "running")]


def test_what_failed_runs_again_and_what_succeeded_is_kept() -> None:
    """U7: by default; with reset = all everything does, and a backfill may ask for all or none itself."""
    tasks = "[dags.sales.tasks.load]\n[dags.sales.tasks.mail]\nfails_on = [2016-01-02T00:00:00Z]\n"

    def tries(more: str = "", **keys: str) -> tuple[int, int]:
        outcome = of(scenario(act("backfill", "4@02", from_="2", to="2", **keys) + more, tasks=tasks))
        return executed(outcome, "load", "2"), executed(outcome, "mail", "2")

    assert tries() == (1, 2)
    assert tries(rerun="all") == (2, 2)
    assert tries(rerun="none") == (1, 1)
    assert tries(option("reset", "all")) == (2, 2)
    assert tries(option("reset", "all"), rerun="none") == (1, 1)


def test_reset_all_is_not_idempotent_and_does_not_promise_it() -> None:
    """U7: the same backfill again executes again what has succeeded."""
    outcome = of(scenario(act("backfill", "4@02", from_="2", to="2") + option("reset", "all")))
    assert "idempotent-backfill" in outcome.broken
    assert "idempotent-backfill" in outcome.design.gives_up


def test_tasks_come_and_go_with_the_version() -> None:
    """U8: an update makes what is missing, removes what is gone, and judges the run by what is left."""
    tasks = "[dags.sales.tasks.load]\n[dags.sales.tasks.mail]\nfails_on = [2016-01-02T00:00:00Z]\n"
    deploy = '[[actions]]\nat = 2016-01-04T02:00:00Z\ndo = "deploy"\ntasks = { load = {}, check = {} }\n'
    outcome = of(scenario(deploy + act("backfill", "4@03", from_="2", to="2"), tasks=tasks, last=4))
    assert table(outcome)[1] == ("2", "backfill", "success")
    assert [state_of(outcome, task, "2") for task in ("load", "mail", "check")] == ["success", "removed", "success"]


def test_a_removed_task_comes_back_with_its_version() -> None:
    """U8: when the DAG has the task again, the next update runs it."""
    tasks = "[dags.sales.tasks.load]\n[dags.sales.tasks.mail]\n"
    deploy = '[[actions]]\nat = 2016-01-04T0{}:00:00Z\ndo = "deploy"\ntasks = {{ load = {{}}{} }}\n'
    text = deploy.format(2, "") + act("backfill", "4@03", from_="2", to="2")
    back = deploy.format(4, ", mail = {}") + act("backfill", "4@05", from_="2", to="2", rerun="none")
    gone, again = (of(scenario(each, tasks=tasks, last=4)) for each in (text, text + back))
    assert (state_of(gone, "mail", "2"), executed(gone, "mail", "2")) == ("removed", 1)
    assert (state_of(again, "mail", "2"), executed(again, "mail", "2")) == ("success", 2)


def test_a_removed_task_that_runs_is_stopped() -> None:
    """U8: its worker, the only one, is free at once for what the backfill sends."""
    tasks = '[dags.sales.tasks.load]\nfails_on = [2016-01-02T00:00:00Z]\n[dags.sales.tasks.mail]\nduration = "9h"\n'
    deploy = '[[actions]]\nat = 2016-01-03T04:00:00Z\ndo = "deploy"\ntasks = { load = {} }\n'
    text = deploy + act("backfill", "3@05", from_="2", to="2") + "[processes]\nworkers = 1\n"
    outcome = of(scenario(text, tasks=tasks, last=4))
    key = TaskKey("sales", "load", at("2"))
    moves = [(entry.time, event) for entry in outcome.trace for event in entry.events if isinstance(event, TaskMoved)]
    assert [time for time, event in moves if event.key == key and event.after is TaskState.RUNNING][1:] == [at("3@05")]
    assert state_of(outcome, "mail", "2") is TaskState.REMOVED


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


def test_a_backfill_over_a_running_run_is_refused_or_joins_it() -> None:
    """U10: by default nobody touches what another executes; with join the backfill waits for it and takes its result."""
    text = act("backfill", "3@02", from_="2", to="2")
    refused = of(scenario(text, tasks=SLOW, last=3))
    assert [event.rule for event in refused.refused] == ["U10"]
    assert table(refused)[-1] == ("2", "scheduled", "success")
    joined = of(scenario(text + option("over_running", "join"), tasks=SLOW, last=3))
    assert joined.refused == []
    assert table(joined)[-1] == ("2", "backfill", "success")
    assert executed(joined, "load", "2") == 1
    assert [run.started for run in joined.timeline.runs_at("sales", at("2"))] == [at("3")]  # a run joined goes on


def test_a_run_that_is_over_need_not_be_judged_to_be_updated() -> None:
    """U10: nobody has a run of which everything has ended; it gets its state, and begins anew."""
    outcome = of(scenario(act("pause", "3@01") + act("backfill", "3@02", from_="2", to="2"), last=3))
    assert table(outcome)[-1] == ("2", "backfill", "success")
    moves = [e for entry in outcome.trace for e in entry.events if isinstance(e, RunMoved) and e.run == 2]
    assert [(event.after, event.rule) for event in moves] == [("success", "H35"), ("running", "U6"), ("success", "H35")]


def test_a_run_that_waits_for_its_past_is_running() -> None:
    """U10: what is blocked has not ended, so a backfill over it is refused; one over what blocks it is not."""
    text = act("fix", "4@02", task="load")
    held = of(scenario(text + act("backfill", "4@03", from_="3", to="3"), tasks=FAILING, last=4))
    assert [event.rule for event in held.refused] == ["U10"]
    freed = of(scenario(text + act("backfill", "4@03", from_="2", to="2"), tasks=FAILING, last=4))
    assert table(freed) == [("1", "scheduled", "success"), ("2", "backfill", "success"), ("3", "scheduled", "success")]


def test_the_second_backfill_waits_for_the_first() -> None:
    """U10: of two backfills over one date the second begins when the first has ended, and then updates its run."""
    both = "".join(act("backfill", "4@02", from_="2", to="2", rerun="all") for _ in range(2))
    outcome = of(scenario(both, tasks=SLOW, last=4))
    taken = [entry.time for entry in outcome.trace for event in entry.events if isinstance(event, RunTaken)]
    assert taken == [at("4@02"), at("4@05")]
    assert revision(outcome, 2) == 3


def test_the_scheduler_leaves_locked_dates_alone() -> None:
    """U10: what a backfill was not asked to run waits until it has ended, or was killed."""
    tasks = '[dags.sales.tasks.load]\nduration = "3h"\n[dags.sales.tasks.mail]\nupstream = ["load"]\n'
    text = option("over_running", "join") + act("backfill", "3@02", from_="1@12", to="2", tasks=["load"])
    kill = '[[actions]]\nat = 2016-01-03T03:30:00Z\ndo = "kill"\nprocess = "backfill-1"\n'

    def begun(more: str) -> tuple[str, int]:
        outcome = of(scenario(text + more, tasks=tasks, last=3))
        key = TaskKey("sales", "mail", at("2"))
        sent = [e for entry in outcome.trace for e in entry.events if isinstance(e, TaskMoved) and e.key == key]
        return next((event.by, event.at) for event in sent if event.after is TaskState.QUEUED)

    # the load of the 2nd ends at three; that of the other date, at five
    assert begun("") == ("scheduler-1", at("3@05"))
    assert begun(kill) == ("scheduler-1", at("3@04"))


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
    assert differ - {"name", "summary", "source", "capabilities", "promises", "gives_up", "options"} == {
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
