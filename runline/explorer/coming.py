"""What is still to come in a state, who may bring it about, and what becomes of it where nothing, or the same, happens."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from runline.explorer.graph import CRASH, ROLLBACK
from runline.explorer.standing import Place
from runline.explorer.stuck import deadlocks, waits_of
from runline.invariants.eventual import fairness
from runline.invariants.fates import Fates, Hope
from runline.invariants.law import Evidence, Finished, Goal, GraphLaw
from runline.invariants.stuck import Chains, no_deadlock
from runline.invariants.words import When, run_name
from runline.model.steps import RunAt
from runline.model.view import TimelineView

if TYPE_CHECKING:
    from runline.explorer.world import World


_FAULTS = CRASH, ROLLBACK


class Coming:
    """Numbers movers, goals and sets of goals in the order in which they are met."""

    def __init__(self, laws: Sequence[GraphLaw]) -> None:
        self.laws = tuple(laws)
        self.places: dict[Place | int, int] = {fault: fault for fault in _FAULTS}
        self.known: dict[Goal, int] = {}
        self.sets: dict[frozenset[int], int] = {}
        self._seen: dict[tuple[Goal, ...], int] = {}

    def mover(self, place: Place | int) -> int:
        """The number of who moves at a place, from 1 on; a fault has one already."""
        number = self.places.get(place)
        if number is None:
            number = self.places[place] = len(self.places) - len(_FAULTS) + 1
        return number

    def goals(self, goals: tuple[Goal, ...]) -> int:
        """The number of a set of goals."""
        if goals not in self._seen:
            numbers = frozenset(self.known.setdefault(goal, len(self.known)) for goal in goals)
            self._seen[goals] = self.sets.setdefault(numbers, len(self.sets))
        return self._seen[goals]

    def to_come(self, timeline: TimelineView) -> list[Goal]:
        """The goals that are still to come."""
        return [Goal(law.id, what) for law in self.laws if law.goals is not None for what in law.goals(timeline)]

    def numbers_of(self, law: str) -> list[list[int]]:
        """By the number of a set, the goals of a law that are in it."""
        mine = {number for goal, number in self.known.items() if goal.law == law}
        return [sorted(numbers & mine) for numbers in self.sets]


class Outlook(Enum):
    """What becomes of a goal where nothing happens any more, or the same again and again."""

    OPERATOR = "only the operator can bring it about"
    LATER = "it waits for an instant"
    STUCK = "it waits for what never comes"
    IDLE = "it waits for nothing"


def outlook(fates: Fates, what: RunAt) -> Outlook:
    """What becomes of a goal."""
    hope = fates.of(what).hope
    if hope is not Hope.MOVES:
        return Outlook.STUCK if hope is Hope.STUCK else Outlook.OPERATOR
    if fates.waits_for_time(what):
        return Outlook.LATER
    return Outlook.OPERATOR if what.dag in fates.finished.waits.unwatched else Outlook.IDLE


def fates_of(world: World) -> Fates:
    """What may become of what waits in this state."""
    return Fates(Finished(world.timeline, world.now, {}, waits_of(world)), world.context)


def is_missed(goal: Goal, what_becomes: Outlook) -> bool:
    """Whether a goal that does not come breaks its law; of what waits by itself, another DAG is not the reason."""
    return what_becomes is Outlook.IDLE or (what_becomes is Outlook.STUCK and goal.law != fairness.id)


def never_come(world: World) -> list[Goal]:
    """The goals that do not come, in a state in which nothing can happen any more."""
    goals = [goal for goal in world.coming.to_come(world.timeline) if world.apart.dag in ("", goal.what.dag)]
    fates = fates_of(world)
    return [goal for goal in goals if is_missed(goal, outlook(fates, goal.what))]


def broken_by_the_end(world: World) -> set[str]:
    """The laws that are broken because nothing can happen any more; how much was found waiting is counted."""
    broken = {goal.law for goal in never_come(world)} if world.coming.laws else set()
    if world.judges_deadlock:
        judged = deadlocks(world)
        world.deadlocks_sought += judged.exercised
        broken |= {no_deadlock.id} if judged.broken else set()
    return broken


def told(world: World, goal: Goal, again: str = "") -> Evidence:
    """What is wrong where a goal never comes: nothing happens any more, or those steps that ``again`` names come again."""
    fates = fates_of(world)
    dag, date = goal.what
    live = world.timeline.live_at(dag, date)
    start = "{:capital} never ends" if live else "No run of {} is ever made at {}, though it is due"
    values: list[object] = [run_name(live[0])] if live else [dag, When(date)]
    if again:
        template = f"{start}: {{}} can come again and again."
        values.append(again)
    elif fates.of(goal.what).hope is Hope.STUCK:
        template = start + ": {}."
        values.append(Chains(fates).told(goal.what))
    else:
        template = start + ": nothing happens any more, and nothing holds it."
    return Evidence(template, tuple(values), goal.law, dag, tuple(run.id for run in live), dates=(date,))
