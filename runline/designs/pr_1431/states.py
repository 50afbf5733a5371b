"""Which state a run gets in pull request 1431 (semantics 3.5, R33, R34)."""

from __future__ import annotations

from collections.abc import Iterable

from runline.designs.commands import Look, Pair
from runline.designs.design import Design, Evaluated
from runline.designs.legacy.states import Verdicts, judge, rows_of
from runline.designs.pr_1431.order import by_place
from runline.designs.rule import Fault, rule
from runline.model.records import TaskInstance, TaskKey
from runline.model.states import FINISHED_TASK
from runline.model.view import TimelineView


@rule("R33", "L31", "R05", "R34")
def by_rows_at_its_date(design: Design, timeline: TimelineView, look: Look, so_far: Evaluated) -> Evaluated:
    """A run is judged by the rows at its date, whoever owns them: as before by its leaves, or by a deadlock in it.

    When no unfinished row at the date of any running run can run, all that have as many rows as there are tasks fail.
    """
    verdicts = Verdicts()
    complete: list[int] = []
    unfinished: dict[TaskKey, TaskInstance] = {}
    for run in by_place(timeline.running(look.dag)):
        rows = rows_of(timeline, look, run)
        left = [row for row in rows if row.state not in FINISHED_TASK]
        unfinished |= {row.key: row for row in left}
        if len(rows) == len(look.version.tasks):
            complete.append(run.id)
            judge(design, timeline, look, run, rows, left, verdicts)
    in_order = sorted(unfinished.values(), key=lambda row: (row.task, row.date))
    try:
        stuck = bool(in_order) and all_blocked(design, timeline, look, in_order, verdicts)
    except Fault as fault:
        stored = verdicts.stored(look, "R33")
        return stored._replace(events=(*stored.events, fault.raised(*look[:3])))
    if stuck:
        for run_id in complete:
            verdicts.fail(run_id)
    return verdicts.stored(look, "R33")


@rule("R34", "R30")
def all_blocked(
    design: Design, timeline: TimelineView, look: Look, rows: Iterable[TaskInstance], verdicts: Verdicts
) -> bool:
    """Rows are tested for the runs that own them, until one can run; a test that reads a previous run loses all verdicts."""
    for row in rows:
        run, task = timeline.run(row.run), look.version.by_id[row.task]
        if run is not None and run.previous is not None and (task.depends_on_past or task.wait_for_downstream):
            verdicts.close(written=False)
        if design.dependencies(design, timeline, look, Pair(row.key, task, run, look.version), False) is None:
            return False
    return True
