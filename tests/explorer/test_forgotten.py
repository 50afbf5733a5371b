"""What nobody will read any more is forgotten, and what concerns nobody comes first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runline.designs.catalog import find_design
from runline.designs.commands import BackfillRequest, Look, Pair
from runline.designs.design import Design
from runline.designs.quirks import with_quirks
from runline.designs.reads import CLOCK, OVER, RULES, Reads
from runline.explorer.explore import explore
from runline.explorer.reductions.applicable import reduced
from runline.explorer.reductions.reduction import Reduced, Reduction
from runline.explorer.reductions.runs import STARTED, Unread
from runline.explorer.reductions.settled import Successes
from runline.explorer.search import Search
from runline.explorer.world import World
from runline.invariants.starting import task_set_complete
from runline.model.capability import Capability
from runline.model.dags import DagVersion
from runline.model.instants import DAY, HOUR, Instant, parse_instant
from runline.model.schedules import Delta
from runline.model.steps import Held, Step
from runline.model.view import TimelineView
from runline.simulator import actions
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import read
from tests.explorer.test_histories_are_paths import BACKFILL, processes
from tests.explorer.test_reductions import FLAT, LAWS, SECOND, STEPS, check_alike, check_ways, still, told
from tests.simulator.building import act, scenario

SCOPES = Path(__file__).parents[2] / "scenarios/explored"


def scope(name: str) -> Scenario:
    """One of the scenarios about all histories."""
    return read(SCOPES / f"{name}.toml")


def counts(given: Scenario, design: str, *chosen: Reduction) -> tuple[int, int]:
    """How many states there are, of which nothing is left out, and with these reductions; the same is found."""
    whole, found = (explore(given, design, laws=LAWS, reductions=each) for each in ((), frozenset(chosen)))
    assert told(found) == told(whole)
    check_ways(found)
    return whole.found.distinct_states, found.found.distinct_states


# ------------------------------------------------------------------------- what is read is not forgotten


def none_before(
    request: BackfillRequest, timeline: TimelineView, version: DagVersion, dates: tuple[Instant, ...]
) -> str | None:
    """A rule that asks for backfills that are over."""
    return "there was one before" if timeline.backfills() else None


def not_on_the_second(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """A rule that compares the clock of a look with an instant of its own."""
    return Held(pair.key, "mine", "it is too early") if look.at < parse_instant("2016-01-03T00:00:00Z") else None


READ: dict[str, tuple[Scenario, Design, Reduced]] = {
    "when a run started, by a job that has yet to ask": (
        scenario(BACKFILL + processes(schedulers=2, **STEPS), last=3, tasks=FLAT),
        find_design("pr-1431"),
        Reduced(unread=Unread(frozenset({STARTED}), by_job=(frozenset(),))),
    ),
    "the clock, by a rule of one's own": (
        scenario(processes(schedulers=2, **STEPS), last=3, tasks=FLAT),
        replace(find_design("coherent"), sendable=not_on_the_second),
        Reduced(unread=Unread(frozenset({STARTED, CLOCK}))),
    ),
}
"""What is read, where, and what would leave it out."""


@pytest.mark.parametrize("name", READ)
def test_what_may_still_be_read_is_told_apart(name: str) -> None:
    """What may be read is not forgotten; if it were, that would be seen."""
    given, design, wrong = READ[name]
    right = reduced(given, design, LAWS)[0].unread
    assert not wrong.unread.fields <= right.fields or wrong.unread.by_job != right.by_job
    with pytest.raises(AssertionError):
        check_alike(given, design, LAWS, wrong)


def test_a_rule_of_ones_own_may_ask_for_backfills_that_are_over() -> None:
    """Backfills that are over are forgotten where all rules ask for those that live, and no law for others."""
    given, mine = scope("scheduler-and-backfill"), replace(find_design("coherent"), refusals=(none_before,))
    assert OVER in reduced(given, find_design("coherent"), LAWS)[0].unread.fields
    assert OVER not in reduced(given, mine, LAWS)[0].unread.fields
    more = find_design("coherent").capabilities | {Capability.MANAGES_BACKFILLS}
    assert OVER not in reduced(given, replace(find_design("coherent"), capabilities=more), LAWS)[0].unread.fields


# ------------------------------------------------------------------------------------- fields of rows


def test_when_a_run_started_is_forgotten_once_no_job_will_ask() -> None:
    """Where one job asks when runs of its date started, most states differ in it alone when it has asked."""
    given = scope("scheduler-and-backfill")
    unread = reduced(given, find_design("pr-1431"), LAWS)[0].unread
    assert unread.by_job == (frozenset({("sales", given.clock.start - DAY)}),)
    before, after = counts(given, "pr-1431", Reduction.UNREAD_FIELDS)
    assert after * 2 < before


def test_a_job_that_may_begin_anew_may_ask_again() -> None:
    """A job that is named may be started once more, so nothing is forgotten of the dates at which it asks."""
    given = scope("scheduler-and-backfill")
    again = actions.ProcessAct(at=given.clock.start, do="restart", process="backfill-1")
    named = given.model_copy(update={"actions": (*given.actions, again)})
    unread = reduced(named, find_design("pr-1431"), LAWS)[0].unread
    assert (len(unread.starts), unread.by_job) == (1, ())


def test_the_clock_is_compared_with_dates_that_may_come() -> None:
    """When a look began matters where a later date may come, where something is tried again, and where a clock is off."""
    given, design = scope("two-schedulers"), find_design("coherent")
    assert CLOCK in reduced(given, design, LAWS)[0].unread.fields
    sales = given.dags["sales"]
    longer = given.clock.model_copy(update={"end": given.clock.end + DAY})
    later = actions.Trigger(at=given.clock.start, date=given.clock.end)
    off = actions.ClockAct(at=given.clock.start, process="scheduler-1", offset=DAY)
    again = sales.model_copy(update={"tasks": {"load": sales.tasks["load"].model_copy(update={"retries": 1})}})
    for update in ({"clock": longer}, {"actions": (later,)}, {"actions": (off,)}, {"dags": {"sales": again}}):
        assert CLOCK not in reduced(given.model_copy(update=update), design, LAWS)[0].unread.fields
    assert CLOCK not in reduced(given, with_quirks(design, ["too-early"]), LAWS)[0].unread.fields
    before, after = counts(given, "coherent", Reduction.UNREAD_FIELDS)
    assert after * 2 < before


def test_by_which_rules_a_date_was_found_is_only_told() -> None:
    """States in which a scheduler is about to make the same run are one, whichever rules had a say in its date."""
    given, design = scope("scheduler-and-backfill"), find_design("airflow-2016-04")
    found = reduced(given, design, LAWS)[0]
    assert RULES in found.unread.fields
    without = found._replace(unread=found.unread._replace(fields=found.unread.fields - {RULES}))
    some, more = (Search(World(given, design, LAWS, reduced=each)).run() for each in (found, without))
    assert some.distinct_states < more.distinct_states


def test_that_a_run_is_new_is_forgotten_once_it_has_its_instances() -> None:
    """Nothing comes of it any more but that the law is kept; not so where a DAG may get another version."""
    given, design = scope("clear-and-look"), find_design("airflow-1.8.1")
    assert reduced(given, design, LAWS)[0].spent == {task_set_complete.id}
    before, after = counts(given, "airflow-1.8.1", Reduction.MEMORIES)
    assert after < before
    deploys = given.model_copy(update={"actions": (actions.Deploy(at=given.clock.start, schedule=Delta(HOUR)),)})
    assert not reduced(deploys, design, LAWS)[0].spent


# ------------------------------------------------------------------------------ what comes first, alone


def test_backfills_are_asked_for_first() -> None:
    """Two backfills that are due are asked for at once, for their jobs may be late; the same is found, in fewer states."""
    given = scope("two-backfills-of-a-date")
    before, after = counts(given, "coherent", Reduction.ASKED_FIRST)
    assert after * 4 < before * 3
    world = World(given, find_design("coherent"), LAWS, reduced=Reduced(asked_first=True))
    for _ in range(2):
        (move,) = world.moves()
        assert move.what == "acts: backfill"
        world.do(move)
    assert len(world.moves()) > 1


def test_a_job_that_knows_when_it_was_asked_for_is_not_asked_for_first() -> None:
    """Where a job reads when it was asked for, that is not left to the first instant."""

    def since(design: Design, request: BackfillRequest, at: Instant, by: str) -> Step:
        return find_design("coherent").backfill(design, request._replace(last=at), at, by)

    mine = replace(find_design("coherent"), backfill=since)
    why = reduced(scope("scheduler-and-backfill"), mine, LAWS)[1][Reduction.ASKED_FIRST]
    assert why == "what a backfill does may depend on when it was asked for"


@pytest.mark.parametrize("design", ["airflow-2016-04", "airflow-1.7.0", "airflow-1.8.1", "pr-1431"])
def test_jobs_keep_nothing_of_successes_that_stay(design: str) -> None:
    """Jobs and workers that will come to the same go on alike, and fewer of them are left."""
    given = scope("crash-in-a-splice")
    before, after = counts(given, design, Reduction.SETTLED_JOBS, Reduction.GIVEN_UP)
    assert after * 10 < before * 9
    check_alike(given, find_design(design), LAWS, Reduced(settled=True), {"crashes": 1})


def test_a_success_may_be_undone_while_an_act_or_a_job_may_do_it() -> None:
    """A success stays when no clear is to come, and no job that has yet to prepare its dates, but for the one in question."""
    asked = act("backfill", "2@01", from_="1", to="1") + act("clear", "2@01", from_="1", to="1")
    world = World(
        scenario(asked + processes(isolation="read committed", **STEPS), last=2, tasks=FLAT),
        find_design("airflow-2016-04"),
        LAWS,
    )
    successes = Successes(world)
    for _ in range(2):
        assert not successes.last()
        world.do(next(move for move in world.moves() if move.what.startswith("acts")))
    (job,) = world.jobs()
    assert not successes.last()
    assert successes.last(job)
    world.do(next(move for move in world.moves() if move.place == job))
    assert successes.last()


def test_a_design_that_does_not_say_so_may_undo_successes() -> None:
    """Where a design does not say that successes stay, nothing is left out for that."""
    careless = replace(find_design("airflow-2016-04"), reads=Reads(order=False))
    whys = reduced(scope("scheduler-and-backfill"), careless, LAWS)[1]
    for reduction in (Reduction.SETTLED_JOBS, Reduction.GIVEN_UP):
        assert whys[reduction] == "airflow-2016-04 may change what has succeeded"


@pytest.mark.parametrize("design", ["coherent", "pr-1431", "airflow-2016-04"])
def test_a_third_is_left_where_a_scheduler_meets_a_backfill(design: str) -> None:
    """All reductions together leave less than a third of the states, and the same verdicts and lengths."""
    before, after = counts(scope("scheduler-and-backfill"), design, *Reduction)
    assert after * 3 < before


def test_what_another_dag_was_handed_is_not_given_up_first() -> None:
    """Where DAGs go apart, what was handed over does not decide whose history it is, and is no end of another's."""
    by_hand = act("run_task", "2@01", dag="stock", task="count", date="1")
    done = act("set_state", "2@01", dag="stock", task="count", date="1", state="success")
    more = by_hand + done + processes(isolation="read committed", **STEPS)
    given = still(scenario(more, last=2, tasks=FLAT + SECOND))
    counts(given, "coherent", *Reduction)
    what, _ = reduced(given, find_design("coherent"), LAWS)
    assert what.apart
    assert what.given_up
    world = World(given, find_design("coherent"), LAWS, reduced=what)
    for _ in range(2):
        world.do(next(move for move in world.moves() if move.what.startswith("acts")))
    assert len(world.moves()) > 2
