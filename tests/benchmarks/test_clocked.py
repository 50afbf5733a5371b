from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks.clocked import SCHEDULES, explore, model
from runline.explorer.processes import Processes, commits
from runline.explorer.search import Search
from runline.model.events import Event

State = tuple[int, tuple[int, ...], tuple[int | None, int | None]]
"""The day that the clock shows, the days of all runs as they were made, and what each scheduler is about to make."""


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("ticks", [0, 1, 2, 7, 20])
def test_one_scheduler_follows_the_clock(schedule: str, ticks: int) -> None:
    """With n ticks and m runs made, every pair of m up to n is a state, and no date is ever made twice."""
    found = explore(ticks, SCHEDULES[schedule])
    assert found.distinct_states == (ticks + 1) * (ticks + 2) // 2
    assert found.generated == ticks * (ticks + 1) + 1
    assert found.depth == 2 * ticks + 1
    assert (found.passing_violation_steps, found.lasting_violation_steps) == (None, None)


def following(state: State, ticks: int) -> list[State]:
    """The states after a state of two torn schedulers, told without events."""
    now, runs, plans = state
    found: list[State] = [(now + 1, runs, plans)] if now < ticks else []
    for who, plan in enumerate(plans):
        due = max(runs, default=-1) + 1
        if plan is None and due < now:
            found.append((now, runs, (due, plans[1]) if who == 0 else (plans[0], due)))
        elif plan is not None:
            found.append((now, (*runs, plan), (None, plans[1]) if who == 0 else (plans[0], None)))
    return found


def searched(ticks: int) -> tuple[int, int, int, int | None]:
    """States, transitions, depth, and the fewest steps to a date made twice, breadth first."""
    first: State = (0, (), (None, None))
    seen, level, generated, depth, twice = {first}, [first], 1, 1, None
    while following_level := [after for state in level for after in following(state, ticks)]:
        generated += len(following_level)
        level = [after for after in dict.fromkeys(following_level) if after not in seen]
        seen.update(level)
        if twice is None and any(len(set(runs)) < len(runs) for _, runs, _ in level):
            twice = depth
        depth += bool(level)
    return len(seen), generated, depth, twice


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("ticks", [0, 1, 2, 3, 5])
def test_torn_schedulers(schedule: str, ticks: int) -> None:
    """Two schedulers that read before they insert reach the states of a search without events, clocks or laws."""
    found = explore(ticks, SCHEDULES[schedule], torn=True)
    states, generated, depth, twice = searched(ticks)
    assert (found.distinct_states, found.generated, found.depth) == (states, generated, depth)
    assert (found.passing_violation_steps, found.lasting_violation_steps) == (twice, twice)


def test_fewest_steps_to_a_date_made_twice() -> None:
    """A tick, two readings of one date, two insertions: the fifth step breaks the law, and nothing takes it back."""
    found = explore(3, SCHEDULES["cron"], torn=True)
    assert (found.passing_violation_steps, found.lasting_violation_steps) == (5, 5)


def test_memory_is_undone_with_the_event() -> None:
    """After the search all events were undone, and with them what the law remembers and what was broken."""
    monitor, processes = model(3, SCHEDULES["delta"], torn=True)
    before = (monitor.timeline.fingerprint, monitor.fingerprint)
    Search(Processes(monitor, processes)).run()
    assert (monitor.timeline.fingerprint, monitor.fingerprint) == before
    assert (monitor.memory("next-date-monotone"), monitor.breaches, monitor.applied) == ({}, [], 1)
    assert monitor.exercised["next-date-monotone"] > 0


def test_memory_is_part_of_the_state() -> None:
    """What the law remembers turns the monitor's fingerprint, and is turned back when the event is undone."""
    monitor, processes = model(2, SCHEDULES["cron"])
    done: list[Event] = []
    for step in processes:
        (commit,) = commits(step(monitor.timeline), monitor.timeline)
        for event in commit.events:
            monitor.apply(event)
            done.append(event)
    assert len(done) == 2
    assert monitor.fingerprint != 0
    for event in reversed(done):
        monitor.undo(event)
    assert monitor.fingerprint == 0


def test_command_prints_json() -> None:
    """The command prints one JSON object with the keys of the other search."""
    command = [sys.executable, "-m", "benchmarks.clocked", "--ticks", "2", "--schedule", "delta"]
    printed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert 0 < printed.pop("seconds") < printed.pop("verdict_seconds")
    assert printed.pop("bytes_a_state") >= 0
    assert printed == {
        "distinct_states": 6,
        "generated": 7,
        "depth": 5,
        "passing_violation_steps": None,
        "lasting_violation_steps": None,
    }
