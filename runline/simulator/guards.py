"""What a database can be asked to keep by itself: constraints, locks that transactions take, versions of rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from runline.model.errors import RunlineError, nearest


class Guard(NamedTuple):
    """Something that a database can be asked to keep: its name, what it is in SQL, and what it does."""

    name: str
    sql: str
    sentence: str


GUARDS: dict[str, Guard] = {
    guard.name: guard
    for guard in (
        Guard("unique-date", "UNIQUE (dag_id, execution_date)", "no two runs of a DAG have the same date"),
        Guard(
            "unique-live-run",
            "UNIQUE (dag_id, execution_date) WHERE state <> 'overridden'",
            "no two runs of a DAG that are not overridden have the same date",
        ),
        Guard(
            "unique-previous",
            "UNIQUE NULLS NOT DISTINCT (dag_id, previous) WHERE state <> 'overridden' AND NOT external_trigger",
            "no two runs on the timeline of a DAG have the same previous run, and only one has none",
        ),
        Guard(
            "version-column",
            "UPDATE dag_run ... WHERE id = :id AND version = :as_read",
            "a run that another has written since it was read is not written; who tries meets an error",
        ),
        Guard(
            "lock-runs",
            "SELECT ... FROM dag_run ... FOR UPDATE",
            "whoever reads runs in order to write keeps them from others until the transaction ends",
        ),
        Guard(
            "lock-dag",
            "SELECT ... FROM dag WHERE dag_id = :dag FOR UPDATE",
            "each transaction of a scheduler or a backfill keeps the DAG to itself until it ends",
        ),
        Guard(
            "session-lock",
            "pg_advisory_lock(:dag), GET_LOCK(:dag)",
            "a scheduler's look or a backfill's splice keeps the DAG to itself from its first step to its last",
        ),
    )
}
"""The guards by name; ``sql`` as in PostgreSQL or MySQL, on a table ``dag_run`` with a column ``previous``."""


def find_guards(names: Iterable[str], key: str = "--guard") -> tuple[str, ...]:
    """These guards, each once, in the order of the table; an unknown name is an error that offers the nearest."""
    wanted = set(names)
    for name in sorted(wanted - GUARDS.keys()):
        raise RunlineError(f"there is no guard {name!r}", key=key, value=name, remedy=nearest(name, GUARDS))
    return tuple(name for name in GUARDS if name in wanted)
