"""A history that a scenario fixes: whoever lets it happen shows just that one, and the same law breaks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import settings
from hypothesis import strategies as st

import runline
from runline.designs.catalog import find_design
from runline.explorer.explore import Exploration, explore
from runline.explorer.fixed import happen
from runline.explorer.history import Explored, go
from runline.explorer.question import explorable
from runline.explorer.search import Limits
from runline.explorer.trace import lines, replay
from runline.explorer.world import World
from runline.invariants.laws import SIMULATED_LAWS
from runline.invariants.verdict import Status
from runline.model.errors import RunlineError
from runline.reports.counterexample import as_file, as_scenario
from runline.simulator.review import ScenarioFile, pairs, plan, review
from runline.simulator.scenario import Expect, History, Scenario
from runline.simulator.scenario_file import parse, read
from runline.simulator.scenario_writer import write
from runline.simulator.simulate import simulate
from runline.simulator.trace_file import digest_of
from tests.explorer import races
from tests.explorer.test_histories_are_paths import SCENARIOS
from tests.explorer.test_races import RACES, Scope, explored, race

ROOT = Path(__file__).parents[2]
DEADLOCK = SCENARIOS["a job and a scheduler that are ended"]
LAWS = explorable(())


def found_of(scope: Scope) -> Exploration:
    """What the announced code does in a scope."""
    return explored(scope, "pr-1431", "read committed")


def written(found: Exploration, law: str) -> Scenario:
    """The scenario that the file of a counterexample holds."""
    return parse(as_file(found, found.counterexamples[law]))


@pytest.mark.parametrize("scope", RACES)
def test_every_counterexample_can_be_gone_along_again(scope: Scope) -> None:
    """From its file the same commits happen at the same instants, and the law breaks as lastingly as it did."""
    found = found_of(scope)
    for law, way in found.counterexamples.items():
        outcome = happen(written(found, law))
        assert outcome.trace == way.gone.outcome.trace
        assert (law in outcome.broken) is way.lasting
        assert outcome.unmet() == []


@pytest.mark.parametrize("scope", RACES)
def test_its_exploration_sees_one_history(scope: Scope) -> None:
    """Where the history is fixed there is a state for each step, and the law breaks after as many steps as before."""
    found = found_of(scope)
    for law, way in found.counterexamples.items():
        again = explore(written(found, law))
        assert again.found.complete
        assert again.found.distinct_states == len(way.moves) + 1
        assert len(again.counterexamples[law].moves) == len(way.moves)
        assert again.counterexamples[law].sentences == way.sentences
        assert again.unmet() == []


def test_simulated_reviewed_and_replayed_it_is_one_history(tmp_path: Path) -> None:
    """The library, the review and the replay of its trace all show the history that the file fixes."""
    scope, law = next(iter(RACES)), "single-live-run"
    found = found_of(scope)
    file = tmp_path / "race.toml"
    file.write_text(as_file(found, found.counterexamples[law]), "utf-8")
    outcome = runline.simulate(file)
    digest = digest_of(found.counterexamples[law].gone.outcome)
    assert (digest_of(outcome), outcome.design_name) == (digest, "pr-1431")
    assert law in outcome.broken
    (case,) = review(pairs(plan([ScenarioFile(file, "race")])), let_happen=happen)
    assert (case.digest, case.unmet) == (digest[:16], ())
    assert set(case.outcome.verdicts) == set(SIMULATED_LAWS)
    trace = tmp_path / "race.jsonl"
    trace.write_text("".join(lines(happen(parse(file.read_text("utf-8"))))), "utf-8")
    again, divergence = replay(trace)
    assert divergence is None
    assert digest_of(again) == digest


WALKED = {
    "a backfill beside two schedulers": "coherent",
    "read committed": "pr-1431",
    "two backfills": "airflow-1.8.1",
    "chains of steps": "airflow-2016-04",
    "one worker, tries that fail": "coherent",
    "acts of all kinds": "update-in-place",
    "the limit, and time that runs out": "pr-1431",
}


@hypothesis_given(st.sampled_from(sorted(WALKED)), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_names_lead_along_any_way(name: str, seed: int) -> None:
    """Whatever way was gone, crashes included, what its moves are called leads along the same way."""
    given, design, drawn = SCENARIOS[name], WALKED[name], random.Random(seed)
    world = World(given, find_design(design), LAWS, crashes=2)
    places: list[int] = []
    while len(places) < 60 and (moves := world.moves()):
        places.append(drawn.randrange(len(moves)))
        world.do(moves[places[-1]])
    for _ in places:
        world.undo()
    gone = go(world, places, design, ())
    history = History(steps=tuple(taken.name for taken in gone.taken), crashes=2)
    outcome = happen(given.model_copy(update={"history": {design: history}}))
    assert isinstance(outcome, Explored)
    assert outcome.trace == gone.outcome.trace
    assert [taken.name for taken in outcome.taken] == list(history.steps)
    judged = {law: verdict for law, verdict in outcome.verdicts.items() if law in gone.outcome.verdicts}
    assert judged == gone.outcome.verdicts


def test_a_deadlock_is_judged_at_the_end_of_the_history() -> None:
    """Where nothing can happen after the last step, who waits for what never comes is said, as the exploration said it."""
    found = explore(DEADLOCK, "airflow-1.8.1", laws=explorable(["no-deadlock"]), limits=Limits(4_000), crashes=1)
    outcome = happen(written(found, "no-deadlock"))
    (finding,) = outcome.verdicts["no-deadlock"].findings
    assert finding.sentence == "load of 2016-01-01 waits for a job that is gone."
    assert outcome.unmet() == []
    shorter = written(found, "no-deadlock")
    history = shorter.history["airflow-1.8.1"]
    cut = shorter.model_copy(
        update={"history": {"airflow-1.8.1": history.model_copy(update={"steps": history.steps[:-1]})}}
    )
    assert happen(cut).verdicts["no-deadlock"].status is Status.NOT_OBSERVABLE
    assert "no-deadlock" not in explore(cut).broken


# ------------------------------------------------------------------------- what is wrong with it


def with_steps(*steps: str, crashes: int = 0) -> Scenario:
    """The race of a scheduler and a backfill, in an order that is given."""
    given = race(next(iter(RACES)), "read committed")
    return given.model_copy(update={"history": {"pr-1431": History(steps=steps, crashes=crashes)}})


@pytest.mark.parametrize("let_happen", [happen, explore])
def test_an_order_that_is_not_possible_is_told_with_its_place(let_happen: type) -> None:
    """The step that cannot be made is named by its key, with those that could be made there."""
    with pytest.raises(RunlineError) as caught:
        let_happen(with_steps("scheduler-1 begins", "operator: backfill", "backfill-1 goes on"))
    error = caught.value
    assert (error.key, error.value) == ("history.pr-1431.steps.2", "backfill-1 goes on")
    assert error.message == "step 3 of the history is not possible there: backfill-1 goes on"
    assert error.remedy == "one of: backfill-1 begins; scheduler-1 goes on"


def test_crashes_are_to_be_allowed() -> None:
    """A process dies only where the history says that so many may."""
    steps = ("operator: backfill", "backfill-1 dies")
    with pytest.raises(RunlineError, match="step 2 of the history is not possible"):
        happen(with_steps(*steps))
    assert len(happen(with_steps(*steps, crashes=1)).trace) == 1  # nothing but the deployment of the DAG
    with pytest.raises(RunlineError, match="crashes included"):
        explore(with_steps(*steps), crashes=1)


def test_nothing_more_can_happen() -> None:
    """A step beyond the end is refused with just that."""
    given = parse('title = "t"\n[clock]\nstart = 2016-01-01\nend = 2016-01-01\n[dags.a]\nschedule = "none"\n'
                  'start_date = 2016-01-01\n[dags.a.tasks.t]\n[history.coherent]\nsteps = ["time passes"]\n')  # fmt: skip
    with pytest.raises(RunlineError) as caught:
        happen(given)
    assert caught.value.remedy is not None
    # a look that changes nothing is possible in a history that is fixed
    assert caught.value.remedy == "one of: scheduler-1 begins"


def test_other_designs_are_free() -> None:
    """Of a design whose history it does not fix a scenario is simulated, and every order is explored."""
    given = with_steps("scheduler-1 begins", "operator: backfill")
    assert happen(given, "coherent").trace == simulate(given, "coherent").trace
    assert explore(given, "coherent").found.distinct_states > 3
    assert "not followed" in simulate(given, "pr-1431").notes[-1]


def test_a_history_of_a_slip_brings_it_along() -> None:
    """What was found with a quirk is shown with it, whether or not it is asked for; with another it is not."""
    given = read(ROOT / "scenarios" / "seed" / "backfill-and-scheduler-step-by-step.toml")
    found = explore(given, "coherent", quirks=["first-for-previous"], laws=explorable(["previous-is-predecessor"]))
    fixed = written(found, "previous-is-predecessor")
    assert fixed.history["coherent"].quirks == ("first-for-previous",)
    for outcome in (happen(fixed), happen(fixed, "coherent", quirks=["first-for-previous"])):
        assert outcome.quirks == ("first-for-previous",)
        assert "previous-is-predecessor" in outcome.broken
        assert outcome.unmet() == []
    assert not isinstance(happen(fixed, "coherent", quirks=["no-past"]), Explored)


def test_what_a_scenario_says_stays() -> None:
    """Source, story and what is expected of other designs are kept; a title is not added to twice."""
    given = parse(
        'title = "Two things at once"\nsource = "thread 7"\nstory = "It was Monday."\n'
        + race_text()
        + '[expect.coherent]\nbreaks = []\n[expect.pr-1431]\nbreaks = ["no-gap"]\n'
    )
    found = explore(given, "pr-1431")
    first = as_scenario(found, found.counterexamples["single-live-run"])
    assert first.title == "Two things at once: single-live-run"
    assert first.source == "thread 7"
    assert first.story.startswith("It was Monday. Found by runline explore --design pr-1431: in 7 steps")
    assert list(first.expect) == ["coherent", "pr-1431"]
    assert first.expect["pr-1431"].breaks == ("single-live-run",)
    again = explore(first)
    assert as_scenario(again, again.counterexamples["one-first-run"]).title == "Two things at once: one-first-run"


def test_what_passes_is_expected_to_pass() -> None:
    """A law that is whole again when everybody is at rest: the file says so, and what is otherwise is unmet."""
    found = races.explored(races.SCHEDULER_AND_BACKFILL, "parts")
    way = found.counterexamples["owner-is-live"]
    assert not way.lasting
    fixed = parse(as_file(found, way))
    assert fixed.expect["coherent"] == Expect(passes=("owner-is-live",))
    for each in (happen(fixed), explore(fixed)):
        assert each.unmet() == []
        assert each.verdicts["owner-is-live"].status is Status.PASSING
    again = explore(fixed).leading
    assert again is not None
    assert again.law == "owner-is-live"
    for expected, said in (
        (Expect(passes=("single-try",)), "single-try was expected to break in passing, but is not exercised"),
        (Expect(breaks=("owner-is-live",)), "owner-is-live was expected to break"),
    ):
        wrong = fixed.model_copy(update={"expect": {"coherent": expected}})
        assert happen(wrong).unmet() == [said]
        assert explore(wrong).unmet()[0].startswith(said)


def test_what_goes_round_is_written_once_and_says_so() -> None:
    """One history does not go round for ever: the file has the steps once, and expects nothing of the law they lose."""
    found = explore(read(ROOT / "scenarios" / "explored" / "scheduler-and-backfill.toml"), "pr-1431", reductions=())
    way = found.counterexamples["progress"]
    assert way.round is not None
    fixed = as_scenario(found, way)
    assert len(fixed.history["pr-1431"].steps) == len(way.moves)
    said = f"Steps {way.round + 1} to {len(way.moves)} can come again and again; here they come once, and that does not"
    assert fixed.story.endswith(f"{said} break progress.")
    assert happen(fixed).unmet() == []
    assert "progress" not in fixed.expect["pr-1431"].breaks


def race_text() -> str:
    """The race of a scheduler and a backfill, without its title."""
    return write(race(next(iter(RACES)), "read committed")).partition("\n")[2]


def test_names_tell_dags_and_senders() -> None:
    """Where there are several DAGs each is named; who handed an instance over always is."""
    text = write(race(next(iter(RACES)), "read committed"))
    other = '[dags.other]\nschedule = "@daily"\nstart_date = 2016-01-01\n[dags.other.tasks.load]\n'
    given = parse(text.replace('do = "backfill"', 'do = "backfill"\ndag = "sales"') + other)
    order = (
        "scheduler-1 begins with other",
        "scheduler-1 begins with sales",
        "scheduler-1 goes on with other",
        "scheduler-1 goes on with other",
        "worker starts load of 2016-01-01 of other for scheduler-1",
        "worker ends load of 2016-01-01 of other for scheduler-1: success",
        "operator: backfill",
    )
    outcome = happen(given.model_copy(update={"history": {"pr-1431": History(steps=order)}}))
    assert isinstance(outcome, Explored)
    assert tuple(taken.name for taken in outcome.taken) == order
    with pytest.raises(RunlineError, match="step 1 of the history is not possible there: scheduler-1 begins"):
        happen(given.model_copy(update={"history": {"pr-1431": History(steps=("scheduler-1 begins",))}}))
