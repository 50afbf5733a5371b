"""Small slips in a rule, over all histories: each leads to as many states as can be counted, and its law sees it."""

from __future__ import annotations

import pytest

from runline.designs.quirks import QUIRKS
from runline.explorer.explore import explore
from runline.explorer.search import Limits
from runline.explorer.world import World
from runline.model.events import RunCreated
from runline.model.states import RunKind
from tests.explorer.test_histories_are_paths import STEPS, processes
from tests.explorer.walking import happened
from tests.simulator.building import act, at, scenario

SMALL = scenario(act("backfill", "2@12", from_="1", to="1") + processes(**STEPS), last=3)


@pytest.mark.parametrize("quirk", QUIRKS)
def test_no_quirk_goes_on_for_ever(quirk: str) -> None:
    """All histories are seen, for no slip makes a scheduler act without end at one instant."""
    assert explore(SMALL, "coherent", quirks=(quirk,), limits=Limits(20_000)).found.complete


def test_a_run_that_is_made_too_early_is_made_once_its_date_has_come() -> None:
    """The run of the last day is made while that day lasts, and none of a day that is still to come."""
    found = explore(SMALL, "coherent", quirks=("too-early",))
    assert found.broken == ["period-closed"]
    made = [
        (event.record.date, event.at)
        for told in happened(World(SMALL, found.design, ()))
        for event in told.events
        if isinstance(event, RunCreated) and event.record.kind is RunKind.SCHEDULED
    ]
    assert max(made)[0] == at("3")
    assert all(date <= instant for date, instant in made)
