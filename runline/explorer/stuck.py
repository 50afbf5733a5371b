"""Who waits for whom in a state in which nothing can happen any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runline.explorer.standing import Watcher
from runline.explorer.steps import Way
from runline.invariants.law import Finished, Judged, Waits
from runline.invariants.stuck import no_deadlock
from runline.model.events import Raised
from runline.model.steps import Abort, Commit

if TYPE_CHECKING:
    from runline.explorer.world import World


def deadlocks(world: World) -> Judged:
    """What the law says of the waits-for graph of this state."""
    return no_deadlock.judge(Finished(world.apart.timeline, world.now, {}, waits_of(world)), world.context)


def waits_of(world: World) -> Waits:
    """Who waits for whom in this state, as those say who are alive."""
    places = [place for place in world.watchers() if world.slots[place].alive and world.apart.concerns(place)]
    said = [(place, way) for place in places for way in world.ways_of(place)]
    watched = {place.dag for place in world.schedulers if world.slots[place].alive}
    timeline = world.timeline
    return Waits(
        held=tuple(held for _, way in said if not isinstance(way, Abort) for held in way.held),
        raising=tuple(raised for place, way in said for raised in _raised(place, way)),
        unwatched=frozenset(dag for dag in timeline.dags() if dag not in watched or timeline.paused(dag)),
        parked=frozenset(place.key for place in world.handed()),
    )


def _raised(place: Watcher, way: Way) -> list[tuple[str, str, str, int]]:
    """The errors that a look or a job meets, each as one that it meets again and again."""
    if isinstance(way, Abort):
        return [(place.dag, way.error, way.constraint, 2)]
    events = way.events if isinstance(way, Commit) else ()
    return [(event.dag, event.error, event.rule, 2) for event in events if isinstance(event, Raised)]
