"""The DAGs and actions of a recording in the words of the model."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from runline.evidence.recording import Every, RecordedDag
from runline.model.dags import DagVersion, Task
from runline.model.errors import RunlineError
from runline.model.instants import SECOND, parse_instant, short_instant
from runline.model.schedules import Schedule, parse_schedule


def version_of(dag: str, recorded: RecordedDag, number: int) -> DagVersion:
    """The definition of a recording's DAG as a version."""
    on_dag = recorded.start_date if recorded.dag_start else None
    timeout = recorded.dagrun_timeout_seconds
    return DagVersion(
        dag=dag,
        number=number,
        schedule=_schedule(recorded.schedule),
        tasks=tuple(
            Task(
                id=task.id,
                upstream=task.upstream,
                depends_on_past=recorded.depends_on_past if task.depends_on_past is None else task.depends_on_past,
                wait_for_downstream=recorded.wait_for_downstream,
                start_date=task.start_date if recorded.dag_start else task.start_date or recorded.start_date,
            )
            for task in recorded.tasks
        ),
        start_date=on_dag,
        end_date=recorded.end_date,
        catchup=recorded.catchup,
        max_active_runs=recorded.max_active_runs,
        dagrun_timeout=None if timeout is None else timeout * SECOND,
    )


def _schedule(recorded: str | Every | None) -> Schedule:
    return parse_schedule(timedelta(seconds=recorded.every_seconds) if isinstance(recorded, Every) else recorded)


def describe(action: dict[str, Any]) -> str:
    """An action in a few words."""
    kind = action["do"]
    words = [str(kind).replace("_", " ")]
    if "loops" in action:
        words.append(f"x{action['loops']}")
    if "task" in action:
        words.append(str(action["task"]))
    for key in ("date", "start", "end"):
        if isinstance(value := action.get(key), str) and value not in words:
            words.append(("to " if key == "end" and "start" in action else "") + _short(value))
    if kind == "backfill" and action.get("start") == action.get("end"):
        words = words[:2]
    if kind == "redefine":
        words += [f"{key}" for key in action if key not in ("do", "at")]
    if "state" in action:
        words.append(str(action["state"]))
    return " ".join(words)


def _short(text: str) -> str:
    try:
        return short_instant(parse_instant(text))
    except RunlineError:
        return text
