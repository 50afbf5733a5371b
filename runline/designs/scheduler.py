"""A scheduler's look at a DAG, as steps: what all designs have in common. What they decide stands in their rules.

One look makes at most one run, gives running runs their states, and sends what may be sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from runline.designs.commands import Look, Pair
from runline.designs.design import NOTHING, DateRule, Design, Evaluated
from runline.designs.legacy.creation import next_timeout
from runline.designs.reads import CLOCK, RULES, leads_to
from runline.designs.rule import Fault, numbers_of, rule_of
from runline.designs.worker import consider
from runline.model.events import Event, Looked, Raised
from runline.model.instants import Instant
from runline.model.records import NO_RUN, RunRecord, TaskKey
from runline.model.steps import Commit, Held, Outcome, Process, Step, under_way
from runline.model.values import make
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
        design, dag, by, at, create, process = self
        version = timeline.in_force(dag)
        if version is None or timeline.paused(dag):
            return Commit((), None)
        look = make(Look, (dag, at, by, version))
        if create:
            then = make(Evaluate, (design, look, NOTHING)) if process else None
            return _create(design, look, then, 0, timeline)
        return _evaluate(design, look, NOTHING, timeline) if process else Commit((), None)


# Each half of a look stands in a function, so that one that follows another at once needs no step of its own.


@under_way
class Create(NamedTuple):
    """From the gate at ``place`` on: find the next date, and make its run if its time has come."""

    design: Design
    look: Look
    then: Step | None
    place: int = 0

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Ask the gates that are left."""
        return _create(self.design, self.look, self.then, self.place, timeline)


def _create(design: Design, look: Look, then: Step | None, first: int, timeline: TimelineView) -> Outcome:
    """Ask the gates from ``first`` on; what one lets happen is committed before the next is asked.

    One that raises costs the DAG its turn in this loop.
    """
    for place, gate in enumerate(design.gates[first:], first):
        said = gate(timeline, look)
        if not said:
            continue
        if isinstance(said, Held):
            return _go_on((said, *next_timeout(timeline, look)), then, timeline)
        return Commit(said, None if _raised(said) else Create(design, look, then, place + 1))
    try:
        found = next_date(design, timeline, look)
    except Fault as fault:
        return Commit((fault.raised(*look[:3]),), None)
    if isinstance(found, Held):
        return _go_on((found, *next_timeout(timeline, look)), then, timeline)
    draft = design.draft(timeline, look, found[0])
    insert = make(Insert, (design, look, draft, found[1], then))
    return insert.__call__(timeline) if design.splice_is_atomic else Commit((), insert)


def _go_on(held: tuple[Held, ...], then: Step | None, timeline: TimelineView) -> Outcome:
    """Nothing was written, so what comes next needs no step of its own."""
    if then is None:
        return make(Commit, ((), None, (), held, ()))
    outcome = then.__call__(timeline)
    assert isinstance(outcome, Commit)
    events, after, sends, others, _ = outcome
    return make(Commit, (events, after, sends, (*held, *others), ()))


def next_date(design: Design, timeline: TimelineView, look: Look) -> tuple[Instant, tuple[str, ...]] | Held:
    """The date of the next scheduled run, with the rules that had a say in it; or why none is made."""
    had_a_say: list[DateRule] = []
    date: Instant | None = None
    for stage, repeated in _stages(design):
        while True:
            before = date
            for decide in stage:
                after = decide(timeline, look, date)
                if after == date:
                    continue
                if isinstance(after, Held):
                    return after
                had_a_say.append(decide)
                date = after
            if not repeated or date == before:
                break
    if date is None:
        return Held(Process(look.by), rule_of(design.candidate).id, "no further run is due")
    return date, _numbers_of(*had_a_say)


@cache
def _stages(design: Design) -> tuple[tuple[tuple[DateRule, ...], bool], ...]:
    """The rules that find a date, in the order in which they are asked; which of them until they agree."""
    return (design.finding, False), (design.beyond, True), ((design.latest, design.closed), False)


@cache
def _numbers_of(*decided: DateRule) -> tuple[str, ...]:
    return tuple([number for decide in decided for number in numbers_of(decide)])


@under_way
@leads_to(RULES, "rules")
@leads_to(CLOCK, "look")
class Insert(NamedTuple):
    """The run is inserted as it was drafted, whatever has happened since."""

    design: Design
    look: Look
    draft: RunRecord
    rules: tuple[str, ...]
    then: Step | None

    @property
    def rests_on(self) -> frozenset[int]:
        """The run before."""
        previous = self.draft.previous
        return frozenset() if previous is None else frozenset({previous})

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Insert it, or raise: then the DAG loses its turn in this loop (L18)."""
        design, look, draft, rules, then = self
        fields = (design.next_run_id(timeline, draft.dag, draft.date), *draft[1:])
        events = design.insert(design, timeline, look, make(RunRecord, fields), rules)
        return make(Commit, (events, None if _raised(events) else then, (), (), ()))


def _raised(events: Iterable[Event]) -> bool:
    return Raised in map(type, events)


@under_way
@leads_to(CLOCK, "look")
class Evaluate(NamedTuple):
    """Running runs are given their states."""

    design: Design
    look: Look
    so_far: Evaluated = NOTHING

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Decide what is left to be decided."""
        return _evaluate(self.design, self.look, self.so_far, timeline)


def _evaluate(design: Design, look: Look, so_far: Evaluated, timeline: TimelineView) -> Outcome:
    """One commit for all that is decided, if anything is; or as many as the design makes of it.

    A rule that raises ends the look; what was stored before that stays.
    """
    evaluated = design.evaluate(design, timeline, look, so_far)
    events, over, goes_on = evaluated
    if goes_on is not None:
        return Commit(events, Evaluate(design, look, evaluated._replace(events=())))
    dag, at, by, _ = look
    looked = make(Looked, (dag, at, by, "", ()))
    if not events:
        return _send(design, look, over, looked, [*design.pairs(timeline, look, over)], timeline)
    if _raised(events):
        return Commit(events, None)
    return make(Commit, ((*events, looked), make(Send, (design, look, over, None, None, (), ())), (), (), ()))


@under_way
@leads_to(CLOCK, "look", "looked")
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
        """Go over what is left."""
        pairs = list(self.design.pairs(timeline, self.look, self.over))
        if self.left is not None:
            left = set(self.left)  # of these, what others have not sent in between
            pairs = [pair for pair in pairs if _sendable(pair) in left]
        return _send(self.design, self.look, self.over, self.looked, pairs, timeline, self.sends, self.held)


def _sendable(pair: Pair) -> Sendable:
    return pair.key, NO_RUN if pair.run is None else pair.run.id


def _send(
    design: Design,
    look: Look,
    over: frozenset[int],
    looked: Looked | None,
    pairs: list[Pair],
    timeline: TimelineView,
    sent: tuple[Step, ...] = (),
    known: tuple[Held, ...] = (),
) -> Outcome:
    """Test each instance, in the order of the design; one that gets a state by it is committed before the next.

    Where a test raises, nothing is sent.
    """
    if not pairs and not known:
        return make(Commit, (() if looked is None else (looked,), None, sent, (), ()))
    events: list[Event] = [] if looked is None else [looked]
    sends, held = [*sent], [*known]
    for place, pair in enumerate(pairs, 1):
        try:
            happens, start, why = consider(design, timeline, look, pair)
        except Fault as fault:
            return Commit((*events, fault.raised(*look[:3])), None, held=tuple(held))
        events += happens
        if start is not None:
            sends.append(start)
        if why is not None:
            held.append(why)
            if happens:
                left = tuple(_sendable(other) for other in pairs[place:])
                return Commit(tuple(events), Send(design, look, over, None, left, tuple(sends), tuple(held)))
    if design.give_up is not None and held and not sends:
        stuck = GiveUp(design, look, len(held), over)
        if stuck.events(timeline):
            return Commit(tuple(events), stuck, held=tuple(held))
    return make(Commit, (tuple(events), None, tuple(sends), tuple(held), ()))


@under_way
@leads_to(CLOCK, "look")
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
