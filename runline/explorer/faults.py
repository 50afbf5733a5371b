"""Faults as choices: processes die, workers are lost, transactions are rolled back; each so many times at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runline.designs.worker import Execution
from runline.explorer.graph import CRASH, ROLLBACK
from runline.explorer.moves import Move
from runline.explorer.operator import kill
from runline.explorer.standing import ABORTS, CRASHES, REST, Faults, Handed, Place, Stands, Watcher
from runline.model.events import Raised
from runline.model.steps import Abort, Commit

if TYPE_CHECKING:
    from runline.explorer.world import World


FAULTS = {"dies": CRASH, "is lost": CRASH, "is rolled back": ROLLBACK}
"""Moves that nobody has to expect, with their movers."""


def crashes(world: World) -> list[Place]:
    """Who may die: a backfill job for good, a scheduler in the middle of a look, a worker with what it executes."""
    found: list[Place] = []
    for place in world.watchers():
        stands: Stands = world.slots[place]
        if stands.under_way or (place not in world.schedulers and stands.step is not None):
            found.append(place)
    return found + [place for place in world.handed() if isinstance(world.slots[place], Execution)]


def die(world: World, place: Place) -> None:
    """It dies; a scheduler is there again at once, for one that stays away is one that never looks again."""
    _count(world, CRASHES)
    if isinstance(place, Handed):
        world.put(place, None)
    elif isinstance(place, Watcher):
        stop(world, place)


def stop(world: World, place: Watcher) -> None:
    """A scheduler's look is over, a backfill job is no more."""
    if place in world.schedulers:
        world.put(place, REST)
    else:
        kill(world, place)


def rollbacks(world: World) -> list[Place]:
    """Whose next commit may be rolled back, so that it makes a difference: it has read, or committed something, before."""
    return [place for place in world.watchers() if _anew(world, place) is not None]


def roll_back(world: World, place: Place) -> None:
    """The transaction is rolled back: a scheduler looks again, a job does again what it has read since its last commit."""
    assert isinstance(place, Watcher)
    anew = _anew(world, place)
    assert anew is not None
    _count(world, ABORTS)
    world.put(place, anew)


def _anew(world: World, place: Watcher) -> Stands | None:
    """How who goes on stands after a rollback, ``None`` where that is no different."""
    stands: Stands = world.slots[place]
    ways = world.ways_of(place) if stands.under_way else []
    if not any(isinstance(way, Commit) and way.events for way in ways):
        return None
    anew = REST if place in world.schedulers else Stands(stands.began or stands.step, True)
    return None if anew == stands._replace(began=None, overtaken=frozenset(), stale=frozenset()) else anew


def _count(world: World, kind: Faults) -> None:
    world.put(kind, world.slots[kind] - 1 or None)


def fail(world: World, move: Move) -> None:
    """The database says no, and nobody catches the error: a scheduler looks again, a backfill job has died."""
    place, refused = move.place, move.way
    assert isinstance(place, Watcher)
    assert isinstance(refused, Abort)
    error = Raised(place.dag, refused.error, (), world.now, place.name, refused.constraint)
    world.happen(place.name, type(move.step).__name__, place.dag, (error,))
    stop(world, place)
