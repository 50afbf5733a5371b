"""Scenarios as they are written: they read as they were, and say no more than is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runline.model.instants import DAY
from runline.simulator.actions import Deploy
from runline.simulator.guards import GUARDS
from runline.simulator.scenario import Clock, DagSpec, History, Scenario, Scope, TaskSpec
from runline.simulator.scenario_file import parse, read
from runline.simulator.scenario_writer import write
from runline.simulator.simulate import simulate
from runline.simulator.trace_file import digest_of
from runline.testing.strategies import FIRST, scenarios

FILES = sorted((Path(__file__).parents[2] / "scenarios").rglob("*.toml"))
TEXT = st.text(max_size=400)


@given(scenarios())
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_what_is_written_reads_as_it_was(given: Scenario) -> None:
    """Reading what was written gives the scenario back."""
    assert parse(write(given)) == given


@given(scenarios())
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_what_is_written_happens_as_it_did(given: Scenario) -> None:
    """The same history comes of it, down to the digest: what a deploy takes away is taken away."""
    assert digest_of(simulate(parse(write(given)))) == digest_of(simulate(given))


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_every_scenario_of_the_house_can_be_written(file: Path) -> None:
    """Whatever the files say can be said again, expectations and options included."""
    given = read(file)
    assert parse(write(given)) == given


@given(TEXT, TEXT.filter(str.strip))
def test_any_text_and_any_name_survive(story: str, name: str) -> None:
    """Quotes, controls, line ends and long lines in texts and names are written so that they read as they were."""
    given = Scenario(
        title=story[:50],
        story=story,
        clock=Clock(start=FIRST, end=FIRST + DAY),
        dags={name: DagSpec(schedule="@daily", start_date=FIRST, tasks={name: TaskSpec()})},
    )
    assert parse(write(given)) == given


@given(st.lists(TEXT.filter(str.strip), min_size=1, max_size=4), st.lists(TEXT, max_size=4))
def test_histories_and_remarks_of_any_text_survive(steps: list[str], remarks: list[str]) -> None:
    """Steps read as they were, and what is remarked beside them stays a comment, whatever characters it has."""
    given = Scenario(
        title="a history",
        clock=Clock(start=FIRST, end=FIRST + DAY),
        dags={"sales": DagSpec(schedule="@daily", start_date=FIRST, tasks={"load": TaskSpec()})},
        history={
            "pr-1431": History(steps=tuple(steps), crashes=2),
            "coherent": History(steps=("a",), quirks=("no-past",)),
        },
    )
    assert parse(write(given, {"pr-1431": remarks, "coherent": ["one", "one too many"]})) == given


def test_remarks_stand_beside_their_steps() -> None:
    """A history is a step a line, with what it does beside it."""
    given = Scenario(
        title="a history",
        clock=Clock(start=FIRST, end=FIRST + DAY),
        dags={"sales": DagSpec(schedule="@daily", start_date=FIRST, tasks={"load": TaskSpec()})},
        history={"pr-1431": History(steps=("scheduler-1 begins", "time passes"), crashes=1)},
    )
    assert write(given, {"pr-1431": ["reads", ""]}).split("\n")[-7:] == [
        "[history.pr-1431]",
        "crashes = 1",
        "steps = [",
        '    "scheduler-1 begins",  # reads',
        '    "time passes",',
        "]",
        "",
    ]


@given(st.integers(0, 100), st.integers(0, 100), st.lists(st.sampled_from(tuple(GUARDS))), st.integers(1, 9))
def test_a_scope_reads_as_it_was(crashes: int, aborts: int, guards: list[str], max_states: int) -> None:
    """All bounds of an exploration can be said in a file."""
    given = Scenario(
        title="a scope",
        clock=Clock(start=FIRST, end=FIRST + DAY),
        dags={"sales": DagSpec(schedule="@daily", start_date=FIRST, tasks={"load": TaskSpec()})},
        explore=Scope(crashes=crashes, aborts=aborts, guards=tuple(guards), max_states=max_states),
    )
    assert parse(write(given)) == given


def test_what_is_usual_is_not_said() -> None:
    """A scenario of nothing but what is needed is written in a few lines."""
    given = Scenario(
        title="plain",
        clock=Clock(start=FIRST, end=FIRST + DAY),
        dags={"sales": DagSpec(schedule="@daily", start_date=FIRST, tasks={"load": TaskSpec(retries=0)})},
    )
    assert write(given).split("\n") == [
        'title = "plain"',
        "",
        "[clock]",
        "start = 2016-01-01T00:00:00Z",
        "end = 2016-01-02T00:00:00Z",
        "",
        "[dags.sales]",
        'schedule = "0 0 * * *"',
        "start_date = 2016-01-01T00:00:00Z",
        "",
        "[dags.sales.tasks.load]",
        "",
    ]


def test_a_deploy_that_takes_away_says_so() -> None:
    """That there is no end date any more has a word in the file, and is not the same as saying nothing."""
    given = Scenario(
        title="open again",
        clock=Clock(start=FIRST, end=FIRST + 3 * DAY),
        dags={
            "sales": DagSpec(schedule="@daily", start_date=FIRST, end_date=FIRST, tasks={"load": TaskSpec()}),
        },
        actions=(Deploy(at=FIRST + DAY, end_date=None),),
    )
    assert 'end_date = "none"' in write(given)
    again = parse(write(given))
    (deploy,) = again.actions
    assert "end_date" in deploy.model_fields_set
    assert len(list(simulate(again).timeline.runs())) == len(list(simulate(given).timeline.runs())) > 1
