"""Hypothesis strategies for what goes beyond a week of one DAG, and for what else may be done in a scenario that is given.

Several DAGs over weeks, several schedulers, processes that fail, clocks that are off, options of designs. What is drawn
is numbers only, by strategies that are made once: that is several times as quick as putting strategies together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from runline.model.instants import DAY, HOUR, MINUTE, Instant
from runline.model.schedules import Cron, Delta, Once, Schedule, Unscheduled
from runline.model.states import TaskState
from runline.simulator import actions as act
from runline.simulator.actions import Action, DagAction
from runline.simulator.scenario import Clock, DagSpec, Processes, Scenario, TaskSpec
from runline.testing.strategies import DAG, FIRST, TASKS

T = TypeVar("T")
Options = Mapping[str, Sequence[str]]
"""What a design may be told in a scenario: for each option its values, the usual one first."""


class Reach(NamedTuple):
    """How far histories reach: how many weeks they may take, how many DAGs there may be, how much may fail at most."""

    weeks: tuple[int, ...] = (1, 1, 2, 3)
    dags: tuple[int, ...] = (1, 1, 2, 3)
    faults: int = 2


FAR = Reach()
NEAR = Reach((1,), (1,), 1)
DAGS = (DAG, "stock", "orders")
_SCHEDULES: tuple[Schedule, ...] = (
    Cron("0 0 * * *"),
    Cron("0 0 * * *"),
    Cron("0 6 * * *"),
    Cron("0 */6 * * *"),
    Cron("30 3 * * 1-5"),
    Cron("0 * * * *"),
    Cron("15 */8 * * *"),
    Cron("0 0 * * 0"),
    Cron("0 0 1 * *"),
    Delta(DAY),
    Delta(12 * HOUR),
    Delta(36 * HOUR),
    Delta(5 * HOUR),
    Delta(7 * DAY),
    Once(),
    Unscheduled(),
)
_TICKS = 8
"""How many ticks are dates, from the first on and from the end back."""
_NEAR = 2
"""How many ticks before and after the time of an act it is often about."""
_WIDEST = 4
"""How many of these dates a range may go on for."""
_OFF = (0, 0, 0, 0, 0, 12 * HOUR, 3 * HOUR + 17 * MINUTE)
"""How far a date lies off the tick."""
_LATER = (0, MINUTE, HOUR, 6 * HOUR, DAY)
_CLOCKS: tuple[dict[str, Any], ...] = (
    {"offset": 2 * HOUR},
    {"offset": -2 * HOUR},
    {"offset": 7 * MINUTE},
    {"jump": 30 * HOUR},
    {"jump": -30 * HOUR},
    {"drift": -1.0},
    {"drift": 0.5},
    {"drift": -0.01},
)
_STATES = (TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED, TaskState.NONE)


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


def _pick(draw: st.DrawFn, options: Sequence[T]) -> T:
    """One of these."""
    return options[draw(_below(len(options)))]


def _chance(draw: st.DrawFn, times: int = 2) -> bool:
    """Once in so many times."""
    return draw(_below(times)) == times - 1


# --------------------------------------------------------------------------------- DAGs


def _task(draw: st.DrawFn, before: tuple[str, ...]) -> TaskSpec:
    """A task; one in two is peculiar in some way."""
    usual: dict[str, Any] = {
        "upstream": tuple(name for name in before if _chance(draw)),
        "duration": _pick(draw, (0, 0, 30 * MINUTE, 5 * HOUR)),
        "depends_on_past": _pick(draw, (None, None, False, True)),
    }
    days = FIRST + draw(_below(6)) * DAY
    match draw(_below(14)):
        case 0 | 1:
            usual["fails_on"] = (days,)
        case 2:
            usual["wait_for_downstream"] = True
        case 3:
            usual |= {"fails_on": "sometimes", "retries": draw(_below(3))}
        case 4:
            usual |= {"fails_on": (days,), "retries": 1 + draw(_below(3)), "retry_delay": _pick(draw, (MINUTE, DAY))}
        case 5:
            usual["duration"] = (5 * MINUTE, 26 * HOUR)
        case 6:
            usual[_pick(draw, ("start_date", "end_date"))] = days
    return TaskSpec(**usual)


def _dag(draw: st.DrawFn) -> DagSpec:
    """A DAG of one to three tasks, caught up or not."""
    names = TASKS[: 1 + draw(_below(len(TASKS)))]
    start = FIRST + _pick(draw, (0, 0, 5 * HOUR, DAY, -3 * DAY, 4 * DAY + 13 * MINUTE))
    return DagSpec(
        schedule=_pick(draw, _SCHEDULES),
        start_date=start,
        end_date=_pick(draw, (None, None, None, start + 6 * DAY + HOUR)),
        catchup=not _chance(draw, 4),
        max_active_runs=_pick(draw, (16, 16, 3, 1)),
        dagrun_timeout=_pick(draw, (None, None, None, 6 * HOUR, 2 * DAY)),
        depends_on_past=_chance(draw),
        tasks={name: _task(draw, names[:place]) for place, name in enumerate(names)},
    )


def dates_of(dag: DagSpec, clock: Clock, more: Sequence[Instant] = ()) -> tuple[Instant, ...]:
    """Dates that acts may be about: the first ticks of a DAG, the last ones before the end of the clock, and ``more``."""
    first = dag.schedule.align(dag.start_date)
    forth = islice(_ticks(dag.schedule, first, 1), _TICKS)
    back = islice(_ticks(dag.schedule, clock.end, -1), _TICKS)
    days = (first + day * DAY for day in range(_TICKS))
    found = chain(forth, (tick for tick in back if tick >= first), () if dag.schedule.periodic else days, more)
    return tuple(sorted(dict.fromkeys(found)))


def _ticks(schedule: Schedule, tick: Instant | None, way: int) -> Iterator[Instant]:
    while tick is not None:
        yield tick
        tick = schedule.next_after(tick) if way > 0 else schedule.prev_before(tick)


# ---------------------------------------------------------------------------------- acts


def _moment(draw: st.DrawFn, clock: Clock) -> Instant:
    """When something is done: on the hour of the clock (in less than a day: on the minute), or not."""
    span = clock.end - clock.start
    unit = HOUR if span >= DAY else MINUTE
    moment = clock.start + draw(_below(span // unit + 1)) * unit + _pick(draw, (0, 0, 0, 7 * MINUTE))
    return min(clock.end, moment)


class _Hand:
    """An operator's hand: draws what is done to these DAGs under this clock. ``more``: dates that it is about as well."""

    def __init__(
        self, draw: st.DrawFn, dags: Mapping[str, DagSpec], clock: Clock, more: Sequence[Instant] = ()
    ) -> None:
        self.draw = draw
        self.dags = dags
        self.clock = clock
        self.dates = {name: dates_of(dag, clock, more) for name, dag in dags.items()}

    def acts(self, least: int, most: int) -> list[Action]:
        """So many acts."""
        return [self.any() for _ in range(least + self.draw(_below(most - least + 1)))]

    def any(self) -> Action:
        """One of all that can be done."""
        draw = self.draw
        name = _pick(draw, tuple(self.dags))
        dag, at = self.dags[name], _moment(draw, self.clock)
        task = _pick(draw, tuple(dag.tasks))
        done: DagAction
        match draw(_below(14)):
            case 0 | 1 | 2 | 3:
                done = self._backfill(at, name, task)
            case 4:
                done = act.Fix(at=at, task=task, fails_on=(self.date(name, at),) if _chance(draw, 3) else ())
            case 5:
                done = act.Trigger(at=at, date=None if _chance(draw) else self.date(name, at))
            case 6:
                done = act.Clear(at=at, **self.range(name, at), tasks=(task,) if _chance(draw, 3) else None)
            case 7:
                done = act.RunTask(at=at, task=task, date=self.date(name, at))
            case 8:
                done = act.DeleteRun(at=at, date=self.date(name, at))
            case 9 | 10 | 11:
                done = self._deploy(at, name)
            case 12:
                done = act.SetState(at=at, task=task, date=self.date(name, at), state=_pick(draw, _STATES))
            case _:
                done = _pick(draw, (act.Pause, act.Unpause))(at=at)
        return done if len(self.dags) == 1 else done.model_copy(update={"dag": name})

    def date(self, dag: str, at: Instant) -> Instant:
        """A date of a DAG, mostly a tick, and often one about which something happens at that time."""
        dates = self._near(dag, at) if _chance(self.draw) else self.dates[dag]
        return _pick(self.draw, dates) + _pick(self.draw, _OFF)

    def _near(self, dag: str, at: Instant) -> list[Instant]:
        """The ticks last before an instant and next after it."""
        schedule = self.dags[dag].schedule
        before = islice(_ticks(schedule, schedule.prev_before(at), -1), _NEAR)
        return [*before, *islice(_ticks(schedule, schedule.next_after(at), 1), _NEAR)] or list(self.dates[dag])

    def range(self, dag: str, at: Instant) -> dict[str, Any]:
        """One date, or one to another that is near."""
        first = self.date(dag, at)
        after = [date for date in sorted({*self.dates[dag], *self._near(dag, at)}) if date > first][:_WIDEST]
        return {"from_": first, "to": _pick(self.draw, after) if after and _chance(self.draw) else first}

    def _backfill(self, at: Instant, dag: str, task: str) -> act.Backfill:
        return act.Backfill(
            at=at,
            **self.range(dag, at),
            tasks=(task,) if _chance(self.draw, 3) else None,
            ignore_first_depends_on_past=_chance(self.draw),
            rerun=_pick(self.draw, ("unfinished+failed", "unfinished+failed", "all", "none")),
            run_backwards=_chance(self.draw, 4),
        )

    def _deploy(self, at: Instant, name: str) -> act.Deploy:
        """A new version that differs in one thing; a new interval mostly."""
        draw, tasks = self.draw, tuple(self.dags[name].tasks)
        match draw(_below(9)):
            case 0 | 1 | 2:
                return act.Deploy(at=at, schedule=_pick(draw, _SCHEDULES))
            case 3:
                return act.Deploy(at=at, start_date=self.date(name, at), end_date=None)
            case 4:
                return act.Deploy(at=at, end_date=self.date(name, at))
            case 5:
                return act.Deploy(at=at, max_active_runs=_pick(draw, (1, 2, 16)))
            case 6:
                return act.Deploy(at=at, depends_on_past=_chance(draw))
            case 7:
                return act.Deploy(at=at, catchup=_chance(draw))
        kept = tasks[: 1 + draw(_below(len(tasks)))]
        keys: dict[str, dict[str, object]] = {task: {"upstream": []} for task in kept}
        return act.Deploy(at=at, tasks=keys | {"check": {"depends_on_past": _chance(draw)}})

    def faults(self, processes: Processes, done: Sequence[Action], most: int) -> Iterator[Action]:
        """Up to so many times a process stops, for a while or for good, or its clock goes wrong."""
        backfills = sum(action.do == "backfill" for action in done)
        clocks = [f"scheduler-{number + 1}" for number in range(processes.schedulers)]
        clocks += [f"backfill-{number + 1}" for number in range(backfills)]
        for _ in range(self.draw(_below(most + 1))):
            at = _moment(self.draw, self.clock)
            if _chance(self.draw):
                yield act.ClockAct(at=at, process=_pick(self.draw, clocks), **_pick(self.draw, _CLOCKS))
            else:
                yield from self._stop(at, _pick(self.draw, [*clocks, "worker-1"]))

    def _stop(self, at: Instant, process: str) -> Iterator[Action]:
        yield act.ProcessAct(at=at, do=_pick(self.draw, ("crash", "crash", "kill")), process=process)
        if not _chance(self.draw, 4):
            again = min(self.clock.end, at + _pick(self.draw, _LATER))
            yield act.ProcessAct(at=again, do="restart", process=process)


# ----------------------------------------------------------------------------- scenarios


@st.composite
def wide_scenarios(
    draw: st.DrawFn,
    max_acts: int = 12,
    min_acts: int = 0,
    reach: Reach = FAR,
    design: str = "",
    options: Options | None = None,
) -> Scenario:
    """Weeks of some DAGs, with what an operator does to them and what fails, under any options of a design."""
    dags = {name: _dag(draw) for name in DAGS[: _pick(draw, reach.dags)]}
    end = FIRST + _pick(draw, reach.weeks) * 7 * DAY
    clock = Clock(start=FIRST, end=end, heartbeat=_pick(draw, (HOUR, HOUR, 20 * MINUTE, 7 * HOUR)))
    processes = Processes(
        schedulers=_pick(draw, (1, 1, 2, 3)),
        workers=_pick(draw, (16, 16, 4, 1)),
        interleave=_pick(draw, ("atomic", "atomic", "atomic", "steps")),
    )
    hand = _Hand(draw, dags, clock)
    done = hand.acts(min_acts, max_acts)
    chosen = {option: _pick(draw, values) for option, values in (options or {}).items()}
    return Scenario(
        title="generated weeks",
        clock=clock,
        dags=dags,
        actions=_in_time(chain(done, hand.faults(processes, done, reach.faults))),
        processes=processes,
        designs={design: dict(chosen)} if chosen else {},
    )


@st.composite
def varied(draw: st.DrawFn, scenario: Scenario, max_acts: int = 4, min_acts: int = 0) -> Scenario:
    """The same DAGs, clock and processes, with other acts: its own left out, moved or done again, and new ones."""
    hand = _Hand(draw, scenario.dags, scenario.clock, _dates_named(scenario))
    kept = [each for action in scenario.actions for each in _variants(draw, action, scenario.clock)]
    done = [*kept, *hand.acts(min_acts, max_acts)]
    actions = _in_time(chain(done, hand.faults(scenario.processes, done, 1)))
    return scenario.model_copy(update={"actions": actions, "expect": {}, "history": {}})


def _in_time(actions: Iterator[Action]) -> tuple[Action, ...]:
    return tuple(sorted(actions, key=lambda action: action.at))


def _dates_named(scenario: Scenario) -> tuple[Instant, ...]:
    """The dates that the acts of a scenario are about, and those on which its tasks fail."""
    named = [getattr(action, field, None) for action in scenario.actions for field in ("from_", "to", "date")]
    fails = [task.fails_on for dag in scenario.dags.values() for task in dag.tasks.values()]
    dates = chain(named, *(each for each in fails if isinstance(each, tuple)))
    return tuple(dict.fromkeys(date for date in dates if date is not None))


def _variants(draw: st.DrawFn, action: Action, clock: Clock) -> tuple[Action, ...]:
    """An act as it is, at another time, at both, or not at all."""
    how = draw(_below(6))
    if how <= 1:
        return (action,)
    if how == 2:
        return ()
    moved = action.model_copy(update={"at": _moment(draw, clock)})
    return (action, moved) if how == 5 else (moved,)
