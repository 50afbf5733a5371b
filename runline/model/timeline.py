"""The timeline: the state that a series of events adds up to.

``apply`` and ``undo`` are the only code that changes state. Events are undone in reverse order of application.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runline.model import events as ev
from runline.model.errors import IntegrityError
from runline.model.fingerprint import part
from runline.model.instants import Instant, short_instant
from runline.model.records import NO_RUN, OwnershipEntry, TaskKey
from runline.model.rows import DagRows, RunRow, TaskRow
from runline.model.states import FINISHED_RUN, SENT, RunKind, RunState
from runline.model.view import TimelineView


class Timeline(TimelineView):
    """All runs and task instances of all DAGs, as left by the events applied so far."""

    # ------------------------------------------------------------------ change

    def apply(self, event: ev.Event) -> None:
        """Let ``event`` happen. Raises :class:`IntegrityError` where it does not fit what is there."""
        _APPLY[type(event)](self, event)

    def undo(self, event: ev.Event) -> None:
        """Take back ``event``, the last one applied that was not yet undone."""
        _UNDO[type(event)](self, event)

    def _grown(self, dag: str) -> DagRows:
        return self._dags.setdefault(dag, DagRows())

    def _row(self, run: int) -> RunRow:
        try:
            return self._runs[run]
        except KeyError:
            raise IntegrityError(f"there is no run {run}", value=run) from None

    def _reprint(self, row: RunRow | TaskRow) -> None:
        self.fingerprint ^= row.print
        row.print = row.current_print()
        self.fingerprint ^= row.print

    # -------------------------------------------------------------------- runs

    def _create_run(self, event: ev.RunCreated) -> None:
        row = RunRow(event.record)
        if row.id in self._runs:
            raise IntegrityError(f"run {row.id} exists already", value=row.id)
        row.high_before = self.last_run_id
        if row.id > self.last_run_id:
            self.last_run_id = row.id
        self._insert(row)

    def _uncreate_run(self, event: ev.RunCreated) -> None:
        row = self._runs[event.record.id]
        self._remove(row)
        self.last_run_id = row.high_before

    def _delete_run(self, event: ev.RunDeleted) -> None:
        row = self._row(event.record.id)
        self._displaced.append((row.high_before,))
        self._remove(row)
        self.fingerprint ^= part("deleted", row.id)

    def _undelete_run(self, event: ev.RunDeleted) -> None:
        row = RunRow(event.record)
        (row.high_before,) = self._displaced.pop()
        self._insert(row)
        self.fingerprint ^= part("deleted", row.id)

    def _insert(self, row: RunRow) -> None:
        rows = self._dags.get(row.dag) or self._grown(row.dag)
        self._runs[row.id] = row
        at_date = rows.at[row.date]
        at_date.append(row)
        if len(at_date) > 1 and at_date[-2].id > row.id:
            at_date.sort(key=lambda other: other.id)
        if row.previous is not None:
            self._followers[row.previous][row.id] = row
        rows.enter(row)
        self.fingerprint ^= row.print

    def _remove(self, row: RunRow) -> None:
        rows = self._dags[row.dag]
        rows.leave(row)
        if row.previous is not None:
            del self._followers[row.previous][row.id]
        rows.at[row.date].remove(row)
        del self._runs[row.id]
        self.fingerprint ^= row.print

    def _link(self, event: ev.RunLinked) -> None:
        self._set_previous(self._row(event.run), event.before, event.after)

    def _unlink(self, event: ev.RunLinked) -> None:
        self._set_previous(self._row(event.run), event.after, event.before)

    def _set_previous(self, row: RunRow, before: int | None, after: int | None) -> None:
        if row.previous != before:
            raise IntegrityError(f"the previous of run {row.id} is {row.previous}, not {before}", value=before)
        firsts = self._dags[row.dag].firsts
        row.previous = after
        if before is not None:
            del self._followers[before][row.id]
        elif row.on_timeline:
            del firsts[row.id]
        if after is not None:
            self._followers[after][row.id] = row
        elif row.on_timeline:
            firsts[row.id] = row
        self._reprint(row)

    def _override(self, event: ev.RunOverridden) -> None:
        row = self._row(event.run)
        self._displaced.append((row.overridden_by, row.state_before))
        self._set_state(row, event.before, RunState.OVERRIDDEN)
        row.overridden_by, row.state_before = event.overrider, event.before

    def _unoverride(self, event: ev.RunOverridden) -> None:
        row = self._row(event.run)
        self._set_state(row, RunState.OVERRIDDEN, event.before)
        row.overridden_by, row.state_before = self._displaced.pop()

    def _move_run(self, event: ev.RunMoved) -> None:
        row = self._row(event.run)
        self._displaced.append((row.started, row.ended))
        if event.started is not None:
            row.started = event.started
        row.ended = event.at if event.after in FINISHED_RUN else None
        self._set_state(row, event.before, event.after)

    def _unmove_run(self, event: ev.RunMoved) -> None:
        row = self._row(event.run)
        row.started, row.ended = self._displaced.pop()
        self._set_state(row, event.after, event.before)

    def _set_state(self, row: RunRow, before: RunState, after: RunState) -> None:
        if row.state is not before:
            raise IntegrityError(f"run {row.id} is {row.state}, not {before}", value=before)
        self._dags[row.dag].move(row, after)
        self._reprint(row)

    def _take(self, event: ev.RunTaken) -> None:
        self._retype(self._row(event.run), event.after)

    def _untake(self, event: ev.RunTaken) -> None:
        self._retype(self._row(event.run), event.before)

    def _retype(self, row: RunRow, value: tuple[RunKind, str, int | None]) -> None:
        rows = self._dags[row.dag]
        rows.leave_timeline(row)
        row.kind, row.run_id, row.version = value
        rows.enter_timeline(row)
        self._reprint(row)

    # --------------------------------------------------------- task instances

    def _create_task(self, event: ev.TaskCreated) -> None:
        record = event.record
        if record.run is None:
            raise IntegrityError(
                f"task instance {record.dag}.{record.task} at {short_instant(record.date)} has no run (Q30)",
                value=None,
                remedy=f"a run's id, or {NO_RUN} for one from outside",
            )
        if record.key in self._tasks:
            raise IntegrityError(f"task instance {record.key} exists already", value=str(record.key))
        row = TaskRow(record)
        self._tasks[row.key] = row
        rows = self._dags.get(row.dag) or self._grown(row.dag)
        rows.tasks_at[row.date][row.task] = row
        rows.task_dates.add(row.date)
        self._owned[row.run][row.key] = row
        self.fingerprint ^= row.print

    def _delete_task(self, event: ev.TaskDeleted) -> None:
        siblings = list(self._dags[event.record.dag].tasks_at[event.record.date])
        self._displaced.append((siblings,))
        self._drop_task(event.record.key)

    def _uncreate_task(self, event: ev.TaskCreated) -> None:
        self._drop_task(event.record.key)

    def _undelete_task(self, event: ev.TaskDeleted) -> None:
        self._create_task(ev.TaskCreated(event.record))
        (order,) = self._displaced.pop()
        tasks_at = self._dags[event.record.dag].tasks_at
        tasks_at[event.record.date] = {task: tasks_at[event.record.date][task] for task in order}

    def _drop_task(self, key: TaskKey) -> None:
        row = self._task_row(key)
        rows = self._dags[row.dag]
        del rows.tasks_at[row.date][row.task]
        rows.task_dates.discard(row.date)
        del self._owned[row.run][key]
        del self._tasks[key]
        self.fingerprint ^= row.print

    def _adopt(self, event: ev.TaskAdopted) -> None:
        row = self._task_row(event.key)
        if event.after is None:
            raise IntegrityError(f"task instance {event.key} would lose its run to null (Q30)", value=None)
        self._displaced.append((row.unowned,))
        self.ownership_log.append(OwnershipEntry(row.key, event.before, event.after, row.state, event.at))
        self._set_owner(row, event.before, event.after, event.unowned)

    def _unadopt(self, event: ev.TaskAdopted) -> None:
        self.ownership_log.pop()
        (unowned,) = self._displaced.pop()
        self._set_owner(self._task_row(event.key), event.after, event.before, unowned)

    def _set_owner(self, row: TaskRow, before: int, after: int, unowned: str) -> None:
        if row.run != before:
            raise IntegrityError(f"task instance {row.key} belongs to run {row.run}, not {before}", value=before)
        del self._owned[row.run][row.key]
        row.run, row.unowned = after, unowned
        self._owned[after][row.key] = row
        self._reprint(row)

    def _move_task(self, event: ev.TaskMoved) -> None:
        row = self._task_row(event.key)
        if row.state is not event.before:
            raise IntegrityError(f"task instance {row.key} is {row.state}, not {event.before}", value=event.before)
        if event.after in SENT and event.before not in SENT:
            row.tries += 1
        row.state = event.after
        self._reprint(row)

    def _unmove_task(self, event: ev.TaskMoved) -> None:
        row = self._task_row(event.key)
        if event.after in SENT and event.before not in SENT:
            row.tries -= 1
        row.state = event.before
        self._reprint(row)

    def _task_row(self, key: TaskKey) -> TaskRow:
        try:
            return self._tasks[key]
        except KeyError:
            raise IntegrityError(f"there is no task instance {key}", value=str(key)) from None

    # ------------------------------------------------------------- all the rest

    def _deploy(self, event: ev.DagDeployed) -> None:
        self._grown(event.version.dag).versions.append(event.version)
        self.fingerprint ^= part("version", event.version.dag, event.version.number)

    def _undeploy(self, event: ev.DagDeployed) -> None:
        self._dags[event.version.dag].versions.pop()
        self.fingerprint ^= part("version", event.version.dag, event.version.number)

    def _submit(self, event: ev.BackfillSubmitted) -> None:
        self._backfills[event.record.id] = event.record
        self.fingerprint ^= part("backfill", event.record.id, event.record.dates, event.record.completed)

    def _unsubmit(self, event: ev.BackfillSubmitted) -> None:
        del self._backfills[event.record.id]
        self.fingerprint ^= part("backfill", event.record.id, event.record.dates, event.record.completed)

    def _complete(self, event: ev.BackfillCompleted) -> None:
        self._set_completed(event.backfill, True)

    def _uncomplete(self, event: ev.BackfillCompleted) -> None:
        self._set_completed(event.backfill, False)

    def _set_completed(self, backfill: int, completed: bool) -> None:
        record = self._backfills[backfill]._replace(completed=completed)
        self._backfills[backfill] = record
        self.fingerprint ^= part("completed", backfill)

    def _pass_time(self, event: ev.TimePassed) -> None:
        self._set_now(event.after)

    def _unpass_time(self, event: ev.TimePassed) -> None:
        self._set_now(event.before)

    def _set_now(self, now: Instant) -> None:
        self.fingerprint ^= part("now", self.now) ^ part("now", now)
        self.now = now

    def _nothing(self, event: ev.Event) -> None:
        """The event is worth telling, but changes no state."""


_APPLY: dict[type, Callable[[Timeline, Any], None]] = {
    ev.DagDeployed: Timeline._deploy,
    ev.RunCreated: Timeline._create_run,
    ev.RunLinked: Timeline._link,
    ev.RunOverridden: Timeline._override,
    ev.RunMoved: Timeline._move_run,
    ev.RunTaken: Timeline._take,
    ev.RunDeleted: Timeline._delete_run,
    ev.TaskCreated: Timeline._create_task,
    ev.TaskAdopted: Timeline._adopt,
    ev.TaskMoved: Timeline._move_task,
    ev.TaskDeleted: Timeline._delete_task,
    ev.BackfillSubmitted: Timeline._submit,
    ev.BackfillCompleted: Timeline._complete,
    ev.Looked: Timeline._nothing,
    ev.TimePassed: Timeline._pass_time,
    ev.Refused: Timeline._nothing,
    ev.Raised: Timeline._nothing,
}
_UNDO: dict[type, Callable[[Timeline, Any], None]] = {
    ev.DagDeployed: Timeline._undeploy,
    ev.RunCreated: Timeline._uncreate_run,
    ev.RunLinked: Timeline._unlink,
    ev.RunOverridden: Timeline._unoverride,
    ev.RunMoved: Timeline._unmove_run,
    ev.RunTaken: Timeline._untake,
    ev.RunDeleted: Timeline._undelete_run,
    ev.TaskCreated: Timeline._uncreate_task,
    ev.TaskAdopted: Timeline._unadopt,
    ev.TaskMoved: Timeline._unmove_task,
    ev.TaskDeleted: Timeline._undelete_task,
    ev.BackfillSubmitted: Timeline._unsubmit,
    ev.BackfillCompleted: Timeline._uncomplete,
    ev.Looked: Timeline._nothing,
    ev.TimePassed: Timeline._unpass_time,
    ev.Refused: Timeline._nothing,
    ev.Raised: Timeline._nothing,
}
