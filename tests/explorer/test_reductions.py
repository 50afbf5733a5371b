"""Reductions change no verdict and no length: each is held against no reduction, state by state and law by law."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from runline.designs.catalog import find_design
from runline.designs.design import Design
from runline.explorer.explore import Exploration, explorable, explore
from runline.explorer.reductions.applicable import reduced
from runline.explorer.reductions.reduction import ALL, WHOLE, Reduction
from runline.explorer.search import Limits, Search
from runline.explorer.world import World
from runline.invariants.law import Law
from runline.model.capability import Capability
from runline.simulator.scenario import Scenario
from tests.conftest import PROFILE
from tests.explorer.small_worlds import DESIGNS, small_worlds

FEW = 40 if PROFILE == "normal" else 1_000
MOST = 1_500 if PROFILE == "normal" else 8_000
"""How many states a generated scenario may have."""
LAWS = tuple(explorable(()))
BLIND = tuple(law for law in LAWS if Capability.STORES_PREVIOUS not in law.needs)
"""The laws that do not look at ``previous``."""
EXACT = ALL - {Reduction.OWN_STEPS}
"""Those that leave out no order of moves."""
designs = st.sampled_from(DESIGNS).map(find_design)


class Sides(NamedTuple):
    """A world in which all states are told apart, and one in which they are not."""

    whole: World
    other: World

    def moves(self) -> int:
        """How many moves there are: the same in both, in the same order; and the same is broken."""
        said = [
            (world.broken(), world.breached, world.at_rest(), [(move.what, move.place) for move in world.moves()])
            for world in self
        ]
        assert said[0] == said[1]
        if not said[0][-1]:
            assert self.whole.stuck() == self.other.stuck()
        return len(said[0][-1])

    def do(self, place: int) -> None:
        """The move at this place, in both."""
        for world in self:
            world.do(world.moves()[place])

    def undo(self) -> None:
        """Back again, both."""
        for world in self:
            world.undo()


def classes(sides: Sides) -> dict[int, int]:
    """The fingerprint in the other world of each state of the whole; both go all the ways that there are."""
    found: dict[int, int] = {}
    left: list[int] = []
    while True:
        here, there, known = sides.whole.fingerprint, sides.other.fingerprint, len(found)
        moves = sides.moves()
        assert found.setdefault(here, there) == there, "one state is two in the other world"
        left.append(moves if len(found) > known else 0)
        while not left[-1]:
            left.pop()
            if not left:
                return found
            sides.undo()
        left[-1] -= 1
        sides.do(left[-1])


def is_small(given: Scenario, design: Design, crashes: int = 0) -> bool:
    """Whether there are few enough states to go through them several times."""
    return Search(World(given, design, LAWS, crashes=crashes), Limits(max_states=MOST)).run().complete


def told(found: Exploration) -> dict[str, tuple[Any, ...]]:
    """What was found of each law: its status, and how long the shortest ways are."""
    assert found.found.complete
    assert found.found.shortest
    return {law: verdict[1:2] + verdict[3:] for law, verdict in found.verdicts.items()}


def check_ways(found: Exploration) -> None:
    """Counterexamples are as long as was said, with ordinary ids, and something is wrong at their end."""
    for law, way in found.counterexamples.items():
        verdict = found.verdicts[law]
        assert len(way.moves) == len(way.gone.taken) == (verdict.lasting if way.lasting else verdict.seen)
        assert way.sentences
        ids = [run.id for run in way.gone.outcome.timeline.runs()]
        assert max(ids, default=0) < 100
        if way.lasting and law != "no-deadlock":
            assert law in way.gone.outcome.broken


@given(
    small_worlds(), designs, st.integers(0, 1), st.sampled_from((LAWS, BLIND)), st.sets(st.sampled_from(sorted(EXACT)))
)
@settings(max_examples=FEW)
def test_states_that_are_not_told_apart_go_on_alike(
    scenario: Scenario, design: Design, crashes: int, laws: Sequence[Law], wanted: set[Reduction]
) -> None:
    """The same may happen in states that are one, in the same order, breaks the same, and leads to states that are one."""
    what, _ = reduced(scenario, design, laws, wanted or EXACT)
    assume(what != WHOLE and is_small(scenario, design, crashes))
    whole, other = (World(scenario, design, laws, crashes=crashes, reduced=each) for each in (WHOLE, what))
    found = classes(Sides(whole, other))
    assert Search(other).run().distinct_states == len(set(found.values())) <= len(found)


@given(small_worlds(), designs, st.integers(0, 1), st.sampled_from((LAWS, BLIND)))
@settings(max_examples=FEW)
def test_each_reduction_gives_what_none_gives(
    scenario: Scenario, design: Design, crashes: int, laws: Sequence[Law]
) -> None:
    """Each alone and all together: the same verdicts, the same laws broken, as few moves to where they are."""
    assume(is_small(scenario, design, crashes))
    whole = explore(scenario, design, laws=laws, crashes=crashes, reductions=())
    for wanted in [*[{reduction} for reduction in Reduction], ALL]:
        if reduced(scenario, design, laws, wanted)[0] == WHOLE:
            continue
        found = explore(scenario, design, laws=laws, crashes=crashes, reductions=wanted)
        assert told(found) == told(whole), wanted
        assert found.found.distinct_states <= whole.found.distinct_states
        check_ways(found)
