"""A small exhaustive search over steps: depth first with apply and undo, then distances over the graph it found.

It serves the benchmarks until the explorer does: a model is a tuple of processes, each standing before a step.
"""

from __future__ import annotations

import gc
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runline.invariants.monitor import Monitor
from runline.model.fingerprint import part
from runline.model.steps import Choose, Commit, Step, at_rest
from runline.model.view import TimelineView

Move = tuple[int, Commit]
"""A process, by its place, and what it would commit."""
NEVER = -1


@dataclass(frozen=True, slots=True)
class Found:
    """What a search saw. Steps to a violation are the fewest, ``None`` where there is none; ``depth`` counts states."""

    distinct_states: int
    generated: int
    depth: int
    seconds: float
    passing_violation_steps: int | None
    lasting_violation_steps: int | None


def choices(outcome: Choose, timeline: TimelineView) -> Iterator[Commit]:
    """Every way in which the options of a choice can go on now."""
    for option in outcome.options.values():
        chosen = option(timeline)
        if isinstance(chosen, Commit):
            yield chosen
        elif isinstance(chosen, Choose):
            yield from choices(chosen, timeline)


def standing(place: int, step: Step | None) -> int:
    """The fingerprint of a process that stands before ``step``; steps of different types may have equal values."""
    return part(place, type(step).__name__, step)


class Search:
    """One search. States are told apart by the fingerprints of timeline, processes and the laws' memories."""

    def __init__(self, monitor: Monitor, processes: Sequence[Step]) -> None:
        self.monitor = monitor
        self.processes: list[Step | None] = list(processes)
        self.index: dict[int, int] = {}
        self.sources = array("I")
        self.targets = array("I")
        self.violated = bytearray()
        self.resting = bytearray()
        self.generated = 1
        """States generated, the first among them, as TLC counts."""

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
        broken = [far for far, violated in zip(distance, self.violated, strict=True) if violated]
        lasting = [
            far
            for far, violated, resting in zip(distance, self.violated, self.resting, strict=True)
            if violated and resting
        ]
        return Found(
            distinct_states=len(self.index),
            generated=self.generated,
            depth=max(distance) + 1,
            seconds=seconds,
            passing_violation_steps=min(broken, default=None),
            lasting_violation_steps=min(lasting, default=None),
        )

    def _visit_all(self) -> None:
        """Depth first: each state is reached by applying one commit, and left by undoing it."""
        monitor, processes, index = self.monitor, self.processes, self.index
        timeline, source, target = monitor.timeline, self.sources.append, self.targets.append
        apply, undo, offers_of = monitor.apply, monitor.undo, self._offers
        prints = [standing(place, step) for place, step in enumerate(processes)]
        together = 0
        for own in prints:
            together ^= own
        under_way = sum(not at_rest(step) for step in processes)
        key = together ^ timeline.fingerprint ^ monitor.fingerprint
        offers = [offers_of(step) for step in processes]
        stack: list[_Frame] = []
        while True:
            # A new state: number it, note what is true in it, and list what may happen next.
            state = index[key] = len(index)
            self.violated.append(monitor.standing > 0 or bool(monitor.breaches))
            self.resting.append(not under_way)
            moves = [(place, commit) for place, commits in enumerate(offers) for commit in commits]
            while True:
                if moves:
                    place, (events, then) = move = moves.pop()
                    self.generated += 1
                    for event in events:
                        apply(event)
                    own = prints[place]
                    new = standing(place, then)
                    key = together ^ own ^ new ^ timeline.fingerprint ^ monitor.fingerprint
                    source(state)
                    seen = index.get(key)
                    if seen is None:
                        target(len(index))
                        was = processes[place]
                        stack.append((state, moves, move, was, own, together, under_way, offers))
                        processes[place], prints[place] = then, new
                        together ^= own ^ new
                        under_way += at_rest(was) - at_rest(then)
                        if events:
                            offers = [offers_of(step) for step in processes]
                        else:  # the other processes read what they read before
                            offers = offers.copy()
                            offers[place] = offers_of(then)
                        break
                    target(seen)
                elif stack:
                    state, moves, (place, (events, _)), was, own, together, under_way, offers = stack.pop()
                    processes[place], prints[place] = was, own
                else:
                    return
                for event in reversed(events):
                    undo(event)

    def _offers(self, step: Step | None) -> Sequence[Commit]:
        """What the process that stands before ``step`` may commit now; nothing while it waits."""
        if step is None:
            return ()
        outcome = step(self.monitor.timeline)
        if type(outcome) is Commit:
            return (outcome,)
        return tuple(choices(outcome, self.monitor.timeline)) if type(outcome) is Choose else ()

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


_Frame = tuple[int, list[Move], Move, Step | None, int, int, int, list[Sequence[Commit]]]
