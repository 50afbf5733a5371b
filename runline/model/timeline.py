"""The timeline: the state that a series of events adds up to.

``apply`` and ``undo`` are the only code that changes state. Events are undone in reverse order of application.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from runline.model import events as ev
from runline.model.errors import IntegrityError, expect
from runline.model.fingerprint import part
from runline.model.instants import short_instant
from runline.model.records import NO_RUN, OwnershipEntry, TaskKey
from runline.model.rows import DagRows, RunRow, TaskRow
from runline.model.states import FINISHED_RUN, SENT, RunState, TaskState
from runline.model.surroundings import Surroundings

_NONE, _UP_FOR_RETRY, _REMOVED = TaskState.NONE, TaskState.UP_FOR_RETRY, TaskState.REMOVED


class Timeline(Surroundings):
    """All runs and task instances of all DAGs, as left by the events applied so far."""

    # ------------------------------------------------------------------ change

    def apply(self, event: ev.Event) -> None:
        """Let ``event`` happen. Where it does not fit, raises :class:`IntegrityError` and changes nothing."""
        _CHANGES[type(event)][0](self, event)

    @staticmethod
    def change_by(event: ev.Event) -> Callable[[Timeline, Any], None]:
        """What ``apply`` does with events like this one, for who asks once and applies many."""
        if isinstance(event, ev.TaskMoved):
            return _move_of_task(event.before, event.after)
        return _CHANGES[type(event)][0]

    def settle(self) -> None:
        """What has happened so far will not be undone: forget what was displaced by it."""
        self._settled += len(self._displaced)
        self._displaced.clear()

    def undo(self, event: ev.Event) -> None:
        """Take back ``event``, the last one applied that was not yet undone."""
        _CHANGES[type(event)][1](self, event)

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
        self._running.pop(row.dag, None)
        self._tasks_in.clear()
        self.fingerprint ^= row.print

    def _leave(self, row: RunRow) -> None:
        self._dags[row.dag].leave(row)
        self._running.pop(row.dag, None)
        self._tasks_in.clear()
        if row.previous is not None:
            del self._followers[row.previous][row.id]
        del self._runs[row.id]
        self.fingerprint ^= row.print

    def _move(self, row: RunRow, after: RunState) -> None:
        self._dags[row.dag].move(row, after)
        self._running.pop(row.dag, None)

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
        self._move(row, RunState.OVERRIDDEN)
        self._reprint(row)

    def _unoverride(self, event: ev.RunOverridden) -> None:
        row = self._runs[event.run]
        before, row.overridden_by, row.state_before = self._displaced.pop()
        self._move(row, event.before)
        self._print(row, before)

    def _move_run(self, event: ev.RunMoved) -> None:
        row = self._row(event.run)
        if event.before is not row.state:
            expect(event.before, row.state, "run {} is", row.id)
        self._displaced.append((row.print, row.started, row.ended))
        if event.started is not None:
            row.started = event.started
        row.ended = event.at if event.after in FINISHED_RUN else None
        self._move(row, event.after)
        self._reprint(row)

    def _unmove_run(self, event: ev.RunMoved) -> None:
        row = self._runs[event.run]
        before, row.started, row.ended = self._displaced.pop()
        self._move(row, event.before)
        self._print(row, before)

    def _take(self, event: ev.RunTaken) -> None:
        row = self._row(event.run)
        expect(event.before, (row.kind, row.run_id, row.version), "run {} is", row.id)
        self._displaced.append(row.print)
        self._dags[row.dag].take(row, *event.after)
        self._tasks_in.clear()
        self._reprint(row)

    def _untake(self, event: ev.RunTaken) -> None:
        row = self._runs[event.run]
        self._dags[row.dag].take(row, *event.before)
        self._tasks_in.clear()
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
        self._tasks_in.clear()
        self._owned[row.run][row.key] = row
        self.fingerprint ^= row.print

    def _leave_task(self, row: TaskRow) -> None:
        del self._tasks[row.key]
        self._dags[row.dag].leave_task(row)
        self._tasks_in.clear()
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
        self._tasks_in.clear()

    def _move_task(self, event: ev.TaskMoved) -> None:
        _move_of_task(event.before, event.after)(self, event)

    def _unmove_task(self, event: ev.TaskMoved) -> None:
        row = self._tasks[event.key]
        before, row.tries, row.ended = self._displaced.pop()
        if event.after is _REMOVED or event.before is _REMOVED:
            self._tasks_in.clear()
        row.state = event.before
        self._print(row, before)

    def _nothing(self, event: ev.Event) -> None:
        """The event is worth telling, but changes no state."""


_Change = Callable[[Timeline, Any], None]


@cache
def _move_of_task(before: TaskState, after: TaskState) -> _Change:
    """What is done when an instance moves between two states; what follows from these is found out once."""
    begins_anew, is_sent = after is _NONE, after in SENT and before not in SENT
    waits, comes_or_goes = after is _UP_FOR_RETRY, _REMOVED in (before, after)

    def move(timeline: Timeline, event: ev.TaskMoved) -> None:
        key = event.key
        row = timeline._tasks.get(key) or timeline._task_row(key)
        if row.state is not before:
            expect(before, row.state, "task instance {} is", key)
        timeline._displaced.append((row.print, row.tries, row.ended))
        if is_sent:
            row.tries += 1
        elif begins_anew:
            row.tries = 0
        row.ended = event.at if waits else None
        if comes_or_goes:
            timeline._tasks_in.clear()
        row.state = after
        if timeline.printed:
            timeline._reprint(row)

    return move


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
