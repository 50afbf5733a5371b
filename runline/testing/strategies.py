"""Hypothesis strategies for scenarios: schedules, DAGs, what operators do, and whole histories to be.

They shrink towards what is simple: UTC midnights, one DAG, one task, adjacent dates, no retries, no acts.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from runline.model.instants import DAY, HOUR, MINUTE, Instant, parse_instant
from runline.model.schedules import Cron, Delta, Once, Schedule, Unscheduled
from runline.simulator import actions as act
from runline.simulator.scenario import Clock, DagSpec, Processes, Scenario, TaskSpec

FIRST: Instant = parse_instant("2016-01-01T00:00:00Z")
"""The first date of generated histories."""
DAYS = 7
"""How long they take."""
TASKS = ("extract", "load", "report")
DAG = "sales"

_SCHEDULES: tuple[Schedule, ...] = (
    Cron("0 0 * * *"),
    Cron("0 6 * * *"),
    Cron("0 */6 * * *"),
    Cron("30 3 * * 1-5"),
    Delta(DAY),
    Delta(12 * HOUR),
    Delta(36 * HOUR),
    Once(),
    Unscheduled(),
)


def schedules() -> st.SearchStrategy[Schedule]:
    """A schedule: cron, delta, once or none."""
    return st.sampled_from(_SCHEDULES)


def dates() -> st.SearchStrategy[Instant]:
    """An execution date: a midnight, another tick, or off any grid."""
    offsets = (0, 0, 0, 6 * HOUR, 12 * HOUR, 3 * HOUR + 17 * MINUTE)
    return st.builds(lambda day, offset: FIRST + day * DAY + offset, st.integers(0, DAYS - 1), st.sampled_from(offsets))


def moments() -> st.SearchStrategy[Instant]:
    """When something is done: on the hour, or not."""
    return st.builds(
        lambda hours, rest: FIRST + hours * HOUR + rest,
        st.integers(0, DAYS * 24 - 1),
        st.sampled_from((0, 0, 7 * MINUTE)),
    )


@st.composite
def task_specs(draw: st.DrawFn, upstream: tuple[str, ...] = ()) -> TaskSpec:
    """A task, perhaps with upstream, past, failures and retries."""
    return TaskSpec(
        upstream=tuple(name for name in upstream if draw(st.booleans())),
        duration=draw(st.sampled_from((0, 0, 30 * MINUTE, 5 * HOUR))),
        depends_on_past=draw(st.sampled_from((None, False, True))),
        wait_for_downstream=draw(st.sampled_from((False, False, False, True))),
        fails_on=tuple(draw(st.lists(dates(), max_size=2, unique=True))),
        retries=draw(st.sampled_from((0, 0, 0, 1))),
        retry_delay=draw(st.sampled_from((5 * MINUTE, 2 * HOUR))),
    )


@st.composite
def dags(draw: st.DrawFn) -> DagSpec:
    """A DAG of one to three tasks."""
    names = TASKS[: draw(st.integers(1, len(TASKS)))]
    return DagSpec(
        schedule=draw(schedules()),
        start_date=draw(st.sampled_from((FIRST, FIRST, FIRST + 5 * HOUR, FIRST + DAY, FIRST - DAY))),
        end_date=draw(st.sampled_from((None, None, None, FIRST + 4 * DAY))),
        max_active_runs=draw(st.sampled_from((16, 16, 2, 1))),
        dagrun_timeout=draw(st.sampled_from((None, None, None, 6 * HOUR))),
        depends_on_past=draw(st.booleans()),
        tasks={name: draw(task_specs(names[:place])) for place, name in enumerate(names)},
    )


@st.composite
def backfills(draw: st.DrawFn, at: Instant, names: tuple[str, ...]) -> act.Backfill:
    """A backfill of a date or a range, on or off the grid, of all tasks or some."""
    first = draw(dates())
    some = st.sampled_from(names).map(lambda name: (name,))
    return act.Backfill(
        at=at,
        from_=first,
        to=max(first, draw(dates())) if draw(st.booleans()) else first,
        tasks=draw(st.one_of(st.none(), st.none(), some)),
        ignore_first_depends_on_past=draw(st.booleans()),
        rerun=draw(st.sampled_from(("unfinished+failed", "unfinished+failed", "all", "none"))),
        run_backwards=draw(st.sampled_from((False, False, False, True))),
    )


@st.composite
def acts(draw: st.DrawFn, dag: DagSpec) -> Any:
    """Something that an operator does."""
    names = tuple(dag.tasks)
    at, task = draw(moments()), st.sampled_from(names)
    what = draw(st.integers(0, 11))
    if what <= 3:
        return draw(backfills(at, names))
    if what == 4:
        return act.Fix(at=at, task=draw(task))
    if what == 5:
        return act.Trigger(at=at, date=draw(st.one_of(st.none(), dates())))
    if what == 6:
        first = draw(dates())
        return act.Clear(
            at=at, from_=first, to=max(first, draw(dates())), tasks=draw(st.sampled_from((None, names[:1])))
        )
    if what == 7:
        return act.RunTask(at=at, task=draw(task), date=draw(dates()))
    if what == 8:
        return act.DeleteRun(at=at, date=draw(dates()))
    if what == 9:
        return draw(deploys(at, dag))
    if what == 10:
        return draw(clock_acts(at))
    return draw(st.sampled_from((act.Pause(at=at), act.Unpause(at=at))))


@st.composite
def deploys(draw: st.DrawFn, at: Instant, dag: DagSpec) -> act.Deploy:
    """A new version: another schedule, another start, or other tasks."""
    what = draw(st.integers(0, 3))
    if what == 0:
        return act.Deploy(at=at, schedule=draw(schedules()))
    if what == 1:
        return act.Deploy(at=at, start_date=draw(dates()), end_date=None)
    tasks: dict[str, dict[str, Any]] = {name: {} for name in dag.tasks}
    if what == 2 and len(tasks) > 1:
        gone = list(tasks)[-1]
        del tasks[gone]
    else:
        tasks["check"] = {"depends_on_past": draw(st.booleans())}
    return act.Deploy(at=at, tasks=tasks)


@st.composite
def clock_acts(draw: st.DrawFn, at: Instant) -> act.ClockAct:
    """The clock of a scheduler goes wrong."""
    faults: tuple[dict[str, Any], ...] = (
        {"offset": 2 * HOUR},
        {"offset": -2 * HOUR},
        {"jump": 30 * HOUR},
        {"drift": -1.0},
    )
    return act.ClockAct(at=at, do="clock", process="scheduler-1", **draw(st.sampled_from(faults)))


@st.composite
def scenarios(draw: st.DrawFn, max_acts: int = 8, min_acts: int = 0) -> Scenario:
    """A week of one DAG, with what an operator does to it."""
    dag = draw(dags())
    done = draw(st.lists(acts(dag), min_size=min_acts, max_size=max_acts))
    return Scenario(
        title="a generated week",
        clock=Clock(start=FIRST, end=FIRST + DAYS * DAY, heartbeat=draw(st.sampled_from((HOUR, 20 * MINUTE)))),
        dags={DAG: dag},
        actions=tuple(sorted(done, key=lambda action: action.at)),
        processes=Processes(schedulers=draw(st.sampled_from((1, 1, 2))), workers=draw(st.sampled_from((16, 16, 1)))),
    )
