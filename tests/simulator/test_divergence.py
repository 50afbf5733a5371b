"""Where two designs come apart: the first instant at which a user sees a difference, and what is told of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runline.designs.catalog import find_design
from runline.designs.design import Design
from runline.designs.quirks import QUIRKS, with_quirks
from runline.model.instants import Instant
from runline.reports.comparison import accounts
from runline.reports.comparison_text import as_dict, as_text
from runline.simulator.choices import ByQuestion
from runline.simulator.divergence import Comparison, compare
from runline.simulator.effects import Effect, effects
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import read
from runline.testing.strategies import scenarios
from tests.simulator.building import act, at, scenario

SEED = Path(__file__).parents[2] / "scenarios" / "seed"
OLD = "airflow-2016-04"
quick = settings(max_examples=40, suppress_health_check=list(HealthCheck))
others = st.sampled_from([OLD, *QUIRKS])


def other(name: str) -> str | Design:
    """A design that may come apart from coherent: the old one, or coherent with a slip."""
    return name if name == OLD else with_quirks(find_design("coherent"), [name])


@given(scenarios(), st.sampled_from(["coherent", OLD]))
@quick
def test_a_design_does_not_differ_from_itself(given: Scenario, name: str) -> None:
    """Whatever happens, nobody can tell a design from itself."""
    comparison = compare(given, name, name, laws=())
    assert comparison.divergence is None
    assert comparison.laws_apart() == []


@given(scenarios(), others)
@quick
def test_divergence_is_symmetric(given: Scenario, name: str) -> None:
    """The other way round it is the same instant, with the sides exchanged, and the same is told of each."""
    there, back = compare(given, "coherent", other(name), laws=()), compare(given, other(name), "coherent", laws=())
    assert (there.divergence is None) == (back.divergence is None)
    if there.divergence is not None and back.divergence is not None:
        assert there.divergence == (back.divergence.at, back.divergence.b, back.divergence.a)
        assert accounts(there) == tuple(reversed(accounts(back)))


@given(scenarios(), others)
@quick
def test_first_divergence_is_really_the_first(given: Scenario, name: str) -> None:
    """A naive scan over all instants finds the same one, and the same differences there."""
    comparison = compare(given, "coherent", other(name), laws=())
    a, b = (_by_instant(comparison, side) for side in (0, 1))
    apart = [instant for instant in sorted({*a, *b}) if a.get(instant, Counter()) != b.get(instant, Counter())]
    found = comparison.divergence
    assert (None if found is None else found.at) == (apart[0] if apart else None)
    if found is not None:
        here, there = (side.get(found.at, Counter()) for side in (a, b))
        assert Counter(seen.effect for seen in found.a) == here - there
        assert Counter(seen.effect for seen in found.b) == there - here


def _by_instant(comparison: Comparison, place: int) -> dict[Instant, Counter[Effect]]:
    sides = (comparison.a, comparison.b)
    previous = all(side.stores_previous for side in sides)
    shown = effects(sides[place].outcome.trace, previous=previous)
    return {instant: Counter(each.effect for each in seen) for instant, seen in shown}


@given(scenarios(), others)
@quick
def test_what_is_told_names_the_design_and_its_rules_are_known(given: Scenario, name: str) -> None:
    """Each side has a sentence that begins with the design's name; both forms of the comparison can be printed."""
    comparison = compare(given, "coherent", other(name), laws=())
    if comparison.divergence is not None:
        for side, account in zip((comparison.a, comparison.b), accounts(comparison), strict=True):
            assert account.sentence.startswith(f"{side.name} ")
            assert account.sentence.endswith(".")
            assert set(account.says) <= set(account.rules)
    assert list(as_text(comparison))
    assert as_dict(comparison)["same"] is (comparison.divergence is None)


@pytest.mark.parametrize(
    ("file", "instant", "told"),
    [
        (
            "row-02-start-not-aligned",
            "5@01",
            [
                ("coherent makes the scheduled run of 2016-01-02.", "H15", ("H15", "H11", "Q8", "Q24", "M26")),
                (f"{OLD} makes the scheduled run of 2016-01-01 05:00.", "L14", ("L14", "L13")),
            ],
        ),
        (
            "row-15-failed-day-repaired",
            "4@03",
            [
                (
                    "coherent leaves the scheduled run of 2016-01-03 running: load of 2016-01-03 waits, its previous "
                    "run, 2016-01-02, is failed.",
                    "H30",
                    ("H30",),
                ),
                (f"{OLD} declares the scheduled run of 2016-01-03 failed.", "L25", ("L25",)),
            ],
        ),
        (
            "retry-waits-its-time",
            "2@02",
            [
                (
                    "coherent does not declare the scheduled run of 2016-01-01 failed (which is running) then, but does "
                    "at 2016-01-02 05:00: load of 2016-01-01 waits, it is to be tried again at 2016-01-02 04:00.",
                    "L21",
                    ("L21",),
                ),
                (f"{OLD} declares the scheduled run of 2016-01-01 failed.", "L25", ("L25",)),
            ],
        ),
        (
            "row-14-backfill-over-a-run",
            "4@06",
            [
                ("coherent makes the backfill run of 2016-01-02.", "H21", ("H21",)),
                (
                    f"{OLD} does not make the backfill run of 2016-01-02 (there is one: scheduled success) then or "
                    "later: its backfills make no runs.",
                    "L40",
                    ("L40",),
                ),
            ],
        ),
        (
            "row-38-timeout-at-the-limit",
            "5@05",
            [
                ("coherent makes the scheduled run of 2016-01-04.", "H15", ("H15", "H11", "Q8", "Q24", "M26")),
                (
                    f"{OLD} does not make the scheduled run of 2016-01-04 then or later: 1 runs are running, the limit "
                    "is 1.",
                    "L11",
                    ("L11",),
                ),
            ],
        ),
    ],
)
def test_sentences_and_rules(file: str, instant: str, told: list[tuple[str, str, tuple[str, ...]]]) -> None:
    """What each design did, or by which gate it did not, and the rules."""
    comparison = compare(read(SEED / f"{file}.toml"), "coherent", OLD, laws=())
    assert comparison.divergence is not None
    assert comparison.divergence.at == at(instant)
    assert [(each.sentence, each.rule, each.rules) for each in accounts(comparison)] == told


def test_previous_is_compared_only_where_both_store_it() -> None:
    """A run that points elsewhere is a difference between two designs that store that, and none to one that does not."""
    slip = with_quirks(find_design("coherent"), ["first-for-previous"])
    comparison = compare(scenario(), "coherent", slip, laws=())
    assert comparison.divergence is not None
    assert accounts(comparison)[1].sentence.startswith(
        "coherent+first-for-previous links the scheduled run of 2016-01-03 to that of 2016-01-01"
    )
    assert compare(scenario(), "coherent", OLD, laws=()).divergence is None


def test_laws_that_only_one_breaks_are_told() -> None:
    """The laws that one breaks for good and the other does not, and no other, in table order."""
    comparison = compare(read(SEED / "row-02-start-not-aligned.toml"), OLD, "coherent")
    assert comparison.laws_apart() == ["run-state-agrees", "on-schedule", "start-aligned", "wall-clock"]
    told = "\n".join(as_text(comparison))
    assert f"on-schedule: {OLD} breaks it (it does not promise it)" in told
    assert "on-schedule: coherent keeps it" in told


def test_same_luck_whatever_else_is_asked() -> None:
    """How often others are asked in between changes no answer to a question."""
    alone, among = ByQuestion(7), ByQuestion(7)
    first = [alone.choose("how load ends", 1000) for _ in range(5)]
    second = []
    for _ in range(5):
        among.choose("how extract ends", 1000)
        second.append(among.choose("how load ends", 1000))
    assert first == second
    assert first != [ByQuestion(8).choose("how load ends", 1000) for _ in range(5)]


def test_a_refusal_is_seen() -> None:
    """Where one refuses what the other takes on, the refusal is told with its reason."""
    given = scenario(act("backfill", "3@02", from_="9", to="9"))
    comparison = compare(given, "coherent", OLD, laws=())
    assert comparison.divergence is not None
    assert accounts(comparison)[0].sentence == "coherent refuses the backfill: none of its dates has come yet."
