"""The state laws, each as the set of places at which it is broken now."""

from __future__ import annotations

from collections import Counter

from runline.invariants.law import Context, Locus
from runline.invariants.offline.facts import (
    downstream_of,
    has_instance_of_each,
    instances_at,
    is_live,
    owned_by,
    timeline_of,
    version_of,
    wanted_tasks,
)
from runline.invariants.offline.past import Past, StateCheck
from runline.model import events as ev
from runline.model.records import BY_DATE, NO_RUN, RunRecord, TaskRecord
from runline.model.snapshot import Snapshot
from runline.model.states import ENDED_BADLY, ENDED_WELL, FINISHED_RUN, FINISHED_TASK, RunState, TaskState


def _single_live_run(past: Past, context: Context) -> set[Locus]:
    """Dates of a DAG with more than one live run."""
    live = Counter((run.dag, run.date) for run in past.state.runs.values() if is_live(run))
    return {place for place, count in live.items() if count > 1}


# ------------------------------------------------------------------------ the chain


def _previous_is_predecessor(past: Past, context: Context) -> set[Locus]:
    """Timeline runs whose ``previous`` is none of the runs of the greatest earlier date (none, where there is none)."""
    broken: set[Locus] = set()
    for dag in past.state.dags():
        timeline = timeline_of(past.state, dag)
        for run in timeline:
            earlier = [other for other in timeline if other.date < run.date]
            latest = max((other.date for other in earlier), default=None)
            predecessors: list[int | None] = [other.id for other in earlier if other.date == latest]
            if run.previous not in (predecessors or [None]):
                broken.add(run.id)
    return broken


def _acyclic_previous(past: Past, context: Context) -> set[Locus]:
    """Runs on a cycle of ``previous``, at the places where the cycle leads to a date that is not earlier."""
    import networkx as nx

    runs = past.state.runs
    links = [(run.id, run.previous) for run in runs.values() if run.previous is not None and run.previous in runs]
    graph = nx.DiGraph(links)
    cycles = [ids for ids in nx.strongly_connected_components(graph) if len(ids) > 1]
    on_cycle = {run_id for ids in cycles for run_id in ids} | set(nx.nodes_with_selfloops(graph))
    return {here for here, there in links if here in on_cycle and runs[there].date >= runs[here].date}


def _previous_is_live(past: Past, context: Context) -> set[Locus]:
    """Live runs whose ``previous`` is missing, overridden or of another DAG."""
    broken: set[Locus] = set()
    for run in past.state.runs.values():
        if is_live(run) and run.previous is not None:
            previous = past.state.runs.get(run.previous)
            if previous is None or not is_live(previous) or previous.dag != run.dag:
                broken.add(run.id)
    return broken


def _one_first_run(past: Past, context: Context) -> set[Locus]:
    """DAGs whose timeline does not have exactly one run without ``previous``."""
    timelines = {dag: timeline_of(past.state, dag) for dag in past.state.dags()}
    return {
        dag for dag, timeline in timelines.items() if timeline and [run.previous for run in timeline].count(None) != 1
    }


# ------------------------------------------------------------------------ instances


def _task_has_run(past: Past, context: Context) -> set[Locus]:
    """Instances whose run does not exist or bears another date, and unowned ones that do not say why."""
    return {key for key, task in past.state.tasks.items() if not _has_run(past.state, task)}


def _has_run(state: Snapshot, task: TaskRecord) -> bool:
    if task.run == BY_DATE:
        return True
    if task.run == NO_RUN:
        return task.unowned != ""
    run = state.runs.get(task.run)
    return run is not None and (run.dag, run.date) == (task.dag, task.date)


def _owner_is_live(past: Past, context: Context) -> set[Locus]:
    """Unfinished instances of overridden runs."""
    overridden = {run.id for run in past.state.runs.values() if not is_live(run)}
    return {key for key, task in past.state.tasks.items() if task.state not in FINISHED_TASK and task.run in overridden}


# ------------------------------------------------------------------ run-state-agrees


def _run_state_agrees(past: Past, context: Context) -> set[Locus]:
    """Runs whose state is not what their instances say."""
    return {
        run.id
        for run in past.state.runs.values()
        if (run.state == RunState.FAILED and _failed_for_nothing(past.state, run))
        or (run.state == RunState.SUCCESS and _succeeded_for_nothing(past.state, run))
        or (run.state == RunState.RUNNING and _left_running(past, run))
    }


def _failed_for_nothing(state: Snapshot, run: RunRecord) -> bool:
    """No instance at the date ended badly, whoever owns it, and the run's time cannot have run out."""
    badly = any(task.state in ENDED_BADLY for task in instances_at(state, run.dag, run.date))
    return not badly and not _may_have_timed_out(state, run)


def _may_have_timed_out(state: Snapshot, run: RunRecord) -> bool:
    version = version_of(state, run)
    if version is None or version.dagrun_timeout is None:
        return False
    return run.started is None or run.ended is None or run.ended - run.started > version.dagrun_timeout


def _succeeded_for_nothing(state: Snapshot, run: RunRecord) -> bool:
    """A leaf of the run's version did not end well, and was not removed."""
    version = version_of(state, run)
    if version is None:
        return False
    leaves = {task.id for task in version.tasks if not downstream_of(version, task)}
    fine = ENDED_WELL | {TaskState.REMOVED}
    return any(task.task in leaves and task.state not in fine for task in owned_by(state, run))


def _left_running(past: Past, run: RunRecord) -> bool:
    """Since all was done, and nothing of the run changed, every process that ever looked at its DAG has looked."""
    lookers = {event.by for event in past.events if isinstance(event, ev.Looked) and event.dag == run.dag}
    have_looked: set[str] = set()
    for event, state in zip(reversed(past.events), reversed(past.snapshots), strict=False):
        if not _is_complete(state, run.id):
            break
        if isinstance(event, ev.Looked) and event.dag == run.dag:
            have_looked.add(event.by)
        if _concerns(event, run):
            break
    return bool(lookers) and have_looked == lookers


def _is_complete(state: Snapshot, run_id: int) -> bool:
    """Whether the run is running with an instance of each wanted task, if any are wanted, and all are finished."""
    run = state.runs.get(run_id)
    if run is None or run.state != RunState.RUNNING:
        return False
    wanted = wanted_tasks(state, run)
    instances = [task for task in owned_by(state, run) if task.state != TaskState.REMOVED]
    return (
        bool(wanted)
        and has_instance_of_each(state, run, wanted or set())
        and all(task.state in FINISHED_TASK for task in instances)
    )


def _concerns(event: ev.Event, run: RunRecord) -> bool:
    """Whether the event makes or moves the run or an instance of its date, or changes its DAG."""
    match event:
        case ev.RunMoved(run=run_id):
            return run_id == run.id
        case ev.RunCreated(record=made) | ev.RunDeleted(record=made):
            return made.id == run.id
        case ev.TaskMoved(key=key) | ev.TaskAdopted(key=key):
            return (key.dag, key.date) == (run.dag, run.date)
        case ev.TaskCreated(record=task) | ev.TaskDeleted(record=task):
            return (task.dag, task.date) == (run.dag, run.date)
        case ev.DagDeployed(version=version):
            return version.dag == run.dag
    return False


# ---------------------------------------------------------------- backfill-lifecycle


def _backfill_lifecycle(past: Past, context: Context) -> set[Locus]:
    """Backfills that are complete while one of their dates has no final run, or the other way round."""
    broken: set[Locus] = set()
    for backfill in past.state.backfills.values():
        final = {
            run.date
            for run in past.state.runs.values()
            if run.dag == backfill.dag and run.backfill == backfill.id and run.state in FINISHED_RUN
        }
        if backfill.completed != (set(backfill.dates) <= final):
            broken.add(backfill.id)
    return broken


STATE: dict[str, StateCheck] = {
    "single-live-run": _single_live_run,
    "previous-is-predecessor": _previous_is_predecessor,
    "acyclic-previous": _acyclic_previous,
    "previous-is-live": _previous_is_live,
    "one-first-run": _one_first_run,
    "task-has-run": _task_has_run,
    "owner-is-live": _owner_is_live,
    "run-state-agrees": _run_state_agrees,
    "backfill-lifecycle": _backfill_lifecycle,
}
