"""The year that is measured: what is simulated is what the benchmark says, and the growth is told per event."""

from __future__ import annotations

from benchmarks.year import WINDOW, hourly, measure_growth, simulated
from runline.invariants.verdict import Status
from runline.model.states import RunState


def test_every_closed_hour_has_a_run_that_succeeded() -> None:
    """Of thirty hours twenty-nine are over in time to be made; all three tasks of each ran, and no law is broken."""
    outcome, seconds = simulated(hourly(30))
    runs = list(outcome.timeline.runs())
    assert len(runs) == 29
    assert all(run.state is RunState.SUCCESS for run in runs[:-1])
    assert sum(1 for _ in outcome.timeline.tasks()) == 3 * len(runs)
    assert not outcome.broken
    assert outcome.verdicts["single-live-run"].status is Status.HOLDS
    assert seconds > 0


def test_growth_compares_early_with_late() -> None:
    """The figures name how many runs there were, and the ratio is late over early."""
    figures = measure_growth(3 * WINDOW)
    assert figures["runs"] == 3 * WINDOW
    assert figures["growth"] > 0
