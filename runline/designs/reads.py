"""What of a run the rules of a design read, so that who goes through all histories knows what need not be told apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runline.designs.commands import BackfillRequest
from runline.model.dags import DagVersion
from runline.model.instants import Instant

Dates = Callable[[DagVersion, Sequence[BackfillRequest]], Collection[Instant] | None]
"""At which dates, for a version of a DAG and the backfills of it that may be asked for; ``None``: at any."""
Renumbered = Callable[[str, Mapping[Any, Any]], str]
"""What a text, which may be a run_id, is when backfill jobs have other numbers."""
Where = Callable[[DagVersion], bool]
"""In which versions of a DAG."""


def everywhere(version: DagVersion) -> bool:
    """It is read whatever the DAG."""
    return True


def nowhere(version: DagVersion) -> bool:
    """It is never read."""
    return False


def where_past_matters(version: DagVersion) -> bool:
    """It is read where a task depends on its past, or waits for what followed that."""
    return any(task.depends_on_past or task.wait_for_downstream for task in version.tasks)


def at_any_date(version: DagVersion, requests: Sequence[BackfillRequest]) -> Collection[Instant] | None:
    """It is read of every run."""
    return None


def where_time_runs_out(version: DagVersion, requests: Sequence[BackfillRequest]) -> Collection[Instant] | None:
    """It is read where a run has only so much time."""
    return () if version.dagrun_timeout is None else None


def as_it_is(text: str, numbers: Mapping[Any, Any]) -> str:
    """No text holds the number of a job, but for the name of its process."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What of runs the rules of a design read; all of it, if a design does not say.

    ``order``: which of two runs of different dates has the lesser id, or that an id is one more than another; it is no
    reading if what is found is the same whatever the order. ``who``: which of several schedulers it is that looks.
    ``jobs``: how the numbers of backfill jobs stand in texts; ``None``: which of two jobs has the lesser number is read.
    ``others``: what happens to other DAGs, but for the ids of their runs. ``previous``: that field; it is no reading if
    nothing comes of it but what is written into the same field of runs. ``started``: that field, and of runs at which
    dates. That runs go only when they are deleted by hand is taken for granted. A rule of one's own that is put into a
    design takes what is said here for nothing, until it is said anew.
    """

    order: bool = True
    who: bool = True
    jobs: Renumbered | None = None
    others: bool = True
    previous: Where = everywhere
    started: Dates = at_any_date
