"""The plainest model: a few processes, each standing before a step, over one timeline. Steps are taken one by one."""

from __future__ import annotations

from collections.abc import Sequence

from runline.explorer.reductions.own import concerns_nobody
from runline.explorer.reductions.reduction import WHOLE, Reduced
from runline.explorer.reductions.runs import as_read, shown
from runline.invariants.monitor import Monitor
from runline.model.events import Event
from runline.model.fingerprint import part
from runline.model.steps import Choose, Commit, Outcome, Step, all_at_rest
from runline.model.view import TimelineView

Taken = tuple[int, tuple[Event, ...], Step | None, int]
"""What a process, by its place, commits, the step before which it then stands, and by how much that turns the
fingerprint."""
_KEPT = 1 << 16
"""How many answers to the question what a process may do now are kept, for each."""
_BITS = (1 << 64) - 1


def commits(outcome: Outcome, timeline: TimelineView) -> Sequence[Commit]:
    """Every way in which a process can go on whose step has this outcome; none while it waits."""
    if type(outcome) is Commit:
        return (outcome,)
    if type(outcome) is Choose:
        return [commit for option in outcome.options.values() for commit in commits(option(timeline), timeline)]
    return ()


class Processes:
    """Processes as a model. States are told apart by the fingerprints of timeline, processes and the laws' memories.

    Where processes that are alike are not told apart, those are that stand before equal steps in the beginning: then what
    they do has to name them nowhere.
    """

    def __init__(self, monitor: Monitor, processes: Sequence[Step], reduced: Reduced = WHOLE) -> None:
        self.monitor = monitor
        self.timeline = monitor.timeline
        self.processes: list[Step | None] = list(processes)
        self.laws = [law.id for law in monitor.laws]
        self.breached = 0
        self.went_first = False
        self.reduced = reduced
        steps = [(type(step), step) for step in processes]
        self._alike, self._own_first = bool(reduced.alike), reduced.own_steps
        self._groups = [steps.index(step) if self._alike else place for place, step in enumerate(steps)]
        self._prints = [self._standing(place, step) for place, step in enumerate(processes)]
        self._together = sum(self._prints)
        self._done: list[tuple[Taken, Step | None]] = []
        self._known: list[dict[int, list[Taken]]] = [{} for _ in processes]
        self._kept: dict[int, tuple[Commit, Taken, int]] = {}
        self._own: dict[int, bool] = {}

    def _standing(self, place: int, step: Step | None) -> int:
        """The fingerprint of a process that stands before ``step``; its type is told, for steps of two types may be equal."""
        kind: type = type(step)
        return part(self._groups[place], kind, shown(step, self.reduced.unread))

    @property
    def fingerprint(self) -> int:
        """All that tells this state from others."""
        return (self._together ^ self.timeline.fingerprint ^ self.monitor.fingerprint) & _BITS

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each law had anything to say."""
        return self.monitor.counts

    @counts.setter
    def counts(self, counts: tuple[int, ...]) -> None:
        self.monitor.counts = counts

    def moves(self) -> list[Taken]:
        """What each process may do now: that depends on where it and the timeline stand, so is kept."""
        moves: list[Taken] = []
        fingerprint, prints, alike = self.timeline.fingerprint, self._prints, self._alike
        if self._own_first:
            for place, own in enumerate(prints):
                if self._concerns_nobody(place, own):
                    self.went_first = True
                    return list(self._offered(place, own))
        for place, own in enumerate(prints):
            if alike and own in prints[:place]:
                continue  # what stands where another stands that is alike does the same
            offered = self._known[place].get(own ^ fingerprint)
            moves += self._offered(place, own) if offered is None else offered
        return moves

    def _concerns_nobody(self, place: int, own: int) -> bool:
        known = self._own.get(own)
        if known is None:
            step, timeline = self.processes[place], self.timeline
            known = self._own[own] = concerns_nobody(step, timeline, self.reduced.unread)
        return known

    def _offered(self, place: int, own: int) -> list[Taken]:
        known = self._known[place]
        if len(known) == _KEPT:
            known.clear()
        timeline, step, moves = self.timeline, self.processes[place], []
        for commit in () if step is None else commits(step(timeline), timeline):
            kept = self._kept.get(id(commit))
            if kept is None or kept[1][0] != place or kept[2] != own:
                kept = self._keep(commit, place, own)
            moves.append(kept[1])
        known[own ^ timeline.fingerprint] = moves
        return moves

    def _keep(self, commit: Commit, place: int, own: int) -> tuple[Commit, Taken, int]:
        """What a process does with a commit from where it stands; steps that keep their commits make many of the same."""
        if len(self._kept) == _KEPT:
            self._kept.clear()
        unread = self.reduced.unread
        events = as_read(commit.events, unread, self.timeline) if unread.fields else commit.events
        taken = place, events, commit.then, self._standing(place, commit.then) - own
        kept = self._kept[id(commit)] = commit, taken, own
        return kept

    def do(self, move: Taken) -> int:
        """Let a process take its step."""
        place, events, then, turn = move
        monitor, processes = self.monitor, self.processes
        monitor.apply_all(events)
        self.breached = self._bits(monitor.applied - len(events)) if monitor.breaches else 0
        self._done.append((move, processes[place]))
        processes[place] = then
        self._prints[place] += turn
        self._together = together = self._together + turn
        return (together ^ self.timeline.fingerprint ^ monitor.fingerprint) & _BITS

    def undo(self) -> None:
        """Take back the last step."""
        (place, events, _, turn), self.processes[place] = self._done.pop()
        self._prints[place] -= turn
        self._together -= turn
        if events:
            undo = self.monitor.undo
            for event in reversed(events):
                undo(event)

    def _bits(self, since: int) -> int:
        bits = 0
        for breach in reversed(self.monitor.breaches):
            if breach.event < since:
                break
            bits |= 1 << self.laws.index(breach.law)
        return bits

    def broken(self) -> int:
        """The laws of states that are broken now."""
        return self.monitor.broken_bits() if self.monitor.standing else 0

    def at_rest(self) -> bool:
        """Whether every process is at rest."""
        return all_at_rest(self.processes)

    def stuck(self) -> int:
        """Nothing: processes may all come to an end."""
        return 0
