"""Small scopes in which a splice can be overtaken: schedulers and backfills at a few dates of one DAG."""

from __future__ import annotations

from typing import NamedTuple

from runline.explorer.explore import Exploration, explore
from runline.invariants.law import Law
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import parse


class Scope(NamedTuple):
    """Backfills of these days of January are asked for, each on its own, on day ``last``; how many may die."""

    last: int
    backfills: tuple[int, ...]
    schedule: str = "@daily"
    tasks: tuple[str, ...] = ("load",)
    crashes: int = 0


SCHEDULER_AND_BACKFILL = Scope(2, (1,))
WITH_A_SUCCESSOR = Scope(3, (1,))
NEIGHBOURS = Scope(5, (1, 2), "none")
SAME_DAY = Scope(5, (1, 1), "none")
CRASH = Scope(2, (1,), crashes=1)
RACES = {
    "scheduler and backfill": SCHEDULER_AND_BACKFILL,
    "with a successor": WITH_A_SUCCESSOR,
    "neighbouring days": NEIGHBOURS,
    "the same day": SAME_DAY,
}


def race(scope: Scope, isolation: str = "read committed", **options: str) -> Scenario:
    """A scope as a scenario, with these options of ``coherent``."""
    acts = "".join(
        f'[[actions]]\nat = 2016-01-0{scope.last}T00:00:00Z\ndo = "backfill"\n'
        f"from = 2016-01-0{day}T00:00:00Z\nto = 2016-01-0{day}T00:00:00Z\n"
        for day in scope.backfills
    )
    chosen = "".join(f'{name} = "{value}"\n' for name, value in options.items())
    return parse(
        f'title = "a race"\n[clock]\nstart = 2016-01-0{scope.last}T00:00:00Z\nend = 2016-01-0{scope.last}T00:00:00Z\n'
        f'[dags.sales]\nschedule = "{scope.schedule}"\nstart_date = 2016-01-01T00:00:00Z\n'
        + "".join(f"[dags.sales.tasks.{task}]\n" for task in scope.tasks)
        + f'{acts}[processes]\nworkers = 1\ninterleave = "steps"\nisolation = "{isolation}"\n'
        f"[designs.coherent]\n{chosen}"
    )


def explored(
    scope: Scope,
    splice: str,
    *guards: str,
    isolation: str = "read committed",
    laws: list[Law] | None = None,
    aborts: int = 0,
) -> Exploration:
    """All that can happen in a scope under ``coherent`` where backfills need not wait for one another."""
    given = race(scope, isolation, splice=splice, backfills="together")
    found = explore(given, laws=laws, crashes=scope.crashes, aborts=aborts, guards=guards)
    assert found.found.complete
    return found


def broken(found: Exploration) -> set[str]:
    """The promised laws that break for good."""
    return set(found.broken) & found.design.promises
