"""Transactions: the steps of a process from one commit to the next, and how much of others' work may come in between.

With ``serializable`` nothing may have changed in the DAG since the transaction began to read; with ``repeatable read``
no row may have changed that it writes; with ``read committed`` anything may. A transaction that loses begins anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from runline.model.events import Event, RunLinked, RunMoved, RunOverridden, RunTaken, TaskAdopted, TaskMoved
from runline.model.steps import Step, begins_transaction

if TYPE_CHECKING:
    from runline.simulator.engine import Process


class Isolation(StrEnum):
    """How far transactions are kept apart."""

    SERIALIZABLE = "serializable"
    REPEATABLE_READ = "repeatable read"
    READ_COMMITTED = "read committed"


class _Open(NamedTuple):
    step: Step
    since: int


class Transactions:
    """The transactions under way, one for each process that is in the middle of one."""

    def __init__(self, isolation: Isolation) -> None:
        self.isolation = isolation
        self._open: dict[str, _Open] = {}
        self._written: dict[str, list[frozenset[object]]] = defaultdict(list)
        """The rows that each change wrote, by DAG."""

    def begin(self, process: Process, step: Step, changes: int) -> None:
        """A process takes a step: if it has no transaction under way, or that has ended before it, one begins."""
        if begins_transaction(step):
            self.forget(process)
        self._open.setdefault(process.name, _Open(step, changes))

    def may_commit(self, process: Process, events: tuple[Event, ...]) -> bool:
        """Whether what happened since the transaction began lets it commit these events."""
        if self.isolation is Isolation.READ_COMMITTED:
            return True
        since = self._written[process.dag][self._open[process.name].since :]
        if self.isolation is Isolation.SERIALIZABLE:
            return not since
        return not any(rows & rows_written(events) for rows in since)

    def committed(self, process: Process) -> None:
        """The transaction is over; the next step of the process begins another."""
        del self._open[process.name]

    def wrote(self, dag: str, events: Iterable[Event]) -> None:
        """Something changed in a DAG."""
        self._written[dag].append(rows_written(events))

    def restart(self, process: Process) -> Step:
        """The transaction lost: the step with which it began."""
        return self._open.pop(process.name).step

    def forget(self, process: Process) -> None:
        """The process is at rest."""
        self._open.pop(process.name, None)


def rows_written(events: Iterable[Event]) -> frozenset[object]:
    """The rows, there before, that events write."""
    rows: set[object] = set()
    for event in events:
        if isinstance(event, RunLinked | RunMoved | RunOverridden | RunTaken):
            rows.add(event.run)
        elif isinstance(event, TaskAdopted | TaskMoved):
            rows.add(event.key)
    return frozenset(rows)
