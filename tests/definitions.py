"""The definitions of DAGs among which generated events choose; the first of each kind are plain."""

from __future__ import annotations

from functools import cache

from runline.model.dags import DagVersion, Task
from runline.model.instants import DAY, HOUR, parse_instant
from runline.model.schedules import Cron, Delta, Once, Schedule, Unscheduled

FIRST = parse_instant("2016-01-01T00:00:00Z")
SCHEDULES: tuple[Schedule, ...] = (
    Cron("0 0 * * *"),
    Delta(DAY),
    Delta(12 * HOUR),
    Cron("0 */12 * * *"),
    Unscheduled(),
    Once(),
)
TASKS: tuple[tuple[Task, ...], ...] = (
    (Task("load", depends_on_past=True),),
    (Task("load"), Task("sum", upstream=("load",), depends_on_past=True)),
    (Task("load", depends_on_past=True, wait_for_downstream=True), Task("sum", upstream=("load",))),
    (Task("load", start_date=FIRST + DAY, depends_on_past=True), Task("sum"), Task("mail", upstream=("load", "sum"))),
)


@cache
def version(dag: str, number: int, schedule: int, tasks: int, rest: int) -> DagVersion:
    """One of the definitions of a DAG; most are plain."""
    return DagVersion(
        dag,
        number,
        SCHEDULES[schedule],
        TASKS[tasks],
        start_date=(FIRST, None, FIRST + DAY, FIRST)[rest % 4],
        end_date=FIRST + 2 * DAY if rest == 4 else None,
        catchup=rest != 5,
        max_active_runs=(16, 1, 2)[rest % 3],
        dagrun_timeout=DAY if rest == 6 else None,
    )
