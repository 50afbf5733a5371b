"""``runline fuzz``: what it prints and writes, how it exits, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runline.cli import fuzz as command
from runline.cli.main import BAD_INPUT, BUDGET, INTERRUPTED, OK, VIOLATION, run
from runline.simulator.scenario_file import read
from runline.testing import fuzz as fuzzing

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SEED = SCENARIOS / "seed"
ODD, REPAIRED = str(SEED / "row-02-start-not-aligned.toml"), str(SEED / "row-15-failed-day-repaired.toml")
GENERATED = ("--quirk", "too-early", "--law", "period-closed")
EARLY = (str(SEED / "row-01-plain.toml"), *GENERATED)
LIVE = (str(SCENARIOS / "review" / "backfill-over-the-newest.toml"), "--design", "pr-1431", "--law", "previous-is-live")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The one JSON object that a command prints."""
    run(["fuzz", *arguments, "--json"])
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--histories", "3"), OK),
        (GENERATED, VIOLATION),
        (("--time-limit", "0.000001"), BUDGET),
        ((*EARLY, "--time-limit", "60"), VIOLATION),
        ((ODD, "--design", "airflow-2016-04", "--law", "start-aligned", "--histories", "2"), VIOLATION),
        ((REPAIRED, "--histories", "3"), OK),
    ],
)
def test_exit_code_tells_what_came_of_it(
    arguments: tuple[str, ...], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """1 where a law is broken, 3 where time was over before all histories were tried, else 0."""
    assert run(["fuzz", *arguments]) == code
    capsys.readouterr()


# --------------------------------------------------------------------------- what is written


def test_what_is_found_is_written_and_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    """The file says what the design breaks; it is valid, and simulate and review find it as it says."""
    assert run(["fuzz", *LIVE]) == VIOLATION
    file = Path("found/pr-1431-previous-is-live.toml")
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert read(file).title == "pr-1431 breaks previous-is-live"
    assert read(file).expect["pr-1431"].breaks == ("previous-is-live",)
    assert "Found by runline fuzz --design pr-1431 --law previous-is-live --seed 0" in read(file).story
    assert run(["validate", str(file)]) == OK
    assert run(["simulate", str(file), "--design", "pr-1431"]) == OK
    assert run(["review", "found", "--out", "report"]) == OK
    capsys.readouterr()


def test_text_tells_sentence_rule_file_and_the_command_that_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The command that is told ends with 1, since a slip is nothing that the design is expected to do, and says the same."""
    assert run(["fuzz", *EARLY]) == VIOLATION
    lines = capsys.readouterr().out.split("\n")
    at = lines.index("period-closed is broken in history 1")
    sentence, size, shown = (line.strip() for line in lines[at + 1 : at + 4])
    assert (
        sentence == "Run 1 (scheduled 2016-01-04) was made at 2016-01-04, before its period ends at 2016-01-05. (H15)"
    )
    assert size.endswith("of 0 actions and 1 task: found/coherent+too-early-period-closed.toml")
    assert shown == "runline simulate found/coherent+too-early-period-closed.toml --design coherent --quirk too-early"
    assert lines[-2] == "Tried 1 history: coherent+too-early breaks period-closed."
    assert run(shown.split()[1:]) == VIOLATION
    assert sentence in capsys.readouterr().out


def test_a_slip_is_not_expected_of_the_design_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """What is written expects of the design without the slip that it breaks nothing, and that is so."""
    run(["fuzz", *EARLY, "--out", "early.toml"])
    assert read(Path("early.toml")).expect["coherent"].breaks == ()
    assert run(["simulate", "early.toml"]) == OK
    capsys.readouterr()


def test_with_a_file_the_first_law_broken_is_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    """One file has room for one; it is the most basic law that the history breaks."""
    value = told(capsys, EARLY[0], "--quirk", "first-for-previous", "--histories", "5", "--out", "one.toml")
    assert [(each["law"], each["file"]) for each in value["found"]] == [("previous-is-predecessor", "one.toml")]
    assert value["complete"]
    assert [each.name for each in Path().iterdir()] == ["one.toml"]


def test_nothing_is_written_where_nothing_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    """No folder either; what is said is how much was tried, what it covered, and what it did not."""
    assert run(["fuzz", "--histories", "12", "--seed", "5"]) == OK
    out = capsys.readouterr().out
    assert out.startswith("coherent in 12 generated histories, seed 5\nrunline 0.1.0, croniter ")
    assert "\ncrash-containment        exercised         0 times, in 0 of 12 histories\n" in out
    assert "\nNever exercised, so that nothing is known: " in out
    assert "crash-containment" in out.rpartition("Never exercised")[2]
    assert out.endswith("\nTried 12 histories: in none coherent breaks a law that it promises.\n")
    assert list(Path().iterdir()) == []


def test_a_law_that_does_not_apply_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A design that stores no previous run cannot break what is said of it."""
    assert run(["fuzz", "--design", "airflow-1.7.0", "--law", "previous-is-live", "--histories", "2"]) == OK
    assert "\nNot applicable to airflow-1.7.0: previous-is-live.\n" in capsys.readouterr().out


def test_time_that_is_over_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """How far it came, and of how many."""
    assert run(["fuzz", "--time-limit", "0.000001", "--histories", "50"]) == BUDGET
    assert "The time limit was reached after 0 of 50 histories.\n" in capsys.readouterr().out


def test_json_has_what_was_found_and_covered(capsys: pytest.CaptureFixture[str]) -> None:
    """One object: design, histories, what is broken with file, sentence and rule, and how often each law had a say."""
    value = told(capsys, *LIVE, "--law", "crash-containment", "--histories", "3", "--out", "there")
    assert {key: value[key] for key in ("design", "quirks", "seed", "scenario", "histories", "complete")} == {
        "design": "pr-1431",
        "quirks": [],
        "seed": 0,
        "scenario": read(Path(LIVE[0])).title,
        "histories": 3,
        "complete": True,
    }
    (found,) = value["found"]
    file = "there/pr-1431-previous-is-live.toml"
    assert (found["law"], found["file"], found["scenario"]) == ("previous-is-live", file, read(Path(file)).title)
    assert found["rule"] == "R14"
    assert found["sentence"].startswith("Run 3 (scheduled 2016-01-02) has as its previous run 1")
    assert found["command"] == f"runline simulate {file} --design pr-1431"
    assert value["exercised"]["previous-is-live"] > 0
    assert value["never_exercised"] == ["crash-containment"]


def test_same_seed_and_number_give_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed and what is written does not change from one time to the next."""
    printed = []
    for _ in range(2):
        run(["fuzz", *LIVE, "--histories", "4", "--overwrite"])
        printed.append(capsys.readouterr().out + Path("found/pr-1431-previous-is-live.toml").read_text("utf-8"))
    assert printed[0] == printed[1]


def test_what_was_found_is_kept_when_interrupted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends with 130; what was written stays, and is told."""
    tried = fuzzing.Fuzz._try

    def interrupted(fuzz: fuzzing.Fuzz, scenario: Any) -> Any:
        if fuzz.found:
            raise KeyboardInterrupt
        return tried(fuzz, scenario)

    monkeypatch.setattr(fuzzing.Fuzz, "_try", interrupted)
    assert run(["fuzz", *LIVE, "--law", "single-live-run"]) == INTERRUPTED
    assert "found/pr-1431-previous-is-live.toml" in capsys.readouterr().out
    assert read(Path("found/pr-1431-previous-is-live.toml"))


def test_a_design_that_stumbles_leaves_the_history_in_which_it_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in a rule of one's own design is no verdict: the scenario is kept, with the command that shows where."""
    module = "from dataclasses import replace\nfrom runline.designs.coherent import coherent\n"
    rule = "def past(timeline, look, pair):\n    raise KeyError('mine')\n"
    Path("stumbling.py").write_text(f"{module}{rule}mine = replace(coherent, name='mine', past=past)\n", "utf-8")
    monkeypatch.syspath_prepend(str(Path.cwd()))
    assert run(["fuzz", EARLY[0], "--design", "stumbling:mine"]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "mine cannot be simulated in history 1: KeyError: 'mine'" in said
    assert "RUNLINE_TRACEBACK=1 runline simulate found/mine-stumbles.toml --design stumbling:mine shows where" in said
    assert read(Path("found/mine-stumbles.toml")).dags == read(Path(EARLY[0])).dags


def test_progress_is_shown_on_stderr(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal as a bar with rate, elsewhere as lines with rate and estimate; never on stdout."""
    from runline.cli.progress import fuzzing as shown

    clock = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    with shown(10) as tell:
        tell("")
        tell("no-gap")
    said = capsys.readouterr()
    assert said.out == ""
    first, second = said.err.strip().split("\n")
    assert first.startswith("fuzzing: 1 of 10, about ")
    assert second.startswith("making no-gap simpler, 1 tried: 1 of 10, about ")


def test_it_tries_as_many_as_the_library() -> None:
    """The number in the help is that of the search, which the command does not import before it is needed."""
    assert command.HISTORIES == fuzzing.HISTORIES


def test_command_starts_without_what_is_heavy() -> None:
    """To ask for its help imports neither Hypothesis nor what reads scenarios."""
    code = (
        "import sys; from runline.cli.main import run; run(['fuzz', '--help']); "
        "print([name for name in ('hypothesis', 'pydantic', 'rich', 'croniter') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip().endswith("[]")


# ------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--design", "coherant"), ("no design 'coherant'", "'coherent'", "--design")),
        (("--law", "no-gaps"), ("no law 'no-gaps'", "'no-gap'", "--law")),
        (("--quirk", "no-pasd"), ("no quirk 'no-pasd'", "'no-past'", "--quirk")),
        (("nothing.toml",), ("nothing.toml", "no such file")),
        (("--histories", "0"), ("--histories",)),
        (("--time-limit", "0"), ("--time-limit",)),
        (("--seed", "x"), ("--seed",)),
        (("--out", ""), ("no name for a file", "--out")),
        (("--out", "/proc/here"), ("cannot write here", "/proc/here", "a place that can be written")),
        (("--out", "a-file/there"), ("cannot write here: a-file is a file", "a-file/there")),
        (("--out", "a-file/there/one.toml"), ("cannot write here: a-file is a file",)),
        (("--out", "there.toml"), ("the file is there already", "there.toml", "--overwrite")),
        (("--out", "."), ("the file is there already", "coherent-no-deadlock.toml", "--overwrite")),
        (("mine.toml", "--out", "mine.toml", "--overwrite"), ("take the place of the scenario", "another name")),
    ],
)
def test_bad_input_is_told_with_a_remedy(
    arguments: tuple[str, ...], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong, where, and what to write instead; nothing on stdout, nothing written, nothing written over."""
    here = {"a-file", "there.toml", "coherent-no-deadlock.toml", "mine.toml"}
    for name in here:
        Path(name).write_text(Path(REPAIRED).read_text("utf-8") if name == "mine.toml" else "mine", "utf-8")
    assert run(["fuzz", *arguments]) == BAD_INPUT
    said = capsys.readouterr()
    assert said.out == ""
    assert all(word in said.err for word in words), said.err
    assert {each.name for each in Path().iterdir()} == here
    assert Path("there.toml").read_text("utf-8") == "mine"
    assert run(["fuzz", *arguments, "--json"]) == BAD_INPUT
    assert set(json.loads(capsys.readouterr().out)) == {"error"}


def test_a_file_is_written_over_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """--overwrite says so."""
    Path("one.toml").write_text("mine", "utf-8")
    assert run(["fuzz", *EARLY, "--out", "one.toml", "--overwrite"]) == VIOLATION
    assert read(Path("one.toml")).title == "coherent+too-early breaks period-closed"
    capsys.readouterr()
