"""What a move is called: in scenario files that fix a history, and where somebody is told what is possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from runline.explorer.moves import Move
from runline.explorer.standing import CLOCK, OPERATOR, Handed, Watcher
from runline.explorer.world import World
from runline.model.instants import short_instant


def names_of(world: World, moves: Sequence[Move]) -> list[str]:
    """The name of each of the moves that are possible now; of moves that have one name each says which it is."""
    names = [_name(world, move) for move in moves]
    several, seen = Counter(names), Counter[str]()
    for place, name in enumerate(names):
        if several[name] > 1:
            seen[name] += 1
            names[place] = f"{name} ({seen[name]} of {several[name]})"
    return names


def _name(world: World, move: Move) -> str:
    place, what = move.place, move.what
    if place == CLOCK:
        due = world.next_due()
        return "time passes" if due is None else f"time passes to {short_instant(due)}"
    if place == OPERATOR:
        return f"operator: {what.removeprefix('acts: ')}"
    if isinstance(place, Watcher):
        return f"{place.name} {what}" + (f" with {place.dag}" if len(world.scenario.dags) > 1 else "")
    if isinstance(place, Handed):
        return _name_of_worker(world, place, what)
    return f"{place[0]} {what}"


def _name_of_worker(world: World, place: Handed, what: str) -> str:
    """A worker is called by what it has in hand, and for whom."""
    dag = f" of {place.key.dag}" if len(world.scenario.dags) > 1 else ""
    instance = f"{place.key.task} of {short_instant(place.key.date)}{dag} for {place.sender}"
    verb, _, state = what.partition(": ")
    if verb in ("starts", "ends"):
        return f"worker {verb} {instance}" + (f": {state}" if state else "")
    return f"worker with {instance} {what}"
