"""How fast histories are simulated: a year of an hourly DAG, all promised laws on, beside a SimPy program without any law.

The SimPy program (``simpy_year``) does the same job: the same DAG, heartbeat, workers and durations. The second measure
is whether an event costs as much late in a long history as early.

    python -m benchmarks.year --runs 100000
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from itertools import pairwise
from statistics import median

from benchmarks.simpy_year import run_year
from runline.designs.catalog import find_design
from runline.invariants.law import Law
from runline.invariants.laws import SIMULATED_LAWS
from runline.model.instants import HOUR, MINUTE, Instant, parse_instant
from runline.model.schedules import Cron
from runline.simulator.engine import Engine
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Clock, DagSpec, Scenario, TaskSpec
from runline.simulator.simulate import simulate

START: Instant = parse_instant("2016-01-01T00:00:00Z")
YEAR = 8_784
"""Hours of 2016; the run of its last hour is made only in the next year."""
ROUNDS = 7
"""How often both are measured, in turn: the median of so many ratios is hardly moved by what else the machine does."""
WINDOW = 1_000
"""Runs over which the cost of an event is measured, early and late."""


def hourly(hours: int) -> Scenario:
    """An hourly DAG of three chained tasks of ten minutes, for so many hours."""
    tasks = {
        name: TaskSpec(upstream=upstream, duration=10 * MINUTE)
        for name, upstream in (("extract", ()), ("transform", ("extract",)), ("load", ("transform",)))
    }
    return Scenario(
        title=f"{hours} hours",
        clock=Clock(start=START, end=START + hours * HOUR - 1, heartbeat=5 * MINUTE),
        dags={"sales": DagSpec(schedule=Cron("0 * * * *"), start_date=START, tasks=tasks)},
    )


def promised() -> list[Law]:
    """All laws that coherent promises and one history can show."""
    promises = find_design("coherent").promises
    return [law for law in SIMULATED_LAWS.values() if law.id in promises]


def simulated(scenario: Scenario) -> tuple[Outcome, float]:
    """What came of it under coherent with all laws that it promises, and in how many seconds."""
    laws = promised()
    started = time.perf_counter()
    outcome = simulate(scenario, "coherent", laws=laws, max_events=1 << 60)
    return outcome, time.perf_counter() - started


def measure_year() -> dict[str, float]:
    """Seconds for the year, of Runline and of SimPy, measured in turn, and their ratio."""
    scenario = hourly(YEAR)
    rounds = []
    for _ in range(ROUNDS):
        other = run_year()  # before ours, whose trace would make Python's search for cycles dear
        outcome, seconds = simulated(scenario)
        assert not outcome.broken
        assert sum(1 for _ in outcome.timeline.runs()) == len(other.runs)
        rounds.append((seconds, other.seconds))
        figures = {"runs": len(other.runs), "events": outcome.events}
        del outcome, other
        gc.collect()
    ours, theirs = min(each for each, _ in rounds), min(each for _, each in rounds)
    return {
        **figures,
        "seconds": round(ours, 2),
        "simpy_seconds": round(theirs, 2),
        "ratio": round(median(mine / his for mine, his in rounds), 1),
    }


def measure_growth(runs: int) -> dict[str, float]:
    """Microseconds per event over the first thousand runs and over the last of so many, in one history."""
    marks: list[tuple[int, int, float]] = []

    def told(engine: Engine) -> None:
        made = engine.timeline.last_run_id
        if made % WINDOW == 0 and (not marks or marks[-1][0] != made):
            marks.append((made, engine.events, time.perf_counter()))

    simulate(hourly(runs + 1), "coherent", laws=promised(), max_events=1 << 60, told=told)
    costs = [(after[2] - before[2]) / (after[1] - before[1]) * 1e6 for before, after in pairwise(marks)]
    early, late = median(costs[:5]), median(costs[-5:])
    return {"runs": runs, "early": round(early, 1), "late": round(late, 1), "growth": round(late / early, 2)}


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000)
    print(json.dumps({"year": measure_year(), "growth": measure_growth(parser.parse_args().runs)}))


if __name__ == "__main__":
    main()
