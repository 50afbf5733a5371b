from __future__ import annotations

import random

from benchmarks.growth import DAG, grow, measure, seconds_per_event
from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.model.timeline import Timeline


def test_history_that_grows_is_sound() -> None:
    """The history that is measured has a run for each day, one behind the other, and breaks no law of states."""
    monitor = Monitor(Timeline(), LAWS.values())
    grow(monitor, 40)
    assert len(monitor.timeline.live_dates(DAG)) == 40
    assert [run.previous for run in monitor.timeline.runs(DAG)] == [None, *range(1, 40)]
    assert [law.id for law, _, _ in monitor.broken()] == []


def test_measuring_leaves_nothing_behind() -> None:
    """What is spliced in to be measured is undone again."""
    monitor = Monitor(Timeline(), LAWS.values())
    grow(monitor, 40)
    before = (monitor.timeline.fingerprint, monitor.fingerprint, monitor.applied)
    assert seconds_per_event(monitor, random.Random(1)) > 0
    assert (monitor.timeline.fingerprint, monitor.fingerprint, monitor.applied) == before


def test_figures() -> None:
    """The figures name both sizes and their ratio."""
    assert list(measure(1_010)) == ["runs", "microseconds_at_1000", "microseconds_at_1010", "ratio"]
