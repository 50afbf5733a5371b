"""What an offline check is given: all events so far and the state around each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from runline.invariants.law import Context, Locus
from runline.invariants.offline.fold import fold
from runline.model.events import Event
from runline.model.snapshot import Snapshot


class Past(NamedTuple):
    """The events so far, at least one, and the states: ``snapshots[0]`` is the one before the first event."""

    events: tuple[Event, ...]
    snapshots: tuple[Snapshot, ...]

    @property
    def last(self) -> Event:
        """The event that has just happened."""
        return self.events[-1]

    @property
    def before(self) -> Snapshot:
        """The state before the last event."""
        return self.snapshots[-2]

    @property
    def state(self) -> Snapshot:
        """The state now, after the last event."""
        return self.snapshots[-1]


StateCheck = Callable[[Past, Context], set[Locus]]
"""The places at which a state law is broken now."""
EventCheck = Callable[[Past, Context], bool]
"""Whether the last event broke a step or memory law."""


def pasts(events: Iterable[Event]) -> Iterator[Past]:
    """The past after each event in turn."""
    told = tuple(events)
    snapshots = (Snapshot(), *fold(told))
    for count in range(1, len(told) + 1):
        yield Past(told[:count], snapshots[: count + 1])
