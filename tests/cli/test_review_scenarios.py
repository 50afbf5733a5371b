"""``runline review`` over scenarios: what it expects, says and writes, and with which exit code it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from runline.cli.main import BAD_INPUT, BUDGET, OK, VIOLATION, run
from runline.designs.catalog import DESIGNS
from runline.simulator import review
from tests.reviewing import GAP, GREEDY_NAME, TO_COME, expecting, without_it, write

ROOT = Path(__file__).parents[2]
GOOD_GAP = GAP + expecting(breaks='["no-gap"]')


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _told(out: Path) -> dict[str, Any]:
    value = json.loads((out / "review.json").read_text("utf-8"))
    assert isinstance(value, dict)
    return value


def test_scenarios_that_are_as_expected_end_with_0(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All expectations met is 0; the terminal has the matrix, the page a case for each scenario and design."""
    write(here, "s/plain.toml", expecting() + expecting("airflow-2016-04"))
    write(here, "s/deep/gap.toml", GOOD_GAP, title="A day is left out")
    assert run(["review", "s", "--out", "out"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["airflow-2016-04", "coherent"]
    assert lines[1].split() == ["scenarios", "1", "2"]
    assert next(line for line in lines if line.startswith("no-gap")).split() == ["no-gap", "holds", "1"]
    assert lines[-1] == f"report: {Path('out') / 'index.html'}"
    results = _told(here / "out")["results"]
    assert [(each["file"], each["design"], each["broken"]) for each in results] == [
        ("s/deep/gap.toml", "coherent", ["no-gap"]),
        ("s/plain.toml", "airflow-2016-04", []),
        ("s/plain.toml", "coherent", []),
    ]
    assert all(each["expected"] and not each["unmet"] for each in results)
    assert {path.name for path in (here / "out").iterdir()} == {"charts", "index.html", "junit.xml", "review.json"}


def test_unmet_expectation_ends_with_1_and_is_named_everywhere(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was expected and did not come is named with scenario, design and law: terminal, page, data, JUnit."""
    write(here, "s/plain.toml", expecting(breaks='["no-gap"]'))
    write(here, "s/fine.toml", expecting())
    assert run(["review", "s", "--out", "out"]) == VIOLATION
    line = "s/plain.toml under coherent: no-gap was expected to break"
    assert f"unmet:\n  {line}\n" in capsys.readouterr().out
    told = _told(here / "out")
    assert told["unmet"] == [line]
    assert [each["expected"] for each in told["results"]] == [True, False]
    assert line in (here / "out" / "index.html").read_text("utf-8")
    failure = ET.parse(here / "out" / "junit.xml").find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == line


def test_without_expectation_the_promises_count(here: Path) -> None:
    """A scenario that names no design is reviewed under all; a law that one promises and breaks is unmet."""
    write(here, "s/gap.toml", GAP)
    assert run(["review", "s", "--out", "out"]) == OK
    assert [each["design"] for each in _told(here / "out")["results"]] == list(DESIGNS)
    assert run(["review", "s", "--design", GREEDY_NAME, "--out", "out"]) == VIOLATION
    told = _told(here / "out")
    assert told["unmet"] == [f"s/gap.toml under {GREEDY_NAME}: no-gap is broken, though greedy promises it"]


def test_design_to_come_is_told_and_not_failed(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a scenario expects of a design that does not exist yet is counted, and nothing fails for it."""
    monkeypatch.setattr(review, "DESIGNS", without_it)
    write(here, "s/one.toml", expecting() + expecting(TO_COME))
    write(here, "s/two.toml", expecting(TO_COME))
    assert run(["review", "s", "--out", "out"]) == OK
    assert f"{TO_COME}: 2 scenarios wait for this design to come" in capsys.readouterr().out
    told = _told(here / "out")
    assert told["waiting"] == {TO_COME: ["s/one.toml", "s/two.toml"]}
    assert [(each["file"], each["design"]) for each in told["results"]] == [("s/one.toml", "coherent")]
    skipped = ET.parse(here / "out" / "junit.xml").findall("testsuite/testcase/skipped")
    assert len(skipped) == 2


def test_design_option_takes_the_place_of_those_expected(here: Path) -> None:
    """With --design only the designs named are reviewed, whatever a scenario expects."""
    write(here, "s/one.toml", expecting())
    assert run(["review", "s/one.toml", "--design", "airflow-2016-04", "--out", "out"]) == OK
    assert [each["design"] for each in _told(here / "out")["results"]] == ["airflow-2016-04"]


def test_limit_of_events_ends_with_3(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A history that reaches the limit is named; nothing is said of what it would have come to."""
    write(here, "s/one.toml", expecting())
    assert run(["review", "s", "--max-events", "3", "--out", "out"]) == BUDGET
    assert "incomplete: s/one.toml under coherent: stopped after" in capsys.readouterr().out
    assert ET.parse(here / "out" / "junit.xml").find("testsuite/testcase/error") is not None


# ----------------------------------------------------------------------------- the lock file


def test_lock_file_has_a_line_for_each_scenario_and_design(here: Path) -> None:
    """Each line has what is neither held nor inapplicable, what was refused, and the digest; the order is stable."""
    write(here, "s/b/plain.toml", expecting() + expecting("airflow-2016-04"))
    write(here, "s/a.toml", GOOD_GAP)
    assert run(["review", "s", "--update-lock", "--out", "out"]) == OK
    text = (here / "s" / "verdicts.lock.json").read_text("utf-8")
    lines = text.splitlines()
    assert [line.split(":")[0].strip() for line in lines if '"digest"' in line] == [
        '"coherent"',
        '"airflow-2016-04"',
        '"coherent"',
    ]
    lock = json.loads(text)
    assert list(lock) == ["a.toml", "b/plain.toml"]
    assert lock["a.toml"]["coherent"]["violated"] == {"no-gap": 1}
    assert "violated" not in lock["b/plain.toml"]["coherent"]
    assert "catchup-window" in lock["b/plain.toml"]["coherent"]["not exercised"]
    assert len(lock["a.toml"]["coherent"]["digest"]) == 16
    assert run(["review", "s", "--out", "out"]) == OK
    assert "every verdict is the one in the lock file" in (here / "out" / "index.html").read_text("utf-8")


def test_verdict_that_differs_from_the_lock_file_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scenario, design, law, what is expected and what there is; the exit code is 1."""
    write(here, "s/a.toml", GOOD_GAP)
    run(["review", "s", "--update-lock", "--out", "out"])
    lock = here / "s" / "verdicts.lock.json"
    lock.write_text(lock.read_text("utf-8").replace('"no-gap": 1', '"no-gap": 7'), "utf-8")
    capsys.readouterr()
    assert run(["review", "s", "--out", "out"]) == VIOLATION
    line = "s/a.toml under coherent: no-gap is violated, 1 finding; the lock file says: is violated, 7 findings"
    assert line in capsys.readouterr().out
    assert _told(here / "out")["unmet"] == [line]
    assert _told(here / "out")["results"][0]["expected"] is True
    assert ET.parse(here / "out" / "junit.xml").find("testsuite/testcase/failure") is not None


def test_lock_file_knows_which_scenarios_there_are(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario that is new or gone differs from the lock file; one that only happens otherwise is told."""
    write(here, "s/a.toml", GOOD_GAP)
    old = write(here, "s/old.toml", expecting())
    run(["review", "s", "--update-lock", "--out", "out"])
    old.rename(here / "s" / "new.toml")
    capsys.readouterr()
    assert run(["review", "s", "--out", "out"]) == VIOLATION
    told = capsys.readouterr().out
    assert "s/old.toml under coherent: the lock file has it, but it was not reviewed" in told
    assert "s/new.toml under coherent: the lock file has nothing of it" in told
    (here / "s" / "new.toml").rename(old)
    lock = here / "s" / "verdicts.lock.json"
    digest = json.loads(lock.read_text("utf-8"))["a.toml"]["coherent"]["digest"]
    lock.write_text(lock.read_text("utf-8").replace(digest, "0" * 16), "utf-8")
    assert run(["review", "s", "--out", "out"]) == OK
    assert f"the history is another ({digest}; the lock file says: {'0' * 16})" in capsys.readouterr().out


def test_designs_asked_for_are_compared_as_far_as_they_are_on_file(here: Path) -> None:
    """With --design the lock file's other lines do not count, nor what it never had."""
    write(here, "s/a.toml", expecting() + expecting("airflow-2016-04"))
    write(here, "s/b.toml", expecting("airflow-2016-04"))
    run(["review", "s", "--update-lock", "--out", "out"])
    assert run(["review", "s", "--design", "coherent", "--out", "out"]) == OK


@pytest.mark.parametrize(
    "arguments", [["s", "--design", "coherent"], ["s/a.toml"], ["mixed"]], ids=["one design", "a file", "mixed folder"]
)
def test_lock_file_is_written_only_where_it_says_all(
    here: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Not for some designs only, not without a folder, not where it would have to be of two kinds."""
    write(here, "s/a.toml", expecting())
    write(here, "mixed/a.toml", expecting())
    _recording(here / "mixed" / "few.jsonl")
    assert run(["review", *arguments, "--update-lock", "--out", "out"]) == BAD_INPUT
    assert "--update-lock" in capsys.readouterr().err
    assert not list(here.rglob("*.lock.json"))
    assert not (here / "out").exists()


# -------------------------------------------------------------------------- with recordings


def _recording(path: Path) -> None:
    import gzip

    source = ROOT / "recordings" / "pr" / "named.jsonl.gz"
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(next(line for line in lines if "R39b_delete_overridden-nodop" in line), "utf-8")


def test_recordings_have_a_page_of_their_own_beside(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both kinds in one report: each page names the other's, the data hold both, and either can end with 1."""
    write(here, "scenarios/a.toml", expecting())
    _recording(here / "recordings" / "few.jsonl")
    assert run(["review", "--out", "out"]) == VIOLATION, "the recording breaks laws, and there is no lock file"
    assert run(["review", "--update-lock", "--out", "out"]) == OK
    assert (here / "scenarios" / "verdicts.lock.json").exists()
    assert (here / "recordings" / "verdicts.lock.json").exists()
    capsys.readouterr()
    assert run(["review", "--out", "out", "--json"]) == OK
    told = json.loads(capsys.readouterr().out)
    assert told == _told(here / "out")
    assert told["recordings"]["trees"][0]["tree"] == "pr"
    assert "href='recordings.html'" in (here / "out" / "index.html").read_text("utf-8")
    assert "What real schedulers did" in (here / "out" / "recordings.html").read_text("utf-8")


def test_report_of_less_keeps_nothing_of_the_one_before(here: Path) -> None:
    """What an earlier report had, and the new one has not, is gone; what is not of a report stays."""
    write(here, "scenarios/a.toml", expecting())
    _recording(here / "recordings" / "few.jsonl")
    run(["review", "--out", "out"])
    (here / "out" / "mine.txt").write_text("mine")
    run(["review", "recordings", "--out", "out"])
    assert {path.name for path in (here / "out").iterdir()} == {"charts", "index.html", "review.json", "mine.txt"}
    assert not (here / "out" / "charts" / "scenarios").exists()


# ------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("name", "content", "more", "words"),
    [
        ("bad.toml", "title = ", [], ("bad.toml", "not TOML")),
        ("bad.toml", 'title = "x"', [], ("bad.toml", "'clock' is missing")),
        ("verdicts.lock.json", "[]", [], ("verdicts.lock.json", "no lock file of scenarios", "--update-lock")),
        ("verdicts.lock.json", '{"a.toml": {"coherent": {}}}', [], ("verdicts.lock.json", "no lock file")),
        ("x.txt", "", ["--design", "coherant"], ("no design 'coherant'", "did you mean 'coherent'?")),
        ("x.txt", "", ["nowhere.toml"], ("no such file or folder", "nowhere.toml")),
        ("x.txt", "", ["empty"], ("neither scenarios nor recordings", "empty")),
    ],
)
def test_bad_input_writes_nothing(
    here: Path, name: str, content: str, more: list[str], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad scenario, lock file, design or path is named; it ends with 2, and no report is begun."""
    write(here, "s/a.toml", expecting())
    (here / "empty").mkdir()
    (here / "s" / name).write_text(content, "utf-8")
    before = sorted(here.rglob("*"))
    assert run(["review", "s", *more, "--out", "out"]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    for word in words:
        assert word in told.err
    assert sorted(here.rglob("*")) == before


def test_option_that_a_design_cannot_take_is_named_with_its_file(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What shows only when the scenario is about to happen is bad input too."""
    write(here, "s/a.toml", '[designs.coherent]\ndepends_on_past = "tusk"\n')
    assert run(["review", "s", "--out", "out"]) == BAD_INPUT
    assert "s/a.toml" in capsys.readouterr().err
    assert not (here / "out").exists()


def test_nothing_to_review_is_an_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without PATH, and without the folders that stand for it, it says what it looked for."""
    assert run(["review"]) == BAD_INPUT
    assert "no folder scenarios, no folder recordings" in capsys.readouterr().err


# ---------------------------------------------------------------------------- determinism


def test_same_bytes_whatever_the_hash_seed(here: Path) -> None:
    """The page, the data, the JUnit file and the charts are the same bytes in another process."""
    write(here, "s/a.toml", GOOD_GAP + expecting("airflow-2016-04", '["no-gap"]'))
    write(here, "s/b.toml", expecting(breaks='["no-gap", "isolation"]'))
    reports = []
    for seed in ("0", "4321"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        arguments = [sys.executable, "-m", "runline", "review", "s", "--out", f"out-{seed}", "--json"]
        printed = subprocess.run(arguments, env=environment, capture_output=True, check=False).stdout
        out = here / f"out-{seed}"
        files = {
            file.relative_to(out).as_posix(): file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()
        }
        reports.append((printed, files))
    assert {"index.html", "review.json", "junit.xml"} < set(reports[0][1])
    assert reports[0] == reports[1]
