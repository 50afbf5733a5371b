"""What a stranger found in a first trial, each as a small history that must come out right."""

from __future__ import annotations

import pytest

from runline.invariants.verdict import Status
from runline.model.errors import RunlineError
from runline.simulator.outcome import Outcome
from runline.simulator.simulate import simulate
from tests.simulator.building import act, scenario, shown

PLAIN = "[dags.sales.tasks.load]\n"


def sound(text: str = "", seed: int = 0, **keys: object) -> Outcome:
    """A history under coherent in which every promise is kept."""
    outcome = simulate(scenario(text, **keys), seed=seed)  # type: ignore[arg-type]
    assert {law: [f.sentence for f in outcome.verdicts[law].findings] for law in outcome.broken_promises} == {}
    return outcome


def test_a_look_that_was_overtaken_sends_nothing_twice() -> None:
    """What others sent while a look was under way is not sent again, in whatever order they come."""
    tasks = (
        "[dags.sales.tasks.t]\nfails_on = [2016-01-01T00:00:00Z, 2016-01-01T06:00:00Z]\n"
        '[dags.sales.tasks.u]\nupstream = ["t"]\n'
        '[dags.sales.tasks.v]\nduration = "3h"\n'
    )
    for seed in range(40):
        sound('[processes]\nschedulers = 2\ninterleave = "steps"\n', seed, tasks=tasks, schedule="0 */6 * * *")


def test_a_new_downstream_task_does_not_block_for_ever() -> None:
    """H34: where the run before has no instance of it, that run itself is waited for."""
    tasks = '[dags.sales.tasks.t]\nwait_for_downstream = true\n[dags.sales.tasks.u]\nduration = "30h"\n'
    text = act("deploy", "2@15") + 'tasks = { t = {}, w = { upstream = ["t"] } }\n'
    sound(text + '[designs.coherent]\ndepends_on_past = "task"\n', tasks=tasks, schedule="0 */6 * * *", last=3)


def test_a_run_times_out_by_its_own_version() -> None:
    """L12, M47: a timeout that is deployed later is not for the runs that were there."""
    tasks = '[dags.sales.tasks.load]\nduration = "3h"\n'
    text = act("deploy", "3@01", dagrun_timeout="1h")
    states = [row[2] for row in shown(sound(text, tasks=tasks))]
    assert states == ["success", "success", "failed", "failed"]


@pytest.mark.parametrize("state", ["queued", "running", "up_for_retry", "upstream_failed"])
def test_states_that_are_not_an_operators_are_refused(state: str) -> None:
    """H39: what only a scheduler or a worker can say is not written by hand."""
    outcome = sound(act("set_state", "4@02", task="load", date="2", state=state))
    assert [event.rule for event in outcome.refused] == ["H39"]


def test_without_a_worker_it_is_the_operators() -> None:
    """When the last worker has crashed, what was handed over is blocked, and goes on when it is restarted."""
    text = act("crash", "2@12", process="worker-1") + "[processes]\nworkers = 1\n"
    assert sound(text).verdicts["no-deadlock"].blocked
    again = act("crash", "2@12", process="worker-1") + act("restart", "4@12", process="worker-1")
    assert [row[2] for row in shown(sound(again + "[processes]\nworkers = 1\n", last=6))][:3] == ["success"] * 3


def test_a_worker_may_be_killed_twice() -> None:
    """The second time there is nothing left to kill."""
    text = act("kill", "2@12", process="worker-1") + act("kill", "3@12", process="worker-1")
    assert sound(text).complete


def test_what_had_not_come_to_an_end_may_do_so_the_second_time() -> None:
    """A run that fails with one leaf leaves the others; the same backfill again may run those."""
    tasks = (
        '[dags.sales.tasks.t]\n[dags.sales.tasks.u]\nupstream = ["t"]\n'
        "[dags.sales.tasks.v]\nfails_on = [2016-01-02T00:00:00Z]\n"
    )
    sound(act("backfill", "4@02", from_="2", to="2"), tasks=tasks)


def test_a_long_chain_of_waits_is_followed() -> None:
    """A hundred runs that wait for one another are no trouble, and the sentence leaves out the middle."""
    tasks = "[dags.sales.tasks.load]\ndepends_on_past = true\nfails_on = [2016-01-01T00:00:00Z]\n"
    text = act("backfill", "7@02", from_="2", to="6")
    outcome = sound(text, tasks=tasks, first=2, last=9, schedule="0 * * * *", dag="max_active_runs = 120")
    blocked = outcome.verdicts["no-deadlock"].blocked
    assert len(blocked) > 100
    assert "others in turn" in blocked[-2].sentence
    assert len(blocked[-2].sentence) < 600


def test_a_task_past_its_end_says_so() -> None:
    """What its own definition holds does not wait for itself."""
    tasks = "[dags.sales.tasks.load]\nend_date = 2016-01-02T00:00:00Z\n"
    blocked = sound(tasks=tasks).verdicts["no-deadlock"].blocked
    assert blocked[0].sentence == "load of 2016-01-03: its task ends at 2016-01-02, does not go on."


@pytest.mark.parametrize("fault", ["drift = nan", "drift = 1e30", 'jump = "99999w"', "drift = -5.0"])
def test_clocks_go_wrong_within_bounds(fault: str) -> None:
    """A clock that is off by more than can be is refused as bad input."""
    with pytest.raises(RunlineError):
        scenario(act("clock", "3@02", process="scheduler-1") + fault + "\n")


@pytest.mark.parametrize("processes", ["schedulers = 100000", "workers = 1000000"])
def test_processes_are_bounded(processes: str) -> None:
    """More processes than anybody has are refused."""
    with pytest.raises(RunlineError):
        scenario(f"[processes]\n{processes}\n")


def test_a_backfill_option_that_the_design_lacks_is_noted() -> None:
    """What is given and passed over is said."""
    text = act("backfill", "4@02", from_="2", to="2", reprocess="failed", run_backwards=True)
    assert simulate(scenario(text, tasks=PLAIN)).notes == ("coherent has no backfill option reprocess",)
    assert simulate(scenario(text, tasks=PLAIN), "airflow-2016-04").notes == (
        "airflow-2016-04 has no backfill option reprocess",
        "airflow-2016-04 has no backfill option run_backwards",
    )


def test_a_backfill_of_some_tasks_gives_over_what_it_was_not_asked_for() -> None:
    """H26: a job that waits for an instance which nobody sends while it lives ends, and the scheduler goes on."""
    tasks = '[dags.sales.tasks.extract]\ndepends_on_past = true\n[dags.sales.tasks.load]\nupstream = ["extract"]\n'
    text = act("backfill", "4@00", from_="2", to="3") + 'tasks = ["extract"]\n'
    given = scenario(act("pause", "3@02") + text.replace("04T00:00", "04T00:30") + act("unpause", "4@01"), tasks=tasks)
    states = [row[2] for row in shown(simulate(given)) if row[2] != "overridden"]
    assert "running" not in states[:3]


def test_empty_names_are_refused() -> None:
    """A task must have a name."""
    with pytest.raises(RunlineError, match="a name is empty"):
        scenario(tasks='[dags.sales.tasks.""]\n')


def test_a_clock_may_be_wrong_before_its_backfill_begins() -> None:
    """What is said of a backfill's clock before it begins is so when it does."""
    text = act("clock", "3@02", process="backfill-1", offset="30h") + act("backfill", "4@02", from_="5", to="5")
    outcome = simulate(scenario(text))
    assert [row[:2] for row in shown(outcome) if row[1] == "backfill"] == [("5", "backfill")]
    assert outcome.verdicts["single-live-run"].status is Status.HOLDS
