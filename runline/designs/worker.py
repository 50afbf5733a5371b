"""An instance on its way through a worker, as steps: it is sent, begins, and ends."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from runline.designs.commands import WHOLE, Handed, Look, Pair
from runline.designs.design import Blocked, Design
from runline.designs.rule import Fault, rule_of
from runline.model.capability import Capability
from runline.model.dags import DagVersion, Task
from runline.model.events import Event, TaskAdopted, TaskCreated, TaskMoved
from runline.model.instants import Instant
from runline.model.records import BY_DATE, NO_RUN, Run, RunRecord, TaskInstance, TaskKey, TaskRecord
from runline.model.states import TaskState
from runline.model.steps import Choose, Commit, Held, Outcome, Step
from runline.model.values import make
from runline.model.view import TimelineView

WAIVES_PAST, WAIVES_UPSTREAM = "depends_on_past", "upstream"
_NONE, _RUNNING, _REMOVED = TaskState.NONE, TaskState.RUNNING, TaskState.REMOVED
SENT = "0.4"
"""The rule of the vocabulary by which an instance is sent, begins and ends."""


def consider(
    design: Design,
    timeline: TimelineView,
    look: Look,
    pair: Pair,
    waived: bool = False,
    handed: Handed = WHOLE,
) -> tuple[list[Event], Start | None, Held | None]:
    """Test an instance: the events of sending or marking it, its start if it is sent, and why not if it is not."""
    held = design.sendable(timeline, look, pair)
    blocked = design.dependencies(design, timeline, look, pair, waived) if held is None else Blocked(held)
    if blocked is None:
        start = make(Start, (design, pair.key, pair.holder, look.by, look.at, waived, handed, ""))
        if design.sent is None:
            return [], start, None
        return moved(design, timeline, look, pair, design.sent, SENT, waived, _rules_of(design.pairs)), start, None
    if blocked.mark is None:
        return [], None, blocked.held
    return moved(design, timeline, look, pair, blocked.mark, blocked.held.rule), None, blocked.held


@cache
def _rules_of(*functions: object) -> tuple[str, ...]:
    """The rules by which an instance is sent or begins."""
    return SENT, *(rule_of(function).id for function in functions)


def moved(
    design: Design,
    timeline: TimelineView,
    look: Look,
    pair: Pair,
    after: TaskState | None,
    rule: str,
    waived: bool = False,
    rules: tuple[str, ...] = (),
) -> list[Event]:
    """The events that bring an instance into a state; nothing if it is in it.

    First its row is made, if it has none. Where the design stamps what it writes, a row that is written gets the run for
    which it is held.
    """
    row = timeline.task(pair.key)
    if after is None:
        return []
    events = [] if design.stamp is None else stamped(design, row, pair.holder, look.at, look.by)
    if row is not None and row.state is after:
        return events
    before = _NONE if row is None else row.state
    if row is None:
        events.append(TaskCreated(new_row(design, pair), look.at, look.by, "L03"))
    ignored = _ignored(pair, waived) if waived or pair.cut else ()
    events.append(make(TaskMoved, (pair.key, before, after, ignored, look.at, look.by, rule, rules)))
    return events


def stamped(design: Design, row: TaskInstance | None, holder: int, at: Instant, by: str) -> list[Event]:
    """The event by which a row that is written changes hands, if the design has it so, and the row is another's."""
    if design.stamp is None or row is None:
        return []
    owner = design.stamp(row, holder)
    if owner == row.run:
        return []
    return [
        TaskAdopted(row.key, row.run, owner, "outside" if owner == NO_RUN else "", at, by, rule_of(design.stamp).id)
    ]


def _ignored(pair: Pair, waived: bool) -> tuple[str, ...]:
    """What an instance does not wait for, as was asked."""
    past = (WAIVES_PAST,) if waived else ()
    return (*past, WAIVES_UPSTREAM) if pair.cut else past


def new_row(design: Design, pair: Pair) -> TaskRecord:
    """The row of an instance that has none yet; it names its run where the design stores that."""
    if Capability.TASK_HAS_RUN not in design.capabilities:
        return TaskRecord(*pair.key, BY_DATE)
    if pair.holder == NO_RUN:
        return TaskRecord(*pair.key, NO_RUN, unowned="outside")
    return TaskRecord(*pair.key, pair.holder)


def instances_of(timeline: TimelineView, run: Run) -> list[TaskInstance]:
    """The instances of a run: those that it owns, or where no owner is stored those of its date."""
    owners = (run.id, BY_DATE)
    return [row for row in timeline.tasks_at(run.dag, run.date) if row.run in owners]


def tasks_in_run(timeline: TimelineView, run: Run, version: DagVersion) -> dict[str, TaskInstance]:
    """The instances of a run by task, but for those of tasks that it no longer has."""
    found: dict[str, TaskInstance] = {}
    owners, tasks = (run.id, BY_DATE), version.by_id
    for row in timeline.tasks_at(run.dag, run.date):
        task = row.task
        if row.run in owners and row.state is not _REMOVED and task in tasks:
            found[task] = row
    return found


def run_of(timeline: TimelineView, row: TaskInstance) -> Run | None:
    """The run of an instance: its owner, or where none is stored the run of its date."""
    if row.run != BY_DATE:
        return timeline.run(row.run)
    return next(iter(timeline.live_at(row.dag, row.date)), None)


def pair_of(timeline: TimelineView, key: TaskKey, run_id: int, handed: Handed = WHOLE) -> Pair | None:
    """An instance as it is found later, in a DAG as it was handed out; ``None`` where the DAG no longer has its task."""
    run = timeline.run(run_id)
    version = None if run is None else timeline.version(key.dag, run.version)
    version = version or timeline.version(key.dag)
    if version is None or key.task not in version.by_id:
        return None
    cut = False
    if handed is not WHOLE:
        cut = handed.tasks is not None and not set(version.by_id[key.task].upstream) <= set(handed.tasks)
        version = handed.of(version)
    return make(Pair, (key, version.by_id[key.task], run, version, cut, run_id if run is None else NO_RUN))


class Start(NamedTuple):
    """A worker was handed an instance by ``sender``, and begins it if the design lets it."""

    design: Design
    key: TaskKey
    run: int
    sender: str
    at: Instant
    waived: bool = False
    handed: Handed = WHOLE
    by: str = ""
    """The worker, once there is one."""

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Begin, or give up without a trace."""
        pair = pair_of(timeline, self.key, self.run, self.handed)
        version = timeline.version(self.key.dag)
        if pair is None or version is None:
            return Commit(self._without_task(timeline), None)
        look = make(Look, (self.key.dag, self.at, self._name(), version))
        try:
            held = self.design.start(self.design, timeline, look, pair, self.waived)
        except Fault as fault:
            return Commit((fault.raised(look.dag, look.at, look.by),), None)
        if held is not None:
            return Commit((), None, held=(held,))
        rules = _rules_of(self.design.start) if self.design.sent else _rules_of(self.design.start, self.design.pairs)
        events = moved(self.design, timeline, look, pair, _RUNNING, SENT, self.waived, rules)
        execution = make(Execution, (self.design, self.key, pair.holder, pair.task.retries, look.by, self.at))
        return make(Commit, (tuple(events), execution, (), (), ()))

    def _without_task(self, timeline: TimelineView) -> tuple[Event, ...]:
        """The DAG has the task no more (L53): what was marked as sent ends badly, since no worker can begin it."""
        row, sent = timeline.task(self.key), self.design.sent
        if row is None or sent is None or row.state is not sent:
            return ()
        return (TaskMoved(self.key, sent, TaskState.FAILED, (), self.at, self._name(), "L53"),)

    def taken(self, by: str, at: Instant) -> Start:
        """The same, as a worker takes it in hand; a design's own kind of start stays one."""
        return make(type(self), (self.design, self.key, self.run, self.sender, at, self.waived, self.handed, by))

    def _name(self) -> str:
        """Who acts: the worker, or where sending left no mark, the sender, whose claim begins only now."""
        return self.by if self.by and self.design.sent is not None else self.sender


class Execution(NamedTuple):
    """The instance runs, held for ``run``; how it ends is not for a rule to say."""

    design: Design
    key: TaskKey
    run: int
    retries: int
    by: str
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """It ends well or badly."""
        options: dict[Hashable, Step] = {
            state: Finish(self, state, self.at) for state in (TaskState.SUCCESS, TaskState.FAILED)
        }
        return Choose(f"{self.key.dag}.{self.key.task} ends", options)


class Finish(NamedTuple):
    """The try ends; one that failed may be tried again."""

    execution: Execution
    state: TaskState
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Report the end, unless the instance is no longer running."""
        design, key, run, retries, by, _ = self.execution
        row = timeline.task(key)
        if row is None or row.state is not _RUNNING:
            return Commit((), None)
        events = () if design.stamp is None else stamped(design, row, run, self.at, by)
        again = self.state is TaskState.FAILED and row.tries <= retries
        after = TaskState.UP_FOR_RETRY if again else self.state
        moves = make(TaskMoved, (key, _RUNNING, after, (), self.at, by, SENT, ()))
        return make(Commit, ((*events, moves), None, (), (), ()))


def rows_of_run(
    design: Design, timeline: TimelineView, look: Look, record: RunRecord | Run, tasks: Iterable[Task], rule: str
) -> Iterator[Event]:
    """The rows that a run still lacks: made in state none, or adopted where one without a run stands at its date."""
    owner = record.id if Capability.TASK_HAS_RUN in design.capabilities else BY_DATE
    there = {row.task: row for row in timeline.tasks_at(record.dag, record.date)}
    for task in tasks:
        row = there.get(task.id)
        if row is None:
            fresh = make(TaskRecord, (record.dag, task.id, record.date, owner, _NONE, 0, "", None))
            yield make(TaskCreated, (fresh, look.at, look.by, rule, ()))
        elif row.run == NO_RUN:
            yield TaskAdopted(row.key, NO_RUN, record.id, "", look.at, look.by, rule)
