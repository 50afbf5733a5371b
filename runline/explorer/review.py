"""The scenarios of a review that are about all histories: explored under each of their designs, within their bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from runline.explorer.explore import Exploration, explore
from runline.invariants.verdict import Status
from runline.model.errors import RunlineError
from runline.simulator.review import Given, ScenarioFile, by_status
from runline.simulator.scenario import Scenario


@dataclass(frozen=True, eq=False)
class ExploredCase:
    """A scenario under a design, and what was found over all its histories."""

    file: ScenarioFile
    found: Exploration

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.found.scenario

    @property
    def design(self) -> str:
        """The design as it was asked for."""
        return self.found.design_name

    @property
    def named(self) -> str:
        """Scenario and design, as a line about them begins."""
        return f"{self.file.shown} under {self.design}"

    @cached_property
    def unmet(self) -> tuple[str, ...]:
        """Where it is not as expected."""
        return tuple(self.found.unmet())

    @property
    def complete(self) -> bool:
        """Whether all histories were seen."""
        return self.found.found.complete

    @property
    def counts(self) -> tuple[int, int, int]:
        """Distinct states, moves between them, and the most moves to one of them on the shortest way."""
        found = self.found.found
        return found.distinct_states, found.transitions - 1, found.depth - 1

    @property
    def said(self) -> str:
        """How much was seen, in words."""
        states, moves, depth = self.counts
        stopped, within = self.found.found.stopped, self.found.found.within
        near = f", all seen within {within} move{'s' * (within != 1)}" if within else ""
        end = f"cut off at {stopped}{near}" if stopped else "complete"
        return f"{states:,} states, {moves:,} moves, {depth} deep, {end}"

    @property
    def line(self) -> dict[str, Any]:
        """What a lock file has of it: laws that are broken after how many moves, what is not known, how much was seen."""
        verdicts = self.found.verdicts.values()
        lengths = {each.law: each.seen if each.lasting is None else each.lasting for each in verdicts}
        said = {each.law: (each.status, lengths[each.law]) for each in verdicts}
        states, moves, _ = self.counts
        return {**by_status(said), "states": states, "moves": moves, "refused": [], "digest": self.said}

    def length(self, law: str) -> tuple[int, str]:
        """How many moves a reader has to follow until a law breaks."""
        way = self.found.counterexamples.get(law)
        return 0 if way is None else len(way.moves), self.file.shown

    def status(self, law: str) -> Status | None:
        """The verdict on a law, if it was judged."""
        verdict = self.found.verdicts.get(law)
        return None if verdict is None else verdict.status


def review(wanted: Iterable[tuple[Given, str]]) -> Iterator[ExploredCase]:
    """Explore each scenario under its design. Raises :class:`RunlineError` that names the file."""
    for given, design in wanted:
        try:
            found = explore(given.scenario, design, reductions=())
        except RunlineError as error:
            raise error.located(file=str(given.file.path)) from None
        yield ExploredCase(given.file, found)
