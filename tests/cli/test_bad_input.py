"""Bad input gets a clear error with place and remedy and exit code 2, never a traceback, nothing half written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from runline.cli.main import BAD_INPUT, run

GOOD: dict[str, Any] = {
    "tree": "pr",
    "name": "one",
    "scenario": {
        "dag": {
            "schedule": "0 0 * * *",
            "start_date": "2016-01-01T00:00:00Z",
            "tasks": [{"id": "t", "upstream": []}],
        }
    },
    "steps": [
        {
            "action": {"do": "tick", "loops": 1, "at": "2016-01-02T01:00:00Z"},
            "dag_runs": [
                {
                    "id": 1,
                    "kind": "scheduled",
                    "run_id": "scheduled__2016-01-01T00:00:00",
                    "date": "2016-01-01T00:00:00Z",
                    "state": "running",
                    "external": False,
                    "previous": None,
                }
            ],
            "task_instances": [{"task": "t", "date": "2016-01-01T00:00:00Z", "state": None, "dag_run_id": 1}],
        }
    ],
}


def _changed(*path: str | int, value: object) -> dict[str, Any]:
    """The good recording with one value replaced (removed, if it is ...)."""
    copy: dict[str, Any] = json.loads(json.dumps(GOOD))
    place: Any = copy
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copy


def _line(value: object) -> bytes:
    return json.dumps(value).encode()


CASES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "not JSON": (b"hello, world\n", ("this is not JSON", "line 1", "one JSON object a line")),
    "cut in the middle": (
        _line(GOOD) + b"\n" + _line(GOOD)[:200],
        ("line 2", "ends in the middle", "a whole copy of the file"),
    ),
    "JSON but a list": (b"[1, 2]\n", ("list instead of an object", "line 1")),
    "JSON but no recording": (b'{"id": 0, "group": "x"}\n', ("no recording that Runline knows", "group, id")),
    "empty": (b"", ("the file is empty",)),
    "only blank lines": (b"\n\n", ("the file is empty",)),
    "binary": (b"\x89PNG\r\n\x1a\n\xff\xfe", ("binary file",)),
    "NUL bytes": (b"{}\x00{}", ("binary file", "NUL")),
    "gzip cut": (gzip.compress(_line(GOOD))[:-20], ("compressed file is damaged or cut",)),
    "gzip damaged": (gzip.compress(_line(GOOD))[:30] + b"xxxxxxxxxxxxxxxxxxxxxxx", ("compressed file is damaged",)),
    "newer version": (
        _line({**GOOD, "format_version": 7}),
        ("format version 7", "format_version", "a newer Runline"),
    ),
    "no steps": (_line(_changed("steps", value=...)), ("no recording that Runline knows",)),
    "no name": (_line(_changed("name", value=...)), ("'name' is missing", "at name")),
    "steps is a number": (_line(_changed("steps", value=3)), ("at steps",)),
    "a date that is none": (
        _line(_changed("steps", 0, "dag_runs", 0, "date", value="yesterday")),
        ("'yesterday' is not an instant", "steps.0.dag_runs.0.date"),
    ),
    "an unknown state": (
        _line(_changed("steps", 0, "dag_runs", 0, "state", value="sleeping")),
        ("steps.0.dag_runs.0.state", "sleeping"),
    ),
    "an id that is text": (
        _line(_changed("steps", 0, "dag_runs", 0, "id", value="first")),
        ("steps.0.dag_runs.0.id", "whole number"),
    ),
    "an action without do": (
        _line(_changed("steps", 0, "action", value={"loops": 1})),
        ("steps.0.action.do", "no `do`"),
    ),
    "a clock that is none": (
        _line(_changed("steps", 0, "action", "at", value="noon")),
        ("'noon' is not an instant", "steps.0.action.at"),
    ),
    "a clock that is a number": (
        _line(_changed("steps", 0, "action", "at", value=12)),
        ("12 is not an instant", "steps.0.action.at"),
    ),
    "bad cron": (
        _line(_changed("scenario", "dag", "schedule", value="every morning")),
        ("'every morning' is not a cron expression", "'@daily'"),
    ),
    "impossible date": (
        _line(_changed("scenario", "dag", "schedule", value="0 0 31 2 *")),
        ("names a date that never comes",),
    ),
    "no tasks": (_line(_changed("scenario", "dag", "tasks", value=[])), ("tasks",)),
    "unknown upstream": (
        _line(_changed("scenario", "dag", "tasks", value=[{"id": "t", "upstream": ["tt"]}])),
        ("waits for 'tt'", "did you mean 't'?"),
    ),
    "a cycle of tasks": (
        _line(
            _changed(
                "scenario", "dag", "tasks", value=[{"id": "a", "upstream": ["b"]}, {"id": "b", "upstream": ["a"]}]
            )
        ),
        ("a, b wait for one another",),
    ),
    "an instance without a run": (
        _line(_changed("steps", 0, "task_instances", value=[
            {"task": "t", "date": "2016-01-01T00:00:00Z", "state": None, "dag_run_id": None},
        ])),
        ("has no run (Q30)", "steps.0.task_instances"),
    ),
    "an unknown action": (
        _line(_changed("steps", 0, "action", "do", value="tock")),
        ("no action 'tock'", "steps.0.action.do", "'tick'?"),
    ),
    "a key of the DAG misspelt": (
        _line(_changed("steps", 0, "action", value={"do": "redefine", "shedule": "0 * * * *"})),
        ("a DAG has no 'shedule'", "steps.0.action.shedule", "did you mean 'schedule'?"),
    ),
    "a redefinition that is none": (
        _line(_changed("steps", 0, "action", value={"do": "redefine", "tasks": [{"id": 5}]})),
        ("5 is not text", "steps.0.action.tasks.0.id"),
    ),
    "a date outside the calendar": (
        _line(_changed("steps", 0, "dag_runs", 0, "date", value="9999-12-31T23:59:59-05:00")),
        ("outside the calendar", "a year from 1900 to 2200"),
    ),
    "a number without end": (_line(GOOD).replace(b'"id": 1', b'"id": ' + b"9" * 5000), ("a number is too long",)),
    "half a character": (_line(GOOD).replace(b'"one"', b'"\\ud800"'), ("half a character",)),
    "an interval of nothing": (
        _line(_changed("scenario", "dag", "schedule", value={"every_seconds": 0})),
        ("every_seconds", "above 0"),
    ),
    "the same run id twice": (
        _line(_changed("steps", 0, "dag_runs", value=GOOD["steps"][0]["dag_runs"] * 2)),
        ("run 1 stands there twice", "steps.0.dag_runs"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("command", ["check", "validate", "review", "chart"])
@pytest.mark.parametrize("case", CASES)
def test_bad_file(
    case: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad file is refused with its name, the place in it and what to write instead, by every command alike."""
    content, words = CASES[case]
    (tmp_path / "bad.jsonl").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    more = {"review": ["--out", "out"], "chart": ["-o", "out.svg"]}.get(command, [])
    assert run([command, "bad.jsonl", *more]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    for word in ("bad.jsonl", *words):
        assert word in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl"]


@pytest.mark.parametrize("case", CASES)
def test_bad_file_as_json(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json an error is one JSON object on stdout that names file and remedy apart."""
    content, _ = CASES[case]
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(content)
    assert run(["check", str(bad), "--json"]) == BAD_INPUT
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"message", "file", "key", "line", "value", "remedy"}
    assert error["file"] == str(bad)
    assert error["message"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek", "x"], ("no command 'chek'", "did you mean 'check'?")),
        (["check"], ("Missing argument", "runline check --help")),
        (["check", "x", "--jsn"], ("no option '--jsn'", "did you mean '--json'?")),
        (["check", "nowhere"], ("no such file or folder", "nowhere")),
        (["check", ".", "--law", "single-live"], ("no law 'single-live'", "did you mean 'single-live-run'?")),
        (["explain", "acyclic-previos"], ("no law 'acyclic-previos'", "did you mean 'acyclic-previous'?")),
        (["check", "good.jsonl", "--name", "onee"], ("no recording 'onee'", "did you mean 'one'?")),
        (["check", "empty-folder"], ("the folder holds no recordings", "empty-folder", ".jsonl")),
        (["chart", "good.jsonl", "--step", "5", "-o", "x.svg"], ("no step 5", "0")),
        (["chart", "good.jsonl", "--step", "x", "-o", "x.svg"], ("--step", "'x'")),
        (["chart", "good.jsonl", "-o", "x.gif"], (".gif", ".svg")),
        (["chart", "good.jsonl", "-o", "no-folder/x/y.svg"], ()),
        (["chart", "two.jsonl", "-o", "x.svg"], ("--name", "one")),
    ],
)  # fmt: skip
def test_bad_words(
    arguments: list[str],
    words: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wrong words on the command line are named, with the nearest right one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty-folder").mkdir()
    (tmp_path / "good.jsonl").write_bytes(_line(GOOD))
    (tmp_path / "two.jsonl").write_bytes(_line(GOOD) + b"\n" + _line({**GOOD, "name": "another"}))
    code = run(arguments)
    told = capsys.readouterr()
    if words:
        assert code == BAD_INPUT
        assert told.out == ""
        for word in words:
            assert word in told.err
    else:
        assert code == 0


def test_unwritable_report_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A report that cannot be written is refused, naming where."""
    (tmp_path / "good.jsonl").write_bytes(_line(GOOD))
    (tmp_path / "taken").write_text("a file")
    assert run(["review", str(tmp_path / "good.jsonl"), "--out", str(tmp_path / "taken")]) == BAD_INPUT
    assert "cannot write here" in capsys.readouterr().err


def test_tree_names_cannot_lead_out_of_the_report(tmp_path: Path) -> None:
    """Whatever a recording calls its scheduler, every chart lies in the report's own folder."""
    broken = _changed("steps", 0, "dag_runs", 0, "previous", value=7)
    lines = [_line({**broken, "tree": tree}) for tree in ("../../x", "a/b", "", "..", "<script>", "a\nb", "x" * 300)]
    (tmp_path / "named.jsonl").write_bytes(b"\n".join(lines))
    out = tmp_path / "deep" / "report"
    run(["review", str(tmp_path / "named.jsonl"), "--out", str(out)])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "named.jsonl"]
    assert sorted(path.name for path in out.iterdir()) == ["charts", "index.html", "review.json"]
    charts = list((out / "charts").iterdir())
    assert charts
    assert all(chart.is_file() and chart.suffix == ".svg" for chart in charts)


def test_chart_never_takes_the_place_of_its_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A chart that would be written over the recording is refused, and the recording is left."""
    same = tmp_path / "same.svg"
    same.write_bytes(_line(GOOD))
    assert run(["chart", str(same), "-o", str(same)]) == BAD_INPUT
    assert "take the place of the recording" in capsys.readouterr().err
    assert same.read_bytes() == _line(GOOD)


def test_report_that_fails_half_way_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If drawing is interrupted, the report that was there is as it was, and nothing else is left."""
    from runline.reports import evidence_charts

    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(_line(_changed("steps", 0, "dag_runs", 0, "previous", value=7)))
    out = tmp_path / "report"
    run(["review", str(broken), "--out", str(out)])
    before = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evidence_charts.Chart, "draw", interrupt)
    assert run(["review", str(broken), "--out", str(out)]) == 130
    assert {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()} == before
    assert "interrupted" in capsys.readouterr().err


def test_fault_of_the_program_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of Runline itself does not end like a broken law, and is one JSON object where that was asked for."""
    from runline.invariants import laws

    def fail(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(laws, "find_all_laws", fail)
    assert run(["explain", "--json"]) == BAD_INPUT
    assert "ZeroDivisionError: oops" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_names_cannot_move_the_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters in names are shown, not sent to the terminal."""
    (tmp_path / "odd.jsonl").write_bytes(_line({**GOOD, "name": "a\x1b[31mb\nc"}))
    run(["check", str(tmp_path / "odd.jsonl")])
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert r"a\x1b[31mb\nc" in told


def test_same_file_is_checked_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is named twice, or also lies below a folder that is named, counts once."""
    (tmp_path / "one.jsonl").write_bytes(_line(GOOD))
    run(["check", str(tmp_path / "one.jsonl"), str(tmp_path), str(tmp_path / "." / "one.jsonl"), "--json"])
    assert len(json.loads(capsys.readouterr().out)["recordings"]) == 1


@pytest.mark.parametrize(
    ("arguments", "key", "value"),
    [
        (["simulate", "one.toml", "--design", "coherant"], "--design", "coherant"),
        (["simulate", "one.toml", "--law", "no-gaps"], "--law", "no-gaps"),
        (["simulate", "one.toml", "--night", "leapday"], "--night", "leapday"),
        (["simulate", "one.toml", "--chart", "one.bmp", "--trace", "one.jsonl"], None, ".bmp"),
        (["simulate", "one.toml", "--trace", "./one.toml"], "--trace", "./one.toml"),
        (["simulate", "one.toml", "--trace", "one.svg", "--chart", "one.svg"], "--chart", "one.svg"),
        (["explore", "one.toml", "--design", "coherant"], "--design", "coherant"),
        (["explore", "one.toml", "--law", "single-live"], "--law", "single-live"),
        (["explore", "one.toml", "--crashes", "-1"], "--crashes", None),
        (["explore", "one.toml", "--time-limit", "nan"], "--time-limit", None),
        (["explore", "one.toml", "--trace", "one.toml"], "--trace", "one.toml"),
        (["explore", "one.toml", "--trace", "a.toml", "--scenario-out", "a.toml"], "--trace", "a.toml"),
        (["fuzz", "one.toml", "--time-limit", "nan"], "--time-limit", None),
        (["chart", "one.toml", "-o", "one.svg", "--design", "coherant"], "--design", "coherant"),
        (["diff", "--find", "--design", "coherent", "--design", "pr-1431", "--law", "x"], "--law", "x"),
        (["review", "one.toml", "--design", "coherant", "--out", "out"], "--design", "coherant"),
        (["review", "one.toml", "--max-events", "0", "--out", "out"], "--max-events", None),
    ],
)
def test_bad_option_of_a_scenario(
    arguments: list[str],
    key: str | None,
    value: str | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bad option is named with its value and a remedy; the scenario is left as it was, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert run(["init", "one.toml"]) == 0
    before = Path("one.toml").read_bytes()
    capsys.readouterr()
    assert run([*arguments, "--json"]) == BAD_INPUT
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["key"], error["value"]) == (key, value)
    assert error["remedy"]
    assert [path.name for path in tmp_path.iterdir()] == ["one.toml"]
    assert Path("one.toml").read_bytes() == before
