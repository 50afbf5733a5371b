"""One history of an exploration, gone through move by move: as an outcome that can be drawn, stored and replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from runline.designs.worker import Start
from runline.explorer.moves import Move
from runline.explorer.naming import names_of
from runline.explorer.standing import ABORTS, CLOCK, CRASHES, Handed, Place, Stands
from runline.explorer.steps import Way
from runline.explorer.stuck import deadlocks, waits_of
from runline.explorer.world import World
from runline.invariants.judge import Judge
from runline.invariants.law import Made
from runline.invariants.stuck import no_deadlock
from runline.invariants.verdict import Finding, Status, Verdict
from runline.model.errors import RunlineError
from runline.model.events import DagDeployed, Event, RunCreated, TimePassed
from runline.model.instants import Instant
from runline.model.records import TaskKey
from runline.model.steps import Abort, Commit, Held, Step, Wait, at_rest
from runline.model.view import TimelineView
from runline.simulator.outcome import Outcome
from runline.simulator.trace import Entry
from runline.simulator.world import MAX_EVENTS

_READS = 16
"""How many steps that only read are gone through to see what a process is about to commit."""


class Taken(NamedTuple):
    """One move as it was made: when, who, what (``how`` it went on, in a word), from which step, with which events.

    ``then`` names the step before which the process stands now, empty where it is at rest or has ended; ``intends`` is
    what it would commit next if nobody came in between, by what it has read. ``sends``: what it handed to workers.
    ``lost``: its transaction was overtaken, so it begins anew; ``reason`` is why it waits, or the error that it met.
    ``name`` is what a scenario file calls the move, ``place`` whose it is, ``entries`` how many entries the trace has then.
    """

    at: Instant
    by: str
    how: str
    step: str
    events: tuple[Event, ...]
    then: str = ""
    intends: tuple[Event, ...] = ()
    sends: tuple[TaskKey, ...] = ()
    lost: bool = False
    reason: str = ""
    ended: bool = False
    name: str = ""
    place: Place = CLOCK
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Explored(Outcome):
    """One history of an exploration: its moves, by their places among those of each state too; the faults allowed."""

    taken: tuple[Taken, ...] = field(repr=False)
    moves: tuple[int, ...] = field(repr=False)
    crashes: int
    aborts: int
    guards: tuple[str, ...]


class Gone(NamedTuple):
    """A history of an exploration: its moves, and what came of it."""

    taken: tuple[Taken, ...]
    outcome: Explored


def go(world: World, places: Sequence[int], design_name: str, quirks: tuple[str, ...]) -> Gone:
    """Make the moves at these places among those of each state, and take them back."""
    history = _History(world)
    taken = []
    try:
        for number, place in enumerate(places):
            moves = world.moves()
            if not 0 <= place < len(moves):
                raise RunlineError(
                    f"move {number} is number {place} of {len(moves)} that are possible there",
                    key=f"moves.{number}",
                    value=place,
                    remedy="the trace as it was written, under the version of Runline and of the design that wrote it",
                )
            taken.append(history.take(moves[place], names_of(world, moves)[place]))
        history.end()
    finally:
        end = world.now
        for _ in range(len(taken)):
            world.undo()
    return Gone(tuple(taken), history.outcome(end, tuple(taken), tuple(places), design_name, quirks))


class _History:
    """Follows a world and judges what it tells."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.judge = Judge(world.monitor.laws, world.monitor.context, printed=False)
        self.trace: list[Entry] = []
        self.made: dict[int, Made] = {}
        self.held: tuple[Held, ...] = ()
        self.stuck: Verdict | None = None
        start = world.scenario.clock.start
        self.judge.monitor.timeline.apply(TimePassed(0, start, start))
        for dag in world.scenario.dags:
            version = world.timeline.versions(dag)[0]
            self._follow(start, "operator", "deploy", (DagDeployed(version, start, "operator", "L53"),), False)

    def take(self, move: Move, name: str) -> Taken:
        """Make a move, and tell what happened."""
        world, way = self.world, move.way
        world.do(move)
        told = world.told()
        for place, each in enumerate(told):
            if not isinstance(each.events[0], TimePassed):
                under_way = place + 1 < len(told) or not world.at_rest()
                self._follow(each.at, each.by, each.step, each.events, under_way)
        if world.at_rest() and self.judge.unsettled:
            self.judge.settle()
        stands = world.slots.get(move.place)
        then = stands.step if isinstance(stands, Stands) and stands.under_way else None
        commits = way if isinstance(way, Commit) else None
        return Taken(
            at=world.now,
            by=_who(move.place),
            how="waits" if isinstance(way, Wait) else "aborts" if isinstance(way, Abort) else move.what,
            step="" if move.step is None else type(move.step).__name__,
            events=tuple(event for each in told for event in each.events),
            then="" if then is None else type(then).__name__,
            intends=() if then is None else _intended(then, world.timeline),
            sends=tuple(start.key for start in commits.sends if isinstance(start, Start)) if commits else (),
            lost=commits is not None and bool(commits.events) and not told,
            reason=_reason(way),
            ended=isinstance(stands, Stands) and stands.step is None and move.place not in world.schedulers,
            name=name,
            place=move.place,
            entries=len(self.trace),
        )

    def end(self) -> None:
        """The moves are made; where nothing can happen any more, say who waits for what never comes."""
        world = self.world
        self.held = waits_of(world).held
        if not world.judges_deadlock or not world.is_over() or not world.at_rest():
            return
        judged = deadlocks(world)
        found = [Finding(no_deadlock.id, len(self.trace), each) for each in judged.broken]
        status = Status.VIOLATED if found else Status.HOLDS if judged.exercised else Status.NOT_EXERCISED
        self.stuck = Verdict(no_deadlock.id, status, judged.exercised, tuple(found), judged.blocked)

    def _follow(self, at: Instant, by: str, step: str, events: tuple[Event, ...], under_way: bool) -> None:
        self.judge.follow(len(self.trace), events, under_way=under_way)
        self.trace.append(Entry(at, by, step, events, under_way))
        for event in events:
            if isinstance(event, RunCreated):
                version = self.judge.monitor.timeline.version(event.record.dag)
                assert version is not None
                self.made[event.record.id] = Made(event.at, version, event.rule)

    def outcome(
        self, end: Instant, taken: tuple[Taken, ...], moves: tuple[int, ...], design_name: str, quirks: tuple[str, ...]
    ) -> Explored:
        """The history so far."""
        verdicts = [*self.judge.verdicts(), *([self.stuck] if self.stuck is not None else [])]
        return Explored(
            scenario=self.world.scenario,
            design=self.world.design,
            seed=0,
            trace=tuple(self.trace),
            timeline=self.judge.monitor.timeline,
            verdicts={verdict.law: verdict for verdict in verdicts},
            made=self.made,
            choices=(),
            errors=(),
            held=self.held,
            gates=frozenset(),
            notes=("one of all histories: processes may be late, and a task may take as long as it likes",),
            complete=True,
            end=end,
            max_events=MAX_EVENTS,
            design_name=design_name,
            quirks=quirks,
            taken=taken,
            moves=moves,
            crashes=self.world.slots.get(CRASHES, 0),
            aborts=self.world.slots.get(ABORTS, 0),
            guards=self.world.guards.names,
        )


def _reason(way: Way | None) -> str:
    """Why a process waits, or which error it meets."""
    if isinstance(way, Abort):
        return way.error
    return way.reason if isinstance(way, Wait) else ""


def _intended(step: Step, timeline: TimelineView) -> tuple[Event, ...]:
    """What a process that stands before a step would commit next, if it went on at once; nothing, if that is open."""
    for _ in range(_READS):
        outcome = step(timeline)
        if not isinstance(outcome, Commit) or outcome.events or outcome.then is None or at_rest(outcome.then):
            return outcome.events if isinstance(outcome, Commit) else ()
        step = outcome.then
    return ()


def _who(place: Place) -> str:
    """Who makes a move."""
    if isinstance(place, Handed):
        return f"worker of {place.key.task}"
    return place[0]
