"""An instance on its way through a worker, as steps: it is sent, begins, and ends."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cache
from typing import NamedTuple

from runline.designs.commands import WHOLE, Handed, Look, Pair
from runline.designs.design import Design
from runline.designs.reads import CLOCK, leads_to
from runline.designs.rule import Fault, rule_of
from runline.model.capability import Capability
from runline.model.dags import Task
from runline.model.events import Event, TaskAdopted, TaskCreated, TaskMoved
from runline.model.instants import Instant
from runline.model.records import BY_DATE, NO_RUN, Run, RunRecord, TaskInstance, TaskKey, TaskRecord
from runline.model.states import TaskState
from runline.model.steps import Choose, Commit, Held, Outcome, Step
from runline.model.values import make
from runline.model.view import TimelineView

WAIVES_PAST, WAIVES_UPSTREAM = "depends_on_past", "upstream"
_NONE, _RUNNING, _FAILED = TaskState.NONE, TaskState.RUNNING, TaskState.FAILED
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
    if held is not None:
        return [], None, held
    blocked = design.dependencies(design, timeline, look, pair, waived)
    if blocked is not None:
        held, mark = blocked.held, blocked.mark
        return [] if mark is None else moved(design, timeline, look, pair, mark, held.rule), None, held
    start = make(Start, (design, pair.key, pair.holder, look.by, look.at, waived, handed, ""))
    if design.sent is None:
        return [], start, None
    return moved(design, timeline, look, pair, design.sent, SENT, waived, _rules_of(design.pairs)), start, None


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
    if after is None:
        return []
    key, at, by = pair.key, look.at, look.by
    row = timeline.task(key)
    events = [] if design.stamp is None else stamped(design, row, pair.holder, at, by)
    before = _NONE if row is None else row.state
    if row is None:
        events.append(TaskCreated(new_row(design, pair), at, by, "L03"))
    elif before is after:
        return events
    ignored = _ignored(pair, waived) if waived or pair.cut else ()
    events.append(make(TaskMoved, (key, before, after, ignored, at, by, rule, rules)))
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


def run_of(timeline: TimelineView, row: TaskInstance) -> Run | None:
    """The run of an instance: its owner, or where none is stored the run of its date."""
    if row.run != BY_DATE:
        return timeline.run(row.run)
    return next(iter(timeline.live_at(row.dag, row.date)), None)


def pair_of(timeline: TimelineView, key: TaskKey, run_id: int, handed: Handed = WHOLE) -> Pair | None:
    """An instance as it is found later, in a DAG as it was handed out; ``None`` where the DAG no longer has its task."""
    run = timeline.run(run_id)
    version = None if run is None else timeline.version(key.dag, run.version)
    version = version or timeline.in_force(key.dag)
    task = None if version is None else version.by_id.get(key.task)
    if version is None or task is None:
        return None
    cut = False
    if handed is not WHOLE:
        cut = handed.tasks is not None and not set(task.upstream) <= set(handed.tasks)
        version = handed.of(version)
        task = version.by_id[task.id]
    return make(Pair, (key, task, run, version, cut, run_id if run is None else NO_RUN))


@leads_to(CLOCK, "at")
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
        design, key, run, sender, at, waived, handed, worker = self
        by = worker if worker and design.sent is not None else sender  # without a mark, its claim begins only now
        pair, version = pair_of(timeline, key, run, handed), timeline.in_force(key.dag)
        if pair is None or version is None:
            return Commit(self._without_task(timeline, by), None)
        look = make(Look, (key.dag, at, by, version))
        try:
            held = design.start(design, timeline, look, pair, waived)
        except Fault as fault:
            return Commit((fault.raised(look.dag, look.at, look.by),), None)
        if held is not None:
            return Commit((), None, held=(held,))
        rules = _rules_of(design.start) if design.sent else _rules_of(design.start, design.pairs)
        events = moved(design, timeline, look, pair, _RUNNING, SENT, waived, rules)
        execution = make(Execution, (design, key, run, pair.task.retries, by, at))
        return make(Commit, (tuple(events), execution, (), (), ()))

    def _without_task(self, timeline: TimelineView, by: str) -> tuple[Event, ...]:
        """The DAG has the task no more (L53): what was marked as sent ends badly, since no worker can begin it."""
        row, sent = timeline.task(self.key), self.design.sent
        if row is None or sent is None or row.state is not sent:
            return ()
        return (TaskMoved(self.key, sent, _FAILED, (), self.at, by, "L53"),)

    def taken(self, by: str, at: Instant) -> Start:
        """The same, as a worker takes it in hand; a design's own kind of start stays one."""
        design, key, run, sender, _, waived, handed, _ = self
        return make(type(self), (design, key, run, sender, at, waived, handed, by))


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
        options: dict[Hashable, Step] = {state: Finish(self, state, self.at) for state in (TaskState.SUCCESS, _FAILED)}
        return Choose(f"{self.key.dag}.{self.key.task} ends", options)


class Finish(NamedTuple):
    """The try ends; one that failed may be tried again."""

    execution: Execution
    state: TaskState
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Report the end, unless the instance is no longer running."""
        execution, after, at = self
        design, key, run, retries, by, _ = execution
        row = timeline.task(key)
        if row is None or row.state is not _RUNNING:
            return Commit((), None)
        if after is _FAILED and row.tries <= retries:
            after = TaskState.UP_FOR_RETRY
        events = () if design.stamp is None else stamped(design, row, run, at, by)
        moves = make(TaskMoved, (key, _RUNNING, after, (), at, by, SENT, ()))
        return make(Commit, ((*events, moves), None, (), (), ()))


def rows_of_run(
    design: Design, timeline: TimelineView, look: Look, record: RunRecord | Run, tasks: Iterable[Task], rule: str
) -> list[Event]:
    """The rows that a run still lacks: made in state none, or adopted where one without a run stands at its date."""
    owner = record.id if Capability.TASK_HAS_RUN in design.capabilities else BY_DATE
    dag, date, at, by = record.dag, record.date, look.at, look.by
    there = {row.task: row for row in timeline.tasks_at(dag, date)}
    events: list[Event] = []
    for task in tasks:
        row = there.get(task.id)
        if row is None:
            fresh = make(TaskRecord, (dag, task.id, date, owner, _NONE, 0, "", None))
            events.append(make(TaskCreated, (fresh, at, by, rule, ())))
        elif row.run == NO_RUN:
            events.append(TaskAdopted(row.key, NO_RUN, record.id, "", at, by, rule))
    return events
