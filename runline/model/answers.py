"""Answers that a timeline keeps until what they rest on changes, as dictionaries that find out what they do not hold.

So a question that was asked before costs a look-up, which no function of ours takes part in.
"""

from __future__ import annotations

from collections.abc import Mapping

from runline.model.dags import DagVersion
from runline.model.records import BY_DATE, RunTasks
from runline.model.rows import DagRows, RunRow, TaskRow
from runline.model.states import RunState, TaskState
from runline.model.values import make

_RUNNING, _REMOVED = RunState.RUNNING, TaskState.REMOVED


class Running(dict[str, tuple[RunRow, ...]]):
    """The running runs of each DAG, by date, then id."""

    def __init__(self, dags: Mapping[str, DagRows]) -> None:
        self._dags = dags

    def __missing__(self, dag: str) -> tuple[RunRow, ...]:
        found = self[dag] = tuple(self._dags[dag].in_state(_RUNNING))
        return found


class TasksIn(dict[int, RunTasks | None]):
    """What each run has of tasks; ``None`` where its DAG has no such version."""

    def __init__(self, dags: Mapping[str, DagRows], runs: Mapping[int, RunRow]) -> None:
        self._dags = dags
        self._runs = runs

    def __missing__(self, run_id: int) -> RunTasks | None:
        run = self._runs[run_id]
        rows = self._dags[run.dag]
        version = rows.version(run.version)
        found = self[run_id] = None if version is None else _gathered(run, rows.tasks_at.get(run.date, {}), version)
        return found


def _gathered(run: RunRow, at_date: Mapping[str, TaskRow], version: DagVersion) -> RunTasks:
    rows: dict[str, TaskRow] = {}
    owners = (run.id, BY_DATE)
    for task in version.by_id:
        row = at_date.get(task)
        if row is not None and row.run in owners and row.state is not _REMOVED:
            rows[task] = row
    whole = len(rows) == len(version.by_id)
    leaves = version.leaves if whole else [task for task in rows if rows.keys().isdisjoint(version.downstream[task])]
    return make(RunTasks, (version, rows, [rows[task] for task in leaves], whole))
