"""Whether an event costs as much late in a long history as early: the timeline grows to 100,000 runs.

At each size the same work is measured: a run is added at the end, and a backfill splices one in at any date (it asks
for the neighbours, inserts, overrides, relinks). All laws watch it, and it is undone again, so that the size stays.

    python -m benchmarks.growth --runs 100000
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from statistics import median

from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.model.dags import DagVersion, Task
from runline.model.events import DagDeployed, Event, RunCreated, RunLinked, RunOverridden
from runline.model.instants import DAY
from runline.model.records import RunRecord
from runline.model.schedules import Delta
from runline.model.states import RunKind, RunState
from runline.model.timeline import Timeline

DAG = "growth"
EARLY = 1_000
SPLICES = 200
ROUNDS = 15
DAILY = DagVersion(DAG, 1, Delta(DAY), (Task("load"),), start_date=0)


def created(timeline: Timeline, date: int, previous: int | None, kind: RunKind = RunKind.SCHEDULED) -> RunCreated:
    """The next run."""
    run = timeline.last_run_id + 1
    return RunCreated(RunRecord(run, DAG, date, kind, f"{kind}__{date}", RunState.SUCCESS, previous, 1, origin=kind))


def grow(monitor: Monitor, runs: int) -> None:
    """Add daily runs until there are that many."""
    timeline = monitor.timeline
    monitor.apply(DagDeployed(DAILY))
    while timeline.last_run_id < runs:
        newest = timeline.latest(DAG)
        monitor.apply(created(timeline, timeline.last_run_id * DAY, None if newest is None else newest.id))


def splice(timeline: Timeline, date: int) -> Iterator[Event]:
    """What a backfill of a date does, each event as the one before has left things."""
    before, after, here = timeline.predecessor(DAG, date), timeline.successor(DAG, date), timeline.live_at(DAG, date)
    yield created(timeline, date, None if before is None else before.id, RunKind.BACKFILL)
    run = timeline.last_run_id
    for old in here:
        yield RunOverridden(old.id, old.state, run)
    if after is not None:
        yield RunLinked(after.id, after.previous, run)


def seconds_per_event(monitor: Monitor, choices: random.Random) -> float:
    """Splice runs in at any dates, on the grid or off it, and at the end, and undo all."""
    timeline, done, runs = monitor.timeline, list[Event](), monitor.timeline.last_run_id
    dates = [int(choices.random() * (runs + 1)) * DAY + (number % 2) * DAY // 2 for number in range(SPLICES)]
    started = time.perf_counter()
    for date in dates:
        for event in splice(timeline, date):
            monitor.apply(event)
            done.append(event)
    for event in reversed(done):
        monitor.undo(event)
    return (time.perf_counter() - started) / len(done)


def measure(runs: int) -> dict[str, float]:
    """Microseconds per event in a short history and in one of so many runs, measured in turn, and their ratio."""
    choices = random.Random(20)
    early, late = (Monitor(Timeline(), LAWS.values()) for _ in range(2))
    grow(early, EARLY)
    grow(late, runs)
    rounds = [(seconds_per_event(early, choices), seconds_per_event(late, choices)) for _ in range(ROUNDS)]
    return {
        "runs": runs,
        f"microseconds_at_{EARLY}": round(min(few for few, _ in rounds) * 1e6, 2),
        f"microseconds_at_{runs}": round(min(many for _, many in rounds) * 1e6, 2),
        "ratio": round(median(many / few for few, many in rounds), 3),
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000)
    print(json.dumps(measure(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
