"""The world of a scenario: its processes, put together and set going."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from runline.designs.commands import BackfillRequest
from runline.designs.design import Design
from runline.invariants.judge import Judge
from runline.invariants.law import Context, Finished, Law, MemoryLaw, StateLaw, StepLaw, Waits
from runline.invariants.laws import SIMULATED_LAWS
from runline.invariants.relation import idempotent_backfill, isolation
from runline.simulator.choices import Choices, Noted
from runline.simulator.engine import Engine, Process
from runline.simulator.environment import Environment
from runline.simulator.interleaved import Interleaved
from runline.simulator.jobs import Job
from runline.simulator.operator import Operator
from runline.simulator.relations import Relations
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
        laws: Iterable[Law] | None = None,
        max_events: int = MAX_EVENTS,
        *,
        idle: bool = True,
    ) -> None:
        self.scenario = scenario
        self.design = design
        self.choices = Noted(choices)
        self.laws = list(SIMULATED_LAWS.values() if laws is None else laws)
        following = [law for law in self.laws if isinstance(law, StateLaw | StepLaw | MemoryLaw)]
        judge = Judge(following, Context(design.capabilities), printed=False)
        self.engine = _engine(scenario, judge, self.choices, max_events)
        self.notes: list[str] = []
        self.environment = Environment(self.choices)
        self.pool = Pool(self.engine, self.environment, scenario.processes.workers)
        self.jobs: list[Job] = []
        self.operator = Operator(self)
        self.schedulers = self._schedulers(idle)
        for scheduler in self.schedulers:
            self.engine.watch(scheduler)
        self.relations = Relations(self)
        if scenario.actions and (isolation in self.laws or idempotent_backfill in self.laws):
            self.engine.relations = self.relations

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

    def begin_job(self, request: BackfillRequest) -> None:
        """A backfill job comes into being, and goes to work."""
        job = Job(self.engine, self.design, request)
        job.acts_before = self.operator.done
        if idempotent_backfill in self.laws:
            job.done = self.relations.done
        self.jobs.append(job)
        self.operator.let_clocks_go_wrong(job)
        self.engine.watch(job)
        job.wake()

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

    def finished(self) -> Finished:
        """The history as it stands now, for the laws of finished histories."""
        pending = frozenset(process.dag for process in (*self.schedulers, *self.jobs) if process.pending)
        jobs = [job for job in self.jobs if not job.ended]
        living = [process for process in (*self.schedulers, *jobs) if process.alive]
        watched = {process.dag for process in self.schedulers if process.alive}
        timeline = self.engine.timeline
        waits = Waits(
            held=tuple(held for process in living for held in process.held),
            moving=self.pool.moving(),
            parked=self.pool.parked(),
            raising=tuple(self._raising()),
            unwatched=frozenset(dag for dag in timeline.dags() if dag not in watched or timeline.paused(dag)),
            pending=pending,
        )
        return Finished(timeline, self.engine.now, self.engine.made, waits)

    def _raising(self) -> Iterator[tuple[str, str, str, int]]:
        """The errors that schedulers still meet in every loop."""
        for scheduler in self.schedulers:
            for error in scheduler.errors.values():
                if scheduler.alive and error.times > 1 and error.last + scheduler.heartbeat > self.engine.now:
                    yield error.dag, error.error, error.rule, error.times


def _engine(scenario: Scenario, judge: Judge, choices: Noted, max_events: int) -> Engine:
    """An engine that lets processes come in between one another as the scenario says."""
    processes = scenario.processes
    if processes.interleave == "steps":
        return Interleaved(judge, choices, max_events, Isolation(processes.isolation))
    return Engine(judge, choices, max_events)
