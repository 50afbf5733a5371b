"""Watchers in the world of an exploration: what a scheduler or a backfill job may do next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runline.designs.scheduler import Begin
from runline.explorer.moves import Move
from runline.explorer.standing import Handed, Stands, Watcher
from runline.explorer.steps import Way, only_tells, stamped, ways
from runline.explorer.workers import handings
from runline.model.events import Event
from runline.model.steps import Choose, Commit, Outcome, Step, Wait, at_rest

if TYPE_CHECKING:
    from runline.explorer.world import World


@dataclass(frozen=True, slots=True)
class Choice:
    """A way for a watcher to go on.

    Whether anything comes of it, where it ``comes_to_rest`` as before, depends on what stands elsewhere: it hands over
    what was not yet handed over; or laws have to say something of what it ``tells``.
    """

    move: Move
    way: Way
    hands: frozenset[Handed] = frozenset()
    comes_to_rest: bool = False
    tells: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """The ways for a watcher to go on; ``moves`` where these do not depend on what stands elsewhere.

    ``is_open`` says that there is something to choose, even if only one can be chosen.
    """

    found: list[Choice]
    moves: list[Move] | None
    is_open: bool


def find_choices(world: World, place: Watcher) -> Choices:
    """All ways for a watcher to go on from where it stands."""
    stands: Stands = world.slots[place]
    step = _step_of(world, place, stands)
    outcome = None if step is None else step(world.timeline)
    name = "goes on" if stands.under_way else "begins"
    found = [_choice(world, Move(name, place, step, way), stands, way) for way in _ways(world, outcome, stands)]
    depends = world.guards.names or any(choice.comes_to_rest for choice in found)
    moves = None if depends else [choice.move for choice in found]
    return Choices(found, moves, isinstance(outcome, Choose))


def _step_of(world: World, place: Watcher, stands: Stands) -> Step | None:
    """The step that a watcher takes next; where it is at rest, by the clock as it is now."""
    if stands.under_way or not stands.alive:
        return stands.step
    if place in world.schedulers:
        return Begin(world.design, place.dag, place.name, world.shown(place.name))
    return None if stands.step is None else stamped(stands.step, world.shown(place.name))


def _ways(world: World, outcome: Outcome | None, stands: Stands) -> Iterator[Way]:
    if outcome is not None:
        for way in ways(outcome, world.timeline):
            yield world.guards.checked(world.timeline, way, stands.stale) if world.guards.names else way


def _choice(world: World, move: Move, stands: Stands, way: Way) -> Choice:
    if stands.under_way:
        return Choice(move, way)
    is_scheduler = move.place in world.schedulers
    if not isinstance(way, Commit):
        return Choice(move, way, frozenset(), is_scheduler or isinstance(way, Wait))
    hands = frozenset(at for at, _ in handings(way.sends))
    same = is_scheduler if way.then is None else at_rest(way.then) and stamped(way.then, 0) == stands.step
    return Choice(move, way, hands, same and only_tells(way), way.events)
