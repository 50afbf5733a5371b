"""Virtual clocks: what a process takes for the time. Each has an offset and a drift of its own, may jump, and may stop."""

from __future__ import annotations

from fractions import Fraction

from runline.model.instants import Duration, Instant
from runline.simulator.actions import ClockAct


class VirtualClock:
    """The clock of one process: a line through (world, shown) whose slope is one plus its drift."""

    def __init__(self) -> None:
        self._world: Instant = 0
        self._shown: Instant = 0
        self._rate = Fraction(1)
        self.ahead: Duration | None = 0
        """How far it is ahead of the world, behind if negative; ``None`` while it gains or loses."""

    def read(self, world: Instant) -> Instant:
        """What the clock shows at a time of the world."""
        if self.ahead is not None:
            return world + self.ahead
        return self._shown + int((world - self._world) * self._rate)

    def when(self, shown: Instant, world: Instant) -> Instant | None:
        """The first time of the world, from ``world`` on, at which the clock shows ``shown`` or more; never: ``None``."""
        if self.ahead is not None:
            return max(world, shown - self.ahead)
        if self.read(world) >= shown:
            return world
        if self._rate <= 0:
            return None
        away = (shown - self._shown) / self._rate
        found = self._world + -((-away.numerator) // away.denominator)
        while self.read(found) < shown:
            found += 1
        return max(found, world)

    def set_offset(self, offset: Duration, world: Instant) -> None:
        """From now on the clock is off by ``offset`` (ahead, if positive)."""
        self._set(world, world + offset)

    def jump(self, by: Duration, world: Instant) -> None:
        """The clock jumps ahead, or back, from what it shows."""
        self._set(world, self.read(world) + by)

    def set_drift(self, drift: float | str, world: Instant) -> None:
        """From now on the clock gains ``drift`` microseconds a microsecond, read as it is written; -1 lets it stand still."""
        shown = self.read(world)
        self._rate = 1 + Fraction(str(drift))
        self._set(world, shown)

    def _set(self, world: Instant, shown: Instant) -> None:
        self._world, self._shown = world, shown
        self.ahead = shown - world if self._rate == 1 else None


def go_wrong(clock: VirtualClock, action: ClockAct, world: Instant) -> None:
    """Let a clock go wrong as an action says."""
    if action.offset is not None:
        clock.set_offset(action.offset, world)
    elif action.jump is not None:
        clock.jump(action.jump, world)
    elif action.drift is not None:
        clock.set_drift(action.drift, world)
