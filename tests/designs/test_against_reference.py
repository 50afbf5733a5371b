"""What a design makes of a history is what a second simulator, written from its rules alone, makes of it."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runline.reports.history import owner
from runline.simulator.actions import ClockAct
from runline.simulator.scenario import Processes, Scenario
from runline.simulator.simulate import simulate
from runline.testing.strategies import DAG, scenarios
from tests.designs.reference import Reference
from tests.designs.reference_in_place import InPlace

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


def told_by_runline(scenario: Scenario, design: str) -> dict[str, Any]:
    """What runline makes of it."""
    outcome = simulate(scenario, design, laws=[])
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
        "instances": sorted(
            (row.date, row.task, str(row.state), str(place.get(owner(outcome, row), "gone"))) for row in rows
        ),
        "refused": len(outcome.refused),
    }


def told_by_reference(end: Reference) -> dict[str, Any]:
    """What a reference makes of it."""
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
    assert told_by_runline(given, "coherent") == told_by_reference(Reference(given, task_level=task_level))


@given(scenarios().map(within_reach))
@settings(max_examples=HISTORIES, suppress_health_check=list(HealthCheck), deadline=None)
def test_update_in_place_is_what_the_rules_say(scenario: Scenario) -> None:
    """The same runs, kinds, versions and states at the end of each history, and as many acts refused."""
    assert told_by_runline(scenario, "update-in-place") == told_by_reference(InPlace(scenario))
