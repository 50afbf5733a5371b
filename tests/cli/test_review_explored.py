"""``runline review`` over scenarios that are about all histories: explored within bounds of states, and told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from runline.cli.main import BAD_INPUT, OK, VIOLATION, run
from runline.explorer.review import ExploredCase
from runline.explorer.review import review as explore_all
from runline.reports.review_page import page
from runline.reports.review_parts import slug, text
from runline.reports.review_summary import Review
from runline.simulator.review import find_scenarios, pairs, pairs_to_explore, plan, review
from runline.simulator.scenario_file import read
from tests.reviewing import expecting, write

RACE = """
title = "A race"
source = "made up"
story = "A backfill and the scheduler come at once."
[clock]
start = 2016-01-02T00:00:00Z
end = 2016-01-02T00:00:00Z
[dags.sales]
schedule = "@daily"
start_date = 2016-01-01T00:00:00Z
[dags.sales.tasks.load]
[[actions]]
at = 2016-01-02T00:00:00Z
do = "backfill"
from = 2016-01-01T00:00:00Z
to = 2016-01-01T00:00:00Z
[processes]
interleave = "steps"
isolation = "read committed"
[explore]
{scope}
{expect}
"""
LOST = '["single-live-run", "one-first-run", "owner-is-live", "run-state-agrees", "legal-transition", "forward-only"]'
EXPECTED = expecting() + expecting("pr-1431", LOST)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s").mkdir()
    return tmp_path


def race(folder: Path, scope: str = "", expect: str = EXPECTED) -> Path:
    """Write the race down."""
    path = folder / "s" / "race.toml"
    path.write_text(RACE.format(scope=scope, expect=expect), "utf-8")
    return path


def told(folder: Path) -> dict[str, Any]:
    """The review as data."""
    value = json.loads((folder / "out" / "review.json").read_text("utf-8"))
    assert isinstance(value, dict)
    return value


def found(folder: Path) -> Review:
    """What a review finds in a folder."""
    given = plan(find_scenarios([str(folder)]))
    return Review(given, list(review(pairs(given))), explored=list(explore_all(pairs_to_explore(given))))


def test_a_scope_is_explored_and_not_simulated(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each scope stands in the data with states, moves, depth, verdicts and the counterexample that leads."""
    race(here)
    write(here, "s/plain.toml", expecting())
    assert run(["review", "s", "--out", "out"]) == OK
    data = told(here)
    assert [each["file"] for each in data["results"]] == ["s/plain.toml"]
    assert [(each["file"], each["design"], each["complete"]) for each in data["explored"]] == [
        ("s/race.toml", "pr-1431", True),
        ("s/race.toml", "coherent", True),
    ]
    lost, kept = data["explored"]
    assert set(lost["broken"]) == set(json.loads(LOST))
    assert [way["invariant"] for way in lost["counterexamples"]] == ["single-live-run"]
    assert kept["broken"] == kept["counterexamples"] == []
    assert min(kept["distinct_states"], kept["transitions"], kept["depth"]) > 5
    lines = capsys.readouterr().out.splitlines()
    assert ["explored", "scopes", "1", "1"] in [line.split() for line in lines]
    assert ["single-live-run", "1", "holds"] in [line.split() for line in lines]


def test_a_bound_that_is_reached_is_told_and_no_failure(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was not seen is unknown; the terminal, the page, the data and JUnit say so, and the exit code is 0."""
    race(here, "max_states = 20", expecting())
    assert run(["review", "s", "--out", "out"]) == OK
    line = "s/race.toml under coherent: 21 states"
    assert f"cut off: {line}" in capsys.readouterr().out
    data = told(here)
    assert data["cut_off"][0].startswith(line)
    assert {verdict["status"] for verdict in data["explored"][0]["verdicts"]} == {"unknown", "not applicable"}
    assert "cut off at 20 states" in (here / "out" / "index.html").read_text("utf-8")
    said = ET.parse(here / "out" / "junit.xml").find("testsuite/testcase/system-out")
    assert said is not None
    assert "cut off at 20 states" in str(said.text)


def test_what_was_not_expected_of_a_scope_is_unmet(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A promise that breaks in some history, and a law that was to break and breaks in none, are failures."""
    race(here, expect=expecting(breaks='["single-live-run"]'))
    assert run(["review", "s", "--out", "out"]) == VIOLATION
    line = "s/race.toml under coherent: single-live-run was expected to break, and breaks in no history"
    assert line in capsys.readouterr().out
    assert told(here)["unmet"] == [line]
    failure = ET.parse(here / "out" / "junit.xml").find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("message") == line


def test_crashes_are_those_that_the_scenario_names(here: Path) -> None:
    """Where one may die, more can happen; `runline explore` takes crashes and bound from the file too."""
    race(here, "crashes = 1", expecting())
    assert run(["review", "s", "--out", "out"]) == OK
    (scope,) = told(here)["explored"]
    assert scope["scope"]["crashes"] == 1
    assert {each["invariant"]: each["status"] for each in scope["verdicts"]}["atomic-advance"] == "holds"


def test_explore_takes_the_scope_from_the_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same counts as in the review, without an option."""
    race(here, "crashes = 1\nmax_states = 30", expecting())
    run(["explore", "s/race.toml", "--json"])
    data = json.loads(capsys.readouterr().out)
    assert (data["scope"]["crashes"], data["stopped"]) == (1, "30 states")
    run(["explore", "s/race.toml", "--crashes", "0", "--max-states", "9999", "--json"])
    data = json.loads(capsys.readouterr().out)
    assert (data["scope"]["crashes"], data["stopped"]) == (0, None)


def test_rollbacks_and_guards_are_those_that_the_scenario_names(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it expects is of a database that keeps just that; where it is to keep something else, nothing is expected."""
    race(here, 'aborts = 1\nguards = ["unique-live-run"]', expecting("pr-1431"))
    assert run(["review", "s", "--out", "out"]) == OK
    (scope,) = told(here)["explored"]
    assert (scope["scope"]["aborts"], scope["scope"]["guards"]) == (1, ["unique-live-run"])
    assert "at most 1 rollback; the database keeps unique-live-run" in (here / "out" / "index.html").read_text("utf-8")
    capsys.readouterr()
    code = run(["explore", "s/race.toml", "--design", "pr-1431", "--guard", "lock-dag", "--aborts", "0", "--json"])
    data = json.loads(capsys.readouterr().out)
    assert (data["scope"]["aborts"], data["scope"]["guards"]) == (0, ["lock-dag"])
    assert (code, data["unmet"]) == (OK, [])


def test_a_counterexample_has_the_faults_and_guards_of_its_scope(here: Path) -> None:
    """The file that fixes its order says how many rollbacks may happen in it, and what the database keeps."""
    race(here, 'aborts = 1\nguards = ["version-column"]', "")
    run(["explore", "s/race.toml", "--design", "pr-1431", "--scenario-out", "fixed.toml"])
    history = read(here / "fixed.toml").history["pr-1431"]
    assert (history.aborts, history.guards) == (1, ("version-column",))
    assert run(["review", "fixed.toml", "--out", "out"]) == OK


def test_the_lock_file_has_what_was_explored(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After how many moves a law breaks is a verdict; how many states there are is how it came about."""
    race(here)
    assert run(["review", "s", "--update-lock", "--out", "out"]) == OK
    path = here / "s" / "verdicts.lock.json"
    lock = json.loads(path.read_text("utf-8"))
    line = lock["race.toml"]["pr-1431"]
    assert line["violated"]["single-live-run"] > 3
    assert line["digest"].startswith(f"{line['states']} states, ")
    assert run(["review", "s", "--out", "out"]) == OK
    capsys.readouterr()
    line["digest"] = "7 states"
    path.write_text(json.dumps(lock), "utf-8")
    assert run(["review", "s", "--out", "out"]) == OK
    assert "(7 states)" not in capsys.readouterr().err
    line["violated"]["single-live-run"] = 99
    path.write_text(json.dumps(lock), "utf-8")
    assert run(["review", "s", "--out", "out"]) == VIOLATION
    assert "single-live-run is violated, 7 moves; the lock file says: is violated, 99 moves" in capsys.readouterr().out


def test_a_simulation_of_a_scope_need_not_show_what_some_history_does(here: Path) -> None:
    """What is expected of all histories breaks in one of them; that the one that is simulated keeps it is no failure."""
    race(here)
    assert run(["simulate", "s/race.toml", "--design", "pr-1431"]) == OK


# ------------------------------------------------------------------------------- the page


def test_the_page_tells_explored_from_simulated(here: Path) -> None:
    """The matrix of laws has a line of its own for what was explored; each scope has its place, chart and moves."""
    race(here)
    write(here, "s/plain.toml", expecting() + expecting("pr-1431"))
    run(["review", "s", "--out", "out"])
    shown = (here / "out" / "index.html").read_text("utf-8")
    row = shown[shown.index(">single-live-run</th>") :].split("</tr>")[0]
    assert "<td class=holds title='kept, though not promised'>holds<small class='over given'>" in row
    assert "explored: 1" in row
    assert "<small class='over kept'" in row
    places = re.findall(r"\bid='?([^'\s>]+)", shown)
    assert len(places) == len(set(places))
    assert set(re.findall(r"href='#([^']+)'", shown)) <= set(places)
    chart = f"charts/explored/{slug('s/race.toml', 'pr-1431')}.svg"
    assert f"src='{chart}'" in shown
    assert (here / "out" / chart).read_bytes().startswith(b"<?xml")
    assert "runline explore s/race.toml --design pr-1431" in shown


def test_a_scope_is_told_with_its_counterexample(here: Path) -> None:
    """The sentence, the laws with the moves after which they break, and the history move by move."""
    race(here)
    review_found = found(here / "s")
    shown = page(review_found, {"runline": "1"}, ())
    scope = next(each for each in review_found.explored if each.design == "pr-1431")
    way = scope.found.leading
    assert way is not None
    assert way.law == "single-live-run"
    for part in (text(way.sentences[0]), text(scope.said), "single-live-run 7", "move by move", "As expected."):
        assert part in shown


def test_the_same_scopes_give_the_same_line(here: Path) -> None:
    """An exploration that is cut off is cut off at the same state each time."""
    race(here, "max_states = 40", EXPECTED)

    def lines() -> list[dict[str, Any]]:
        scopes: list[ExploredCase] = list(explore_all(pairs_to_explore(plan(find_scenarios(["s"])))))
        return [scope.line for scope in scopes]

    assert lines() == lines()
    assert all("40 states" in line["digest"] for line in lines())


def test_a_scenario_is_about_all_histories_or_fixes_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both in one file contradict each other, which is told with the key."""
    race(here, expect='[history.coherent]\nsteps = ["scheduler-1 begins"]\n')
    assert run(["validate", "s/race.toml"]) == BAD_INPUT
    assert "history.coherent" in capsys.readouterr().err


def test_a_counterexample_of_a_scope_becomes_a_scenario_of_one_history(here: Path) -> None:
    """The file that fixes its order is simulated, and expects nothing of other designs."""
    race(here)
    run(["explore", "s/race.toml", "--design", "pr-1431", "--scenario-out", "fixed.toml"])
    assert run(["review", "fixed.toml", "--out", "out"]) == OK
    assert [(each["design"], each["broken"][0]) for each in told(here)["results"]] == [("pr-1431", "single-live-run")]
