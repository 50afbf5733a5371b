"""What a design promises holds over generated histories, and every slip in a rule turns a law red."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runline.designs.catalog import DESIGNS, find_design
from runline.designs.coherent import coherent
from runline.designs.quirks import QUIRKS, with_quirks
from runline.designs.rule import rule_of
from runline.designs.update_in_place import update_in_place
from runline.explorer.fixed import happen
from runline.invariants.laws import ALL_LAWS
from runline.model.errors import RunlineError
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from runline.testing.find import breaks, first
from runline.testing.strategies import scenarios

HISTORIES = 100_000 if os.environ.get("RUNLINE_PROFILE") == "nightly" else 500
AT_LEAST = {
    "single-live-run",
    "previous-is-predecessor",
    "acyclic-previous",
    "previous-is-live",
    "one-first-run",
    "task-has-run",
    "owner-is-live",
    "run-state-agrees",
    "overridden-is-final",
    "depends-on-past",
    "upstream-order",
    "on-schedule",
    "within-bounds",
    "period-closed",
    "forward-only",
    "version-pinned",
    "next-date-monotone",
    "history-kept",
    "single-claim",
    "single-try",
    "no-deadlock",
    "isolation",
    "idempotent-backfill",
}
"""What ``coherent`` has to promise at least."""
UPDATING = (
    {"fill_gaps": "on"},
    {"reset": "all"},
    {"over_running": "join"},
    {"fill_gaps": "on", "reset": "all", "over_running": "join"},
    {"history": "on"},
)
"""Options of ``update-in-place``, alone and together."""


@pytest.mark.parametrize("design", ["coherent", "update-in-place"])
@given(scenarios())
@settings(max_examples=HISTORIES, suppress_health_check=list(HealthCheck))
def test_a_design_keeps_what_it_promises(design: str, given: Scenario) -> None:
    """No history of a week breaks a law that the design promises."""
    outcome = happen(given, design)
    assert {law: [f.sentence for f in outcome.verdicts[law].findings] for law in outcome.broken_promises} == {}


@given(scenarios())
@settings(max_examples=HISTORIES // 5, suppress_health_check=list(HealthCheck))
def test_coherent_keeps_what_it_promises_at_task_level(given: Scenario) -> None:
    """The same with depends_on_past at task level (H31), where what runs is taken away (M5)."""
    outcome = simulate(given, find_design("coherent", {"depends_on_past": "task", "over_running": "cancel"}))
    assert {law: [f.sentence for f in outcome.verdicts[law].findings] for law in outcome.broken_promises} == {}


@given(scenarios(), st.sampled_from(UPDATING))
@settings(max_examples=HISTORIES // 5, suppress_health_check=list(HealthCheck))
def test_update_in_place_keeps_what_it_promises_under_its_options(given: Scenario, options: dict[str, str]) -> None:
    """The same where gaps are filled, all is run again, or running runs are joined (U4, U7, U10)."""
    outcome = simulate(given, find_design("update-in-place", options))
    assert {law: [f.sentence for f in outcome.verdicts[law].findings] for law in outcome.broken_promises} == {}


def test_update_in_place_promises_what_coherent_does_but_for_what_it_cannot() -> None:
    """It gives up two laws that coherent keeps (U11); all others of coherent's that apply to it are promised."""
    applies = {law for law, each in ALL_LAWS.items() if each.needs <= update_in_place.capabilities}
    assert (coherent.promises & applies) - update_in_place.promises == {"version-pinned", "history-kept"}


def test_coherent_promises_at_least_this() -> None:
    """The laws that the proposal names are promised."""
    assert coherent.promises >= AT_LEAST


@pytest.mark.parametrize("name", DESIGNS)
def test_every_law_is_promised_or_given_up_with_a_reason(name: str) -> None:
    """A law that applies is promised, or the design says which sentence gives it up; none is both, none is unknown."""
    design = find_design(name)
    applies = {law for law, each in ALL_LAWS.items() if each.needs <= design.capabilities}
    assert design.promises | set(design.gives_up) == applies
    assert not design.promises & set(design.gives_up)
    assert all(len(sentence) > 20 for sentence in design.gives_up.values())


@pytest.mark.parametrize("name", DESIGNS)
def test_every_rule_of_a_design_names_its_number(name: str) -> None:
    """Each function in a design's record is a rule with a number and a sentence, but for how ids are counted."""
    design = find_design(name)
    for field in type(design).__dataclass_fields__:
        value = getattr(design, field)
        for function in value if isinstance(value, tuple) else (value,):
            if callable(function) and field != "next_run_id":
                assert rule_of(function).id
                assert rule_of(function).sentence


# ------------------------------------------------------------------------------ quirks


@pytest.mark.parametrize("quirk", QUIRKS)
def test_a_quirk_turns_its_law_red(quirk: str) -> None:
    """A design that differs from coherent in this breaks the law that is to see it, in a history that coherent keeps."""
    law = QUIRKS[quirk].law
    level = {"depends_on_past": "task" if quirk == "no-downstream" else "run"}
    design = find_design("coherent", level)
    assert law in design.promises

    found = first(breaks(with_quirks(design, [quirk]), law), max_examples=3_000)
    assert found is not None, f"no generated history shows that {quirk} breaks {law}"
    assert law not in simulate(found, design, laws=[ALL_LAWS[law]]).broken


def test_an_unknown_quirk_is_an_error_that_offers_the_nearest() -> None:
    """A slip in the name of a quirk is told."""
    with pytest.raises(RunlineError, match=r"no quirk 'no-pasd'") as caught:
        with_quirks(coherent, ["no-pasd"])
    assert "no-past" in str(caught.value)


def test_quirks_name_themselves() -> None:
    """A design with quirks bears their names, so that nothing is taken for the design's own."""
    assert with_quirks(coherent, ["no-past", "too-early"]).name == "coherent+no-past+too-early"
