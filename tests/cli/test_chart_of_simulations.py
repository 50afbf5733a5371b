"""``runline chart`` of scenarios and traces: what it draws, what it refuses, and with which exit code it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runline.cli.main import BAD_INPUT, OK, VIOLATION, run

ROOT = Path(__file__).parents[2]
SEED = ROOT / "scenarios" / "seed"
NOT_ALIGNED = str(SEED / "row-02-start-not-aligned.toml")
PLAIN = str(SEED / "two-schedulers.toml")
LEGACY = ("--design", "airflow-2016-04")


def _trace(folder: Path, scenario: str = PLAIN, *more: str) -> Path:
    """A trace that was written just now."""
    path = folder / "trace.jsonl"
    run(["simulate", scenario, *more, "--trace", str(path)])
    return path


def test_scenario_is_let_happen_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario is drawn as it ends under the design named; that laws are broken is told, and is no error."""
    out = tmp_path / "chart.svg"
    assert run(["chart", NOT_ALIGNED, *LEGACY, "-o", str(out)]) == OK
    assert "The start date is not a tick under airflow-2016-04 - 4 laws broken" in capsys.readouterr().out
    assert out.read_bytes().startswith(b"<?xml")
    assert run(["chart", NOT_ALIGNED, "-o", str(out)]) == OK
    assert "under coherent - no law is broken" in capsys.readouterr().out


def test_trace_is_drawn_like_its_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The chart of a trace has the same bytes as the chart of the scenario, design and seed that it came from."""
    trace = _trace(tmp_path, NOT_ALIGNED, *LEGACY, "--seed", "3")
    one, two, three = (tmp_path / f"{name}.svg" for name in ("one", "two", "three"))
    assert run(["chart", str(trace), "-o", str(one)]) == OK
    assert run(["chart", NOT_ALIGNED, *LEGACY, "--seed", "3", "-o", str(two)]) == OK
    run(["simulate", NOT_ALIGNED, *LEGACY, "--seed", "3", "--chart", str(three)])
    assert one.read_bytes() == two.read_bytes() == three.read_bytes()


def test_step_of_a_trace_is_an_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The option --step takes an entry of the trace, and JSON says what was drawn."""
    trace = _trace(tmp_path)
    capsys.readouterr()
    assert run(["chart", str(trace), "--step", "4", "-o", str(tmp_path / "x.svg"), "--json"]) == OK
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "chart": str(tmp_path / "x.svg"),
        "name": "Two schedulers",
        "step": 4,
        "conclusion": "no law is broken",
    }


@pytest.mark.parametrize(
    ("suffix", "begins"), [("dot", "digraph"), ("mmd", "flowchart"), ("html", "<!doctype html>"), ("png", "\x89PNG")]
)
def test_suffix_says_what_is_written(suffix: str, begins: str, tmp_path: Path) -> None:
    """The suffix says what is written, a graph as text too."""
    out = tmp_path / f"chart.{suffix}"
    assert run(["chart", PLAIN, "-o", str(out)]) == OK
    assert out.read_bytes().startswith(begins.encode("latin-1"))


def test_trace_that_comes_out_otherwise_ends_with_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A trace that is no longer true is told with the entry where it diverges; the exit code is 1, nothing is drawn."""
    trace = _trace(tmp_path)
    trace.write_text(trace.read_text("utf-8").replace('"after":"success"', '"after":"failed"', 1), "utf-8")
    capsys.readouterr()
    out = tmp_path / "x.svg"
    assert run(["chart", str(trace), "-o", str(out)]) == VIOLATION
    told = capsys.readouterr()
    assert told.out == ""
    assert "comes out otherwise from entry" in told.err
    assert '"failed"' in told.err
    assert not out.exists()
    assert run(["chart", str(trace), "-o", str(out), "--json"]) == VIOLATION
    assert "otherwise" in json.loads(capsys.readouterr().out)["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["SCENARIO", "--design", "coherrent"], ("no design 'coherrent'", "did you mean 'coherent'?")),
        (["SCENARIO", "--dag", "sale"], ("--dag", "no DAG 'sale'", "'sales'")),
        (["SCENARIO", "--step", "9999"], ("--step", "no entry 9999", "from 0 to")),
        (["SCENARIO", "--name", "one"], ("--name", "a scenario, which has no --name", "--design")),
        (["TRACE", "--design", "coherent"], ("--design", "a trace, which has no --design", "--dag")),
        (["TRACE", "--seed", "0"], ("--seed", "a trace")),
        (["RECORDING", "--design", "coherent"], ("--design", "a recording, which has no --design", "--name")),
        (["missing.toml"], ("missing.toml", "no such file")),
        (["CUT"], ("cut.jsonl", "the trace is cut")),
        (["DAMAGED"], ("damaged.jsonl", "line 1")),
        (["EMPTY"], ("empty.toml", "the file is empty")),
        (["WRONG"], ("wrong.toml", "not TOML")),
    ],
)
def test_bad_input(
    arguments: list[str], words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be drawn is refused with exit code 2, naming where and what to write instead; nothing is written."""
    trace = _trace(tmp_path)
    (tmp_path / "cut.jsonl").write_bytes(trace.read_bytes()[:-40])
    (tmp_path / "damaged.jsonl").write_text('{"runline_trace": 1}\n{"entries":0,"digest":""}\n')
    (tmp_path / "empty.toml").write_text("")
    (tmp_path / "wrong.toml").write_text("title = ")
    files = {
        "SCENARIO": PLAIN,
        "TRACE": str(trace),
        "RECORDING": str(ROOT / "recordings" / "pr" / "named.jsonl.gz"),
        "CUT": str(tmp_path / "cut.jsonl"),
        "DAMAGED": str(tmp_path / "damaged.jsonl"),
        "EMPTY": str(tmp_path / "empty.toml"),
        "WRONG": str(tmp_path / "wrong.toml"),
    }
    capsys.readouterr()
    out = tmp_path / "x.svg"
    assert run(["chart", *(files.get(word, word) for word in arguments), "-o", str(out)]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    for word in words:
        assert word in told.err
    assert not out.exists()


def test_chart_never_takes_the_place_of_what_it_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A chart that would be written over the trace is refused, and the trace is left."""
    same = tmp_path / "same.svg"
    same.write_bytes(_trace(tmp_path).read_bytes())
    before = same.read_bytes()
    assert run(["chart", str(same), "-o", str(same)]) == BAD_INPUT
    assert "take the place of the trace" in capsys.readouterr().err
    assert same.read_bytes() == before


def test_same_bytes_in_two_processes(tmp_path: Path) -> None:
    """The command writes the same bytes whatever the hash seed and the folder it is called in."""
    drawn = []
    for seed, where in (("1", tmp_path), ("2", ROOT)):
        out = tmp_path / f"{seed}.svg"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "runline", "chart", NOT_ALIGNED, *LEGACY, "-o", str(out)]
        subprocess.run(command, check=True, cwd=where, env=environment, capture_output=True)
        drawn.append(out.read_bytes())
    assert drawn[0] == drawn[1]
