"""Recordings of the five historical trees, as histories."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from runline.evidence.changes import Stamp, changes
from runline.evidence.definitions import describe, kind_of, redefined, version_of
from runline.evidence.files import Line
from runline.evidence.history import History, Moment
from runline.evidence.recording import FORMAT_VERSION, RecordedDag, RecordedInstance, RecordedStep, Recording
from runline.evidence.wrong import invalid
from runline.model.capability import Capability
from runline.model.dags import DagVersion
from runline.model.errors import IntegrityError, RunlineError
from runline.model.events import DagDeployed, Event, Looked, Raised, TimePassed
from runline.model.instants import Instant, parse_instant, short_instant
from runline.model.records import BY_DATE, NO_RUN, RunRecord, TaskKey, TaskRecord
from runline.model.snapshot import Snapshot
from runline.model.timeline import Timeline

DAG = "dag"
"""Recordings of old trees hold one DAG and do not name it."""

START: Instant = parse_instant("2016-01-01T00:00:00Z")
"""The clock before the first action that sets it."""

_CREATES_INSTANCES = frozenset({"1.8.1", "prti"})
"""Trees in which whoever makes a run makes its task instances with it (V16; fe58b6514)."""
_RUNS_WITHOUT_BACKFILL = frozenset({"1.7.0", "base"})
"""Trees in which a backfill makes no runs (L04)."""
_SCHEDULER = {"tick", "create", "process"}
_BACKFILL = {"backfill", "kill_backfill_after"}
_BY_HAND = {"run_task", "set_task_state"}


def read_recording(line: Line) -> Recording:
    """A line as a recording; raises :class:`RunlineError` that names the key that is wrong."""
    version = line.value.get("format_version", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        raise RunlineError(
            f"the recording is of format version {version!r}; this Runline reads version {FORMAT_VERSION}",
            file=line.file,
            line=line.number,
            key="format_version",
            value=version,
            remedy="a newer Runline" if isinstance(version, int) and version > FORMAT_VERSION else "1",
        )
    try:
        return Recording.model_validate(line.value)
    except ValidationError as error:
        raise invalid(error, line.file, line.number) from None


def history_of(line: Line) -> History:
    """Read a line and follow it step by step, as states and as events."""
    recording = read_recording(line)
    try:
        return _Reader(recording, line).history()
    except RunlineError as error:
        raise error.located(file=line.file, line=line.number) from None


class _Reader:
    """Follows one recording: the definition in force, the clock, what was started by hand, and the timeline so far."""

    def __init__(self, recording: Recording, line: Line) -> None:
        self.recording = recording
        self.line = line
        self.definition = dict(recording.scenario.dag)
        self.versions: list[DagVersion] = []
        self.timeline = Timeline()
        self.by_hand: set[TaskKey] = set()
        self.now = START
        raw = line.value["steps"]
        self.stores_previous = any("previous" in run for step in raw for run in step["dag_runs"])
        self.stores_owner = any("dag_run_id" in task for step in raw for task in step["task_instances"])

    def history(self) -> History:
        """The whole of it."""
        first: list[Event] = [TimePassed(0, START), DagDeployed(self._define("scenario.dag"), START)]
        moments = []
        for number, step in enumerate(self.recording.steps):
            moments.append(self._moment(number, step, first))
            first = []
        return History(
            name=self.recording.name,
            tree=self.recording.tree,
            note=self.recording.scenario.note,
            file=self.line.shown,
            line=self.line.number,
            capabilities=self._capabilities(),
            path=self.line.file,
            moments=tuple(moments),
        )

    def _capabilities(self) -> frozenset[Capability]:
        """What the data shows: a tree that stores a thing has it in its rows."""
        tree = self.recording.tree
        has = {
            Capability.STORES_PREVIOUS: self.stores_previous,
            Capability.OVERRIDES: self.stores_previous,
            Capability.TASK_HAS_RUN: self.stores_owner,
            Capability.BACKFILL_MAKES_RUNS: tree not in _RUNS_WITHOUT_BACKFILL,
            Capability.CREATES_INSTANCES: tree in _CREATES_INSTANCES,
        }
        return frozenset(capability for capability, there in has.items() if there)

    def _moment(self, number: int, step: RecordedStep, first: list[Event]) -> Moment:
        action = step.action
        kind = kind_of(action, f"steps.{number}.action")
        events = list(first)
        now = self._clock(action, number)
        if now != self.now:
            events.append(TimePassed(self.now, now))
            self.now = now
        if kind == "redefine":
            self.definition.update(redefined(action, f"steps.{number}.action"))
            events.append(DagDeployed(self._define(f"steps.{number}.action"), now, "operator"))
        if kind in _BY_HAND:
            date = _instant(action.get("date"), f"steps.{number}.action.date")
            self.by_hand.add(TaskKey(DAG, str(action.get("task")), date))
        if kind in ("tick", "process") and any(loop.error is None for loop in step.loops):
            events.append(Looked(DAG, now, "scheduler-1"))
        for event in events:
            self.timeline.apply(event)
        state = self._state(step, number)
        asked = tuple(action["tasks"]) if kind in _BACKFILL and action.get("tasks") else None
        stamp = Stamp(now, _process(kind), explicit=kind == "delete_run", requested=asked)
        found = list(changes(self.timeline, state, stamp))
        if step.exception is not None:
            found.append(Raised(DAG, step.exception, at=now, by=stamp.by))
        for event in found:
            self.timeline.apply(event)
        return Moment(number, describe(action), now, state, (*events, *found))

    def _clock(self, action: dict[str, Any], number: int) -> Instant:
        at = action.get("at")
        return self.now if at is None else _instant(at, f"steps.{number}.action.at")

    def _define(self, key: str) -> DagVersion:
        """The definition in force as a version; ``key`` says where in the file it was given last."""
        try:
            version = version_of(DAG, RecordedDag.model_validate(self.definition), len(self.versions) + 1)
        except ValidationError as error:
            raise invalid(error, self.line.file, self.line.number, key) from None
        except RunlineError as error:
            error.key = (error.key or "").replace(f"dags.{DAG}", key) or key
            raise
        self.versions.append(version)
        return version

    def _state(self, step: RecordedStep, number: int) -> Snapshot:
        runs: dict[int, RunRecord] = {}
        for run in step.dag_runs:
            _refuse_twice(run.id in runs, f"run {run.id}", f"steps.{number}.dag_runs")
            _refuse_id(run.id, f"steps.{number}.dag_runs")
            runs[run.id] = RunRecord(
                run.id, DAG, run.date, run.kind, run.run_id, run.state, run.previous, origin=run.kind
            )
        tasks: dict[TaskKey, TaskRecord] = {}
        for row in step.task_instances:
            record = self._task(row, number)
            what = f"task instance {row.task} of {short_instant(row.date)}"
            _refuse_twice(record.key in tasks, what, f"steps.{number}.task_instances")
            tasks[record.key] = record
        return Snapshot(self.now, runs, tasks, {DAG: tuple(self.versions)})

    def _task(self, row: RecordedInstance, number: int) -> TaskRecord:
        run = row.dag_run_id if self.stores_owner else BY_DATE
        if run is None:
            raise IntegrityError(
                f"task instance {row.task} of {short_instant(row.date)} has no run (Q30)",
                key=f"steps.{number}.task_instances",
                remedy=f"a run's id, or {NO_RUN} for one from outside",
            )
        key = TaskKey(DAG, row.task, row.date)
        unowned = "outside" if run == NO_RUN and key in self.by_hand else ""
        return TaskRecord(DAG, row.task, row.date, run, row.state, 0, unowned)


def _instant(value: object, key: str) -> Instant:
    if not isinstance(value, str):
        raise RunlineError(f"{value!r} is not an instant", key=key, value=value, remedy="ISO 8601 text")
    try:
        return parse_instant(value)
    except RunlineError as error:
        raise error.located(key=key) from None


def _refuse_twice(there: bool, what: str, key: str) -> None:
    if there:
        raise IntegrityError(f"{what} stands there twice", key=key, remedy="each row once")


def _refuse_id(run: int, key: str) -> None:
    if run < 1:
        raise IntegrityError(f"{run} is no run's id", key=key, value=run, remedy="ids from 1 on")


def _process(kind: str) -> str:
    """Who acted in a step."""
    if kind in _SCHEDULER:
        return "scheduler-1"
    return "backfill-1" if kind in _BACKFILL else "operator"
