"""The DAGs and actions of a recording in the words of the model."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from runline.evidence.files import Line
from runline.evidence.recording import RecordedDag
from runline.evidence.wrong import invalid
from runline.model.dags import DagVersion, Task
from runline.model.errors import RunlineError, nearest
from runline.model.instants import SECOND, parse_instant, short_instant


def version_of(dag: str, recorded: RecordedDag, number: int) -> DagVersion:
    """The definition of a recording's DAG as a version."""
    on_dag = recorded.start_date if recorded.dag_start else None
    timeout = recorded.dagrun_timeout_seconds
    return DagVersion(
        dag=dag,
        number=number,
        schedule=recorded.schedule,
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


def define(dag: str, definition: dict[str, Any], number: int, key: str, line: Line) -> DagVersion:
    """A definition as a version, or an error that names ``key``, where in the file it was given last."""
    try:
        return version_of(dag, RecordedDag.model_validate(definition), number)
    except ValidationError as error:
        raise invalid(error, line.file, line.number, key) from None
    except RunlineError as error:
        error.key = (error.key or "").replace(f"dags.{dag}", key) or key
        raise


ACTIONS = (
    "tick",
    "create",
    "process",
    "backfill",
    "kill_backfill_after",
    "trigger",
    "clear",
    "redefine",
    "set_fails",
    "run_task",
    "delete_run",
    "set_task_state",
    "probe",
)
"""What the recordings of the old trees may ``do``."""
_SLIP = 0.85
"""How like a known key another must be to be taken for a slip."""


def kind_of(action: dict[str, Any], key: str) -> str:
    """What an action does; raises :class:`RunlineError` if that is nothing that recordings do."""
    kind = action.get("do")
    if not isinstance(kind, str):
        raise RunlineError("an action has no `do`", key=f"{key}.do", value=kind, remedy=nearest("", ACTIONS))
    if kind not in ACTIONS:
        raise RunlineError(f"there is no action {kind!r}", key=f"{key}.do", value=kind, remedy=nearest(kind, ACTIONS))
    if type(action.get("loops", 0)) is not int:
        raise RunlineError("loops are counted", key=f"{key}.loops", value=action["loops"], remedy="a whole number")
    return kind


def redefined(action: dict[str, Any], key: str) -> dict[str, Any]:
    """The keys of the DAG that an action gives anew; a key that is nearly one of them is taken for a slip."""
    given = {name: value for name, value in action.items() if name not in ("do", "at", "dag")}
    for name in given:
        if name not in RecordedDag.model_fields and (
            close := get_close_matches(name, RecordedDag.model_fields, n=1, cutoff=_SLIP)
        ):
            raise RunlineError(
                f"a DAG has no {name!r}", key=f"{key}.{name}", value=name, remedy=f"did you mean {close[0]!r}?"
            )
    return given


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
