"""The ticks of cron expressions, computed once per expression and stretch of time, then looked up."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from runline.model.errors import RunlineError
from runline.model.instants import Instant, from_datetime, to_datetime

if TYPE_CHECKING:
    from croniter import croniter

_REACH = 512
"""How many ticks a stretch may grow to meet a question; one farther away starts a stretch of its own."""
_STRETCHES = 8
_HASHED_OR_RANDOM = re.compile(r"(?:.*,)?[hr](?:$|[(/,])", re.IGNORECASE)
_DAILY = re.compile(r"^\S+\s+\S+\s+\*\s+\*\s+\*$")
"""Expressions of five fields that name every day, every month and every weekday."""
_DAY: Instant = 86_400_000_000
_FIRST_MIDNIGHT: Instant = 16_801 * _DAY
"""1 January 2016."""
_KNOWN: Instant = -365 * 68 * _DAY
"""So far back from 1970, and as far ahead, a pattern answers; beyond, croniter does, whose years are limited."""
_CHECK_FROM = datetime(2000, 1, 1, tzinfo=UTC)


class _Stretch:
    """Consecutive ticks: every tick of the expression in ``[low, high]`` is in ``ticks``."""

    def __init__(self, expression: str, start: Instant) -> None:
        self.ticks: list[Instant] = []
        self.low = self.high = start
        self._forward = _engine(expression, start)
        self._backward = _engine(expression, start)
        if (tick := _ask(self._forward, "next")) is not None:
            # A tick at the start itself belongs to neither direction of croniter, so look for it once.
            before = _ask(_engine(expression, tick), "prev")
            if before == start:
                self.ticks.append(start)
            self.ticks.append(tick)
            self.high = tick
        self.dry = tick is None

    def grow_to(self, instant: Instant) -> bool:
        """Grow until ``instant`` lies strictly inside; false if that is too far or nothing more follows."""
        for _ in range(_REACH):
            if self.low < instant < self.high:
                return True
            forward = instant >= self.high
            tick = _ask(self._forward if forward else self._backward, "next" if forward else "prev")
            if tick is None:
                return False
            if forward:
                self.ticks.append(tick)
                self.high = tick
            else:
                self.ticks.insert(0, tick)
                self.low = tick
        return False


class _Pattern:
    """The ticks of an expression that is the same every day: those of one day tell all."""

    def __init__(self, expression: str) -> None:
        engine, ticks = _engine(expression, _FIRST_MIDNIGHT - 1), list[Instant]()
        while (tick := _ask(engine, "next")) is not None and tick < _FIRST_MIDNIGHT + _DAY:
            ticks.append(tick - _FIRST_MIDNIGHT)
        self.ticks = ticks

    def after(self, instant: Instant) -> Instant:
        """The least tick strictly after ``instant``."""
        day, rest = divmod(instant, _DAY)
        place = bisect_right(self.ticks, rest)
        return day * _DAY + self.ticks[place] if place < len(self.ticks) else (day + 1) * _DAY + self.ticks[0]

    def before(self, instant: Instant) -> Instant:
        """The greatest tick strictly before ``instant``."""
        day, rest = divmod(instant, _DAY)
        place = bisect_left(self.ticks, rest)
        return day * _DAY + self.ticks[place - 1] if place else (day - 1) * _DAY + self.ticks[-1]


class Ticks:
    """The ticks of one expression, in UTC."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self._stretches: list[_Stretch] = []
        self._pattern = _Pattern(expression) if _DAILY.match(expression) else None

    def after(self, instant: Instant) -> Instant | None:
        """The least tick strictly after ``instant``; ``None`` where croniter finds none."""
        if self._pattern is not None and _KNOWN <= instant <= -_KNOWN:
            return self._pattern.after(instant)
        stretch = self._around(instant)
        if stretch is None:
            return _ask(_engine(self.expression, instant), "next")
        return stretch.ticks[bisect_right(stretch.ticks, instant)]

    def before(self, instant: Instant) -> Instant | None:
        """The greatest tick strictly before ``instant``; ``None`` where croniter finds none."""
        if self._pattern is not None and _KNOWN <= instant <= -_KNOWN:
            return self._pattern.before(instant)
        stretch = self._around(instant)
        if stretch is None:
            return _ask(_engine(self.expression, instant), "prev")
        return stretch.ticks[bisect_left(stretch.ticks, instant) - 1]

    def at(self, instant: Instant) -> bool:
        """Whether ``instant`` is a tick."""
        if self._pattern is not None and _KNOWN <= instant <= -_KNOWN:
            return instant % _DAY in self._pattern.ticks
        following = self.after(instant)
        aligned = following is None or self.before(following) == instant
        return aligned and self.after(instant - 1) == instant

    def _around(self, instant: Instant) -> _Stretch | None:
        for place, stretch in enumerate(self._stretches):
            if stretch.low < instant < stretch.high or stretch.grow_to(instant):
                if place:
                    self._stretches.insert(0, self._stretches.pop(place))
                return stretch
        fresh = _Stretch(self.expression, instant)
        if fresh.dry or not fresh.grow_to(instant):
            return None
        self._stretches.insert(0, fresh)
        del self._stretches[_STRETCHES:]
        return fresh


@lru_cache(maxsize=512)
def ticks_of(expression: str) -> Ticks:
    """The ticks of ``expression``; raises :class:`RunlineError` if croniter refuses it or it names no date."""
    if _hashed_or_random(expression):
        raise RunlineError(
            f"{expression!r} is hashed or random: it has no fixed ticks", value=expression, remedy="fixed fields"
        )
    try:
        engine = _engine(expression, from_datetime(_CHECK_FROM))
    except (ValueError, KeyError, AttributeError) as error:
        raise RunlineError(
            f"{expression!r} is not a cron expression ({error})",
            value=expression,
            remedy="five fields such as '0 0 * * *', a preset such as '@daily', '@once' or 'none'",
        ) from None
    if _ask(engine, "next") is None:
        raise RunlineError(
            f"{expression!r} names a date that never comes", value=expression, remedy="a day that the month has"
        )
    return Ticks(expression)


@lru_cache(maxsize=1024)
def tick_after(expression: str, instant: Instant) -> Instant | None:
    """The least tick of an expression strictly after ``instant``; remembered, since rules and laws ask for the same."""
    return ticks_of(expression).after(instant)


@lru_cache(maxsize=1024)
def tick_before(expression: str, instant: Instant) -> Instant | None:
    """The greatest tick of an expression strictly before ``instant``."""
    return ticks_of(expression).before(instant)


@lru_cache(maxsize=1024)
def tick_from(expression: str, instant: Instant) -> Instant:
    """The least tick of an expression at or after ``instant``; that itself where nothing follows."""
    following = tick_after(expression, instant)
    return instant if following is None or tick_before(expression, following) == instant else following


def _hashed_or_random(expression: str) -> bool:
    """Whether a field is croniter's ``H`` (from a hash) or ``R`` (at random)."""
    return any(_HASHED_OR_RANDOM.match(field) for field in expression.split())


def _engine(expression: str, start: Instant) -> croniter:
    from croniter import croniter

    return croniter(expression, to_datetime(start), ret_type=datetime)


def _ask(engine: croniter, direction: str) -> Instant | None:
    from croniter import CroniterBadDateError

    try:
        return from_datetime(engine.get_next() if direction == "next" else engine.get_prev())
    except CroniterBadDateError:
        return None
