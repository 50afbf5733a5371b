"""What the operator does, one action after the other, and what that makes of the world outside the scheduler."""

from __future__ import annotations

from runline.model.errors import RunlineError
from runline.simulator import actions
from runline.simulator.choices import First
from runline.simulator.deploys import redeployed
from runline.simulator.environment import Environment
from runline.simulator.scenario import DagSpec, Scenario


class Plan:
    """The actions of a scenario in their order: by instant, then as they stand in the file.

    How tasks end is decided by the actions done so far, so ``environments`` are known beforehand, by number of them;
    so are the DAGs (``specs``).
    """

    def __init__(self, scenario: Scenario) -> None:
        _refuse(scenario)
        in_order = sorted(enumerate(scenario.actions), key=lambda item: (item[1].at, item[0]))
        self.scenario = scenario
        self.actions = tuple(action for _, action in in_order)
        self.specs: list[dict[str, DagSpec]] = [dict(scenario.dags)]
        self.environments = [Environment(First())]
        for dag, spec in scenario.dags.items():
            self.environments[0].deploy(dag, spec)
        for action in self.actions:
            self._go_on(action)

    def _go_on(self, action: actions.Action) -> None:
        environment, specs = self.environments[-1].copy(First()), dict(self.specs[-1])
        if isinstance(action, actions.Deploy):
            dag = self.scenario.dag_of(action)
            specs[dag] = redeployed(specs[dag], action)
            environment.deploy(dag, specs[dag])
        elif isinstance(action, actions.Fix):
            environment.fail(self.scenario.dag_of(action), action.task, action.fails_on)
        self.environments.append(environment)
        self.specs.append(specs)

    @property
    def times_out(self) -> bool:
        """Whether the time of a run may run out, now or after a deploy."""
        return any(spec.dagrun_timeout is not None for specs in self.specs for spec in specs.values())

    def job_names(self) -> tuple[str, ...]:
        """The names of all backfill jobs that there may be."""
        count = sum(1 for action in self.actions if isinstance(action, actions.Backfill) or _restarts_job(action))
        return tuple(f"backfill-{number + 1}" for number in range(count))

    def clocks(self) -> tuple[str, ...]:
        """The processes whose clocks may be wrong."""
        return tuple({action.process: None for action in self.actions if isinstance(action, actions.ClockAct)})


def _restarts_job(action: actions.Action) -> bool:
    named = isinstance(action, actions.ProcessAct) and action.process.startswith("backfill-")
    return named and action.do == "restart"


def _refuse(scenario: Scenario) -> None:
    """Say what of a scenario an exploration does not know, rather than pass over it."""
    for place, action in enumerate(scenario.actions):
        if isinstance(action, actions.ProcessAct | actions.ClockAct) and action.process.startswith("worker-"):
            lost = "crashes allowed, for then any worker may be lost, or " if action.do in ("crash", "kill") else ""
            raise RunlineError(
                "outside the model: in an exploration any free worker begins an instance, so none can be told by its name",
                key=f"actions.{place}.process",
                value=action.process,
                remedy=f"the scenario without this action, {lost}`runline simulate`",
            )
