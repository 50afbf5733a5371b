"""``runline replay``: a recorded simulation, gone through again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runline.cli.main import OK, VIOLATION, print_json
from runline.cli.options import json_option, say

if TYPE_CHECKING:
    from runline.simulator.outcome import Outcome
    from runline.simulator.trace_file import Divergence


@click.command("replay")
@click.argument("trace", metavar="TRACE")
@json_option
def command(trace: str, as_json: bool) -> int:
    """Go through TRACE again by the choices recorded in it, and say where it first comes out otherwise.

    TRACE is a file that `runline simulate --trace FILE` wrote. Entries count from 0.
    """
    from runline.explorer.trace import replay
    from runline.simulator.trace_file import read_trace

    outcome, divergence = replay(Path(trace))
    recorded_with = read_trace(Path(trace)).header.get("versions")
    if as_json:
        print_json({**as_dict(trace, outcome, divergence), "recorded_with": recorded_with})
    else:
        _tell(trace, outcome, divergence, recorded_with)
    return OK if divergence is None else VIOLATION


def as_dict(trace: str, outcome: Outcome, divergence: Divergence | None) -> dict[str, Any]:
    """What ``replay --json`` prints."""
    from runline.simulator.trace_file import digest_of
    from runline.versions import versions

    return {
        "trace": trace,
        "design": outcome.design_name,
        "seed": outcome.seed,
        "entries": len(outcome.trace),
        "events": outcome.events,
        "digest": digest_of(outcome),
        "matches": divergence is None,
        "divergence": None if divergence is None else divergence._asdict(),
        "versions": versions(),
    }


def _tell(trace: str, outcome: Outcome, divergence: Divergence | None, recorded_with: dict[str, str] | None) -> None:
    from runline.simulator.trace_file import digest_of
    from runline.versions import versions

    say(f"{outcome.scenario.title} under {outcome.design_name}, seed {outcome.seed}")
    say(f"{len(outcome.trace)} entries, {outcome.events} events, digest {digest_of(outcome)}")
    say(_named(versions()))
    if recorded_with and recorded_with != versions():
        say(f"recorded with {_named(recorded_with)}")
    if divergence is None:
        say(f"{trace}: matches, entry by entry")
        return
    say(f"{trace}, line {divergence.line}: entry {divergence.entry} comes out otherwise")
    say(f"  recorded: {divergence.recorded}")
    say(f"  now:      {divergence.now}")


def _named(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
