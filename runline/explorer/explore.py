"""Exploring: a scenario, a design and limits in; the verdict on each law over all histories out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import NamedTuple

from runline.designs.design import Design
from runline.explorer.graph import Shortest
from runline.explorer.history import Gone, go
from runline.explorer.moves import Move
from runline.explorer.overall import Overall, Seen, evidence
from runline.explorer.question import Question, bounds_of, question
from runline.explorer.reductions.reduction import ALL, WHOLE, Reduced, Reduction
from runline.explorer.reductions.searching import Searched, search
from runline.explorer.search import Found, Limits, Progress, Search
from runline.explorer.stuck import deadlocks
from runline.explorer.world import World
from runline.invariants.law import AnyLaw, Evidence, GraphLaw, Law
from runline.invariants.laws import ALL_LAWS, EXPLORED_LAWS
from runline.invariants.stuck import no_deadlock
from runline.invariants.verdict import Finding, Status, Verdict
from runline.model.errors import RunlineError
from runline.simulator.guards import find_guards
from runline.simulator.scenario import Expect, Scenario


class Proved(NamedTuple):
    """The verdict on a law over all histories that were seen, and the fewest moves to where it is broken, if any.

    ``lasting``: to where it is broken for good; ``seen``: to where it can be seen broken, perhaps in passing.
    """

    law: str
    status: Status
    exercised: int
    lasting: int | None
    seen: int | None


class Counterexample(NamedTuple):
    """A shortest history in which a law is broken: its moves by their places, what it looks like, what is wrong then.

    ``falls_with_it``: laws that it breaks too, because they are implied.
    """

    law: str
    lasting: bool
    moves: tuple[int, ...]
    gone: Gone
    sentences: tuple[str, ...]
    rule: str
    falls_with_it: tuple[str, ...]
    round: int | None = None
    """After how many moves those that follow may come again and again, if that is what breaks the law."""


@dataclass(frozen=True, slots=True)
class Exploration:
    """What was found of a scenario under a design, and in which scope."""

    scenario: Scenario
    design: Design
    design_name: str
    quirks: tuple[str, ...]
    crashes: int
    aborts: int
    guards: tuple[str, ...]
    found: Found = field(repr=False)
    verdicts: dict[str, Proved] = field(repr=False)
    counterexamples: dict[str, Counterexample] = field(repr=False)
    reductions: dict[Reduction, str] = field(default_factory=dict, repr=False)
    """Those that were wanted; each with why it had no place, empty if it was used."""

    @property
    def broken(self) -> list[str]:
        """The laws that are broken for good in some history, in table order."""
        return [law for law, verdict in self.verdicts.items() if verdict.status is Status.VIOLATED]

    @property
    def leading(self) -> Counterexample | None:
        """Of the most basic promised law that is broken for good; else of any that is, else of one in passing.

        Of a history that the scenario fixes: of the law that it is expected to break.
        """
        expect = self.expect if self.is_fixed else None
        about = () if expect is None else (*expect.breaks, *expect.passes)
        return min(
            self.counterexamples.values(),
            key=lambda way: (
                not way.lasting,
                way.law not in about,
                way.law not in self.design.promises,
                _place(way.law),
            ),
            default=None,
        )

    @property
    def is_fixed(self) -> bool:
        """Whether the scenario fixes the history, so that there was one to be seen."""
        return self.scenario.history_of(self.design_name, self.quirks) is not None

    @property
    def expect(self) -> Expect | None:
        """What the scenario expects of the design, if it says; of one with quirks, if its history has just these.

        Nothing where the database keeps something else than the scenario says, unless the history has just that.
        """
        keeps_as_said = self.guards == find_guards(bounds_of(self.scenario).guards)
        if (self.quirks or not keeps_as_said) and not self.is_fixed:
            return None
        return self.scenario.expect.get(self.design_name, self.scenario.expect.get(self.design.name))

    def unmet(self) -> list[str]:
        """Where it is not as expected, in sentences; a law that is to break has to break in one history at least.

        What is expected of runs and refusals is about one history, so it is not asked here.
        """
        breaks, passes = ((), ()) if self.expect is None else (self.expect.breaks, self.expect.passes)
        broken = [law for law in self.broken if law in self.design.promises and law not in breaks]
        why = f"though {self.design.name} promises it" if self.expect is None else "which was not expected"
        judged = {law: each.status for law, each in self.verdicts.items() if each.status is not Status.UNKNOWN}
        judged = judged if self.found.complete else {}
        missing = [law for law in breaks if law in judged and law not in self.broken]
        not_passing = [law for law in passes if law in judged and judged[law] is not Status.PASSING]
        return [
            *(f"{law} was expected to break, and breaks in no history" for law in missing),
            *(f"{law} was expected to break in passing, but is {judged[law]}" for law in not_passing),
            *(f"{law} is broken, {why}" for law in broken),
        ]


def _place(law: str) -> int:
    return list(ALL_LAWS).index(law)


def explore(
    scenario: Scenario,
    design: str | Design | None = None,
    *,
    quirks: Sequence[str] = (),
    laws: Sequence[Law] | None = None,
    limits: Limits | None = None,
    crashes: int | None = None,
    aborts: int | None = None,
    guards: Sequence[str] | None = None,
    reductions: Collection[Reduction] = ALL,
    told: Callable[[Progress], None] | None = None,
    workers: int = 1,
) -> Exploration:
    """Let a scenario happen in every way that it can under a design, within ``limits``.

    So many ``crashes`` and ``aborts`` may happen; ``guards`` name what the database keeps
    (:mod:`runline.simulator.guards`). There is one way where the scenario fixes the history of the design. ``design``: that
    of the only history that is fixed, else ``coherent``, if none is given. ``limits``, ``crashes``, ``aborts`` and
    ``guards`` are those that the scenario names, where they are not given. Of the ``reductions`` those are used that have a
    place here; they change no verdict and no length; laws of the graph that are not asked for by ``laws`` stand in no
    reduction's way: where one does not show all ways, they are unknown. So many ``workers`` share the search where it can
    be shared, else one does all (``found.alone`` says why); that changes nothing that is found. Raises
    :class:`RunlineError` for a design or a guard that is not known, and for what an exploration does not know.
    """
    if workers < 1:
        raise RunlineError("somebody has to search", key="--workers", value=workers, remedy="1 or more")
    asked = question(
        scenario, design, quirks=quirks, laws=laws, limits=limits, crashes=crashes, aborts=aborts, guards=guards
    )
    if asked.is_fixed:
        reductions, workers = (), 1
    world = cache(asked.world)
    searched, what, left_out = _searched(asked, world, reductions, told, workers)
    found, verdicts = _judge(asked.judged, searched, world(what))
    plain = world(WHOLE)
    ways = {
        law: _counterexample(searched.knower(way), plain, way, asked.name, asked.quirks)
        for law in verdicts
        if (way := found.lasting.get(law) or found.seen.get(law)) is not None
    }
    return Exploration(
        scenario=scenario,
        design=asked.design,
        design_name=asked.name,
        quirks=asked.quirks,
        crashes=asked.crashes,
        aborts=asked.aborts,
        guards=plain.guards.names,
        found=found,
        verdicts=verdicts,
        counterexamples=ways,
        reductions={reduction: left_out.get(reduction, "") for reduction in Reduction if reduction in reductions},
    )


def _searched(
    asked: Question,
    world: Callable[[Reduced], World],
    reductions: Collection[Reduction],
    told: Callable[[Progress], None] | None,
    workers: int,
) -> tuple[Searched[Move], Reduced, dict[Reduction, str]]:
    """What is found, with what was not told apart; why reductions had no place, or left out too much."""
    what, left_out = asked.reduced(reductions)
    searched = search(world, what, asked.limits, told, workers, follows=asked.follows)
    while gone := _too_much(what, world(what), world(WHOLE), searched):
        what, left_out = gone[0], left_out | gone[1]
        searched = search(world, what, asked.limits, told, workers, follows=asked.follows)
    return searched, what, left_out


def _too_much(
    what: Reduced, world: World, whole: World, searched: Searched[Move]
) -> tuple[Reduced, dict[Reduction, str]] | None:
    """Where a search shows that a reduction leaves out too much here: those that are left, and why the others are not."""
    found = searched.found
    if what.apart and (why := world.apart.why_not(found)):
        return what._replace(apart=False), {Reduction.DAGS_APART: why}
    if (what.memories or what.spent) and _ends_too_soon(whole, searched):
        return what._replace(memories=frozenset(), spent=frozenset()), {
            Reduction.MEMORIES: "a look by somebody comes before the end"
        }
    if world.scenario.processes.schedulers > 1 and (broken := sorted(what.memories & found.seen.keys())):
        why = f"{broken[0]} is broken, perhaps by who did something; all was searched anew"
        return what._replace(memories=what.memories.difference(broken)), {Reduction.MEMORIES: why}
    return None


def _ends_too_soon(whole: World, searched: Searched[Move]) -> bool:
    """Whether something can still happen where a history has come to an end in which something waits for ever."""
    way = searched.found.lasting.get(no_deadlock.id)
    if way is None:
        return False
    knower = searched.knower(way)
    assert isinstance(knower.model, World)
    places = in_whole_world(knower.model, whole, knower.path(way))
    for place in places:
        whole.do(whole.moves()[place])
    too_soon = not whole.is_over()
    for _ in places:
        whole.undo()
    return too_soon


def _judge(judged: Sequence[Law], searched: Searched[Move], world: World) -> tuple[Found, dict[str, Proved]]:
    """The verdicts on all laws, those of the graph too; what was found, with the ways to where these are broken."""
    found = searched.found
    overall = Overall(searched.whole, world, found)
    seen = {law.id: overall.judge(law) for law in judged if isinstance(law, GraphLaw)}
    lasting = {law: each.way for law, each in seen.items() if each.way is not None}
    found = replace(found, lasting=found.lasting | lasting, seen=found.seen | lasting)
    exercised = {law.id: _exercised(law, world, seen) for law in judged}
    return found, {law.id: _verdict(law, world, found, exercised[law.id]) for law in judged}


def _exercised(law: Law, world: World, seen: Mapping[str, Seen]) -> int:
    """How often the premise of a law was true."""
    if law is no_deadlock:
        return world.deadlocks_sought
    return seen[law.id].exercised if law.id in seen else world.monitor.exercised.get(law.id, 0)


def _verdict(law: Law, world: World, found: Found, exercised: int) -> Proved:
    lasting, seen = found.lasting.get(law.id), found.seen.get(law.id)
    if not law.needs <= world.monitor.context.capabilities:
        status = Status.NOT_APPLICABLE
    elif lasting is not None:
        status = Status.VIOLATED
    elif not found.complete or (isinstance(law, GraphLaw) and not world.shows_all):
        status = Status.UNKNOWN
    elif seen is not None:
        status = Status.PASSING
    else:
        status = Status.HOLDS if exercised else Status.NOT_EXERCISED
    return Proved(
        law.id, status, exercised, None if lasting is None else lasting.steps, None if seen is None else seen.steps
    )


def _counterexample(
    searched: Search[Move], world: World, way: Shortest, name: str, quirks: tuple[str, ...]
) -> Counterexample:
    model = searched.model
    assert isinstance(model, World)
    moves = in_whole_world(model, world, searched.path(way))
    gone = go(world, moves, name, quirks)
    evidence = _evidence(world, way, moves)
    if way.law in EXPLORED_LAWS:
        gone = _judged(gone, way, evidence)
    implied = ALL_LAWS[way.law].implies if way.law in ALL_LAWS else ()
    broken = gone.outcome.verdicts
    falls = tuple(law for law in implied if law in broken and broken[law].findings)
    sentences = tuple(dict.fromkeys(each.sentence for each in evidence))
    return Counterexample(
        way.law, way.lasting, tuple(moves), gone, sentences, _rule(gone, way, sentences), falls, way.round
    )


def _judged(gone: Gone, way: Shortest, found: Sequence[Evidence]) -> Gone:
    """The history with the verdict of a law of the graph, which no judge of one history can come to."""
    findings = tuple(Finding(way.law, len(gone.outcome.trace), each) for each in found)
    verdicts = gone.outcome.verdicts | {way.law: Verdict(way.law, Status.VIOLATED, 1, findings)}
    return gone._replace(outcome=replace(gone.outcome, verdicts=verdicts))


def _rule(gone: Gone, way: Shortest, sentences: tuple[str, ...]) -> str:
    """The rule by which a law broke; where that is not known, by which the last event came."""
    found = gone.outcome.verdicts[way.law].findings if way.law in gone.outcome.verdicts else ()
    blamed = [finding.rule for finding in found if finding.sentence in sentences and finding.rule]
    rules = [event.rule for taken in gone.taken for event in taken.events if event.rule]
    return next(iter([*blamed, *reversed(rules)]), "")


def in_whole_world(world: World, whole: World, places: list[int]) -> list[int]:
    """The places of moves among all that are possible, where the world of a search offers some only.

    What is left out there is left out whole: all that one may do at a place, or nothing.
    """
    if world is whole:
        return places
    found = []
    for place in places:
        offered = world.moves()
        key = offered[place][:2]
        which = [move[:2] for move in offered[:place]].count(key)
        among = [number for number, move in enumerate(whole.moves()) if move[:2] == key]
        found.append(among[which])
        world.do(offered[place])
        whole.do(whole.moves()[among[which]])
    for _ in places:
        world.undo()
        whole.undo()
    return found


def _evidence(world: World, way: Shortest, moves: list[int]) -> list[Evidence]:
    """What is wrong at the end of a way."""
    before = world.monitor.applied
    for place in moves:
        before = world.monitor.applied
        world.do(world.moves()[place])
    law: AnyLaw | None = next((law for law in world.monitor.laws if law.id == way.law), None)
    if way.law in EXPLORED_LAWS:
        found = list(evidence(world, EXPLORED_LAWS[way.law], way))
    elif law is None:
        found = list(deadlocks(world).broken)
    elif way.by_move:
        found = [each.evidence for each in world.monitor.breaches if each.law == law.id and each.event >= before]
    else:
        found = [evidence for other, _, evidence in world.monitor.broken() if other.id == law.id]
    for _ in moves:
        world.undo()
    return found
