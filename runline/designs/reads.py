"""What of a run the rules of a design read, so that who goes through all histories knows what need not be told apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from runline.designs.commands import BackfillRequest
from runline.model.dags import DagVersion
from runline.model.instants import Instant

S = TypeVar("S")
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


RULES, CLOCK = "rules", "clock"
"""What is told of an event: by which rules it came about, and when, by the clock of who let it happen."""
OVER = "over"
"""What is known of a backfill that is over: that there was one, and which runs it made."""
_LEADS_TO: dict[type, dict[str, str]] = {}
"""By type of value, the fields in it of which nothing comes but what is written into such a field of runs, or told."""


def leads_to(field: str, *names: str) -> Any:
    """Say of a type of value (a class decorator) that nothing comes of these fields but what a ``field`` of runs becomes.

    Or, for :data:`RULES`, but what is told; for :data:`CLOCK`, but that and what the instants in them are compared with,
    as :class:`Reads` says. Without names: of a type of step, that nothing comes of it but that.
    """

    def mark(kind: type) -> type:
        _LEADS_TO.setdefault(kind, {}).update(dict.fromkeys(names or ("",), field))
        return kind

    return mark


def led_by(kind: type) -> Mapping[str, str]:
    """To what leads what stands in the fields of a type of value, as far as it leads to nothing else."""
    return _LEADS_TO.get(kind, {})


_NO_STARTS: set[type] = set()


def after_starts(step_type: type[S]) -> type[S]:
    """Mark a type of step of a job (a class decorator): from there on it neither reads nor writes when a run started.

    Not of rows, nor of what the step holds of runs.
    """
    _NO_STARTS.add(step_type)
    return step_type


def reads_no_starts(step_type: type) -> bool:
    """Whether a job that stands before a step of this type reads when a run started no more."""
    return step_type in _NO_STARTS


_LEAVES_SUCCESS: set[type] = set()


def leaves_success(step_type: type[S]) -> type[S]:
    """Mark a type of step of a job (a class decorator): from there on it changes no instance that has succeeded."""
    _LEAVES_SUCCESS.add(step_type)
    return step_type


def may_change_success(step: object) -> bool:
    """Whether a job that stands before a step may yet change an instance that has succeeded; not if it has ended."""
    return step is not None and type(step) not in _LEAVES_SUCCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What of runs the rules of a design read; all of it, if a design does not say.

    ``order``: which of two runs of different dates has the lesser id, or that an id is one more than another; it is no
    reading if what is found is the same whatever the order. ``who``: which of several schedulers it is that looks.
    ``jobs``: how the numbers of backfill jobs stand in texts; ``None``: which of two jobs has the lesser number is
    read. ``others``: what happens to other DAGs, but for the ids of their runs. ``previous``: that field; it is no
    reading if nothing comes of it but what is written into the same field of runs. ``started``: that field, and of runs
    at which dates: without requests, whoever reads it; with one, its job too, until it stands :func:`after_starts`.
    ``rules``: which rules found the date of a run; it is no reading if they are told. ``clock``: that of a process that
    has found the date of a scheduled run, where it is compared with anything but dates, what a retry waits for, and the
    time that a run has; steps say from where on (:func:`leads_to`). ``over``: backfills that are over, if not only
    those that live are asked for, and of a run only which of these made it. ``success``: that an instance succeeded,
    where schedulers and workers change that, or begin it again; jobs say so themselves (:func:`leaves_success`). That
    runs go only when they are deleted by hand is taken for granted. A rule of one's own that is put into a design takes
    what is said here for nothing, until it is said anew.
    """

    order: bool = True
    who: bool = True
    jobs: Renumbered | None = None
    others: bool = True
    previous: Where = everywhere
    started: Dates = at_any_date
    rules: bool = True
    clock: bool = True
    over: bool = True
    success: bool = True


FEW = Reads(order=False, who=False, others=False, rules=False, clock=False, over=False, success=False)
"""What all designs here leave unread; each says what it reads of the rest."""
