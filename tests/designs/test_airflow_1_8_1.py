"""Airflow 1.8.1 in small timelines, loop by loop as in a laboratory: what each rule of semantics 4.4 does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from runline.designs.catalog import find_design
from runline.evidence import replayable as acts
from runline.evidence.lab import Lab, Told
from runline.evidence.old_trees import DAG
from runline.model.dags import DagVersion, Task
from runline.model.instants import DAY, HOUR
from runline.model.schedules import Cron, Delta, Once, Schedule, Unscheduled
from runline.model.states import RunState, TaskState
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from runline.testing.strategies import scenarios
from tests.simulator.building import act, at, day, scenario, short, shown

NAME = "airflow-1.8.1"
DAILY = Cron("0 0 * * *")
PLAIN = (Task("load"),)
PAST = (Task("load", depends_on_past=True),)
CHAIN = (Task("load"), Task("report", upstream=("load",)))


class Rig:
    """A laboratory with one DAG; instants are days and hours of January, such as ``4@01``."""

    def __init__(self, tasks: tuple[Task, ...] = PLAIN, schedule: Schedule = DAILY, **keys: Any) -> None:
        self.lab = Lab(find_design(NAME))
        self.number = 0
        self.keys: dict[str, Any] = {"start_date": at("1"), "tasks": tasks, "schedule": schedule, **keys}
        self.lab.set_clock(at("1"))
        self.deploy()

    def deploy(self, **keys: Any) -> None:
        """A definition comes into force, with these keys new."""
        self.keys |= keys
        self.number += 1
        self.lab.deploy(DagVersion(DAG, self.number, **self.keys))

    def do(self, kind: type[acts.Act], when: str | None = None, **keys: Any) -> Told:
        """Do something, at that time if one is given."""
        if when is not None:
            self.lab.set_clock(at(when))
        return self.lab.do(kind.model_validate(keys))

    def tick(self, when: str | None = None, loops: int = 4) -> Told:
        """Loops of the scheduler."""
        return self.do(acts.Tick, when, do="tick", loops=loops)

    def create(self, when: str | None = None, loops: int = 1) -> Told:
        """Only the half of a loop that makes a run."""
        return self.do(acts.Tick, when, do="create", loops=loops)

    def process(self, loops: int = 3) -> Told:
        """Only the half of a loop that goes over the runs there are."""
        return self.do(acts.Tick, do="process", loops=loops)

    def backfill(self, first: str | None, last: str | None, when: str | None = None, **keys: Any) -> Told:
        """A backfill, to its end; with ``heartbeats`` it is killed."""
        kind = acts.KilledBackfill if "heartbeats" in keys else acts.Backfill
        do = "kill_backfill_after" if "heartbeats" in keys else "backfill"
        return self.do(kind, when, do=do, start=first and day(first), end=last and day(last), **keys)

    def trigger(self, date: str, when: str | None = None, run_id: str | None = None) -> Told:
        """A manual run."""
        return self.do(acts.Trigger, when, do="trigger", date=day(date), run_id=run_id)

    def clear(self, date: str, *tasks: str) -> Told:
        """These tasks of a date are to run again, all if none is named."""
        return self.do(acts.Clear, do="clear", start=day(date), end=day(date), tasks=tasks or None)

    def delete_run(self, date: str) -> Told:
        """The run of a date is deleted."""
        return self.do(acts.DeleteRun, do="delete_run", date=day(date))

    def run_task(self, task: str, date: str, when: str | None = None) -> Told:
        """A task is run by hand."""
        return self.do(acts.RunTask, when, do="run_task", task=task, date=day(date))

    def fails(self, *failing: tuple[str, str]) -> None:
        """These tasks fail at these dates, and no others."""
        self.lab.fails = {(task, at(date)) for task, date in failing}

    def set_state(self, task: str, date: str, state: TaskState) -> None:
        """The state of an instance is written by hand."""
        self.do(acts.SetTaskState, do="set_task_state", task=task, date=day(date), state=state)

    def runs(self) -> list[tuple[str, str, str]]:
        """The runs by date: date, kind, state."""
        runs = sorted(self.lab.timeline.runs(DAG), key=lambda run: run.date)
        return [(short(run.date), run.kind.value, run.state.value) for run in runs]

    def dates(self) -> list[str]:
        """The dates of the runs."""
        return [date for date, _, _ in self.runs()]

    def states(self) -> list[tuple[str, str, str]]:
        """The instances by date, as they were inserted: date, task, state."""
        rows = sorted(self.lab.timeline.tasks(), key=lambda row: row.date)
        return [(short(row.date), row.task, row.state.value) for row in rows]

    def state_of(self, task: str, date: str) -> str:
        """The state of an instance."""
        row = self.lab.timeline.instance(DAG, task, at(date))
        assert row is not None
        return row.state.value


def executed(told: Told) -> list[tuple[str, str, str]]:
    """What was executed, in order."""
    return [(task, short(date), state) for task, date, state in told.executed]


def by_hand(task: str, state: TaskState) -> dict[str, Any]:
    """The state of an instance of the 1st is written at the first heartbeat of a job."""
    return {"heartbeat": 1, "task": task, "date": day("1"), "state": state}


# ----------------------------------------------------------------------------- creation


def test_the_first_date_is_the_first_tick_at_or_after_the_start() -> None:
    """V14: a start off the grid moves to the next tick, and nothing gets stuck."""
    rig = Rig(PAST, start_date=at("1@05"))
    rig.tick("4@01")
    assert rig.runs() == [("2", "scheduled", "success"), ("3", "scheduled", "success")]


def test_nothing_walks_back_from_an_instance() -> None:
    """V14: an instance run by hand does not move the first date, as it did in April 2016."""
    rig = Rig()
    rig.run_task("load", "8", "10@01")
    rig.tick(loops=2)
    assert rig.dates() == ["1", "2"]


def test_a_run_comes_with_its_instances() -> None:
    """V16: they stand there in state none before anything was looked at; one that was there is kept."""
    rig = Rig(CHAIN)
    rig.run_task("load", "1", "3@01")
    rig.create()
    assert rig.states() == [("1", "load", "success"), ("1", "report", "none")]


def test_a_new_run_removes_what_its_dag_lacks() -> None:
    """V16, V04: an instance that stood at its date, of a task that is gone, is removed before anything was looked at."""
    rig = Rig(CHAIN)
    rig.run_task("load", "1", "3@01")
    rig.deploy(tasks=(Task("other"),))
    rig.create()
    assert rig.states() == [("1", "load", "removed"), ("1", "other", "none")]


def test_a_start_moved_later_off_the_grid_is_aligned() -> None:
    """V14: the floor, where it is the date, moves to the next tick too."""
    rig = Rig()
    rig.tick("3@01")
    rig.deploy(start_date=at("5@05"))
    rig.tick("8@01")
    assert rig.dates() == ["1", "2", "6", "7"]


def test_a_backfill_moves_the_schedule_on() -> None:
    """V12, V51: the next date follows the latest run that was not made by hand; what lies between is never made."""
    rig = Rig()
    rig.tick("3@01")
    rig.backfill("5", "5", "7@01")
    rig.tick("8@01")
    assert rig.dates() == ["1", "2", "5", "6", "7"]


def test_a_backfill_moves_the_phase_of_a_delta() -> None:
    """V12, V41: the start of a backfill is on the grid of a delta whatever it is, and the schedule goes on from there."""
    rig = Rig(schedule=Delta(DAY))
    rig.tick("3@01")
    rig.backfill("3@12", "3@12", "5@01")
    rig.tick("6@13")
    assert rig.dates() == ["1", "2", "3@12", "4@12", "5@12"]


def test_a_dag_at_its_limit_times_out_and_makes_its_next_run_at_once() -> None:
    """V11: with a timeout the limit is asked for after it, in the same loop."""
    rig = Rig(CHAIN, max_active_runs=1, dagrun_timeout=6 * HOUR)
    rig.create("3@01")
    rig.create("3@07")
    assert rig.runs() == [("1", "scheduled", "running")]
    rig.create("3@08")
    assert rig.runs() == [("1", "scheduled", "failed"), ("2", "scheduled", "running")]


def test_without_a_timeout_the_limit_holds() -> None:
    """V10: no run is made at the limit; running backfills count."""
    rig = Rig(max_active_runs=1)
    rig.backfill("1", "1", "4@01", heartbeats=1)
    rig.tick()
    assert rig.runs() == [("1", "backfill", "running")]


@pytest.mark.parametrize(
    ("schedule", "now", "dates"),
    [
        (DAILY, "9@01", ["8"]),
        (DAILY, "9", ["7", "8"]),
        (Delta(DAY), "9@13", ["7@13", "8@13"]),
    ],
)
def test_catchup_off_begins_two_ticks_before_the_clock(schedule: Schedule, now: str, dates: list[str]) -> None:
    """V13: at a tick that is two closed periods, and a delta takes the phase of the clock."""
    rig = Rig(schedule=schedule, catchup=False)
    rig.tick(now)
    assert rig.dates() == dates


def test_catchup_off_does_not_go_before_the_start() -> None:
    """V13: the start date of the DAG is the floor where it is later."""
    rig = Rig(catchup=False, start_date=at("8"))
    rig.tick("9@01")
    assert rig.dates() == ["8"]


def test_once_without_catchup_raises_until_it_has_run() -> None:
    """V13: in every loop, before anything is made; but for a backfill, which then counts as its run."""
    rig = Rig(schedule=Once(), catchup=False)
    told = rig.tick("3@01", loops=2)
    assert (len(told.raised), rig.dates()) == (2, [])
    rig.backfill("2", "2")
    assert (rig.tick(loops=2).raised, rig.dates()) == ([], ["2"])


def test_once_runs_once() -> None:
    """V55: at its start, and never again."""
    rig = Rig(schedule=Once(), start_date=at("2"))
    rig.tick("1@12")
    rig.tick("9@01")
    assert rig.runs() == [("2", "scheduled", "success")]


def test_a_taken_date_raises_in_every_loop() -> None:
    """V17: no run is made and the schedule stands still, but the instances of the date come to be."""
    rig = Rig()
    rig.tick("2@01")
    rig.trigger("2", "2@02")
    told = rig.create("5@01", loops=3)
    assert len(told.raised) == 3
    assert rig.runs() == [("1", "scheduled", "success"), ("2", "manual", "running")]
    assert rig.states() == [("1", "load", "success"), ("2", "load", "none")]


# --------------------------------------------------------------------------- processing


def test_only_as_many_runs_as_the_limit_allows_advance() -> None:
    """V20: the oldest running runs are looked at, manual ones among them."""
    rig = Rig(PAST, schedule=Unscheduled(), max_active_runs=1)
    rig.trigger("3", "9@01")
    rig.trigger("2")
    told = rig.tick(loops=1)
    assert executed(told) == [("load", "2", "success")]
    assert rig.states() == [("2", "load", "success")]


def test_a_run_whose_run_id_contains_backfill_is_never_looked_at() -> None:
    """V02, V20: whoever made it."""
    rig = Rig(schedule=Unscheduled())
    rig.trigger("2", "9@01", run_id="my backfill of it")
    assert executed(rig.tick()) == []
    assert rig.runs() == [("2", "manual", "running")]


def test_a_manual_run_of_the_future_waits_for_its_date() -> None:
    """V20: it is passed over until then, and gets no instances."""
    rig = Rig(schedule=Unscheduled())
    rig.trigger("5", "3@01")
    rig.tick()
    assert rig.states() == []
    assert executed(rig.tick("5@01")) == [("load", "5", "success")]


def test_runs_are_outer_and_instances_stand_as_they_were_inserted() -> None:
    """V21, V03: run by run by date, and in each a row that was made again comes last."""
    rig = Rig((Task("b"), Task("a")))
    rig.create("3@01", loops=2)
    rig.clear("2", "b")
    told = rig.process(loops=1)
    assert [(task, date) for task, date, _ in executed(told)] == [("b", "1"), ("a", "1"), ("a", "2"), ("b", "2")]


def test_what_was_left_scheduled_in_a_live_run_stays_so() -> None:
    """V21: no scheduler looks at an instance that is scheduled or queued, though a start by hand may begin it."""
    rig = Rig()
    rig.create("2@01")
    rig.set_state("load", "1", TaskState.SCHEDULED)
    assert executed(rig.tick()) == []
    assert executed(rig.run_task("load", "1")) == [("load", "1", "success")]


def test_an_upstream_that_failed_is_written_though_the_past_is_not_met() -> None:
    """V22: past and trigger rule are both asked every time."""
    rig = Rig((Task("load"), Task("report", upstream=("load",), depends_on_past=True)))
    rig.fails(("load", "1"), ("load", "2"))
    rig.tick("3@01", loops=6)
    assert [state for _, task, state in rig.states() if task == "report"] == ["upstream_failed", "upstream_failed"]


def test_upstream_failed_is_not_tested_again() -> None:
    """V21: clear the failed upstream only, and the run ends failed, though its task has succeeded now."""
    rig = Rig((Task("load"), Task("report", upstream=("load",), depends_on_past=True)))
    rig.fails(("load", "1"))
    rig.tick("2@01")
    rig.fails()
    rig.clear("1", "load")
    rig.tick()
    assert rig.states() == [("1", "report", "upstream_failed"), ("1", "load", "success")]
    assert rig.runs() == [("1", "scheduled", "failed")]


def test_the_past_is_exempt_where_it_lies_before_the_start() -> None:
    """V23: all up to the first tick at or after the start; the start itself is tested as anybody's past."""
    rig = Rig(PAST, start_date=at("2@05"))
    rig.backfill("2", "3", "9@01")
    assert rig.runs() == [("2", "backfill", "success"), ("3", "backfill", "success")]
    rig.deploy(start_date=at("3"))
    told = rig.backfill("5", "5")
    assert told.raised
    assert rig.state_of("load", "5") == "scheduled"


def test_the_past_is_a_tick_that_has_a_run() -> None:
    """V23, V54: an instance whose run was deleted does not do."""
    rig = Rig(PAST)
    rig.tick("3@01")
    rig.delete_run("2")
    rig.process(loops=1)
    rig.trigger("3", "5@01")
    assert executed(rig.process(loops=2)) == []


def test_a_changed_schedule_waits_for_a_tick_that_never_was() -> None:
    """V23: so every run after it stays running, and holds up the DAG in the end."""
    rig = Rig(PAST)
    rig.tick("3@01")
    rig.deploy(schedule=Cron("0 6 * * *"))
    rig.tick("5@07")
    assert rig.runs()[1:] == [
        ("2", "scheduled", "success"),
        ("2@06", "scheduled", "running"),
        ("3@06", "scheduled", "running"),
        ("4@06", "scheduled", "running"),
    ]


def test_without_catchup_the_past_is_the_run_before_of_whatever_kind() -> None:
    """V23, V52: a manual run that failed blocks the one after it."""
    rig = Rig(PAST, catchup=False)
    rig.tick("3@01")
    rig.trigger("2@12")
    rig.fails(("load", "2@12"))
    rig.tick("5@01")
    assert [row for row in rig.states() if row[0] > "2"] == [
        ("2@12", "load", "failed"),
        ("4", "load", "none"),
    ]


def test_wait_for_downstream_asks_what_followed_the_past() -> None:
    """V24: skipped does not do for what followed, as it does for the past itself."""
    rig = Rig((Task("load", wait_for_downstream=True), Task("report", upstream=("load",))))
    rig.tick("2@01")
    rig.set_state("report", "1", TaskState.SKIPPED)
    rig.set_state("load", "1", TaskState.SKIPPED)
    rig.tick("3@01")
    assert rig.state_of("load", "2") == "none"
    rig.set_state("report", "1", TaskState.SUCCESS)
    rig.tick("3@02")
    assert rig.state_of("load", "2") == "success"


def test_a_manual_run_after_the_end_is_collected_and_never_begins() -> None:
    """V26: the end date of the DAG is tested at the start only; equal to it is not after it."""
    rig = Rig(schedule=Unscheduled(), end_date=at("3"))
    rig.trigger("3", "9@01")
    rig.trigger("4")
    assert executed(rig.tick()) == [("load", "3", "success")]
    assert rig.runs() == [("3", "manual", "success"), ("4", "manual", "running")]
    assert rig.state_of("load", "4") == "none"


# ------------------------------------------------------------------------------- states


def test_a_run_without_past_fails_when_nothing_in_it_can_run() -> None:
    """V30: what is left stays in state none; with a past it becomes upstream_failed first, one loop later."""
    plain, past = Rig(CHAIN), Rig((*CHAIN[:1], Task("report", upstream=("load",), depends_on_past=True)))
    for rig, report in ((plain, "none"), (past, "upstream_failed")):
        rig.fails(("load", "1"))
        rig.tick("2@01")
        assert rig.runs() == [("1", "scheduled", "failed")]
        assert rig.state_of("report", "1") == report


def test_a_run_that_waits_for_its_past_recovers() -> None:
    """V30: it stays running and goes on when its predecessor was cleared."""
    rig = Rig(PAST)
    rig.fails(("load", "1"))
    rig.tick("3@01")
    assert rig.runs() == [("1", "scheduled", "failed"), ("2", "scheduled", "running")]
    rig.fails()
    rig.clear("1")
    rig.tick()
    assert rig.runs() == [("1", "scheduled", "success"), ("2", "scheduled", "success")]


def test_a_failed_leaf_waits_for_the_rest_of_its_run() -> None:
    """V30: a run is not over before all its instances are finished."""
    rig = Rig((Task("load"), Task("slow", depends_on_past=True)))
    rig.fails(("load", "2"), ("slow", "1"))
    rig.tick("3@01")
    assert rig.state_of("load", "2") == "failed"
    assert rig.runs()[1] == ("2", "scheduled", "running")


def test_removed_is_never_undone() -> None:
    """V04, V30: a task that comes back finds its instance removed, and its run is judged no more."""
    rig = Rig((*PAST, Task("report", depends_on_past=True)))
    rig.fails(("load", "1"), ("report", "1"))
    rig.tick("3@01")
    whole = rig.keys["tasks"]
    rig.deploy(tasks=PAST)
    rig.tick("3@02", loops=1)
    assert [rig.state_of("report", date) for date in ("1", "2")] == ["failed", "removed"]
    rig.deploy(tasks=whole)
    rig.set_state("load", "2", TaskState.SUCCESS)
    rig.tick("3@03")
    assert rig.runs()[1] == ("2", "scheduled", "running")
    assert rig.state_of("report", "2") == "removed"


# ----------------------------------------------------------------------------- backfill


def test_a_backfill_takes_a_run_over() -> None:
    """V42: the same run under another run_id, once more running, then judged; what succeeded is not executed again."""
    rig = Rig()
    rig.tick("3@01")
    told = rig.backfill("1", "1")
    assert (executed(told), told.raised, [short(date) for date in told.created]) == ([], [], ["1"])
    assert rig.runs() == [("1", "backfill", "success"), ("2", "scheduled", "success")]
    assert [run.id for run in rig.lab.timeline.runs(DAG)] == [1, 2]


def test_a_manual_run_that_is_taken_over_stays_manual() -> None:
    """V02, V42: who made a run does not change, so it still does not move the schedule."""
    rig = Rig()
    rig.trigger("7", "9@01")
    rig.backfill("7", "7")
    rig.tick(loops=1)
    assert rig.runs() == [("1", "scheduled", "running"), ("7", "manual", "success")]


def test_what_failed_is_not_run_again() -> None:
    """V44: it is counted and leaves at once, and the job ends with an error."""
    rig = Rig(PAST)
    rig.fails(("load", "1"))
    rig.tick("2@01")
    rig.fails()
    told = rig.backfill("1", "1")
    assert (executed(told), len(told.raised)) == ([], 1)
    assert rig.runs() == [("1", "backfill", "failed")]


def test_a_backfill_ends_silently_at_the_limit() -> None:
    """V40: nothing is written and nothing is raised; a DAG without a schedule has no limit."""
    rig = Rig(max_active_runs=1)
    rig.create("4@01")
    assert (rig.backfill("2", "3").raised, rig.dates()) == ([], ["1"])
    rig.deploy(schedule=Unscheduled())
    rig.backfill("2", "2")
    assert rig.dates() == ["1", "2"]


@pytest.mark.parametrize(
    ("schedule", "first", "last", "dates"),
    [
        (DAILY, "2@12", "2@12", []),
        (DAILY, "2@12", "4", ["3", "4"]),
        (DAILY, "2@12", None, []),
        (DAILY, None, "3", ["1", "2", "3"]),
        (DAILY, None, None, ["1", "2", "3", "4", "5"]),
        (DAILY, "4", "3", []),
        (Delta(DAY), "2@12", "4", ["2@12", "3@12"]),
        (Once(), "2@12", "4", ["2@12"]),
        (Unscheduled(), "3", "4", ["3"]),
    ],
)
def test_the_dates_of_a_backfill(schedule: Schedule, first: str | None, last: str | None, dates: list[str]) -> None:
    """V41: the start is aligned, each tick follows up to the end; a range without a tick is no error."""
    rig = Rig(schedule=schedule)
    told = rig.backfill(first, last, "5@01")
    assert (rig.dates(), told.raised) == (dates, [])


def test_a_round_goes_task_by_task_after_what_they_wait_for() -> None:
    """V44: tasks outer, in topological order and else as the DAG names them, dates inner."""
    rig = Rig((Task("c", upstream=("a",)), Task("b"), Task("a")))
    told = rig.backfill("1", "2", "9@01")
    order = [(task, date) for task, date, _ in executed(told)]
    assert order == [("b", "1"), ("b", "2"), ("a", "1"), ("a", "2"), ("c", "1"), ("c", "2")]


def test_a_failed_day_stops_those_after_it() -> None:
    """V45, V47: the job ends in a deadlock; the days left are scheduled in runs that nobody continues."""
    rig = Rig(PAST)
    rig.fails(("load", "2"))
    assert rig.backfill("1", "3", "9@01").raised
    assert rig.runs() == [("1", "backfill", "success"), ("2", "backfill", "failed"), ("3", "backfill", "running")]
    rig.fails()
    rig.process(loops=3)
    assert rig.state_of("load", "3") == "scheduled"


def test_a_future_date_is_a_deadlock_and_freezes_the_schedule() -> None:
    """V47, V12: its run stays running, and until then nothing is made."""
    rig = Rig()
    assert rig.backfill("20", "20", "5@01").raised
    rig.tick("7@01")
    assert rig.runs() == [("20", "backfill", "running")]


@pytest.mark.parametrize(("first", "executes"), [("3", 1), ("2@12", 0)])
def test_the_past_is_waived_at_the_start_as_it_was_given(first: str, executes: int) -> None:
    """V46: a start off the grid waives nothing."""
    rig = Rig(PAST)
    told = rig.backfill(first, "3", "9@01", ignore_first_depends_on_past=True)
    assert (len(executed(told)), bool(told.raised)) == (executes, not executes)


def test_a_killed_backfill_leaves_what_the_next_repairs() -> None:
    """V49, V43: all runs exist, what was collected stays queued; a later backfill of the dates brings it back."""
    rig = Rig(PAST)
    rig.backfill("1", "2", "9@01", heartbeats=1)
    assert rig.states() == [("1", "load", "queued"), ("2", "load", "scheduled")]
    rig.process(loops=3)
    assert rig.runs() == [("1", "backfill", "running"), ("2", "backfill", "running")]
    rig.backfill("1", "2")
    assert rig.runs() == [("1", "backfill", "success"), ("2", "backfill", "success")]


def test_a_backfill_over_a_removed_task_never_ends() -> None:
    """V48, V04: its instance is work that is never visited, though all else is done and the run is a success."""
    rig = Rig((*PLAIN, Task("report")))
    rig.fails(("report", "1"))
    rig.tick("2@01")
    rig.deploy(tasks=PLAIN)
    assert rig.backfill("1", "1").raised == ["the job did not end"]
    assert rig.states() == [("1", "load", "success"), ("1", "report", "removed")]
    assert rig.runs() == [("1", "backfill", "success")]


def test_a_subset_removes_the_other_tasks() -> None:
    """V43: of a DAG that was cut down, nothing but its tasks is left at the date; a new date has only those."""
    rig = Rig(CHAIN)
    rig.tick("2@01")
    assert rig.backfill("1", "1", tasks=("load",)).raised
    assert rig.state_of("report", "1") == "removed"
    assert not rig.backfill("2", "2", "9@01", tasks=("load",)).raised
    assert [task for date, task, _ in rig.states() if date == "2"] == ["load"]


def test_a_part_of_a_dag_leaves_the_other_tasks_alone() -> None:
    """V57: made by the DAG's own method it has all that the subset waits for, and its run is over when that is done."""
    rig = Rig((*CHAIN, Task("mail", upstream=("report",))))
    rig.create("2@01")
    told = rig.backfill("1", "1", tasks=("report",), via="sub_dag")
    assert executed(told) == [("load", "1", "success"), ("report", "1", "success")]
    assert (told.raised, rig.state_of("mail", "1")) == ([], "none")
    assert rig.runs() == [("1", "backfill", "success")]


def test_what_was_made_running_by_hand_while_it_was_queued_becomes_failed() -> None:
    """V45: the executor says done, the instance does not."""
    rig = Rig()
    assert rig.backfill("1", "1", "9@01", during=(by_hand("load", TaskState.RUNNING),)).raised
    assert rig.states() == [("1", "load", "failed")]


def test_states_set_by_hand_count_in_the_round_after() -> None:
    """V44: what is brought back to none is scheduled once more, what is a success leaves."""
    rig = Rig((Task("load"), Task("report", upstream=("load",)), Task("mail", upstream=("report",))))
    changes = (
        by_hand("report", TaskState.NONE),
        by_hand("mail", TaskState.SUCCESS),
    )
    told = rig.backfill("1", "1", "9@01", during=changes)
    assert executed(told) == [("load", "1", "success"), ("report", "1", "success")]
    assert (told.raised, rig.runs()) == ([], [("1", "backfill", "success")])


def test_a_running_instance_elsewhere_is_a_deadlock() -> None:
    """V45, V47: the job does not wait for what it did not send, and the run is taken over all the same."""
    rig = Rig()
    rig.create("2@01")
    rig.set_state("load", "1", TaskState.RUNNING)
    assert rig.backfill("1", "1").raised
    assert rig.runs() == [("1", "backfill", "running")]


def test_a_failed_upstream_is_written_over_removed() -> None:
    """V44: what follows from upstream is written whatever the instance was; so it is no arrow of the model."""
    rig = Rig(CHAIN)
    rig.fails(("load", "1"))
    rig.tick("2@01", loops=1)
    rig.deploy(tasks=PLAIN)
    rig.clear("1")
    rig.process(loops=1)
    assert rig.state_of("report", "1") == "removed"
    rig.deploy(tasks=CHAIN)
    rig.backfill("1", "1")
    assert rig.state_of("report", "1") == "upstream_failed"


def test_a_hand_made_run_id_that_a_backfill_wants_raises() -> None:
    """V42, section 4.4: the key (dag, run_id) is unique; the job ends before it has made anything."""
    rig = Rig()
    rig.trigger("5", "9@01", run_id="backfill_2016-01-02T00:00:00")
    assert rig.backfill("2", "2").raised
    assert rig.dates() == ["5"]


# --------------------------------------------------------------------------- other acts


def test_a_backfilled_run_that_is_cleared_is_never_run_again() -> None:
    """V50, V51: it is running without instances, no scheduler looks at it, and it holds a place."""
    rig = Rig(max_active_runs=1)
    rig.backfill("1", "1", "9@01")
    rig.clear("1")
    rig.tick()
    assert (rig.runs(), rig.states()) == ([("1", "backfill", "running")], [])


def test_a_task_run_by_hand_is_tested_like_any_start() -> None:
    """V53: no future date; depends_on_past needs a run of its own date unless it is exempt; failed may run again."""
    rig = Rig(PAST)
    assert executed(rig.run_task("load", "5", "3@01")) == []
    assert executed(rig.run_task("load", "2")) == []
    rig.fails(("load", "1"))
    assert executed(rig.run_task("load", "1")) == [("load", "1", "failed")]
    rig.fails()
    assert executed(rig.run_task("load", "1")) == [("load", "1", "success")]
    assert rig.runs() == []


def test_the_last_run_when_deleted_is_made_again() -> None:
    """V54, V16: with the instances that it had."""
    rig = Rig()
    rig.tick("2@01")
    rig.delete_run("1")
    assert executed(rig.tick()) == []
    assert rig.runs() == [("1", "scheduled", "success")]


# ---------------------------------------------------------------------- in virtual time


@given(scenarios())
@settings(max_examples=100, suppress_health_check=list(HealthCheck))
def test_what_is_promised_is_kept(given: Scenario) -> None:
    """No history of a week breaks a law that the design promises, and each comes to its end."""
    outcome = simulate(given, NAME)
    assert outcome.complete
    assert {law: [f.sentence for f in outcome.verdicts[law].findings] for law in outcome.broken_promises} == {}


@given(scenarios())
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
def test_processes_that_come_in_between_change_no_promise(given: Scenario) -> None:
    """The same where others may come in after each commit."""
    steps = given.processes.model_copy(update={"interleave": "steps"})
    outcome = simulate(given.model_copy(update={"processes": steps}), NAME)
    assert (outcome.complete, outcome.broken_promises) == (True, [])


def test_a_job_waits_for_what_it_sent() -> None:
    """V45: while an instance runs, nothing is done and nothing is a deadlock; the next begins when it has ended."""
    tasks = '[dags.sales.tasks.load]\ndepends_on_past = true\nduration = "5h"\n'
    text = act("pause", "5@01") + act("backfill", "5@02", from_="1", to="2")
    plain = scenario(text, first=5, last=6, tasks=tasks)
    outcome = simulate(plain, NAME)
    assert outcome.broken_promises == []
    assert [row[:3] for row in shown(outcome)] == [("1", "backfill", "success"), ("2", "backfill", "success")]
    ends = [run.ended for run in outcome.timeline.runs()]
    assert ends == [at("5@07"), at("5@12")]


def test_the_endless_job_rests_until_something_changes() -> None:
    """V48: it does not end, costs a few steps only, and no-deadlock tells what it waits for."""
    tasks = "[dags.sales.tasks.load]\n[dags.sales.tasks.report]\n"
    gone = act("deploy", "3@02").rstrip() + "\ntasks = { load = {} }\n"
    outcome = simulate(scenario(gone + act("backfill", "3@03", from_="1", to="1"), tasks=tasks), NAME)
    assert outcome.complete
    assert len(outcome.trace) < 60
    assert not outcome.timeline.backfills()[0].completed
    assert any("never visits" in finding.sentence for finding in outcome.verdicts["no-deadlock"].findings)


def test_an_instance_that_waits_for_its_retry_is_sent_again_by_its_job() -> None:
    """V44, L21: a job wakes when the delay is over, and is not in a deadlock until then."""
    tasks = (
        '[dags.sales.tasks.load]\nretries = 1\nretry_delay = "2h"\nduration = "1h"\nfails_on = [2016-01-01T00:00:00Z]\n'
    )
    outcome = simulate(
        scenario(act("backfill", "5@02", from_="1", to="1"), first=5, last=6, schedule="none", tasks=tasks), NAME
    )
    run = next(iter(outcome.timeline.runs()))
    assert (run.state, run.ended) == (RunState.FAILED, at("5@06"))


def test_the_scheduler_looks_again_when_the_date_of_a_manual_run_comes() -> None:
    """V20: looks of which nothing can come are skipped, but not beyond that date."""
    outcome = simulate(scenario(act("trigger", "2@02", date="4"), schedule="none"), NAME)
    assert [row[:3] for row in shown(outcome)] == [("4", "manual", "success")]
