"""A real history: what was recorded, as states with the events that lead from each to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from runline.model.capability import Capability
from runline.model.events import Event
from runline.model.instants import Instant
from runline.model.snapshot import Snapshot


class Moment(NamedTuple):
    """One step of a recording: what was done, the state that was seen after it, and the events in between.

    The order of the events inside a step is not known; what a step shows for certain is the state after it.
    """

    number: int
    action: str
    at: Instant
    state: Snapshot
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A recording, read. ``tree`` names the scheduler that was recorded; ``file`` and ``line`` where it stands.

    ``file`` is the same from any working directory; ``path`` is the file as it was named.
    """

    name: str
    tree: str
    note: str
    file: str
    line: int
    capabilities: frozenset[Capability]
    path: str
    moments: tuple[Moment, ...] = field(repr=False)

    @property
    def generated(self) -> bool:
        """Whether it was generated at random, not made by hand: such files say so in their names."""
        return "random" in self.file.rsplit("/", 1)[-1]

    @property
    def dag(self) -> str:
        """The name of its DAG."""
        dags = self.moments[-1].state.dags() if self.moments else []
        return dags[0] if dags else ""
