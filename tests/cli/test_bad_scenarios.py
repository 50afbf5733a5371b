"""Bad scenarios get a clear error with place, value and remedy and exit code 2, from every command that reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from runline.cli.main import BAD_INPUT, run

GOOD = """\
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
[[actions]]
at = 2016-01-06T12:00:00Z
do = "fix"
task = "load"
[designs.coherent]
depends_on_past = "run"
[expect.coherent]
breaks = []
[[expect.coherent.runs]]
date = 2016-01-03T00:00:00Z
"""


class Bad(NamedTuple):
    """What is changed in the good file, and what must be said of it."""

    was: str
    becomes: str
    message: str
    remedy: str
    key: str | None = None
    line: int | None = None
    value: str | None = ""


CASES = {
    "an unknown key": Bad(
        "heartbeat =", "hartbeat =", "no key 'hartbeat' here", "did you mean 'heartbeat'?", "clock.hartbeat"
    ),
    "an unknown key of an action": Bad(
        'task = "load"', 'tsk = "load"', "no key 'tsk' here", "did you mean 'task'?", "actions.0.tsk"
    ),
    "a key that is missing": Bad(
        "start_date = 2016-01-01T00:00:00Z\n",
        "",
        "the key 'start_date' is missing",
        "a value for start_date",
        "dags.sales.start_date",
        value=None,
    ),
    "bad cron": Bad(
        '"0 0 * * *"', '"0 0 * *"', "'0 0 * *' is not a cron expression", "'@daily'", "dags.sales.schedule"
    ),
    "cron of a day that never comes": Bad(
        '"0 0 * * *"', '"0 0 31 2 *"', "a date that never comes", "a day that the month has", "dags.sales.schedule"
    ),
    "an unknown zone": Bad(
        '"UTC"', '"Europe/Berln"', "no zone 'Europe/Berln'", "did you mean 'Europe/Berlin'?", "dags.sales.timezone"
    ),
    "a zone outside of the folder of zones": Bad(
        '"UTC"',
        '"../zones"\nend_date = 2017-01-01T00:00:00Z',
        "no zone '../zones'",
        "one of",
        "dags.sales.timezone",
    ),
    "a naive date under another zone": Bad(
        'timezone = "UTC"\nstart_date = 2016-01-01T00:00:00Z',
        'timezone = "Europe/Berlin"\nstart_date = 2016-01-01T00:00:00',
        "2016-01-01T00:00:00 has no zone, but the DAG's zone is Europe/Berlin",
        "the date with its offset",
        "dags.sales.start_date",
    ),
    "a naive date as text under another zone": Bad(
        'timezone = "UTC"\nstart_date = 2016-01-01T00:00:00Z',
        'timezone = "Europe/Berlin"\nstart_date = "2016-01-01"',
        "2016-01-01 has no zone",
        "the date with its offset",
        "dags.sales.start_date",
    ),
    "a naive date of an action under another zone": Bad(
        'timezone = "UTC"\nstart_date = 2016-01-01T00:00:00Z',
        'timezone = "Europe/Berlin"\nstart_date = 2016-01-01T00:00:00Z\n[[actions]]\ndo = "pause"\nat = 2016-01-05',
        "2016-01-05 has no zone",
        "the date with its offset",
        "actions.0.at",
    ),
    "an end before the start": Bad(
        "end = 2016-01-07T12:00:00Z",
        "end = 2016-01-03",
        "2016-01-03, lies before the start",
        "a later end",
        "clock.end",
    ),
    "a DAG that ends before it starts": Bad(
        'timezone = "UTC"',
        "end_date = 2015-12-31",
        "2015-12-31, lies before the start",
        "a later end",
        "dags.sales.end_date",
    ),
    "a task that ends before it starts": Bad(
        'duration = "10m"',
        "start_date = 2016-01-05\nend_date = 2016-01-02",
        "2016-01-02, lies before the start",
        "a later end",
        "dags.sales.tasks.extract.end_date",
    ),
    "a deploy after which the DAG ends before it starts": Bad(
        'do = "fix"\ntask = "load"',
        'do = "deploy"\nend_date = 2015-01-05',
        "2015-01-05, lies before the start, 2016-01-01; it is '2015-01-05T00:00:00Z'",
        "a later end",
        "actions.0.end_date",
    ),
    "a deploy of a task with an unknown key": Bad(
        'do = "fix"\ntask = "load"',
        'do = "deploy"\n[actions.tasks.load]\nupstrem = []',
        "no key 'upstrem' here",
        "did you mean 'upstream'?",
        "actions.0.tasks.load.upstrem",
    ),
    "a deploy after which tasks wait in a circle": Bad(
        'do = "fix"\ntask = "load"',
        'do = "deploy"\n[actions.tasks.a]\nupstream = ["b"]\n[actions.tasks.b]\nupstream = ["a"]',
        "the tasks a, b wait for one another",
        "an order without a cycle",
        "actions.0.tasks",
    ),
    "lengths of which the longest comes first": Bad(
        '"10m"',
        '["20m", "10m"]',
        "the longest comes before the shortest",
        "the shortest first",
        "dags.sales.tasks.extract.duration",
    ),
    "an action outside the clock": Bad(
        "at = 2016-01-06T12:00:00Z",
        "at = 2016-01-08T12:00:00Z",
        "the action is at 2016-01-08 12:00, outside the clock",
        "an instant from 2016-01-04 01:00 to 2016-01-07 12:00",
        "actions.0.at",
    ),
    "a cycle in the tasks": Bad(
        'duration = "10m"',
        'upstream = ["load"]',
        "extract, load wait for one another",
        "an order without a cycle",
        "dags.sales.tasks",
    ),
    "a task that waits for itself": Bad(
        'duration = "10m"',
        'upstream = ["extract"]',
        "task 'extract' waits for itself",
        "an order without a cycle",
        "dags.sales.tasks",
    ),
    "an unknown upstream task": Bad(
        '["extract"]',
        '["extrct"]',
        "waits for 'extrct', which the DAG does not have",
        "did you mean 'extract'?",
        "dags.sales.tasks.load.upstream",
    ),
    "an unknown task": Bad('task = "load"', 'task = "lod"', "no task 'lod'", "did you mean 'load'?", "actions.0.task"),
    "an unknown DAG": Bad(
        'do = "fix"', 'do = "fix"\ndag = "sale"', "no DAG 'sale'", "did you mean 'sales'?", "actions.0.dag"
    ),
    "an unknown DAG of an expected run": Bad(
        "date = 2016-01-03T00:00:00Z",
        'dag = "sale"\ndate = 2016-01-03T00:00:00Z',
        "no DAG 'sale'",
        "did you mean 'sales'?",
        "expect.coherent.runs.0.dag",
    ),
    "an action on no task": Bad(
        'do = "fix"\ntask = "load"',
        'do = "clear"\nfrom = 2016-01-01\nto = 2016-01-01\ntasks = []',
        "[] is not at least one entry",
        "at least one entry",
        "actions.0.tasks",
    ),
    "an unknown action": Bad('do = "fix"', 'do = "fixx"', "no action 'fixx'", "did you mean 'fix'?", "actions.0.do"),
    "an impossible date": Bad(
        "start_date = 2016-01-01T00:00:00Z",
        "start_date = 2016-02-30T00:00:00Z",
        "this is not TOML: Invalid date",
        "a date that the calendar has",
        line=9,
        value="start_date = 2016-02-30T00:00:00Z",
    ),
    "an impossible date as text": Bad(
        "start_date = 2016-01-01T00:00:00Z",
        'start_date = "2016-02-30"',
        "'2016-02-30' is not an instant",
        "ISO 8601",
        "dags.sales.start_date",
    ),
    "a date outside the calendar": Bad(
        "end = 2016-01-07T12:00:00Z",
        "end = 9999-01-01",
        "outside the calendar",
        "a year from 1900 to 2200",
        "clock.end",
    ),
    "the thirteenth month": Bad(
        "start_date = 2016-01-01T00:00:00Z",
        "start_date = 2016-13-01T00:00:00Z",
        "this is not TOML",
        "a date that the calendar has",
        line=9,
        value="start_date = 2016-13-01T00:00:00Z",
    ),
    "a number where an instant belongs": Bad(
        "start_date = 2016-01-01T00:00:00Z",
        "start_date = 20160101",
        "20160101 is not an instant",
        "such as 2016-01-02T00:00:00Z",
        "dags.sales.start_date",
    ),
    "a number where a duration of a deploy belongs": Bad(
        'do = "fix"\ntask = "load"',
        'do = "deploy"\n[actions.tasks.load]\nduration = 5',
        "5 is not a duration",
        'such as "5m"',
        "actions.0.tasks.load.duration",
    ),
    "a whole number where a duration belongs": Bad(
        'heartbeat = "5m"', "heartbeat = 5", "5 is not a duration", 'such as "5m"', "clock.heartbeat"
    ),
    "a duration longer than the calendar": Bad(
        'heartbeat = "5m"', 'heartbeat = "999999999w"', "longer than the calendar", "at most", "clock.heartbeat"
    ),
    "an interval longer than the calendar": Bad(
        '"0 0 * * *"', '{ every = "999999999999w" }', "longer than the calendar", "at most", "dags.sales.schedule"
    ),
    "a number where a boolean belongs": Bad(
        "depends_on_past = true",
        "depends_on_past = 1",
        "1 is not a boolean",
        "true or false",
        "dags.sales.tasks.load.depends_on_past",
    ),
    "text where a number belongs": Bad(
        "[designs.coherent]",
        '[processes]\nschedulers = "2"\n[designs.coherent]',
        "'2' is not a whole number",
        "a whole number",
        "processes.schedulers",
    ),
    "text where a boolean belongs": Bad(
        "depends_on_past = true",
        'depends_on_past = "maybe"',
        "'maybe' is not a boolean",
        "true or false",
        "dags.sales.tasks.load.depends_on_past",
    ),
    "a number where text belongs": Bad(
        'title = "A failed day repaired by a backfill"',
        "title = 5",
        "5 is not text in quotes",
        "text in quotes",
        "title",
    ),
    "a number where a table belongs": Bad(
        '[dags.sales.tasks.extract]\nduration = "10m"',
        "[dags.sales.tasks]\nextract = 5",
        "5 is not a table",
        "a table",
        "dags.sales.tasks.extract",
    ),
    "text where a list belongs": Bad(
        '["extract"]', '"extract"', "'extract' is not a list", "a list in [ ]", "dags.sales.tasks.load.upstream"
    ),
    "a number where a duration belongs": Bad(
        'heartbeat = "5m"', "heartbeat = 5.5", "a duration is a number and a unit", "", "clock.heartbeat"
    ),
    "a heartbeat of no length": Bad(
        '"5m"', '"0s"', "'0s' will not do: it should be greater than 0", "greater than 0", "clock.heartbeat"
    ),
    "TOML syntax": Bad("[clock]", "[clock", "this is not TOML", "TOML, such as", line=2, value="[clock"),
    "a key given twice": Bad(
        'do = "fix"', 'do = "fix"\ndo = "fix"', "this is not TOML", "each key once", line=18, value='do = "fix"'
    ),
    "a key given twice on one line": Bad(
        '"0 0 * * *"',
        '{ every = "6h", every = "7h" }',
        "this is not TOML",
        "each key once",
        line=7,
        value='schedule = { every = "6h", every = "7h" }',
    ),
    "tables in tables without end": Bad(
        "[clock]", "a." * 2000 + "b = 1\n[clock]", "without end", "such as `runline init` writes", value=None
    ),
    "a table given twice": Bad("[expect.coherent]", "[clock]", "this is not TOML", "each table once", line=21),
    "an unknown design that options are for": Bad(
        "[designs.coherent]",
        "[designs.coherant]",
        "no design 'coherant'",
        "did you mean 'coherent'?",
        "designs.coherant",
    ),
    "an unknown design of which something is expected": Bad(
        "[expect.coherent]\nbreaks = []",
        '[expect."airflow-2016-4"]\nbreaks = []\n[expect.coherent]',
        "no design 'airflow-2016-4'",
        "did you mean 'airflow-2016-04'?",
        "expect.airflow-2016-4",
    ),
    "an unknown law": Bad(
        "breaks = []",
        'breaks = ["run-state-agree"]',
        "no law 'run-state-agree'",
        "did you mean 'run-state-agrees'?",
        "expect.coherent.breaks",
    ),
    "an unknown guard": Bad(
        "[expect.coherent]",
        '[explore]\nguards = ["lock-dag", "lock-run"]\n[expect.coherent]',
        "no guard 'lock-run'",
        "did you mean 'lock-runs'?",
        "explore.guards",
        value="lock-run",
    ),
    "an option that no design has": Bad(
        'depends_on_past = "run"',
        'depend_on_past = "run"',
        "no design has an option 'depend_on_past'",
        "did you mean 'depends_on_past'?",
        "designs.coherent.depend_on_past",
    ),
    "an unknown option of a design": Bad(
        'depends_on_past = "run"',
        'depends_on_past = "sideways"',
        "no value 'sideways'",
        "one of run, task",
        "designs.coherent.depends_on_past",
    ),
    "a previous that is no date": Bad(
        "date = 2016-01-03T00:00:00Z",
        'date = 2016-01-03T00:00:00Z\nprevious = "nobody"',
        "'nobody' is not an instant",
        "ISO 8601",
        "expect.coherent.runs.0.previous",
    ),
}


def _error(command: str, file: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What a command says of a file, as JSON; the same as text names file and remedy and is no traceback."""
    assert run([command, str(file)]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    assert str(file) in told.err
    assert "  instead: " in told.err
    assert "Traceback" not in told.err
    assert "fault of Runline" not in told.err
    assert run([command, str(file), "--json"]) == BAD_INPUT
    error: dict[str, Any] = json.loads(capsys.readouterr().out)["error"]
    return error


@pytest.mark.parametrize("command", ["validate", "simulate"])
@pytest.mark.parametrize("case", CASES)
def test_bad_scenario(case: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bad scenario is refused with file, key or line, value and what to write instead, by every command alike."""
    bad = CASES[case]
    assert bad.was in GOOD
    file = tmp_path / "bad.toml"
    file.write_text(GOOD.replace(bad.was, bad.becomes, 1), "utf-8")
    error = _error(command, file, capsys)
    assert bad.message in error["message"]
    assert bad.remedy in error["remedy"]
    assert (error["file"], error["key"], error["line"]) == (str(file), bad.key, bad.line)
    assert (error["value"] is None) == (bad.value is None)
    assert (bad.value or "") in (error["value"] or "")


@pytest.mark.parametrize("command", ["validate", "simulate"])
@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "the file is empty"), (b" \n\n", "the file is empty"), (b"\x89PNG\xff\xfe\x00", "this is a binary file")],
)
def test_file_that_is_no_text(
    content: bytes, message: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty and a binary file are refused as such."""
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    error = _error(command, file, capsys)
    assert message in error["message"]
    assert "runline init" in error["remedy"]


@pytest.mark.parametrize("command", ["validate", "simulate"])
def test_file_that_is_not_there(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that does not exist is refused, and the nearest name in its folder is offered."""
    (tmp_path / "good.toml").write_text(GOOD, "utf-8")
    error = _error(command, tmp_path / "god.toml", capsys)
    assert error["message"] == "there is no such file"
    assert error["remedy"] == "did you mean 'good.toml'?"


def test_folder_where_a_file_is_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`simulate` takes a file; a folder is refused as such."""
    error = _error("simulate", tmp_path, capsys)
    assert error["message"] == "this is a folder, not a scenario file"


def test_folder_without_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder in which there is neither a scenario nor a recording is refused, also if other TOML lies there."""
    assert "neither scenarios nor recordings" in _error("validate", tmp_path, capsys)["message"]
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n', "utf-8")
    assert "neither scenarios nor recordings" in _error("validate", tmp_path, capsys)["message"]


def test_bad_scenario_below_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bad scenario is found however deep it lies below a folder that is named."""
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "good.toml").write_text(GOOD, "utf-8")
    bad = deep / "bad.toml"
    bad.write_text(GOOD.replace("heartbeat =", "hartbeat ="), "utf-8")
    assert run(["validate", str(tmp_path), "--json"]) == BAD_INPUT
    assert json.loads(capsys.readouterr().out)["error"]["file"] == str(bad)
