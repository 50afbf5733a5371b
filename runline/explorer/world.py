"""A scenario under a design as a model: every process is a value, and each may be late.

The operator does the next action from its instant on. A scheduler may look at a DAG, a backfill job go on, whenever it
likes; looks that change nothing are none. An instance that was handed over begins when one of the workers is free, and
ends at any time after that: how long a task takes is not known here. Time goes to the next instant at which something
becomes due, whatever has been done until then. With ``crashes`` so many processes may die between two steps: a backfill
job for good, a scheduler in the middle of a look, after which it is there again, a worker with the instance that it
executes. A scheduler that stays away is one that never looks again, so it needs no move of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from runline.designs.design import Design
from runline.designs.scheduler import Begin
from runline.designs.worker import Execution, Finish, Start
from runline.explorer.acts import Plan
from runline.explorer.ahead import Ahead, never_come
from runline.explorer.dues import dues_of, dues_of_dag
from runline.explorer.operator import act, kill, tell_interrupted
from runline.explorer.standing import CLOCK, FAULTS, OPERATOR, REST, Handed, Place, Stands, Watcher, number_of
from runline.explorer.state import State
from runline.explorer.steps import Way, only_tells, stamped, ways
from runline.explorer.stuck import deadlocks
from runline.invariants.law import Context, GraphLaw, Law, MemoryLaw, StateLaw, StepLaw
from runline.invariants.stuck import no_deadlock
from runline.model.events import DagDeployed, Event, TimePassed
from runline.model.instants import Instant
from runline.model.states import TaskState
from runline.model.steps import Choose, Commit, Step, Wait, at_rest
from runline.simulator.notice import changes_anything
from runline.simulator.scenario import Scenario
from runline.simulator.transaction import Isolation, rows_written

_KEPT = 1 << 15
"""How many answers to the question what may happen at a place are kept."""
_ANY = frozenset({"anything"})


class Move(NamedTuple):
    """Something that may happen: ``what``, at which place; for a watcher, from which step it goes on, and how."""

    what: str
    place: Place
    step: Step | None = None
    way: Way | None = None


class World(State):
    """The model of a scenario under a design. ``shows_all``: all that can happen, not just one history of it."""

    shows_all = True

    def __init__(self, scenario: Scenario, design: Design, laws: Sequence[Law], *, crashes: int = 0) -> None:
        followed = [law for law in laws if isinstance(law, StateLaw | StepLaw | MemoryLaw)]
        super().__init__(followed, Context(design.capabilities))
        self.scenario = scenario
        self.design = design
        self.plan = Plan(scenario)
        self.steps = scenario.processes.interleave == "steps"
        self.isolation = Isolation(scenario.processes.isolation)
        self.schedulers = [
            Watcher(f"scheduler-{number + 1}", dag)
            for number in range(scenario.processes.schedulers)
            for dag in scenario.dags
        ]
        self.judges_deadlock = no_deadlock in laws
        if self.judges_deadlock:
            self.laws.append(no_deadlock.id)
        self.ahead = Ahead([law for law in laws if isinstance(law, GraphLaw)])
        self.laws += [law.id for law in self.ahead.laws]
        self.deadlocks_sought = 0
        """How often something was found waiting where nothing could happen any more."""
        self._ways: dict[int, list[tuple[Step, Way]]] = {}
        self._dues: dict[int, Instant | None] = {}
        self._start(crashes)

    def _start(self, crashes: int) -> None:
        """The DAGs are deployed at the first heartbeat; none of that is ever taken back."""
        start = self.scenario.clock.start
        self.monitor.apply(TimePassed(0, start, start))
        for dag, spec in self.scenario.dags.items():
            self.monitor.apply(DagDeployed(spec.version(dag), start, OPERATOR.name, "L53"))
        self._put(OPERATOR, 0)
        for place in self.schedulers:
            self._put(place, REST)
        if crashes:
            self._put(FAULTS, crashes)

    @property
    def now(self) -> Instant:
        """The world's time."""
        return self.timeline.now

    def jobs(self) -> list[Watcher]:
        """The places of the backfill jobs that there were so far; one that ended stands before no step."""
        own = [place for place in self.slots if type(place) is Watcher and place not in self.schedulers]
        return own if len(own) < 2 else sorted(own, key=number_of)

    def watchers(self) -> list[Watcher]:
        """The places of all who look for something to do: jobs, then schedulers."""
        return [*self.jobs(), *self.schedulers]

    def handed(self) -> list[Handed]:
        """The places of the instances that were handed over, in a fixed order."""
        return sorted(place for place in self.slots if isinstance(place, Handed))

    def at_rest(self) -> bool:
        """Whether no operation is under way."""
        return not any(type(value) is Stands and value.under_way for value in self.slots.values())

    # ------------------------------------------------------------------------- what may happen

    def moves(self) -> list[Move]:
        """All that may happen next: the operator, workers, jobs, schedulers, crashes, time."""
        if not self.steps:
            for place in self.watchers():
                if self.slots[place].under_way:  # a chain of steps runs through
                    return self._watcher_moves(place)
        moves: list[Move] = []
        number = self.slots[OPERATOR]
        if number < len(self.plan.actions) and self.plan.actions[number].at <= self.now:
            moves.append(Move(f"acts: {self.plan.actions[number].do}", OPERATOR))
        moves += self._worker_moves()
        for place in self.watchers():
            moves += self._watcher_moves(place)
        if FAULTS in self.slots:
            moves += self._crashes()
        if self.next_due() is not None:
            moves.append(Move("time", CLOCK))
        return moves

    def _worker_moves(self) -> list[Move]:
        moves: list[Move] = []
        places = self.handed()
        executing = sum(1 for place in places if isinstance(self.slots[place], Execution))
        for place in places:
            value = self.slots[place]
            if isinstance(value, Execution):
                for state in self.plan.environments[self.slots[OPERATOR]].ends(place.key):
                    finish = Finish(value, state, self.now)
                    moves += self._from(place, finish, f"ends: {state}")
            elif executing < self.scenario.processes.workers:
                moves += self._from(place, value._replace(by="worker", at=self.now), "starts")
        return moves

    def _from(self, place: Place, step: Step, what: str) -> list[Move]:
        return [Move(what, place, step, way) for way in ways(step(self.timeline), self.timeline)]

    def _watcher_moves(self, place: Watcher) -> list[Move]:
        stands: Stands = self.slots[place]
        if not stands.alive:
            return []
        found = self.ways_of(place, stands)
        name = "goes on" if stands.under_way else "begins"
        return [
            Move(name, place, step, way)
            for step, way in found
            if stands.under_way or not self._is_idle(place, stands, way)
        ]

    def ways_of(self, place: Watcher, stands: Stands) -> list[tuple[Step, Way]]:
        """All ways to go on from where a watcher stands; that depends on the timeline only, so is kept."""
        key = self.prints[place] ^ self.timeline.fingerprint
        found = self._ways.get(key)
        if found is None:
            if len(self._ways) == _KEPT:
                self._ways.clear()
            step = self._step_of(place, stands)
            found = [] if step is None else [(step, way) for way in ways(step(self.timeline), self.timeline)]
            self._ways[key] = found
        return found

    def _step_of(self, place: Watcher, stands: Stands) -> Step | None:
        """The step that a watcher takes next; where it is at rest, by the clock as it is now."""
        if stands.under_way:
            return stands.step
        if place in self.schedulers:
            return Begin(self.design, place.dag, place.name, self.now)
        return None if stands.step is None else stamped(stands.step, self.now)

    def _is_idle(self, place: Watcher, stands: Stands, way: Way) -> bool:
        """Whether who is at rest would come to rest again with nothing changed."""
        if not isinstance(way, Commit):
            return isinstance(way, Wait)
        if any(Handed(start.sender, start.key) not in self.slots for start in way.sends):  # type: ignore[attr-defined]
            return False
        if way.then is not None and not (at_rest(way.then) and stamped(way.then, 0) == stands.step):
            return False
        if place not in self.schedulers and way.then is None:
            return False
        return not way.events or (only_tells(way) and self.changes_nothing(way.events))

    def _crashes(self) -> list[Move]:
        moves: list[Move] = []
        for place in self.watchers():
            stands = self.slots[place]
            if stands.under_way or (place not in self.schedulers and stands.step is not None):
                moves.append(Move("dies", place))
        return moves + [Move("is lost", place) for place in self.handed() if isinstance(self.slots[place], Execution)]

    def next_due(self) -> Instant | None:
        """The next instant, until the end of the clock, at which something becomes due."""
        number, jobs = self.slots[OPERATOR], self.jobs()
        key = self.timeline.fingerprint ^ number
        for place in jobs:
            key ^= self.prints[place]
        if key not in self._dues:
            if len(self._dues) == _KEPT:
                self._dues.clear()
            self._dues[key] = self._find_due(number, jobs)
        return self._dues[key]

    def _find_due(self, number: int, jobs: list[Watcher]) -> Instant | None:
        now = self.now
        dues = [action.at for action in self.plan.actions[number : number + 1] if action.at > now]
        for dag in self.scenario.dags:
            dues += dues_of_dag(self.design, self.timeline, dag, now)
        for place in jobs:
            dues += dues_of([way for _, way in self.ways_of(place, self.slots[place])], now)
        due = min(dues, default=None)
        return None if due is None or due > self.scenario.clock.end else due

    def is_over(self) -> bool:
        """Whether nothing can happen any more."""
        return not self.moves()

    def stuck(self) -> int:
        """The laws that are broken by what waits for what never comes, now that nothing can happen any more."""
        if not self.at_rest():
            return 0
        broken = {each.law for each in never_come(self)} if self.ahead.laws else set()
        if self.judges_deadlock:
            judged = deadlocks(self)
            self.deadlocks_sought += judged.exercised
            broken |= {no_deadlock.id} if judged.broken else set()
        return sum(1 << self.laws.index(law) for law in broken)

    def mover(self, move: Move) -> int:
        """The number of who makes a move; 0 for one who dies."""
        return 0 if move.what in ("dies", "is lost") else self.ahead.mover(move.place)

    def goals(self) -> int:
        """The number of the set of goals that are still to come."""
        return self.ahead.goals(self.timeline)

    # ---------------------------------------------------------------------------- what happens

    def do(self, move: Move) -> int:
        """Let one of the moves happen."""
        before = self.begin()
        _DO[move.what.split(":")[0]](self, move)
        return self.end(before)

    def _act(self, move: Move) -> None:
        act(self, self.plan.actions[self.slots[OPERATOR]])

    def _pass_time(self, move: Move) -> None:
        due = self.next_due()
        assert due is not None
        self.happen("time", "time", "", (TimePassed(self.now, due, due, "time"),))

    def _die(self, move: Move) -> None:
        self.put(FAULTS, self.slots[FAULTS] - 1 or None)
        if isinstance(move.place, Handed):
            self.put(move.place, None)
        elif move.place in self.schedulers:
            self.put(move.place, REST)
        else:
            assert isinstance(move.place, Watcher)
            kill(self, move.place)

    def _advance_worker(self, move: Move) -> None:
        assert isinstance(move.place, Handed)
        assert isinstance(move.way, Commit)
        self.work(move.place, move.step, move.way)

    def work(self, place: Handed, step: Any, way: Commit) -> None:
        """An instance goes on: it begins, gives up, or ends."""
        if way.events:
            self.commit(place, "worker", type(step).__name__, place.key.dag, way.events)
        then = way.then
        self.put(place, then._replace(at=0) if isinstance(then, Execution) else None)

    def finish(self, place: Handed, state: TaskState) -> None:
        """An execution ends now, in that state."""
        running: Execution = self.slots[place]
        finish = Finish(running, state, self.now)
        way = finish(self.timeline)
        assert isinstance(way, Commit)
        self.work(place, finish, way)

    def deliver(self, sends: Iterable[Step]) -> None:
        """Hand instances over; the same sender hands one over again only when it has ended."""
        for start in sends:
            assert isinstance(start, Start)
            place = Handed(start.sender, start.key)
            if place not in self.slots:
                self.put(place, start._replace(at=0, by=""))

    def _advance(self, move: Move) -> None:
        """A watcher takes a step; where a chain of steps runs through, all until there is something to choose."""
        place, step, way = move.place, move.step, move.way
        assert isinstance(place, Watcher)
        while step is not None and way is not None:
            step = self._take(place, step, way)
            if step is None or self.steps:
                return
            outcome = step(self.timeline)
            way = None if isinstance(outcome, Choose) else outcome

    def _take(self, place: Watcher, step: Step, way: Way) -> Step | None:
        """Let a watcher take a step; the one before which it then stands, if an operation is still under way."""
        stands: Stands = self.slots[place]
        if isinstance(way, Wait):
            self._rest(place, step)
            return None
        began: Step | None = stands.began or step
        if not isinstance(way, Commit):
            return self._stand(place, way.then, began, stands.overtaken)
        if way.events and self._lost(stands, way.events):
            self.put(place, Stands(began, True))
            return began
        if way.events:
            events = self.commit(place, place.name, type(step).__name__, place.dag, way.events)
            if place not in self.schedulers:
                tell_interrupted(self, events)
            began, stands = None, REST
        self.deliver(way.sends)
        return self._stand(place, way.then, began, stands.overtaken)

    def _stand(
        self, place: Watcher, then: Step | None, began: Step | None, overtaken: frozenset[object]
    ) -> Step | None:
        if then is None or at_rest(then):
            self._rest(place, then)
            return None
        open_ = self.steps and self.isolation is not Isolation.READ_COMMITTED
        self.put(place, Stands(then, True, began if open_ else None, overtaken if open_ else frozenset()))
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
        if self.steps and self.isolation is not Isolation.READ_COMMITTED and changes_anything(events):
            rows = _ANY if self.isolation is Isolation.SERIALIZABLE else rows_written(events)
            for other in self.watchers():
                stands: Stands = self.slots[other]
                if stands.began is not None and other != place and other.dag == dag:
                    self.put(other, stands._replace(overtaken=stands.overtaken | rows))
        return events


_DO: dict[str, Callable[[World, Move], None]] = {
    "acts": World._act,
    "begins": World._advance,
    "goes on": World._advance,
    "starts": World._advance_worker,
    "ends": World._advance_worker,
    "dies": World._die,
    "is lost": World._die,
    "time": World._pass_time,
}
