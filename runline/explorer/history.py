"""One history of an exploration, gone through move by move: as an outcome that can be drawn, stored and replayed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from runline.explorer.standing import Handed, Place, Stands
from runline.explorer.stuck import waits_of
from runline.explorer.world import Move, World
from runline.invariants.judge import Judge
from runline.invariants.law import Made
from runline.model.errors import RunlineError
from runline.model.events import DagDeployed, Event, RunCreated, TimePassed
from runline.model.instants import Instant
from runline.model.steps import Held, Wait
from runline.simulator.outcome import Outcome
from runline.simulator.trace import Entry
from runline.simulator.world import MAX_EVENTS


class Taken(NamedTuple):
    """One move as it was made: when, who, what (``how`` it went on, in a word), from which step, with which events.

    ``then`` names the step before which the process stands now, empty where it is at rest or has ended.
    """

    at: Instant
    by: str
    how: str
    step: str
    events: tuple[Event, ...]
    then: str = ""


class Gone(NamedTuple):
    """A history of an exploration: its moves, and what came of it."""

    taken: tuple[Taken, ...]
    outcome: Outcome


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
            taken.append(history.take(moves[place]))
        history.held = waits_of(world).held
    finally:
        end = world.now
        for _ in range(len(taken)):
            world.undo()
    return Gone(tuple(taken), history.outcome(end, design_name, quirks))


class _History:
    """Follows a world and judges what it tells."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.judge = Judge(world.monitor.laws, world.monitor.context, printed=False)
        self.trace: list[Entry] = []
        self.made: dict[int, Made] = {}
        self.held: tuple[Held, ...] = ()
        start = world.scenario.clock.start
        self.judge.monitor.timeline.apply(TimePassed(0, start, start))
        for dag in world.scenario.dags:
            version = world.timeline.versions(dag)[0]
            self._follow(start, "operator", "deploy", (DagDeployed(version, start, "operator", "L53"),), False)

    def take(self, move: Move) -> Taken:
        """Make a move, and tell what happened."""
        world = self.world
        world.do(move)
        told = world.told()
        for place, each in enumerate(told):
            if not isinstance(each.events[0], TimePassed):
                under_way = place + 1 < len(told) or not world.at_rest()
                self._follow(each.at, each.by, each.step, each.events, under_way)
        if world.at_rest() and self.judge.unsettled:
            self.judge.settle()
        how = "waits" if isinstance(move.way, Wait) else move.what
        step = "" if move.step is None else type(move.step).__name__
        stands = world.slots.get(move.place)
        then = type(stands.step).__name__ if isinstance(stands, Stands) and stands.under_way else ""
        events = tuple(event for each in told for event in each.events)
        return Taken(world.now, _who(move.place), how, step, events, then)

    def _follow(self, at: Instant, by: str, step: str, events: tuple[Event, ...], under_way: bool) -> None:
        self.judge.follow(len(self.trace), events, under_way=under_way)
        self.trace.append(Entry(at, by, step, events, under_way))
        for event in events:
            if isinstance(event, RunCreated):
                version = self.judge.monitor.timeline.version(event.record.dag)
                assert version is not None
                self.made[event.record.id] = Made(event.at, version, event.rule)

    def outcome(self, end: Instant, design_name: str, quirks: tuple[str, ...]) -> Outcome:
        """The history so far."""
        return Outcome(
            scenario=self.world.scenario,
            design=self.world.design,
            seed=0,
            trace=tuple(self.trace),
            timeline=self.judge.monitor.timeline,
            verdicts={verdict.law: verdict for verdict in self.judge.verdicts()},
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
        )


def _who(place: Place) -> str:
    """Who makes a move."""
    if isinstance(place, Handed):
        return f"worker of {place.key.task}"
    return place[0]
