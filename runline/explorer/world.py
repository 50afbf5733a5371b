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
from runline.explorer.acts import Plan
from runline.explorer.advance import advance, rows_to_tell, tell_others
from runline.explorer.clocks import Lead, comes, shows
from runline.explorer.coming import Coming, broken_by_the_end
from runline.explorer.dues import dues_of, dues_of_dag
from runline.explorer.faults import FAULTS, die, roll_back, rollbacks
from runline.explorer.faults import crashes as those_who_may_die
from runline.explorer.guards import Guards
from runline.explorer.moves import Move
from runline.explorer.operator import act, waits
from runline.explorer.reductions.apart import Apart
from runline.explorer.reductions.asked import comes_first
from runline.explorer.reductions.forgotten import Forgotten
from runline.explorer.reductions.own import concerns_nobody
from runline.explorer.reductions.reduction import WHOLE, Reduced
from runline.explorer.reductions.runs import id_by_place
from runline.explorer.reductions.settled import Successes
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
from runline.explorer.steps import Way
from runline.explorer.watchers import Choice, Choices, find_choices
from runline.explorer.workers import worker_moves
from runline.invariants.law import Context, Goal, GraphLaw, Law, MemoryLaw, StateLaw, StepLaw
from runline.invariants.stuck import no_deadlock
from runline.model.events import DagDeployed, Event, TimePassed
from runline.model.instants import Instant
from runline.simulator.scenario import Scenario
from runline.simulator.transaction import Isolation


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
        self._successes = Successes(self)
        if reduced.unread.forgets and not reduced.jobs.groups:  # where jobs are alike, their prints leave that out
            self.forgotten = Forgotten(self)
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
        self._acts = [Move(f"acts: {action.do}", OPERATOR) for action in self.plan.actions]
        may_lose = self.isolation is not Isolation.READ_COMMITTED
        self.keeps_began = self.steps and (may_lose or self.guards.need_transactions or aborts > 0)
        """Whether it matters with which step a transaction began,"""
        self.tells = self.steps and (may_lose or self.guards.versions)
        """and what others have written since."""
        self._start(crashes, aborts)

    def _start(self, crashes: int, aborts: int) -> None:
        """The DAGs are deployed at the first heartbeat; none of that is ever taken back."""
        start = self.scenario.clock.start
        dags = self.scenario.dags.items()
        deployed = [DagDeployed(spec.version(dag), start, OPERATOR.name, "L53") for dag, spec in dags]
        self.course.start([TimePassed(0, start, start), *deployed])
        self.put(OPERATOR, 0)
        for place in self.schedulers:
            self.put(place, REST)
        for kind, most in ((CRASHES, crashes), (ABORTS, aborts)):
            if most:
                self.put(kind, most)

    def shown(self, process: str) -> Instant:
        """What the clock of a process shows."""
        return shows(self.slots.get(Ahead(process), 0), self.now)

    def jobs(self) -> list[Watcher]:
        """The places of the backfill jobs that there were so far; one that ended stands before no step."""
        known = self._places.get("jobs")
        if known is None:
            jobs = [place for place in self.slots if type(place) is Watcher and place not in self.schedulers]
            known = self._places["jobs"] = sorted(jobs, key=number_of)
        return known

    def watchers(self) -> list[Watcher]:
        """The places of all who look for something to do: jobs, then schedulers."""
        known = self._places.get("watchers")
        if known is None:
            known = self._places["watchers"] = [*self.jobs(), *self.schedulers]
        return known

    def handed(self) -> list[Handed]:
        """The places of the instances that were handed over, in a fixed order."""
        known = self._places.get("handed")
        if known is None:
            known = self._places["handed"] = sorted(place for place in self.slots if type(place) is Handed)
        return known

    def at_rest(self) -> bool:
        """Whether no operation is under way."""
        return not any(type(value) is Stands and value.under_way for value in self.slots.values())

    # ------------------------------------------------------------------------- what may happen

    def moves(self) -> list[Move]:
        """All that may happen next; where something that concerns nobody else comes first, that alone."""
        first = self.apart.offered(self._first()) if self.reduced.first else []
        if first:
            self.went_first = True
            return first
        return self.apart.offered(self.all_moves()) if self.reduced.apart else self.all_moves()

    def _first(self) -> list[Move]:
        """What comes first, alone, because it concerns nobody else; often there is nothing."""
        number = self.slots[OPERATOR]
        if self.reduced.asked_first and number < len(self._acts):
            action = self.plan.actions[number]
            if comes_first(action) and action.at <= self.now and (self.steps or self.at_rest()):
                return [self._acts[number]]
        if self.reduced.given_up and self.apart.is_one and (moves := self._successes.given_up()):
            return moves
        own = self._own_step() if self.reduced.own_steps else None
        return [] if own is None else list(self._watcher_moves(own))

    def all_moves(self) -> list[Move]:
        """All that may happen next: the operator, workers, jobs, schedulers, crashes, time."""
        if not self.steps:
            for place in self.watchers():
                if self.slots[place].under_way:  # a chain of steps runs through
                    return list(self._watcher_moves(place))
        moves: list[Move] = []
        number = self.slots[OPERATOR]
        if number < len(self._acts):
            action = self.plan.actions[number]
            if action.at <= self.now and not waits(self, action):
                moves.append(self._acts[number])
        moves += worker_moves(self)
        for place in self.watchers():
            moves += self._watcher_moves(place)
        if CRASHES in self.slots:
            moves += [Move(_DIES[type(place)], place) for place in those_who_may_die(self)]
        if ABORTS in self.slots:
            moves += [Move("is rolled back", place) for place in rollbacks(self)]
        if self.next_due() is not None:
            moves.append(_TIME)
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
                return place
        return None

    def choices_of(self, place: Watcher) -> Choices:
        """The ways for a watcher to go on from where it stands; that depends on the timeline only, so is kept."""
        kept, key = self.course.known.read.choices, self.prints[place]
        if self._off:
            key ^= self.prints.get(Ahead(place.name), 0)
        choices = kept.get(key)
        if choices is None:
            choices = kept[key] = find_choices(self, place)
        return choices

    def ways_of(self, place: Watcher) -> list[Way]:
        """The ways to go on from where a watcher stands, also those of which nothing comes."""
        return [choice.way for choice in self.choices_of(place).found]

    def _watcher_moves(self, place: Watcher) -> list[Move]:
        choices = self.choices_of(place)
        if choices.moves is not None:
            return choices.moves
        possible = [choice for choice in choices.found if not self.is_idle(choice)]
        if self.guards.names:
            possible = [choice for choice in possible if self.guards.lets(self, place, choice.way)]
        return [choice.move for choice in possible]

    def is_idle(self, choice: Choice) -> bool:
        """Whether a watcher that is at rest would come to rest again with nothing changed."""
        if not choice.comes_to_rest or not self.slots.keys() >= choice.hands:
            return False
        return not choice.tells or self.changes_nothing(choice.tells)

    def next_due(self) -> Instant | None:
        """The next instant, until the end of the clock, at which something becomes due."""
        prints = self.prints
        key = prints[OPERATOR]
        for place in self.jobs():
            key ^= prints[place]
        for name in self._off:
            key ^= prints.get(Ahead(name), 0)
        kept = self.course.known.read.dues
        if key not in kept:
            kept[key] = self._find_due()
        return kept[key]

    def _find_due(self) -> Instant | None:
        now, number = self.now, self.slots[OPERATOR]
        dues = [action.at for action in self.plan.actions[number : number + 1] if action.at > now]
        leads = tuple(dict.fromkeys(self.slots.get(Ahead(place.name), 0) for place in self.schedulers))
        dues += self.ask(("due by schedule", leads), lambda: self._dues_of_dags(leads))
        for place in self.jobs():
            lead = self.slots.get(Ahead(place.name), 0)
            dues += comes(lead, dues_of(self.ways_of(place), shows(lead, now)), now)
        due = min(dues, default=None)
        return None if due is None or due > self.scenario.clock.end else due

    def _dues_of_dags(self, leads: Iterable[Lead]) -> list[Instant]:
        now, timeline, dues = self.now, self.timeline, list[Instant]()
        for dag in self.scenario.dags:
            for lead in leads:
                dues += comes(lead, dues_of_dag(self.design, timeline, dag, shows(lead, now)), now)
        return dues

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
        return self.ask("to come", lambda: tuple(self.coming.to_come(self.timeline)))

    # ---------------------------------------------------------------------------- what happens

    def do(self, move: Move) -> int:
        """Let one of the moves happen."""
        self.begin()
        if self.reduced.apart:
            self.apart.note(move.place)
        if move.way is None:
            _DO[move.what.split(":")[0]](self, move)
        else:
            advance(self, move)
        if self.reduced.settled:
            self._successes.settle()
        return self.fingerprint

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

    def commit(self, place: Place, by: str, step: str, dag: str, events: tuple[Event, ...]) -> bool:
        """Let events happen, and tell the transactions that they overtook; false where one of them did not fit."""
        if self.happen(by, step, dag, events).after.refused:
            return False
        rows = rows_to_tell(self, events)
        if rows is not None:
            tell_others(self, place, dag, rows)
        return True


_TIME = Move("time", CLOCK)
_DIES: dict[type, str] = {Watcher: "dies", Handed: "is lost"}
_DO: dict[str, Callable[[World, Move], None]] = {
    "acts": World._act,
    "dies": World._die,
    "is lost": World._die,
    "is rolled back": World._roll_back,
    "time": World._pass_time,
}
