"""What the commands print, and with which exit code they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runline.cli.main import OK, VIOLATION, run

ROOT = Path(__file__).parents[2]
NAMED = str(ROOT / "recordings" / "pr" / "named.jsonl.gz")
SPLICE = "A1_override_last_then_sched_dop"


def _json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value


def test_check_tells_the_splice_into_the_overridden_run(capsys: pytest.CaptureFixture[str]) -> None:
    """The step, the sentence and the exit code say that the scheduler spliced behind an overridden run."""
    assert run(["check", NAMED, "--name", SPLICE]) == VIOLATION
    told = capsys.readouterr().out
    assert "step 2: tick x6" in told
    assert (
        "previous-is-live: Run 4 (scheduled 2016-01-03) has as its previous run 2 (scheduled 2016-01-02), "
        "which is overridden." in told
    )


def test_check_as_json_names_each_violation(capsys: pytest.CaptureFixture[str]) -> None:
    """Each violation says law, step and sentence, and what is its evidence."""
    assert run(["check", NAMED, "--name", SPLICE, "--law", "previous-is-live", "--json"]) == VIOLATION
    told = _json(capsys)
    (recording,) = told["recordings"]
    assert recording["name"] == SPLICE
    assert recording["tree"] == "pr"
    assert recording["file"] == "pr/named.jsonl.gz"
    assert recording["verdicts"] == {"previous-is-live": "violated"}
    assert recording["violated"] == [
        {
            "invariant": "previous-is-live",
            "step": 2,
            "sentence": "Run 4 (scheduled 2016-01-03) has as its previous run 2 (scheduled 2016-01-02), which is overridden.",
            "aspect": "overridden",
            "dag": "dag",
            "runs": [4, 2],
            "dates": ["2016-01-03T00:00:00Z"],
            "task_instances": [],
            "rule": "",
            "lasting": True,
            "implied_by": None,
        }
    ]
    assert told["summary"] == [
        {
            "tree": "pr",
            "recordings": 1,
            "sound": 0,
            "laws": [{"invariant": "previous-is-live", "recordings": 1, "aspects": {"overridden": 1}}],
        }
    ]


def test_check_of_a_sound_history_is_ok(capsys: pytest.CaptureFixture[str]) -> None:
    """A history that breaks none of the laws asked for ends with 0."""
    assert run(["check", NAMED, "--name", SPLICE, "--law", "acyclic-previous"]) == OK
    assert "holds" in capsys.readouterr().out


def test_laws_that_a_recording_cannot_show_are_not_observable(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing is stored a law is not applicable; where the order in a step decides, it is not observable."""
    base = str(ROOT / "recordings" / "base" / "named.jsonl.gz")
    run(["check", base, "--name", SPLICE, "--json"])
    verdicts = _json(capsys)["recordings"][0]["verdicts"]
    assert verdicts["previous-is-predecessor"] == "not applicable"
    assert verdicts["task-has-run"] == "not applicable"
    assert verdicts["overridden-is-final"] == "not applicable"
    assert verdicts["depends-on-past"] == "not observable"
    assert verdicts["single-try"] == "not observable"
    assert verdicts["single-live-run"] == "holds"


def test_validate_counts_recordings(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is as it should be is told with the number of its recordings."""
    assert run(["validate", NAMED]) == OK
    assert capsys.readouterr().out == "pr/named.jsonl.gz: 125 recordings, well formed\n"


def test_explain_tells_where_a_law_comes_from(capsys: pytest.CaptureFixture[str]) -> None:
    """A law is told with its sentence, its source and what it needs."""
    assert run(["explain", "previous-is-predecessor"]) == OK
    told = capsys.readouterr().out
    assert "Q21" in told
    assert "stores_previous" in told
    assert "acyclic-previous, previous-is-live, one-first-run" in told


def test_explain_without_id_lists_every_law(capsys: pytest.CaptureFixture[str]) -> None:
    """All laws are listed, each with its sentence."""
    from runline.invariants.laws import ALL_LAWS

    assert run(["explain", "--json"]) == OK
    assert [law["id"] for law in _json(capsys)["laws"]] == list(ALL_LAWS)


def test_version_names_what_gives_schedules_their_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    """--version names croniter and tzdata besides Runline."""
    assert run(["--version"]) == OK
    told = capsys.readouterr().out
    assert told.startswith("runline ")
    assert "croniter " in told
    assert "tzdata " in told


def test_same_bytes_whatever_hash_seed_and_folder(tmp_path: Path) -> None:
    """Check and report are the same bytes under another hash seed and from another working directory."""
    outputs = []
    for seed, folder in (("0", ROOT), ("4321", tmp_path)):
        out = tmp_path / f"report-{seed}"
        source = tmp_path / "few"
        source.mkdir(exist_ok=True)
        _write_few(source / "few.jsonl")
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        path = os.path.relpath(source, folder)
        runs = [["check", path, "--json"], ["review", path, "--out", str(out), "--json"]]
        printed = [
            subprocess.run(
                [sys.executable, "-m", "runline", *arguments],
                cwd=folder,
                env=environment,
                capture_output=True,
                check=False,
            ).stdout
            for arguments in runs
        ]
        files = {
            file.relative_to(out).as_posix(): file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()
        }
        outputs.append((printed, files))
    assert outputs[0][0][0].startswith(b"{")
    assert "index.html" in outputs[0][1]
    assert outputs[0] == outputs[1]


def _write_few(path: Path) -> None:
    import gzip

    with gzip.open(NAMED, "rt", encoding="utf-8") as lines:
        kept = [line for line in lines if json.loads(line)["name"] in (SPLICE, "R39b_delete_overridden-nodop")]
    path.write_text("".join(kept), "utf-8")


def test_review_holds_counts_against_the_lock_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a lock file broken laws end with 1; with one, what counts is whether the counts are its own."""
    folder = tmp_path / "few"
    folder.mkdir()
    _write_few(folder / "few.jsonl")
    arguments = ["review", str(folder), "--out", str(tmp_path / "out")]
    assert run(arguments) == VIOLATION
    assert run([*arguments, "--update-lock"]) == OK
    lock = folder / "verdicts.lock.json"
    assert json.loads(lock.read_text("utf-8"))["pr"]["acyclic-previous"] == 1
    assert run(arguments) == OK
    lock.write_text(lock.read_text("utf-8").replace('"acyclic-previous": 1', '"acyclic-previous": 2'), "utf-8")
    capsys.readouterr()
    assert run(arguments) == VIOLATION
    assert "pr: 1 break acyclic-previous, the lock file says 2" in capsys.readouterr().out


def test_review_report_names_every_broken_law_and_its_chart(tmp_path: Path) -> None:
    """The page shows each broken law with the sentence of its shortest history, and every picture it names is there."""
    import re

    folder = tmp_path / "few"
    folder.mkdir()
    _write_few(folder / "few.jsonl")
    run(["review", str(folder), "--out", str(tmp_path / "out")])
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "Following `previous` from run 3 never ends: 3 to 4 to 3." in page
    images = re.findall(r"<img[^>]* src='([^']+)'", page)
    assert len(images) >= 6
    for image in images:
        assert (tmp_path / "out" / image).read_bytes().startswith(b"<?xml"), image
    told = json.loads((tmp_path / "out" / "review.json").read_text("utf-8"))
    assert told["trees"][0]["tree"] == "pr"


def test_names_are_escaped_in_the_page(tmp_path: Path) -> None:
    """A name that comes from elsewhere cannot become markup."""
    folder = tmp_path / "few"
    folder.mkdir()
    _write_few(folder / "few.jsonl")
    text = (folder / "few.jsonl").read_text("utf-8").replace(SPLICE, "<script>alert(1)</script>")
    (folder / "few.jsonl").write_text(text.replace("depends_on_past toggled", "<img src=x>"), "utf-8")
    run(["review", str(folder), "--out", str(tmp_path / "out")])
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<img src=x>" not in page


@pytest.mark.parametrize(
    ("suffix", "begins"), [("dot", "digraph"), ("mmd", "flowchart"), ("html", "<!doctype html>"), ("pdf", "%PDF")]
)
def test_chart_is_written_as_its_suffix_says(
    suffix: str, begins: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The suffix says what is written: a picture, a page, or the graph as text."""
    out = tmp_path / f"chart.{suffix}"
    assert run(["chart", NAMED, "--name", SPLICE, "-o", str(out)]) == OK
    assert out.read_bytes().lower().startswith(begins.lower().encode())
    assert "2 laws broken" in capsys.readouterr().out
