"""What the steps of watchers and workers do in the world of an exploration.

What a step does depends on where its process stands and on the timeline, what comes of its events also on what laws
remember; so both are kept by these, to be done again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runline.designs.worker import Start
from runline.explorer.faults import fail
from runline.explorer.moves import Move
from runline.explorer.operator import interrupt, interrupted
from runline.explorer.standing import REST, Handed, Place, Stands, Watcher
from runline.explorer.steps import stamped
from runline.explorer.workers import handings, stands_then
from runline.model.events import Event
from runline.model.notice import changes_anything
from runline.model.records import TaskKey
from runline.model.steps import Abort, Commit, Step, Wait, at_rest, begins_transaction, rests_on
from runline.simulator.transaction import Isolation, rows_written

if TYPE_CHECKING:
    from runline.explorer.world import World


_ANY = frozenset({"anything"})


@dataclass(slots=True)
class Effect:
    """What a step does: which events are committed, what is handed over, and what stands at its place then.

    ``rows`` are those of which others are told that they were written, ``takes`` the instances that are taken away from
    who executes them.
    """

    move: Move
    stands: object
    print: int
    by: str = ""
    dag: str = ""
    events: tuple[Event, ...] = ()
    rows: frozenset[object] | None = None
    takes: tuple[TaskKey, ...] = ()
    hands: tuple[tuple[Handed, Start, int], ...] = ()


def advance(world: World, move: Move) -> None:
    """A watcher or a worker takes a step; where a chain of steps runs through, all until there is something to choose."""
    _take(world, move)
    place = move.place
    while not world.steps and isinstance(place, Watcher) and world.slots[place].under_way:
        choices = world.choices_of(place)
        if choices.is_open:
            return
        _take(world, choices.found[0].move)


def _take(world: World, move: Move) -> None:
    course, place = world.course, move.place
    known, key = course.known, id(move) ^ world.prints[place]  # a move is kept with its effect
    effect = known.read.effects.get(key)
    if effect is None:
        if isinstance(move.way, Abort):
            fail(world, move)
            return
        effect = known.read.effects[key] = _effect(world, move)
    if effect.events:
        happened = known.happened.get(key)
        if happened is None:
            step = type(move.step).__name__
            happened = known.happened[key] = course.happen(effect.by, step, effect.dag, effect.events)
        else:
            course.go(happened)
        after = happened.after
        world.breached |= after.breached
        if effect.rows is not None and not after.refused:
            tell_others(world, place, effect.dag, effect.rows)
        if effect.takes and not after.refused:
            interrupt(world, effect.takes)
    for handed, start, fingerprint in effect.hands:
        if handed not in world.slots:
            world.set(handed, start, fingerprint)
    world.set(place, effect.stands, effect.print)


def _effect(world: World, move: Move) -> Effect:
    """What a step does, whatever laws remember."""
    place, step, way = move.place, move.step, move.way
    assert isinstance(way, Commit | Wait)
    assert step is not None
    if isinstance(place, Watcher):
        return _of_watcher(world, move, place, step, way)
    assert isinstance(place, Handed)
    assert isinstance(way, Commit)
    stands, rows = stands_then(way), rows_to_tell(world, way.events)
    return Effect(move, stands, world.print_of(place, stands), "worker", place.key.dag, way.events, rows)


def _of_watcher(world: World, move: Move, place: Watcher, step: Step, way: Commit | Wait) -> Effect:
    stands: Stands = world.slots[place]
    began: Step | None = stands.began or step
    if isinstance(way, Wait) or _is_lost(world, stands, way.events):
        value = _at_rest(world, place, step) if isinstance(way, Wait) else Stands(began, True)
        return Effect(move, value, world.print_of(place, value))
    if way.events:
        began, stands = None, Stands(stale=stands.stale)
    value = _then(world, place, way.then, began, stands)
    fingerprint, rows = world.print_of(place, value), rows_to_tell(world, way.events)
    takes = () if place in world.schedulers else interrupted(way.events)
    hands = tuple((at, start, world.print_of(at, start)) for at, start in handings(way.sends))
    return Effect(move, value, fingerprint, place.name, place.dag, way.events, rows, takes, hands)


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
    if not events or stands.began is None or not stands.overtaken:
        return False
    return world.isolation is Isolation.SERIALIZABLE or bool(stands.overtaken & rows_written(events))


def rows_to_tell(world: World, events: tuple[Event, ...]) -> frozenset[object] | None:
    """The rows that events write, if it matters to transactions under way that somebody writes them."""
    return rows_written(events) if world.tells and changes_anything(events) else None


def tell_others(world: World, place: Place, dag: str, rows: frozenset[object]) -> None:
    """Tell the transactions of others that were overtaken by who has written these rows."""
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
