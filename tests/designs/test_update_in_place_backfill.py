"""The backfill of the counter-proposal in small timelines: what it updates, what it runs again, what it locks."""

from __future__ import annotations

from runline.invariants.verdict import Status
from runline.model.events import RunCreated, RunMoved, RunTaken, TaskMoved
from runline.model.records import TaskKey
from runline.model.states import RunKind, RunState, TaskState
from runline.reports.history import as_dict, as_text
from runline.simulator.outcome import Earlier
from tests.designs.updating import FAILING, SLOW, executed, of, option, revision, state_of, table
from tests.simulator.building import act, at, scenario


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


# ------------------------------------------------------------------------------- the log


def test_a_log_keeps_what_a_run_was_and_so_the_history() -> None:
    """U7, U11: with the log on, who ran it first, how that ended and of which version is not lost."""
    text = act("deploy", "4@01", depends_on_past=False) + act("backfill", "4@02", from_="2", to="2")
    outcome = of(scenario(text + option("history", "on"), last=4))
    assert outcome.log == [
        Earlier(2, RunKind.SCHEDULED, "scheduled__2016-01-02T00:00:00Z", 1, RunState.SUCCESS, at("4@02"), "backfill-1")
    ]
    assert "history-kept" in outcome.design.promises
    assert outcome.verdicts["history-kept"].status is Status.HOLDS
    assert "version-pinned" in outcome.broken  # the run itself has lost it all the same


def test_the_log_is_told() -> None:
    """What was kept stands beneath the laws, and in the JSON."""
    outcome = of(scenario(act("backfill", "4@02", from_="2", to="2") + option("history", "on"), last=4))
    assert (
        "log: run 2 was scheduled success, version 1, known as scheduled__2016-01-02T00:00:00Z, "
        "until 2016-01-04 02:00 (backfill-1)"
    ) in list(as_text(outcome))
    assert [(row["run"], row["until"]) for row in as_dict(outcome)["log"]] == [(2, "2016-01-04T02:00:00Z")]


def test_without_a_log_nothing_is_kept() -> None:
    """U11: by default what was there before is lost."""
    outcome = of(scenario(act("backfill", "4@02", from_="2", to="2")))
    assert outcome.log == []
    assert "log" not in as_dict(outcome)
    assert "history-kept" in outcome.broken


def test_a_run_that_is_joined_was_running() -> None:
    """U10: a log entry of a run that goes on says so."""
    text = act("backfill", "3@01", from_="2", to="2") + option("history", "on") + 'over_running = "join"\n'
    outcome = of(scenario(text, tasks=SLOW, last=4))
    assert [(earlier.run, earlier.state) for earlier in outcome.log] == [(2, RunState.RUNNING)]
