"""``runline explain``: what a law is and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from runline.cli.main import OK, print_json
from runline.cli.options import json_option

if TYPE_CHECKING:
    from runline.invariants.law import AnyLaw


@click.command("explain")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@json_option
def command(ids: tuple[str, ...], as_json: bool) -> int:
    """Say what the law ID is, where it comes from and what it needs; without ID list all laws."""
    from runline.invariants.laws import find_laws

    laws = find_laws(ids)
    if as_json:
        print_json({"laws": [_as_dict(law) for law in laws]})
    elif ids:
        for law in laws:
            _tell(law)
    else:
        for law in laws:
            click.echo(f"{law.id:<24} {law.kind:<7} {law.sentence}")
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
    click.echo(f"{law.id} (a law of kind {law.kind})")
    click.echo(f"  {law.sentence}")
    click.echo(f"  from: {law.source}")
    if law.needs:
        click.echo(f"  applies to designs that have: {', '.join(sorted(law.needs))}")
    if law.implies:
        click.echo(f"  where it is kept, these are too: {', '.join(law.implies)}")
    if law.within_step:
        click.echo("  not observable in recordings: it depends on the order of events inside a recorded step")
