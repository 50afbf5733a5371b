"""All that can be seen of a timeline, and the same answers found the long way round."""

from __future__ import annotations

from collections.abc import Iterator

from runline.model.instants import HOUR, Instant
from runline.model.records import BY_DATE, Run, RunRecord, TaskInstance, TaskKey
from runline.model.snapshot import snapshot_of
from runline.model.states import RunKind, RunState, TaskState
from runline.model.timeline import Timeline
from runline.model.view import TimelineView
from tests.definitions import FIRST
from tests.drawn_state import DAGS, MISSING

DATES = [FIRST + 12 * HOUR * half for half in range(-1, 13)]
KINDS = ((RunKind.SCHEDULED,), (RunKind.SCHEDULED, RunKind.BACKFILL), tuple(RunKind), ())


def everything(timeline: Timeline) -> tuple[object, ...]:
    """All that can be seen of a timeline, the order of answers included."""
    return (
        timeline.fingerprint,
        timeline.last_run_id,
        snapshot_of(timeline),
        list(timeline.ownership_log),
        timeline.dags(),
        timeline.backfills(),
        list(answers(timeline)),
    )


def meaning(timeline: Timeline) -> tuple[object, ...]:
    """What rules can still read of a timeline: all but what is kept for audit only."""
    state = snapshot_of(timeline)
    return (
        timeline.now,
        timeline.last_run_id,
        tuple(run._replace(ended=None, overridden_by=None, state_before=None) for run in state.runs.values()),
        tuple(sorted(state.tasks.values())),
        tuple(sorted(state.versions.items())),
        tuple(sorted(state.backfills.values())),
    )


def answers(timeline: TimelineView) -> Iterator[tuple[object, ...]]:
    """The answers of a timeline to every question about each DAG, date, state and run of generated events."""
    for dag in (*DAGS, "unknown"):
        yield "dag", _record(timeline.latest(dag)), _ids(timeline.first_runs(dag)), timeline.live_dates(dag)
        yield "has", timeline.has_live_timeline(dag), timeline.has_tasks(dag), timeline.version(dag)
        yield "now", timeline.in_force(dag), timeline.may_time_out(dag), list(timeline.live_backfills(dag))
        yield "runs", _ids(timeline.runs(dag)), list(timeline.versions(dag)), timeline.version(dag, 1)
        yield from (("made", kinds, timeline.latest_made(dag, *kinds)) for kinds in KINDS)
        yield from (
            ("in", state, _ids(timeline.in_state(dag, state)), timeline.count(dag, state)) for state in RunState
        )
        for date in DATES:
            yield "at", date, _ids(timeline.runs_at(dag, date)), _ids(timeline.live_at(dag, date))
            yield "timeline at", date, _ids(timeline.timeline_at(dag, date))
            yield "beside", _record(timeline.predecessor(dag, date)), _record(timeline.successor(dag, date))
            yield "until", timeline.latest_until(dag, date), timeline.instance_date_before(dag, date)
            yield "tasks", [task.record() for task in timeline.tasks_at(dag, date)]
    for run in range(-1, timeline.last_run_id + 2):
        yield "run", _record(timeline.run(run)), _ids(timeline.followers(run)), _keys(timeline, run)
        yield "tasks in", _tasks_in(timeline, timeline.run(run))
    yield "missing", timeline.run(MISSING), _ids(timeline.followers(MISSING)), _keys(timeline, MISSING)


def naive_answers(timeline: TimelineView) -> Iterator[tuple[object, ...]]:
    """The same, from nothing but the list of all runs and instances (and the order in which instances were made)."""
    runs, tasks = sorted(timeline.runs(), key=lambda run: run.id), list(timeline.tasks())
    for dag in (*DAGS, "unknown"):
        mine = [run for run in runs if run.dag == dag]
        live = [run for run in mine if run.state is not RunState.OVERRIDDEN]
        line = [run for run in live if run.kind is not RunKind.MANUAL]
        dates, versions = sorted({run.date for run in line}), list(timeline.versions(dag))
        task_dates = sorted({task.date for task in tasks if task.dag == dag})
        yield "dag", _greatest(line), _ids(run for run in line if run.previous is None), dates
        current, backfills = versions[-1] if versions else None, [b for b in timeline.backfills() if b.dag == dag]
        yield "has", bool(line), bool(task_dates), current
        timed = any(version.dagrun_timeout is not None for version in versions)
        yield "now", current, timed, [backfill for backfill in backfills if not backfill.completed]
        yield "runs", _ids(mine), versions, next((version for version in versions if version.number == 1), None)
        for kinds in KINDS:
            yield "made", kinds, max((run.date for run in mine if run.origin in kinds), default=None)
        for state in RunState:
            here = sorted((run for run in mine if run.state is state), key=lambda run: (run.date, run.id))
            yield "in", state, _ids(here), len(here)
        for date in DATES:
            at = [run for run in mine if run.date == date]
            yield "at", date, _ids(at), _ids(run for run in at if run in live)
            yield "timeline at", date, _ids(run for run in at if run in line)
            before, after = [run for run in line if run.date < date], [run for run in line if run.date > date]
            yield "beside", _greatest(before), _least(after)
            until = max((day for day in dates if day <= date), default=None)
            yield "until", until, max((day for day in task_dates if day < date), default=None)
            yield "tasks", [task.record() for task in timeline.tasks_at(dag, date)]
    for number in (*range(-1, timeline.last_run_id + 2), MISSING):
        found = next((run for run in runs if run.id == number), None)
        owned = sorted(task.key for task in tasks if task.run == number)
        followers = _ids(run for run in runs if run.previous == number)
        yield "missing" if number == MISSING else "run", _record(found), followers, owned
        if number != MISSING:
            yield "tasks in", None if found is None else _found_in(timeline, found, tasks)


def _tasks_in(timeline: TimelineView, run: Run | None) -> tuple[object, ...] | None:
    found = None if run is None else timeline.tasks_in(run.id)
    if found is None:
        return None
    return found.version, [row.key for row in found.rows.values()], {row.key for row in found.leaves}, found.whole


def _found_in(timeline: TimelineView, run: Run, tasks: list[TaskInstance]) -> tuple[object, ...] | None:
    version = timeline.version(run.dag, run.version)
    if version is None:
        return None
    place = [task.id for task in version.tasks]
    mine = [
        task
        for task in tasks
        if task.dag == run.dag and task.date == run.date and task.run in (run.id, BY_DATE)
        if task.state is not TaskState.REMOVED and task.task in place
    ]
    mine.sort(key=lambda task: place.index(task.task))
    waited = {upstream for task in mine for upstream in version.by_id[task.task].upstream}
    leaves = {task.key for task in mine if task.task not in waited}
    return version, [task.key for task in mine], leaves, len(mine) == len(place)


def _ids(runs: object) -> list[int]:
    return [run.id for run in runs]  # type: ignore[attr-defined]


def _keys(timeline: TimelineView, run: int) -> list[TaskKey]:
    return [task.key for task in timeline.tasks_of(run)]


def _record(run: Run | None) -> RunRecord | None:
    return None if run is None else run.record()


def _greatest(runs: list[Run]) -> RunRecord | None:
    return _record(min(runs, key=lambda run: (-run.date, run.id), default=None))


def _least(runs: list[Run]) -> RunRecord | None:
    return _record(min(runs, key=lambda run: (run.date, run.id), default=None))


def day(number: float) -> Instant:
    """The day of that number, from 0."""
    return FIRST + round(24 * HOUR * number)
