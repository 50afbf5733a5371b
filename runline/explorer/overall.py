"""The laws of the whole graph: judged when all of it was seen, each state for itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from runline.explorer.coming import fates_of, is_missed, never_come, outlook, told
from runline.explorer.fair import Fair
from runline.explorer.graph import Shortest
from runline.explorer.moves import Move
from runline.explorer.recovery import lost
from runline.explorer.search import Found, Search
from runline.explorer.world import World
from runline.invariants.law import Evidence, Goal, GraphLaw, Kind, Law, StateLaw
from runline.invariants.laws import LAWS


class Seen(NamedTuple):
    """What a law of the graph says: how often its premise was true, and the fewest moves to where it is broken, if any."""

    exercised: int
    way: Shortest | None


class Overall:
    """Judges the graph that a search found."""

    def __init__(self, search: Search[Move], world: World, found: Found) -> None:
        self.search = search
        self.world = world
        self.found = found
        self.saw_all = found.complete and world.shows_all

    def judge(self, law: GraphLaw) -> Seen:
        """What a law says; of a graph that is not complete only where it ends for good."""
        if law.kind is Kind.RECOVERS:
            return Seen(self.found.graph.movers.count(0), self._not_mended(law) if self.saw_all else None)
        numbers = self.world.coming.numbers_of(law.id)
        counts = Counter(self.found.graph.goals)
        exercised = sum(count for number, count in counts.items() if numbers[number])
        ways = [self.found.lasting.get(law.id), self._round(law, numbers) if self.saw_all else None]
        return Seen(exercised, min((way for way in ways if way is not None), key=lambda way: way.steps, default=None))

    @cached_property
    def _fair(self) -> Fair:
        return Fair(self.found.graph)

    def _round(self, law: GraphLaw, numbers: Sequence[Iterable[int]]) -> Shortest | None:
        """The shortest way to where a goal is missed for ever, though it is not the operator's and needs no later time."""
        goals: dict[Hashable, Goal] = {number: goal for goal, number in self.world.coming.known.items()}
        ways = (way._replace(goal=goals[way.goal]) for way in self._fair.rounds(law.id, numbers))
        return next((way for way in ways if self._is_missed_all_round(way)), None)

    def _is_missed_all_round(self, way: Shortest) -> bool:
        world, goal = self.world, way.goal
        places, missed = self.search.path(way), True
        assert isinstance(goal, Goal)
        for number, place in enumerate(places, start=1):
            world.do(world.moves()[place])
            if way.round is not None and number > way.round:
                missed &= is_missed(goal, outlook(fates_of(world), goal.what))
        for _ in places:
            world.undo()
        return missed

    def _not_mended(self, law: GraphLaw) -> Shortest | None:
        """The shortest way to where a law of states is broken after a fault, and not all of them can hold again."""
        graph = self.found.graph
        states = sum(1 << bit for bit, name in enumerate(self.world.laws) if isinstance(LAWS.get(name), StateLaw))
        sound = bytearray(b"\x01") * graph.states
        for places in (graph.passing, graph.lasting):
            for state, bits in places.items():
                if bits & states:
                    sound[state] = 0
        return lost(graph, law.id, sound)


def monitored(laws: Sequence[Law]) -> list[Law]:
    """The laws that have to be followed so that these can be judged: all of states, where one asks whether those hold."""
    if all(law.kind is not Kind.RECOVERS for law in laws):
        return list(laws)
    return [*laws, *(law for law in LAWS.values() if isinstance(law, StateLaw) and law not in laws)]


def evidence(world: World, law: GraphLaw, way: Shortest) -> Iterator[Evidence]:
    """What is wrong at the end of a way, at which the world stands."""
    if way.round is not None and isinstance(way.goal, Goal):
        first, last = way.round + 1, way.steps
        yield told(world, way.goal, f"step {last}" if first == last else f"steps {first} to {last}")
    elif law.kind is not Kind.RECOVERS:
        yield from (told(world, goal) for goal in never_come(world) if goal.law == law.id)
    else:
        for broken, _, found in world.monitor.broken():
            template = "No state can be reached any more in which all laws of states hold; {} is broken: {}"
            yield found._replace(template=template, values=(broken.id, found.sentence), aspect=broken.id)
