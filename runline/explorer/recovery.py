"""Whether what follows a fault can always be mended: over all states that can be reached after one."""

from __future__ import annotations

from array import array

from runline.explorer.graph import Graph, Shortest, in_order, starts_of


def lost(graph: Graph, law: str, sound: bytearray) -> Shortest | None:
    """The fewest moves to a state, after a fault, from which none can be reached that is sound; none, if there is none.

    ``sound`` says it of each state. The graph has to be complete. No further fault is counted upon.
    """
    mended = _reached_back(graph, sound)
    after = _reached(graph, [target for target, mover in zip(graph.targets, graph.movers, strict=True) if not mover])
    distances = graph.distances()
    found = min(
        ((distances[state], state) for state in range(graph.states) if after[state] and not mended[state]), default=None
    )
    return None if found is None else Shortest(law, True, graph.way_to(found[1]), by_move=False)


def _reached_back(graph: Graph, sound: bytearray) -> bytearray:
    """The states from which a sound one can be reached without a fault."""
    sources, targets, _ = graph.faultless()
    starts = starts_of(targets, graph.states)
    return _closure(
        starts, in_order(starts, targets, sources), [state for state, is_sound in enumerate(sound) if is_sound]
    )


def _reached(graph: Graph, first: list[int]) -> bytearray:
    """The states that can be reached from these, themselves included."""
    return _closure(*graph.successors(), first)


def _closure(starts: array[int], following: array[int], first: list[int]) -> bytearray:
    found = bytearray(len(starts) - 1)
    new = [state for state in first if not found[state]]
    for state in new:
        found[state] = 1
    while new:
        state = new.pop()
        for reached in following[starts[state] : starts[state + 1]]:
            if not found[reached]:
                found[reached] = 1
                new.append(reached)
    return found
