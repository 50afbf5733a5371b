"""What breaks in the announced code is found by search alone, in small histories; the proposals keep their word there."""

from __future__ import annotations

import os
from itertools import islice

import pytest

from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from runline.testing.find import findings, generated

HISTORIES = 3_000 if os.environ.get("RUNLINE_PROFILE") == "nightly" else 100
BROKEN = {
    "previous-is-live": "P3",
    "depends-on-past": "P2",
    "overridden-is-final": "P6",
    "task-has-run": "P1",
    "on-schedule": "P4",
    "no-deadlock": "P3, P5",
    "single-live-run": "P8",
}
"""Laws that the announced code breaks for good, and what it does then (semantics 3.3)."""
PROPOSED = ("coherent", "update-in-place")


@pytest.mark.parametrize("law", BROKEN)
def test_the_search_finds_what_breaks_in_the_announced_code(law: str) -> None:
    """Nobody says where to look: a generated history of at most six acts breaks the law for good."""
    found = findings("pr-1431", law)
    assert found is not None
    assert len(found.actions) <= 6
    assert law in simulate(found, "pr-1431").broken
    assert not broken_promises(found)


def test_the_proposals_keep_their_promises_over_the_same_histories() -> None:
    """In the histories that are searched, neither the proposal nor the alternative breaks a promised law."""
    for acts in (2, 6):
        for scenario in islice(generated(HISTORIES, 0, acts, 8), HISTORIES):
            assert broken_promises(scenario) == {}


def broken_promises(scenario: Scenario) -> dict[str, list[str]]:
    """The promised laws that each of the proposed designs breaks in a history."""
    found = {design: simulate(scenario, design, max_events=20_000).broken_promises for design in PROPOSED}
    return {design: laws for design, laws in found.items() if laws}
