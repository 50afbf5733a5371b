"""How changes what surrounds runs and instances: the versions of DAGs, backfills, time, pauses."""

from __future__ import annotations

from runline.model import events as ev
from runline.model.errors import IntegrityError, expect
from runline.model.fingerprint import part
from runline.model.instants import Instant
from runline.model.records import BackfillRecord
from runline.model.rows import DagRows
from runline.model.view import TimelineView


class Surroundings(TimelineView):
    """The half of a timeline that changes with these; the other is :class:`runline.model.timeline.Timeline`."""

    def _meet(self, dag: str) -> DagRows:
        """Keep something about a DAG, from the event on that makes it known."""
        rows = self._dags[dag] = DagRows(self._settled + len(self._displaced))
        return rows

    def _forget(self, dag: str) -> None:
        """Let a DAG be unknown again if the event that is being undone made it known."""
        if self._dags[dag].since == self._settled + len(self._displaced):
            del self._dags[dag]

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
        self._tasks_in.clear()
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
