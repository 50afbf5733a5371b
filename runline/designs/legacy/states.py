"""Which state a run gets in April 2016 (semantics 2.3 end, 2.4)."""

from __future__ import annotations

from runline.designs.commands import Look, Pair
from runline.designs.design import Design, Evaluated
from runline.designs.rule import rule
from runline.model.events import Event, RunMoved
from runline.model.records import Run, TaskInstance
from runline.model.states import ENDED_BADLY, ENDED_WELL, FINISHED_TASK, RunState
from runline.model.view import TimelineView


@rule("L31", "L20", "R34")
def by_leaves_or_deadlock(design: Design, timeline: TimelineView, look: Look, so_far: Evaluated) -> Evaluated:
    """A run with as many rows as the DAG has tasks fails with a leaf that failed, succeeds when all leaves ended well.

    It also fails when nothing unfinished in it can run and none of that depends on past, or when nothing unfinished in
    any such run can run. Verdicts may be lost on the way; then they are found again in the next look.
    """
    complete = [
        (run, rows)
        for run in timeline.running(look.dag)
        if len(rows := rows_of(timeline, look, run)) == len(look.version.tasks)
    ]
    verdicts = Verdicts()
    unfinished: list[tuple[TaskInstance, Run]] = []
    for run, rows in complete:
        left = [row for row in rows if row.state not in FINISHED_TASK]
        unfinished += [(row, run) for row in left]
        judge(design, timeline, look, run, rows, left, verdicts)
    if unfinished and all(_blocked(design, timeline, look, row, run) for row, run in unfinished):
        for run, _ in complete:
            verdicts.fail(run.id)
    return verdicts.stored(look, "L31")


class Verdicts:
    """The verdicts of one pass, which are stored together at its end, unless a test closes the session before (R34)."""

    def __init__(self) -> None:
        self.over: dict[int, RunState] = {}
        self._safe: list[int] = []
        self._pending: list[int] = []
        self._closed = False

    def add(self, run: int, state: RunState) -> None:
        """A run got a verdict; after the session was closed it is not stored."""
        self.over[run] = state
        if not self._closed:
            self._pending.append(run)

    def fail(self, run: int) -> None:
        """A run fails, if it has no verdict yet."""
        if run not in self.over:
            self.add(run, RunState.FAILED)

    def close(self, *, written: bool) -> None:
        """A test closed the session: what was not ``written`` before that is lost."""
        self._safe += self._pending if written else []
        self._pending.clear()
        self._closed = True

    def stored(self, look: Look, number: str) -> Evaluated:
        """What is stored, and all that is over for this look."""
        events = tuple(
            RunMoved(run, RunState.RUNNING, self.over[run], None, look.at, look.by, number)
            for run in (*self._safe, *self._pending)
        )
        return Evaluated(events, frozenset(self.over))


def rows_of(timeline: TimelineView, look: Look, run: Run) -> list[TaskInstance]:
    """The rows at a run's date of the tasks that the DAG has, whoever made them."""
    return [row for row in timeline.tasks_at(look.dag, run.date) if row.task in look.version.by_id]


def judge(
    design: Design,
    timeline: TimelineView,
    look: Look,
    run: Run,
    rows: list[TaskInstance],
    left: list[TaskInstance],
    verdicts: Verdicts,
) -> None:
    """Judge one complete run, of whose rows those that are ``left`` are unfinished."""
    leaves = [row.state for row in rows if row.task in look.version.leaves]
    if any(state in ENDED_BADLY for state in leaves):
        verdicts.add(run.id, RunState.FAILED)
    elif all(state in ENDED_WELL for state in leaves):
        verdicts.add(run.id, RunState.SUCCESS)
    elif (
        left
        and not any(_depends_on_past(look, row) for row in left)
        and _deadlocked(design, timeline, look, run, left, verdicts)
    ):
        verdicts.add(run.id, RunState.FAILED)


def _deadlocked(
    design: Design, timeline: TimelineView, look: Look, run: Run, left: list[TaskInstance], verdicts: Verdicts
) -> bool:
    """Whether none of these instances can run; each test closes the session, once what it reads has been written (R34)."""
    for row in left:
        verdicts.close(written=bool(look.version.by_id[row.task].upstream))
        if not _blocked(design, timeline, look, row, run):
            return False
    return True


def _depends_on_past(look: Look, row: TaskInstance) -> bool:
    task = look.version.by_id[row.task]
    return task.depends_on_past or task.wait_for_downstream


def _blocked(design: Design, timeline: TimelineView, look: Look, row: TaskInstance, run: Run) -> bool:
    pair = Pair(row.key, look.version.by_id[row.task], run, look.version)
    return design.dependencies(design, timeline, look, pair, False) is not None


@rule("L25", "R36")
def fail_all_when_stuck(timeline: TimelineView, look: Look, held: int, over: frozenset[int]) -> tuple[Event, ...]:
    """When every task of every running run was tested and none could run, all running runs of their dates fail.

    Runs that were found to be over were not tested, whether or not that was stored.
    """
    running = timeline.running(look.dag)
    tested = {run.id: run.date for run in running if run.id not in over}
    if held != len(look.version.tasks) * len(tested):
        return ()
    failed = [run.id for run in running if run.date in tested.values()]
    return tuple(RunMoved(run, RunState.RUNNING, RunState.FAILED, None, look.at, look.by, "L25") for run in failed)
