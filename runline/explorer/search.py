"""The exhaustive search: depth first with do and undo, then the shortest ways over the graph that it found."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple

from runline.explorer.graph import Graph, Shortest
from runline.explorer.model import Followed, Model, Move
from runline.model.errors import RunlineError

_OFTEN = 1 << 10
"""After how many new states the limits are looked at."""
_DEPTH = "depth"
"""What a bound of depth is called where it ended a search."""


class Limits(NamedTuple):
    """How far a search goes. Where one of them ends it, nothing is proved.

    ``max_memory`` is in bytes, of the states and moves kept. ``max_depth`` bounds the moves from the initial state.
    """

    max_states: int | None = None
    max_memory: int | None = None
    time_limit: float | None = None
    max_depth: int | None = None


class Progress(NamedTuple):
    """How far a search is: distinct states, moves made, how deep it is in now, and how long it has taken."""

    states: int
    transitions: int
    depth: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Found:
    """What a search saw. ``transitions`` counts the initial state among them, as TLC does; so does ``depth``.

    ``stopped`` says which limit ended it, empty where it is complete. ``seconds`` are those of the visit to all states,
    without the shortest ways, which are found afterwards. ``lasting`` and ``seen`` hold, by law, the shortest way to
    where it is broken for good, and to where it can be seen broken at all.
    """

    graph: Graph
    distinct_states: int
    transitions: int
    depth: int
    seconds: float
    stopped: str
    lasting: dict[str, Shortest]
    seen: dict[str, Shortest]
    shortest: bool = True
    """Whether there are no shorter ways than these, if the search is complete."""
    within: int = 0
    """Within how many moves of the start everything was seen."""
    alone: str = ""
    """Said where one worker did what more were to share, and why; else empty."""

    @property
    def complete(self) -> bool:
        """Whether every state that can be reached was visited."""
        return not self.stopped

    @property
    def cut_off(self) -> bool:
        """Whether it ended somewhere in the midst, and not at a bound of depth."""
        return not self.complete and not self.stopped.startswith(_DEPTH)

    @property
    def collision(self) -> float:
        """TLC's estimate of how probable it is that two different states were taken for one."""
        return self.distinct_states * max(0, self.transitions - self.distinct_states) / 2**64


class Search(Generic[Move]):
    """One search of one model, within limits."""

    def __init__(
        self,
        model: Model[Move],
        limits: Limits | None = None,
        told: Callable[[Progress], None] | None = None,
        followed: Followed[Move] | None = None,
    ) -> None:
        """``followed`` is the model, where the graph is to keep who moved and what was still to come."""
        self.model = model
        self.followed = followed
        self.limits = limits or Limits()
        self.told = told
        self.graph = Graph()
        self.stopped = ""
        self._started = 0.0

    def run(self) -> Found:
        """Visit every state that can be reached, each once; the model is left in its initial state."""
        self._started = time.perf_counter()
        was = gc.isenabled()
        gc.disable()
        try:
            self._visit()
        finally:
            if was:
                gc.enable()
        return self._found(time.perf_counter() - self._started)

    def _visit(self) -> None:
        if self.limits.max_depth is None:
            self._visit_all()
        else:
            self._visit_within(self.limits.max_depth)

    def _found(self, seconds: float) -> Found:
        graph = self.graph
        lasting: dict[str, Shortest] = {}
        seen: dict[str, Shortest] = {}
        for bit, law in enumerate(self.model.laws):
            for ways, wanted in ((lasting, True), (seen, False)):
                way = graph.shortest(law, bit, lasting=wanted)
                if way is not None:
                    ways[law] = way
        return Found(
            graph=graph,
            distinct_states=graph.states,
            transitions=graph.moves + 1,
            depth=graph.depth() + 1,
            seconds=seconds,
            stopped=self.stopped,
            lasting=lasting,
            seen=seen,
            within=self._within(),
        )

    def _within(self) -> int:
        """Within how many moves of the start everything was seen; a limit in the midst may leave out what is next to it."""
        if not self.stopped:
            return self.graph.depth()
        return (self.limits.max_depth or 0) if self.stopped.startswith(_DEPTH) else 0

    # ------------------------------------------------------------------------------- visits

    def _visit_all(self) -> None:
        """Depth first: each state is reached by one move, and left by taking it back."""
        model, graph = self.model, self.graph
        moves_of, undo = model.moves, model.undo
        do, broken = (model.do, model.broken) if self.followed is None else self._following(self.followed)
        number, source, target = graph.numbers.number, graph.sources.append, graph.targets.append
        state, states, check_at = number(model.fingerprint), 1, _OFTEN
        stack: list[tuple[int, list[Move]]] = []
        check_at = self._check(states, 0)
        while True:
            if bits := broken():
                self._note_broken(state, bits)
            moves = moves_of() or self._note_stuck(state)
            while True:
                if moves:
                    reached = number(do(moves.pop()))
                    source(state)
                    target(reached)
                    if model.breached:
                        graph.breaches.mark(graph.moves - 1, model.breached)
                    if reached == states:
                        stack.append((state, moves))
                        state = reached
                        states += 1
                        if states < check_at:
                            break
                        check_at = self._check(states, len(stack))
                        if not self.stopped:
                            break
                        self._go_back(len(stack))
                        return
                    undo()
                elif stack:
                    state, moves = stack.pop()
                    undo()
                else:
                    return

    def _following(self, model: Followed[Move]) -> tuple[Callable[[Move], int], Callable[[], int]]:
        """How moves are made, and how each new state is looked at, where it is kept who moves and what is to come."""
        movers, goals = self.graph.movers.append, self.graph.goals.append

        def do(move: Move) -> int:
            movers(model.mover(model.who(move)))
            return model.do(move)

        def broken() -> int:
            goals(model.goals(model.to_come()))
            return model.broken()

        return do, broken

    def _go_back(self, moves: int) -> None:
        """Take back so many moves."""
        for _ in range(moves):
            self.model.undo()

    def _visit_within(self, most: int) -> None:
        """Depth first to a bound. A state that is met again nearer to the start is gone on from anew, so none is lost."""
        model, graph = self.model, self.graph
        state = graph.numbers.number(model.fingerprint)
        depths = [0]
        expanded: set[int] = set()
        stack: list[tuple[int, list[Move], bool]] = []
        moves, first = self._enter(state, 0, most, expanded)
        while True:
            if moves:
                move = moves.pop()
                if first and self.followed is not None:
                    graph.movers.append(self.followed.mover(self.followed.who(move)))
                reached = graph.numbers.number(model.do(move))
                if first:
                    self._note_move(state, reached)
                depth = len(stack) + 1
                new = reached == len(depths)
                if new or depth < depths[reached]:
                    stack.append((state, moves, first))
                    state = reached
                    if new:
                        depths.append(depth)
                        self._check(graph.states, depth)
                    depths[reached] = depth
                    moves, first = self._enter(state, depth, most, expanded)
                    if self.stopped and not self.stopped.startswith(_DEPTH):
                        break
                else:
                    model.undo()
            elif stack:
                state, moves, first = stack.pop()
                model.undo()
            else:
                return
        self._go_back(len(stack))

    def _enter(self, state: int, depth: int, most: int, expanded: set[int]) -> tuple[list[Move], bool]:
        """What is to be done from a state, and whether that is the first time; nothing at the bound."""
        if state == len(self.graph.goals) and self.followed is not None:
            self.graph.goals.append(self.followed.goals(self.followed.to_come()))
        if state not in expanded and (bits := self.model.broken()):
            self._note_broken(state, bits)
        moves = self.model.moves() or self._note_stuck(state)
        if depth >= most:
            if moves and not self.stopped:
                self.stopped = f"{_DEPTH} {most}"
            return [], False
        first = state not in expanded
        expanded.add(state)
        return moves, first

    def _note_move(self, state: int, reached: int) -> None:
        self.graph.sources.append(state)
        self.graph.targets.append(reached)
        if self.model.breached:
            self.graph.breaches.mark(self.graph.moves - 1, self.model.breached)

    def _note_broken(self, state: int, bits: int) -> None:
        (self.graph.lasting if self.model.at_rest() else self.graph.passing).mark(state, bits)

    def _note_stuck(self, state: int) -> list[Move]:
        """Nothing can happen in this state: no moves, but perhaps a law is broken by just that."""
        if bits := self.model.stuck():
            self.graph.lasting.mark(state, self.graph.lasting[state] | bits)
        return []

    # ------------------------------------------------------------------------------- limits

    def _check(self, states: int, depth: int) -> int:
        """Look at the limits and tell how far it is; at how many states to look again."""
        limits, seconds = self.limits, time.perf_counter() - self._started
        if limits.max_states is not None and states > limits.max_states:
            self.stopped = f"{limits.max_states:,} states"
        if limits.time_limit is not None and seconds > limits.time_limit:
            self.stopped = f"{limits.time_limit:g} s"
        if limits.max_memory is not None and self.memory() > limits.max_memory:
            self.stopped = f"{limits.max_memory >> 20:,} MiB"
        if self.told is not None:
            self.told(Progress(states, self.graph.moves, depth, seconds))
        often = states if self.stopped else states + _OFTEN
        return often if limits.max_states is None else min(often, max(states, limits.max_states) + 1)

    def memory(self) -> int:
        """The bytes that states and moves take up, as far as they can be told."""
        graph = self.graph
        kept = sum(map(sys.getsizeof, (graph.sources, graph.targets, graph.movers, graph.goals)))
        return kept + sum(each.size for each in (graph.numbers, graph.passing, graph.lasting, graph.breaches))

    # -------------------------------------------------------------------------------- paths

    def path(self, way: Shortest) -> list[int]:
        """The moves along a way, by their places among those of each state, the first that fit.

        The model is left in its initial state.
        """
        fingerprints = self.graph.numbers.fingerprints
        bit = self.model.laws.index(way.law) if way.by_move else None
        found: list[int] = []
        for state in way.states[1:]:
            last = way.by_move and len(found) + 1 == way.steps
            mover = way.movers[len(found)] if way.movers else None
            found.append(self._move_to(fingerprints[state], bit if last else None, mover))
        self._go_back(len(found))
        return found

    def _move_to(self, fingerprint: int, bit: int | None, mover: int | None) -> int:
        """Make a move that leads to a state; that breaks a law, or is someone's, if that is wanted."""
        for place, move in enumerate(self.model.moves()):
            if (
                mover is not None
                and self.followed is not None
                and self.followed.mover(self.followed.who(move)) != mover
            ):
                continue
            if self.model.do(move) == fingerprint and (bit is None or self.model.breached >> bit & 1):
                return place
            self.model.undo()
        raise RunlineError(
            "a way cannot be gone again: the model does not always say the same of the same state, or two states have "
            "one fingerprint"
        )
