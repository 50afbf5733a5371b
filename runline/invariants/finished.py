"""What laws of a finished history are given: how each of its runs came to be."""

from __future__ import annotations

from collections.abc import Iterable

from runline.invariants.law import Made
from runline.model.dags import DagVersion
from runline.model.events import DagDeployed, Event, RunCreated


def made_by(events: Iterable[Event]) -> dict[int, Made]:
    """For each run that was made, when, under which version, and by which rule; of a number given twice, the last."""
    versions: dict[str, DagVersion] = {}
    made: dict[int, Made] = {}
    for event in events:
        if isinstance(event, DagDeployed):
            versions[event.version.dag] = event.version
        elif isinstance(event, RunCreated) and event.record.dag in versions:
            made[event.record.id] = Made(event.at, versions[event.record.dag], event.rule)
    return made
