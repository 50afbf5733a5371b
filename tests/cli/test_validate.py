"""`runline validate`: what is well formed, in files and below folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runline.cli.main import OK, run
from runline.simulator.scenario_checks import DESIGN_NAMES
from tests.cli.test_bad_input import GOOD as RECORDING
from tests.cli.test_bad_scenarios import GOOD

ROOT = Path(__file__).parents[2]


def test_scenarios_and_recordings_below_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below a folder all scenarios and recordings are read, however deep; other TOML is left out with a word."""
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "one.toml").write_text(GOOD, "utf-8")
    (tmp_path / "two.toml").write_text(GOOD, "utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n", "utf-8")
    (deep / "three.jsonl").write_text(json.dumps(RECORDING), "utf-8")
    assert run(["validate", str(tmp_path), "--json"]) == OK
    told = json.loads(capsys.readouterr().out)
    title = "A failed day repaired by a backfill"
    assert told["files"] == [
        {"file": (deep / "one.toml").as_posix(), "scenario": title},
        {"file": (tmp_path / "two.toml").as_posix(), "scenario": title},
        {"file": f"{tmp_path.name}/a/b/three.jsonl", "recordings": 1},
    ]
    assert [file["file"] for file in told["left_out"]] == [(tmp_path / "pyproject.toml").as_posix()]
    assert run(["validate", str(tmp_path)]) == OK
    assert "left out" in capsys.readouterr().err


def test_every_scenario_of_ours_is_well_formed(capsys: pytest.CaptureFixture[str]) -> None:
    """The scenarios that come with Runline are as they should be."""
    assert run(["validate", str(ROOT / "scenarios")]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(list((ROOT / "scenarios").rglob("*.toml")))
    assert all(line.endswith(", well formed") for line in lines)


@pytest.mark.parametrize("name", [*DESIGN_NAMES, "my_package.designs:mine", "mine:design"])
def test_designs_that_may_be_named(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario may speak of every design of ours, whether or not it is there already, and of a user's own."""
    file = tmp_path / "one.toml"
    file.write_text(
        GOOD.replace("[expect.coherent]\nbreaks = []\n[[expect.coherent", f'[expect."{name}"]\n[[expect."{name}"'),
        "utf-8",
    )
    assert run(["validate", str(file)]) == OK
    capsys.readouterr()


def test_option_that_a_design_lacks_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An option that only another design has is passed over, and a rule by which something is refused may be any."""
    file = tmp_path / "one.toml"
    text = GOOD.replace("breaks = []", 'breaks = []\nrefused = ["Z99"]')
    file.write_text(text.replace('depends_on_past = "run"', 'fill_gaps = "on"'), "utf-8")
    assert run(["validate", str(file)]) == OK
    capsys.readouterr()
