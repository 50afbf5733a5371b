"""What the scheduler and the backfill job of March 2016 do otherwise than those of April (semantics 2.7)."""

from __future__ import annotations

from runline.designs.commands import BackfillRequest, Handed, Look, Pair
from runline.designs.design import Design, Evaluated
from runline.designs.legacy.backfill import Job, Manner, Prepare
from runline.designs.legacy.creation import is_once, last_scheduled, latest_instance, next_or_back
from runline.designs.legacy.sending import past_at_tick
from runline.designs.legacy.states import rows_of
from runline.designs.rule import Fault, rule
from runline.model.dags import DagVersion
from runline.model.events import RunMoved
from runline.model.instants import Instant
from runline.model.records import Run, TaskKey
from runline.model.states import ENDED_WELL, RunState, TaskState
from runline.model.steps import Held, Step
from runline.model.view import TimelineView

# -------------------------------------------------------------------------- the scheduler


@rule("Z02", "L13", "Z03")
def start_or_walk_back(timeline: TimelineView, look: Look, date: Instant | None) -> Instant | Held | None:
    """The tick after the last scheduled date.

    Without one, four ticks before the latest task instance, which a DAG that runs once does not have: it raises. With
    neither, the smallest task start as it is, for a DAG that runs once too; the DAG's own start plays no part.
    """
    without_last = last_scheduled(timeline, look.dag) is None
    if without_last and is_once(look.version.schedule) and latest_instance(timeline, look.dag) is not None:
        raise Fault("Z02", f"{look.dag} runs once: there is no date four ticks before its latest instance")
    return next_or_back(timeline, look)


@rule("Z11", "Z10", "L30")
def failed_with_any_instance(design: Design, timeline: TimelineView, look: Look, so_far: Evaluated) -> Evaluated:
    """A run with as many rows as the DAG has tasks fails with any that failed, and succeeds when all ended well.

    One with a row missing goes on, and so does one in which something else is unfinished or waits for what failed.
    """
    over = [(run, state) for run in timeline.running(look.dag) if (state := _verdict(timeline, look, run))]
    moves = tuple(RunMoved(run.id, RunState.RUNNING, state, None, look.at, look.by, "Z11") for run, state in over)
    return Evaluated(moves, frozenset(run.id for run, _ in over))


def _verdict(timeline: TimelineView, look: Look, run: Run) -> RunState | None:
    states = [row.state for row in rows_of(timeline, look, run)]
    if len(states) < len(look.version.tasks):
        return None
    if TaskState.FAILED in states:
        return RunState.FAILED
    return RunState.SUCCESS if all(state in ENDED_WELL for state in states) else None


@rule("Z12", "L22")
def past_succeeded_at_tick(timeline: TimelineView, look: Look, pair: Pair) -> Held | None:
    """depends_on_past: at exactly one tick earlier the same task succeeded; that it was skipped does not do.

    The present schedule says which tick that is. Not asked at the task's own start date.
    """
    return past_at_tick(timeline, pair, frozenset({TaskState.SUCCESS}), "Z12")


# --------------------------------------------------------------------------- the backfill


@rule("Z21", "Z01", "Z20", "Z22", "Z23", "Z24")
def backfill_from_its_start(design: Design, request: BackfillRequest, at: Instant, by: str) -> Step:
    """A backfill makes, reads and changes no run, and no rows in advance; it goes on until nothing is left, if ever.

    It has the dates from start to end, the start as it is, for each task; the start has to be given.
    """
    job = Job(design, request._replace(ignore_first=False), by, MARCH, starting_anew(request))
    return Prepare(job, at)


@rule("Z20", "L41")
def starting_anew(request: BackfillRequest) -> Handed:
    """For the job the DAG and all its tasks start where it starts, so that no past is waited for there."""
    return Handed(request.tasks, request.first)


@rule("Z21", "L40")
def given_start(request: BackfillRequest, version: DagVersion, at: Instant) -> tuple[Instant, Instant] | None:
    """From the start that is given to the end, or to the start if no end is given."""
    if request.first is not None:
        return request.first, request.first if request.last is None else request.last
    if version.schedule.periodic:
        raise Fault("Z21", "a backfill needs a start date")
    return at, at  # nothing recurs, so there are no dates to be found


@rule("Z22", "L43")
def downstream_of_failed(version: DagVersion, failed: TaskKey) -> frozenset[TaskKey]:
    """With an instance that failed all that is downstream of it at its date leaves the job, untested."""
    found: set[str] = set()
    left = [failed.task]
    while left:
        further = set(version.downstream[left.pop()]) - found
        found |= further
        left += further
    return frozenset(failed._replace(task=task) for task in found)


MARCH = Manner(
    bounds=given_start,
    prepared=False,
    waits_for=frozenset({TaskState.RUNNING, TaskState.QUEUED}),
    leaves_with=downstream_of_failed,
    stuck=False,
    ends="Z24",
)
"""The manner of March 2016."""
