"""What a database keeps by itself: which races of a cut splice a lock repairs, and which a constraint makes an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from runline.designs.catalog import find_design
from runline.explorer.explore import explore
from runline.explorer.fixed import happen
from runline.explorer.history import Explored
from runline.explorer.question import explorable
from runline.explorer.search import Search
from runline.explorer.trace import lines_of, replay
from runline.explorer.world import World
from runline.model.errors import RunlineError
from runline.model.events import Raised
from runline.reports.counterexample import as_scenario
from runline.reports.steps import steps_of
from runline.simulator.guards import GUARDS
from runline.simulator.scenario import History, Scenario
from tests.explorer.races import (
    CRASH,
    NEIGHBOURS,
    RACES,
    SAME_DAY,
    SCHEDULER_AND_BACKFILL,
    Scope,
    broken,
    explored,
    race,
)
from tests.explorer.test_world import ALL, all_states
from tests.explorer.walking import happened, reached
from tests.simulator.building import act, scenario

LOCKS = ("lock-runs", "lock-dag", "session-lock")
CHAIN = {"single-live-run", "previous-is-predecessor", "previous-is-live", "one-first-run", "forward-only"}
"""What is to hold of the chain of runs."""


@pytest.mark.parametrize("name", RACES)
def test_a_splice_at_once_loses_no_race(name: str) -> None:
    """Whoever comes first, and even where backfills do not wait for one another, all that is promised holds."""
    assert broken(explored(RACES[name], "whole")) == set()


@pytest.mark.parametrize("splice", ["transaction", "parts"])
@pytest.mark.parametrize("name", RACES)
def test_a_splice_that_reads_first_loses_races(name: str, splice: str) -> None:
    """Where others come in between, the chain of runs breaks for good."""
    assert broken(explored(RACES[name], splice)) & CHAIN


@pytest.mark.parametrize("name", RACES)
def test_one_transaction_needs_one_lock(name: str) -> None:
    """With the splice in one transaction, a lock of the DAG's row or serializable isolation alone keeps every promise."""
    for found in (
        explored(RACES[name], "transaction", "lock-dag"),
        explored(RACES[name], "transaction", "session-lock"),
        explored(RACES[name], "transaction", isolation="serializable"),
    ):
        assert broken(found) == set()


def test_a_row_lock_ends_with_its_transaction() -> None:
    """Cut into its parts the splice gives the lock of the DAG back in its midst; a lock of the session it keeps."""
    assert "owner-is-live" in broken(explored(SAME_DAY, "parts", "lock-dag"))
    assert broken(explored(SAME_DAY, "parts", "session-lock")) <= {"task-set-complete"}
    assert broken(explored(NEIGHBOURS, "parts", "session-lock")) == set()


def test_no_lock_helps_against_a_crash() -> None:
    """A job that dies between its commits leaves two live runs behind; in one transaction it leaves nothing."""
    assert "single-live-run" in broken(explored(CRASH, "parts", "session-lock"))
    assert broken(explored(CRASH, "transaction", "lock-dag")) == set()


def test_rows_that_are_not_there_cannot_be_locked() -> None:
    """Who locks the neighbours that it has read does not see that others insert a run between them."""
    assert "single-live-run" in broken(explored(SCHEDULER_AND_BACKFILL, "transaction", "lock-runs"))


@pytest.mark.parametrize("splice", ["transaction", "parts"])
@pytest.mark.parametrize(
    ("guard", "law"), [("unique-live-run", "single-live-run"), ("unique-previous", "one-first-run")]
)
def test_a_constraint_is_true_in_every_state(guard: str, law: str, splice: str) -> None:
    """What a constraint says is never seen broken, not even in passing."""
    for scope in RACES.values():
        assert explored(scope, splice, guard).verdicts[law].seen is None


def world_of(given: Scenario, *guards: str) -> World:
    return World(given, find_design("coherent", given.designs["coherent"]), (), guards=guards)


def errors(scope: Scope, splice: str, *guards: str) -> set[tuple[str, str]]:
    """Who may meet which error of the database."""
    world = world_of(race(scope, splice=splice, backfills="together"), *guards)
    return {(told.by, event.rule) for told in happened(world) for event in told.events if isinstance(event, Raised)}


def test_who_meets_the_error() -> None:
    """A constraint is told to whoever comes last; without one nobody meets an error, and a lock is only waited for."""
    assert errors(SAME_DAY, "transaction", "unique-live-run") == {
        ("backfill-1", "unique-live-run"),
        ("backfill-2", "unique-live-run"),
    }
    assert ("scheduler-1", "unique-live-run") in errors(SCHEDULER_AND_BACKFILL, "transaction", "unique-live-run")
    for lock in ((), *((lock,) for lock in LOCKS)):
        assert errors(SAME_DAY, "parts", *lock) == set()


def test_a_constraint_forbids_the_midst_of_a_cut_splice() -> None:
    """Cut into its parts the splice inserts before it overrides, so the constraint refuses it even where it is alone."""
    given = scenario(act("backfill", "2@06", from_="1", to="1") + '[designs.coherent]\nsplice = "parts"\n', last=2)
    for guards, most in (((), 2), (("unique-live-run",), 1), (("unique-date",), 1)):
        assert max(len(list(world.timeline.runs())) for world in reached(world_of(given, *guards))) == most


def test_an_act_is_refused_too() -> None:
    """A constraint holds for what the operator asks for as for everybody: a manual run that doubles another is refused."""
    given = scenario(act("trigger", "2@06", date="1"), last=2)
    for guards in ((), ("unique-live-run",)):
        found = explore(given, quirks=["double-trigger"], guards=guards)
        assert ("single-live-run" in found.broken) is (not guards)


@pytest.mark.parametrize(
    ("splice", "guards", "crashes", "aborts"),
    [
        ("parts", (), 1, 0),
        ("parts", ("version-column",), 0, 0),
        ("parts", ("lock-runs",), 0, 1),
        ("transaction", ("lock-dag", "unique-live-run"), 1, 1),
    ],
)
def test_states_are_told_apart_rightly(splice: str, guards: tuple[str, ...], crashes: int, aborts: int) -> None:
    """With guards and faults too there are as many fingerprints as states that differ in anything."""
    design = find_design("coherent", {"splice": splice, "backfills": "together"})
    given = race(SCHEDULER_AND_BACKFILL, splice=splice, backfills="together")
    world = World(given, design, ALL, crashes=crashes, aborts=aborts, guards=guards)
    found = Search(world).run()
    apart, transitions = all_states(world)
    assert (found.distinct_states, found.transitions) == (len(apart), transitions + 1)


def test_a_counterexample_under_guards_can_be_replayed(tmp_path: Path) -> None:
    """A trace knows which guards were on."""
    found = explored(SAME_DAY, "parts", "version-column", "lock-dag", aborts=1)
    way = found.counterexamples["owner-is-live"]
    path = tmp_path / "way.jsonl"
    path.write_text("".join(lines_of(way.gone.outcome)), "utf-8")
    outcome, divergence = replay(path)
    assert divergence is None
    assert "owner-is-live" in outcome.broken


def test_an_error_is_told_and_fixed_with_its_history() -> None:
    """Who meets the error of the database says so; as a scenario that fixes the history, the guard comes along."""
    laws = explorable(["run-state-agrees"])
    found = explored(SCHEDULER_AND_BACKFILL, "parts", "unique-live-run", laws=laws, aborts=1)
    fixed = as_scenario(found, found.counterexamples["run-state-agrees"])
    assert (fixed.history["coherent"].guards, fixed.history["coherent"].aborts) == (("unique-live-run",), 1)
    assert explore(fixed, laws=laws).broken == ["run-state-agrees"]
    with pytest.raises(RunlineError, match="guards included"):
        explore(fixed, laws=laws, guards=["lock-dag"])


def test_what_an_error_costs_is_told() -> None:
    """A job that meets an error has died, a scheduler looks anew, and a rollback is told as one."""
    given = race(SCHEDULER_AND_BACKFILL, splice="transaction", backfills="together")
    begin = ("scheduler-1 begins", "operator: backfill", "backfill-1 begins", "backfill-1 goes on")
    for steps, told in (
        (("scheduler-1 goes on", "backfill-1 goes on"), "backfill-1 meets an error, duplicate key value violates"),
        (("backfill-1 goes on", "scheduler-1 goes on"), "scheduler-1 meets an error, duplicate key value violates"),
        (("scheduler-1 is rolled back",), "scheduler-1 is rolled back by the database, and begins anew"),
    ):
        history = History(steps=(*begin, *steps), aborts=1, guards=("unique-live-run",))
        outcome = happen(given.model_copy(update={"history": {"coherent": history}}))
        assert isinstance(outcome, Explored)
        assert steps_of(outcome)[-1].told.startswith(told)


def test_an_unknown_guard_is_an_error() -> None:
    """The nearest is offered."""
    with pytest.raises(RunlineError, match="there is no guard 'lock-dags'") as error:
        explored(SAME_DAY, "parts", "lock-dags")
    assert "lock-dag" in str(error.value)
    assert all(guard.sentence and guard.sql for guard in GUARDS.values())
