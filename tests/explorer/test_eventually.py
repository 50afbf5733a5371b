"""The laws of the whole graph in worlds: what comes in the end, whom a limit holds up, and what a crash leaves."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from runline.designs.catalog import find_design
from runline.designs.commands import Look
from runline.designs.design import Design, Evaluated
from runline.designs.quirks import with_quirks
from runline.designs.rule import rule
from runline.explorer.explore import Exploration, explore
from runline.explorer.question import explorable
from runline.explorer.search import Limits
from runline.explorer.trace import lines_of, replay
from runline.invariants.laws import EXPLORED_LAWS
from runline.invariants.verdict import Status
from runline.model.errors import RunlineError
from runline.model.events import Event, RunMoved
from runline.model.instants import HOUR
from runline.model.schedules import Delta
from runline.model.states import RunState
from runline.model.steps import Held, Process
from runline.model.view import TimelineView
from runline.reports.exploration import as_dict, as_text
from runline.reports.simulated_chart import draw
from runline.simulator.scenario import Scenario
from runline.testing.strategies import scenarios
from tests.explorer.queueing import queueing
from tests.explorer.test_histories_are_paths import BACKFILL, STEPS, TASK, processes
from tests.explorer.test_queueing import ISSUE
from tests.simulator.building import act, scenario

LAWS = explorable(list(EXPLORED_LAWS))
EXAMPLES = 1_000 if os.environ.get("RUNLINE_PROFILE") == "nightly" else 30
FAILS = "[dags.sales.tasks.load]\ndepends_on_past = true\nfails_on = [2016-01-01T00:00:00Z]\n"
RETRIES = FAILS + 'retries = 1\nretry_delay = "3d"\n'


def judged(given: Scenario, design: str | Design = "coherent", crashes: int = 0) -> Exploration:
    """All histories of a scenario, by the laws of the graph alone."""
    return explore(given, design, laws=LAWS, crashes=crashes)


def statuses(found: Exploration) -> dict[str, str]:
    """What is said of each law."""
    return {law: verdict.status.value for law, verdict in found.verdicts.items()}


@pytest.mark.parametrize("design", ["coherent", "update-in-place"])
def test_a_proposal_recovers_from_a_crash_and_comes_to_its_ends(design: str) -> None:
    """A backfill over two dates beside a scheduler, of whom one may die between any two steps: all runs end."""
    found = judged(scenario(BACKFILL + processes(**STEPS), first=2, last=3, tasks=TASK), design, crashes=1)
    assert found.found.complete
    assert statuses(found) == {"progress": "holds", "fairness": "not exercised", "atomic-advance": "holds"}


def test_a_splice_in_pieces_cannot_be_mended_after_a_crash() -> None:
    """The job that was announced dies between two commits of its splice: two live runs stand at the date for ever."""
    backfill = act("backfill", "2@01", from_="1", to="1")
    given = scenario(backfill + processes(isolation="read committed", **STEPS), last=2, tasks=TASK)
    found = judged(given, "pr-1431", crashes=1)
    way = found.counterexamples["atomic-advance"]
    assert way.gone.taken[-1].by == "backfill-1"
    assert way.gone.taken[-1].how == "dies"
    assert way.sentences[0].startswith("No state can be reached any more in which all laws of states hold;")
    assert "2 live runs" in way.sentences[0]


def test_without_crashes_nothing_is_said_of_them() -> None:
    """Where nobody dies the premise is never true."""
    assert statuses(judged(scenario(last=2)))["atomic-advance"] == "not exercised"


def test_a_run_that_nobody_ends_breaks_progress() -> None:
    """A scheduler that never ends a run comes to rest before it has; nothing is stuck, but the run never ends."""
    found = judged(scenario(last=2), with_quirks(find_design("coherent"), ["endless-runs"]))
    way = found.counterexamples["progress"]
    assert way.round is None
    assert way.sentences == (
        "Run 1 (scheduled 2016-01-01) never ends: nothing happens any more, and nothing holds it.",
    )


@rule("TEST")
def never(timeline: TimelineView, look: Look) -> tuple[Event, ...] | Held:
    """Nothing is made, and nobody says for what that waits."""
    return Held(Process(look.by), "TEST", "it is never made")


def test_a_due_tick_that_nobody_makes_breaks_progress() -> None:
    """A scheduler that forgets the schedule stands still though a tick is due."""
    idle = replace(find_design("coherent"), gates=(never,))
    way = judged(scenario(last=2), idle).counterexamples["progress"]
    assert way.sentences == (
        "No run of sales is ever made at 2016-01-01, though it is due: nothing happens any more, and nothing holds it.",
    )


def test_who_waits_in_a_circle_makes_no_progress() -> None:
    """The deadlock of issue 18304 is told with what the runs wait for."""
    way = judged(ISSUE, queueing).counterexamples["progress"]
    assert way.sentences[0].startswith("Run 1 (scheduled 2016-01-01) never ends: ")
    assert all(": it waits for " in sentence for sentence in way.sentences)
    assert way.sentences[0].endswith("which waits for itself.")
    assert "a free slot of sales" in way.sentences[-1]


@pytest.mark.parametrize("limit", ["", "max_active_runs = 1"])
@pytest.mark.parametrize("tasks", [FAILS, RETRIES])
def test_what_waits_for_the_operator_or_for_a_later_day_is_no_breach(tasks: str, limit: str) -> None:
    """A run that waits for a failure, or for an instant beyond the clock, may still end; so may one that it keeps out."""
    found = judged(scenario(tasks=tasks, last=4, dag=limit))
    assert found.found.complete
    assert statuses(found)["progress"] == "holds"


def test_a_start_that_was_moved_gives_the_dates_that_are_still_to_come() -> None:
    """Every 12 hours from another minute on: such a date waits for the limit, thus for the operator; it is no breach."""
    moved = act("deploy", "1@20", start_date="2@03")
    given = scenario(moved, first=1, last=3, tasks=FAILS, dag="max_active_runs = 1")
    every = given.dags["sales"].model_copy(update={"schedule": Delta(12 * HOUR)})
    found = judged(given.model_copy(update={"dags": {"sales": every}}))
    assert found.found.complete
    assert statuses(found)["progress"] == "holds"


@given(scenarios(), st.sampled_from(["coherent", "update-in-place"]), st.integers(0, 1))
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
def test_a_proposal_comes_to_its_ends_whatever_is_done(given: Scenario, design: str, crashes: int) -> None:
    """Of what can be seen of generated weeks within a bound, nothing ends or goes round where a run is still to end."""
    try:
        found = explore(given, design, laws=LAWS, limits=Limits(max_states=300), crashes=crashes)
    except RunlineError as error:
        assume("outside the model" not in str(error))
        raise
    assert {way.law: way.sentences for way in found.counterexamples.values()} == {}


# ----------------------------------------------------------------------- round and round


def _moves(timeline: TimelineView, look: Look, before: RunState, after: RunState) -> tuple[Event, ...]:
    return tuple(
        RunMoved(run.id, before, after, run.started, look.at, look.by, "TEST")
        for run in timeline.in_state(look.dag, before)
    )


@rule("TEST")
def let_in(timeline: TimelineView, look: Look) -> tuple[Event, ...] | Held:
    """What is queued is let in."""
    return _moves(timeline, look, RunState.QUEUED, RunState.RUNNING)


@rule("TEST")
def put_out(design: Design, timeline: TimelineView, look: Look, so_far: Evaluated) -> Evaluated:
    """What runs is queued again."""
    return Evaluated(_moves(timeline, look, RunState.RUNNING, RunState.QUEUED))


COHERENT = find_design("coherent")
PUTTING_OUT = replace(COHERENT, name="putting-out", gates=(*COHERENT.gates[:-1], let_in), evaluate=put_out)
"""A scheduler that lets a run in and puts it out again with each look, before anything of it was sent."""


def test_a_livelock_is_told_as_what_comes_again_and_again() -> None:
    """The scheduler moves all the time, so no state is an end; the moves that come back are told as such."""
    found = judged(scenario(last=2), PUTTING_OUT)
    assert statuses(found)["progress"] == "violated"
    way = found.counterexamples["progress"]
    assert way.round is not None
    assert {taken.by for taken in way.gone.taken[way.round :]} == {"scheduler-1"}
    assert way.sentences[0].startswith("Run 1 (scheduled 2016-01-01) never ends: step 2 can come again and again.")
    lines = [line.strip() for line in as_text(found)]
    assert lines[lines.index("from here on, again and again:") + 1].startswith(str(way.round + 1))
    assert as_dict(found)["counterexamples"][0]["round_from"] == way.round


def test_a_livelock_is_drawn_and_replayed(tmp_path: Path) -> None:
    """The picture of the history says which law is broken; the trace of it comes out the same again."""
    found = explore(scenario(last=2), "tests.explorer.test_eventually:PUTTING_OUT", laws=LAWS)
    way = found.counterexamples["progress"]
    assert draw(way.gone.outcome, tmp_path / "livelock.svg") == "1 law broken: progress"
    assert "never ends" in (tmp_path / "livelock.svg").read_text("utf-8")
    file = tmp_path / "livelock.jsonl"
    file.write_text("".join(lines_of(way.gone.outcome)), "utf-8")
    again, divergence = replay(file)
    assert divergence is None
    assert again.broken == []


# -------------------------------------------------------------------------------- limits

TWO_DAGS = '[dags.other]\nschedule = "@daily"\nstart_date = 2016-01-01T00:00:00Z\n[dags.other.tasks.load]\n'
LIMITED = "max_active_runs = 1"


def test_a_limit_of_one_dag_is_nothing_to_another() -> None:
    """While one DAG stands at its limit because its run waits, the runs of the other are made and end."""
    found = judged(scenario(TWO_DAGS, last=3, tasks=FAILS, dag=LIMITED))
    assert found.found.complete
    assert statuses(found) == {"progress": "holds", "fairness": "holds", "atomic-advance": "not exercised"}


@rule("TEST")
def one_at_a_time(timeline: TimelineView, look: Look) -> tuple[Event, ...] | Held:
    """Nothing is made while another DAG stands at its limit, and nobody says for what that waits."""
    busy = [dag for dag in timeline.dags() if dag != look.dag and timeline.count(dag, RunState.RUNNING)]
    return Held(Process(look.by), "TEST", f"{busy[0]} is at its limit") if busy else ()


def test_a_limit_that_holds_up_another_dag_is_unfair() -> None:
    """A scheduler that looks at no other DAG while one is at its limit misses the ticks of those."""
    unfair = replace(COHERENT, gates=(one_at_a_time, *COHERENT.gates))
    found = judged(scenario(TWO_DAGS, last=3, tasks=FAILS, dag=LIMITED), unfair)
    assert statuses(found)["fairness"] == "violated"
    assert any("other" in sentence for sentence in found.counterexamples["fairness"].sentences)


def test_what_was_not_seen_is_unknown() -> None:
    """Of a graph that was cut off nothing is said, unless an end was met at which a law is broken."""
    given = scenario(BACKFILL + processes(**STEPS), first=2, last=3, tasks=TASK)
    found = explore(given, laws=LAWS, limits=Limits(max_states=50), crashes=1)
    assert {verdict.status for verdict in found.verdicts.values()} == {Status.UNKNOWN}
