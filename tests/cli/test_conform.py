"""`runline conform`: what it finds, how it tells it, and what it says of recordings that cannot be done again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runline.cli.main import BAD_INPUT, OK, VIOLATION, run
from tests.cli.test_bad_input import CASES

ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "recordings"
BASE = str(RECORDINGS / "base")
NAMED = RECORDINGS / "base" / "named.jsonl.gz"
Told = pytest.CaptureFixture[str]
Change = Callable[[dict[str, Any]], object]


def _recording(*kinds: str) -> dict[str, Any]:
    """The first recording by hand in which all these actions are done."""
    with gzip.open(NAMED, "rt", encoding="utf-8") as lines:
        for line in lines:
            value: dict[str, Any] = json.loads(line)
            if {*kinds} <= {step["action"]["do"] for step in value["steps"]}:
                return value
    raise LookupError(kinds)


def _write(path: Path, *values: dict[str, Any]) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(json.dumps(value) for value in values), "utf-8")
    return str(path)


def _json(capsys: Told) -> dict[str, Any]:
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(("tree", "recorded", "noise"), [("1.7.0", 259, 0), ("base", 271, 2), ("pr", 272, 2)])
def test_a_design_does_what_was_recorded(tree: str, recorded: int, noise: int, capsys: Told) -> None:
    """Every recording of an old tree that shows no fault of the laboratory is matched."""
    assert run(["conform", str(RECORDINGS / tree), "--json"]) == OK
    told = _json(capsys)
    assert (told["matched"], told["total"], told["skipped"]) == (recorded, recorded, noise)
    assert told["differences"] == []
    assert told["left_out"] == []


def test_counts_are_told_in_one_line_for_each_tree(capsys: Told) -> None:
    """The line names tree and design, and how many of how many matched."""
    assert run(["conform", BASE]) == OK
    assert capsys.readouterr().out == "base under airflow-2016-04: 271 of 271 matched, 2 skipped\n"


def test_first_divergence_is_told(tmp_path: Path, capsys: Told) -> None:
    """Of a recording that differs the first step that does is told: what, as recorded, as done, by which rule."""
    value = _recording("tick")
    place = next(place for place, step in enumerate(value["steps"]) if step["dag_runs"])
    for step in value["steps"][place:]:
        step["dag_runs"][0]["state"] = "failed" if step["dag_runs"][0]["state"] != "failed" else "running"
    file = _write(tmp_path / "few" / "one.jsonl", value)
    assert run(["conform", file, "--json"]) == VIOLATION
    told = _json(capsys)
    assert (told["matched"], told["total"], told["skipped"]) == (0, 1, 0)
    (difference,) = told["differences"]
    assert {key: difference[key] for key in ("file", "line", "name", "step", "what")} == {
        "file": "few/one.jsonl",
        "line": 1,
        "name": value["name"],
        "step": place,
        "what": "dag_runs",
    }
    assert difference["expected"][0]["state"] != difference["got"][0]["state"]
    assert difference["rule"]
    assert run(["conform", file]) == VIOLATION
    text = capsys.readouterr().out
    assert "base under airflow-2016-04: 0 of 1 matched, 0 skipped" in text
    assert f"{file}:1 {value['name']}, step {place}: dag_runs, by {difference['rule']}" in text


def test_an_alternative_may_match_instead(tmp_path: Path, capsys: Told) -> None:
    """Where other steps are given that the real code produces too, it is enough that one of them matches as a whole."""
    value = _recording("tick")
    right = json.loads(json.dumps(value["steps"]))
    value["steps"][-1]["created"] = ["2030-01-01T00:00:00Z"]
    file = _write(tmp_path / "one.jsonl", value)
    assert run(["conform", file]) == VIOLATION
    file = _write(tmp_path / "one.jsonl", {**value, "alternatives": [right]})
    assert run(["conform", file]) == OK
    capsys.readouterr()


def test_fault_of_the_laboratory_is_skipped(tmp_path: Path, capsys: Told) -> None:
    """A recording that shows the database session of the laboratory is skipped and not part of the total."""
    value = _recording("tick")
    value["steps"][0]["exception"] = "DetachedInstanceError: not bound to a Session"
    assert run(["conform", _write(tmp_path / "one.jsonl", value), "--json"]) == OK
    told = _json(capsys)
    assert (told["matched"], told["total"], told["skipped"]) == (0, 0, 1)


def test_another_design_can_be_held_against(capsys: Told) -> None:
    """The proposal does something else than the code that it replaces, and every divergence names that design."""
    assert run(["conform", BASE, "--design", "coherent", "--json"]) == VIOLATION
    told = _json(capsys)
    assert told["matched"] + len(told["differences"]) == told["total"] == 271
    assert {difference["design"] for difference in told["differences"]} == {"coherent"}


def test_job_that_waits_for_ever_is_cut(tmp_path: Path, capsys: Told) -> None:
    """A backfill that nothing moves any more ends as in the laboratory: with an error, after so many heartbeats."""
    named = str(RECORDINGS / "pr")
    assert run(["conform", named, "--design", "coherent", "--json"]) == VIOLATION
    assert _json(capsys)["total"] == 272


def test_name_takes_one_recording(capsys: Told) -> None:
    """--name takes the recordings of that name; an unknown one is an error that offers the nearest."""
    name = _recording("tick")["name"]
    assert run(["conform", BASE, "--name", name, "--json"]) == OK
    assert _json(capsys)["total"] == 1
    assert run(["conform", BASE, "--name", name + "x"]) == BAD_INPUT
    assert f"did you mean {name!r}?" in capsys.readouterr().err


def test_what_no_design_does_is_left_out_below_a_folder(capsys: Told) -> None:
    """Below a folder what no design can be held against is left out with a word."""
    assert run(["conform", str(RECORDINGS), "--name", _recording("tick")["name"], "--json"]) in (OK, VIOLATION)
    left_out = {file["file"]: file["why"] for file in _json(capsys)["left_out"]}
    assert left_out["recordings/prti/named.jsonl.gz"] == "no design does what 'prti' did"
    assert "Airflow 3" in left_out["recordings/airflow-3.3.2/random.jsonl.gz"]


@pytest.mark.parametrize(
    ("file", "word"), [("prti/named.jsonl.gz", "no design does what 'prti' did"), ("airflow-3.3.2/named.jsonl.gz", "")]
)
def test_what_no_design_does_is_an_error_if_named(file: str, word: str, capsys: Told) -> None:
    """A file that was named itself is not left out silently: that it cannot be held against is an error."""
    assert run(["conform", str(RECORDINGS / file)]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    for each in (f"{file}, line 1", word, "instead:"):
        assert each in told.err
    assert run(["conform", str(RECORDINGS / "prti"), "--design", "airflow-2016-04"]) == VIOLATION


@pytest.mark.parametrize("case", [case for case in CASES if case != "cut in the middle"])
def test_bad_file_is_refused_as_by_check(
    case: str, tmp_path: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the other commands refuse of a file of recordings is refused in the same words."""
    content, words = CASES[case]
    (tmp_path / "bad.jsonl").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert run(["conform", "bad.jsonl", "--design", "airflow-2016-04"]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    for word in ("bad.jsonl", *words):
        assert word in told.err


def _step(value: dict[str, Any], kind: str) -> dict[str, Any]:
    found: dict[str, Any] = next(step for step in value["steps"] if step["action"]["do"] == kind)
    return found


def _loops(value: dict[str, Any]) -> Any:
    return next(step for step in value["steps"] if step.get("loops"))["loops"]


BAD: dict[str, tuple[str, Change, tuple[str, ...]]] = {
    "no created": ("tick", lambda v: v["steps"][0].pop("created"), ("'created' is missing", "steps.0.created")),
    "no executed": ("tick", lambda v: v["steps"][0].pop("executed"), ("'executed' is missing",)),
    "no exception": ("tick", lambda v: v["steps"][0].pop("exception"), ("'exception' is missing",)),
    "no fails": ("tick", lambda v: v["scenario"].pop("fails"), ("'fails' is missing", "scenario.fails")),
    "fails is text": ("tick", lambda v: v["scenario"].update(fails="t"), ("scenario.fails", "a list")),
    "fails of a bad date": (
        "tick",
        lambda v: v["scenario"].update(fails=[["t", "2016-02-30T00:00:00Z"]]),
        ("'2016-02-30T00:00:00Z' is not an instant", "scenario.fails.0.1", "ISO 8601"),
    ),
    "fails of an unknown task": (
        "tick",
        lambda v: v["scenario"].update(fails=[["nobody", "2016-01-01T00:00:00Z"]]),
        ("no task 'nobody'", "scenario.fails.0.0"),
    ),
    "loops is text": ("tick", lambda v: _step(v, "tick")["action"].update(loops="3"), ("loops are counted", "whole")),
    "loops is true": ("tick", lambda v: _step(v, "tick")["action"].update(loops=True), ("loops are counted",)),
    "loops is negative": ("tick", lambda v: _step(v, "tick")["action"].update(loops=-1), ("action.loops", "-1")),
    "too many loops": ("tick", lambda v: _step(v, "tick")["action"].update(loops=10**9), ("action.loops", "10000")),
    "a loop is text": ("tick", lambda v: _loops(v).__setitem__(0, "x"), ("loops.0", "an object")),
    "a loop without created": ("tick", lambda v: _loops(v)[0].pop("created"), ("'created' is missing", "loops.0")),
    "executed is no triple": ("tick", lambda v: v["steps"][0].update(executed=[["t"]]), ("steps.0.executed.0",)),
    "executed at a bad date": (
        "tick",
        lambda v: v["steps"][0].update(executed=[["t", "soon", "success"]]),
        ("'soon' is not an instant", "steps.0.executed.0.1"),
    ),
    "executed an unknown task": (
        "tick",
        lambda v: v["steps"][0].update(executed=[["nobody", "2016-01-01T00:00:00Z", "success"]]),
        ("no task 'nobody'", "steps.0.executed.0.0"),
    ),
    "created at a bad date": ("tick", lambda v: v["steps"][0].update(created=["2016-13-01"]), ("steps.0.created.0",)),
    "a backfill without start": (
        "backfill",
        lambda v: _step(v, "backfill")["action"].pop("start"),
        ("'start' is missing", "action.start"),
    ),
    "a backfill of an impossible date": (
        "backfill",
        lambda v: _step(v, "backfill")["action"].update(end="2016-02-31"),
        ("'2016-02-31' is not an instant", "action.end"),
    ),
    "a backfill from a number": (
        "backfill",
        lambda v: _step(v, "backfill")["action"].update(start=7),
        ("action.start", "an instant is text"),
    ),
    "a backfill of an unknown task": (
        "backfill",
        lambda v: _step(v, "backfill")["action"].update(tasks=["nobody"]),
        ("no task 'nobody'", "action.tasks.0"),
    ),
    "ignore_first is text": (
        "backfill",
        lambda v: _step(v, "backfill")["action"].update(ignore_first_depends_on_past="no"),
        ("action.ignore_first_depends_on_past", "true or false"),
    ),
    "max_heartbeats is text": (
        "backfill",
        lambda v: _step(v, "backfill")["action"].update(max_heartbeats="many"),
        ("action.max_heartbeats", "a whole number"),
    ),
    "during is no list": (
        "backfill",
        lambda v: _step(v, "backfill")["action"].update(during=3),
        ("action.during", "a list"),
    ),
    "a change during a backfill without a date": (
        "backfill",
        lambda v: _step(v, "backfill")["action"].update(during=[{"heartbeat": 1, "task": "t", "state": None}]),
        ("'date' is missing", "action.during.0.date"),
    ),
    "heartbeats is text": (
        "kill_backfill_after",
        lambda v: _step(v, "kill_backfill_after")["action"].update(heartbeats="2"),
        ("action.heartbeats", "a whole number"),
    ),
    "no heartbeats": (
        "kill_backfill_after",
        lambda v: _step(v, "kill_backfill_after")["action"].pop("heartbeats"),
        ("'heartbeats' is missing", "action.heartbeats"),
    ),
    "no heartbeats at all": (
        "kill_backfill_after",
        lambda v: _step(v, "kill_backfill_after")["action"].update(heartbeats=0),
        ("action.heartbeats", "greater than or equal to 1"),
    ),
    "a trigger at a bad date": (
        "trigger",
        lambda v: _step(v, "trigger")["action"].update(date="noon"),
        ("'noon' is not an instant", "action.date"),
    ),
    "a run_id that is a number": (
        "trigger",
        lambda v: _step(v, "trigger")["action"].update(run_id=5),
        ("action.run_id", "text"),
    ),
    "a clear without end": (
        "clear",
        lambda v: _step(v, "clear")["action"].pop("end"),
        ("'end' is missing", "action.end"),
    ),
    "a task to run that is unknown": (
        "run_task",
        lambda v: _step(v, "run_task")["action"].update(task="nobody"),
        ("no task 'nobody'", "action.task"),
    ),
    "a task to run that is a list": (
        "run_task",
        lambda v: _step(v, "run_task")["action"].update(task=["t"]),
        ("action.task", "text"),
    ),
    "a state that is none": (
        "set_task_state",
        lambda v: _step(v, "set_task_state")["action"].update(state="asleep"),
        ("action.state", "asleep"),
    ),
    "fails without dates": (
        "set_fails",
        lambda v: _step(v, "set_fails")["action"].update(fails=[["t"]]),
        ("action.fails.0",),
    ),
    "an unknown probe": (
        "probe",
        lambda v: _step(v, "probe")["action"].update(what="drop_table"),
        ("action.what", "drop_table", "insert_ti_without_run_id"),
    ),
    "a bad redefinition": (
        "redefine",
        lambda v: _step(v, "redefine")["action"].update(schedule="0 0 31 2 *"),
        ("names a date that never comes", "action.schedule"),
    ),
    "alternatives is text": ("tick", lambda v: v.update(alternatives="x"), ("alternatives", "a list")),
    "an alternative of an unknown action": (
        "tick",
        lambda v: v.update(alternatives=[[{**v["steps"][0], "action": {"do": "tock"}}]]),
        ("no action 'tock'", "alternatives.0.0.action.do", "'tick'?"),
    ),
    "an alternative that waits for itself": (
        "tick",
        lambda v: v.update(
            alternatives=[[{**v["steps"][0], "action": {"do": "redefine", "tasks": [{"id": "t", "upstream": ["t"]}]}}]]
        ),
        ("waits for itself", "alternatives.0.0.action"),
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_done_again_is_told_with_its_place(case: str, tmp_path: Path, capsys: Told) -> None:
    """A recording that a design cannot do again is refused with file, line, key and what to write instead."""
    kind, change, words = BAD[case]
    value = _recording(kind)
    change(value)
    file = _write(tmp_path / "bad.jsonl", _recording("tick"), value)
    assert run(["conform", file]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    for word in ("bad.jsonl, line 2, at ", *words, "instead:"):
        assert word in told.err
    assert "fault of Runline" not in told.err
    assert run(["conform", file, "--json"]) == BAD_INPUT
    error = _json(capsys)["error"]
    assert (error["file"], error["line"]) == (file, 2)
    assert error["key"]
    assert error["remedy"]


def test_file_that_is_cut_is_refused(tmp_path: Path, capsys: Told) -> None:
    """A file that ends in the middle of a line is refused with that line, though those before it are good."""
    whole = json.dumps(_recording("tick"))
    file = tmp_path / "bad.jsonl"
    file.write_text(f"{whole}\n{whole[:300]}", "utf-8")
    assert run(["conform", str(file)]) == BAD_INPUT
    told = capsys.readouterr().err
    for word in ("bad.jsonl, line 2", "ends in the middle", "a whole copy of the file"):
        assert word in told


def test_unknown_design_is_offered_the_nearest(capsys: Told) -> None:
    """A design that nobody knows is an error that offers the nearest name."""
    assert run(["conform", BASE, "--design", "coherant"]) == BAD_INPUT
    assert "did you mean 'coherent'?" in capsys.readouterr().err
