"""What a user of a scheduler sees of a history: effects, which know neither ids nor how a design came to them.

What happens at one instant is summed up: states through which a run or an instance only passes are not seen, but that an
instance was executed, and how that ended, always is.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from runline.model.events import (
    BackfillCompleted,
    BackfillSubmitted,
    Event,
    Raised,
    Refused,
    RunCreated,
    RunDeleted,
    RunLinked,
    RunMoved,
    RunOverridden,
    RunTaken,
    TaskCreated,
    TaskDeleted,
    TaskMoved,
)
from runline.model.instants import Instant, format_instant
from runline.model.records import RunRecord, TaskKey
from runline.model.states import RunState, TaskState
from runline.simulator.trace import Entry


class What(StrEnum):
    """What can be seen; the order decides what is told first where two histories show things at one place."""

    REFUSED = "refused"
    RAISED = "raised"
    DELETED = "deleted"
    MADE = "made"
    KIND = "kind"
    PREVIOUS = "previous"
    STATE = "state"
    MARKED = "marked"
    STARTED = "started"
    ENDED = "ended"
    OVER = "over"


_ORDER = {what: place for place, what in enumerate(What)}
_UNSEEN = frozenset({TaskState.NONE, TaskState.SCHEDULED, TaskState.QUEUED})
"""States of an instance that differ only in what a scheduler keeps for itself."""


class Effect(NamedTuple):
    """One thing that is seen: of which DAG and date, of which task if it is about one, of which kind of run, and what.

    ``value`` is the state, the kind, the date of the previous run, the action or the job, as ``what`` has it.
    """

    what: What
    dag: str
    date: Instant | None = None
    task: str = ""
    kind: str = ""
    value: str = ""

    @property
    def order(self) -> tuple[int, str, int, str, str, str]:
        """What decides between effects that have one place, the same whoever did it."""
        return (_ORDER[self.what], self.dag, self.date or 0, self.task, self.kind, self.value)


class Seen(NamedTuple):
    """An effect, when it was, by whom, the event that had it, and its place among what is seen at that instant."""

    effect: Effect
    at: Instant
    by: str
    event: Event
    place: int = 0


def effects(trace: tuple[Entry, ...], *, previous: bool) -> Iterator[tuple[Instant, list[Seen]]]:
    """The effects of a history, instant by instant, in the order of the trace.

    ``previous``: whether to which run a run is linked is to be seen; not every design stores that.
    """
    watcher = _Watcher(previous)
    for at, entries in groupby(trace, key=lambda entry: entry.time):
        seen = watcher.watch(at, [(entry.by, event) for entry in entries for event in entry.events])
        if seen:
            yield at, seen


def seen_state(state: TaskState) -> TaskState:
    """The state of an instance as a user sees it."""
    return TaskState.NONE if state in _UNSEEN else state


class _Watcher:
    """Goes through a history, and knows what was to be seen before each instant."""

    def __init__(self, previous: bool) -> None:
        self._previous = previous
        self._runs: dict[int, RunRecord] = {}
        self._dates: dict[int, Instant] = {}
        """The date of every run that there ever was."""
        self._tasks: dict[TaskKey, TaskState] = {}
        self._jobs: dict[int, str] = {}
        self._errors: set[tuple[str, str, str]] = set()

    def watch(self, at: Instant, happened: list[tuple[str, Event]]) -> list[Seen]:
        """What is seen of the events of one instant: what they did at once, then what they left behind."""
        self.seen: list[Seen] = []
        self.runs_before: dict[int, tuple[RunRecord | None, Seen]] = {}
        self.tasks_before: dict[TaskKey, tuple[TaskState, Seen]] = {}
        self.executed: dict[TaskKey, TaskState] = {}
        for by, event in happened:
            self._take(Seen(Effect(What.OVER, ""), at, by, event))
        self._states_left()
        self._tasks_left()
        return self.seen

    def _take(self, seen: Seen) -> None:
        event = seen.event
        if isinstance(event, RunCreated | RunMoved | RunOverridden | RunTaken | RunLinked | RunDeleted):
            self._take_run(seen)
        elif isinstance(event, TaskCreated | TaskMoved | TaskDeleted):
            self._take_task(seen)
        elif isinstance(event, Refused):
            self._add(seen, Effect(What.REFUSED, event.dag, value=event.action))
        elif isinstance(event, Raised):
            if (key := (event.dag, seen.by, event.error)) not in self._errors:
                self._errors.add(key)  # the same error in every loop is seen once
                self._add(seen, Effect(What.RAISED, event.dag))
        elif isinstance(event, BackfillSubmitted):
            self._jobs[event.record.id] = event.record.dag
        elif isinstance(event, BackfillCompleted):
            self._add(seen, Effect(What.OVER, self._jobs.get(event.backfill, ""), value=f"backfill-{event.backfill}"))

    def _add(self, seen: Seen, effect: Effect) -> None:
        self.seen.append(seen._replace(effect=effect, place=len(self.seen)))

    # ------------------------------------------------------------------------------ runs

    def _take_run(self, seen: Seen) -> None:
        event = seen.event
        if isinstance(event, RunCreated):
            self.runs_before[event.record.id] = None, seen
            self._runs[event.record.id] = event.record
            self._dates[event.record.id] = event.record.date
            self._add(seen, _of_run(What.MADE, event.record))
        elif isinstance(event, RunDeleted):
            self._runs.pop(event.record.id, None)
            self._add(seen, _of_run(What.DELETED, event.record))
        elif isinstance(event, RunMoved | RunOverridden | RunLinked | RunTaken) and event.run in self._runs:
            record = self._runs[event.run]
            before, _ = self.runs_before.get(event.run, (record, seen))
            self.runs_before[event.run] = before, seen
            self._runs[event.run] = after = _changed(record, event)
            if after.kind is not record.kind:
                self._add(seen, _of_run(What.KIND, record, after.kind))

    def _states_left(self) -> None:
        """To which runs the runs are linked now, and in which state they are."""
        for run, (before, seen) in self.runs_before.items():
            after = self._runs.get(run)
            if after is None:
                continue
            if self._previous and (before is None or before.previous != after.previous):
                self._add(seen, _of_run(What.PREVIOUS, after, self._date(after.previous)))
            if before is None or before.state is not after.state:
                self._add(seen, _of_run(What.STATE, after, after.state))

    def _date(self, run: int | None) -> str:
        if run is None:
            return "none"
        return format_instant(self._dates[run]) if run in self._dates else "gone"

    # ------------------------------------------------------------------------- instances

    def _take_task(self, seen: Seen) -> None:
        event = seen.event
        key, after = _moved(event)
        before = self._tasks.get(key, TaskState.NONE)
        self.tasks_before[key] = self.tasks_before.get(key, (before, seen))[0], seen
        self._tasks[key] = seen_state(after)
        if TaskState.RUNNING in (before, after):
            self.executed[key] = seen_state(after)
            ended = before is TaskState.RUNNING
            effect = Effect(What.ENDED if ended else What.STARTED, key.dag, key.date, key.task)
            self._add(seen, effect._replace(value=seen_state(after)) if ended else effect)

    def _tasks_left(self) -> None:
        """The states that instances have now, but for those which their execution has told."""
        for key, (before, seen) in self.tasks_before.items():
            after = self._tasks[key]
            if after is not before and self.executed.get(key) is not after:
                self._add(seen, Effect(What.MARKED, key.dag, key.date, key.task, value=after))


def _of_run(what: What, record: RunRecord, value: str = "") -> Effect:
    return Effect(what, record.dag, record.date, "", record.kind, value)


def _changed(record: RunRecord, event: RunMoved | RunOverridden | RunLinked | RunTaken) -> RunRecord:
    if isinstance(event, RunMoved):
        return record._replace(state=event.after)
    if isinstance(event, RunOverridden):
        return record._replace(state=RunState.OVERRIDDEN)
    if isinstance(event, RunLinked):
        return record._replace(previous=event.after)
    return record._replace(kind=event.after[0])


def _moved(event: Event) -> tuple[TaskKey, TaskState]:
    if isinstance(event, TaskMoved):
        return event.key, event.after
    assert isinstance(event, TaskCreated | TaskDeleted)
    return event.record.key, event.record.state if isinstance(event, TaskCreated) else TaskState.NONE
