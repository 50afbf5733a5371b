"""The monitors against the offline checks on real histories: two ways to the same verdict, on every recorded state."""

from __future__ import annotations

from pathlib import Path

import pytest

from runline.evidence.history import History
from runline.evidence.read import read_histories
from runline.invariants.law import Context, StateLaw
from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.invariants.offline import Past, breaks, broken_now
from runline.invariants.offline.fold import fold
from runline.model.events import Event
from runline.model.snapshot import Snapshot
from runline.model.timeline import Timeline

RECORDINGS = Path(__file__).parents[2] / "recordings"
TREES = sorted(path.name for path in RECORDINGS.iterdir() if path.is_dir())


def _disagreements(history: History) -> list[str]:
    """Where monitor and offline check differ: state laws after each step, the other laws at each event."""
    context = Context(history.capabilities)
    laws = [law for law in LAWS.values() if law.needs <= history.capabilities]
    monitor = Monitor(Timeline(), laws, context)
    events: list[Event] = []
    snapshots = [Snapshot()]
    told = []
    for moment in history.moments:
        for event in moment.events:
            breaches = len(monitor.breaches)
            monitor.apply(event)
            events.append(event)
            snapshots += fold([event], snapshots[-1])
            past = Past(tuple(events), tuple(snapshots))
            broken = {breach.law for breach in monitor.breaches[breaches:]}
            offline = {law.id for law in laws if not isinstance(law, StateLaw) and breaks(law.id, past, context)}
            if broken != offline:
                told.append(f"{history.name} step {moment.number}, {event}: monitor {broken}, offline {offline}")
        standing = {(law.id, locus) for law, locus, _ in monitor.broken()}
        expected = {
            (law.id, locus) for law in laws if isinstance(law, StateLaw) for locus in broken_now(law.id, past, context)
        }
        if standing != expected:
            told.append(f"{history.name} step {moment.number}: only one of them has {standing ^ expected}")
    return told


@pytest.mark.parametrize("tree", TREES)
def test_monitor_and_offline_check_agree_on_every_recorded_state(tree: str) -> None:
    """On every state of every recording the monitors and the offline checks find the same laws broken at the same places."""
    told = [line for history in read_histories([str(RECORDINGS / tree)]) for line in _disagreements(history)]
    assert told == []
