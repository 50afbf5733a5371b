"""The plainest model: a few processes, each standing before a step, over one timeline. Steps are taken one by one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import lru_cache, reduce
from operator import xor

from runline.invariants.monitor import Monitor
from runline.model.events import Event
from runline.model.fingerprint import part
from runline.model.steps import Choose, Commit, Outcome, Step, at_rest
from runline.model.view import TimelineView

Taken = tuple[int, tuple[Event, ...], Step | None, int]
"""What a process, by its place, commits, the step before which it then stands, and by how much that turns the
fingerprint."""
_KEPT = 1 << 16
"""How many answers to the question what a process may do now are kept."""


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


class Processes:
    """Processes as a model. States are told apart by the fingerprints of timeline, processes and the laws' memories."""

    def __init__(self, monitor: Monitor, processes: Sequence[Step]) -> None:
        self.monitor = monitor
        self.processes: list[Step | None] = list(processes)
        self.laws = [law.id for law in monitor.laws]
        self.breached = 0
        self._prints = [standing(place, type(step), step) for place, step in enumerate(processes)]
        self._together = reduce(xor, self._prints, 0)
        self._done: list[tuple[Taken, Step | None]] = []
        self._known: dict[int, list[Taken]] = {}

    @property
    def fingerprint(self) -> int:
        """All that tells this state from others."""
        return self._together ^ self.monitor.timeline.fingerprint ^ self.monitor.fingerprint

    def moves(self) -> list[Taken]:
        """What each process may do now: that depends on where it and the timeline stand, so is kept."""
        moves: list[Taken] = []
        fingerprint, known = self.monitor.timeline.fingerprint, self._known
        for own in self._prints:
            offered = known.get(own ^ fingerprint)
            moves += self._offered(own, own ^ fingerprint) if offered is None else offered
        return moves

    def _offered(self, own: int, key: int) -> list[Taken]:
        if len(self._known) == _KEPT:
            self._known.clear()
        place, timeline = self._prints.index(own), self.monitor.timeline
        step, moves = self.processes[place], []
        if step is not None:
            for events, then, *_ in commits(step(timeline), timeline):
                kind: type = type(then)
                moves.append((place, events, then, own ^ standing(place, kind, then)))
        self._known[key] = moves
        return moves

    def do(self, move: Taken) -> int:
        """Let a process take its step."""
        place, events, then, turn = move
        monitor, processes = self.monitor, self.processes
        for event in events:
            monitor.apply(event)
        breaches = monitor.breaches
        self.breached = self._bits(monitor.applied - len(events)) if breaches else 0
        self._done.append((move, processes[place]))
        processes[place] = then
        self._prints[place] ^= turn
        self._together = together = self._together ^ turn
        return together ^ monitor.timeline.fingerprint ^ monitor.fingerprint

    def undo(self) -> None:
        """Take back the last step."""
        (place, events, _, turn), self.processes[place] = self._done.pop()
        self._prints[place] ^= turn
        self._together ^= turn
        for event in reversed(events):
            self.monitor.undo(event)

    def _bits(self, since: int) -> int:
        bits = 0
        for breach in reversed(self.monitor.breaches):
            if breach.event < since:
                break
            bits |= 1 << self.laws.index(breach.law)
        return bits

    def broken(self) -> int:
        """The laws of states that are broken now."""
        return sum([1 << self.laws.index(law) for law in self.monitor.broken_laws()]) if self.monitor.standing else 0

    def at_rest(self) -> bool:
        """Whether every process is at rest."""
        return all(map(at_rest, self.processes))

    def stuck(self) -> int:
        """Nothing: processes may all come to an end."""
        return 0
