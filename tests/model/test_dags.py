from __future__ import annotations

import pytest

from runline.model.dags import DEFAULT_MAX_ACTIVE_RUNS, DagVersion, Task
from runline.model.errors import RunlineError
from runline.model.instants import DAY
from runline.model.schedules import Cron, Delta, Interval, Once, Unscheduled
from tests.model.observing import day


def sales(*tasks: Task, start: float | None = 0) -> DagVersion:
    """A daily DAG of these tasks."""
    return DagVersion("sales", 1, Cron("0 0 * * *"), tasks, start_date=None if start is None else day(start))


DIAMOND = sales(
    Task("load"), Task("sum", ("load",)), Task("mean", ("load",)), Task("mail", ("sum", "mean")), Task("log")
)


def test_downstream_mirrors_upstream() -> None:
    """A task is downstream of another if and only if it names it as upstream, in the order of the DAG."""
    assert DIAMOND.downstream == {"load": ("sum", "mean"), "sum": ("mail",), "mean": ("mail",), "mail": (), "log": ()}
    assert list(DIAMOND.by_id) == ["load", "sum", "mean", "mail", "log"]


def test_leaves_are_what_nothing_waits_for() -> None:
    """The tasks that decide a run's state are those without anything downstream; a DAG without tasks has none."""
    assert DIAMOND.leaves == frozenset({"mail", "log"})
    assert sales().leaves == frozenset()


def test_equal_definitions_are_equal() -> None:
    """Two versions made of the same parts are one value, whatever was computed from them."""
    assert sales(Task("load")) == sales(Task("load"))
    assert hash(sales(Task("load"))) == hash(sales(Task("load")))
    assert sales(Task("load")) != sales(Task("load", depends_on_past=True))


def test_plain_version() -> None:
    """A version that says nothing more catches up, has no timeout, and lets sixteen runs be active."""
    assert (DIAMOND.catchup, DIAMOND.dagrun_timeout, DIAMOND.max_active_runs) == (True, None, DEFAULT_MAX_ACTIVE_RUNS)


STARTS = [
    ((Task("load"),), 0, day(0)),
    ((Task("load", start_date=day(2)),), 0, day(2)),
    ((Task("load", start_date=day(2)), Task("sum")), 1, day(1)),
    ((Task("load", start_date=day(2)), Task("sum", start_date=day(3))), None, day(2)),
    ((Task("load", start_date=day(2)), Task("sum")), None, day(2)),
    ((Task("load"),), None, None),
    ((), 1, day(1)),
]


@pytest.mark.parametrize(("tasks", "start", "first"), STARTS)
def test_first_start(tasks: tuple[Task, ...], start: float | None, first: int | None) -> None:
    """A DAG's runs start with the first of its tasks; a task without a start has the DAG's (L14)."""
    assert sales(*tasks, start=start).first_start == first


INTERVALS = [
    (Cron("0 0 * * *"), 0, Interval(day(0), day(1))),
    (Cron("0 0 * * *"), 0.5, Interval(day(0.5), day(1))),
    (Delta(DAY // 2), 0.25, Interval(day(0.25), day(0.75))),
    (Once(), 0, Interval(day(0), day(0))),
    (Unscheduled(), 0, Interval(day(0), day(0))),
]


@pytest.mark.parametrize(("schedule", "date", "interval"), INTERVALS)
def test_interval(schedule: Cron | Delta | Once, date: float, interval: Interval) -> None:
    """A run's interval reaches from its date to the next; where nothing follows it has no length."""
    assert DagVersion("sales", 1, schedule, ()).interval_of(day(date)) == interval


WRONG = [
    ((Task("load"), Task("load")), "'load' is given twice", "dags.sales.tasks", None),
    ((Task("load", ("extract",)),), "waits for 'extract'", "dags.sales.tasks.load.upstream", "one of load"),
    ((Task("load"), Task("sum", ("lod",))), "waits for 'lod'", "dags.sales.tasks.sum.upstream", "did you mean 'load'?"),
    (
        (Task("a", ("b",)), Task("b", ("a",)), Task("after", ("b",))),
        "the tasks a, b wait for one another",
        "dags.sales.tasks",
        "an order without a cycle",
    ),
    ((Task("load", ("load",)),), "waits for itself", "dags.sales.tasks", "an order without a cycle"),
    (
        (Task("a", ("c",)), Task("b", ("a",)), Task("c", ("b",)), Task("d")),
        "the tasks a, b, c wait for one another",
        "dags.sales.tasks",
        "an order without a cycle",
    ),
]


@pytest.mark.parametrize(("tasks", "message", "key", "remedy"), WRONG)
def test_wrong_tasks(tasks: tuple[Task, ...], message: str, key: str, remedy: str | None) -> None:
    """Tasks that cannot be are an error that names the place and, where there is one, the remedy."""
    with pytest.raises(RunlineError, match=message) as caught:
        sales(*tasks)
    assert (caught.value.key, caught.value.remedy) == (key, remedy)
