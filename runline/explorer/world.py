"""A scenario under a design as a model: every process is a value, and each may be late.

The operator does the next action from its instant on. A scheduler may look at a DAG, a backfill job go on, whenever it
likes; looks that change nothing are none. An instance that was handed over begins when one of the workers is free, and
ends at any time after that: how long a task takes is not known here. Time goes to the next instant at which something
becomes due, whatever has been done until then. With ``crashes`` so many processes may die between two steps, with ``aborts``
so many transactions may be rolled back (:mod:`runline.explorer.faults`); ``guards`` are what the database keeps by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from runline.designs.design import Design
from runline.designs.scheduler import Begin
from runline.explorer.acts import Plan
from runline.explorer.clocks import comes, shows
from runline.explorer.coming import Coming, broken_by_the_end
from runline.explorer.dues import dues_of, dues_of_dag
from runline.explorer.faults import FAULTS, die, fail, roll_back, rollbacks
from runline.explorer.faults import crashes as those_who_may_die
from runline.explorer.guards import Guards
from runline.explorer.moves import Move
from runline.explorer.operator import act, tell_interrupted, waits
from runline.explorer.reductions.apart import Apart
from runline.explorer.reductions.own import concerns_nobody
from runline.explorer.reductions.reduction import WHOLE, Reduced
from runline.explorer.reductions.runs import id_by_place
from runline.explorer.standing import (
    ABORTS,
    CLOCK,
    CRASHES,
    OPERATOR,
    REST,
    Ahead,
    Handed,
    Place,
    Stands,
    Watcher,
    number_of,
)
from runline.explorer.state import State
from runline.explorer.steps import Way, only_tells, stamped, ways
from runline.explorer.workers import deliver, work, worker_moves
from runline.invariants.law import Context, Goal, GraphLaw, Law, MemoryLaw, StateLaw, StepLaw
from runline.invariants.stuck import no_deadlock
from runline.model.events import DagDeployed, Event, TimePassed
from runline.model.instants import Instant
from runline.model.steps import Abort, Choose, Commit, Step, Wait, at_rest, begins_transaction, rests_on
from runline.simulator.notice import changes_anything
from runline.simulator.scenario import Scenario
from runline.simulator.transaction import Isolation, rows_written

_KEPT = 1 << 15
"""How many answers to the question what may happen at a place are kept."""
_ANY = frozenset({"anything"})


class World(State):
    """The model of a scenario under a design."""

    def __init__(
        self,
        scenario: Scenario,
        design: Design,
        laws: Sequence[Law],
        *,
        crashes: int = 0,
        aborts: int = 0,
        guards: Iterable[str] = (),
        reduced: Reduced = WHOLE,
    ) -> None:
        followed = [law for law in laws if isinstance(law, StateLaw | StepLaw | MemoryLaw)]
        self.plan = Plan(scenario)
        super().__init__(followed, Context(design.capabilities), reduced, ends=self.plan.times_out)
        self.scenario = scenario
        self.design = replace(design, next_run_id=id_by_place) if reduced.run_ids else design
        self.apart = Apart(self)
        self.steps = scenario.processes.interleave == "steps"
        self._off = self.plan.clocks()
        self.isolation = Isolation(scenario.processes.isolation)
        self.guards = Guards(guards)
        self.schedulers = [
            Watcher(f"scheduler-{number + 1}", dag)
            for number in range(scenario.processes.schedulers)
            for dag in scenario.dags
        ]
        self.judges_deadlock = no_deadlock in laws
        if self.judges_deadlock:
            self.laws.append(no_deadlock.id)
        self.coming = Coming([law for law in laws if isinstance(law, GraphLaw)])
        self.laws += [law.id for law in self.coming.laws]
        self.shows_all = reduced.shows_all
        self.mover, self.goals = self.coming.mover, self.coming.goals
        self.went_first = False
        self._own: dict[int, bool] = {}
        self._ways: dict[int, list[tuple[Step, Way]]] = {}
        self.work_known: dict[tuple[int, int], list[Move]] = {}
        """How instances may go on, as far as it was asked before."""
        self._dues: dict[int, Instant | None] = {}
        self._keeps_began = self.steps and (
            self.isolation is not Isolation.READ_COMMITTED or self.guards.need_transactions or aborts > 0
        )
        self._start(crashes, aborts)

    def _start(self, crashes: int, aborts: int) -> None:
        """The DAGs are deployed at the first heartbeat; none of that is ever taken back."""
        start = self.scenario.clock.start
        self.monitor.apply(TimePassed(0, start, start))
        for dag, spec in self.scenario.dags.items():
            self.monitor.apply(DagDeployed(spec.version(dag), start, OPERATOR.name, "L53"))
        self._put(OPERATOR, 0)
        for place in self.schedulers:
            self._put(place, REST)
        for kind, most in ((CRASHES, crashes), (ABORTS, aborts)):
            if most:
                self._put(kind, most)

    @property
    def now(self) -> Instant:
        """The world's time."""
        return self.timeline.now

    def shown(self, process: str) -> Instant:
        """What the clock of a process shows."""
        return shows(self.slots.get(Ahead(process), 0), self.now)

    def jobs(self) -> list[Watcher]:
        """The places of the backfill jobs that there were so far; one that ended stands before no step."""
        return self.watchers()[: -len(self.schedulers)]

    def watchers(self) -> list[Watcher]:
        """The places of all who look for something to do: jobs, then schedulers."""
        known: list[Watcher] | None = self._come_and_go.get("watchers")
        if known is None:
            jobs = [place for place in self.slots if type(place) is Watcher and place not in self.schedulers]
            known = self._come_and_go["watchers"] = [*sorted(jobs, key=number_of), *self.schedulers]
        return known

    def at_rest(self) -> bool:
        """Whether no operation is under way."""
        return not any(type(value) is Stands and value.under_way for value in self.slots.values())

    # ------------------------------------------------------------------------- what may happen

    def moves(self) -> list[Move]:
        """All that may happen next; where a step that concerns nobody comes first, that alone."""
        own = self._own_step() if self.reduced.own_steps else None
        offered = self.all_moves() if own is None else self._watcher_moves(own)
        return self.apart.offered(offered) if self.reduced.apart else offered

    def all_moves(self) -> list[Move]:
        """All that may happen next: the operator, workers, jobs, schedulers, crashes, time."""
        if not self.steps:
            for place in self.watchers():
                if self.slots[place].under_way:  # a chain of steps runs through
                    return self._watcher_moves(place)
        moves: list[Move] = []
        action = next(iter(self.plan.actions[self.slots[OPERATOR] :]), None)
        if action is not None and action.at <= self.now and not waits(self, action):
            moves.append(Move(f"acts: {action.do}", OPERATOR))
        moves += worker_moves(self)
        for place in self.watchers():
            moves += self._watcher_moves(place)
        if CRASHES in self.slots:
            moves += [Move(_DIES[type(place)], place) for place in those_who_may_die(self)]
        if ABORTS in self.slots:
            moves += [Move("is rolled back", place) for place in rollbacks(self)]
        if self.next_due() is not None:
            moves.append(Move("time", CLOCK))
        return moves

    def _own_step(self) -> Watcher | None:
        """Who stands before a step that concerns nobody else."""
        for place in self.watchers():
            own = self.prints[place]
            if own not in self._own:
                stands: Stands = self.slots[place]
                step = stands.step if stands.under_way else None
                self._own[own] = concerns_nobody(step, self.timeline, self.reduced.unread)
            if self._own[own]:
                self.went_first = True
                return place
        return None

    def _watcher_moves(self, place: Watcher) -> list[Move]:
        stands: Stands = self.slots[place]
        if not stands.alive:
            return []
        found = self.ways_of(place, stands)
        name = "goes on" if stands.under_way else "begins"
        return [
            Move(name, place, step, way)
            for step, way in found
            if (stands.under_way or not self._is_idle(place, stands, way)) and self._may(place, way)
        ]

    def _may(self, place: Watcher, way: Way) -> bool:
        return not self.guards.names or self.guards.lets(self, place, way)

    def ways_of(self, place: Watcher, stands: Stands) -> list[tuple[Step, Way]]:
        """All ways to go on from where a watcher stands; that depends on the timeline only, so is kept."""
        key = self.prints[place] ^ self.timeline.fingerprint ^ self.prints.get(Ahead(place.name), 0)
        found = self._ways.get(key)
        if found is None:
            if len(self._ways) == _KEPT:
                self._ways.clear()
            step = self._step_of(place, stands)
            found = [] if step is None else [(step, way) for way in ways(step(self.timeline), self.timeline)]
            if self.guards.names:
                found = [(step, self.guards.checked(self.timeline, way, stands.stale)) for step, way in found]
            self._ways[key] = found
        return found

    def _step_of(self, place: Watcher, stands: Stands) -> Step | None:
        """The step that a watcher takes next; where it is at rest, by the clock as it is now."""
        if stands.under_way:
            return stands.step
        if place in self.schedulers:
            return Begin(self.design, place.dag, place.name, self.shown(place.name))
        return None if stands.step is None else stamped(stands.step, self.shown(place.name))

    def _is_idle(self, place: Watcher, stands: Stands, way: Way) -> bool:
        """Whether who is at rest would come to rest again with nothing changed."""
        if not isinstance(way, Commit):
            return isinstance(way, Wait) or place in self.schedulers
        if any(Handed(start.sender, start.key) not in self.slots for start in way.sends):  # type: ignore[attr-defined]
            return False
        if way.then is not None and not (at_rest(way.then) and stamped(way.then, 0) == stands.step):
            return False
        if place not in self.schedulers and way.then is None:
            return False
        return not way.events or (only_tells(way) and self.changes_nothing(way.events))

    def next_due(self) -> Instant | None:
        """The next instant, until the end of the clock, at which something becomes due."""
        number, jobs = self.slots[OPERATOR], self.jobs()
        key = self.timeline.fingerprint ^ number
        for place in jobs:
            key ^= self.prints[place]
        for name in self._off:
            key ^= self.prints.get(Ahead(name), 0)
        if key not in self._dues:
            if len(self._dues) == _KEPT:
                self._dues.clear()
            self._dues[key] = self._find_due(number, jobs)
        return self._dues[key]

    def _find_due(self, number: int, jobs: list[Watcher]) -> Instant | None:
        now = self.now
        dues = [action.at for action in self.plan.actions[number : number + 1] if action.at > now]
        for dag in self.scenario.dags:
            for lead in dict.fromkeys(self.slots.get(Ahead(place.name), 0) for place in self.schedulers):
                dues += comes(lead, dues_of_dag(self.design, self.timeline, dag, shows(lead, now)), now)
        for place in jobs:
            lead = self.slots.get(Ahead(place.name), 0)
            ways_on = [way for _, way in self.ways_of(place, self.slots[place])]
            dues += comes(lead, dues_of(ways_on, shows(lead, now)), now)
        due = min(dues, default=None)
        return None if due is None or due > self.scenario.clock.end else due

    def is_over(self) -> bool:
        """Whether nothing can happen any more."""
        return not self.moves()

    def stuck(self) -> int:
        """The laws that are broken by what waits for what never comes, now that nothing can happen any more."""
        self.apart.ends()
        broken = broken_by_the_end(self) if self.at_rest() else ()
        return sum(1 << self.laws.index(law) for law in broken)

    def who(self, move: Move) -> Place | int:
        """Who makes a move: at which place one stands, or the number of a fault."""
        return FAULTS.get(move.what, move.place)

    def to_come(self) -> tuple[Goal, ...]:
        """The goals that are still to come in this state."""
        return self.coming.kept(self.timeline)

    # ---------------------------------------------------------------------------- what happens

    def do(self, move: Move) -> int:
        """Let one of the moves happen."""
        before = self.begin()
        if self.reduced.apart:
            self.apart.note(move.place)
        _DO[move.what.split(":")[0]](self, move)
        return self.end(before)

    def _act(self, move: Move) -> None:
        act(self, self.plan.actions[self.slots[OPERATOR]])

    def _pass_time(self, move: Move) -> None:
        due = self.next_due()
        assert due is not None
        self.happen("time", "time", "", (TimePassed(self.now, due, due, "time"),))

    def _die(self, move: Move) -> None:
        die(self, move.place)

    def _roll_back(self, move: Move) -> None:
        roll_back(self, move.place)

    def _advance_worker(self, move: Move) -> None:
        assert isinstance(move.place, Handed)
        assert isinstance(move.way, Commit)
        work(self, move.place, move.step, move.way)

    def _advance(self, move: Move) -> None:
        """A watcher takes a step; where a chain of steps runs through, all until there is something to choose."""
        place, step, way = move.place, move.step, move.way
        assert isinstance(place, Watcher)
        while step is not None and way is not None:
            step = self._take(place, step, way)
            if step is None or self.steps:
                return
            outcome = step(self.timeline)
            way = None if isinstance(outcome, Choose) else self.guards.checked(self.timeline, outcome, frozenset())

    def _take(self, place: Watcher, step: Step, way: Way) -> Step | None:
        """Let a watcher take a step; the one before which it then stands, if an operation is still under way."""
        stands: Stands = self.slots[place]
        if isinstance(way, Wait):
            self._rest(place, step)
            return None
        if isinstance(way, Abort):
            fail(self, place, step, way)
            return None
        began: Step | None = stands.began or step
        if way.events and self._lost(stands, way.events):
            self.put(place, Stands(began, True))
            return began
        if way.events:
            events = self.commit(place, place.name, type(step).__name__, place.dag, way.events)
            if place not in self.schedulers:
                tell_interrupted(self, events)
            began, stands = None, Stands(stale=stands.stale)
        deliver(self, way.sends)
        return self._stand(place, way.then, began, stands)

    def _stand(self, place: Watcher, then: Step | None, began: Step | None, stands: Stands) -> Step | None:
        if then is None or at_rest(then):
            self._rest(place, then)
            return None
        stale = stands.stale & rests_on(then)
        if began is None or not self._keeps_began or begins_transaction(then):
            self.put(place, Stands(then, True, stale=stale))
        else:
            self.put(place, Stands(then, True, began, stands.overtaken, stale=stale))
        return then

    def _rest(self, place: Watcher, then: Step | None) -> None:
        at_ease = REST if place in self.schedulers or then is None else Stands(stamped(then, 0))
        self.put(place, at_ease)

    def _lost(self, stands: Stands, events: tuple[Event, ...]) -> bool:
        """Whether others came in between in such a way that a transaction has to begin anew."""
        if stands.began is None or not stands.overtaken:
            return False
        return self.isolation is Isolation.SERIALIZABLE or bool(stands.overtaken & rows_written(events))

    def commit(self, place: Place, by: str, step: str, dag: str, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Let events happen, and tell the transactions that they overtook."""
        events = self.happen(by, step, dag, events)
        if self.steps and changes_anything(events):
            rows = rows_written(events)
            for other in self.watchers():
                if other != place and other.dag == dag and self.slots[other].under_way:
                    self._tell(other, rows)
        return events

    def _tell(self, place: Watcher, rows: frozenset[object]) -> None:
        """Others have written these rows while a watcher was at work."""
        stands: Stands = self.slots[place]
        if stands.began is not None and self.isolation is not Isolation.READ_COMMITTED:
            overtaken = _ANY if self.isolation is Isolation.SERIALIZABLE else rows
            stands = stands._replace(overtaken=stands.overtaken | overtaken)
        if self.guards.versions:
            stands = stands._replace(stale=stands.stale | (rests_on(stands.step) & rows))
        if stands != self.slots[place]:
            self.put(place, stands)


_DIES: dict[type, str] = {Watcher: "dies", Handed: "is lost"}
_DO: dict[str, Callable[[World, Move], None]] = {
    "acts": World._act,
    "begins": World._advance,
    "goes on": World._advance,
    "starts": World._advance_worker,
    "ends": World._advance_worker,
    "dies": World._die,
    "is lost": World._die,
    "is rolled back": World._roll_back,
    "time": World._pass_time,
}
