"""The year of an hourly DAG as one would write it in SimPy: how long a general simulator takes, with no laws.

A scheduler, a clock and the workers are processes, the slots a resource. The scheduler looks only at heartbeats, and
only at those by which something has changed: a tick or a worker rings, and it answers on the next heartbeat. Runs,
instances and links are kept, and every change goes into a log.

    python -m benchmarks.simpy_year
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import simpy

# All times are whole seconds since 1970.
MINUTE = 60
HOUR = 60 * MINUTE
START = int(datetime(2016, 1, 1, tzinfo=UTC).timestamp())
END = int(datetime(2017, 1, 1, tzinfo=UTC).timestamp())
PERIOD = HOUR
HEARTBEAT = 5 * MINUTE
DURATION = 10 * MINUTE
SLOTS = 16
MAX_RUNNING = 16
UPSTREAM: dict[str, str | None] = {"extract": None, "transform": "extract", "load": "transform"}
LAST = "load"


class State(StrEnum):
    """Of a run or of a task instance."""

    NONE = "none"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"


@dataclass(slots=True)
class Run:
    """One run, and the date of the one before it."""

    date: int
    previous: int | None
    state: State


TaskKey: TypeAlias = tuple[str, int]
Event: TypeAlias = tuple[int, str, int | TaskKey, State]  # when, what, of which run or instance, its state from then on
Process: TypeAlias = "Generator[simpy.Event, None, None]"


class Year(NamedTuple):
    """What is left of a year, and how long it took to simulate."""

    runs: dict[int, Run]
    tasks: dict[TaskKey, State]
    events: list[Event]
    seconds: float


class Simulation:
    """The database, so to speak, and the processes that read and write it."""

    def __init__(self, env: simpy.Environment, slots: simpy.Resource) -> None:
        self.env = env
        self.slots = slots
        self.runs: dict[int, Run] = {}
        self.tasks: dict[TaskKey, State] = {}
        self.events: list[Event] = []
        self.running: list[Run] = []
        self.next_date = START
        self.bell = env.event()
        env.process(self.clock())
        env.process(self.scheduler())

    # ------------------------------------------------------------------ processes

    def clock(self) -> Process:
        """Ring at each tick."""
        while True:
            yield self.env.timeout(PERIOD)
            self.ring()

    def scheduler(self) -> Process:
        """Look at each heartbeat by which something can have changed."""
        beat = START
        while True:
            self.bell = self.env.event()
            self.make_run(beat)
            self.finish_runs(beat)
            self.send_tasks(beat)
            if not self.may_make_run(beat):
                yield self.bell
            now = int(self.env.now)
            beat = max(beat + HEARTBEAT, now + (START - now) % HEARTBEAT)
            if beat > now:
                yield self.env.timeout(beat - now)

    def worker(self, key: TaskKey) -> Process:
        """Wait for a slot, do the task in it, and ring."""
        with self.slots.request() as slot:
            yield slot
            self.move_task(int(self.env.now), key, State.RUNNING)
            yield self.env.timeout(DURATION)
            self.move_task(int(self.env.now), key, State.SUCCESS)
        self.ring()

    def ring(self) -> None:
        """Wake the scheduler, unless somebody already has."""
        if not self.bell.triggered:
            self.bell.succeed()

    # ------------------------------------------------------------------ what a scheduler does at a heartbeat

    def may_make_run(self, now: int) -> bool:
        """Whether the next date's period has ended and a further run may be running."""
        return self.next_date + PERIOD <= now and len(self.running) < MAX_RUNNING

    def make_run(self, now: int) -> None:
        """Make the next run, with its instances, if it is due."""
        if not self.may_make_run(now):
            return
        date = self.next_date
        previous = next(reversed(self.runs), None)
        run = self.runs[date] = Run(date, previous, State.RUNNING)
        self.running.append(run)
        self.events.append((now, "run made", date, State.RUNNING))
        for task in UPSTREAM:
            key = (task, date)
            self.tasks[key] = State.NONE
            self.events.append((now, "task made", key, State.NONE))
        self.next_date += PERIOD

    def finish_runs(self, now: int) -> None:
        """Give each running run whose last task is done its state."""
        for run in self.running:
            if self.tasks[LAST, run.date] is State.SUCCESS:
                run.state = State.SUCCESS
                self.events.append((now, "run moved", run.date, State.SUCCESS))
        self.running = [run for run in self.running if run.state is State.RUNNING]

    def send_tasks(self, now: int) -> None:
        """Send each task of a running run that was not sent and whose upstream is done to a worker of its own."""
        for run in self.running:
            for task, upstream in UPSTREAM.items():
                key = (task, run.date)
                ready = upstream is None or self.tasks[upstream, run.date] is State.SUCCESS
                if ready and self.tasks[key] is State.NONE:
                    self.move_task(now, key, State.QUEUED)
                    self.env.process(self.worker(key))

    def move_task(self, now: int, key: TaskKey, state: State) -> None:
        """Write an instance's state."""
        self.tasks[key] = state
        self.events.append((now, "task moved", key, state))


def check(year: Year) -> None:
    """Every date whose period ended within the year has its run, and they were made, linked and done in order."""
    dates = list(range(START, END - PERIOD, PERIOD))  # the last period ends with the year, too late for its run
    keys = [(task, date) for date in dates for task in UPSTREAM]
    done = [key for _, what, key, state in year.events if what == "run moved" and state is State.SUCCESS]
    assert list(year.runs) == dates, "not every due run was made, in order"
    assert [run.previous for run in year.runs.values()] == [None, *dates[:-1]], "a run is not linked to the one before"
    assert {run.state for run in year.runs.values()} == {State.SUCCESS}, "a run did not end in success"
    assert done == dates, "runs did not end in order"
    assert list(year.tasks) == keys, "a run was not made with its instances"
    assert set(year.tasks.values()) == {State.SUCCESS}, "a task did not end in success"
    assert all(one[0] <= other[0] for one, other in zip(year.events, year.events[1:], strict=False)), "time went back"


def run_year() -> Year:
    """Simulate the year, the end of it excluded, and check what has come of it."""
    try:
        import simpy
    except ImportError as missing:
        raise RuntimeError("this benchmark needs SimPy, which comes with: pip install 'runline[dev]'") from missing

    started = time.perf_counter()
    env = simpy.Environment(initial_time=START)
    simulation = Simulation(env, simpy.Resource(env, capacity=SLOTS))
    env.run(until=END)
    seconds = time.perf_counter() - started
    year = Year(simulation.runs, simulation.tasks, simulation.events, seconds)
    check(year)
    return year


def main() -> None:
    """Simulate and print one JSON object."""
    year = run_year()
    result = {
        "runs": len(year.runs),
        "successes": Counter(run.state for run in year.runs.values())[State.SUCCESS],
        "tasks": len(year.tasks),
        "events": len(year.events),
        "seconds": round(year.seconds, 3),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
