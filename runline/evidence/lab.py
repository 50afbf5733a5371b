"""The laboratory in which the old trees were recorded, with a design in the place of the real code.

The clock stands between actions; an action runs to its end in the foreground; tasks take no time and fail where the
recording says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from runline.designs.commands import BackfillRequest, Clear, DeleteRun, RunTask, SetState, Trigger
from runline.designs.design import Design
from runline.designs.scheduler import Begin
from runline.designs.worker import SENT
from runline.evidence import replayable as acts
from runline.evidence.old_trees import DAG
from runline.model.capability import Capability
from runline.model.dags import DagVersion
from runline.model.errors import IntegrityError
from runline.model.events import (
    BackfillCompleted,
    DagDeployed,
    Event,
    Raised,
    Refused,
    RunCreated,
    RunTaken,
    TaskCreated,
    TaskMoved,
    TimePassed,
)
from runline.model.instants import Instant, parse_instant
from runline.model.records import BY_DATE, TaskRecord
from runline.model.states import TaskState
from runline.model.steps import Choose, Commit, Step, Wait
from runline.model.timeline import Timeline

PROBED_DATE: Instant = parse_instant("2016-01-01T00:00:00Z")
SCHEDULER = "scheduler-1"
MAX_HEARTBEATS = 200
"""After so many heartbeats the laboratory cut a backfill that did not end."""


@dataclass(slots=True)
class Loop:
    """What one loop of the scheduler did; a run that was taken over with another run_id counts as created."""

    created: list[Instant] = field(default_factory=list)
    executed: list[tuple[str, Instant, str]] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Told(Loop):
    """What an action did, and its loops, if it is one of the scheduler's."""

    loops: list[Loop] = field(default_factory=list)


class Lab:
    """Does what a recording says was done, step by step."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self.timeline = Timeline()
        self.fails: set[tuple[str, Instant]] = set()
        self.jobs = 0
        self._loop = Loop()

    # ------------------------------------------------------------------------ the world

    def set_clock(self, now: Instant) -> None:
        """Let the clock stand there."""
        if now != self.timeline.now:
            self.timeline.apply(TimePassed(self.timeline.now, now))

    def deploy(self, version: DagVersion) -> None:
        """A definition comes into force."""
        self._apply([DagDeployed(version, self.timeline.now, "operator")])

    def do(self, act: acts.Act) -> Told:
        """Do one thing; definitions and the clock are the caller's."""
        told = Told()
        self._loop = told
        _ACTS[type(act)](self, act, told)
        return told

    def _apply(self, events: Iterable[Event]) -> None:
        for event in events:
            self.timeline.apply(event)
            self._note(event)

    def _note(self, event: Event) -> None:
        loop = self._loop
        if isinstance(event, RunCreated):
            loop.created.append(event.record.date)
        elif isinstance(event, RunTaken) and event.before[1] != event.after[1]:
            taken = self.timeline.run(event.run)
            assert taken is not None
            loop.created.append(taken.date)
        elif isinstance(event, Raised):
            loop.raised.append(event.error)
        elif isinstance(event, TaskMoved) and event.before is TaskState.RUNNING and event.rule == SENT:
            loop.executed.append((event.key.task, event.key.date, event.after.value))
        if event.rule:
            loop.rules.append(event.rule)

    # ------------------------------------------------------------------------- processes

    def _run(self, step: Step | None) -> list[Step]:
        """Let a process run until it has ended or rests; what it hands to workers is returned."""
        sends: list[Step] = []
        while step is not None:
            outcome = step(self.timeline)
            assert isinstance(outcome, Commit)
            self._apply(outcome.events)
            sends += outcome.sends
            step = outcome.then
        return sends

    def _execute(self, sends: Iterable[Step]) -> None:
        """Let a worker do at once, one after the other, what it was handed."""
        for start in sends:
            outcome = start(self.timeline)
            while isinstance(outcome, Commit):
                self._apply(outcome.events)
                if outcome.then is None:
                    break
                outcome = outcome.then(self.timeline)
                if isinstance(outcome, Choose):
                    outcome = outcome.options[self._end_of(start)](self.timeline)

    def _end_of(self, start: Any) -> TaskState:
        failed = (start.key.task, start.key.date) in self.fails
        return TaskState.FAILED if failed else TaskState.SUCCESS

    # --------------------------------------------------------------------------- acts

    def _tick(self, act: acts.Tick, told: Told) -> None:
        for _ in range(act.loops):
            loop = self._loop = Loop()
            told.loops.append(loop)
            now = self.timeline.now
            if act.do != "process":
                self._run(Begin(self.design, DAG, SCHEDULER, now, process=False))
            if act.do != "create":
                self._execute(self._run(Begin(self.design, DAG, SCHEDULER, now, create=False)))
            for name in ("created", "executed", "raised", "rules"):
                getattr(told, name).extend(getattr(loop, name))

    def _backfill(self, act: acts.Backfill, told: Told) -> None:
        self.jobs += 1
        request = BackfillRequest(
            dag=DAG,
            number=self.jobs,
            first=act.start,
            last=act.end,
            tasks=act.tasks or None,
            ignore_first=act.ignore_first_depends_on_past,
            with_upstream=act.via is not None,
        )
        kill = act.heartbeats if isinstance(act, acts.KilledBackfill) else None
        limit = kill or act.max_heartbeats or MAX_HEARTBEATS
        job = self.design.backfill(self.design, request, self.timeline.now, f"backfill-{self.jobs}")
        if not self._work(job, act, limit):
            self._kill(told, hang=kill is None)

    def _work(self, step: Step | None, act: acts.Backfill, limit: int) -> bool:
        """Let a job work to its end; false if it is still there after so many heartbeats.

        A round that changes nothing counts as a heartbeat too: in the foreground nobody else changes anything.
        """
        beats = 0
        while step is not None:
            before = self.timeline.fingerprint
            outcome = step(self.timeline)
            if isinstance(outcome, Wait):
                outcome = Commit((), step, held=outcome.held)
            assert isinstance(outcome, Commit)
            self._apply(outcome.events)
            beat = getattr(outcome.then, "after_heartbeat", False)
            if not beat:
                self._execute(outcome.sends)
            if beat or (outcome.then == step and self.timeline.fingerprint == before):
                beats += 1
                self._change_by_hand(act, beats)
                if beats >= limit:
                    return False
            if beat:
                self._execute(outcome.sends)
            step = outcome.then
        return True

    def _change_by_hand(self, act: acts.Backfill, beats: int) -> None:
        """Write states as the laboratory did: over what stood there, never a row anew."""
        for change in act.during:
            if change.heartbeat == beats and self.timeline.instance(DAG, change.task, change.date) is not None:
                self._act(self._set_state_of(change))

    def _kill(self, told: Told, *, hang: bool) -> None:
        live = self.timeline.live_backfills(DAG)
        self._apply([BackfillCompleted(record.id, self.timeline.now, "operator", "L46") for record in live])
        told.raised.append("the job did not end" if hang else "the job was killed")

    def _act(self, outcome: Commit) -> None:
        self._apply(outcome.events)
        self._execute(outcome.sends)

    def _trigger(self, act: acts.Trigger, told: Told) -> None:
        command = Trigger(DAG, self.timeline.now, act.date, act.run_id)
        outcome = self.design.trigger(self.design, self.timeline, command)
        self._act(outcome)
        told.raised += [event.reason for event in outcome.events if isinstance(event, Refused)]

    def _clear(self, act: acts.Clear, told: Told) -> None:
        command = Clear(DAG, self.timeline.now, act.start, act.end, act.tasks or None)
        self._act(self.design.clear(self.design, self.timeline, command))

    def _delete_run(self, act: acts.DeleteRun, told: Told) -> None:
        self._act(self.design.delete_run(self.design, self.timeline, DeleteRun(DAG, self.timeline.now, act.date)))

    def _run_task(self, act: acts.RunTask, told: Told) -> None:
        command = RunTask(DAG, self.timeline.now, act.task, act.date)
        self._act(self.design.run_task(self.design, self.timeline, command))
        told.raised += [f"{task} failed" for task, _, state in told.executed if state == TaskState.FAILED]

    def _set_state(self, act: acts.SetTaskState, told: Told) -> None:
        self._act(self._set_state_of(act))

    def _set_state_of(self, change: acts.SetTaskState | acts.ByHand) -> Commit:
        command = SetState(DAG, self.timeline.now, change.task, change.date, change.state)
        return self.design.set_state(self.design, self.timeline, command)

    def _set_fails(self, act: acts.SetFails, told: Told) -> None:
        self.fails = set(act.fails)

    def _probe(self, act: acts.Probe, told: Told) -> None:
        """Write an instance that names no run (A15, A16), where that was tried; a design may refuse it."""
        if act.what != "insert_ti_without_run_id":
            return
        run: Any = None if Capability.TASK_HAS_RUN in self.design.capabilities else BY_DATE
        try:
            self._apply([TaskCreated(TaskRecord(DAG, acts.PROBED, PROBED_DATE, run))])
        except IntegrityError as error:
            told.raised.append(error.message)

    def _redefine(self, act: acts.Redefine, told: Told) -> None:
        """The caller has deployed the definition."""


_ACTS: dict[type, Callable[[Lab, Any, Told], None]] = {
    acts.Tick: Lab._tick,
    acts.Backfill: Lab._backfill,
    acts.KilledBackfill: Lab._backfill,
    acts.Trigger: Lab._trigger,
    acts.Clear: Lab._clear,
    acts.Redefine: Lab._redefine,
    acts.SetFails: Lab._set_fails,
    acts.RunTask: Lab._run_task,
    acts.DeleteRun: Lab._delete_run,
    acts.SetTaskState: Lab._set_state,
    acts.Probe: Lab._probe,
}
