"""How fast real designs are searched: every order of a scenario's steps, all laws on, nothing left out.

python -m benchmarks.designs
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.searched import quickest
from runline.designs.catalog import DESIGNS
from runline.explorer.explore import explore
from runline.explorer.question import explorable
from runline.explorer.search import Limits
from runline.invariants.law import GraphLaw
from runline.simulator.scenario_file import read

SCENARIOS = Path("scenarios/explored")
MOST = 40_000
"""States, after which a search is ended: its pace is known by then."""
FEWEST = 20_000
"""Moves; with fewer, the time is that of the start."""


class Pace(NamedTuple):
    """How fast a design was searched in a scenario's scope."""

    scope: str
    design: str
    states: int
    moves: int
    seconds: float

    @property
    def rate(self) -> float:
        """Moves a second."""
        return self.moves / self.seconds


def pace(path: Path, design: str) -> Pace:
    """Search the scope of a scenario without reductions; all laws but those of the whole graph follow each move."""
    laws = [law for law in explorable(()) if not isinstance(law, GraphLaw)]
    scenario, limits = read(path), Limits(max_states=MOST)

    def searched() -> Pace:
        found = explore(scenario, design, laws=laws, reductions=(), limits=limits).found
        return Pace(path.stem, design, found.distinct_states, found.transitions, found.seconds)

    return quickest(searched, budget=1.0)


def paces(fewest: int = FEWEST) -> Iterator[Pace]:
    """That of each design in each scope in which there are so many moves."""
    for path in sorted(SCENARIOS.glob("*.toml")):
        for design in DESIGNS:
            found = pace(path, design)
            if found.moves >= fewest:
                yield found


def main() -> None:
    """Search all, and print a line each."""
    for found in paces():
        print(line(found), flush=True)


def line(found: Pace) -> str:
    """One pace, in words and figures."""
    return (
        f"{found.scope:<34}{found.design:<18}{found.states:>10,} states{found.moves:>12,} moves"
        f"{found.rate:>12,.0f} a second"
    )


if __name__ == "__main__":
    main()
