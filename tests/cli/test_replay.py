"""`runline replay`: a trace comes out as it was recorded, or is refused with the place that is wrong in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runline.cli.main import BAD_INPUT, OK, VIOLATION, run

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.toml"))
Told = pytest.CaptureFixture[str]

OPEN = """
title = "Much is left open"
[clock]
start = 2016-01-03T00:00:00Z
end = 2016-01-04T00:00:00Z
heartbeat = "1h"
[dags.d]
schedule = { every = "6h" }
start_date = 2016-01-01T00:00:00Z
dagrun_timeout = "1d"
[dags.d.tasks.t]
duration = ["0s", "3h"]
fails_on = "sometimes"
retries = 1
retry_delay = "10m"
[dags.d.tasks.u]
upstream = ["t"]
[[actions]]
at = 2016-01-03T06:00:00Z
do = "deploy"
schedule = "@daily"
tasks = { t = {}, u = { retries = 2 } }
[[actions]]
at = 2016-01-03T12:00:00Z
do = "backfill"
from = 2016-01-01
[processes]
schedulers = 2
interleave = "steps"
[expect.coherent]
[[expect.coherent.runs]]
date = 2016-01-01T00:00:00Z
previous = "none"
"""
"""A scenario in which choices are asked."""


def _simulated(path: Path, scenario: str = OPEN, design: str = "coherent", *more: str) -> Path:
    """The trace of a scenario."""
    file = path / "scenario.toml"
    file.write_text(scenario, "utf-8")
    trace = path / "trace.jsonl"
    run(["simulate", str(file), "--design", design, "--trace", str(trace), "--json", *more])
    return trace


def _lines(trace: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in trace.read_text("utf-8").splitlines()]


def _write(trace: Path, lines: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    trace.write_text(text, "utf-8")


def _json(capsys: Told) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    return value


def test_what_was_left_open_comes_out_as_recorded(tmp_path: Path, capsys: Told) -> None:
    """A history whose choices were drawn comes out the same by the choices recorded, whatever the seed was."""
    trace = _simulated(tmp_path, OPEN, "coherent", "--seed", "7")
    simulated = _json(capsys)
    assert len(_lines(trace)[0]["choices"]) > 3
    assert run(["replay", str(trace), "--json"]) == OK
    told = _json(capsys)
    assert {key: told[key] for key in ("trace", "design", "seed", "matches", "divergence")} == {
        "trace": str(trace),
        "design": "coherent",
        "seed": 7,
        "matches": True,
        "divergence": None,
    }
    assert told["digest"] == simulated["digest"] == _lines(trace)[-1]["digest"]
    assert told["events"] == simulated["events"]
    assert told["entries"] == len(_lines(trace)) - 2
    assert run(["replay", str(trace)]) == OK
    assert "matches, entry by entry" in capsys.readouterr().out


@pytest.mark.parametrize("design", ["coherent", "airflow-2016-04"])
def test_every_scenario_of_ours_comes_out_as_recorded(design: str, tmp_path: Path, capsys: Told) -> None:
    """Whatever a scenario holds, its trace can be gone through again, and matches."""
    for file in SCENARIOS[::4]:
        trace = _simulated(tmp_path, file.read_text("utf-8"), design)
        capsys.readouterr()
        assert run(["replay", str(trace)]) == OK, file
    capsys.readouterr()


def test_history_that_was_stopped_comes_out_as_recorded(tmp_path: Path, capsys: Told) -> None:
    """A history that a limit of events stopped is stopped again at the same event."""
    trace = _simulated(tmp_path, OPEN, "coherent", "--max-events", "20")
    capsys.readouterr()
    assert _lines(trace)[-1]["complete"] is False
    assert run(["replay", str(trace)]) == OK
    capsys.readouterr()


def test_first_divergence_is_told(tmp_path: Path, capsys: Told) -> None:
    """Where an entry comes out otherwise the first such is told, with the line recorded and the line now."""
    trace = _simulated(tmp_path)
    capsys.readouterr()
    lines = _lines(trace)
    place = next(
        place for place, line in enumerate(lines[1:-1]) if any(e["event"] == "RunCreated" for e in line["events"])
    )
    lines[place + 1]["by"] = "scheduler-9"
    _write(trace, lines)
    assert run(["replay", str(trace), "--json"]) == VIOLATION
    told = _json(capsys)
    assert told["matches"] is False
    divergence = told["divergence"]
    assert (divergence["entry"], divergence["line"]) == (place, place + 2)
    assert json.loads(divergence["recorded"]) == lines[place + 1]
    assert json.loads(divergence["now"])["by"] != "scheduler-9"
    assert run(["replay", str(trace)]) == VIOLATION
    text = capsys.readouterr().out
    assert f"{trace}, line {place + 2}: entry {place} comes out otherwise" in text
    assert divergence["now"] in text


@pytest.mark.parametrize("change", ["digest", "events", "complete"])
def test_end_is_compared_too(change: str, tmp_path: Path, capsys: Told) -> None:
    """A last line that says something else than came out is a divergence after the last entry."""
    trace = _simulated(tmp_path)
    capsys.readouterr()
    lines = _lines(trace)
    lines[-1][change] = 5
    _write(trace, lines)
    assert run(["replay", str(trace), "--json"]) == VIOLATION
    assert _json(capsys)["divergence"]["entry"] == len(lines) - 2


def test_other_design_diverges(tmp_path: Path, capsys: Told) -> None:
    """A trace that names another design than the one it was made under comes out otherwise."""
    trace = _simulated(tmp_path, OPEN.replace('fails_on = "sometimes"', "").replace('["0s", "3h"]', '"1h"'))
    capsys.readouterr()
    lines = _lines(trace)
    lines[0].update(design="airflow-2016-04", choices=[])
    lines[0]["scenario"]["processes"]["schedulers"] = 1
    del lines[0]["scenario"]["processes"]["interleave"]
    _write(trace, lines)
    assert run(["replay", str(trace)]) == VIOLATION
    capsys.readouterr()


def _changed(**more: Any) -> Callable[[list[dict[str, Any]]], object]:
    return lambda lines: lines[0].update(more)


def _without(key: str) -> Callable[[list[dict[str, Any]]], object]:
    return lambda lines: lines[0].pop(key)


Damage = Callable[[list[dict[str, Any]]], object]
DAMAGED: dict[str, tuple[Damage, str | None, int, tuple[str, ...]]] = {
    "a newer format": (_changed(runline_trace=2), "runline_trace", 1, ("format version 2", "a newer Runline")),
    "a format that is none": (_changed(runline_trace="1"), "runline_trace", 1, ("format version '1'",)),
    "no trace": (_without("runline_trace"), "runline_trace", 1, ("this is no trace", "runline simulate --trace")),
    "no design": (_without("design"), "design", 1, ("'design' is missing",)),
    "an unknown design": (_changed(design="coherant"), "design", 1, ("no design 'coherant'", "mean 'coherent'?")),
    "a design of one's own that is not there": (_changed(design="nowhere:x"), "design", 1, ("cannot be loaded",)),
    "a seed that is text": (_changed(seed="7"), "seed", 1, ("a whole number",)),
    "no choices": (_without("choices"), "choices", 1, ("'choices' is missing",)),
    "choices that are text": (_changed(choices="abc"), "choices", 1, ("a list",)),
    "a choice of two parts": (lambda lines: lines[0]["choices"][0].pop(), "choices.0", 1, ("missing",)),
    "a choice of another question": (
        lambda lines: lines[0]["choices"][1].__setitem__(0, "what else"),
        "choices.1",
        1,
        ("choice 1 was 'what else'", "the version of Runline"),
    ),
    "a choice of more options": (
        lambda lines: lines[0]["choices"][0].__setitem__(1, 99),
        "choices.0",
        1,
        ("of 99, now it is",),
    ),
    "an option that there is not": (
        lambda lines: lines[0]["choices"][0].__setitem__(2, lines[0]["choices"][0][1]),
        "choices.0",
        1,
        ("choice 0 took option", "an option from 0 to"),
    ),
    "a choice less": (lambda lines: lines[0]["choices"].pop(), "choices.", 1, ("not recorded",)),
    "a choice more": (
        lambda lines: lines[0]["choices"].append(["more", 2, 1]),
        "choices.",
        1,
        ("choices, of which", "the version of Runline"),
    ),
    "an unknown law": (_changed(laws=["single-live"]), "laws", 1, ("no law 'single-live'", "mean 'single-live-run'?")),
    "no limit": (_changed(max_events=0), "max_events", 1, ("greater than or equal to 1",)),
    "no scenario": (_without("scenario"), "scenario", 1, ("a table",)),
    "an unknown key in the scenario": (
        lambda lines: lines[0]["scenario"]["clock"].update(hartbeat="5m"),
        "scenario.clock.hartbeat",
        1,
        ("no key 'hartbeat'", "did you mean 'heartbeat'?"),
    ),
    "an unknown task in the scenario": (
        lambda lines: lines[0]["scenario"]["actions"].append({"at": "2016-01-03T12:00:00Z", "do": "fix", "task": "x"}),
        "scenario.actions.2.task",
        1,
        ("no task 'x'",),
    ),
    "an entry left out": (lambda lines: lines.pop(3), "n", 4, ("entry 3 instead of 2", "a whole copy")),
    "the last line left out": (lambda lines: lines.pop(), "entries", 0, ("its last line is missing",)),
    "a wrong count of entries": (lambda lines: lines[-1].update(entries=3), "entries", -1, ("its last line says 3",)),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damaged_trace_is_refused(case: str, tmp_path: Path, capsys: Told) -> None:
    """A trace that cannot be gone through again is refused with file, line, key and what to write instead."""
    damage, key, line, words = DAMAGED[case]
    trace = _simulated(tmp_path)
    capsys.readouterr()
    lines = _lines(trace)
    damage(lines)
    _write(trace, lines)
    assert run(["replay", str(trace)]) == BAD_INPUT
    text = capsys.readouterr()
    assert text.out == ""
    assert "fault of Runline" not in text.err
    for word in ("trace.jsonl, line ", *words, "instead: "):
        assert word in text.err
    assert run(["replay", str(trace), "--json"]) == BAD_INPUT
    error = _json(capsys)["error"]
    assert error["file"] == str(trace)
    assert error["line"] == (line if line > 0 else len(lines) + line + 1)
    assert (error["key"] or "").startswith(key or "")
    assert error["remedy"]


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (lambda data: data[: len(data) // 2], ("cut in the middle of a line", "a whole copy of the file")),
        (lambda data: data[:40], ("this is no JSON, or cut", "line 1")),
        (lambda data: data[:-1], ("cut in the middle of a line",)),
        (lambda data: data.replace(b'{"n":2,', b'{"n":2;'), ("this is no JSON, or cut", "line 4")),
        (lambda data: data.replace(b'{"n":2,', b'[{"n":2,', 1), ("this is no JSON, or cut", "line 4")),
        (lambda data: data.split(b"\n")[0] + b"\n7\n8\n", ("this is no JSON object", "line 2")),
        (lambda data: b"", ("the file is empty", "runline simulate --trace")),
        (lambda data: b"\xff\xfe" + data, ("binary file",)),
        (lambda data: b"hello\n", ("this is no JSON", "line 1")),
        (lambda data: b"{}\n", ("this is no trace", "line 1")),
    ],
)
def test_trace_that_is_cut(cut: Callable[[bytes], bytes], words: tuple[str, ...], tmp_path: Path, capsys: Told) -> None:
    """A trace that is cut or whose JSON is damaged is refused with the line where that is."""
    trace = _simulated(tmp_path)
    trace.write_bytes(cut(trace.read_bytes()))
    capsys.readouterr()
    assert run(["replay", str(trace)]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    for word in ("trace.jsonl", *words, "instead: "):
        assert word in told.err


@pytest.mark.parametrize("name", ["", "nowhere.jsonl"])
def test_no_file(name: str, tmp_path: Path, capsys: Told) -> None:
    """A folder, and a file that is not there, are refused."""
    assert run(["replay", str(tmp_path / name)]) == BAD_INPUT
    assert "instead: " in capsys.readouterr().err


def test_same_bytes_whatever_hash_seed_and_folder(tmp_path: Path) -> None:
    """A trace is the same bytes under another hash seed and from another working directory."""
    (tmp_path / "scenario.toml").write_text(OPEN, "utf-8")
    traces = []
    for seed, folder in (("0", ROOT), ("4321", tmp_path)):
        trace = tmp_path / f"{seed}.jsonl"
        scenario = os.path.relpath(tmp_path / "scenario.toml", folder)
        subprocess.run(
            [sys.executable, "-m", "runline", "simulate", scenario, "--trace", str(trace)],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        traces.append(trace.read_bytes())
    assert traces[0].startswith(b'{"runline_trace":1')
    assert traces[0] == traces[1]
