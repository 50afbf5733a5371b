"""Schedulers and a clock, each a process: the same search over a real schedule, with time and a law that remembers.

The clock goes to the next instant at which something becomes due; whoever could act before may be late. A scheduler
makes the run after the newest scheduled one as soon as its period has ended. With ``--torn`` there are two of them, and
each reads in one step and inserts in the next: then both may make one date, which only a law with a memory sees.

    python -m benchmarks.clocked --ticks 10
    python -m benchmarks.clocked --ticks 4 --torn
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

from benchmarks.searched import Found, quickest, searched
from runline.explorer.processes import Processes
from runline.invariants.memory import next_date_monotone
from runline.invariants.monitor import Monitor
from runline.model.events import RunCreated, TimePassed
from runline.model.instants import DAY, Instant, parse_instant
from runline.model.records import RunRecord
from runline.model.schedules import Cron, Delta, Schedule
from runline.model.states import RunKind, RunState
from runline.model.steps import Commit, Outcome, Step, Wait, under_way
from runline.model.timeline import Timeline
from runline.model.view import TimelineView

DAG = "clocked"
START = parse_instant("2016-01-01T00:00:00Z")
SCHEDULES: dict[str, Schedule] = {"cron": Cron("0 0 * * *"), "delta": Delta(DAY)}


class Tick(NamedTuple):
    """The clock goes on to where the next period ends, so many times more."""

    schedule: Schedule
    left: int

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Whatever has not happened by then is late."""
        after = self.schedule.next_after(timeline.now)
        if after is None or not self.left:
            return Wait("nothing becomes due any more")
        return Commit((TimePassed(timeline.now, after, after),), Tick(self.schedule, self.left - 1))


class Make(NamedTuple):
    """A scheduler makes the next run that is due, in one transaction."""

    schedule: Schedule

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Read and write at once."""
        due = next_due(timeline, self.schedule)
        return due if isinstance(due, Wait) else Commit((created(timeline, due),), self)


class Read(NamedTuple):
    """A scheduler reads which run is due next."""

    schedule: Schedule

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Read only."""
        due = next_due(timeline, self.schedule)
        return due if isinstance(due, Wait) else Commit((), Insert(self.schedule, due))


@under_way
class Insert(NamedTuple):
    """The scheduler makes the run that it found due, whatever has happened since."""

    schedule: Schedule
    date: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Write only."""
        return Commit((created(timeline, self.date),), Read(self.schedule))


def next_due(timeline: TimelineView, schedule: Schedule) -> Instant | Wait:
    """The date after the newest scheduled one, if its period has ended; else until when to wait."""
    newest = timeline.latest_made(DAG, RunKind.SCHEDULED)
    date = schedule.align(START) if newest is None else schedule.next_after(newest)
    end = None if date is None else schedule.next_after(date)
    return Wait("not due", end) if date is None or end is None or end > timeline.now else date


def created(timeline: TimelineView, date: Instant) -> RunCreated:
    """The run of a date."""
    record = RunRecord(timeline.last_run_id + 1, DAG, date, RunKind.SCHEDULED, "", RunState.RUNNING)
    return RunCreated(record, timeline.now, "scheduler")


def model(ticks: int, schedule: Schedule, *, torn: bool = False) -> tuple[Monitor, list[Step]]:
    """The monitor and the processes of the model of that size."""
    schedulers: Sequence[Step] = [Read(schedule), Read(schedule)] if torn else [Make(schedule)]
    monitor = Monitor(Timeline(), [next_date_monotone])
    monitor.apply(TimePassed(0, START, START))
    return monitor, [Tick(schedule, ticks), *schedulers]


def explore(ticks: int, schedule: Schedule, *, torn: bool = False) -> Found:
    """Search the whole model of that size."""
    return searched(lambda reduced: Processes(*model(ticks, schedule, torn=torn), reduced))


def main() -> None:
    """Search, more than once where that is quick, and print what was found as one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--ticks", type=int, default=10)
    parser.add_argument("--schedule", choices=sorted(SCHEDULES), default="cron")
    parser.add_argument("--torn", action="store_true", help="two schedulers, each of which reads before it inserts")
    options = parser.parse_args()
    schedule = SCHEDULES[options.schedule]
    print(json.dumps(asdict(quickest(lambda: explore(options.ticks, schedule, torn=options.torn)))))


if __name__ == "__main__":
    main()
