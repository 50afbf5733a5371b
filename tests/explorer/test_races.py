"""The races of the announced code are found by going through every order; the proposal, spliced at once, has none."""

from __future__ import annotations

from functools import cache

import pytest

import runline
from runline.explorer.explore import Exploration
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import parse

LAWS = (
    "single-live-run",
    "previous-is-predecessor",
    "previous-is-live",
    "one-first-run",
    "task-has-run",
    "owner-is-live",
)
SCHEDULER_AND_BACKFILL = ("@daily", 2, ("load",), (1,), 0)
TWO_BACKFILLS = ("none", 5, ("load",), (1, 2), 0)
CRASH_WHILE_TAKING_OVER = ("@daily", 2, ("extract", "load"), (1,), 1)
CRASH_BEFORE_RELINKING = ("@daily", 3, ("load",), (1,), 1)
Scope = tuple[str, int, tuple[str, ...], tuple[int, ...], int]
RACES: dict[Scope, set[str]] = {
    SCHEDULER_AND_BACKFILL: {"single-live-run"},
    TWO_BACKFILLS: {"previous-is-predecessor", "one-first-run"},
    CRASH_WHILE_TAKING_OVER: {"owner-is-live"},
    CRASH_BEFORE_RELINKING: {"previous-is-live"},
}
"""A scope, and what breaks in it for good under ``pr-1431``: two live runs, a forked chain, an orphan, a stale pointer."""


def race(scope: Scope, isolation: str) -> Scenario:
    """Backfills of these days are asked for on that day."""
    schedule, day, tasks, starts, _ = scope
    acts = "".join(
        f'[[actions]]\nat = 2016-01-0{day}T00:00:00Z\ndo = "backfill"\nfrom = 2016-01-0{start}T00:00:00Z\n'
        for start in starts
    )
    text = (
        f'title = "a race"\n[clock]\nstart = 2016-01-0{day}T00:00:00Z\nend = 2016-01-0{day}T00:00:00Z\n'
        f'[dags.sales]\nschedule = "{schedule}"\nstart_date = 2016-01-01T00:00:00Z\n'
        + "".join(f"[dags.sales.tasks.{task}]\n" for task in tasks)
        + f'{acts}[processes]\ninterleave = "steps"\nisolation = "{isolation}"\n'
    )
    return parse(text)


@cache
def explored(scope: Scope, design: str, isolation: str, *guards: str) -> Exploration:
    """All that can happen then, with so many crashes."""
    return runline.explore(race(scope, isolation), design, laws=LAWS, crashes=scope[-1], guards=guards)


@pytest.mark.parametrize("scope", RACES)
def test_the_announced_code_loses_its_races(scope: Scope) -> None:
    """Where others come in between the commits of its splice, the announced code breaks these laws for good."""
    found = explored(scope, "pr-1431", "read committed")
    assert found.found.complete
    assert set(found.broken) >= RACES[scope]


@pytest.mark.parametrize("scope", RACES)
def test_a_splice_at_once_has_no_races(scope: Scope) -> None:
    """Over the same scopes, crashes included, the proposal with its splice in one transaction keeps all these laws."""
    found = explored(scope, "coherent", "serializable")
    assert found.found.complete
    assert found.broken == []


@pytest.mark.parametrize("scope", [SCHEDULER_AND_BACKFILL, TWO_BACKFILLS])
def test_a_lock_of_the_dag_keeps_the_announced_code_from_reading_what_is_stale(scope: Scope) -> None:
    """What breaks because two read before either writes does not break where each transaction locks the DAG first."""
    assert RACES[scope] & set(explored(scope, "pr-1431", "read committed", "lock-dag").broken) == set()


def test_a_lock_does_not_keep_the_announced_code_from_dying_in_its_midst() -> None:
    """What a crash leaves half done stays half done, whatever was locked."""
    scope = CRASH_WHILE_TAKING_OVER
    assert RACES[scope] <= set(explored(scope, "pr-1431", "read committed", "session-lock").broken)
