"""Reductions change no verdict and no length: each is held against no reduction, state by state and law by law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from runline.designs.catalog import find_design
from runline.designs.commands import Look, Pair
from runline.designs.design import Design
from runline.designs.quirks import with_quirks
from runline.designs.reads import Reads, as_it_is
from runline.explorer.explore import Exploration, explore
from runline.explorer.question import explorable
from runline.explorer.reductions.alike import Jobs
from runline.explorer.reductions.applicable import reduced
from runline.explorer.reductions.memories import STRICTER
from runline.explorer.reductions.own import concerns_nobody
from runline.explorer.reductions.reduction import ALL, SENTENCES, WHOLE, Reduced, Reduction, wanted
from runline.explorer.reductions.runs import NOTHING, PREVIOUS, STARTED, Unread
from runline.explorer.search import Limits, Search
from runline.explorer.world import World
from runline.invariants.law import GraphLaw, Law
from runline.invariants.memory import single_claim
from runline.invariants.starting import task_set_complete
from runline.invariants.stuck import no_deadlock
from runline.model.capability import Capability
from runline.model.errors import RunlineError
from runline.model.events import Event, RunCreated
from runline.model.records import RunRecord
from runline.model.steps import Commit, Held, Outcome, Step, under_way
from runline.model.timeline import Timeline
from runline.model.view import TimelineView
from runline.simulator.actions import Backfill
from runline.simulator.guards import GUARDS
from runline.simulator.scenario import Scenario
from tests.conftest import PROFILE
from tests.explorer.small_worlds import DESIGNS, small_worlds
from tests.explorer.test_histories_are_paths import BACKFILL, processes
from tests.simulator.building import ONE_TASK, act, scenario

FEW = 40 if PROFILE == "normal" else 200
MOST = 1_500 if PROFILE == "normal" else 4_000
"""How many states a generated scenario may have."""
LAWS = tuple(law for law in explorable(()) if not isinstance(law, GraphLaw))
BLIND = tuple(law for law in LAWS if Capability.STORES_PREVIOUS not in law.needs)
"""The laws that do not look at ``previous``."""
EXACT = ALL - {Reduction.MEMORIES, Reduction.DAGS_APART, Reduction.OWN_STEPS, Reduction.ASKED_FIRST, Reduction.GIVEN_UP}
"""Those that leave out no move."""
designs = st.sampled_from(DESIGNS).map(find_design)


def doubled(drawn: Scenario) -> Scenario:
    """The scenario, in which a backfill is asked for twice, if one is."""
    twice = [action for action in drawn.actions if isinstance(action, Backfill)][:1]
    return drawn.model_copy(update={"actions": (*drawn.actions, *twice)})


worlds = st.one_of(small_worlds(), small_worlds().map(doubled))


@st.composite
def two_dags(draw: st.DrawFn) -> Scenario:
    """A scenario of two DAGs, in which no time passes."""
    one, other = draw(small_worlds()), draw(small_worlds())
    start = one.clock.start
    dags = {"sales": one.dags["sales"], "stock": other.dags["sales"]}
    acts = []
    for each in [*one.actions, *other.actions][:2]:
        dag = draw(st.sampled_from(sorted(dags)))
        if getattr(each, "task", "extract") in dags[dag].tasks:
            acts.append(each.model_copy(update={"at": start, "dag": dag}))
    clock = one.clock.model_copy(update={"end": start})
    return one.model_copy(update={"clock": clock, "dags": dags, "actions": tuple(acts)})


Faults = dict[str, Any]
"""What may fail, how often, and what the database keeps by itself."""
faulty = st.fixed_dictionaries(
    {
        "crashes": st.integers(0, 1),
        "aborts": st.sampled_from((0, 0, 1)),
        "guards": st.sampled_from(((), (), *((name,) for name in GUARDS))),
    }
)


def is_guarded(faults: Faults) -> bool:
    """Whether the database reads rows for itself."""
    return bool(faults["aborts"] or faults["guards"])


class Sides(NamedTuple):
    """A world in which all states are told apart, and one in which they are not."""

    whole: World
    other: World

    def moves(self) -> int:
        """How many moves there are: the same in both, in the same order; and the same is broken."""
        said = [
            (world.broken(), world.breached, world.at_rest(), [(move.what, move.place) for move in world.moves()])
            for world in self
        ]
        assert said[0] == said[1]
        if not said[0][-1]:
            assert self.whole.stuck() == self.other.stuck()
        return len(said[0][-1])

    def do(self, place: int) -> None:
        """The move at this place, in both."""
        for world in self:
            world.do(world.moves()[place])

    def undo(self) -> None:
        """Back again, both."""
        for world in self:
            world.undo()


class Seen(NamedTuple):
    """A state of the whole: its fingerprint in the other world, what is broken there, and where it leads to there."""

    there: int
    broken: tuple[int, bool]
    following: set[tuple[int, int]]


def all_states(sides: Sides) -> dict[int, Seen]:
    """All states of the whole; both worlds go all the ways that there are."""
    found: dict[int, Seen] = {}
    way: list[tuple[int, int]] = []
    while True:
        here, there, moves = sides.whole.fingerprint, sides.other.fingerprint, sides.moves()
        if way:
            found[way[-1][0]].following.add((there, sides.whole.breached))
        is_new = here not in found
        seen = found.setdefault(here, Seen(there, (sides.whole.broken(), sides.whole.at_rest()), set()))
        assert seen.there == there, "one state is two in the other world"
        way.append((here, moves if is_new else 0))
        while not way[-1][1]:
            way.pop()
            if not way:
                return found
            sides.undo()
        here, moves = way.pop()
        way.append((here, moves - 1))
        sides.do(moves - 1)


def check_alike(
    given_scenario: Scenario, design: Design, laws: Sequence[Law], what: Reduced, faults: Faults | None = None
) -> None:
    """States that are one in a reduced world are broken alike and lead to states that are one; and it has no more of them."""
    whole, other = (World(given_scenario, design, laws, reduced=each, **faults or {}) for each in (WHOLE, what))
    found = all_states(Sides(whole, other))
    same: dict[int, Seen] = {}
    for seen in found.values():
        assert same.setdefault(seen.there, seen) == seen
    assert Search(other).run().distinct_states == len(same)


def is_small(given: Scenario, design: Design, faults: Faults, most: int = MOST) -> bool:
    """Whether there are few enough states to go through them several times."""
    return Search(World(given, design, LAWS, **faults), Limits(max_states=most)).run().complete


def told(found: Exploration) -> dict[str, tuple[Any, ...]]:
    """What was found of each law: its status, and how long the shortest ways are."""
    assert found.found.complete
    assert found.found.shortest
    return {law: verdict[1:2] + verdict[3:] for law, verdict in found.verdicts.items()}


def check_ways(found: Exploration) -> None:
    """Counterexamples are as long as was said, with ordinary ids, and something is wrong at their end."""
    for law, way in found.counterexamples.items():
        verdict = found.verdicts[law]
        assert len(way.moves) == len(way.gone.taken) == (verdict.lasting if way.lasting else verdict.seen)
        assert way.sentences
        ids = [run.id for run in way.gone.outcome.timeline.runs()]
        assert max(ids, default=0) < 100
        if way.lasting and law != "no-deadlock":
            assert law in way.gone.outcome.broken


@given(worlds, designs, faulty, st.sampled_from((LAWS, BLIND)), st.sets(st.sampled_from(sorted(EXACT))))
@settings(max_examples=FEW)
def test_states_that_are_not_told_apart_go_on_alike(
    drawn: Scenario, design: Design, faults: Faults, laws: Sequence[Law], chosen: set[Reduction]
) -> None:
    """The same may happen in states that are one, in the same order, breaks the same, and leads to states that are one."""
    what, _ = reduced(drawn, design, laws, chosen or EXACT, guarded=is_guarded(faults))
    assume(what != WHOLE and is_small(drawn, design, faults))
    check_alike(drawn, design, laws, what, faults)


@given(worlds, designs, faulty, st.sampled_from((LAWS, BLIND)))
@settings(max_examples=FEW)
def test_each_reduction_gives_what_none_gives(
    drawn: Scenario, design: Design, faults: Faults, laws: Sequence[Law]
) -> None:
    """Each alone and all together: the same verdicts, the same laws broken, as few moves to where they are."""
    assume(is_small(drawn, design, faults))
    whole = explore(drawn, design, laws=laws, reductions=(), **faults)
    for chosen in [*[{reduction} for reduction in Reduction], ALL]:
        if reduced(drawn, design, laws, chosen, guarded=is_guarded(faults))[0] == WHOLE:
            continue
        found = explore(drawn, design, laws=laws, reductions=chosen, **faults)
        assert told(found) == told(whole), chosen
        assert found.found.distinct_states <= whole.found.distinct_states
        check_ways(found)


@given(two_dags(), designs, st.integers(0, 1), st.booleans())
@settings(max_examples=FEW)
def test_dags_that_share_nothing_go_apart(drawn: Scenario, design: Design, crashes: int, ends: bool) -> None:
    """What is broken in a history of two DAGs is broken, as soon, in one of one of them; where not, both go together."""
    laws = LAWS if ends else tuple(law for law in LAWS if law is not no_deadlock)
    chosen = {Reduction.RUN_IDS, Reduction.DAGS_APART}
    what, _ = reduced(drawn, design, laws, chosen, crashes=crashes)
    assume(what.apart and is_small(drawn, design, {"crashes": crashes}, 2 * MOST))
    whole = explore(drawn, design, laws=laws, reductions=(), crashes=crashes)
    for each in (chosen, ALL):
        found = explore(drawn, design, laws=laws, reductions=each, crashes=crashes)
        assert told(found) == told(whole)
        check_ways(found)


# ------------------------------------------------------------- what a reduction must not be used for

STEPS = {"interleave": "steps"}
ONCE = act("backfill", "2@01", from_="1", to="1")
SECOND = '[dags.stock]\nschedule = "@daily"\nstart_date = 2016-01-01T00:00:00Z\n[dags.stock.tasks.count]\n'
FLAT = "[dags.sales.tasks.load]\n"
PAST = '[dags.sales.tasks.load]\ndepends_on_past = true\nfails_on = "sometimes"\n'
QUIRK = with_quirks(find_design("coherent"), ["first-for-previous"])
CRASH = act("crash", "3", process="scheduler-1")
READ: dict[str, tuple[Scenario, Design, tuple[Law, ...], Reduced]] = {
    "which run was made first": (
        scenario(act("trigger", "2@02", date="1@06") + processes(**STEPS), last=3),
        QUIRK,
        LAWS,
        Reduced(run_ids=True),
    ),
    "previous, by a task that depends on its past": (
        scenario(processes(isolation="read committed", **STEPS), last=3, tasks=PAST),
        find_design("coherent"),
        BLIND,
        Reduced(unread=Unread(frozenset({PREVIOUS}))),
    ),
    "when a run started, by its timeout": (
        scenario(processes(), last=3, dag='dagrun_timeout = "5h"'),
        find_design("coherent"),
        LAWS,
        Reduced(unread=Unread(frozenset({STARTED}))),
    ),
    "when a run started, by a backfill of its date": (
        scenario(BACKFILL + processes(schedulers=2, **STEPS), last=3, tasks=FLAT),
        find_design("pr-1431"),
        LAWS,
        Reduced(unread=Unread(frozenset({STARTED}))),
    ),
    "who is who, where one is ended": (
        scenario(CRASH + processes(schedulers=2, **STEPS), last=3),
        find_design("coherent"),
        LAWS,
        Reduced(alike=("scheduler-1", "scheduler-2")),
    ),
    "which job is which, where one is ended": (
        scenario(ONCE * 2 + act("crash", "2@01", process="backfill-1"), last=2),
        find_design("coherent"),
        LAWS,
        Reduced(jobs=Jobs(((1, 2),), as_it_is)),
    ),
}
"""What is read, where, and what would leave it out."""


@pytest.mark.parametrize("name", READ)
def test_what_is_read_is_told_apart(name: str) -> None:
    """What is read is not left out; if it were, that would be seen."""
    given_scenario, design, laws, wrong = READ[name]
    right, _ = reduced(given_scenario, design, laws)
    for would, does, default in zip(wrong, right, WHOLE, strict=True):
        assert would in (default, WHOLE.unread) or does != would
    with pytest.raises(AssertionError):
        check_alike(given_scenario, design, laws, wrong)


def my_past(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """A rule of one's own, of which nobody knows what it reads."""
    return find_design("coherent").past(timeline, look, pair)


WHYS: dict[Reduction, dict[str, tuple[str, Design]]] = {
    Reduction.RUN_IDS: {
        "a run is deleted": (act("delete_run", "3", date="1"), find_design("coherent")),
        "may read which of two runs": (processes(), QUIRK),
        "my-own may read": (processes(), replace(find_design("coherent"), name="my-own", reads=Reads())),
        "own-rule may read": (processes(), replace(find_design("coherent"), name="own-rule", past=my_past)),
    },
    Reduction.UNREAD_FIELDS: {
        "every field is read": (processes(), replace(find_design("coherent"), reads=Reads())),
    },
    Reduction.ALIKE_PROCESSES: {
        "one scheduler only": (processes(), find_design("coherent")),
        "more than 4": (processes(schedulers=5), find_design("coherent")),
        "may read who looks": (processes(schedulers=2), replace(find_design("coherent"), past=my_past)),
        "is named": (CRASH + processes(schedulers=2), find_design("coherent")),
    },
    Reduction.MEMORIES: {
        "a run is deleted": (act("delete_run", "3", date="1") + processes(schedulers=2), find_design("coherent")),
    },
    Reduction.ALIKE_BACKFILLS: {
        "no two backfills": (BACKFILL, find_design("coherent")),
        "too many": (BACKFILL * 5, find_design("coherent")),
        "is named": (BACKFILL * 2 + act("crash", "3", process="backfill-1"), find_design("coherent")),
        "may read which of two backfills": (BACKFILL * 2, find_design("pr-1431")),
    },
    Reduction.DAGS_APART: {
        "one DAG only": (BACKFILL, find_design("coherent")),
        "time may pass": (SECOND, find_design("coherent")),
    },
    Reduction.ASKED_FIRST: {
        "no backfill is asked for": (processes(), find_design("coherent")),
        "is named": (BACKFILL + act("crash", "3", process="backfill-1"), find_design("coherent")),
    },
    Reduction.SETTLED_JOBS: {
        "no backfill is asked for": (processes(), find_design("coherent")),
        "may change what has succeeded": (BACKFILL, replace(find_design("coherent"), past=my_past)),
    },
    Reduction.GIVEN_UP: {
        "may change what has succeeded": (processes(), replace(find_design("coherent"), past=my_past)),
    },
    Reduction.OWN_STEPS: {
        "nobody comes in between": (processes(), find_design("pr-1431")),
        "can be overtaken": (processes(**STEPS), find_design("pr-1431")),
    },
}


@pytest.mark.parametrize("reduction", WHYS)
def test_a_reduction_without_a_place_says_why(reduction: Reduction) -> None:
    """Where a reduction would not be sound, or of no use, it is left out, and the reason is told."""
    for why, (more, design) in WHYS[reduction].items():
        what, whys = reduced(scenario(more, last=3), design, LAWS, {reduction})
        assert what == WHOLE
        assert why in whys[reduction]


def test_who_says_what_a_rule_of_their_own_reads_may_leave_out_the_rest() -> None:
    """A design with a rule of one's own is reduced as far as it says anew what it reads."""
    given_scenario = scenario(processes(schedulers=2, **STEPS), last=3, tasks=FLAT)
    mine = replace(find_design("coherent"), past=my_past)
    remembered = Reduced(memories=frozenset(STRICTER), spent=frozenset({task_set_complete.id}))
    assert reduced(given_scenario, mine, LAWS)[0] == remembered
    what, _ = reduced(given_scenario, replace(mine, reads=Reads(order=False)), LAWS)
    assert what == remembered._replace(run_ids=True)


def test_a_law_of_ones_own_may_read_everything() -> None:
    """Where a law is judged that does not come with Runline, nothing is left out but what changes no state."""
    mine = replace(LAWS[0], id="my-own")
    what, whys = reduced(scenario(processes(schedulers=2), last=3), find_design("coherent"), [mine])
    assert what == WHOLE._replace(given_up=True)
    assert whys[Reduction.RUN_IDS] == "my-own may read everything"


def test_a_database_that_keeps_rows_by_itself_reads_them() -> None:
    """With locks or constraints it matters who comes before a run, and no step of a transaction concerns nobody."""
    given_scenario = scenario(processes(isolation="read committed", **STEPS), last=3, tasks=FLAT)
    free, _ = reduced(given_scenario, find_design("pr-1431"), BLIND)
    kept, _ = reduced(given_scenario, find_design("pr-1431"), BLIND, guarded=True)
    assert (PREVIOUS in free.unread.fields, free.own_steps) == (True, True)
    assert (PREVIOUS in kept.unread.fields, kept.own_steps) == (False, False)
    assert not reduced(given_scenario, find_design("pr-1431"), BLIND, bounded=True)[0].own_steps


def in_addition(
    design: Design, timeline: TimelineView, look: Look, record: RunRecord, rules: tuple[str, ...]
) -> tuple[Event, ...]:
    """A run is inserted whatever stands at its date."""
    return (RunCreated(record._replace(run_id=f"scheduled__{record.id}"), look.at, look.by, "mine"),)


def test_who_made_a_date_is_told_apart_where_one_is_made_again() -> None:
    """Where a date is made again, all is searched anew with who made it: it breaks nothing if it is the same process."""
    careless = replace(find_design("pr-1431"), insert=in_addition)
    given_scenario = scenario(processes(schedulers=2, isolation="read committed", **STEPS), last=2, tasks=FLAT)
    whole, found = (
        explore(given_scenario, careless, laws=LAWS, reductions=each) for each in ((), {Reduction.MEMORIES})
    )
    assert single_claim.id in whole.broken
    assert told(found) == told(whole)
    assert found.reductions[Reduction.MEMORIES].startswith("single-claim is broken")


def test_who_made_a_date_is_not_told_apart_where_none_is_made_again() -> None:
    """Where no law remembers who made a date, a search of two schedulers has a third less states, and finds the same."""
    given_scenario = scenario(processes(schedulers=2, **STEPS), last=3, tasks=FLAT)
    whole, found = (
        explore(given_scenario, "coherent", laws=LAWS, reductions=each) for each in ((), {Reduction.MEMORIES})
    )
    assert told(found) == told(whole)
    assert found.found.distinct_states * 3 < whole.found.distinct_states * 2


def test_backfills_that_are_asked_for_alike_are_not_told_apart() -> None:
    """Of two equal backfills it is not told apart who does what, in rows and in run_ids too; of others it is."""
    for design in map(find_design, ("coherent", "update-in-place", "airflow-2016-04")):
        given_scenario = scenario(ONCE * 2 + processes(**STEPS), last=2, tasks=FLAT)
        what, _ = reduced(given_scenario, design, LAWS, {Reduction.ALIKE_BACKFILLS})
        check_alike(given_scenario, design, LAWS, what)
        whole, found = (Search(World(given_scenario, design, LAWS, reduced=each)).run() for each in (WHOLE, what))
        assert found.distinct_states * 3 < whole.distinct_states * 2
    others = scenario(ONCE + act("backfill", "2@01", from_="2", to="2") + ONCE, last=3)
    assert reduced(others, find_design("coherent"), LAWS)[0].jobs.groups == ((1, 3),)


def still(given: Scenario) -> Scenario:
    """The scenario, in which no time passes."""
    return given.model_copy(update={"clock": given.clock.model_copy(update={"end": given.clock.start})})


@pytest.mark.parametrize("workers", [16, 1])
def test_two_dags_have_as_many_states_as_each_alone(workers: int) -> None:
    """DAGs go apart though there is one worker for both: that one waits for it shows nothing new."""
    given_scenario = still(scenario(processes(workers=workers, **STEPS), last=2, tasks=FLAT + SECOND))
    whole, found = (
        explore(given_scenario, "coherent", laws=LAWS, reductions={Reduction.RUN_IDS, *more})
        for more in ((), {Reduction.DAGS_APART})
    )
    assert told(found) == told(whole)
    assert not found.reductions[Reduction.DAGS_APART]
    assert found.found.distinct_states * 3 < whole.found.distinct_states


def test_dags_go_together_where_one_is_stuck_at_the_end() -> None:
    """Nothing can happen any more only where nothing can for any DAG: if that breaks a law, all orders are gone through."""
    asked = act("backfill", "2@01", dag="sales", from_="1", to="1")
    more = asked + processes(isolation="read committed", **STEPS)
    given_scenario = still(scenario(more, last=2, tasks=ONE_TASK + SECOND))
    whole, found = (explore(given_scenario, "airflow-1.7.0", laws=LAWS, reductions=each) for each in ((), ALL))
    assert no_deadlock.id in whole.broken
    assert told(found) == told(whole)
    assert found.reductions[Reduction.DAGS_APART].startswith("no-deadlock is broken")


def test_names_of_reductions() -> None:
    """All are used unless some are named, or none is wanted; a slip in a name is told."""
    assert wanted(()) == ALL
    assert wanted((), none=True) == frozenset()
    assert wanted(("run-ids", "own-steps")) == {Reduction.RUN_IDS, Reduction.OWN_STEPS}
    assert set(SENTENCES) == ALL
    with pytest.raises(RunlineError, match="no reduction 'run-id'"):
        wanted(("run-id",))
    with pytest.raises(RunlineError, match="cannot both be wanted"):
        wanted(("run-ids",), none=True)


def test_steps_that_concern_nobody_come_first() -> None:
    """A step that reads nothing and writes nothing is taken first, alone; one that reads, or goes round for ever, is not."""
    timeline = Timeline()
    for step, alone in ((Idle(1), True), (Idle(3), True), (Idle(0, None), True), (Idle(-1), False), (Reading(), False)):
        assert concerns_nobody(step, timeline, NOTHING) is alone
    assert not concerns_nobody(None, timeline, NOTHING)


@under_way
class Idle(NamedTuple):
    """Does nothing, so many times; for ever, if that is less than none."""

    left: int
    then: Step | None = None

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Count."""
        return Commit((), self._replace(left=self.left - 1) if self.left > 0 else self if self.left < 0 else self.then)


@under_way
class Reading(NamedTuple):
    """Asks something."""

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Nothing comes of it."""
        return Commit((), self if timeline.now else None)
