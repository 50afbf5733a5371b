"""The event loop: what comes first at one instant, what is skipped, and what is told again and again."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from hypothesis import given, settings

from runline.designs.catalog import DESIGNS
from runline.model.events import Looked, Raised, RunCreated, TaskMoved
from runline.model.states import TaskState
from runline.simulator import engine
from runline.simulator.agenda import SCHEDULER
from runline.simulator.engine import Engine
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import read
from runline.simulator.simulate import simulate
from runline.testing.strategies import scenarios
from tests.simulator.building import act, at, scenario, shown

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILES = [file for file in sorted(SCENARIOS.rglob("*.toml")) if read(file).processes.interleave == "atomic"]
"""Where processes come in between steps, which goes on is drawn, and other looks draw otherwise."""


def told(outcome: Outcome) -> list[object]:
    """What happened, but for looks, and for errors that are told once instead of each time."""
    return [
        (entry.time, entry.by, event)
        for entry in outcome.trace
        for event in entry.events
        if not isinstance(event, Looked | Raised)
    ]


def assert_skipping_changes_nothing(given: Scenario, design: str) -> None:
    """The same happens whether idle looks are skipped or taken."""
    skipped, taken = (simulate(given, design, idle=idle) for idle in (True, False))
    assert told(skipped) == told(taken)
    assert [(e.by, e.error, e.times, e.last) for e in skipped.errors] == [
        (e.by, e.error, e.times, e.last) for e in taken.errors
    ]
    assert {law: verdict.status for law, verdict in skipped.verdicts.items()} == {
        law: verdict.status for law, verdict in taken.verdicts.items()
    }


@pytest.mark.parametrize("design", DESIGNS)
@given(scenarios())
@settings(max_examples=60)
def test_skipping_idle_looks_changes_nothing(design: str, given: Scenario) -> None:
    """A history is the same whether every heartbeat is looked at or only those of which something can come."""
    assert_skipping_changes_nothing(given, design)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_skipping_idle_looks_changes_nothing_in_scenarios(file: Path) -> None:
    """The same for every scenario file that leaves no choice open."""
    given = read(file)
    for design in DESIGNS:
        assert_skipping_changes_nothing(given, design)


def test_at_one_instant_the_operator_comes_first() -> None:
    """Operator, ends of tasks, backfill jobs, schedulers: in this order, whatever was planned first."""
    tasks = '[dags.sales.tasks.load]\nduration = "1h"\n'
    text = act("fix", "2@02", task="load") + act("backfill", "2@02", from_="1@12", to="1@12")
    outcome = simulate(scenario(text, tasks=tasks))
    now = [entry.by for entry in outcome.trace if entry.time == at("2@02")]
    assert now[0] == "worker-1"  # the task sent at one o'clock ends
    assert now.index("backfill-1") < now.index("scheduler-1")


def test_actions_of_one_instant_happen_in_the_order_of_the_file() -> None:
    """What stands first in the file is done first."""
    both = act("trigger", "2@02", date="1@06") + act("delete_run", "2@02", date="1@06")
    assert "1@06" not in [row[0] for row in shown(simulate(scenario(both)))]
    other = act("delete_run", "2@02", date="1@06") + act("trigger", "2@02", date="1@06")
    assert "1@06" in [row[0] for row in shown(simulate(scenario(other)))]


def test_a_scheduler_makes_at_most_one_run_a_heartbeat() -> None:
    """A DAG that is four days behind is caught up with in four heartbeats."""
    outcome = simulate(scenario(first=5, last=6))
    made = [entry.time for entry in outcome.trace for event in entry.events if isinstance(event, RunCreated)]
    assert made[:4] == [at("5@01"), at("5@02"), at("5@03"), at("5@04")]


def test_an_error_of_every_loop_is_told_once_with_its_count() -> None:
    """L18: a duplicate key is raised at each heartbeat until the end; the trace holds it once."""
    outcome = simulate(scenario(act("trigger", "2@12", date="2")), "airflow-2016-04")
    (error,) = outcome.errors
    assert error.rule == "L18"
    assert error.times == 1 + (at("5@12") - at("3")) // (at("1@01") - at("1"))
    assert error.first == at("3")
    assert sum(isinstance(event, Raised) for entry in outcome.trace for event in entry.events) == 1
    assert "no-deadlock" in outcome.broken


def test_a_look_stands_in_the_agenda_once() -> None:
    """A look that was put off for an earlier one, and is wanted again after it, is not put in once more."""
    tasks = "".join(f'[dags.sales.tasks.t{number}]\nduration = "2h"\n' for number in range(3))

    def assert_once(engine: Engine) -> None:
        looks = [(time, rank) for time, rank, *_ in engine.agenda.heap if rank.priority == SCHEDULER]
        assert len(looks) == len(set(looks))

    assert simulate(scenario("[processes]\nworkers = 1\n", tasks=tasks), told=assert_once).complete


def test_slots_bound_what_runs_at_once() -> None:
    """With one worker one instance runs at a time; what waits begins when the slot is free."""
    tasks = "".join(f'[dags.sales.tasks.t{number}]\nduration = "2h"\n' for number in range(3))
    outcome = simulate(scenario("[processes]\nworkers = 1\n", tasks=tasks, first=2, last=3))
    running = most = 0
    for entry in outcome.trace:
        for event in entry.events:
            if isinstance(event, TaskMoved):
                running += (event.after is TaskState.RUNNING) - (event.before is TaskState.RUNNING)
                most = max(most, running)
    assert most == 1
    assert "success" in [row[2] for row in shown(outcome)]


def test_a_limit_of_events_is_said_when_it_is_reached() -> None:
    """A history that was stopped is not complete."""
    assert not simulate(scenario(), max_events=10).complete
    assert simulate(scenario()).complete


def test_a_killed_backfill_is_continued_by_the_scheduler() -> None:
    """H26, M23: what the job left, the scheduler sends."""
    tasks = '[dags.sales.tasks.load]\nduration = "3h"\ndepends_on_past = true\n'
    text = (
        act("pause", "1@12")
        + act("backfill", "4@02", from_="1", to="3")
        + act("kill", "4@03", process="backfill-1")
        + act("unpause", "4@04")
    ).replace("2016-01-01T12", "2016-01-02T01")
    outcome = simulate(scenario(text, tasks=tasks, last=6))
    assert [row[1:3] for row in shown(outcome)][:3] == [("backfill", "success")] * 3


def test_a_task_that_was_taken_away_does_not_end() -> None:
    """A cleared running instance is sent anew, and the try that was interrupted reports nothing."""
    tasks = '[dags.sales.tasks.load]\nduration = "5h"\n'
    outcome = simulate(scenario(act("clear", "2@03", from_="1", to="1"), tasks=tasks, last=2))
    moves = [(entry.time, event) for entry in outcome.trace for event in entry.events if isinstance(event, TaskMoved)]
    ends = [time for time, event in moves if event.after is TaskState.SUCCESS]
    assert ends == [at("2@03") + (at("2@05") - at("2"))]
    assert outcome.broken == []


@pytest.mark.parametrize("isolation", ["serializable", "repeatable read", "read committed"])
def test_steps_may_interleave_at_every_isolation(isolation: str) -> None:
    """Where others may come in between steps, a coherent timeline stays whole: each of its splices is one commit."""
    text = (
        act("backfill", "4@02", from_="1", to="3")
        + act("backfill", "4@02", from_="2", to="3")
        + f'[processes]\nschedulers = 2\ninterleave = "steps"\nisolation = "{isolation}"\n'
    )
    for seed in range(5):
        assert simulate(scenario(text), seed=seed).broken_promises == []


def test_what_a_simulation_held_goes_with_its_outcome() -> None:
    """Nothing waits for Python's search for cycles: the timeline goes when its outcome does."""
    gc.disable()
    try:
        outcome = simulate(scenario())
        timeline = weakref.ref(outcome.timeline)
        assert timeline() is not None
        del outcome
        assert timeline() is None
    finally:
        gc.enable()


def test_a_long_history_counts_as_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many values that were made without collections are not young afterwards, nor kept from being collected."""
    monkeypatch.setattr(engine, "_MANY", 10)
    with engine.without_collections():
        made = [[number] for number in range(1_000)]
        assert not gc.isenabled()
        assert gc.get_count()[0] > len(made)
    assert gc.isenabled()
    assert gc.get_count()[0] < len(made)
    assert gc.get_freeze_count() == 0
