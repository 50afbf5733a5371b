"""Who waits for whom at the end of a history: chains that can move, that are the operator's, and that never will."""

from __future__ import annotations

from dataclasses import replace

from runline.invariants.law import Context, Finished, Judged, Waits
from runline.invariants.stuck import no_deadlock
from runline.model.capability import Capability
from runline.model.dags import DagVersion, Task
from runline.model.events import DagDeployed, Event, RunCreated, TaskCreated
from runline.model.instants import DAY
from runline.model.records import BY_DATE, RunRecord, TaskKey, TaskRecord
from runline.model.schedules import Delta
from runline.model.states import RunKind, RunState, TaskState
from runline.model.steps import Held, Never, RunAt, Slot
from runline.model.timeline import Timeline

DAG = "sales"
VERSION = DagVersion(DAG, 1, Delta(DAY), (Task("load", depends_on_past=True),), start_date=0)
BARE = Context(frozenset())
NOBODY = Waits()
WITH_INSTANCES = Context(frozenset({Capability.CREATES_INSTANCES}))


def run(number: int, state: RunState, day: int) -> RunCreated:
    """A scheduled run of a day."""
    kind = RunKind.SCHEDULED
    return RunCreated(RunRecord(number, DAG, day * DAY, kind, f"scheduled__{day}", state, None, 1))


def task(day: int, state: TaskState, run_id: int = BY_DATE) -> TaskCreated:
    """An instance of a day."""
    return TaskCreated(TaskRecord(DAG, "load", day * DAY, run_id, state))


def key(day: int) -> TaskKey:
    """The instance of a day."""
    return TaskKey(DAG, "load", day * DAY)


def judge(*events: Event, waits: Waits = NOBODY, context: Context = BARE) -> Judged:
    """The verdict on what these events left."""
    timeline = Timeline()
    for event in (DagDeployed(VERSION), *events):
        timeline.apply(event)
    return no_deadlock.judge(Finished(timeline, 9 * DAY, {}, waits), context)


def held(day: int, *on: TaskKey | RunAt | Slot | Never, until: int | None = None) -> Held:
    """A gate that holds the instance of a day."""
    return Held(key(day), "L22", "it waits", on, until)


def test_what_a_worker_has_can_move() -> None:
    """An instance that runs at a worker waits for nothing."""
    judged = judge(run(1, RunState.RUNNING, 1), task(1, TaskState.RUNNING), waits=Waits(moving=frozenset({key(1)})))
    assert (judged.exercised, judged.broken, judged.blocked) == (1, (), ())


def test_what_comes_due_can_move() -> None:
    """An instance that waits for an instant waits for something that comes."""
    judged = judge(run(1, RunState.RUNNING, 1), task(1, TaskState.NONE), waits=Waits(held=(held(1, until=10 * DAY),)))
    assert not judged.broken
    assert not judged.blocked


def test_what_waits_for_a_failure_is_blocked() -> None:
    """A chain that ends at a failed instance is the operator's, and told link by link."""
    waits = Waits(held=(held(2, key(1)), held(3, key(2))))
    judged = judge(
        run(1, RunState.FAILED, 1),
        run(2, RunState.RUNNING, 2),
        run(3, RunState.RUNNING, 3),
        task(1, TaskState.FAILED),
        task(2, TaskState.NONE),
        task(3, TaskState.NONE),
        waits=waits,
    )
    assert not judged.broken
    assert [evidence.aspect for evidence in judged.blocked] == ["blocked", "blocked"]
    assert "1970-01-03" in judged.blocked[1].sentence
    assert judged.blocked[1].sentence.endswith("which is failed.")


def test_a_cycle_is_a_deadlock() -> None:
    """Two that wait for each other never move, and the sentence closes the circle."""
    waits = Waits(held=(held(2, key(3)), held(3, key(2))))
    judged = judge(
        run(2, RunState.RUNNING, 2),
        run(3, RunState.RUNNING, 3),
        task(2, TaskState.NONE),
        task(3, TaskState.NONE),
        waits=waits,
    )
    assert {evidence.aspect for evidence in judged.broken} == {"cycle"}
    assert judged.broken[0].sentence.endswith("and so for itself.")


def test_a_slot_whose_holder_waits_for_it_is_a_cycle() -> None:
    """A run that waits for a free slot, whose holder waits for that run, never moves."""
    waits = Waits(held=(Held(Slot(DAG), "L11", "the limit is 1", (RunAt(DAG, 2 * DAY),)), held(2, RunAt(DAG, 3 * DAY))))
    judged = judge(run(2, RunState.RUNNING, 2), task(2, TaskState.NONE), waits=waits)
    assert judged.broken
    assert {evidence.aspect for evidence in judged.broken} == {"cycle"}


def test_a_circle_is_told_once_and_others_by_how_they_come_to_it() -> None:
    """Of three, two wait for each other and the third for one of them: two sentences."""
    waits = Waits(held=(held(2, key(3)), held(3, key(2)), held(4, key(3))))
    runs = [run(day, RunState.RUNNING, day) for day in (2, 3, 4)]
    judged = judge(*runs, *(task(day, TaskState.NONE) for day in (2, 3, 4)), waits=waits)
    assert [evidence.sentence for evidence in judged.broken] == [
        "load of 1970-01-03 waits for load of 1970-01-04, and so for itself.",
        "load of 1970-01-05 waits for load of 1970-01-04, which waits in a circle.",
    ]


def test_what_waits_for_a_slot_that_comes_free_is_not_stuck() -> None:
    """A queued run waits for a slot, and one of two holders for that run; the other ends, so all of them go on."""
    version = replace(VERSION, number=2, max_active_runs=2)
    queued = Held(RunAt(DAG, DAY), "N41", "the limit is reached", (Slot(DAG),))
    judged = judge(
        DagDeployed(version),
        *(run(day, RunState.RUNNING if day > 1 else RunState.QUEUED, day) for day in (1, 2, 3)),
        *(task(day, TaskState.NONE) for day in (1, 2)),
        task(3, TaskState.RUNNING),
        waits=Waits(held=(queued, held(2, RunAt(DAG, DAY))), moving=frozenset({key(3)})),
    )
    assert judged.exercised == 4
    assert not judged.broken
    assert not judged.blocked


def test_a_queued_run_waits_for_those_who_hold_the_slots() -> None:
    """Where nobody says who holds a limit, its running runs do: if the only one waits for the queued run, neither goes on."""
    queued = Held(RunAt(DAG, DAY), "N41", "the limit is reached", (Slot(DAG),))
    version = replace(VERSION, number=2, max_active_runs=1)
    judged = judge(
        DagDeployed(version),
        run(1, RunState.QUEUED, 1),
        run(2, RunState.RUNNING, 2),
        *(task(day, TaskState.NONE) for day in (1, 2)),
        waits=Waits(held=(queued, held(2, RunAt(DAG, DAY)))),
    )
    assert [evidence.aspect for evidence in judged.broken] == ["cycle", "cycle"]
    assert "which waits for a free slot of sales" in judged.broken[0].sentence + judged.broken[1].sentence


def test_a_date_that_never_existed_is_a_deadlock() -> None:
    """What waits for an instance at a date that the schedule has passed without a run never moves."""
    past = TaskKey(DAG, "load", DAY + DAY // 2)
    judged = judge(run(2, RunState.RUNNING, 2), task(2, TaskState.NONE), waits=Waits(held=(held(2, past),)))
    assert [evidence.aspect for evidence in judged.broken] == ["never comes"]


def test_a_date_that_the_schedule_will_come_to_can_move() -> None:
    """What waits for an instance of a tick that is still to come waits for something that comes."""
    judged = judge(run(2, RunState.RUNNING, 2), task(2, TaskState.NONE), waits=Waits(held=(held(2, key(3)),)))
    assert not judged.broken


def test_an_instance_that_its_run_does_not_have_never_comes() -> None:
    """Where instances come with their runs, one that is missing is not made later."""
    waits = Waits(held=(held(2, TaskKey(DAG, "other", 2 * DAY)),))
    events = (run(2, RunState.RUNNING, 2), task(2, TaskState.NONE))
    assert judge(*events, waits=waits, context=WITH_INSTANCES).broken
    assert not judge(*events, waits=waits, context=BARE).broken


def test_an_overridden_owner_is_a_deadlock() -> None:
    """Nobody sends an instance whose run is overridden."""
    judged = judge(run(1, RunState.OVERRIDDEN, 1), task(1, TaskState.NONE, 1))
    assert [evidence.aspect for evidence in judged.broken] == ["never comes"]


def test_an_error_in_every_loop_is_a_deadlock() -> None:
    """A scheduler that raises in every loop does nothing for its DAG any more."""
    judged = judge(run(1, RunState.SUCCESS, 1), waits=Waits(raising=((DAG, "the key is taken", "L18", 52),)))
    assert [evidence.sentence for evidence in judged.broken] == [
        "The scheduler raises in every loop for sales, 52 times so far: the key is taken."
    ]


def test_a_paused_dag_is_the_operators() -> None:
    """What nobody looks at because the DAG is paused is blocked, not stuck."""
    judged = judge(run(1, RunState.RUNNING, 1), task(1, TaskState.NONE), waits=Waits(unwatched=frozenset({DAG})))
    assert not judged.broken
    assert len(judged.blocked) == 1


def test_a_queued_instance_without_a_worker_is_a_deadlock() -> None:
    """What was sent and got lost is sent by nobody again."""
    assert judge(run(1, RunState.RUNNING, 1), task(1, TaskState.QUEUED)).broken
