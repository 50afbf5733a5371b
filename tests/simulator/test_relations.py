"""Two histories that differ in one act: what it changes besides, and what the same backfill does again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runline.designs.coherent import coherent
from runline.designs.rule import rule
from runline.invariants.laws import ALL_LAWS
from runline.invariants.verdict import Status
from runline.model.events import RunMoved
from runline.model.states import RunState
from runline.simulator.simulate import simulate
from tests.simulator.building import act, scenario, shown

BACKFILL = act("backfill", "4@02", from_="2", to="2")


def test_a_splice_disturbs_nobody_else() -> None:
    """Overriding the twin and relinking the successor is what the seed names; nothing else is changed."""
    outcome = simulate(scenario(BACKFILL))
    assert outcome.verdicts["isolation"].status is Status.HOLDS
    assert outcome.verdicts["isolation"].exercised > 0


def test_a_first_backfill_moves_the_old_schedule() -> None:
    """L14.1: with the code of April 2016 a backfill of a DAG that never ran moves its next date."""
    text = act("backfill", "9@02", from_="8", to="8")
    given = scenario(act("pause", "9@01") + text, first=9, last=9, tasks="[dags.sales.tasks.load]\n")
    found = simulate(given, "airflow-2016-04").verdicts["isolation"]
    assert found.status is Status.VIOLATED
    assert found.findings[0].sentence == "backfill-1 moved the next date of sales from 2016-01-01 to 2016-01-04."
    assert simulate(given, "coherent").verdicts["isolation"].status is Status.HOLDS


def test_what_a_worker_does_for_a_backfill_is_the_backfills_act() -> None:
    """Z21, Z02: where instances get their rows only when they begin, it is the worker that moves the next date."""
    text = act("pause", "9@01") + act("backfill", "9@02", from_="8", to="8")
    given = scenario(text, first=9, last=9, tasks="[dags.sales.tasks.load]\n")
    found = simulate(given, "airflow-1.7.0").verdicts["isolation"]
    assert [finding.sentence for finding in found.findings] == [
        "backfill-1 moved the next date of sales from 2016-01-01 to 2016-01-04."
    ]


@rule("slip")
def _splice_too_much(design: Any, request: Any, timeline: Any, look: Any, date: Any) -> Any:
    """A splice that also ends the run after it."""
    later = timeline.successor(look.dag, date)
    moved = RunMoved(later.id, later.state, RunState.FAILED, None, look.at, look.by, "slip")
    assert coherent.take is not None
    return [*coherent.take(design, request, timeline, look, date), moved]


def test_a_backfill_that_fails_its_successor_is_seen() -> None:
    """A run that the backfill was not asked about must keep its state."""
    design = replace(coherent, name="slip", take=_splice_too_much)
    found = simulate(scenario(BACKFILL), design).verdicts["isolation"]
    assert found.status is Status.VIOLATED
    assert "backfill-1 changed run 3 (2016-01-03), which it was not asked about" in found.findings[0].sentence


def test_the_same_backfill_again_executes_nothing() -> None:
    """What succeeded is kept, and the live states are the same."""
    found = simulate(scenario(BACKFILL)).verdicts["idempotent-backfill"]
    assert (found.status, found.exercised) == (Status.HOLDS, 1)


def test_the_same_backfill_of_all_may_execute_all() -> None:
    """Asked to run all again, it does, and that is no breach."""
    found = simulate(scenario(act("backfill", "4@02", from_="2", to="2", rerun="all"))).verdicts["idempotent-backfill"]
    assert (found.status, found.exercised) == (Status.HOLDS, 1)


@rule("slip")
def _all_again(request: Any, state: Any) -> bool:
    """Everything runs again, whatever was asked."""
    assert coherent.again is not None
    return coherent.again(request._replace(rerun="all"), state)


def test_a_backfill_that_runs_all_again_is_seen() -> None:
    """Executing again what succeeded, without being asked, is a breach."""
    found = simulate(scenario(BACKFILL), replace(coherent, name="slip", again=_all_again)).verdicts[
        "idempotent-backfill"
    ]
    assert found.status is Status.VIOLATED
    assert "again executed load of 2016-01-02" in found.findings[0].sentence.replace("Task ", "").replace("task ", "")


def test_a_backfill_of_all_that_waits_for_what_runs_is_not_compared() -> None:
    """What ran when it came it waits for (H23); the same again finds it at rest and runs it, if it may: another thing."""
    tasks = '[dags.sales.tasks.load]\nduration = "5h"\n'
    at_work = act("backfill", "3@01", from_="2", to="2", rerun="all")
    again = act("backfill", "3@01", from_="2", to="2")
    assert simulate(scenario(at_work, tasks=tasks)).verdicts["idempotent-backfill"].exercised == 0
    assert simulate(scenario(again, tasks=tasks)).verdicts["idempotent-backfill"].exercised == 1


def test_a_run_that_was_still_running_may_come_further() -> None:
    """The 2nd failed before its report was tried, for which the 3rd waits; the same again tries it, and the 3rd ends."""
    tasks = "[dags.sales.tasks.load]\nfails_on = [2016-01-02T00:00:00Z]\n[dags.sales.tasks.report]\ndepends_on_past = true\n"
    text = act("pause", "2@01") + act("backfill", "4@02", from_="1", to="3")
    level = '[designs.coherent]\ndepends_on_past = "task"\n'
    outcome = simulate(scenario(text + level, tasks=tasks, last=4))
    assert [row[2] for row in shown(outcome)] == ["success", "failed", "running"]
    assert outcome.verdicts["idempotent-backfill"].status is Status.HOLDS
    assert outcome.verdicts["idempotent-backfill"].exercised == 1


def test_the_same_backfill_again_is_judged_where_no_other_law_is() -> None:
    """A law alone says what it says among others."""
    outcome = simulate(scenario(BACKFILL), laws=[ALL_LAWS["idempotent-backfill"]])
    assert outcome.verdicts["idempotent-backfill"].exercised == 1


def test_what_is_open_is_not_compared() -> None:
    """Where it is open how a task ends, there is no telling what the same again would be."""
    tasks = '[dags.sales.tasks.load]\nfails_on = "sometimes"\n'
    text = act("backfill", "4@02", from_="2", to="2", rerun="all")
    assert simulate(scenario(text, tasks=tasks)).verdicts["idempotent-backfill"].exercised == 0
