"""Clocks in the world of an exploration: kept is how far one is ahead, or the line by which it gains or loses.

What a clock shows follows from that and the world's time, so one that drifts takes no more state than one that is off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from runline.model.instants import Duration, Instant
from runline.simulator.actions import ClockAct
from runline.simulator.clocks import VirtualClock, go_wrong


class Drifting(NamedTuple):
    """A clock that gains or loses ``drift`` (as text) from the time of the ``world`` on at which it ``shown`` that."""

    world: Instant
    shown: Instant
    drift: str


Lead = Duration | Drifting
"""How far a clock is ahead of the world, behind if negative; or how it gains and loses."""


def shows(lead: Lead, now: Instant) -> Instant:
    """What a clock shows at a time of the world."""
    return _clock(lead).read(now) if isinstance(lead, Drifting) else now + lead


def comes(lead: Lead, shown: Iterable[Instant], now: Instant) -> Iterator[Instant]:
    """When a clock will first show each of these instants, as the world has it; of those that it never does, nothing."""
    for instant in shown:
        if not isinstance(lead, Drifting):
            yield instant - lead
        elif (time := _clock(lead).when(instant, now)) is not None:
            yield time


def after(lead: Lead, action: ClockAct, now: Instant) -> Lead:
    """How a clock goes after it went wrong."""
    clock = _set(lead)
    go_wrong(clock, action, now)
    if clock.ahead is not None:
        return clock.ahead
    drift = lead.drift if action.drift is None and isinstance(lead, Drifting) else str(action.drift)
    return Drifting(now, clock.read(now), drift)


def begun(lead: Lead, now: Instant) -> Lead:
    """How a clock goes of which something was said before there was any: as if that were said now."""
    return Drifting(now, now + lead.shown, lead.drift) if isinstance(lead, Drifting) else lead


def _set(lead: Lead) -> VirtualClock:
    clock = VirtualClock()
    if isinstance(lead, Drifting):
        clock.set_offset(lead.shown - lead.world, lead.world)
        clock.set_drift(lead.drift, lead.world)
    else:
        clock.set_offset(lead, 0)
    return clock


_clock = lru_cache(maxsize=1 << 10)(_set)
