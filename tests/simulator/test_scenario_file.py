"""Scenario files: what they may say, and what is said of those that say something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runline.cli.main import BAD_INPUT, OK, run
from runline.model.errors import RunlineError
from runline.model.instants import HOUR, MINUTE, parse_instant
from runline.model.schedules import Cron, Delta
from runline.simulator.actions import Backfill, Fix
from runline.simulator.scenario import Clock, DagSpec, Scenario, TaskSpec
from runline.simulator.scenario_checks import check
from runline.simulator.scenario_file import parse, read, schema

ROOT = Path(__file__).parents[2]

GOOD = """
title = "A failed day repaired by a backfill"
[clock]
start = 2016-01-04T01:00:00Z
end = 2016-01-07T12:00:00Z
heartbeat = "5m"
[dags.sales]
schedule = "0 0 * * *"
timezone = "UTC"
start_date = 2016-01-01T00:00:00Z
[dags.sales.tasks.extract]
duration = "10m"
[dags.sales.tasks.load]
upstream = ["extract"]
depends_on_past = true
fails_on = [2016-01-02T00:00:00Z]
[[actions]]
at = 2016-01-06T12:00:00Z
do = "fix"
task = "load"
[[actions]]
at = 2016-01-06T12:00:00Z
do = "backfill"
from = 2016-01-02T00:00:00Z
to = 2016-01-02T00:00:00Z
[processes]
schedulers = 2
[designs.coherent]
depends_on_past = "run"
[expect.coherent]
breaks = []
[[expect.coherent.runs]]
date = 2016-01-03T00:00:00Z
kind = "scheduled"
state = "success"
previous = 2016-01-02T00:00:00Z
[expect."airflow-2016-04"]
breaks = ["run-state-agrees"]
"""


def test_good_file_is_read() -> None:
    """A scenario file becomes what the model knows: instants, durations, schedules, actions in order."""
    scenario = parse(GOOD)
    sales = scenario.dags["sales"]
    assert scenario.clock.heartbeat == 5 * MINUTE
    assert sales.schedule == Cron("0 0 * * *")
    assert sales.tasks["load"].fails_on == (parse_instant("2016-01-02"),)
    assert [action.do for action in scenario.actions] == ["fix", "backfill"]
    assert isinstance(scenario.actions[1], Backfill)
    assert scenario.actions[1].from_ == parse_instant("2016-01-02")
    assert scenario.dag_of(scenario.actions[0]) == "sales"
    assert scenario.expect["airflow-2016-04"].breaks == ("run-state-agrees",)


def test_tasks_without_depends_on_past_take_the_dags() -> None:
    """depends_on_past of the DAG is the default for its tasks."""
    version = parse(GOOD.replace('timezone = "UTC"', "depends_on_past = true")).dags["sales"].version("sales")
    assert [task.depends_on_past for task in version.tasks] == [True, True]
    version = parse(GOOD).dags["sales"].version("sales")
    assert [task.depends_on_past for task in version.tasks] == [False, True]


def test_interval_as_a_table_is_a_delta() -> None:
    """{ every = "6h" } is a fixed distance."""
    assert parse(GOOD.replace('"0 0 * * *"', '{ every = "6h" }')).dags["sales"].schedule == Delta(6 * HOUR)


def test_same_scenario_in_python() -> None:
    """The classes build in Python what the file says."""
    built = check(
        Scenario(
            title="two lines",
            clock=Clock(start="2016-01-04T01:00:00Z", end="2016-01-05T00:00:00Z"),  # type: ignore[arg-type]
            dags={"d": DagSpec(schedule="@daily", start_date="2016-01-01", tasks={"t": TaskSpec()})},  # type: ignore[arg-type]
            actions=(Fix(at="2016-01-04T02:00:00Z", task="t"),),  # type: ignore[arg-type]
        )
    )
    text = """
    title = "two lines"
    clock = { start = 2016-01-04T01:00:00Z, end = 2016-01-05T00:00:00Z }
    [dags.d]
    schedule = "@daily"
    start_date = 2016-01-01
    [dags.d.tasks.t]
    [[actions]]
    at = 2016-01-04T02:00:00Z
    do = "fix"
    task = "t"
    """
    assert built == parse(text)


@pytest.mark.parametrize(
    ("was", "becomes", "key", "words"),
    [
        ("heartbeat", "hartbeat", "clock.hartbeat", "did you mean 'heartbeat'?"),
        ("title =", "titel =", "titel", "did you mean 'title'?"),
        ('duration = "10m"', 'durations = "10m"', "dags.sales.tasks.extract.durations", "did you mean 'duration'?"),
        ("\nfrom =", "\nfro =", "actions.1.fro", "did you mean 'from'?"),
        ('do = "fix"', 'do = "fixx"', "actions.0.do", "did you mean 'fix'?"),
        ('do = "fix"\n', "", "actions.0.do", "does not say what to `do`"),
        ('task = "load"', 'task = "lod"', "actions.0.task", "did you mean 'load'?"),
        ('do = "fix"', 'do = "fix"\ndag = "sale"', "actions.0.dag", "did you mean 'sales'?"),
        ("at = 2016-01-06T12:00:00Z", "at = 2016-01-08T12:00:00Z", "actions.0.at", "outside the clock"),
        ("end = 2016-01-07T12:00:00Z", "end = 2016-01-03T12:00:00Z", "clock.end", "lies before the start"),
        ('start_date = 2016', 'end_date = 2015-12-31\nstart_date = 2016', "dags.sales.end_date", "lies before the start"),
        ("to = 2016-01-02T00:00:00Z", "to = 2016-01-01T00:00:00Z", "actions.1.to", "before it starts"),
        ('"0 0 * * *"', '"0 0 * *"', "dags.sales.schedule", "not a cron expression"),
        ('"0 0 * * *"', '"0 0 31 2 *"', "dags.sales.schedule", "names a date that never comes"),
        ('"0 0 * * *"', '{ every = "0s" }', "dags.sales.schedule", "never advances"),
        ('"0 0 * * *"', '{ evry = "6h" }', "dags.sales.schedule", '{ every = "6h" }'),
        ('"0 0 * * *"', "12", "dags.sales.schedule", "a schedule is a cron expression"),
        ('"UTC"', '"Europe/Berln"', "dags.sales.timezone", "did you mean 'Europe/Berlin'?"),
        ("start_date = 2016-01-01T00:00:00Z", 'start_date = "soon"', "dags.sales.start_date", "'soon' is not an instant"),
        ('"5m"', '"five"', "clock.heartbeat", "is not a duration"),
        ('"5m"', '"0s"', "clock.heartbeat", "greater than 0"),
        ('["extract"]', '["extrct"]', "dags.sales.tasks.load.upstream", "did you mean 'extract'?"),
        ('duration = "10m"', 'upstream = ["load"]', "dags.sales.tasks", "extract, load wait for one another"),
        ("depends_on_past = true", "depends_on_past = 3", "dags.sales.tasks.load.depends_on_past", "boolean"),
        ("[expect.coherent]", "[history.coherent]\nsteps = []\n[expect.coherent]", "history.coherent.steps", "one entry"),
        ("[expect.coherent]", "[history.coherent]\nsteps = [' ']\n[expect.coherent]", "history.coherent.steps.0", "empty"),
        ("[expect.coherent]", "[history.coherent]\nstep = ['a']\n[expect.coherent]", "history.coherent.step", "'steps'"),
        ("[expect.coherent]", "[history.coherent]\n[expect.coherent]", "history.coherent.steps", "is missing"),
        ("[expect.coherent]", "[history.coherrent]\nsteps = ['a']\n[expect.coherent]", "history.coherrent", "'coherent'?"),
        ("[expect.coherent]", "[history.coherent]\nsteps = ['a']\nquirks = ['no-pats']\n[expect.coherent]",
         "history.coherent.quirks", "'no-past'?"),
        ("[expect.coherent]", "[history.coherent]\nsteps = ['a']\ncrashes = -1\n[expect.coherent]",
         "history.coherent.crashes", "greater than or equal to 0"),
        ("[expect.coherent]", "[history.coherent]\nsteps = ['a']\nguards = ['lock-dog']\n[expect.coherent]",
         "history.coherent.guards", "'lock-dag'?"),
        ("[expect.coherent]", "[explore]\nguards = 'lock-dag'\n[expect.coherent]", "explore.guards", "a list"),
        ("[expect.coherent]", "[explore]\naborts = 101\n[expect.coherent]", "explore.aborts", "less than or equal to 100"),
        ("schedulers = 2", "schedulers = 0", "processes.schedulers", "greater than 0"),
        ("schedulers = 2", 'interleave = "all"', "processes.interleave", "'atomic' or 'steps'"),
        ('"run-state-agrees"', '"run-state-agree"', "expect.airflow-2016-04.breaks", "did you mean 'run-state-agrees'?"),
        ('do = "fix"\ntask = "load"', 'do = "crash"\nprocess = "scheduler-3"', "actions.0.process", "'scheduler-"),
        ('do = "fix"\ntask = "load"', 'do = "clock"\nprocess = "scheduler-1"', "actions.0", "one of offset, drift and jump"),
    ],
)  # fmt: skip
def test_misfits_are_told_with_key_and_remedy(was: str, becomes: str, key: str, words: str) -> None:
    """What is wrong is named by its key, with what to write instead."""
    assert was in GOOD
    with pytest.raises(RunlineError) as caught:
        parse(GOOD.replace(was, becomes, 1))
    assert (caught.value.key or "").startswith(key)
    assert words in str(caught.value)


def test_naive_date_under_another_zone_is_an_error() -> None:
    """A date without a zone means UTC; where the DAG has another zone it must say which."""
    with pytest.raises(RunlineError) as caught:
        parse(
            GOOD.replace('"UTC"', '"Europe/Berlin"').replace(
                "start_date = 2016-01-01T00:00:00Z", "start_date = 2016-01-01"
            )
        )
    assert caught.value.key == "dags.sales.start_date"
    assert "Europe/Berlin" in caught.value.message


def test_line_is_named_where_toml_gives_it() -> None:
    """A fault of TOML, such as a key given twice, is told with its line."""
    with pytest.raises(RunlineError) as caught:
        parse(GOOD.replace('do = "fix"', 'do = "fix"\ndo = "fix"'))
    assert caught.value.line == 20
    assert caught.value.remedy == "each key once"


def test_action_must_name_its_dag_where_there_are_several() -> None:
    """With two DAGs an action says which one it is about."""
    other = '[dags.other]\nschedule = "@daily"\nstart_date = 2016-01-01\n[dags.other.tasks.t]\n[[actions]]'
    with pytest.raises(RunlineError) as caught:
        parse(GOOD.replace("[[actions]]", other, 1))
    assert caught.value.key == "actions.0.dag"


def test_starter_is_a_good_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `runline init` writes is a scenario that validates, and nothing that is there is written over."""
    file = tmp_path / "mine.toml"
    assert run(["init", str(file)]) == OK
    assert run(["validate", str(file)]) == OK
    assert read(file).title in capsys.readouterr().out
    assert run(["init", str(file)]) == BAD_INPUT
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe\x00", "binary file"),
        (b"title = \n[clock]", "line 1"),
        (b"[clock]\n", "missing"),
    ],
)
def test_bad_files(content: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty, a binary and a broken file are refused by name."""
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    assert run(["validate", str(file)]) == BAD_INPUT
    told = capsys.readouterr().err
    assert "bad.toml" in told
    assert words in told


def test_schema_in_docs_is_the_one_of_today() -> None:
    """docs/scenario.schema.json is what the classes say."""
    assert json.loads((ROOT / "docs" / "scenario.schema.json").read_text("utf-8")) == schema()
