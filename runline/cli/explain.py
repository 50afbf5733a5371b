"""``runline explain``: what a law is and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from runline.cli.main import OK, print_json
from runline.cli.options import json_option, say

if TYPE_CHECKING:
    from runline.invariants.law import AnyLaw


@click.command("explain")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@json_option
def command(ids: tuple[str, ...], as_json: bool) -> int:
    """Say what the law ID is, where it comes from and what it needs; without ID list all laws.

    ID may also be a sentence or rule that a law names as its source, such as Q21.
    """
    from runline.invariants.laws import LAWS, find_laws
    from runline.invariants.sources import cited, sources

    rules = [each for each in ids if each in sources()]
    laws = find_laws([each for each in ids if each not in rules]) if len(rules) < len(ids) or not ids else []
    if as_json:
        print_json({"laws": [_as_dict(law) for law in laws], "sources": {rule: sources()[rule] for rule in rules}})
    elif ids:
        for law in laws:
            _tell(law)
        for rule in rules:
            say(f"{rule}: {sources()[rule]}")
            say(f"  named by: {', '.join(law.id for law in LAWS.values() if rule in cited(law))}")
    else:
        for law in laws:
            say(f"{law.id:<24} {law.kind:<7} {law.sentence}")
    return OK


def _as_dict(law: AnyLaw) -> dict[str, Any]:
    return {
        "id": law.id,
        "kind": law.kind,
        "sentence": law.sentence,
        "source": law.source,
        "needs": sorted(law.needs),
        "implies": list(law.implies),
        "observable_in_recordings": not law.within_step,
    }


def _tell(law: AnyLaw) -> None:
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
    if law.within_step:
        say("  not observable in recordings: it depends on the order of events inside a recorded step")
