"""Workers in the world of an exploration: an instance that was handed over begins when one is free, and ends at some time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from runline.designs.worker import Execution, Finish, Start
from runline.explorer.moves import Move
from runline.explorer.standing import OPERATOR, Handed
from runline.explorer.steps import ways
from runline.model.states import TaskState
from runline.model.steps import Commit, Step

if TYPE_CHECKING:
    from runline.explorer.world import World

_KEPT = 1 << 15
"""How many answers to the question how an instance may go on are kept."""


def worker_moves(world: World) -> list[Move]:
    """What may happen to the instances that were handed over: some begin, some end, well or badly."""
    moves: list[Move] = []
    places, slots, known = world.handed(), world.slots, world.work_known
    executing = sum(1 for place in places if isinstance(slots[place], Execution))
    is_free = executing < world.scenario.processes.workers
    for place in places:
        if is_free or isinstance(slots[place], Execution):
            key = world.prints[place] ^ world.timeline.fingerprint, slots[OPERATOR]
            if key not in known:
                if len(known) == _KEPT:
                    known.clear()
                known[key] = list(_moves_of(world, place))
            moves += known[key]
    return moves


def _moves_of(world: World, place: Handed) -> Iterator[Move]:
    """How an instance goes on; that depends on the timeline, and on what the operator did to how tasks end."""
    value = world.slots[place]
    if isinstance(value, Execution):
        for state in world.plan.environments[world.slots[OPERATOR]].ends(place.key):
            yield from _from(world, place, Finish(value, state, world.now), f"ends: {state}")
    else:
        yield from _from(world, place, value._replace(by="worker", at=world.now), "starts")


def _from(world: World, place: Handed, step: Step, what: str) -> Iterator[Move]:
    return (Move(what, place, step, way) for way in ways(step(world.timeline), world.timeline))


def work(world: World, place: Handed, step: Any, way: Commit) -> None:
    """An instance goes on: it begins, gives up, or ends."""
    if way.events:
        world.commit(place, "worker", type(step).__name__, place.key.dag, way.events)
    then = way.then
    world.put(place, then._replace(at=0) if isinstance(then, Execution) else None)


def finish(world: World, place: Handed, state: TaskState) -> None:
    """An execution ends now, in that state."""
    running: Execution = world.slots[place]
    step = Finish(running, state, world.now)
    way = step(world.timeline)
    assert isinstance(way, Commit)
    work(world, place, step, way)


def deliver(world: World, sends: Iterable[Step]) -> None:
    """Hand instances over; the same sender hands one over again only when it has ended."""
    for start in sends:
        assert isinstance(start, Start)
        place = Handed(start.sender, start.key)
        if place not in world.slots:
            world.put(place, start._replace(at=0, by=""))
