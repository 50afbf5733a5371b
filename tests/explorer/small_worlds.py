"""Small scenarios for explorations: a day or two of one or two DAGs, with what an operator does to them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from runline.model.instants import DAY, HOUR, Instant, parse_instant
from runline.model.schedules import Cron, Delta, Once, Unscheduled
from runline.model.states import TaskState
from runline.simulator import actions as act
from runline.simulator.scenario import Clock, DagSpec, Processes, Scenario, TaskSpec

FIRST: Instant = parse_instant("2016-01-01T00:00:00Z")
DESIGNS = ("coherent", "pr-1431", "airflow-2016-04", "update-in-place", "airflow-1.8.1", "airflow-1.7.0")
_DATES = st.sampled_from((FIRST, FIRST + DAY, FIRST + 12 * HOUR))


@st.composite
def _dags(draw: st.DrawFn) -> DagSpec:
    names = ("extract", "load")[: draw(st.sampled_from((1, 1, 1, 2)))]
    tasks = {
        name: TaskSpec(
            upstream=names[:place] if draw(st.booleans()) else (),
            depends_on_past=draw(st.booleans()),
            wait_for_downstream=draw(st.sampled_from((False, False, True))),
            fails_on=draw(st.sampled_from(((), (), (FIRST,), "sometimes"))),
            retries=draw(st.sampled_from((0, 0, 1))),
            retry_delay=HOUR,
        )
        for place, name in enumerate(names)
    }
    return DagSpec(
        schedule=draw(st.sampled_from((Cron("0 0 * * *"), Cron("0 0 * * *"), Delta(DAY), Once(), Unscheduled()))),
        start_date=draw(st.sampled_from((FIRST, FIRST, FIRST + 5 * HOUR))),
        max_active_runs=draw(st.sampled_from((16, 16, 1))),
        dagrun_timeout=draw(st.sampled_from((None, None, 6 * HOUR))),
        tasks=tasks,
    )


@st.composite
def _acts(draw: st.DrawFn, at: Instant, names: tuple[str, ...]) -> Any:
    first, task = draw(_DATES), draw(st.sampled_from(names))
    what = draw(st.integers(0, 11))
    if what <= 4:
        last = draw(st.sampled_from((first, first, first + DAY)))
        return act.Backfill(at=at, from_=first, to=last, rerun=draw(st.sampled_from(("unfinished+failed", "all"))))
    if what == 5:
        return act.Trigger(at=at, date=first)
    if what == 6:
        return act.Clear(at=at, from_=first, to=first)
    if what == 7:
        return act.DeleteRun(at=at, date=first)
    if what == 8:
        return act.RunTask(at=at, task=task, date=first)
    if what == 9:
        return act.SetState(at=at, task=task, date=first, state=TaskState.FAILED)
    if what == 10:
        return act.Deploy(at=at, schedule=Delta(12 * HOUR))
    return act.ProcessAct(at=at, do="crash", process="scheduler-1")


@st.composite
def small_worlds(draw: st.DrawFn) -> Scenario:
    """A scenario, of which there may be too many histories to go through."""
    names = ("sales", "stock")[: draw(st.sampled_from((1, 1, 1, 1, 2)))]
    dags = {name: draw(_dags()) for name in names}
    start = FIRST + draw(st.integers(1, 2)) * DAY + HOUR
    instants = sorted(draw(st.lists(st.sampled_from((start, start + HOUR, start + DAY)), max_size=2)))
    done = []
    for at in instants:
        name = draw(st.sampled_from(names))
        action = draw(_acts(at, tuple(dags[name].tasks)))
        done.append(action if isinstance(action, act.ProcessAct) else action.model_copy(update={"dag": name}))
    return Scenario(
        title="a small world",
        clock=Clock(start=start, end=start + draw(st.sampled_from((0, HOUR, DAY)))),
        dags=dags,
        actions=tuple(done),
        processes=Processes(
            schedulers=draw(st.sampled_from((1, 2, 2))),
            workers=draw(st.sampled_from((16, 1))),
            interleave=draw(st.sampled_from(("steps", "steps", "atomic"))),
            isolation=draw(st.sampled_from(("read committed", "read committed", "serializable", "repeatable read"))),
        ),
    )
