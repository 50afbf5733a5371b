"""Which instances a run has in Airflow 1.8.1, and which state it gets (semantics 4.4, V01-V04, V20, V30)."""

from __future__ import annotations

from runline.designs.commands import Look, Pair
from runline.designs.design import Design, Evaluated
from runline.designs.rule import rule
from runline.model.dags import DagVersion
from runline.model.events import Event, RunMoved, TaskCreated, TaskMoved
from runline.model.instants import Instant
from runline.model.records import BY_DATE, Run, TaskInstance, TaskKey, TaskRecord
from runline.model.states import ENDED_BADLY, ENDED_WELL, FINISHED_TASK, RunState, TaskState
from runline.model.view import TimelineView

BACKFILL = "backfill"
"""What is looked for in a run_id, anywhere in it."""
Stamp = tuple[Instant, str]
"""When and by whom."""


@rule("V02")
def is_backfill(run: Run) -> bool:
    """A run is a backfill's if its run_id contains the word anywhere, whoever made it."""
    return BACKFILL in run.run_id


# ----------------------------------------------------------------------------- instances


@rule("V04", "V03")
def integrity(
    timeline: TimelineView, version: DagVersion, date: Instant, stamp: Stamp, *, partial: bool = False
) -> list[Event]:
    """Instances of tasks that the DAG lacks become removed, whatever they were; those it has and that lack one get one.

    Removed is never undone. Of a part of a DAG nothing is removed.
    """
    events: list[Event] = []
    for row in timeline.tasks_at(version.dag, date):
        if row.task not in version.by_id and row.state is not TaskState.REMOVED and not partial:
            events.append(TaskMoved(row.key, row.state, TaskState.REMOVED, (), *stamp, "V04"))
    return events + missing_instances(timeline, version, date, stamp, "V04")


def missing_instances(
    timeline: TimelineView, version: DagVersion, date: Instant, stamp: Stamp, number: str
) -> list[Event]:
    """An instance in state none for each task that has none at the date, in the order of the DAG."""
    return [
        TaskCreated(TaskRecord(version.dag, task.id, date, BY_DATE), *stamp, number)
        for task in version.tasks
        if timeline.task(TaskKey(version.dag, task.id, date)) is None
    ]


def instances_at(timeline: TimelineView, version: DagVersion, date: Instant, partial: bool) -> list[TaskInstance]:
    """The instances of a date as they were inserted; those of a part of a DAG only, if it is one (V03, V57)."""
    rows = timeline.tasks_at(version.dag, date)
    return [row for row in rows if row.task in version.by_id] if partial else rows


# ---------------------------------------------------------------------------------- runs


@rule("V20", "V04", "V30")
def run_by_run(design: Design, timeline: TimelineView, look: Look, so_far: Evaluated) -> Evaluated:
    """Running runs by date: each gets the instances it lacks, then its state; what is still running then is live.

    Passed over are runs of the future, those of backfills, and all beyond as many live ones as max_active_runs allows.
    """
    over, live = set(so_far.over), 0
    stamp = (look.at, look.by)
    for run in timeline.running(look.dag):
        if so_far.then is not None and run.date < so_far.then:
            live += run.id not in over
        elif is_passed_over(run, look.at) or live >= look.version.max_active_runs:
            over.add(run.id)
        elif events := integrity(timeline, look.version, run.date, stamp):
            return Evaluated(tuple(events), frozenset(over), run.date)
        elif verdict := judged(design, timeline, look, run):
            return Evaluated((verdict,), frozenset(over), run.date + 1)
        else:
            live += 1
    return Evaluated((), frozenset(over))


def is_passed_over(run: Run, now: Instant) -> bool:
    """Whether a scheduler does not look at a running run, whatever the limit is."""
    return run.date > now or is_backfill(run)


def judged(design: Design, timeline: TimelineView, look: Look, run: Run, *, partial: bool = False) -> RunMoved | None:
    """The event that gives a run the state that it has come to; ``None`` where it has it."""
    state = state_of(design, timeline, look, run, partial=partial)
    return None if state is run.state else RunMoved(run.id, run.state, state, None, look.at, look.by, "V30")


@rule("V30", "V57")
def state_of(design: Design, timeline: TimelineView, look: Look, run: Run, *, partial: bool = False) -> RunState:
    """A run that has an instance of each task, removed ones apart, is over when all are finished, as its leaves say.

    It also fails when none that is unfinished can run, and none of these depends on its past; each run by itself.
    """
    version = look.version
    rows = [row for row in instances_at(timeline, version, run.date, partial) if row.state is not TaskState.REMOVED]
    if len(rows) != len(version.tasks) or any(row.task not in version.by_id for row in rows):
        return run.state
    left = [row for row in rows if row.state not in FINISHED_TASK]
    if left:
        pairs = [Pair(row.key, version.by_id[row.task], run, version) for row in left]
        return RunState.FAILED if _deadlocked(design, timeline, look, pairs) else RunState.RUNNING
    leaves = [row.state for row in rows if row.task in version.leaves]
    if any(state in ENDED_BADLY for state in leaves):
        return RunState.FAILED
    return RunState.SUCCESS if all(state in ENDED_WELL for state in leaves) else RunState.RUNNING


def _deadlocked(design: Design, timeline: TimelineView, look: Look, pairs: list[Pair]) -> bool:
    if any(pair.task.depends_on_past or pair.task.wait_for_downstream for pair in pairs):
        return False
    return all(design.dependencies(design, timeline, look, pair, False) is not None for pair in pairs)
