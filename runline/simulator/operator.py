"""The operator: does what the scenario says, at its instants, in the order of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from runline.model.events import BackfillCompleted, DagDeployed, DagPaused, Event
from runline.simulator import actions
from runline.simulator.agenda import OPERATOR, Rank
from runline.simulator.asked import Asked, command_of, request_of
from runline.simulator.clocks import go_wrong
from runline.simulator.deploys import redeployed
from runline.simulator.engine import Process
from runline.simulator.jobs import Job
from runline.simulator.scenario import DagSpec
from runline.simulator.schedulers import Scheduler
from runline.simulator.workers import Worker

if TYPE_CHECKING:
    from runline.simulator.world import World


class Operator(Process):
    """Whoever acts from outside."""

    def __init__(self, world: World) -> None:
        super().__init__(world.engine, "operator", Rank(OPERATOR), "")
        self.world = world
        self.specs: dict[str, DagSpec] = dict(world.scenario.dags)
        self.done = 0
        """How many things were done."""
        self._early: list[actions.ClockAct] = []
        """What was said of the clocks of backfills that had not begun."""

    def plan(self) -> None:
        """Put all actions into the agenda."""
        for place, action in enumerate(self.world.scenario.actions):
            self.engine.agenda.put(action.at, Rank(OPERATOR, place), self.act, action)

    def deploy(self, dag: str, spec: DagSpec) -> None:
        """A version of a DAG comes into force."""
        self.specs[dag] = spec
        number = len(self.engine.timeline.versions(dag)) + 1
        self.world.environment.deploy(dag, spec)
        self._happen(dag, "deploy", (DagDeployed(spec.version(dag, number), self.engine.now, self.name, "L53"),))

    def act(self, action: actions.Action) -> None:
        """Do one thing."""
        self.done += 1
        _ACTS[type(action)](self, action)

    def _happen(self, dag: str, step: str, events: tuple[Event, ...]) -> None:
        self.dag = dag
        if events:
            self.engine.happen(self, step, events)

    def _ask(self, action: Asked) -> None:
        """Let the design say what an act does, and let that happen; what it asks to stop ends badly, now (L50)."""
        dag = self.world.scenario.dag_of(action)
        rule, command = command_of(self.world.design, action, dag, self.engine.now)
        outcome = rule(self.world.design, self.engine.timeline, command)
        self.command = command
        self._happen(dag, type(command).__name__, outcome.events)
        self.command = None
        self.engine.deliver(self, outcome.sends)
        for key in outcome.stops:
            self.world.pool.shut_down(key)

    # ------------------------------------------------------------------------- each act

    def _backfill(self, action: actions.Backfill) -> None:
        known = {"at", "dag", "do", "from_", "to", *self.world.design.backfill_options}
        for option in sorted(action.model_fields_set - known):
            self.world.notes.append(f"{self.world.design.name} has no backfill option {option}")
        self.world.begin_job(request_of(action, self.world.scenario.dag_of(action), len(self.world.jobs) + 1))

    def _deploy(self, action: actions.Deploy) -> None:
        dag = self.world.scenario.dag_of(action)
        self.deploy(dag, redeployed(self.specs[dag], action))

    def _fix(self, action: actions.Fix) -> None:
        self.world.environment.fail(self.world.scenario.dag_of(action), action.task, action.fails_on)

    def _pause(self, action: actions.Pause | actions.Unpause) -> None:
        dag, wanted = self.world.scenario.dag_of(action), isinstance(action, actions.Pause)
        paused = self.engine.timeline.paused(dag)
        self._happen(dag, action.do, (DagPaused(dag, paused, wanted, self.engine.now, self.name),))

    def _parse(self, action: actions.Parse) -> None:
        self.world.notes.append(f"parse is ignored: {self.world.design.name} reads DAG files as they are deployed")

    # ----------------------------------------------------------------------- processes

    def _process(self, action: actions.ProcessAct) -> None:
        for process in self.world.named(action.process):
            if action.do == "restart":
                self._restart(process)
            else:
                self._stop(process)

    def _stop(self, process: Process) -> None:
        if isinstance(process, Worker):
            self.world.pool.stop(process)
            return
        process.alive = False
        if isinstance(process, Job) and not process.ended:
            process.ended = True
            live = [job.id for job in self.engine.timeline.live_backfills(process.dag)]
            if process.request.number in live:
                over = BackfillCompleted(process.request.number, self.engine.now, self.name, "H26", ("H26", "L46"))
                self._happen(process.dag, "kill", (over,))

    def _restart(self, process: Process) -> None:
        if isinstance(process, Worker):
            self.world.pool.restart(process)
        elif isinstance(process, Scheduler) and not process.alive:
            process.alive = True
            process.wake()
        elif isinstance(process, Job) and not process.alive:
            self.world.begin_job(process.request._replace(number=len(self.world.jobs) + 1))

    def _clock(self, action: actions.ClockAct) -> None:
        processes = self.world.named(action.process)
        if not processes:
            self._early.append(action)
        self._go_wrong(action, processes)

    def let_clocks_go_wrong(self, job: Process) -> None:
        """A backfill begins: what was said of its clock before is so."""
        for action in self._early:
            if action.process == job.name:
                self._go_wrong(action, [job])

    def _go_wrong(self, action: actions.ClockAct, processes: Iterable[Process]) -> None:
        now = self.engine.now
        for process in processes:
            go_wrong(process.clock, action, now)
            process.wake()


_ACTS: dict[type, Callable[[Operator, Any], None]] = {
    actions.Backfill: Operator._backfill,
    actions.Deploy: Operator._deploy,
    actions.Fix: Operator._fix,
    actions.Trigger: Operator._ask,
    actions.Clear: Operator._ask,
    actions.RunTask: Operator._ask,
    actions.SetState: Operator._ask,
    actions.DeleteRun: Operator._ask,
    actions.Pause: Operator._pause,
    actions.Unpause: Operator._pause,
    actions.Parse: Operator._parse,
    actions.ProcessAct: Operator._process,
    actions.ClockAct: Operator._clock,
}
