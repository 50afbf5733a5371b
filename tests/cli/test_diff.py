"""``runline diff``: what it prints, writes and draws, and how its exit code tells whether two designs come apart."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from runline.cli.main import BAD_INPUT, OK, VIOLATION, run

SEED = Path(__file__).parents[2] / "scenarios" / "seed"
PLAIN, ODD = str(SEED / "row-01-plain.toml"), str(SEED / "row-02-start-not-aligned.toml")
OLD = "airflow-2016-04"
BOTH = ("--design", "coherent", "--design", OLD)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The one JSON object that a command prints."""
    run(["diff", *arguments, "--json"])
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((PLAIN, *BOTH), OK),
        ((ODD, *BOTH), VIOLATION),
        ((ODD, "--design", OLD, "--design", OLD), OK),
        (("--find", "--design", OLD, "--design", OLD, "--examples", "10"), OK),
        (("--find", *BOTH), VIOLATION),
    ],
)
def test_exit_code_tells_whether_they_come_apart(
    arguments: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 where nobody can tell the two apart, else 1."""
    assert run(["diff", *arguments]) == code
    capsys.readouterr()


def test_text_tells_the_first_difference_then_both_timelines_then_laws(capsys: pytest.CaptureFixture[str]) -> None:
    """First the instant and what each did, then the dates with a star where they differ, then who breaks what."""
    run(["diff", ODD, *BOTH])
    out = capsys.readouterr().out
    assert "They come apart at 2016-01-05 01:00.\n  coherent makes the scheduled run of 2016-01-02. (H15, H11," in out
    assert re.search(r"^\*  2016-01-01 05:00  - +scheduled success, made 2016-01-05 01:00$", out, flags=re.MULTILINE)
    assert out.index("They come apart") < out.index("*  2016-01-01") < out.index(f"start-aligned: {OLD} breaks it")


def test_json_has_divergence_runs_and_verdicts(capsys: pytest.CaptureFixture[str]) -> None:
    """One object: who, whether, where first, the runs of each date on both sides, and the laws that only one breaks."""
    value = told(capsys, ODD, *BOTH)
    assert (value["designs"], value["seed"], value["same"]) == (["coherent", OLD], 0, False)
    divergence = value["divergence"]
    assert divergence["at"] == "2016-01-05T01:00:00Z"
    assert divergence["b"]["sentence"] == f"{OLD} makes the scheduled run of 2016-01-01 05:00."
    assert (divergence["b"]["rule"], divergence["b"]["rules"]) == ("L14", ["L14", "L13"])
    first = value["runs"][0]
    assert (first["execution_date"], first["differs"], first["a"]["runs"]) == ("2016-01-01T05:00:00Z", True, [])
    assert first["b"]["runs"] == [{"kind": "scheduled", "state": "success", "created_at": "2016-01-05T01:00:00Z"}]
    assert [each["invariant"] for each in value["verdicts"]] == [
        "run-state-agrees",
        "on-schedule",
        "start-aligned",
        "wall-clock",
    ]


def test_json_of_two_that_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing differs: no divergence, no row that differs, no law."""
    value = told(capsys, PLAIN, *BOTH)
    assert (value["same"], value["divergence"], value["verdicts"]) == (True, None, [])
    assert not any(row["differs"] for row in value["runs"])


# ------------------------------------------------------------------------------ the chart


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf", "html"])
def test_chart_is_written_as_asked(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every kind of picture, the same bytes each time."""
    files = [tmp_path / f"{place}.{suffix}" for place in range(2)]
    for file in files:
        assert run(["diff", ODD, *BOTH, "--chart", str(file)]) == VIOLATION
    assert files[0].read_bytes() == files[1].read_bytes()
    capsys.readouterr()


def test_chart_shows_both_sides_over_the_same_dates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each side's runs have names of their own, the sentences of both are there, and the dates that differ are marked."""
    file = tmp_path / "a.svg"
    run(["diff", ODD, *BOTH, "--chart", str(file)])
    svg = file.read_text("utf-8")
    names = re.findall(r'<g id="([^"]+)">', svg)
    assert len(names) == len(set(names))
    assert {"a-run-1", "a-run-3", "b-run-1", "b-run-4"} <= set(names)
    assert sum(name.startswith("apart-a-") for name in names) == 4
    titles = re.findall(r"<title>(.*?)</title>", svg)
    assert "At 2016-01-05 01:00 coherent makes the scheduled run of 2016-01-02. (H15, H11, Q8, Q24, M26)" in titles
    assert any(title.startswith(f"At 2016-01-05 01:00 {OLD} makes") for title in titles)
    capsys.readouterr()


def test_names_are_escaped_in_the_chart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A task that is named like markup is drawn as its name, and is no markup."""
    scenario, page = tmp_path / "a.toml", tmp_path / "a.html"
    text = Path(ODD).read_text("utf-8").split("[expect.coherent]")[0]
    scenario.write_text(text.replace("tasks.load", 'tasks."<script>$x_1$"'), "utf-8")
    assert run(["diff", str(scenario), *BOTH, "--chart", str(page)]) == VIOLATION
    assert "<script>" not in page.read_text("utf-8")
    assert "&lt;script&gt;$x_1$" in page.read_text("utf-8")
    capsys.readouterr()


def test_chart_of_many_dates_shows_where_they_come_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of hundreds of dates the one where they come apart is shown, and it is said how many are not."""
    scenario, chart = tmp_path / "a.toml", tmp_path / "a.svg"
    text = Path(ODD).read_text("utf-8").split("[expect.coherent]")[0]
    text = text.replace('schedule = "@daily"', 'schedule = "@hourly"').replace("2016-01-01T05:00", "2016-01-01T05:30")
    scenario.write_text(text.replace("2016-01-05T06:00", "2016-01-12T06:00"), "utf-8")
    assert run(["diff", str(scenario), *BOTH, "--chart", str(chart)]) == VIOLATION
    svg = chart.read_text("utf-8")
    assert "apart-a-" in svg
    capsys.readouterr()


# -------------------------------------------------------------------------------- finding


def test_what_find_writes_is_valid_and_shows_the_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file can be validated, meets what it expects of both designs, and they come apart in it as was told."""
    file = tmp_path / "found.toml"
    value = told(capsys, "--find", *BOTH, "--out", str(file))
    assert value["found"] == {"file": str(file), "text": file.read_text("utf-8")}
    assert run(["validate", str(file)]) == OK
    for design in ("coherent", OLD):
        assert run(["simulate", str(file), "--design", design]) == OK
    capsys.readouterr()
    again = told(capsys, str(file), *BOTH)
    assert again["divergence"] == value["divergence"] is not None
    assert value["divergence"]["b"]["sentence"] in " ".join(file.read_text("utf-8").replace("\\\n", "").split())


def test_find_for_a_law(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --law the smallest in which only one of them breaks it for good."""
    file = tmp_path / "found.toml"
    value = told(capsys, "--find", *BOTH, "--law", "run-state-agrees", "--out", str(file))
    found = next(each for each in value["verdicts"] if each["invariant"] == "run-state-agrees")
    assert (found["a"]["status"], found["b"]["status"]) == ("holds", "violated")
    assert 'breaks = ["run-state-agrees"]' in file.read_text("utf-8")


def test_find_prints_the_scenario_where_no_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --out the scenario stands before the diff."""
    assert run(["diff", "--find", *BOTH]) == VIOLATION
    out = capsys.readouterr().out
    assert out.startswith("found: a scenario of 0 actions, 1 task\n")
    assert out.index("[dags.sales]") < out.index("They come apart")


def test_find_says_when_there_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """That nothing was found is said with how much was looked at, and as data."""
    same = ("--find", "--design", OLD, "--design", OLD, "--examples", "10")
    assert run(["diff", *same]) == OK
    assert capsys.readouterr().out == f"In none of 10 scenarios {OLD} and {OLD} come apart.\n"
    value = told(capsys, *same)
    assert (value["same"], value["scenario"], value["found"]) == (True, None, None)


# ------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((ODD,), ("two designs, and there are 0", "at --design", "--design A --design B")),
        ((ODD, "--design", "coherent"), ("two designs, and there is 1", "at --design")),
        ((ODD, *BOTH, "--design", "coherent"), ("two designs, and there are 3",)),
        ((ODD, "--design", "coherent", "--design", "coherant"), ("no design 'coherant'", "'coherent'", "--design")),
        (("nothing.toml", *BOTH), ("nothing.toml", "no such file")),
        (BOTH, ("no scenario to compare in", "--find")),
        ((ODD, *BOTH, "--find"), ("what --find is to find", "either --find or")),
        ((ODD, *BOTH, "--out", "a.toml"), ("--out is for --find", "no --out")),
        ((ODD, *BOTH, "--examples", "5"), ("--examples is for --find",)),
        ((ODD, *BOTH, "--law", "no-gap"), ("--law is for --find",)),
        (("--find", *BOTH, "--law", "no-gaps"), ("no-gaps", "'no-gap'")),
        (("--find", *BOTH, "--out", "a.txt"), ("ends in .toml", "--out", "a.txt.toml")),
        (("--find", *BOTH, "--examples", "0"), ("--examples",)),
        ((ODD, *BOTH, "--chart", "a.gif"), ("cannot be written as '.gif'", ".svg")),
        ((ODD, *BOTH, "--chart", "a"), ("does not say what to write the chart as",)),
        ((ODD, *BOTH, "--seed", "x"), ("--seed",)),
    ],
)
def test_bad_input_is_told_with_a_remedy(
    arguments: tuple[str, ...],
    words: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is wrong, where, and what to write instead; nothing on stdout, nothing written."""
    monkeypatch.chdir(tmp_path)
    assert run(["diff", *arguments]) == BAD_INPUT
    said = capsys.readouterr()
    assert said.out == ""
    assert all(word in said.err for word in words), said.err
    assert list(tmp_path.iterdir()) == []
    assert run(["diff", *arguments, "--json"]) == BAD_INPUT
    assert set(json.loads(capsys.readouterr().out)) == {"error"}
