"""``runline explain``: what a law, a design or a rule is and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from runline.cli.main import OK, print_json
from runline.cli.options import json_option, say
from runline.model.errors import RunlineError, nearest

if TYPE_CHECKING:
    from runline.designs.design import Design
    from runline.designs.index import Borne, Used
    from runline.designs.quirks import Quirk
    from runline.invariants.law import Law
    from runline.simulator.guards import Guard


class _Asked(NamedTuple):
    """What was asked for, by what it is; a number may be both a source and a rule."""

    laws: list[Law]
    sources: list[str]
    designs: list[Design]
    rules: list[str]
    quirks: list[Quirk]
    guards: list[Guard]


@click.command("explain")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@json_option
def command(ids: tuple[str, ...], as_json: bool) -> int:
    """Say what ID is and where it comes from; without ID list all laws, designs, quirks and guards.

    ID is a law, a design (also one of your own, package.module:name), a quirk, a guard (what a database may keep), the
    number of a rule such as H13, or a sentence or rule that a law names as its source, such as Q21.
    """
    asked = _sort(ids)
    if as_json:
        print_json(as_dict(asked))
    elif ids:
        _tell_all(asked)
    else:
        for law in asked.laws:
            say(f"{law.id:<24} {law.kind:<9} {law.sentence}")
        for design in asked.designs:
            say(f"{design.name:<24} {'design':<9} {design.summary}")
        for quirk in asked.quirks:
            say(f"{quirk.name:<24} {'quirk':<9} {quirk.sentence}; breaks {quirk.law}")
        for guard in asked.guards:
            say(f"{guard.name:<24} {'guard':<9} {guard.sentence}")
    return OK


def _sort(ids: Sequence[str]) -> _Asked:
    """What each id means; all laws and designs, if there is none."""
    from runline.designs.catalog import DESIGNS, find_design
    from runline.designs.index import rules_by_number
    from runline.designs.quirks import QUIRKS
    from runline.invariants.laws import find_all_laws
    from runline.invariants.sources import sources
    from runline.simulator.guards import GUARDS

    numbers = rules_by_number()
    named = [each for each in ids if each in sources()]
    rules = [each for each in ids if each in numbers]
    designs = [each for each in ids if each in DESIGNS or ":" in each] if ids else list(DESIGNS)
    quirks = [each for each in ids if each in QUIRKS] if ids else list(QUIRKS)
    guards = [each for each in ids if each in GUARDS] if ids else list(GUARDS)
    left = [each for each in ids if each not in {*named, *rules, *designs, *quirks, *guards}]
    _refuse_unknown(left)
    laws = find_all_laws(left) if left or not ids else []
    found = [find_design(each) for each in designs]
    return _Asked(laws, named, found, rules, [QUIRKS[each] for each in quirks], [GUARDS[each] for each in guards])


def _refuse_unknown(ids: Sequence[str]) -> None:
    from runline.designs.catalog import DESIGNS
    from runline.designs.index import rules_by_number
    from runline.designs.quirks import QUIRKS
    from runline.invariants.laws import ALL_LAWS
    from runline.invariants.sources import sources
    from runline.simulator.guards import GUARDS

    for each in ids:
        if each not in ALL_LAWS:
            known = (*ALL_LAWS, *DESIGNS, *QUIRKS, *GUARDS) if len(each) > 4 else (*sources(), *rules_by_number())
            message = f"there is no law {each!r}, and no design, rule, quirk, guard or source of that name"
            raise RunlineError(message, value=each, remedy=nearest(each, known))


# -------------------------------------------------------------------------------- as JSON


def as_dict(asked: _Asked) -> dict[str, Any]:
    """What ``explain --json`` prints."""
    from runline.designs.index import rules_by_number
    from runline.invariants.sources import sources

    numbers = rules_by_number()
    return {
        "laws": [_law(law) for law in asked.laws],
        "sources": {number: sources()[number] for number in asked.sources},
        "designs": [_design(design) for design in asked.designs],
        "rules": [_rule(number, borne) for number in asked.rules for borne in numbers[number]],
        "quirks": [{"id": quirk.name, "sentence": quirk.sentence, "breaks": quirk.law} for quirk in asked.quirks],
        "guards": [{"id": guard.name, "sql": guard.sql, "sentence": guard.sentence} for guard in asked.guards],
    }


def _law(law: Law) -> dict[str, Any]:
    return {
        "id": law.id,
        "kind": law.kind,
        "sentence": law.sentence,
        "source": law.source,
        "needs": sorted(law.needs),
        "implies": list(law.implies),
        "observable_in_recordings": not law.within_step,
    }


def _design(design: Design) -> dict[str, Any]:
    from runline.designs.index import functions_of

    return {
        "id": design.name,
        "summary": design.summary,
        "source": design.source,
        "capabilities": sorted(design.capabilities),
        "promises": _in_table_order(design.promises),
        "gives_up": dict(design.gives_up),
        "options": {option: list(values) for option, values in design.options.items()},
        "rules": [_use(used) for used in functions_of(design)],
    }


def _use(used: Used) -> dict[str, Any]:
    rule = used.rule
    return {
        "field": used.field,
        "option": used.option or None,
        "rule": None if rule is None else rule.id,
        "sentence": _sentence(used),
    }


def _rule(number: str, borne: Borne) -> dict[str, Any]:
    return {
        "id": number,
        "function": borne.name,
        "sentence": borne.rule.sentence,
        "sources": list(borne.rule.sources),
        "used": [{"design": used.design, "field": used.field, "option": used.option or None} for used in borne.uses],
    }


# -------------------------------------------------------------------------------- as text


def _tell_all(asked: _Asked) -> None:
    for quirk in asked.quirks:
        say(f"{quirk.name} (a quirk): {quirk.sentence}")
        say(f"  the law that sees it: {quirk.law}")
    for guard in asked.guards:
        say(f"{guard.name} (a guard): {guard.sentence}")
        say(f"  {guard.sql}")
    for law in asked.laws:
        _tell_law(law)
    for design in asked.designs:
        _tell_design(design)
    for number in dict.fromkeys((*asked.sources, *asked.rules)):
        _tell_number(number)


def _tell_law(law: Law) -> None:
    from runline.invariants.laws import EXPLORED_LAWS
    from runline.invariants.sources import cited, sources

    say(f"{law.id} (a law of kind {law.kind})")
    say(f"  {law.sentence}")
    say(f"  from: {law.source}")
    for rule in cited(law):
        say(f"    {rule}: {sources()[rule]}")
    if law.needs:
        say(f"  applies to designs that have: {', '.join(sorted(law.needs))}")
    if law.implies:
        say(f"  where it is kept, these are too: {', '.join(law.implies)}")
    if law.id in EXPLORED_LAWS:
        say("  judged in explorations only: it is about all that may come of a state")
    if law.within_step:
        say("  not observable in recordings: it depends on the order of events inside a recorded step")


def _tell_design(design: Design) -> None:
    from runline.designs.index import functions_of

    say(f"{design.name} (a design): {design.summary}")
    say(f"  from: {design.source}")
    say(f"  has: {', '.join(sorted(design.capabilities)) or 'none of the capabilities that laws ask for'}")
    say(f"  promises: {', '.join(_in_table_order(design.promises)) or 'no law'}")
    for law, sentence in design.gives_up.items():
        say(f"  gives up {law}: {sentence}")
    for option, values in design.options.items():
        say(f"  option {option}: {', '.join(values)}")
    say("  its rules:")
    for used in functions_of(design):
        number = "" if used.rule is None else used.rule.id
        where = f"{used.field} ({used.option})" if used.option else used.field
        say(f"    {where:<14} {number:<5} {_sentence(used)}")


def _tell_number(number: str) -> None:
    """A source, and the rules that bear the same number."""
    from runline.designs.index import rules_by_number
    from runline.invariants.laws import ALL_LAWS
    from runline.invariants.sources import cited, sources

    text = sources().get(number)
    say(f"{number}: {text}" if text else f"{number} (a rule)")
    if laws := [law.id for law in ALL_LAWS.values() if number in cited(law)]:
        say(f"  named by: {', '.join(laws)}")
    for borne in rules_by_number().get(number, ()):
        _tell_rule(borne)
    followed = [
        f"{each} ({borne.name})"
        for each, all_borne in rules_by_number().items()
        for borne in all_borne
        if number in borne.rule.sources
    ]
    if followed:
        say(f"  followed by: {', '.join(followed)}")


def _tell_rule(borne: Borne) -> None:
    say(f"  {borne.name}: {borne.rule.sentence}")
    if borne.rule.sources:
        say(f"    follows: {', '.join(borne.rule.sources)}")
    places = [f"{used.design} ({used.field}{', ' + used.option if used.option else ''})" for used in borne.uses]
    say(f"    used by: {', '.join(places) or 'other rules, no design by itself'}")


def _sentence(used: Used) -> str:
    """What a function says of itself: the sentence of its rule, or the first line of its docstring."""
    if used.rule is not None:
        return used.rule.sentence
    return (used.function.__doc__ or "").strip().split("\n")[0]


def _in_table_order(promised: frozenset[str]) -> list[str]:
    from runline.invariants.laws import ALL_LAWS

    return [law for law in ALL_LAWS if law in promised] + sorted(promised - set(ALL_LAWS))
