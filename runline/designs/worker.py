"""An instance on its way through a worker, as steps: it is sent, begins, and ends."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from runline.designs.commands import Look, Pair
from runline.designs.design import Blocked, Design
from runline.designs.rule import rule_of
from runline.model.capability import Capability
from runline.model.dags import DagVersion, Task
from runline.model.events import Event, TaskAdopted, TaskCreated, TaskMoved
from runline.model.instants import Instant
from runline.model.records import BY_DATE, NO_RUN, Run, RunRecord, TaskInstance, TaskKey, TaskRecord
from runline.model.states import TaskState
from runline.model.steps import Choose, Commit, Held, Outcome, Step
from runline.model.view import TimelineView

WAIVES_PAST, WAIVES_UPSTREAM = "depends_on_past", "upstream"
SENT = "0.4"
"""The rule of the vocabulary by which an instance is sent, begins and ends."""


def consider(
    design: Design,
    timeline: TimelineView,
    look: Look,
    pair: Pair,
    waived: bool = False,
    subset: tuple[str, ...] | None = None,
) -> tuple[list[Event], Start | None, Held | None]:
    """Test an instance: the events of sending or marking it, its start if it is sent, and why not if it is not."""
    held = design.sendable(timeline, look, pair)
    blocked = design.dependencies(design, timeline, look, pair, waived) if held is None else Blocked(held)
    if blocked is None:
        start = Start(design, pair.key, NO_RUN if pair.run is None else pair.run.id, look.by, look.at, waived, subset)
        rules = (SENT, rule_of(design.pairs).id)
        sent = [] if design.sent is None else moved(design, timeline, look, pair, design.sent, SENT, waived, rules)
        return sent, start, None
    if blocked.mark is None:
        return [], None, blocked.held
    return moved(design, timeline, look, pair, blocked.mark, blocked.held.rule), None, blocked.held


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

    First its row is made, if it has none; one that was removed comes back before anything else happens to it.
    """
    row = timeline.task(pair.key)
    if after is None or (row is not None and row.state is after):
        return []
    events: list[Event] = []
    before = TaskState.NONE if row is None else row.state
    if row is None:
        events.append(TaskCreated(new_row(design, pair), look.at, look.by, "L03"))
    elif before is TaskState.REMOVED and after is not TaskState.NONE:
        events.append(TaskMoved(pair.key, before, TaskState.NONE, (), look.at, look.by, rule))
        before = TaskState.NONE
    events.append(TaskMoved(pair.key, before, after, _ignored(pair, waived), look.at, look.by, rule, rules))
    return events


def _ignored(pair: Pair, waived: bool) -> tuple[str, ...]:
    """What an instance does not wait for, as was asked."""
    return ((WAIVES_PAST,) if waived else ()) + ((WAIVES_UPSTREAM,) if pair.cut else ())


def new_row(design: Design, pair: Pair) -> TaskRecord:
    """The row of an instance that has none yet; it names its run where the design stores that."""
    if Capability.TASK_HAS_RUN not in design.capabilities:
        return TaskRecord(*pair.key, BY_DATE)
    if pair.run is None:
        return TaskRecord(*pair.key, NO_RUN, unowned="outside")
    return TaskRecord(*pair.key, pair.run.id)


def instances_of(timeline: TimelineView, run: Run) -> list[TaskInstance]:
    """The instances of a run: those that it owns, or where no owner is stored those of its date."""
    own = run.id
    return [row for row in timeline.tasks_at(run.dag, run.date) if row.run == own or row.run == BY_DATE]


def tasks_in_run(timeline: TimelineView, run: Run, version: DagVersion) -> dict[str, TaskInstance]:
    """The instances of a run by task, but for those of tasks that it no longer has."""
    return {
        row.task: row
        for row in instances_of(timeline, run)
        if row.task in version.by_id and row.state is not TaskState.REMOVED
    }


def run_of(timeline: TimelineView, row: TaskInstance) -> Run | None:
    """The run of an instance: its owner, or where none is stored the run of its date."""
    if row.run != BY_DATE:
        return timeline.run(row.run)
    return next(iter(timeline.live_at(row.dag, row.date)), None)


def pair_of(timeline: TimelineView, key: TaskKey, run_id: int, subset: tuple[str, ...] | None = None) -> Pair | None:
    """An instance as it is found later, in a DAG cut to ``subset``; ``None`` where the DAG no longer has its task."""
    run = timeline.run(run_id)
    version = None if run is None else timeline.version(key.dag, run.version)
    version = version or timeline.version(key.dag)
    if version is None or key.task not in version.by_id:
        return None
    cut = subset is not None and not set(version.by_id[key.task].upstream) <= set(subset)
    version = version if subset is None else version.subset(subset)
    return Pair(key, version.by_id[key.task], run, version, cut)


class Start(NamedTuple):
    """A worker was handed an instance by ``sender``, and begins it if the design lets it."""

    design: Design
    key: TaskKey
    run: int
    sender: str
    at: Instant
    waived: bool = False
    subset: tuple[str, ...] | None = None
    by: str = ""
    """The worker, once there is one."""

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Begin, or give up without a trace."""
        pair = pair_of(timeline, self.key, self.run, self.subset)
        version = timeline.version(self.key.dag)
        if pair is None or version is None:
            return Commit((), None)
        look = Look(self.key.dag, self.at, self._name(), version)
        held = self.design.start(self.design, timeline, look, pair, self.waived)
        if held is not None:
            return Commit((), None, held=(held,))
        sent_by = () if self.design.sent else (rule_of(self.design.pairs).id,)
        rules = (SENT, rule_of(self.design.start).id, *sent_by)
        events = moved(self.design, timeline, look, pair, TaskState.RUNNING, SENT, self.waived, rules)
        return Commit(tuple(events), Execution(self.key, pair.task.retries, look.by, self.at))

    def _name(self) -> str:
        """Who acts: the worker, or where sending left no mark, the sender, whose claim begins only now."""
        return self.by if self.by and self.design.sent is not None else self.sender


class Execution(NamedTuple):
    """The instance runs; how it ends is not for a rule to say."""

    key: TaskKey
    retries: int
    by: str
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """It ends well or badly."""
        options: dict[Hashable, Step] = {
            state: Finish(self.key, state, self.retries, self.by, self.at)
            for state in (TaskState.SUCCESS, TaskState.FAILED)
        }
        return Choose(f"{self.key.dag}.{self.key.task} ends", options)


class Finish(NamedTuple):
    """The try ends; one that failed may be tried again."""

    key: TaskKey
    state: TaskState
    retries: int
    by: str
    at: Instant

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Report the end, unless the instance is no longer running."""
        row = timeline.task(self.key)
        if row is None or row.state is not TaskState.RUNNING:
            return Commit((), None)
        again = self.state is TaskState.FAILED and row.tries <= self.retries
        after = TaskState.UP_FOR_RETRY if again else self.state
        return Commit((TaskMoved(self.key, TaskState.RUNNING, after, (), self.at, self.by, SENT),), None)


def rows_of_run(
    design: Design, timeline: TimelineView, look: Look, record: RunRecord | Run, tasks: Iterable[Task], rule: str
) -> Iterator[Event]:
    """The rows that a run still lacks: made in state none, or adopted where one without a run stands at its date."""
    owner = record.id if Capability.TASK_HAS_RUN in design.capabilities else BY_DATE
    for task in tasks:
        key = TaskKey(record.dag, task.id, record.date)
        row = timeline.task(key)
        if row is None:
            yield TaskCreated(TaskRecord(*key, owner), look.at, look.by, rule)
        elif row.run == NO_RUN:
            yield TaskAdopted(key, NO_RUN, record.id, "", look.at, look.by, rule)
