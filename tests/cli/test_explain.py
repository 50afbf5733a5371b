"""`runline explain`: laws, designs, and rules by number."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runline.cli.main import BAD_INPUT, OK, run
from runline.designs.catalog import DESIGNS, find_design
from runline.designs.index import functions_of, rules_by_number
from runline.invariants.laws import ALL_LAWS
from runline.invariants.sources import sources

Told = pytest.CaptureFixture[str]


def _told(capsys: Told, *ids: str) -> dict[str, Any]:
    assert run(["explain", *ids, "--json"]) == OK
    value: dict[str, Any] = json.loads(capsys.readouterr().out)
    return value


def _text(capsys: Told, *ids: str) -> str:
    assert run(["explain", *ids]) == OK
    return capsys.readouterr().out


def test_without_id_all_laws_and_designs_are_listed(capsys: Told) -> None:
    """Without an id every law is listed with its sentence, every design with its summary."""
    text = _text(capsys)
    for law in ALL_LAWS.values():
        assert any(line.startswith(law.id) and line.endswith(law.sentence) for line in text.splitlines())
    for name in DESIGNS:
        assert any(line.startswith(name) and line.endswith(find_design(name).summary) for line in text.splitlines())
    told = _told(capsys)
    assert [design["id"] for design in told["designs"]] == list(DESIGNS)


@pytest.mark.parametrize("name", DESIGNS)
def test_design_is_told_with_all_that_it_is(name: str, capsys: Told) -> None:
    """A design is told with its source, capabilities, promises, what it gives up, its options and its rules by field."""
    design = find_design(name)
    (told,) = _told(capsys, name)["designs"]
    assert (told["id"], told["summary"], told["source"]) == (name, design.summary, design.source)
    assert set(told["capabilities"]) == design.capabilities
    assert set(told["promises"]) == design.promises
    assert told["gives_up"] == dict(design.gives_up)
    assert told["options"] == {option: list(values) for option, values in design.options.items()}
    text = _text(capsys, name)
    for used in functions_of(design):
        assert used.field in text
        if used.rule is not None:
            assert f"{used.rule.id:<5} {used.rule.sentence}" in text
    for law, sentence in design.gives_up.items():
        assert f"gives up {law}: {sentence}" in text


def test_options_name_the_rules_that_they_put_in_place(capsys: Told) -> None:
    """A rule that stands in a design under an option only is told with that option."""
    (design,) = _told(capsys, "coherent")["designs"]
    (under_option,) = [rule for rule in design["rules"] if rule["option"] == "depends_on_past = task"]
    assert (under_option["field"], under_option["rule"]) == ("past", "H31")
    assert {"design": "coherent", "field": "past", "option": "depends_on_past = task"} in _told(capsys, "H31")["rules"][
        0
    ]["used"]


def test_ones_own_design(capsys: Told) -> None:
    """A design of one's own, named by package and module, is told as ours are."""
    (design,) = _told(capsys, "runline.designs.coherent:coherent")["designs"]
    assert design["id"] == "coherent"


def test_rule_by_number(capsys: Told) -> None:
    """A rule is told with its sentence, what it follows, and which designs use it for what."""
    (rule,) = _told(capsys, "H13")["rules"]
    assert rule["function"] == "beyond_timeline"
    assert rule["sentence"].startswith("Strictly beyond the latest live scheduled or backfill run")
    assert "Q25" in rule["sources"]
    assert {"design": "coherent", "field": "beyond", "option": None} in rule["used"]
    text = _text(capsys, "H13")
    assert rule["sentence"] in text
    assert "used by: coherent (beyond)" in text


def test_number_borne_by_several_functions(capsys: Told) -> None:
    """Where several functions bear a number each is told."""
    numbers = {number: borne for number, borne in rules_by_number().items() if len(borne) > 1}
    assert "H15" in numbers
    for number, borne in numbers.items():
        assert [rule["function"] for rule in _told(capsys, number)["rules"]] == [each.name for each in borne]


def test_every_rule_can_be_asked_for(capsys: Told) -> None:
    """Each rule of each design is found by its number, and is said to be used by that design in that field."""
    told = _told(capsys, *rules_by_number())
    for name in DESIGNS:
        for used in functions_of(find_design(name)):
            if used.rule is not None:
                place = {"design": name, "field": used.field, "option": used.option or None}
                assert any(rule["id"] == used.rule.id and place in rule["used"] for rule in told["rules"])


def test_rule_that_only_other_rules_use(capsys: Told) -> None:
    """A rule that stands in no field of a design is said to be used by other rules."""
    inside = [number for number, borne in rules_by_number().items() if not any(each.uses for each in borne)]
    assert inside
    for number in inside:
        assert "used by: other rules, no design by itself" in _text(capsys, number)


def test_source_text_is_told_with_the_rule(capsys: Told) -> None:
    """Where a text of the source exists for a number it is told before the code that bears it."""
    both = [number for number in rules_by_number() if number in sources()]
    assert both
    for number in both:
        assert _text(capsys, number).startswith(f"{number}: {sources()[number]}\n")
        assert _told(capsys, number)["sources"] == {number: sources()[number]}


def test_source_names_the_laws_and_rules_that_follow_it(capsys: Told) -> None:
    """A sentence of the proposal is told with the laws that name it and the rules that follow it."""
    text = _text(capsys, "Q7")
    assert "named by: on-schedule" in text
    assert "followed by: H13 (beyond_timeline)" in text


@pytest.mark.parametrize(
    ("id_", "offer"),
    [
        ("acyclic-previos", "did you mean 'acyclic-previous'?"),
        ("coherant", "did you mean 'coherent'?"),
        ("h13", "did you mean 'H13'?"),
        ("nowhere:design", "package.module:name of a Design"),
    ],
)
def test_unknown_id_is_offered_the_nearest(id_: str, offer: str, capsys: Told) -> None:
    """An id that nobody knows is an error that offers the nearest law, design or number."""
    assert run(["explain", id_]) == BAD_INPUT
    assert offer in capsys.readouterr().err
