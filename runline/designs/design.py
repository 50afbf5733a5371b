"""A design is a record of rules: designs that differ in one rule differ in one field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from runline.designs.commands import BackfillRequest, Clear, DeleteRun, Look, Pair, RunTask, SetState, Trigger
from runline.designs.reads import Reads
from runline.model.capability import Capability
from runline.model.dags import DagVersion
from runline.model.events import Event
from runline.model.instants import Instant
from runline.model.records import Run, RunRecord, TaskInstance
from runline.model.states import TaskState
from runline.model.steps import Commit, Held, Step
from runline.model.view import TimelineView


class Blocked(NamedTuple):
    """An instance does not run now, and may be given a state for that (``mark``)."""

    held: Held
    mark: TaskState | None = None


class Evaluated(NamedTuple):
    """The events of an evaluation, and the runs that are over for this look, whether or not that was stored.

    ``then``: the events are committed, and the evaluation goes on at that date; it is complete, if ``None``.
    """

    events: tuple[Event, ...]
    over: frozenset[int] = frozenset()
    then: Instant | None = None


NOTHING = Evaluated(())
"""Nothing was decided."""


Gate = Callable[[TimelineView, Look], tuple[Event, ...] | Held]
"""Asked before a run is made: it says no, or lets events happen first (mostly none)."""
DateRule = Callable[[TimelineView, Look, Instant | None], Instant | Held | None]
"""Takes part in finding the next date: hands the date on, gives another or none, or says why none is to be made."""
Draft = Callable[[TimelineView, Look, Instant], RunRecord]
"""The scheduled run of a date, as read from the timeline; its id is given when it is inserted."""
Insert = Callable[["Design", TimelineView, Look, RunRecord, tuple[str, ...]], tuple[Event, ...]]
"""The events that insert a scheduled run; the rules that found its date are named in them."""
Pairs = Callable[[TimelineView, Look, frozenset[int]], Iterable[Pair]]
"""The instances that a scheduler looks at, in its order; not those of the runs whose ids are given."""
Test = Callable[[TimelineView, Look, Pair], Held | None]
"""Whether one rule lets an instance be sent."""
TriggerRule = Callable[[TimelineView, Look, Pair], Blocked | None]
Start = Callable[["Design", TimelineView, Look, Pair, bool], Held | None]
"""Whether a worker that is handed an instance begins it; the last argument: depends_on_past is waived."""
Dependencies = Callable[["Design", TimelineView, Look, Pair, bool], Blocked | None]
"""How a design puts its tests together: what keeps an instance from running; the last argument: its past is waived."""
Evaluate = Callable[["Design", TimelineView, Look, "Evaluated"], "Evaluated"]
"""The states that a scheduler gives to running runs; the last argument: what it has come to so far in this look."""
Take = Callable[["Design", BackfillRequest, TimelineView, Look, Instant], list[Event]]
"""How a backfill comes to its run of a date: the events that make or change it, and its instances."""
Parts = Callable[["Design", BackfillRequest, Instant, str, Instant, Step], Step]
"""How a backfill comes to its run of a date in several steps: the first; the last argument: what comes after them."""
Turn = Callable[[TimelineView, BackfillRequest, str], Held | None]
"""Whether a backfill may begin, or what it waits for."""
Refusal = Callable[[BackfillRequest, TimelineView, DagVersion, tuple[Instant, ...]], str | None]
"""Why a backfill of these dates is refused, if it is."""
Again = Callable[[BackfillRequest, TaskState], bool]
"""Whether an instance in that state is executed again by a backfill."""
JobOf = Callable[[TimelineView, Run], int | None]
"""The number of the live backfill that executes a run, so that nobody else does; ``None`` if there is none."""
GiveUp = Callable[[TimelineView, Look, int, frozenset[int]], tuple[Event, ...]]
"""What happens when so many instances were tested and none could be sent; the last argument: the runs that were over."""
NextRunId = Callable[[TimelineView, str, Instant], int]
"""The id of the run that is made next, of that DAG and date."""
Stamp = Callable[[TaskInstance, int], int]
"""The run that owns a row from now on, which is written by a process that holds it for a run of that id."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """A scheduler design: its rules by what they decide, what it stores, and what it promises.

    ``gives_up`` holds, for each law that it does not promise, the sentence that gives it up. ``options`` says, for what
    a scenario may choose under ``[designs.<name>]``, which fields each value replaces; the laws that a value gives up are
    no longer promised under it, and those that it ``regains`` are.
    """

    name: str
    summary: str
    source: str
    capabilities: frozenset[Capability]
    promises: frozenset[str]
    gives_up: Mapping[str, str]
    options: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    backfill_options: frozenset[str] = frozenset({"tasks", "ignore_first_depends_on_past", "rerun"})
    """The options of a backfill that the design knows; others are passed over with a note."""

    reads: Reads = field(default_factory=Reads)
    """What of runs its rules read; to be said anew by who puts a rule of their own into it."""

    next_run_id: NextRunId

    gates: tuple[Gate, ...]
    candidate: DateRule
    floor: DateRule | None
    beyond: tuple[DateRule, ...]
    latest: DateRule
    closed: DateRule
    draft: Draft
    insert: Insert
    splice_is_atomic: bool

    pairs: Pairs
    sendable: Test
    past: Test
    downstream: Test
    trigger_rule: TriggerRule
    dependencies: Dependencies
    sent: TaskState | None
    start: Start
    stamp: Stamp | None

    evaluate: Evaluate
    give_up: GiveUp | None

    backfill: Callable[[Design, BackfillRequest, Instant, str], Step]
    refusals: tuple[Refusal, ...] = ()
    """This and the next five belong to a backfill that has a run for each date; other designs leave them out."""
    turn: Turn | None = None
    take: Take | None = None
    parts: Parts | None = None
    """Stands in for ``take`` where others may come in while a backfill comes to its run of a date."""
    again: Again | None = None
    job_of: JobOf | None = None
    trigger: Callable[[Design, TimelineView, Trigger], Commit]
    clear: Callable[[Design, TimelineView, Clear], Commit]
    delete_run: Callable[[Design, TimelineView, DeleteRun], Commit]
    run_task: Callable[[Design, TimelineView, RunTask], Commit]
    set_state: Callable[[Design, TimelineView, SetState], Commit]

    @property
    def finding(self) -> tuple[DateRule, ...]:
        """The rules that find a first date."""
        return (self.candidate,) if self.floor is None else (self.candidate, self.floor)

    def __repr__(self) -> str:
        return f"<design {self.name}>"
