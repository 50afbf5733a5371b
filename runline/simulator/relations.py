"""Relations: what an act changes besides what it was asked to, and what the same backfill does when it is done again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from runline.designs.commands import Clear, Look, Trigger
from runline.designs.rule import Fault
from runline.designs.scheduler import next_date
from runline.invariants.judge import Judge
from runline.invariants.law import Evidence
from runline.invariants.relation import Deed, Next, disturbed, live_states, moved_next, repeated
from runline.model.events import BackfillSubmitted, Event, Raised, Refused
from runline.model.instants import Instant, short_instant
from runline.model.states import TaskState
from runline.model.steps import Held, RunAt
from runline.simulator.choices import Noted
from runline.simulator.engine import Engine, Process
from runline.simulator.jobs import Job
from runline.simulator.workers import Pool

if TYPE_CHECKING:
    from runline.simulator.world import World

_LONGEST: Instant = 400 * 86_400_000_000
"""How long a backfill that is done again may take."""
_MOST_EVENTS = 20_000
_AT_WORK = frozenset({TaskState.QUEUED, TaskState.RUNNING})
_OF_ITS_OWN = 1_000_000
"""Added to the number of a backfill that is done again, so that it is another."""


class Found:
    """What a relation found, with the entries of the trace after which it did."""

    def __init__(self) -> None:
        self.exercised = 0
        self.broken: list[tuple[int, Evidence]] = []

    def add(self, entry: int, evidence: Iterable[Evidence]) -> None:
        """The premise was true once more, and this breaks the law."""
        self.exercised += 1
        self.broken += [(entry, each) for each in evidence]


class Relations:
    """Follows the acts of one simulation: the operator's, and its backfills', with what workers do for these."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.isolation = Found()
        self.idempotence = Found()
        self.deeds: dict[str, Deed] = {}
        """What each backfill is about, by its name, as soon as it has said over which dates it goes."""
        self._joined: set[str] = set()

    # --------------------------------------------------------------------- isolation

    def before(self, process: Process) -> Next | None:
        """An act is about to have events: what the next date is without them."""
        return None if self._is_exempt(process) else self._next(process.dag)

    def _is_exempt(self, process: Process) -> bool:
        works = process.sender in self.deeds
        return not works and not isinstance(process, Job) and not isinstance(process.command, Clear | Trigger)

    def after(self, process: Process, before: Next | None, events: tuple[Event, ...]) -> None:
        """It has had them."""
        deed = None if before is None else self._deed(process, events)
        if deed is None or before is None or all(isinstance(event, Raised | Refused) for event in events):
            return
        timeline = self.world.engine.timeline
        found = disturbed(deed, events, timeline)
        version = timeline.version(deed.dag)
        if version is not None:
            moved = moved_next(deed, before, self._next(deed.dag), version.schedule, timeline)
            found += [] if moved is None else [moved]
        self.isolation.add(len(self.world.engine.trace) - 1, found)

    def _deed(self, process: Process, events: tuple[Event, ...]) -> Deed | None:
        """What the act is about; a backfill says with its first events over which dates it goes."""
        for event in events:
            if isinstance(event, BackfillSubmitted) and event.record.dates:
                first, last = min(event.record.dates), max(event.record.dates)
                deed = self.deeds[process.name] = Deed(process.name, process.name, process.dag, first, last)
                if self._is_at_work(deed):
                    self._joined.add(process.name)
        command = process.command
        if isinstance(command, Clear):
            return Deed(process.name, "clear", process.dag, command.first, command.last)
        if isinstance(command, Trigger):
            date = command.at if command.date is None else command.date
            return Deed(process.name, f"manual run of {short_instant(date)}", process.dag, date, date)
        return self.deeds.get(process.sender or process.name)

    def _is_at_work(self, deed: Deed) -> bool:
        """Whether an instance in the range of an act is queued or runs, so that a backfill waits for what it brings."""
        timeline = self.world.engine.timeline
        dates = timeline.instance_dates(deed.dag, deed.first, deed.last)
        return any(row.state in _AT_WORK for date in dates for row in timeline.tasks_at(deed.dag, date))

    def _next(self, dag: str) -> Next:
        """The next date of the schedule, whether or not its time has come."""
        timeline, now = self.world.engine.timeline, self.world.engine.now
        version = timeline.version(dag)
        latest = timeline.latest_until(dag, now)
        if version is None:
            return Next(None, latest)
        try:
            found = next_date(self.world.design, timeline, Look(dag, now, "scheduler-1", version))
        except Fault:
            return Next(None, latest)
        if not isinstance(found, Held):
            return Next(found[0], latest)
        return Next(found.what.date if isinstance(found.what, RunAt) else None, latest)

    # ------------------------------------------------------------------- idempotence

    def done(self, job: Job) -> None:
        """A backfill has ended by itself: do it again in a copy of the world, with nothing else there, and compare."""
        deed = self.deeds.get(job.name)
        if deed is None or self.world.operator.done != job.acts_before:
            return  # something was done in between, which may change what the same again does
        if any(version.dagrun_timeout is not None for version in self.world.engine.timeline.versions(job.dag)):
            return  # who times runs out is the scheduler, which is not there in the copy
        all_again = job.request.rerun == "all"
        if all_again and job.name in self._joined:
            return  # H23: it waited for what was running; the same again finds that at rest, and may have to wait to redo it
        first = live_states(self.world.engine.timeline, deed)
        engine = _again(self.world, job)
        if engine is None:
            return
        second = live_states(engine.timeline, deed)
        events = [event for entry in engine.trace for event in entry.events]
        found = repeated(deed, first, second, events, all_again=all_again)
        self.idempotence.add(len(self.world.engine.trace) - 1, found)


def _again(world: World, job: Job) -> Engine | None:
    """The same backfill once more, alone in a copy of the world; nothing if it does not come to an end there."""
    judge = Judge((), printed=False)
    for entry in world.engine.trace:
        for event in entry.events:
            judge.monitor.apply(event)
    engine = Engine(judge, Noted(_Asked()), judge.monitor.applied + _MOST_EVENTS)
    engine.now = world.engine.now
    Pool(engine, world.environment.copy(engine.choices), len(world.pool.workers))
    again = Job(engine, world.design, job.request._replace(number=job.request.number + _OF_ITS_OWN))
    again.clock = job.clock
    engine.watch(again)
    again.wake()
    try:
        engine.run(engine.now + _LONGEST)
    except _AskedError:
        return None
    return engine if again.ended else None


class _AskedError(Exception):
    """How a task ends is open: there is no telling what the same again would be."""


class _Asked:
    """Choices of a copy of the world: how long tasks take does not matter there, how they end must not be open."""

    def choose(self, label: str, options: int) -> int:
        """The first, where any will do."""
        if label.endswith("ends"):
            raise _AskedError
        return 0
