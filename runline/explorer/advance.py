"""What the steps of watchers and workers do in the world of an exploration.

What a step does depends on where its process stands, on the timeline, and on what laws remember of it; so it is kept by
these, to be done again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runline.designs.worker import Start
from runline.explorer.course import Happened
from runline.explorer.faults import fail
from runline.explorer.moves import Move
from runline.explorer.operator import interrupt, interrupted
from runline.explorer.standing import REST, Handed, Place, Stands, Watcher
from runline.explorer.steps import stamped
from runline.explorer.workers import handings, stands_then
from runline.model.events import Event
from runline.model.records import TaskKey
from runline.model.steps import Abort, Choose, Commit, Step, Wait, at_rest, begins_transaction, rests_on
from runline.simulator.transaction import Isolation, rows_written

if TYPE_CHECKING:
    from runline.explorer.world import World


_ANY = frozenset({"anything"})


class Effect(NamedTuple):
    """What a step does: what happens, whom it takes work away, what it hands over, and what stands at its place then."""

    move: Move
    happened: Happened | None
    stands: object
    print: int
    takes: tuple[TaskKey, ...] = ()
    hands: tuple[tuple[Handed, Start, int], ...] = ()


def advance(world: World, move: Move) -> None:
    """A watcher or a worker takes a step; where a chain of steps runs through, all until there is something to choose."""
    _take(world, move)
    place = move.place
    while not world.steps and isinstance(place, Watcher) and world.slots[place].under_way:
        step: Step = world.slots[place].step
        outcome = step(world.timeline)
        if isinstance(outcome, Choose):
            return
        _take(world, Move("goes on", place, step, world.guards.checked(world.timeline, outcome, frozenset())))


def _take(world: World, move: Move) -> None:
    place, way = move.place, move.way
    if isinstance(way, Abort):
        assert isinstance(place, Watcher)
        assert move.step is not None
        fail(world, place, move.step, way)
        return
    effects, key = world.course.known.effects, id(move) ^ world.prints[place]  # a move is kept in its effect
    effect = effects.get(key)
    if effect is None:
        effect = effects[key] = _first(world, move)
    elif effect.happened is not None:
        world.course.go(effect.happened)
        world.breached |= effect.happened.after.breached
    if world.tells and effect.happened is not None:
        tell_others(world, place, effect.happened.dag, effect.happened.after.rows)
    if effect.takes:
        interrupt(world, effect.takes)
    for handed, start, fingerprint in effect.hands:
        if handed not in world.slots:
            world.set(handed, start, fingerprint)
    world.set(place, effect.stands, effect.print)


def _first(world: World, move: Move) -> Effect:
    """Let a step be taken for the first time: what it does, of which the events have happened."""
    place, step, way = move.place, move.step, move.way
    assert isinstance(way, Commit | Wait)
    assert step is not None
    if isinstance(place, Watcher):
        return _of_watcher(world, move, place, step, way)
    assert isinstance(place, Handed)
    assert isinstance(way, Commit)
    happened = world.happen("worker", type(step).__name__, place.key.dag, way.events) if way.events else None
    stands = stands_then(way)
    return Effect(move, happened, stands, world.print_of(place, stands))


def _of_watcher(world: World, move: Move, place: Watcher, step: Step, way: Commit | Wait) -> Effect:
    stands: Stands = world.slots[place]
    if isinstance(way, Wait):
        value = _at_rest(world, place, step)
        return Effect(move, None, value, world.print_of(place, value))
    began: Step | None = stands.began or step
    if way.events and _is_lost(world, stands, way.events):
        value = Stands(began, True)
        return Effect(move, None, value, world.print_of(place, value))
    happened, takes = None, tuple[TaskKey, ...]()
    if way.events:
        happened = world.happen(place.name, type(step).__name__, place.dag, way.events)
        takes = () if place in world.schedulers else interrupted(happened.after.events)
        began, stands = None, Stands(stale=stands.stale)
    value = _then(world, place, way.then, began, stands)
    hands = tuple((at, start, world.print_of(at, start)) for at, start in handings(way.sends))
    return Effect(move, happened, value, world.print_of(place, value), takes, hands)


def _then(world: World, place: Watcher, then: Step | None, began: Step | None, stands: Stands) -> Stands:
    """How a watcher stands before its next step."""
    if then is None or at_rest(then):
        return _at_rest(world, place, then)
    stale = stands.stale & rests_on(then)
    if began is None or not world.keeps_began or begins_transaction(then):
        return Stands(then, True, stale=stale)
    return Stands(then, True, began, stands.overtaken, stale=stale)


def _at_rest(world: World, place: Watcher, then: Step | None) -> Stands:
    return REST if then is None or place in world.schedulers else Stands(stamped(then, 0))


def _is_lost(world: World, stands: Stands, events: tuple[Event, ...]) -> bool:
    """Whether others came in between in such a way that a transaction has to begin anew."""
    if stands.began is None or not stands.overtaken:
        return False
    return world.isolation is Isolation.SERIALIZABLE or bool(stands.overtaken & rows_written(events))


def tell_others(world: World, place: Place, dag: str, rows: frozenset[object] | None) -> None:
    """Tell the transactions that were overtaken by who has written these rows; ``None``: that lets nobody do anything."""
    if rows is not None:
        for other in world.watchers():
            if world.slots[other].under_way and other.dag == dag and other != place:
                _tell(world, other, rows)


def _tell(world: World, place: Watcher, rows: frozenset[object]) -> None:
    """Others have written these rows while a watcher was at work."""
    stands: Stands = world.slots[place]
    if stands.began is not None and world.isolation is not Isolation.READ_COMMITTED:
        overtaken = _ANY if world.isolation is Isolation.SERIALIZABLE else rows
        stands = stands._replace(overtaken=stands.overtaken | overtaken)
    if world.guards.versions:
        stands = stands._replace(stale=stands.stale | (rests_on(stands.step) & rows))
    if stands != world.slots[place]:
        world.put(place, stands)
