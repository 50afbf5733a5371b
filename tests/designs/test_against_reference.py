"""What ``coherent`` makes of a history is what a second simulator, written from the rules alone, makes of it."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runline.simulator.actions import ClockAct
from runline.simulator.scenario import Processes, Scenario
from runline.simulator.simulate import simulate
from runline.testing.strategies import DAG, scenarios
from tests.designs.reference import Reference

HISTORIES = 5_000 if os.environ.get("RUNLINE_PROFILE") == "nightly" else 200


def within_reach(scenario: Scenario) -> Scenario:
    """The scenario as far as the reference can follow it: one scheduler, workers enough, right clocks, no retries."""
    (dag,) = scenario.dags.values()
    tasks = {name: task.model_copy(update={"retries": 0}) for name, task in dag.tasks.items()}
    return scenario.model_copy(
        update={
            "dags": {DAG: dag.model_copy(update={"tasks": tasks})},
            "actions": tuple(action for action in scenario.actions if not isinstance(action, ClockAct)),
            "processes": Processes(workers=200),
        }
    )


def told_by_runline(scenario: Scenario) -> dict[str, Any]:
    """What runline makes of it."""
    outcome = simulate(scenario, "coherent", laws=[])
    runs = sorted(outcome.timeline.runs(DAG), key=lambda run: run.id)
    place: dict[int | None, int | str | None] = {run.id: index for index, run in enumerate(runs)}
    place |= {None: None, -1: -1}
    rows = [
        row for date in outcome.timeline.instance_dates(DAG, 0, 2**62) for row in outcome.timeline.tasks_at(DAG, date)
    ]
    return {
        "runs": [
            (
                run.date,
                str(run.kind),
                str(run.state),
                run.version,
                place.get(run.previous, "gone"),
                place.get(run.overridden_by, "gone"),
            )
            for run in runs
        ],
        "instances": sorted((row.date, row.task, str(row.state), str(place.get(row.run, "gone"))) for row in rows),
        "refused": len(outcome.refused),
    }


def told_by_reference(scenario: Scenario, *, task_level: bool) -> dict[str, Any]:
    """What the reference makes of it."""
    end = Reference(scenario, task_level=task_level)
    end.simulate()
    place: dict[Any, int] = {run: index for index, run in enumerate(end.runs)}
    return {
        "runs": [
            (
                run.date,
                run.kind,
                run.state,
                run.version,
                run.previous and place.get(run.previous, "gone"),
                run.overridden_by and place.get(run.overridden_by, "gone"),
            )
            for run in end.runs
        ],
        "instances": sorted(
            (row.date, row.task, row.state, str(place.get(row.run, "gone") if row.run else -1)) for row in end.rows
        ),
        "refused": end.refused,
    }


@given(scenarios().map(within_reach), st.booleans())
@settings(max_examples=HISTORIES, suppress_health_check=list(HealthCheck), deadline=None)
def test_coherent_is_what_the_rules_say(scenario: Scenario, task_level: bool) -> None:
    """The same runs, links, owners and states at the end of each history, and as many acts refused."""
    level = {"coherent": {"depends_on_past": "task" if task_level else "run"}}
    given = scenario.model_copy(update={"designs": level})
    assert told_by_runline(given) == told_by_reference(given, task_level=task_level)
