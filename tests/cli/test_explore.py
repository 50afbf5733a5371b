"""``runline explore``: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runline.cli.main import run

SCENARIO = "scenarios/seed/backfill-and-scheduler-step-by-step.toml"


def explored(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    code = run(["explore", SCENARIO, "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def test_complete_and_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """Every order was seen, nothing promised breaks, and the exit code says so."""
    code, told = explored(capsys)
    assert (code, told["complete"], told["stopped"], told["unmet"]) == (0, True, None, [])
    assert told["distinct_states"] > 500
    assert told["transitions"] > told["distinct_states"]
    assert told["counterexamples"] == []
    assert {each["status"] for each in told["verdicts"]} == {"holds", "not exercised", "not applicable"}
    assert told["scope"]["interleave"] == "steps"


def test_faults_and_guards_are_part_of_the_scope(capsys: pytest.CaptureFixture[str]) -> None:
    """What may fail and what the database keeps is told, and nothing promised breaks by it."""
    code, told = explored(capsys, "--aborts", "1", "--guard", "unique-live-run", "--guard", "lock-dag")
    assert (code, told["scope"]["aborts"], told["scope"]["guards"]) == (0, 1, ["unique-live-run", "lock-dag"])
    assert run(["explore", SCENARIO, "--guard", "lock-dag"]) == 0
    assert "the database keeps lock-dag" in capsys.readouterr().out
    assert run(["explore", SCENARIO, "--guard", "lock-dogs"]) == 2
    assert "did you mean 'lock-dag'?" in capsys.readouterr().err


def test_limit_is_no_pass(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a limit came first the exit code is 3, and nothing holds."""
    code, told = explored(capsys, "--max-states", "60")
    assert (code, told["complete"], told["stopped"]) == (3, False, "60 states")
    assert "holds" not in {each["status"] for each in told["verdicts"]}


def test_broken_promise(capsys: pytest.CaptureFixture[str]) -> None:
    """A quirk that breaks what is promised: exit code 1, with a history for each law, the shortest first."""
    code, told = explored(capsys, "--quirk", "first-for-previous")
    assert code == 1
    ways = {each["invariant"]: each for each in told["counterexamples"]}
    way = ways["previous-is-predecessor"]
    assert way["lasting"]
    assert way["length"] == len(way["steps"]) == len(way["moves"])
    assert any("is broken" in sentence for sentence in told["unmet"])


def test_text_tells_who_when_what(capsys: pytest.CaptureFixture[str]) -> None:
    """The shortest history is told move by move, with the instant, the process and the rule."""
    assert run(["explore", SCENARIO, "--design", "airflow-2016-04"]) == 0
    out = capsys.readouterr().out
    assert "run-state-agrees, the shortest lasting counterexample, 10 moves:" in out
    assert "2016-01-04  scheduler-1  run 2 goes from running to failed (L31)" in out
    assert "Run 2 (scheduled 2016-01-02) is failed, though none of its instances failed. (L31)" in out
    assert "1 backfill among 1 action" in out


def test_trace_can_be_replayed_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is written of a counterexample goes through `replay` and `chart`, and a trace that was changed does not."""
    trace, chart, again = tmp_path / "way.jsonl", tmp_path / "way.svg", tmp_path / "again.svg"
    options = ["--design", "airflow-2016-04", "--trace", str(trace), "--chart", str(chart)]
    assert run(["explore", SCENARIO, *options]) == 0
    assert run(["replay", str(trace)]) == 0
    assert run(["chart", str(trace), "-o", str(again)]) == 0
    assert chart.read_bytes() == again.read_bytes()
    lines = trace.read_text("utf-8").splitlines(keepends=True)
    head = json.loads(lines[0])
    head["explored"]["moves"][-1] = 99
    trace.write_text("".join([json.dumps(head) + "\n", *lines[1:]]), "utf-8")
    assert run(["replay", str(trace)]) == 2
    assert "is number 99 of" in capsys.readouterr().err


def test_nothing_to_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no law breaks no file is written, and that is said."""
    trace = tmp_path / "way.jsonl"
    assert run(["explore", SCENARIO, "--trace", str(trace)]) == 0
    assert not trace.exists()
    assert "there is no counterexample to write" in capsys.readouterr().err


def test_law_of_one_history(capsys: pytest.CaptureFixture[str]) -> None:
    """A law that cannot be judged here is bad input."""
    assert run(["explore", SCENARIO, "--law", "no-gap"]) == 2
    assert "no-gap is a law of one history" in capsys.readouterr().err
