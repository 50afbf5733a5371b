"""A small exhaustive search over steps: depth first with apply and undo, then distances over the graph it found.

It serves the benchmarks until the explorer does: a model is a tuple of processes, each standing before a step.
"""

from __future__ import annotations

import gc
import time
from array import array
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import xor

from runline.invariants.monitor import Monitor
from runline.model.events import Event
from runline.model.fingerprint import part
from runline.model.steps import Choose, Commit, Outcome, Step, at_rest
from runline.model.view import TimelineView

Move = tuple[int, tuple[Event, ...], Step | None, int]
"""What a process, by its place, would commit, the step before which it then stands, and by how much that turns the
fingerprint."""
NEVER = -1
PASSING, LASTING = 1, 2
_KEPT = 1 << 16
"""How many answers to the question what a process may do now are kept."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search saw. Steps to a violation are the fewest, ``None`` where there is none; ``depth`` counts states.

    ``seconds`` are those of the visit to all states, without the distances that are found afterwards.
    """

    distinct_states: int
    generated: int
    depth: int
    seconds: float
    passing_violation_steps: int | None
    lasting_violation_steps: int | None


def quickest(explore: Callable[[], Found], budget: float = 0.5) -> Found:
    """The quickest of as many searches of one model as fit into a budget of seconds, at least one."""
    found = [explore()]
    while sum(each.seconds for each in found) + found[-1].seconds < budget:
        found.append(explore())
    return min(found, key=lambda each: each.seconds)


def commits(outcome: Outcome, timeline: TimelineView) -> Sequence[Commit]:
    """Every way in which a process can go on whose step has this outcome; none while it waits."""
    if type(outcome) is Commit:
        return (outcome,)
    if type(outcome) is Choose:
        return [commit for option in outcome.options.values() for commit in commits(option(timeline), timeline)]
    return ()


@lru_cache(maxsize=1 << 16)
def standing(place: int, kind: Hashable, step: Step | None) -> int:
    """The fingerprint of a process that stands before ``step``, which is of that ``kind``: other kinds may be equal."""
    return part(place, kind, step)


class Search:
    """One search. States are told apart by the fingerprints of timeline, processes and the laws' memories."""

    def __init__(self, monitor: Monitor, processes: Sequence[Step]) -> None:
        self.monitor = monitor
        self.processes: list[Step | None] = list(processes)
        self.prints = [standing(place, type(step), step) for place, step in enumerate(processes)]
        self.index: dict[int, int] = {}
        self.sources = array("I")
        self.targets = array("I")
        self.violations = bytearray()
        """Of each state, whether a law of states is broken in it."""
        self.breaching: list[int] = []
        """States from which one more step breaks a law of events; what was done cannot be taken back, so that lasts."""
        self.known: dict[int, list[Move]] = {}

    def run(self) -> Found:
        """Visit every reachable state once."""
        started = time.perf_counter()
        gc.disable()
        try:
            self._visit_all()
        finally:
            gc.enable()
        seconds = time.perf_counter() - started
        distance = self._distances()
        breach = [distance[state] + 1 for state in self.breaching]
        passing, lasting = (
            [far for far, found in zip(distance, self.violations, strict=True) if found >= wanted]
            for wanted in (PASSING, LASTING)
        )
        return Found(
            distinct_states=len(self.index),
            generated=len(self.sources) + 1,  # the first among them, as TLC counts
            depth=max(distance) + 1,
            seconds=seconds,
            passing_violation_steps=min(passing + breach, default=None),
            lasting_violation_steps=min(lasting + breach, default=None),
        )

    def _visit_all(self) -> None:
        """Depth first: each state is reached by applying one commit, and left by undoing it."""
        monitor, timeline, processes, prints = self.monitor, self.monitor.timeline, self.processes, self.prints
        number_of, source, target = self.index.setdefault, self.sources.append, self.targets.append
        apply, undo, known, violation = monitor.apply, monitor.undo, self.known, self.violations.append
        together = reduce(xor, prints)
        state = number_of(together ^ timeline.fingerprint ^ monitor.fingerprint, 0)
        states = 1
        stack: list[tuple[int, list[Move], Move, Step | None]] = []
        while True:
            # A new state: note whether it is sound, and list what may happen next.
            violation(self._violation() if monitor.standing else 0)
            moves: list[Move] = []
            fingerprint = timeline.fingerprint
            for own in prints:
                offered = known.get(own ^ fingerprint)
                moves += self._moves(own, own ^ fingerprint) if offered is None else offered
            while True:
                if moves:
                    place, events, then, turn = move = moves.pop()
                    for event in events:
                        apply(event)
                    if monitor.breaches and monitor.breaches[-1].event >= monitor.applied - len(events):
                        self.breaching.append(state)
                    reached = number_of(together ^ turn ^ timeline.fingerprint ^ monitor.fingerprint, states)
                    source(state)
                    target(reached)
                    if reached == states:
                        stack.append((state, moves, move, processes[place]))
                        processes[place] = then
                        prints[place] ^= turn
                        together ^= turn
                        state = reached
                        states += 1
                        break
                elif stack:
                    state, moves, (place, events, _, turn), processes[place] = stack.pop()
                    prints[place] ^= turn
                    together ^= turn
                else:
                    return
                for event in reversed(events):
                    undo(event)

    def _violation(self) -> int:
        """How a law of states is broken now: passing, if an operation is under way, else lasting."""
        return LASTING if all(map(at_rest, self.processes)) else PASSING

    def _moves(self, own: int, key: int) -> list[Move]:
        """What the process of that fingerprint may do now: that depends on where it and the timeline stand, so is kept."""
        if len(self.known) == _KEPT:
            self.known.clear()
        place, timeline = self.prints.index(own), self.monitor.timeline
        step, moves = self.processes[place], []
        if step is not None:
            for events, then, *_ in commits(step(timeline), timeline):
                kind: type = type(then)
                moves.append((place, events, then, own ^ standing(place, kind, then)))
        self.known[key] = moves
        return moves

    def _distances(self) -> list[int]:
        """The fewest steps from the first state to each."""
        successors: list[list[int]] = [[] for _ in self.index]
        for source, target in zip(self.sources, self.targets, strict=True):
            successors[source].append(target)
        distance = [NEVER] * len(successors)
        distance[0] = 0
        level = [0]
        while level:
            following = []
            for state in level:
                for successor in successors[state]:
                    if distance[successor] == NEVER:
                        distance[successor] = distance[state] + 1
                        following.append(successor)
            level = following
        return distance
