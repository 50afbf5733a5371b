"""The laws a second time: offline checks over snapshots, naive and obviously right.

They share no code with the monitors, and tests hold the two equal after every event. ``broken_now`` and ``breaks`` do
not ask whether the law applies (``Law.needs``).
"""

from __future__ import annotations

from runline.invariants.law import Context, Locus
from runline.invariants.offline.memory import MEMORY
from runline.invariants.offline.past import EventCheck, Past, StateCheck, pasts
from runline.invariants.offline.state import STATE
from runline.invariants.offline.step import STEP

OFFLINE: dict[str, StateCheck | EventCheck] = {**STATE, **STEP, **MEMORY}
"""All offline checks, by the id of their law."""
_EVENT: dict[str, EventCheck] = {**STEP, **MEMORY}

__all__ = ["OFFLINE", "Past", "breaks", "broken_now", "pasts"]


def broken_now(law_id: str, past: Past, context: Context) -> set[Locus]:
    """Where a state law is broken now."""
    return STATE[law_id](past, context)


def breaks(law_id: str, past: Past, context: Context) -> bool:
    """Whether the last event broke a step or memory law."""
    return _EVENT[law_id](past, context)
