"""The DAG files and actions of recordings of Airflow 3 in the words of the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any, NamedTuple

from pydantic import ValidationError

from runline.evidence.airflow3_recording import (
    RecordedDag,
    RecordedStep,
    Recording,
    WallClock,
    invalid_recording,
)
from runline.evidence.files import Line
from runline.model.dags import DagVersion, Task
from runline.model.errors import RunlineError
from runline.model.instants import SECOND, Instant, from_datetime, parse_instant, short_instant
from runline.model.schedules import Once, Schedule, Unscheduled, parse_schedule

DAG = "d"
"""Recordings hold one DAG, which is called so in what Airflow logged."""

INITIAL = -1
"""The number of the state before the first action."""
_DEFINES = frozenset({"set_dag", "set_schedule"})
"""Actions that rewrite the file and parse it: what follows goes by the new definition (N10)."""
_REPLACED = 0
"""The number of a definition that Airflow wrote over in place: no run bears it."""
_TOLD: dict[str, tuple[str, ...]] = {
    "n": ("x",),
    "id": (),
    "task_id": (),
    "run_id": (),
    "schedule": ("to",),
    "logical_date": ("of",),
    "from": ("from",),
    "start": ("from",),
    "to": ("to",),
    "end": ("to",),
    "reprocess": ("reprocess",),
    "state": (),
    "set": (),
    "until": ("until",),
}
"""What of an action is told, in this order, and after which words."""


@dataclass(frozen=True, slots=True)
class OtherTimetable:
    """A timetable that the model's schedules cannot express: it answers nothing, so no law of ticks judges by it.

    The model reads schedules as naive UTC and lets a run stand for the interval that begins at its date. So a cron
    expression in another zone, a timetable that triggers at the tick, and calendar months are such.
    """

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def periodic(self) -> bool:
        """Not as far as the model can tell."""
        return False

    def next_after(self, instant: Instant) -> Instant | None:
        """Not known."""
        return None

    def prev_before(self, instant: Instant) -> Instant | None:
        """Not known."""
        return None

    def align(self, instant: Instant) -> Instant:
        """``instant``, since nothing better is known."""
        return instant

    def is_tick(self, instant: Instant, *, phase: Instant | None = None) -> bool:
        """Nothing speaks against it."""
        return True


class Defined(NamedTuple):
    """A definition as it came into force, and the file that gave it."""

    version: DagVersion
    file: RecordedDag


def definitions_of(recording: Recording, line: Line) -> dict[int, Defined]:
    """The definitions, by the step with which they came into force, numbered as their runs name them.

    A file that cannot be imported changes nothing. A changed definition gets the next number, unless no instance has
    used the last one yet: then Airflow writes over that, and runs made since bear the number of the new one.
    """
    definition = dict(recording.scenario.dag)
    found: dict[int, Defined] = {}
    last: int | None = None
    for step, state in enumerate((recording.initial, *recording.steps), start=INITIAL):
        action = state.action if isinstance(state, RecordedStep) else {}
        if step != INITIAL and str(action.get("do")) not in _DEFINES:
            continue
        key = f"steps.{step}.action"
        definition = _redefined(definition, action, key)
        if state.dag is None or state.exception is not None:
            continue
        try:
            file = RecordedDag.model_validate(definition)
        except ValidationError as error:
            raise invalid_recording(error, line, _place(error, action, key)) from None
        version = _version_of(file, state.dag.timetable_type, state.n_dag_versions)
        if last is not None and found[last].version.number == version.number:
            if found[last].version == version:
                continue
            found[last] = Defined(replace(found[last].version, number=_REPLACED), found[last].file)
        found[step] = Defined(version, file)
        last = step
    return found


def _redefined(definition: dict[str, Any], action: dict[str, Any], key: str) -> dict[str, Any]:
    """The file as the action writes it."""
    changed = action.get("set") or {}
    if not isinstance(changed, dict):
        remedy = "an object with the keys of the DAG that change"
        raise RunlineError(f"{changed!r} is no object", key=f"{key}.set", value=changed, remedy=remedy)
    schedule = {"schedule": action["schedule"]} if "schedule" in action else {}
    return {**definition, **schedule, **changed}


def _place(error: ValidationError, action: dict[str, Any], key: str) -> str:
    """Where the wrong key of a definition was written: in an action, or in the scenario."""
    name = error.errors(include_url=False)[0]["loc"][0]
    if name in (action.get("set") or {}):
        return f"{key}.set."
    return f"{key}." if name in action else "scenario.dag."


def _version_of(recorded: RecordedDag, timetable: str, number: int) -> DagVersion:
    timeout = recorded.dagrun_timeout
    return DagVersion(
        dag=DAG,
        number=number,
        schedule=_schedule(recorded, timetable),
        tasks=tuple(
            Task(
                id=task.id,
                upstream=task.upstream,
                depends_on_past=recorded.depends_on_past,
                wait_for_downstream=recorded.wait_for_downstream,
                start_date=_wall_clock(recorded, task.start_date),
                end_date=_wall_clock(recorded, task.end_date),
                retries=task.retries,
                retry_delay=task.retry_delay * SECOND,
            )
            for task in recorded.tasks
        ),
        start_date=_wall_clock(recorded, recorded.start_date),
        end_date=_wall_clock(recorded, recorded.end_date),
        catchup=recorded.catchup,
        max_active_runs=recorded.max_active_runs,
        dagrun_timeout=None if timeout is None else timeout * SECOND,
    )


def _schedule(recorded: RecordedDag, timetable: str) -> Schedule:
    value = recorded.schedule
    if timetable == "NullTimetable":
        return Unscheduled()
    if timetable == "OnceTimetable":
        return Once()
    if timetable == "DeltaDataIntervalTimetable" and isinstance(value, int):
        return parse_schedule(timedelta(seconds=value))  # it counts elapsed time, in whatever zone
    if timetable == "CronDataIntervalTimetable" and isinstance(value, str) and recorded.timezone == "UTC":
        return parse_schedule(value)
    return OtherTimetable(f"{value} in {recorded.timezone} ({timetable})")


def _wall_clock(recorded: RecordedDag, date: WallClock | None) -> Instant | None:
    """A date of the file; ``None`` also where it is wall clock of a zone that the model does not know."""
    if date is None or (date.tzinfo is None and recorded.timezone != "UTC"):
        return None
    return from_datetime(date if date.tzinfo else date.replace(tzinfo=UTC))


def describe(action: dict[str, Any]) -> str:
    """An action in a few words."""
    words = [str(action["do"]).replace("_", " ")]
    for key in _TOLD:
        if (value := action.get(key)) not in (None, {}):
            words += [*_TOLD[key], _short(value)]
    return " ".join(words)


def _short(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(value)
    try:
        return short_instant(parse_instant(str(value)))
    except RunlineError:
        return str(value)
