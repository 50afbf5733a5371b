"""Which runs of pull request 1431 count as neighbours, and in which order runs of one date are found (R05)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runline.designs.legacy.creation import PREFIX, disguised
from runline.designs.rule import rule
from runline.model.instants import Instant
from runline.model.records import Run
from runline.model.states import RunKind, RunState
from runline.model.view import TimelineView


@rule("R05")
def place(run: Run) -> tuple[Instant, str]:
    """Runs are ordered by date, and where dates are equal by the text of their run_id."""
    return run.date, run.run_id


def by_place(runs: Iterable[Run]) -> list[Run]:
    """Runs in that order."""
    return sorted(runs, key=place)


def counted(timeline: TimelineView, dag: str) -> Iterator[Run]:
    """The runs that the scheduler and backfills take for the timeline: not made by hand, or named as if they were not."""
    return (run for run in timeline.runs(dag) if run.kind is not RunKind.MANUAL or run.run_id.startswith(PREFIX))


def latest_run(timeline: TimelineView, dag: str) -> Run | None:
    """The run of the greatest date that was not made by hand, whatever its state (``l`` of R12)."""
    date = timeline.latest_made(dag, RunKind.SCHEDULED, RunKind.BACKFILL)
    if date is None:
        return None
    return max((run for run in timeline.runs_at(dag, date) if run.kind is not RunKind.MANUAL), key=place)


def latest_counted(timeline: TimelineView, dag: str) -> Run | None:
    """The same among the runs that count (``p`` of R11)."""
    latest = latest_run(timeline, dag)
    runs = [run for run in (latest, *disguised(timeline, dag)) if run is not None]
    return max(runs, key=place, default=None)


def run_before(timeline: TimelineView, dag: str, date: Instant) -> Run | None:
    """The run that counts of the greatest date before ``date``, and is not overridden (R16)."""
    runs = (run for run in counted(timeline, dag) if run.date < date and run.state is not RunState.OVERRIDDEN)
    return max(runs, key=place, default=None)


def run_after(timeline: TimelineView, dag: str, date: Instant) -> Run | None:
    """The run that counts of the least date after ``date``, be it overridden (R20)."""
    return min((run for run in counted(timeline, dag) if run.date > date), key=place, default=None)
