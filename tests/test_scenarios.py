"""Every scenario file is as it expects; together they show what the designs promise, give up and do wrong."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from runline.designs.catalog import DESIGNS, find_design
from runline.explorer.fixed import happen
from runline.simulator.outcome import Outcome
from runline.simulator.scenario_file import read

ROOT = Path(__file__).parents[1] / "scenarios"
FILES = sorted(ROOT.rglob("*.toml"))
CASES = [(file, design) for file in FILES for design in DESIGNS]


@cache
def outcome_of(file: Path, design: str) -> Outcome:
    """What comes of a scenario file under a design."""
    return happen(read(file), design)


@pytest.mark.parametrize(("file", "design"), CASES, ids=lambda each: each.stem if isinstance(each, Path) else each)
def test_scenario_is_as_it_expects(file: Path, design: str) -> None:
    """What the file expects of the design comes true; where it expects nothing, all promises are kept."""
    outcome = outcome_of(file, design)
    assert outcome.complete
    assert outcome.unmet() == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scenario_says_where_it_comes_from(file: Path) -> None:
    """Each has a title, a story, a source, and an expectation for each design that comes with Runline."""
    given = read(file)
    assert given.title
    assert given.story.strip()
    assert given.source
    assert set(given.expect) >= set(DESIGNS)


def test_bugs_are_threads_with_their_addresses() -> None:
    """At least fifteen real threads of 2015 and 2016 are replayed, each with its address."""
    sources = {read(file).source for file in (ROOT / "bugs").glob("*.toml")}
    assert len(sources) >= 15
    assert all(re.match(r"https://", source) for source in sources)


PROPOSED = ("coherent", "update-in-place")
GIVEN_UP = [(design, law) for design in PROPOSED for law in sorted(find_design(design).gives_up)]


@pytest.mark.parametrize(("design", "law"), GIVEN_UP)
def test_what_a_proposal_gives_up_has_a_scenario(design: str, law: str) -> None:
    """Each law that a proposed design does not promise is broken by a scenario that expects it."""
    assert [file for file in FILES if law in outcome_of(file, design).broken and _expects(file, design, law)]


SYMPTOMS = {
    "the unaligned start": "start-aligned",
    "the changed interval": "no-overlap",
    "runs failed without a failed instance": "run-state-agrees",
    "the extra runs after a first backfill, and the backfill that the scheduler does not see": "isolation",
    "the duplicate key that stops a DAG": "no-deadlock",
    "depends_on_past across what was inserted": "depends-on-past",
    "the second run of a once DAG": "forward-only",
}
"""What the seed complains about, and the law that shows it."""


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_the_code_before_the_proposal_shows_the_symptom(symptom: str) -> None:
    """A scenario shows the symptom under the code of April 2016 and says so; coherent does not have it."""
    law = SYMPTOMS[symptom]
    shown = [f for f in FILES if _expects(f, "airflow-2016-04", law) and law in outcome_of(f, "airflow-2016-04").broken]
    assert shown
    if law in find_design("coherent").promises:
        assert all(law not in outcome_of(file, "coherent").broken for file in shown)


def _expects(file: Path, design: str, law: str) -> bool:
    expect = read(file).expect.get(design)
    return expect is not None and law in expect.breaks


def test_every_row_of_situations_is_a_file_or_has_a_reason() -> None:
    """All 43 rows of the table of situations have a file, or stand in the README with the reason why not."""
    rows = {
        int(found[1]) for file in (ROOT / "seed").glob("row-*.toml") if (found := re.match(r"row-(\d+)", file.stem))
    }
    told = (ROOT / "seed" / "README.md").read_text("utf-8")
    assert all(row in rows or re.search(rf"\b{row}\b", told) for row in range(1, 44))


def test_locked_verdicts_name_files_that_are_there() -> None:
    """The lock file of verdicts speaks of the scenario files that there are, of all of them and of no other."""
    locked = json.loads((ROOT / "verdicts.lock.json").read_text("utf-8"))
    text = json.dumps(locked)
    for file in FILES:
        assert file.relative_to(ROOT).as_posix() in text
