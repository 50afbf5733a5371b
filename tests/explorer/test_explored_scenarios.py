"""The scenarios that are about all histories: under each design they do what they expect and what the lock file says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runline.designs.catalog import DESIGNS
from runline.explorer.review import ExploredCase
from runline.explorer.review import review as explored
from runline.simulator.review import find_scenarios, pairs_to_explore, plan

ROOT = Path(__file__).parents[2] / "scenarios"
LOCKED: dict[str, dict[str, dict[str, Any]]] = json.loads((ROOT / "verdicts.lock.json").read_text("utf-8"))
GIVEN = {each.file.path.name: each for each in plan(find_scenarios([str(ROOT / "explored")]))}
_LARGE = 3_000
"""Scopes of more states than this are explored by the review, and at night."""


def scopes() -> list[Any]:
    """Each file with each design, the large ones marked."""
    return [
        pytest.param(
            name, design, marks=[pytest.mark.nightly] if LOCKED[f"explored/{name}"][design]["states"] > _LARGE else []
        )
        for name in GIVEN
        for design in DESIGNS
    ]


def explore(name: str, design: str) -> ExploredCase:
    """What is found of a scenario under a design."""
    (found,) = explored([(GIVEN[name], design)])
    return found


@pytest.mark.parametrize(("name", "design"), scopes())
def test_a_scope_is_as_it_expects(name: str, design: str) -> None:
    """What breaks in some history is what the file expects, and all that is found is what the lock file has."""
    found = explore(name, design)
    assert found.unmet == ()
    assert found.line == LOCKED[f"explored/{name}"][design]


def test_the_files_are_about_all_histories_of_every_design() -> None:
    """Each is explored, under all designs that come with Runline, step by step."""
    wanted = pairs_to_explore(GIVEN.values())
    assert {(given.file.path.name, design) for given, design in wanted} == {(n, d) for n in GIVEN for d in DESIGNS}
    assert all(given.scenario.processes.interleave == "steps" for given in GIVEN.values())


@pytest.mark.parametrize("design", ["coherent", "update-in-place"])
def test_the_proposals_are_seen_whole(design: str) -> None:
    """No bound cuts off what is said of the two proposals, and they break no promise in any history."""
    lines = [LOCKED[f"explored/{name}"][design] for name in GIVEN]
    assert all("unknown" not in line and line["digest"].endswith("complete") for line in lines)
    assert {law for line in lines for law in line.get("violated", {})} <= {"history-kept"}
