"""Workers in the world of an exploration: an instance that was handed over begins when one is free, and ends at some time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from runline.designs.worker import Execution, Finish, Start
from runline.explorer.moves import Move
from runline.explorer.standing import OPERATOR, Handed
from runline.explorer.steps import ways
from runline.model.states import TaskState
from runline.model.steps import Commit, Step

if TYPE_CHECKING:
    from runline.explorer.world import World


def worker_moves(world: World) -> list[Move]:
    """What may happen to the instances that were handed over: some begin, some end, well or badly."""
    moves: list[Move] = []
    places, slots, prints, known = world.handed(), world.slots, world.prints, world.course.known.read.works
    executing = sum(1 for place in places if isinstance(slots[place], Execution))
    is_free = executing < world.scenario.processes.workers
    for place in places:
        if is_free or isinstance(slots[place], Execution):
            key = prints[place] ^ prints[OPERATOR]
            if key not in known:
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


def stands_then(way: Commit) -> Execution | None:
    """What becomes of an instance that goes on: it is executed, or handed to nobody any more."""
    return way.then._replace(at=0) if isinstance(way.then, Execution) else None


def finish(world: World, place: Handed, state: TaskState) -> None:
    """An execution ends now, in that state."""
    running: Execution = world.slots[place]
    step = Finish(running, state, world.now)
    way = step(world.timeline)
    assert isinstance(way, Commit)
    if way.events:
        world.commit(place, "worker", type(step).__name__, place.key.dag, way.events)
    world.put(place, stands_then(way))


def handings(sends: Iterable[Step]) -> Iterator[tuple[Handed, Start]]:
    """Where instances come to stand that are handed over, and how."""
    for start in sends:
        assert isinstance(start, Start)
        yield Handed(start.sender, start.key), start._replace(at=0, by="")


def deliver(world: World, sends: Iterable[Step]) -> None:
    """Hand instances over; the same sender hands one over again only when it has ended."""
    for place, start in handings(sends):
        if place not in world.slots:
            world.put(place, start)
