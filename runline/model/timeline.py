"""The timeline: the state that a series of events adds up to.

``apply`` and ``undo`` are the only code that changes state. Events are undone in reverse order of application.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runline.model import events as ev
from runline.model.errors import IntegrityError, expect
from runline.model.fingerprint import part
from runline.model.instants import Instant, short_instant
from runline.model.records import NO_RUN, BackfillRecord, OwnershipEntry, TaskKey
from runline.model.rows import DagRows, RunRow, TaskRow
from runline.model.states import FINISHED_RUN, SENT, RunState, TaskState
from runline.model.view import TimelineView

_NONE, _UP_FOR_RETRY, _REMOVED = TaskState.NONE, TaskState.UP_FOR_RETRY, TaskState.REMOVED


class Timeline(TimelineView):
    """All runs and task instances of all DAGs, as left by the events applied so far."""

    # ------------------------------------------------------------------ change

    def apply(self, event: ev.Event) -> None:
        """Let ``event`` happen. Where it does not fit, raises :class:`IntegrityError` and changes nothing."""
        _CHANGES[type(event)][0](self, event)

    @staticmethod
    def change_by(kind: type) -> Callable[[Timeline, Any], None]:
        """What ``apply`` does with events of a type, for who asks once and applies many."""
        return _CHANGES[kind][0]

    def settle(self) -> None:
        """What has happened so far will not be undone: forget what was displaced by it."""
        self._settled += len(self._displaced)
        self._displaced.clear()

    def undo(self, event: ev.Event) -> None:
        """Take back ``event``, the last one applied that was not yet undone."""
        _CHANGES[type(event)][1](self, event)

    def _meet(self, dag: str) -> DagRows:
        """Keep something about a DAG, from the event on that makes it known."""
        rows = self._dags[dag] = DagRows(self._settled + len(self._displaced))
        return rows

    def _forget(self, dag: str) -> None:
        """Let a DAG be unknown again if the event that is being undone made it known."""
        if self._dags[dag].since == self._settled + len(self._displaced):
            del self._dags[dag]

    def _reprint(self, row: RunRow | TaskRow) -> None:
        if self.printed:
            more = part("ended", row.id, row.ended) if self.ends and row.state is RunState.FAILED else 0
            self._print(row, row.current_print() ^ more)

    def _print(self, row: RunRow | TaskRow, fingerprint: int) -> None:
        self.fingerprint ^= row.print ^ fingerprint
        row.print = fingerprint

    # -------------------------------------------------------------------- runs

    def _create_run(self, event: ev.RunCreated) -> None:
        row = RunRow(event.record, self.printed)
        run, last = row.id, self.last_run_id
        if run in self._runs or run < 1:
            raise IntegrityError(f"run {run} exists already" if run > 0 else f"{run} is no run's id", value=run)
        if run >= last:
            self.last_run_id = run
            if last not in self._runs:
                self.fingerprint ^= part("spent", last)
        else:
            self._in_order = False
        self._enter(row, self._dags.get(row.dag) or self._meet(row.dag))
        self._displaced.append(last)

    def _uncreate_run(self, event: ev.RunCreated) -> None:
        row = self._runs[event.record.id]
        self._leave(row)
        last = self.last_run_id = self._displaced.pop()
        self._forget(row.dag)
        if row.id >= last and last not in self._runs:
            self.fingerprint ^= part("spent", last)

    def _delete_run(self, event: ev.RunDeleted) -> None:
        row = self._row(event.record.id)
        expect(event.record, row.record(), "run {} is", row.id)
        self._displaced.append(row)
        self._leave(row)
        if row.id == self.last_run_id:
            self.fingerprint ^= part("spent", row.id)

    def _undelete_run(self, event: ev.RunDeleted) -> None:
        row = self._displaced.pop()
        self._in_order = False
        self._enter(row, self._dags[row.dag])
        if row.id == self.last_run_id:
            self.fingerprint ^= part("spent", row.id)

    def _enter(self, row: RunRow, rows: DagRows) -> None:
        self._runs[row.id] = row
        if row.previous is not None:
            self._followers[row.previous][row.id] = row
        rows.enter(row)
        self.fingerprint ^= row.print

    def _leave(self, row: RunRow) -> None:
        self._dags[row.dag].leave(row)
        if row.previous is not None:
            del self._followers[row.previous][row.id]
        del self._runs[row.id]
        self.fingerprint ^= row.print

    def _row(self, run: int) -> RunRow:
        row = self._runs.get(run)
        if row is None:
            raise IntegrityError(f"there is no run {run}", value=run)
        return row

    def _link(self, event: ev.RunLinked) -> None:
        row = self._row(event.run)
        expect(event.before, row.previous, "the previous of run {} is", row.id)
        self._displaced.append(row.print)
        self._set_previous(row, event.after)
        self._reprint(row)

    def _unlink(self, event: ev.RunLinked) -> None:
        row = self._runs[event.run]
        self._set_previous(row, event.before)
        self._print(row, self._displaced.pop())

    def _set_previous(self, row: RunRow, after: int | None) -> None:
        before, row.previous = row.previous, after
        if before is not None:
            del self._followers[before][row.id]
        elif row.on_timeline:
            del self._dags[row.dag].firsts[row.id]
        if after is not None:
            self._followers[after][row.id] = row
        elif row.on_timeline:
            self._dags[row.dag].firsts[row.id] = row

    def _override(self, event: ev.RunOverridden) -> None:
        row = self._row(event.run)
        expect(event.before, row.state, "run {} is", row.id)
        self._displaced.append((row.print, row.overridden_by, row.state_before))
        row.overridden_by, row.state_before = event.overrider, event.before
        self._dags[row.dag].move(row, RunState.OVERRIDDEN)
        self._reprint(row)

    def _unoverride(self, event: ev.RunOverridden) -> None:
        row = self._runs[event.run]
        before, row.overridden_by, row.state_before = self._displaced.pop()
        self._dags[row.dag].move(row, event.before)
        self._print(row, before)

    def _move_run(self, event: ev.RunMoved) -> None:
        row = self._row(event.run)
        if event.before is not row.state:
            expect(event.before, row.state, "run {} is", row.id)
        self._displaced.append((row.print, row.started, row.ended))
        if event.started is not None:
            row.started = event.started
        row.ended = event.at if event.after in FINISHED_RUN else None
        self._dags[row.dag].move(row, event.after)
        self._reprint(row)

    def _unmove_run(self, event: ev.RunMoved) -> None:
        row = self._runs[event.run]
        before, row.started, row.ended = self._displaced.pop()
        self._dags[row.dag].move(row, event.before)
        self._print(row, before)

    def _take(self, event: ev.RunTaken) -> None:
        row = self._row(event.run)
        expect(event.before, (row.kind, row.run_id, row.version), "run {} is", row.id)
        self._displaced.append(row.print)
        self._dags[row.dag].take(row, *event.after)
        self._reprint(row)

    def _untake(self, event: ev.RunTaken) -> None:
        row = self._runs[event.run]
        self._dags[row.dag].take(row, *event.before)
        self._print(row, self._displaced.pop())

    # --------------------------------------------------------- task instances

    def _create_task(self, event: ev.TaskCreated) -> None:
        record = event.record
        if record.run is None:
            raise IntegrityError(
                f"task instance {record.dag}.{record.task} at {short_instant(record.date)} has no run (Q30)",
                remedy=f"a run's id, or {NO_RUN} for one from outside",
            )
        row = TaskRow(record, self.printed)
        if row.key in self._tasks:
            raise IntegrityError(f"task instance {row.key} exists already", value=row.key)
        self._enter_task(row, self._dags.get(row.dag) or self._meet(row.dag))
        self._displaced.append(None)

    def _uncreate_task(self, event: ev.TaskCreated) -> None:
        row = self._tasks[event.record.key]
        self._leave_task(row)
        self._displaced.pop()
        self._forget(row.dag)

    def _delete_task(self, event: ev.TaskDeleted) -> None:
        row = self._task_row(event.record.key)
        expect(event.record, row.record(), "task instance {} is", row.key)
        self._displaced.append((row, list(self._dags[row.dag].tasks_at[row.date])))
        self._leave_task(row)

    def _undelete_task(self, event: ev.TaskDeleted) -> None:
        row, order = self._displaced.pop()
        rows = self._dags[row.dag]
        self._enter_task(row, rows)
        rows.tasks_at[row.date] = {task: rows.tasks_at[row.date][task] for task in order}

    def _enter_task(self, row: TaskRow, rows: DagRows) -> None:
        self._tasks[row.key] = row
        rows.enter_task(row)
        self._owned[row.run][row.key] = row
        self.fingerprint ^= row.print

    def _leave_task(self, row: TaskRow) -> None:
        del self._tasks[row.key]
        self._dags[row.dag].leave_task(row)
        del self._owned[row.run][row.key]
        self.fingerprint ^= row.print

    def _task_row(self, key: TaskKey) -> TaskRow:
        row = self._tasks.get(key)
        if row is None:
            raise IntegrityError(f"there is no task instance {key}", value=key)
        return row

    def _adopt(self, event: ev.TaskAdopted) -> None:
        row = self._task_row(event.key)
        expect(event.before, row.run, "task instance {} belongs to run", row.key)
        if event.after is None:
            raise IntegrityError(f"task instance {event.key} would lose its run to null (Q30)", remedy=f"{NO_RUN}")
        self._displaced.append((row.print, row.unowned))
        self.ownership_log.append(OwnershipEntry(row.key, event.before, event.after, row.state, event.at))
        self._set_owner(row, event.after, event.unowned)
        self._reprint(row)

    def _unadopt(self, event: ev.TaskAdopted) -> None:
        row = self._tasks[event.key]
        before, unowned = self._displaced.pop()
        self.ownership_log.pop()
        self._set_owner(row, event.before, unowned)
        self._print(row, before)

    def _set_owner(self, row: TaskRow, owner: int, unowned: str) -> None:
        del self._owned[row.run][row.key]
        row.run, row.unowned = owner, unowned
        self._owned[owner][row.key] = row
        self._dags[row.dag].tasks_in.clear()

    def _move_task(self, event: ev.TaskMoved) -> None:
        key, before, after = event.key, event.before, event.after
        row = self._tasks.get(key) or self._task_row(key)
        if before is not row.state:
            expect(before, row.state, "task instance {} is", key)
        self._displaced.append((row.print, row.tries, row.ended))
        if after is _NONE:
            row.tries = 0
        elif after in SENT and before not in SENT:
            row.tries += 1
        row.ended = event.at if after is _UP_FOR_RETRY else None
        if after is _REMOVED or before is _REMOVED:
            self._dags[row.dag].tasks_in.clear()
        row.state = after
        if self.printed:
            self._reprint(row)

    def _unmove_task(self, event: ev.TaskMoved) -> None:
        row = self._tasks[event.key]
        before, row.tries, row.ended = self._displaced.pop()
        if event.after is _REMOVED or event.before is _REMOVED:
            self._dags[row.dag].tasks_in.clear()
        row.state = event.before
        self._print(row, before)

    # ------------------------------------------------------------- all the rest

    def _deploy(self, event: ev.DagDeployed) -> None:
        version = event.version
        change = part("version", len(self.versions(version.dag)), version)
        rows = self._dags.get(version.dag) or self._meet(version.dag)
        rows.enter_version(version)
        self._set_versions(version.dag, rows)
        self.fingerprint ^= change
        self._displaced.append(change)

    def _undeploy(self, event: ev.DagDeployed) -> None:
        dag = event.version.dag
        rows = self._dags[dag]
        rows.leave_version()
        self._set_versions(dag, rows)
        self.fingerprint ^= self._displaced.pop()
        self._forget(dag)

    def _set_versions(self, dag: str, rows: DagRows) -> None:
        """Note which version is in force now, and whether by any of them time may run out."""
        if rows.versions:
            self._in_force[dag] = rows.versions[-1]
        else:
            del self._in_force[dag]
        timed = any(version.dagrun_timeout is not None for version in rows.versions)
        (self._timed.add if timed else self._timed.discard)(dag)

    def _submit(self, event: ev.BackfillSubmitted) -> None:
        record = event.record
        if record.id in self._backfills:
            raise IntegrityError(f"backfill {record.id} exists already", value=record.id)
        self._backfills[record.id] = record
        self._set_live_backfills(record.dag)
        self.fingerprint ^= part("backfill", record)

    def _unsubmit(self, event: ev.BackfillSubmitted) -> None:
        self.fingerprint ^= part("backfill", self._backfills.pop(event.record.id))
        self._set_live_backfills(event.record.dag)

    def _complete(self, event: ev.BackfillCompleted) -> None:
        record = self._backfills.get(event.backfill)
        if record is None:
            raise IntegrityError(f"there is no backfill {event.backfill}", value=event.backfill)
        self._displaced.append(record)
        self._replace_backfill(record._replace(completed=True))

    def _uncomplete(self, event: ev.BackfillCompleted) -> None:
        self._replace_backfill(self._displaced.pop())

    def _replace_backfill(self, record: BackfillRecord) -> None:
        self.fingerprint ^= part("backfill", self._backfills[record.id]) ^ part("backfill", record)
        self._backfills[record.id] = record
        self._set_live_backfills(record.dag)

    def _set_live_backfills(self, dag: str) -> None:
        self._live_backfills[dag] = [
            each for each in self._backfills.values() if each.dag == dag and not each.completed
        ]

    def _pass_time(self, event: ev.TimePassed) -> None:
        expect(event.before, self.now, "it is", None)
        self._set_now(event.after)

    def _unpass_time(self, event: ev.TimePassed) -> None:
        self._set_now(event.before)

    def _set_now(self, now: Instant) -> None:
        self.fingerprint ^= part("now", self.now) ^ part("now", now)
        self.now = now

    def _pause(self, event: ev.DagPaused) -> None:
        expect(event.before, self.paused(event.dag), "paused is", None)
        self._set_paused(event.dag, event.after)

    def _unpause(self, event: ev.DagPaused) -> None:
        self._set_paused(event.dag, event.before)

    def _set_paused(self, dag: str, paused: bool) -> None:
        if paused is not self.paused(dag):
            self._paused ^= {dag}
            self.fingerprint ^= part("paused", dag)

    def _nothing(self, event: ev.Event) -> None:
        """The event is worth telling, but changes no state."""


_Change = Callable[[Timeline, Any], None]
_CHANGES: dict[type, tuple[_Change, _Change]] = {
    ev.DagDeployed: (Timeline._deploy, Timeline._undeploy),
    ev.RunCreated: (Timeline._create_run, Timeline._uncreate_run),
    ev.RunLinked: (Timeline._link, Timeline._unlink),
    ev.RunOverridden: (Timeline._override, Timeline._unoverride),
    ev.RunMoved: (Timeline._move_run, Timeline._unmove_run),
    ev.RunTaken: (Timeline._take, Timeline._untake),
    ev.RunDeleted: (Timeline._delete_run, Timeline._undelete_run),
    ev.TaskCreated: (Timeline._create_task, Timeline._uncreate_task),
    ev.TaskAdopted: (Timeline._adopt, Timeline._unadopt),
    ev.TaskMoved: (Timeline._move_task, Timeline._unmove_task),
    ev.TaskDeleted: (Timeline._delete_task, Timeline._undelete_task),
    ev.BackfillSubmitted: (Timeline._submit, Timeline._unsubmit),
    ev.BackfillCompleted: (Timeline._complete, Timeline._uncomplete),
    ev.Looked: (Timeline._nothing, Timeline._nothing),
    ev.TimePassed: (Timeline._pass_time, Timeline._unpass_time),
    ev.DagPaused: (Timeline._pause, Timeline._unpause),
    ev.Refused: (Timeline._nothing, Timeline._nothing),
    ev.Raised: (Timeline._nothing, Timeline._nothing),
}
"""How events of each type are applied, and how undone."""
