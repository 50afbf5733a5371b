"""Recordings of Airflow 3, as histories.

Rows there name a run by its text id; a history names runs by number. They are numbered in the order in which they
appear, those of one step in the order in which they were queued.
"""

from __future__ import annotations

from runline.evidence.airflow3_definitions import DAG, INITIAL, definitions_of, describe
from runline.evidence.airflow3_recording import (
    BackfillRow,
    InstanceRow,
    RecordedError,
    RecordedState,
    RecordedStep,
    Recording,
    RunRow,
    read_recording,
)
from runline.evidence.changes import Stamp, changes
from runline.evidence.files import Line
from runline.evidence.history import History, Moment
from runline.model.capability import Capability
from runline.model.dags import DagVersion
from runline.model.errors import IntegrityError, RunlineError
from runline.model.events import DagDeployed, Event, Looked, Raised, Refused, TimePassed
from runline.model.instants import Instant
from runline.model.records import BackfillRecord, RunRecord, TaskKey, TaskRecord
from runline.model.schedules import Interval
from runline.model.snapshot import Snapshot
from runline.model.states import RunState
from runline.model.timeline import Timeline

_SCHEDULER, _OPERATOR = "scheduler-1", "operator"
_EXAMINES = frozenset({"tick", "settle", "advance"})
"""Actions in which a scheduler goes over the running runs."""
_BY_ITSELF = _EXAMINES | {"loop", "execute", "drain", "finish_tasks", "parse"}
"""Actions in which nobody asks for anything in particular."""
_EXAMINED = 20
"""How many running runs a loop of the scheduler goes over."""
_ALWAYS = frozenset(
    {
        Capability.TASK_HAS_RUN,
        Capability.STORES_VERSION,
        Capability.STORES_INTERVALS,
        Capability.BACKFILL_MAKES_RUNS,
        Capability.BACKFILL_HAS_OWN_LIMIT,
        Capability.QUEUES_RUNS,
    }
)
"""What Airflow 3 stores and does, whatever the recording."""


def history_of(line: Line) -> History:
    """Read a line and follow it step by step, as states and as events."""
    recording = read_recording(line)
    try:
        return _Reader(recording, line).history()
    except RunlineError as error:
        raise error.located(file=line.file, line=line.number) from None


class _Reader:
    """Follows one recording: the clock, the definition in force, the numbers of runs, and the timeline so far."""

    def __init__(self, recording: Recording, line: Line) -> None:
        self.recording = recording
        self.line = line
        self.states: tuple[RecordedState, ...] = (recording.initial, *recording.steps)
        self.definitions = definitions_of(recording, line)
        self.versions: list[DagVersion] = []
        self.timeline = Timeline()
        self.now: Instant = 0
        self.idle = False
        self.runs: dict[str, RunRecord] = {}
        """The runs of the last state, by their text id."""
        self.made: dict[int, Instant] = {}
        self.backfills: dict[int, BackfillRecord] = {}
        self.taken = {run.logical_date for state in self.states for run in state.dag_runs}
        self.backfills_traceable = True

    def history(self) -> History:
        """The whole of it. What was so before the first action belongs to the first moment."""
        recording = self.recording
        first = self._begin(INITIAL, recording.initial.at, looked=False)
        first += self._follow(self._state(recording.initial, "initial"), _OPERATOR)
        moments = []
        for number, step in enumerate(recording.steps):
            moments.append(self._moment(number, step, first))
            first = []
        return History(
            name=recording.name,
            tree=f"airflow-{recording.airflow_version}",
            note=recording.scenario.note,
            file=self.line.shown,
            line=self.line.number,
            capabilities=self._capabilities(),
            path=self.line.file,
            moments=tuple(moments),
        )

    def _capabilities(self) -> frozenset[Capability]:
        """What this history can show.

        Which instances a run is made with also depends on dates of tasks (N20), which no law knows. And no event says
        that a run passes from one backfill to another (N43), or that a backfill was cancelled: it is marked complete then,
        whatever became of its dates.
        """
        has = set(_ALWAYS)
        tasks = [task for defined in self.definitions.values() for task in defined.file.tasks]
        if all(task.start_date is None and task.end_date is None for task in tasks):
            has.add(Capability.CREATES_INSTANCES)
        if self.backfills_traceable:
            has.add(Capability.MANAGES_BACKFILLS)
        return frozenset(has)

    def _moment(self, number: int, step: RecordedStep, first: list[Event]) -> Moment:
        kind = step.action.get("do")
        if not isinstance(kind, str):
            raise RunlineError("an action has no `do`", key=f"steps.{number}.action.do", remedy="such as 'tick'")
        by = _SCHEDULER if kind in _BY_ITSELF else _OPERATOR
        self.backfills_traceable &= kind != "cancel_backfill"
        events = self._begin(number, step.now, looked=self._looked(kind, step))
        state = self._state(step, f"steps.{number}")
        events += self._follow(state, by, deletes=kind == "delete_run")
        if step.exception is not None:
            events += self._applied([_trouble(kind, step.exception, step.now, by)])
        return Moment(number, describe(step.action), step.now, state, (*first, *events))

    def _begin(self, number: int, now: Instant, *, looked: bool) -> list[Event]:
        """What a step begins with: time passes, a definition comes into force, a scheduler looks."""
        events: list[Event] = []
        if now != self.now:
            events.append(TimePassed(self.now, now))
            self.now = now
        if (defined := self.definitions.get(number)) is not None:
            self.versions.append(defined.version)
            events.append(DagDeployed(defined.version, now, _OPERATOR))
        if looked:
            events.append(Looked(DAG, now, _SCHEDULER))
        return self._applied(events)

    def _follow(self, state: Snapshot, by: str, *, deletes: bool = False) -> list[Event]:
        """What must have happened until ``state``. A version that a scheduler changes was not asked for."""
        stamp = Stamp(self.now, by, deletes, RunState.QUEUED, made=self.made, retaken=by == _OPERATOR)
        return self._applied(list(changes(self.timeline, state, stamp)))

    def _applied(self, events: list[Event]) -> list[Event]:
        for event in events:
            self.timeline.apply(event)
        return events

    def _looked(self, kind: str, step: RecordedStep) -> bool:
        """Whether each running run was certainly gone over.

        That is so if the DAG was not paused, they were few enough, and the date of none was still to come (N22).
        """
        was, self.idle = self.idle, step.dag is None or step.dag.idle
        if kind not in _EXAMINES or was or self.idle or 0 in (step.action.get("n"), step.loops):
            return False
        before = self.timeline.in_state(DAG, RunState.RUNNING)
        running = sum(run.state is RunState.RUNNING for run in step.dag_runs)
        return max(running, len(before)) <= _EXAMINED and all(run.date <= step.now for run in before)

    # ------------------------------------------------------------------ a state

    def _state(self, state: RecordedState, key: str) -> Snapshot:
        known = [self._backfill(row) for row in state.backfills]
        self.backfills = {record.id: record for record in known if record.dates}  # one without a date has nothing to do
        self.runs = self._runs(state, f"{key}.dag_runs")
        tasks: dict[TaskKey, TaskRecord] = {}
        for place, row in enumerate(state.task_instances):
            at = f"{key}.task_instances.{place}"
            record = self._task(row, at)
            _refuse_twice(record.key in tasks, f"task instance {row.task_id} of {row.run_id}", at)
            tasks[record.key] = record
        runs = {run.id: run for run in self.runs.values()}
        return Snapshot(self.now, runs, tasks, {DAG: tuple(self.versions)} if self.versions else {}, self.backfills)

    def _backfill(self, row: BackfillRow) -> BackfillRecord:
        """A backfill. Its dates are those for which it made or took a run when it was submitted (N42)."""
        known = self.backfills.get(row.id)
        own = tuple(date.logical_date for date in row.runs if date.exception_reason is None)
        return BackfillRecord(row.id, DAG, own if known is None else known.dates, row.completed_at is not None)

    def _runs(self, state: RecordedState, key: str) -> dict[str, RunRecord]:
        places = {(row.id, date.logical_date): date.sort_ordinal for row in state.backfills for date in row.runs}

        def place_of(row: RunRow) -> int | None:
            return places.get((row.backfill_id or 0, row.logical_date or 0))

        def age(row: RunRow) -> tuple[Instant, int, Instant]:
            return (row.queued_at or self.now, place_of(row) or 0, row.logical_date or row.run_after)

        runs: dict[str, RunRecord] = {}
        for row in sorted(state.dag_runs, key=age):
            _refuse_twice(row.run_id in runs, f"run {row.run_id}", key)
            runs[row.run_id] = self._run(row, place_of(row))
        gone = [run for run_id, run in self.runs.items() if run_id not in runs]
        self.backfills_traceable &= all(run.backfill is None for run in gone)
        return runs

    def _run(self, row: RunRow, place: int | None) -> RunRecord:
        known = self.runs.get(row.run_id)
        if known is not None and row.logical_date in (None, known.date):
            number, date, origin = known.id, known.date, known.origin
            self.backfills_traceable &= known.backfill == row.backfill_id
        else:
            number, date, origin = len(self.made) + 1, self._date(row), row.run_type
            self.made[number] = self.now if row.queued_at is None else row.queued_at
        start, end = row.data_interval_start, row.data_interval_end
        return RunRecord(
            id=number,
            dag=DAG,
            date=date,
            kind=row.run_type,
            run_id=row.run_id,
            state=row.state,
            version=row.dag_version,
            started=row.start_date,
            ended=row.end_date,
            origin=origin,
            interval=None if start is None or end is None else Interval(start, end),
            backfill=row.backfill_id,
            ordinal=place,
        )

    def _date(self, row: RunRow) -> Instant:
        """The date of a run. One that was triggered without a date has none in Airflow, and collides with none.

        The model needs one for each run: it gets the instant from which it may run, or, where any run of the recording
        has that date, the next free microsecond.
        """
        if row.logical_date is not None:
            return row.logical_date
        date = row.run_after
        while date in self.taken:
            date += 1
        self.taken.add(date)
        return date

    def _task(self, row: InstanceRow, key: str) -> TaskRecord:
        run = self.runs.get(row.run_id)
        if run is None:
            raise IntegrityError(
                f"task instance {row.task_id} belongs to run {row.run_id!r}, which is not there",
                key=f"{key}.run_id",
                value=row.run_id,
                remedy="the run_id of one of the state's dag_runs",
            )
        return TaskRecord(DAG, row.task_id, run.date, run.id, row.state)


def _refuse_twice(there: bool, what: str, key: str) -> None:
    if there:
        raise IntegrityError(f"{what} stands there twice", key=key, remedy="each row once")


def _trouble(kind: str, error: RecordedError, at: Instant, by: str) -> Event:
    """An error: what someone asked for was refused, or a process met it while it worked."""
    told = f"{error.type}: {error.message}"
    return Refused(DAG, kind, told, at, by) if by == _OPERATOR else Raised(DAG, told, (), at, by)
