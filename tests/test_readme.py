"""The README is true: its example prints what it says, its program runs, the files that it names are there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from runline.cli.main import COMMANDS, OK, VIOLATION, run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def _blocks() -> list[str]:
    """The indented blocks of the README, without their indentation."""
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", README, flags=re.MULTILINE)
    return ["\n".join(line[4:] for line in block.strip("\n").split("\n")) for block in found]


@pytest.mark.parametrize(
    ("example", "code"), [("check", VIOLATION), ("simulate", OK), ("explore", OK), ("fuzz", VIOLATION)]
)
def test_example_prints_what_the_readme_shows(
    example: str, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The violations in the README are printed just so; the one that the scenario is about is expected."""
    for folder in ("scenarios", "recordings", "docs"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)  # what an example writes is not to be left in the house
    (block,) = [block for block in _blocks() if block.startswith(f"$ runline {example}")]
    command, _, shown = block.partition("\n")
    assert run(shlex.split(command.removeprefix("$ runline"))) == code
    assert _plain(capsys.readouterr().out) == _plain(shown)


def _plain(text: str) -> list[str]:
    """The lines but for the one that names versions, which differ from machine to machine, and without trailing space."""
    return [line.rstrip() for line in text.strip().split("\n") if not line.startswith("runline 0")]


def test_program_runs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The program in the README runs and prints findings."""
    monkeypatch.chdir(ROOT)
    (block,) = [block for block in _blocks() if block.startswith("import runline")]
    exec(block, {})
    assert "A1_override_last_then_sched_dop 2 Run 4" in capsys.readouterr().out


def test_picture_is_the_one_that_the_chart_command_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture in the README is what the tool draws today."""
    monkeypatch.chdir(ROOT)
    drawn = tmp_path / "splice.svg"
    name = "A1_override_last_then_sched_dop"
    assert run(["chart", "recordings/pr/named.jsonl.gz", "--name", name, "-o", str(drawn)]) == 0
    here, there = (path.read_text("utf-8") for path in (drawn, ROOT / "docs" / "images" / "splice.svg"))
    assert _words(here) == _words(there)


def test_picture_of_steps_is_the_one_that_is_drawn_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture of the race is what the tool draws of the file beside it."""
    monkeypatch.chdir(ROOT)
    drawn = tmp_path / "race.svg"
    assert run(["chart", "docs/examples/two-backfills-at-once.toml", "-o", str(drawn)]) == 0
    here, there = (path.read_text("utf-8") for path in (drawn, ROOT / "docs" / "images" / "race.svg"))
    assert _words(here) == _words(there)


def _words(svg: str) -> list[str]:
    """What a picture says, without the outlines of its letters, which depend on the version of the drawing library."""
    return re.findall(r"<title>(.*?)</title>", svg, flags=re.DOTALL)


def test_every_command_is_in_the_readme() -> None:
    """The table of commands has them all, and no other."""
    assert set(re.findall(r"^\| `runline (\w+)", README, flags=re.MULTILINE)) == set(COMMANDS)


def test_files_named_are_there() -> None:
    """Every file that the README links to exists."""
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_page_of_laws_is_the_one_of_today() -> None:
    """docs/laws.md is what the laws say of themselves."""
    from runline.reports.laws_page import page

    assert (ROOT / "docs" / "laws.md").read_text("utf-8") == page()
