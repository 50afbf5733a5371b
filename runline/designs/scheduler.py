"""A scheduler's look at a DAG, as steps: what all designs have in common. What they decide stands in their rules.

One look makes at most one run, gives running runs their states, and sends what may be sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from runline.designs.commands import Look, Pair
from runline.designs.design import DateRule, Design, Evaluated
from runline.designs.legacy.creation import next_timeout
from runline.designs.rule import Fault, rule_of
from runline.designs.worker import consider
from runline.model.events import Event, Looked, Raised
from runline.model.instants import Instant
from runline.model.records import NO_RUN, RunRecord, TaskKey
from runline.model.steps import Commit, Held, Outcome, Process, Step, under_way
from runline.model.view import TimelineView

Sendable = tuple[TaskKey, int]
"""An instance that may be sent, and the id of the run for which it is."""


class Begin(NamedTuple):
    """A scheduler looks at a DAG: gates first, then the next date, then the runs there are.

    ``create`` and ``process`` say which halves of the look take place; both, but in a laboratory.
    """

    design: Design
    dag: str
    by: str
    at: Instant = 0
    create: bool = True
    process: bool = True

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Begin with the half that comes first; a paused DAG is passed over."""
        version = timeline.version(self.dag)
        if version is None or timeline.paused(self.dag):
            return Commit((), None)
        look = Look(self.dag, self.at, self.by, version)
        then = Evaluate(self.design, look) if self.process else None
        if self.create:
            return Create(self.design, look, then)(timeline)
        return Commit((), None) if then is None else then(timeline)


@under_way
class Create(NamedTuple):
    """From the gate at ``place`` on: find the next date, and make its run if its time has come."""

    design: Design
    look: Look
    then: Step | None
    place: int = 0

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Ask the gates that are left; what one lets happen is committed before the next is asked.

        One that raises costs the DAG its turn in this loop.
        """
        for place in range(self.place, len(self.design.gates)):
            said = self.design.gates[place](timeline, self.look)
            if isinstance(said, Held):
                return _go_on((said, *next_timeout(timeline, self.look)), self.then, timeline)
            if said:
                return Commit(said, None if _raised(said) else self._replace(place=place + 1))
        try:
            found = next_date(self.design, timeline, self.look)
        except Fault as fault:
            return Commit((fault.raised(*self.look[:3]),), None)
        if isinstance(found, Held):
            return _go_on((found, *next_timeout(timeline, self.look)), self.then, timeline)
        draft = self.design.draft(timeline, self.look, found[0])
        insert = Insert(self.design, self.look, draft, found[1], self.then)
        return insert(timeline) if self.design.splice_is_atomic else Commit((), insert)


def _go_on(held: tuple[Held, ...], then: Step | None, timeline: TimelineView) -> Outcome:
    """Nothing was written, so what comes next needs no step of its own."""
    if then is None:
        return Commit((), None, held=held)
    outcome = then(timeline)
    assert isinstance(outcome, Commit)
    return Commit(outcome.events, outcome.then, outcome.sends, (*held, *outcome.held))


def next_date(design: Design, timeline: TimelineView, look: Look) -> tuple[Instant, tuple[str, ...]] | Held:
    """The date of the next scheduled run, with the rules that had a say in it; or why none is made."""
    rules: list[str] = []
    date: Instant | Held | None = None
    for decide in (design.candidate, design.floor):
        date = date if decide is None else _decide(decide, timeline, look, date, rules)
    settled = False
    while not settled:
        before = date
        for decide in design.beyond:
            date = _decide(decide, timeline, look, date, rules)
        settled = date == before
    for decide in (design.latest, design.closed):
        date = _decide(decide, timeline, look, date, rules)
    if isinstance(date, Held):
        return date
    if date is None:
        return Held(Process(look.by), rule_of(design.candidate).id, "no further run is due")
    return date, tuple(rules)


def _decide(
    decide: DateRule, timeline: TimelineView, look: Look, date: Instant | Held | None, rules: list[str]
) -> Instant | Held | None:
    """Let one rule decide, if none before it said no, and note it if it had a say."""
    if isinstance(date, Held):
        return date
    after = decide(timeline, look, date)
    if after != date:
        decided = rule_of(decide)
        rules += [decided.id, *decided.sources]
    return after


@under_way
class Insert(NamedTuple):
    """The run is inserted as it was drafted, whatever has happened since."""

    design: Design
    look: Look
    draft: RunRecord
    rules: tuple[str, ...]
    then: Step | None

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Insert it, or raise: then the DAG loses its turn in this loop (L18)."""
        record = self.draft._replace(id=self.design.next_run_id(timeline))
        events = self.design.insert(self.design, timeline, self.look, record, self.rules)
        return Commit(events, None if _raised(events) else self.then)


def _raised(events: Iterable[Event]) -> bool:
    return any(isinstance(event, Raised) for event in events)


@under_way
class Evaluate(NamedTuple):
    """Running runs are given their states."""

    design: Design
    look: Look
    so_far: Evaluated = Evaluated(())

    def __call__(self, timeline: TimelineView) -> Outcome:
        """One commit for all that is decided, if anything is; or as many as the design makes of it.

        A rule that raises ends the look; what was stored before that stays.
        """
        events, over, then = evaluated = self.design.evaluate(self.design, timeline, self.look, self.so_far)
        if then is not None:
            return Commit(events, self._replace(so_far=evaluated._replace(events=())))
        if _raised(events):
            return Commit(events, None)
        looked = Looked(self.look.dag, self.look.at, self.look.by)
        if events:
            return Commit((*events, looked), Send(self.design, self.look, over))
        return Send(self.design, self.look, over, looked)(timeline)


@under_way
class Send(NamedTuple):
    """What may be sent is sent."""

    design: Design
    look: Look
    over: frozenset[int] = frozenset()
    looked: Looked | None = None
    """What is still to be told: that the runs were gone over, before anything was sent."""
    left: tuple[Sendable, ...] | None = None
    """What is left to be looked at; all there is, where that is not yet known."""
    sends: tuple[Step, ...] = ()
    held: tuple[Held, ...] = ()

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Test each instance, in the order of the design; one that gets a state by it is committed before the next.

        Where a test raises, nothing is sent.
        """
        events: list[Event] = [] if self.looked is None else [self.looked]
        sends, held = list(self.sends), list(self.held)
        pairs = list(self._pairs(timeline))
        for place, pair in enumerate(pairs, start=1):
            try:
                happens, start, why = consider(self.design, timeline, self.look, pair)
            except Fault as fault:
                return Commit((*events, fault.raised(*self.look[:3])), None, held=tuple(held))
            events += happens
            if start is not None:
                sends.append(start)
            if why is not None:
                held.append(why)
                if happens:
                    left = tuple((other.key, NO_RUN if other.run is None else other.run.id) for other in pairs[place:])
                    then = self._replace(looked=None, left=left, sends=tuple(sends), held=tuple(held))
                    return Commit(tuple(events), then)
        stuck = GiveUp(self.design, self.look, len(held), self.over) if held and not sends else None
        if stuck is not None and stuck.events(timeline):
            return Commit(tuple(events), stuck, held=tuple(held))
        return Commit(tuple(events), None, tuple(sends), tuple(held))

    def _pairs(self, timeline: TimelineView) -> Iterable[Pair]:
        pairs = self.design.pairs(timeline, self.look, self.over)
        if self.left is None:
            return pairs
        left = set(self.left)  # of these, what others have not sent in between
        return (pair for pair in pairs if (pair.key, NO_RUN if pair.run is None else pair.run.id) in left)


@under_way
class GiveUp(NamedTuple):
    """Of ``held`` instances none could be sent; perhaps that was all there is, but for the runs that are ``over``."""

    design: Design
    look: Look
    held: int
    over: frozenset[int]

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Do what the design does then."""
        return Commit(self.events(timeline), None)

    def events(self, timeline: TimelineView) -> tuple[Event, ...]:
        """What the design does then; nothing, if it does not give up, or that was not all there is."""
        give_up = self.design.give_up
        return () if give_up is None else give_up(timeline, self.look, self.held, self.over)
