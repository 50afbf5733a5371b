"""The world of a scenario: its processes, put together and set going."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from runline.designs.design import Design
from runline.invariants.judge import Judge
from runline.invariants.law import AnyLaw, Context
from runline.invariants.laws import LAWS
from runline.simulator.choices import Choices, Noted
from runline.simulator.engine import Engine, Process
from runline.simulator.environment import Environment
from runline.simulator.jobs import Job
from runline.simulator.operator import Operator
from runline.simulator.scenario import Scenario
from runline.simulator.schedulers import Scheduler
from runline.simulator.transaction import Isolation
from runline.simulator.workers import Pool

MAX_EVENTS = 1_000_000


class World:
    """A scenario under a design, before anything has happened."""

    def __init__(
        self,
        scenario: Scenario,
        design: Design,
        choices: Choices,
        laws: Iterable[AnyLaw] | None = None,
        max_events: int = MAX_EVENTS,
        *,
        idle: bool = True,
    ) -> None:
        self.scenario = scenario
        self.design = design
        self.choices = Noted(choices)
        self.engine = Engine(
            Judge(LAWS.values() if laws is None else laws, Context(design.capabilities), printed=False),
            self.choices,
            steps=scenario.processes.interleave == "steps",
            isolation=Isolation(scenario.processes.isolation),
            max_events=max_events,
        )
        self.notes: list[str] = []
        self.environment = Environment(self.choices)
        self.pool = Pool(self.engine, self.environment, scenario.processes.workers)
        self.jobs: list[Job] = []
        self.operator = Operator(self)
        self.schedulers = self._schedulers(idle)
        self.engine.watchers += self.schedulers

    def _schedulers(self, idle: bool) -> list[Scheduler]:
        clock = self.scenario.clock
        schedulers = [
            Scheduler(self.engine, self.design, number + 1, dag, place, clock.start, clock.heartbeat)
            for number in range(self.scenario.processes.schedulers)
            for place, dag in enumerate(self.scenario.dags)
        ]
        for scheduler in schedulers:
            scheduler.idle = idle
        return schedulers

    def processes(self) -> list[Process]:
        """All but the workers: those that look for something to do."""
        return [self.operator, *self.schedulers, *self.jobs]

    def named(self, name: str) -> list[Process]:
        """The processes of that name; a scheduler is one process for each DAG that it cares for."""
        return [process for process in (*self.schedulers, *self.jobs, *self.pool.workers) if process.name == name]

    def run(self, told: Callable[[Engine], None] | None = None) -> bool:
        """Let all happen, from the first heartbeat to the end of the clock; whether that end was reached."""
        clock = self.scenario.clock
        self.engine.now = clock.start
        for dag, spec in self.scenario.dags.items():
            self.operator.deploy(dag, spec)
        for scheduler in self.schedulers:
            scheduler.wake()
        self.operator.plan()
        complete = self.engine.run(clock.end, told)
        for scheduler in self.schedulers:
            scheduler.finish(self.engine.now)
        return complete
