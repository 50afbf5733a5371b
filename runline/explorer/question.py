"""What an exploration is asked: which scenario, under which design, how far, with which faults, by which laws."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runline.designs.catalog import find_design
from runline.designs.design import Design
from runline.designs.quirks import with_quirks
from runline.explorer.fixed import world_of
from runline.explorer.overall import monitored
from runline.explorer.reductions.applicable import reduced
from runline.explorer.reductions.reduction import WAYS, WHOLE, Reduced, Reduction
from runline.explorer.search import Limits
from runline.explorer.world import World
from runline.invariants.law import GraphLaw, Law, MemoryLaw, StateLaw, StepLaw
from runline.invariants.laws import find_all_laws
from runline.invariants.stuck import no_deadlock
from runline.model.errors import RunlineError
from runline.simulator.scenario import Scenario, Scope

MAX_STATES = 1_000_000
"""How many states are visited at most, unless more are asked for."""
MAX_MEMORY = 2 << 30
"""How many bytes of states and moves are kept at most, unless more are asked for."""


def bounds_of(scenario: Scenario) -> Scope:
    """The bounds within which a scenario is explored where nothing else is asked for."""
    return scenario.explore or Scope(max_states=MAX_STATES)


def explorable(names: Sequence[str]) -> list[Law]:
    """The laws of these ids that an exploration can judge, all such if none is named."""
    asked = find_all_laws(names)
    known = StateLaw | StepLaw | MemoryLaw | GraphLaw
    laws: list[Law] = [law for law in asked if isinstance(law, known) or law is no_deadlock]
    if names and len(laws) < len(asked):
        other = next(law.id for law in asked if law not in laws)
        raise RunlineError(
            f"{other} is a law of one history that is over",
            key="--law",
            value=other,
            remedy="`runline simulate`, or a law of states, of events, of what comes of them, or no-deadlock",
        )
    return laws


@dataclass(frozen=True, slots=True)
class Question:
    """What is explored, with what was not given as the scenario says it.

    ``judged`` are the laws that are judged, ``named`` if they were asked for by name.
    """

    scenario: Scenario
    design: Design
    name: str
    quirks: tuple[str, ...]
    judged: tuple[Law, ...]
    named: bool
    limits: Limits
    crashes: int
    aborts: int
    guards: tuple[str, ...]

    @property
    def is_fixed(self) -> bool:
        """Whether the scenario fixes the history, so that there is one to be seen."""
        return self.scenario.history_of(self.name, self.quirks) is not None

    @property
    def follows(self) -> bool:
        """Whether laws of the graph are judged, so that it matters who moves and what is still to come."""
        return any(isinstance(law, GraphLaw) for law in self.judged)

    def world(self, which: Reduced) -> World:
        """The world of it, of which so much is not told apart."""
        return world_of(
            self.scenario,
            self.design,
            monitored(self.judged),
            name=self.name,
            quirks=self.quirks,
            reduced=which,
            crashes=self.crashes,
            aborts=self.aborts,
            guards=self.guards,
        )

    def reduced(self, wanted: Collection[Reduction]) -> tuple[Reduced, dict[Reduction, str]]:
        """What need not be told apart, of the reductions that are wanted; why others have no place here.

        Laws of the graph that were not asked for by name stand in no reduction's way, unless it is only those that have a
        place nearly everywhere that would keep them from being judged.
        """
        if self.is_fixed:
            return WHOLE, {}
        followed = monitored(self.judged)
        asked = followed if self.named else [law for law in followed if not isinstance(law, GraphLaw)]
        what, left_out = reduced(
            self.scenario,
            self.design,
            asked,
            wanted,
            guarded=bool(self.guards or self.aborts),
            bounded=self.limits.max_depth is not None,
            crashes=self.crashes,
        )
        if len(asked) < len(followed) and what.with_all_ways.shows_all:
            why = "without it all ways are there, so that laws of the graph are judged"
            left_out |= dict.fromkeys(sorted(WAYS & set(wanted) - left_out.keys()), why)
            what = what.with_all_ways
        return what, left_out


def question(
    scenario: Scenario,
    design: str | Design | None = None,
    *,
    quirks: Sequence[str] = (),
    laws: Sequence[Law] | None = None,
    limits: Limits | None = None,
    crashes: int | None = None,
    aborts: int | None = None,
    guards: Sequence[str] | None = None,
) -> Question:
    """What is asked where it is asked so (:func:`runline.explorer.explore.explore`); what is ``None`` the scenario says."""
    design = scenario.default_design if design is None else design
    name = design if isinstance(design, str) else design.name
    switched = tuple(scenario.quirks_of(name, quirks))
    known = find_design(design, scenario.designs.get(name, {})) if isinstance(design, str) else design
    bounds = bounds_of(scenario)
    return Question(
        scenario=scenario,
        design=with_quirks(known, switched),
        name=name,
        quirks=switched,
        judged=tuple(explorable(()) if laws is None else laws),
        named=laws is not None,
        limits=limits or Limits(bounds.max_states, MAX_MEMORY),
        crashes=bounds.crashes if crashes is None else crashes,
        aborts=bounds.aborts if aborts is None else aborts,
        guards=tuple(bounds.guards if guards is None else guards),
    )
