"""The plainest model: a few processes, each standing before a step, over one timeline. Steps are taken one by one.

What a process may do depends on where it stands and on the timeline; what comes of it, on the timeline and on what laws
remember. Both are found out once and kept. So events happen only where something new is asked: the monitor goes there
when it has to, and stays there until it is needed elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from runline.explorer.model import Counts, less
from runline.explorer.reductions.own import concerns_nobody
from runline.explorer.reductions.reduction import WHOLE, Reduced
from runline.explorer.reductions.runs import as_read, shown
from runline.invariants.monitor import Monitor
from runline.model.events import Event
from runline.model.fingerprint import part
from runline.model.steps import Choose, Commit, Outcome, Step, Wait, at_rest
from runline.model.view import TimelineView

_KEPT = 1 << 16
"""How many answers to the question what a process may do now are kept."""
_BITS = (1 << 64) - 1
_WIDTH = 64
"""How many bits a count takes up among others."""


class Stand:
    """Where a process stands: its place among them, the step before which it stands, and the fingerprint of that."""

    __slots__ = ("ask", "kept", "place", "print", "rests", "step")

    def __init__(self, place: int, step: Step | None, fingerprint: int) -> None:
        self.place, self.step, self.print, self.rests = place, step, fingerprint, at_rest(step)
        self.ask: Callable[[TimelineView], Outcome] = _ended if step is None else step
        self.kept: dict[int, list[Taken]] = {}
        """What comes of each commit of its step, by the commit's identity: steps that keep them make many of the same."""


_rests = attrgetter("rests")


def _ended(timeline: TimelineView) -> Outcome:
    return Wait("it has ended")


class Together:
    """Events that happen together, one object for all that are equal."""

    __slots__ = ("events",)

    def __init__(self, events: tuple[Event, ...]) -> None:
        self.events = events


class Taken:
    """What a process does: from where to where that brings it, by how much that turns the fingerprint, what happens."""

    __slots__ = ("commit", "happens", "place", "stand", "then", "turn")

    def __init__(self, stand: Stand, commit: Commit, happens: Together | None, then: Stand) -> None:
        self.place, self.stand, self.commit, self.happens, self.then = stand.place, stand, commit, happens, then
        self.turn = then.print - stand.print


class Shared:
    """What all processes share: a timeline with what laws remember, by its fingerprint, and the laws broken in it.

    ``known`` says, by where a process stands, what it may do; by what happens, what comes of that. ``on_trail`` counts how
    often the monitor went on from it.
    """

    __slots__ = ("broken", "known", "on_trail", "print")

    def __init__(self, fingerprint: int, broken: int) -> None:
        self.print, self.broken, self.on_trail = fingerprint, broken, 0
        self.known: dict[Stand | Together, Any] = {}


_Effect = tuple[Shared, int, int, int]
"""What comes of events: what is shared then, by how much that turns the fingerprint, what they break, what is counted."""


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
        self.laws = [law.id for law in monitor.laws]
        self.breached = 0
        self.went_first = False
        self.reduced = reduced
        self._counted = 0
        """How often each law had anything to say, as one number, since it is added to at every move."""
        self._told: tuple[int, Counts] = 0, ()
        self.counts = monitor.counts
        steps = [(type(step), step) for step in processes]
        self._groups = [steps.index(step) if reduced.alike else place for place, step in enumerate(steps)]
        self._all_asked = not (reduced.alike or reduced.own_steps)
        self._own: dict[int, bool] = {}
        self._places: dict[tuple[int, int], Stand] = {}
        self._together: dict[tuple[Event, ...], Together] = {}
        self._known: dict[int, Shared] = {}
        self._answers = 0
        self._stands = [self._stand(place, step) for place, step in enumerate(processes)]
        self._shared = self._at = self._share()
        self._here = sum(stand.print for stand in self._stands) + self._shared.print
        self._done: list[tuple[Taken, Shared, int]] = []
        self._trail: list[tuple[Together, Shared]] = []
        """What has really happened, each from where; the monitor is ``_at`` what came of it."""

    def _stand(self, place: int, step: Step | None) -> Stand:
        """Where a process stands before ``step``; its type is told, for steps of two types may be equal."""
        kind: type = type(step)
        fingerprint = part(self._groups[place], kind, shown(step, self.reduced.unread))
        known = self._places.get((place, fingerprint))
        if known is None:
            known = self._places[place, fingerprint] = Stand(place, step, fingerprint)
        return known

    def _share(self) -> Shared:
        """What is shared where the monitor is."""
        monitor = self.monitor
        fingerprint = self.timeline.fingerprint ^ monitor.fingerprint
        shared = self._known.get(fingerprint)
        if shared is None:
            broken = monitor.broken_bits() if monitor.standing else 0
            shared = self._known[fingerprint] = Shared(fingerprint, broken)
        return shared

    @property
    def processes(self) -> list[Step | None]:
        """The steps before which the processes stand."""
        return [stand.step for stand in self._stands]

    @property
    def fingerprint(self) -> int:
        """All that tells this state from others."""
        return self._here & _BITS

    @property
    def counts(self) -> Counts:
        """How often each law had anything to say."""
        if self._told[0] != self._counted:
            counts = tuple([self._counted >> _WIDTH * place & _BITS for place in range(len(self.laws))])
            self._told = self._counted, counts
        return self._told[1]

    @counts.setter
    def counts(self, counts: Counts) -> None:
        self._counted = _packed(counts)
        self._told = self._counted, counts

    def moves(self) -> list[Taken]:
        """What each process may do now."""
        moves: list[Taken] = []
        known = self._shared.known
        for stand in self._stands if self._all_asked else self._asked():
            offered = known.get(stand)
            moves += self._offered(stand) if offered is None else offered
        return moves

    def _asked(self) -> Iterable[Stand]:
        """Who is asked: one who concerns nobody, alone; of those who stand where another stands that is alike, the first."""
        if self.reduced.own_steps:
            for stand in self._stands:
                if self._concerns_nobody(stand):
                    self.went_first = True
                    return (stand,)
        return {stand.print: stand for stand in reversed(self._stands)}.values() if self.reduced.alike else self._stands

    def _concerns_nobody(self, stand: Stand) -> bool:
        known = self._own.get(stand.print)
        if known is None:
            self._go_along()
            known = self._own[stand.print] = concerns_nobody(stand.step, self.timeline, self.reduced.unread)
        return known

    def _offered(self, stand: Stand) -> list[Taken]:
        """What a process may do from there: that is asked once of a timeline."""
        if self._shared is not self._at:
            self._go_along()  # not called where it is there, since most often it is
        self._answers += 1
        if self._answers > _KEPT:
            self._forget()
        outcome = stand.ask(self.timeline)
        if type(outcome) is Commit:
            moves = stand.kept.get(id(outcome)) or self._taken(stand, outcome)
        else:
            moves = []
            for commit in commits(outcome, self.timeline):
                moves += stand.kept.get(id(commit)) or self._taken(stand, commit)
        self._shared.known[stand] = moves
        return moves

    def _taken(self, stand: Stand, commit: Commit) -> list[Taken]:
        unread = self.reduced.unread
        events = as_read(commit.events, unread, self.timeline) if unread.fields else commit.events
        happens = self._together.setdefault(events, Together(events)) if events else None
        moves = stand.kept[id(commit)] = [Taken(stand, commit, happens, self._stand(stand.place, commit.then))]
        return moves

    def _forget(self) -> None:
        """Forget what was found out."""
        self._answers = 0
        for shared in self._known.values():
            shared.known.clear()
        for stand in self._places.values():
            stand.kept.clear()
        for kept in self._known, self._places, self._together:
            kept.clear()
        self._own.clear()

    def do(self, move: Taken) -> int:
        """Let a process take its step."""
        shared, here = self._shared, self._here
        then, happens = here + move.turn, move.happens
        if happens is None:
            self.breached = 0
        else:
            self._shared, turn, self.breached, counted = shared.known.get(happens) or self._effect(happens)
            self._counted += counted
            then += turn
        self._done.append((move, shared, here))
        self._stands[move.place] = move.then
        self._here = then
        return then & _BITS

    def undo(self) -> None:
        """Take back the last step."""
        done = self._done
        move, self._shared, self._here = done.pop()
        self._stands[move.place] = move.stand
        if not done:
            self._go_along()

    def _effect(self, happens: Together) -> _Effect:
        """Let something happen that has not happened here before, and see what comes of it."""
        monitor, shared = self.monitor, self._shared
        if shared is not self._at:
            self._go_along()
        counts, applied = monitor.counts, monitor.applied
        self._happen(happens)
        breached = self._bits(applied) if monitor.breaches else 0
        then = self._at = self._share()
        effect = shared.known[happens] = (
            then,
            then.print - shared.print,
            breached,
            _packed(less(monitor.counts, counts)),
        )
        return effect

    def _happen(self, happens: Together) -> None:
        """Let the monitor go on from where it is."""
        self._trail.append((happens, self._at))
        self._at.on_trail += 1
        apply = self.monitor.apply
        for event in happens.events:
            apply(event)

    def _go_along(self) -> None:
        """Let the monitor go where the search is: back to where both were, then along the moves that were done."""
        way: list[tuple[Together, Shared]] = []
        goal, at, trail = self._shared, self._at, self._trail
        for move, before, _ in reversed(self._done):
            if goal is at or goal.on_trail:
                break
            if move.happens is not None:
                way.append((move.happens, goal))
            goal = before
        undo = self.monitor.undo
        while at is not goal:
            happens, at = trail.pop()
            at.on_trail -= 1
            for event in reversed(happens.events):
                undo(event)
        self._at = at
        while way:
            happens, then = way.pop()
            self._happen(happens)
            self._at = then

    def _bits(self, since: int) -> int:
        bits = 0
        for breach in reversed(self.monitor.breaches):
            if breach.event < since:
                break
            bits |= 1 << self.laws.index(breach.law)
        return bits

    def broken(self) -> int:
        """The laws of states that are broken now."""
        return self._shared.broken

    def at_rest(self) -> bool:
        """Whether every process is at rest."""
        return all(map(_rests, self._stands))

    def stuck(self) -> int:
        """Nothing: processes may all come to an end."""
        return 0


def _packed(counts: Counts) -> int:
    """Counts as one number."""
    return sum([count << _WIDTH * place for place, count in enumerate(counts) if count])
