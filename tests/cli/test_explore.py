"""``runline explore``: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import runline
from runline.cli.main import run
from runline.reports.exploration import scope

SCENARIO = "scenarios/seed/backfill-and-scheduler-step-by-step.toml"


def explored(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, Any]]:
    code = run(["explore", SCENARIO, "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def test_complete_and_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """Every order was seen, nothing promised breaks, and the exit code says so."""
    code, told = explored(capsys, "--no-reduction")
    assert (code, told["complete"], told["stopped"], told["unmet"]) == (0, True, None, [])
    assert told["distinct_states"] > 500
    assert told["reductions"] == {}
    assert told["transitions"] > told["distinct_states"]
    assert told["counterexamples"] == []
    assert {each["status"] for each in told["verdicts"]} == {"holds", "not exercised", "not applicable"}
    assert told["scope"]["interleave"] == "steps"


def test_reductions_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The reductions that were used are named, and of those that were not why; the verdicts are those without."""
    _, whole = explored(capsys, "--no-reduction")
    code, told = explored(capsys)
    assert code == 0
    assert (told["reductions"]["run-ids"], told["reductions"]["unread-fields"]) == ("used", "used")
    assert told["reductions"]["alike-processes"] == "there is one scheduler only"
    assert told["distinct_states"] < whole["distinct_states"] / 2
    assert [each["status"] for each in told["verdicts"]] == [each["status"] for each in whole["verdicts"]]
    assert list(explored(capsys, "--reduction", "run-ids")[1]["reductions"]) == ["run-ids"]
    assert run(["explore", SCENARIO]) == 0
    assert "reductions: run-ids, unread-fields, settled-jobs\n" in capsys.readouterr().out


def test_unknown_laws_say_how_to_judge_them(capsys: pytest.CaptureFixture[str]) -> None:
    """A law of the graph that reductions leave unknown is told with what judges it, and that does."""
    scenario = "scenarios/explored/limit-beside-another-dag.toml"
    assert run(["explore", scenario]) == 0
    assert "unknown, as reductions leave ways out (--law judges them): progress, fairness" in capsys.readouterr().out
    assert run(["explore", scenario, "--law", "fairness"]) == 0
    assert "holds: fairness" in capsys.readouterr().out


def test_what_is_unknown_is_not_said_to_break_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    """A law that is expected to break, and that reductions leave unknown, is not told as one that breaks in no history."""
    raced = "scenarios/explored/scheduler-and-backfill.toml"
    assert run(["explore", raced, "--design", "pr-1431"]) == 0
    told = capsys.readouterr().out
    assert "unknown, as reductions leave ways out (--law judges them): progress" in told
    assert "unmet" not in told


def test_wrong_name_of_a_reduction(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in a name is bad input, and the nearest name is offered."""
    assert run(["explore", SCENARIO, "--reduction", "run-id"]) == 2
    assert "did you mean 'run-ids'?" in capsys.readouterr().err


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
    """The shortest history is told step by step, with the instant, the process and the rule, and what the rules say."""
    assert run(["explore", SCENARIO, "--design", "airflow-2016-04"]) == 0
    out = capsys.readouterr().out
    assert "run-state-agrees, the shortest lasting counterexample, 10 steps:" in out
    assert "   1  2016-01-04  time         passes to 2016-01-04\n" in out
    assert "   9              scheduler-1  moves run 2 from running to failed (L31)\n" in out
    plain = " ".join(out.split())
    assert "Run 2 (scheduled 2016-01-02) is failed, though none of its instances failed. (L31)" in plain
    assert "L31 A run with as many rows as the DAG has tasks fails with a leaf that failed," in plain
    assert "1 backfill among 1 action" in out
    assert max(len(line) for line in out[out.index("10 steps:") :].splitlines()) <= 110


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


# ------------------------------------------------------------------------- as a scenario


RACE = "docs/examples/two-backfills-at-once.toml"


def test_scenario_out_shows_that_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Simulated, explored, drawn, validated and reviewed, what was written shows just the history that was found."""
    file, chart, again = (str(tmp_path / name) for name in ("found.toml", "found.svg", "again.svg"))
    options = ["--design", "airflow-2016-04", "--scenario-out", file, "--chart", chart]
    assert run(["explore", SCENARIO, *options]) == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("   9  ")]
    for command in ("simulate", "explore", "validate"):
        assert run([command, file]) == 0
    out = capsys.readouterr().out
    assert [line for line in out.splitlines() if line.startswith("   9  ")] == told
    assert "in the order that the scenario fixes, 10 steps:" in out
    assert "1 scheduler, 16 workers; 1 backfill among 1 action" in out
    assert run(["simulate", file, "--chart", again]) == 0
    assert _steps(chart) == _steps(again) != []
    assert run(["review", file, "--design", "airflow-2016-04", "--out", str(tmp_path / "report")]) == 0
    review = json.loads((tmp_path / "report" / "review.json").read_text("utf-8"))
    (result,) = review["results"]
    assert (result["design"], review["unmet"]) == ("airflow-2016-04", [])
    page = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert "<li>scheduler-1 moves run 2 from running to failed (L31)</li>" in page


def _steps(chart: str) -> list[str]:
    return re.findall(r'<g id="step-\d+"><title>(.*?)</title>', Path(chart).read_text("utf-8"), flags=re.DOTALL)


def test_trace_of_a_fixed_history(tmp_path: Path) -> None:
    """Simulated or explored, its trace can be replayed and drawn."""
    for command in ("simulate", "explore"):
        trace, chart = str(tmp_path / f"{command}.jsonl"), str(tmp_path / f"{command}.html")
        assert run([command, RACE, "--trace", trace]) == 0
        assert run(["replay", trace]) == 0
        assert run(["chart", trace, "-o", chart]) == 0
        assert "Step by step" in Path(chart).read_text("utf-8")
    assert run(["chart", RACE, "-o", str(tmp_path / "race.html")]) == 0
    pages = [(tmp_path / f"{name}.html").read_text("utf-8") for name in ("simulate", "race")]
    assert pages[0] == pages[1]


def test_impossible_order_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An order that is not possible is told with file, place and what would be possible, by whatever command."""
    file = tmp_path / "wrong.toml"
    text = Path(RACE).read_text("utf-8")
    assert text.count('"backfill-2 begins"') == 1
    file.write_text(text.replace('"backfill-2 begins"', '"backfill-2 goes on"'), "utf-8")
    for command in (
        ["simulate"],
        ["explore"],
        ["validate"],
        ["chart", "-o", "wrong.svg"],
        ["review", "--out", "wrong"],
    ):
        assert run([command[0], str(file), *command[1:]]) == 2
        told = capsys.readouterr().err
        assert f"{file}, at history.pr-1431.steps.3: step 4 of the history is not possible there" in told
        assert "instead: one of: backfill-1 goes on; backfill-2 begins; scheduler-1 begins" in told
    assert not Path("wrong").exists()
    assert not Path("wrong.svg").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--scenario-out", "found.txt"], "instead: found.txt.toml"),
        (["--scenario-out", SCENARIO], "would take the place of the scenario"),
        (["--chart", "found.gif"], "cannot be written as '.gif'"),
    ],
)
def test_places_are_refused_before_any_work(options: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A name to which nothing can be written is told at once."""
    assert run(["explore", SCENARIO, "--design", "airflow-2016-04", *options]) == 2
    assert words in capsys.readouterr().err


def test_minimised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the counterexample does not need is dropped from what is told and written; the verdicts are those of before."""
    file = tmp_path / "small.toml"
    options = ["--design", "airflow-2016-04", "--law", "run-state-agrees", "--minimise"]
    assert run(["explore", SCENARIO, *options, "--scenario-out", str(file)]) == 0
    out = capsys.readouterr().out
    assert "1,255 distinct states" in out
    assert "minimised: left are" in out
    assert run(["simulate", str(file)]) == 0
    assert "run-state-agrees violated" in " ".join(capsys.readouterr().out.split())
    code, told = explored(capsys, *options)
    assert code == 0
    assert told["minimised"]["counterexample"]["invariant"] == "run-state-agrees"
    assert told["minimised"]["counterexample"]["length"] <= told["counterexamples"][0]["length"]


def test_nothing_to_minimise(capsys: pytest.CaptureFixture[str]) -> None:
    """Where no law breaks there is nothing to be made smaller."""
    assert run(["explore", SCENARIO, "--minimise"]) == 0
    assert "minimised" not in capsys.readouterr().out


def test_another_night_of_the_calendar(capsys: pytest.CaptureFixture[str]) -> None:
    """The scenario is moved there, and its title says so; the states are as many, for nothing in it names a month."""
    _, here = explored(capsys)
    code, there = explored(capsys, "--night", "leap-day")
    assert code == 0
    assert there["scenario"] == f"{here['scenario']}, leap-day"
    assert there["distinct_states"] == here["distinct_states"]


def test_an_unknown_night_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    """With the nearest that there is."""
    assert run(["explore", SCENARIO, "--night", "leap-year"]) == 2
    assert "leap-day" in capsys.readouterr().err


@pytest.mark.parametrize("file", ["two-schedulers", "crash-in-a-splice", "constraint-on-live-runs"])
def test_the_library_explores_what_the_command_does(capsys: pytest.CaptureFixture[str], file: str) -> None:
    """The same bounds, taken from the scenario; and laws of the graph that nobody asked for switch off no reduction."""
    path = f"scenarios/explored/{file}.toml"
    run(["explore", path, "--json"])
    told = json.loads(capsys.readouterr().out)
    found = runline.explore(path)
    assert found.found.distinct_states == told["distinct_states"]
    assert scope(found) == told["scope"]
    assert {str(name): why or "used" for name, why in found.reductions.items()} == told["reductions"]
