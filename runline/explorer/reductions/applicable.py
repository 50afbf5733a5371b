"""Which reductions a scenario, a design and the laws that are judged allow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from runline.designs.catalog import DESIGNS, find_design
from runline.designs.commands import BackfillRequest
from runline.designs.design import Design
from runline.designs.index import functions_of
from runline.designs.reads import CLOCK, OVER, RULES, Reads
from runline.explorer.acts import Plan
from runline.explorer.reductions.alike import MOST, MOST_ORDERS, NO_JOBS, Jobs, orders
from runline.explorer.reductions.asked import may_be_late
from runline.explorer.reductions.clock import all_dates_have_come, instants_matter
from runline.explorer.reductions.memories import STRICTER
from runline.explorer.reductions.reduction import ALL, Reduced, Reduction
from runline.explorer.reductions.runs import NOTHING, PREVIOUS, STARTED, Dates, Unread
from runline.invariants.agreement import run_state_agrees
from runline.invariants.law import Law, MemoryLaw, StateLaw, StepLaw
from runline.invariants.laws import ALL_LAWS
from runline.invariants.stuck import no_deadlock
from runline.model.capability import Capability
from runline.model.instants import Instant
from runline.simulator import actions
from runline.simulator.asked import request_of
from runline.simulator.scenario import Scenario
from runline.simulator.transaction import Isolation

_OF_BACKFILLS = {Capability.MANAGES_BACKFILLS, Capability.QUEUES_RUNS}
"""With these, laws ask which backfill made a run, and whether it is over."""


def _says_nothing(design: Design) -> bool:
    """Whether a rule of somebody's own stands in a design, which then still says what the design read without it."""
    said = any(design.reads is find_design(name).reads for name in DESIGNS)
    return said and any(not used.function.__module__.startswith("runline.") for used in functions_of(design))


def reduced(
    scenario: Scenario,
    design: Design,
    laws: Iterable[Law],
    wanted: Collection[Reduction] = ALL,
    *,
    guarded: bool = False,
    bounded: bool = False,
    crashes: int = 0,
) -> tuple[Reduced, dict[Reduction, str]]:
    """What need not be told apart, of what one would not want to be; and why a reduction that was wanted has no place.

    ``guarded``: the database keeps rows by itself, by locks or constraints, or rolls transactions back; so it reads them.
    ``bounded``: only so many moves are made. ``crashes``: so many may die.
    """
    return Applicable(scenario, design, list(laws), guarded, bounded, crashes).of(wanted)


class Applicable:
    """What a scenario, a design and laws let be left out."""

    def __init__(
        self, scenario: Scenario, design: Design, laws: Sequence[Law], guarded: bool, bounded: bool, crashes: int
    ) -> None:
        self.guarded = guarded
        self.bounded = bounded
        self.crashes = crashes
        self.scenario = scenario
        self.design = design
        self.reads = Reads() if _says_nothing(design) else design.reads
        self.laws = laws
        self.plan = Plan(scenario)
        self.requests = [
            request_of(action, scenario.dag_of(action), 0)
            for action in self.plan.actions
            if isinstance(action, actions.Backfill)
        ]
        self.versions = [spec.version(dag) for specs in self.plan.specs for dag, spec in specs.items()]

    def of(self, wanted: Collection[Reduction]) -> tuple[Reduced, dict[Reduction, str]]:
        """Of what is wanted, what has a place here; and why the rest has none."""
        whys = {
            Reduction.RUN_IDS: self._asks_more() or self._ids_are_read(),
            Reduction.UNREAD_FIELDS: self._asks_more() or ("" if self._unread().fields else "every field is read"),
            Reduction.MEMORIES: self._who_it_was_matters(),
            Reduction.ALIKE_PROCESSES: self._asks_more() or self._told_apart(),
            Reduction.ALIKE_BACKFILLS: self._asks_more() or self._jobs_told_apart(),
            Reduction.DAGS_APART: self._asks_more() or self._shares(Reduction.RUN_IDS in wanted),
            Reduction.OWN_STEPS: self._graph_is_looked_at() or self._concerned(),
            Reduction.ASKED_FIRST: self._asks_more() or self._graph_is_looked_at() or self._when_asked_matters(),
            Reduction.SETTLED_JOBS: self._success_is_undone() or ("" if self.requests else "no backfill is asked for"),
            Reduction.GIVEN_UP: self._graph_is_looked_at() or self._success_is_undone() or self._takes_more(),
        }
        used = {reduction for reduction in wanted if not whys[reduction]}
        return Reduced(
            run_ids=Reduction.RUN_IDS in used,
            unread=self._unread() if Reduction.UNREAD_FIELDS in used else NOTHING,
            memories=self._memories() if Reduction.MEMORIES in used else frozenset(),
            spent=self._spent() if Reduction.MEMORIES in used else frozenset(),
            alike=self._schedulers() if Reduction.ALIKE_PROCESSES in used else (),
            jobs=Jobs(self._jobs(), self.reads.jobs) if Reduction.ALIKE_BACKFILLS in used else NO_JOBS,
            apart=Reduction.DAGS_APART in used,
            own_steps=Reduction.OWN_STEPS in used,
            asked_first=Reduction.ASKED_FIRST in used,
            settled=Reduction.SETTLED_JOBS in used,
            given_up=Reduction.GIVEN_UP in used,
        ), {reduction: whys[reduction] for reduction in Reduction if reduction in wanted and whys[reduction]}

    def _ids_are_read(self) -> str:
        if any(isinstance(action, actions.DeleteRun) for action in self.scenario.actions):
            return "a run is deleted, so that its id counts on"
        return f"{self.design.name} may read which of two runs was made first" if self.reads.order else ""

    def _memories(self) -> frozenset[str]:
        which = STRICTER.keys() if self.scenario.processes.schedulers > 1 else {run_state_agrees.id}
        return frozenset(law.id for law in self.laws if law.id in which and ALL_LAWS.get(law.id) is law)

    def _spent(self) -> frozenset[str]:
        if any(isinstance(action, actions.Deploy | actions.Parse) for action in self.scenario.actions):
            return frozenset()
        return frozenset(law.id for law in self.laws if isinstance(law, MemoryLaw) and law.spent is not None)

    def _who_it_was_matters(self) -> str:
        if not self._memories() and not self._spent():
            return "no law that is judged remembers who did something"
        deletes = any(isinstance(action, actions.DeleteRun) for action in self.scenario.actions)
        return "a run is deleted, so that its date may be made again" if deletes else self._graph_is_looked_at()

    def _asks_more(self) -> str:
        """Whether a law is judged of which it is not known what it reads."""
        own = [law.id for law in self.laws if ALL_LAWS.get(law.id) is not law]
        return f"{own[0]} may read everything" if own else ""

    def _unread(self) -> Unread:
        starts = self._starts(self.requests)
        fields = {STARTED} if starts is not None else set()
        if not self._links_are_read() and not self._links_are_rows():
            fields.add(PREVIOUS)
        if not self.reads.rules:
            fields.add(RULES)
        if starts is not None and not starts and not self._clock_is_read():
            fields.add(CLOCK)
        if not self.reads.over and not _OF_BACKFILLS & self.design.capabilities:
            fields.add(OVER)
        if not starts or self._names_a_job():
            return Unread(frozenset(fields), starts or frozenset())
        alone = self._starts(()) or frozenset()
        if self._jobs() and not self._jobs_told_apart():
            return Unread(frozenset(fields), starts)  # each of them is another job at another time
        return Unread(frozenset(fields), alone, tuple(self._starts((each,)) or alone for each in self.requests))

    def _starts(self, requests: Sequence[BackfillRequest]) -> Dates | None:
        """The runs, by DAG and date, of which anybody reads when they started if this is asked; ``None``: of any."""
        if any(version.dagrun_timeout is not None for version in self.versions):
            return None  # the law that a run's state agrees asks whether it had time left
        read: set[tuple[str, Instant]] = set()
        for version in self.versions:
            dates = self.reads.started(version, [request for request in requests if request.dag == version.dag])
            if dates is None:
                return None
            read.update((version.dag, date) for date in dates)
        return frozenset(read)

    def _clock_is_read(self) -> bool:
        """Whether anything that may ever be so is compared with the clock of who is under way."""
        if self.reads.clock or any(map(instants_matter, self.versions)):
            return True
        return not all_dates_have_come(self.scenario, self.design, self.versions)

    def _links_are_read(self) -> bool:
        by_laws = any(Capability.STORES_PREVIOUS in law.needs for law in self.laws)
        return by_laws or any(map(self.reads.previous, self.versions))

    def _links_are_rows(self) -> bool:
        """Whether it matters to a transaction under way that another has written who comes before a run."""
        processes = self.scenario.processes
        if self.guarded:
            return True
        return processes.interleave == "steps" and Isolation(processes.isolation) is not Isolation.READ_COMMITTED

    def _schedulers(self) -> tuple[str, ...]:
        return tuple(f"scheduler-{number + 1}" for number in range(self.scenario.processes.schedulers))

    def _told_apart(self) -> str:
        names = self._schedulers()
        if len(names) < 2:
            return "there is one scheduler only"
        if len(names) > MOST:
            return f"there are more than {MOST} schedulers"
        if set(names).intersection(self._words()):
            return "a scheduler is named in the scenario"
        if self.reads.who:
            return f"{self.design.name} may read who looks"
        return self._graph_is_looked_at()

    def _jobs(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the jobs of which the same is asked, by what that is."""
        groups: dict[BackfillRequest, list[int]] = defaultdict(list)
        asked = (action for action in self.plan.actions if isinstance(action, actions.Backfill))
        for number, action in enumerate(asked, start=1):
            groups[request_of(action, self.scenario.dag_of(action), 0)].append(number)
        return tuple(tuple(group) for group in groups.values() if len(group) > 1)

    def _jobs_told_apart(self) -> str:
        groups = self._jobs()
        if not groups:
            return "no two backfills are asked for alike"
        if orders(self.scenario.processes.schedulers, *map(len, groups)) > MOST_ORDERS:
            return "there are too many who are alike"
        if self._names_a_job():
            return "a backfill is named in the scenario"
        if self.reads.jobs is None:
            return f"{self.design.name} may read which of two backfills was asked for first"
        return self._graph_is_looked_at()

    def _shares(self, ids_by_place: bool) -> str:
        clock = self.scenario.clock
        counts_on = not ids_by_place or bool(self._ids_are_read())
        whys = (
            (len(self.scenario.dags) < 2, "there is one DAG only"),
            (clock.start < clock.end, "time may pass, and stamps what is done for any DAG"),
            (self.reads.others, f"{self.design.name} may read what happens to other DAGs"),
            (counts_on, "the ids of runs count on over all DAGs"),
            (
                self._names_a_job(),
                "a backfill is named in the scenario, and which it is depends on those of other DAGs",
            ),
            (self.guarded, "what the database keeps may be about all DAGs"),
            (self.bounded, "only so many moves are made, for all DAGs"),
            (self.crashes and no_deadlock in self.laws, "only so many may die until nothing can happen any more"),
        )
        return next((why for shared, why in whys if shared), self._graph_is_looked_at())

    def _names_a_job(self) -> bool:
        return not set(self.plan.job_names()).isdisjoint(self._words())

    def _words(self) -> Iterator[str]:
        """All words of the scenario that could be the name of a process."""
        for version in self.versions:
            yield from (version.dag, *version.by_id)
        for action in self.scenario.actions:
            yield from (value for value in action.model_dump().values() if isinstance(value, str))

    def _concerned(self) -> str:
        processes = self.scenario.processes
        if processes.interleave != "steps":
            return "nobody comes in between the steps of an operation anyway"
        if self.guarded or Isolation(processes.isolation) is not Isolation.READ_COMMITTED:
            return "any step of a transaction can be overtaken"
        if self.crashes:
            return "a process may die before any step"
        return self._takes_more()

    def _when_asked_matters(self) -> str:
        if not self.requests:
            return "no backfill is asked for"
        if self._names_a_job():
            return "a backfill is named in the scenario"
        if not may_be_late(self.scenario.clock, self.design, self.requests):
            return "what a backfill does may depend on when it was asked for"
        return self._takes_more()

    def _success_is_undone(self) -> str:
        return f"{self.design.name} may change what has succeeded" if self.reads.success else ""

    def _takes_more(self) -> str:
        return "only so many moves are made, and it would take more" if self.bounded else ""

    def _graph_is_looked_at(self) -> str:
        """Whether a law asks for more than which states there are."""
        other = [
            law.id for law in self.laws if not isinstance(law, StateLaw | StepLaw | MemoryLaw) and law != no_deadlock
        ]
        return f"{other[0]} looks at the ways between states" if other else ""
