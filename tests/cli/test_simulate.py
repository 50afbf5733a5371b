"""``runline simulate``: what it prints as data, and how its exit code tells whether that was expected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runline.cli.main import BAD_INPUT, BUDGET, OK, VIOLATION, run

SEED = Path(__file__).parents[2] / "scenarios" / "seed"
REPAIRED = str(SEED / "failed-day-repaired-with-upstream.toml")


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The one JSON object that a command prints."""
    run([*arguments, "--json"])
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value


def test_json_names_runs_instances_and_verdicts(capsys: pytest.CaptureFixture[str]) -> None:
    """Runs stand by DAG, date and id with their previous; instances name their run; each law has its verdict."""
    outcome = told(capsys, "simulate", REPAIRED)
    assert [(each["execution_date"][:10], each["id"], each["previous"]) for each in outcome["runs"]][:4] == [
        ("2016-01-01", 1, None),
        ("2016-01-02", 2, 1),
        ("2016-01-02", 6, 1),
        ("2016-01-03", 3, 6),
    ]
    overridden = outcome["runs"][1]
    assert (overridden["state"], overridden["overridden_by"], overridden["version"]) == ("overridden", 6, 1)
    load = next(each for each in outcome["task_instances"] if each["task"] == "load" and each["run"] == 6)
    assert (load["state"], load["execution_date"]) == ("success", "2016-01-02T00:00:00Z")
    verdicts = {each["invariant"]: each for each in outcome["verdicts"]}
    assert verdicts["single-live-run"]["status"] == "holds"
    assert verdicts["single-live-run"]["promised"] is True
    assert verdicts["no-deadlock"]["kind"] == "stuck"
    assert outcome["unmet"] == []


def test_violations_say_when_what_and_by_which_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """A broken law tells the world's time, a sentence, the runs and the rule."""
    outcome = told(capsys, "simulate", str(SEED / "row-02-start-not-aligned.toml"), "--design", "airflow-2016-04")
    found = next(each for each in outcome["verdicts"] if each["invariant"] == "start-aligned")["violations"]
    assert found[0]["rule"] == "L14"
    assert found[0]["runs"] == [1]
    assert found[0]["at"].endswith("Z")
    assert found[0]["lasting"] is True


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), OK),
        (("--design", "airflow-2016-04"), OK),
        (("--quirk", "no-past"), VIOLATION),
        (("--max-events", "5", "--law", "single-live-run"), BUDGET),
        (("--max-events", "0"), BAD_INPUT),
        (("--design", "coherant"), BAD_INPUT),
        (("--quirk", "no-pasd"), BAD_INPUT),
        (("--law", "single-life-run"), BAD_INPUT),
    ],
)
def test_exit_code_tells_how_it_went(
    arguments: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Expectations decide; without any, broken promises do; a limit that is reached is 3, bad input 2."""
    bare = tmp_path / "bare.toml"
    text = Path(REPAIRED).read_text("utf-8")
    bare.write_text(text if code in (OK, BAD_INPUT) else text.split("[expect.coherent]")[0], "utf-8")
    assert run(["simulate", str(bare), *arguments]) == code
    capsys.readouterr()


def test_trace_and_chart_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The trace can be gone through again, and the chart is a picture."""
    trace, chart = tmp_path / "a.trace", tmp_path / "a.svg"
    assert run(["simulate", REPAIRED, "--trace", str(trace), "--chart", str(chart)]) == OK
    assert run(["replay", str(trace)]) == OK
    assert chart.read_text("utf-8").startswith("<?xml")
    capsys.readouterr()
