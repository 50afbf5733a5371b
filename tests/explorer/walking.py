"""Going through all states of a world, for what is to be seen on the way."""

from __future__ import annotations

from collections.abc import Iterator

from runline.explorer.course import Happened
from runline.explorer.world import World


def reached(world: World) -> Iterator[World]:
    """The world after each move from each state that it can come to, depth first; in the end it is as it was."""
    known, stack = {world.fingerprint}, [world.moves()]
    while stack:
        if not stack[-1]:
            stack.pop()
            if stack:
                world.undo()
            continue
        state = world.do(stack[-1].pop())
        yield world
        if state in known:
            world.undo()
        else:
            known.add(state)
            stack.append(world.moves())


def happened(world: World) -> Iterator[Happened]:
    """What is committed in any move from any state."""
    return (told for state in reached(world) for told in state.told())
