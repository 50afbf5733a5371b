"""The step laws: whether the last event broke them. Those of sends and of creation stand in modules of their own."""

from __future__ import annotations

from runline.invariants.law import Context
from runline.invariants.offline.creation import CREATION
from runline.invariants.offline.facts import has_instance_of_each, timeline_of, wanted_tasks
from runline.invariants.offline.past import EventCheck, Past
from runline.invariants.offline.sends import SENDS
from runline.model import events as ev
from runline.model.capability import Capability
from runline.model.instants import Instant
from runline.model.records import RunRecord
from runline.model.snapshot import Snapshot
from runline.model.states import RUN_ARROWS, TASK_ARROWS, RunKind, RunState

# ------------------------------------------------------------------ states of a run


def _overridden_is_final(past: Past, context: Context) -> bool:
    """A run left the state overridden."""
    event = past.last
    return isinstance(event, ev.RunMoved) and event.before == RunState.OVERRIDDEN and event.after != event.before


def _legal_transition(past: Past, context: Context) -> bool:
    """A run or an instance changed its state along no arrow."""
    match past.last:
        case ev.RunMoved(before=run_before, after=run_after):
            return run_before != run_after and run_after not in RUN_ARROWS[run_before]
        case ev.TaskMoved(before=task_before, after=task_after):
            return task_before != task_after and task_after not in TASK_ARROWS[task_before]
    return False


def _version_pinned(past: Past, context: Context) -> bool:
    """A run was made without a version, or got another one though nobody asked for that."""
    match past.last:
        case ev.RunCreated(record=record):
            return record.version is None
        case ev.RunTaken(before=before, after=after, explicit=explicit):
            return before[2] != after[2] and not explicit
    return False


# ---------------------------------------------------------------- starts of a run


def _started(past: Past) -> RunRecord | None:
    """The run that the last event moved from queued to running."""
    event = past.last
    if isinstance(event, ev.RunMoved) and (event.before, event.after) == (RunState.QUEUED, RunState.RUNNING):
        return past.before.runs[event.run]
    return None


def _max_active_runs(past: Past, context: Context) -> bool:
    """A scheduled run was made running, or started, when as many as the DAG may have were running already."""
    event = past.last
    made_running = isinstance(event, ev.RunCreated) and event.record.state == RunState.RUNNING
    run = event.record if isinstance(event, ev.RunCreated) and made_running else _started(past)
    if run is None or run.kind != RunKind.SCHEDULED:
        return False
    version = past.before.version(run.dag)
    running = [other for other in timeline_of(past.before, run.dag) if other.state == RunState.RUNNING]
    if Capability.BACKFILL_HAS_OWN_LIMIT in context.capabilities:
        running = [other for other in running if other.kind != RunKind.BACKFILL]
    return version is not None and len(running) >= version.max_active_runs


def _queue_order(past: Past, context: Context) -> bool:
    """A run was started while one of the same queue stood before it."""
    started = _started(past)
    if started is None:
        return False
    queue = [
        run
        for run in past.before.runs.values()
        if run.state == RunState.QUEUED and (run.dag, run.backfill) == (started.dag, started.backfill)
    ]
    return min(queue, key=_place) != started


def _place(run: RunRecord) -> tuple[Instant, int]:
    return (run.date if run.ordinal is None else run.ordinal, run.id)


# --------------------------------------------------------------- task-set-complete


def _task_set_complete(past: Past, context: Context) -> bool:
    """At the first thing that happens to a run not made by hand, it lacks an instance of a task it should have."""
    return any(
        _happens_to(past.last, past.before, run.id)
        and _is_untouched(past, run)
        and _lacks_an_instance(past.before, run)
        for run in past.before.runs.values()
    )


def _is_untouched(past: Past, run: RunRecord) -> bool:
    """Whether the run was not made by hand, and nothing happened to it from then until before the last event."""
    for event, before in zip(reversed(past.events[:-1]), reversed(past.snapshots[:-2]), strict=True):
        if isinstance(event, ev.RunCreated) and event.record.id == run.id:
            return event.record.kind != RunKind.MANUAL
        if _happens_to(event, before, run.id):
            return False
    return False


def _happens_to(event: ev.Event, before: Snapshot, run_id: int) -> bool:
    """Whether something happens to the run or its instances, or a scheduler looks at it while it is running."""
    run = before.runs[run_id]
    match event:
        case ev.RunMoved(run=subject) | ev.RunOverridden(run=subject) | ev.TaskAdopted(before=subject):
            return subject == run_id
        case ev.TaskMoved(key=key):
            return (key.dag, key.date) == (run.dag, run.date)
        case ev.TaskDeleted(record=task):
            return (task.dag, task.date) == (run.dag, run.date)
        case ev.Looked(dag=dag):
            return dag == run.dag and run.state == RunState.RUNNING
    return False


def _lacks_an_instance(state: Snapshot, run: RunRecord) -> bool:
    wanted = wanted_tasks(state, run)
    return wanted is not None and not has_instance_of_each(state, run, wanted)


# --------------------------------------------------------------- crash-containment


def _crash_containment(past: Past, context: Context) -> bool:
    """An error at one DAG cost others their turn, where more than one is known."""
    event = past.last
    if not isinstance(event, ev.Raised) or not event.also:
        return False
    return len({dag for state in past.snapshots[:-1] for dag in state.dags()}) >= 2


STEP: dict[str, EventCheck] = {
    "overridden-is-final": _overridden_is_final,
    "legal-transition": _legal_transition,
    **SENDS,
    **CREATION,
    "max-active-runs": _max_active_runs,
    "task-set-complete": _task_set_complete,
    "version-pinned": _version_pinned,
    "queue-order": _queue_order,
    "crash-containment": _crash_containment,
}
