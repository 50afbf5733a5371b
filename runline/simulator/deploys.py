"""What a deploy makes of a DAG."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from runline.model.errors import RunlineError
from runline.simulator.actions import Deploy
from runline.simulator.scenario import DagSpec, Scenario
from runline.simulator.scenario_errors import told


def redeployed(spec: DagSpec, action: Deploy) -> DagSpec:
    """A DAG after a deploy: the keys given replace those it had; a task named without keys keeps what it had."""
    return DagSpec.model_validate(_replaced(spec, action))


def _replaced(spec: DagSpec, action: Deploy) -> dict[str, Any]:
    """What a deploy says that a DAG is to be."""
    given = action.model_dump(mode="json", include=action.model_fields_set - {"at", "dag", "do", "tasks"})
    if action.tasks is not None:
        known = {name: task.model_dump(exclude_unset=True) for name, task in spec.tasks.items()}
        given["tasks"] = {name: {**known.get(name, {}), **keys} for name, keys in action.tasks.items()}
    else:
        given["tasks"] = {name: task.model_dump(exclude_unset=True) for name, task in spec.tasks.items()}
    kept = {name: getattr(spec, name) for name in type(spec).model_fields if name not in given}
    return {**kept, **given}


def check_deploys(scenario: Scenario) -> None:
    """Raise :class:`RunlineError` for a deploy that makes a DAG which cannot be."""
    for _ in _deployed(scenario):
        pass


def _deployed(scenario: Scenario) -> Iterator[DagSpec]:
    """What each deploy makes of its DAG, one after the other."""
    specs = dict(scenario.dags)
    for place, action in sorted(enumerate(scenario.actions), key=lambda item: (item[1].at, item[0])):
        if not isinstance(action, Deploy):
            continue
        dag = scenario.dag_of(action)
        try:
            specs[dag] = redeployed(specs[dag], action)
            specs[dag].version(dag)
        except ValidationError as error:
            raise told(error, _replaced(specs[dag], action), DagSpec).located(key=f"actions.{place}") from None
        except RunlineError as error:
            error.key = (error.key or "").removeprefix(f"dags.{dag}.")
            raise error.located(key=f"actions.{place}") from None
        yield specs[dag]
