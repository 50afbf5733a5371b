from __future__ import annotations

import random
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runline.invariants.offline.fold import fold
from runline.model import events as ev
from runline.model.errors import IntegrityError
from runline.model.records import (
    NO_RUN,
    BackfillRecord,
    RunRecord,
    TaskKey,
    TaskRecord,
    UnownedTaskInstanceWarning,
    task_instance,
)
from runline.model.snapshot import snapshot_of
from runline.model.states import RunKind, RunState, TaskState
from runline.model.timeline import Timeline
from tests.definitions import version
from tests.event_sequences import interpret, sequences
from tests.model.observing import answers, day, everything, meaning, naive_answers

SEEDS = range(400)
"""Where series of events come from that are longer than Hypothesis likes to make them."""


def drawn(seed: int, choices: int = 120) -> list[ev.Event]:
    """A long series of events."""
    source = random.Random(seed)
    return interpret([int(source.random() * 2**16) for _ in range(choices)])


def timeline_of(events: Sequence[ev.Event]) -> Timeline:
    """What events leave behind."""
    timeline = Timeline()
    for event in events:
        timeline.apply(event)
    return timeline


# ------------------------------------------------------------------------------ undo


def check_undo(events: Sequence[ev.Event]) -> None:
    """Apply, undo, and look at everything on the way."""
    timeline, before = Timeline(), []
    for event in events:
        before.append(everything(timeline))
        timeline.apply(event)
    for event in reversed(events):
        timeline.undo(event)
        assert everything(timeline) == before.pop()
    assert everything(timeline) == everything(Timeline())


@given(sequences())
def test_undo_leads_back(events: list[ev.Event]) -> None:
    """Undone one by one, events leave all that can be seen as it was before each of them."""
    check_undo(events)


def test_undo_leads_back_from_far() -> None:
    """Long series of events are undone as exactly as short ones."""
    for seed in SEEDS[:40]:
        check_undo(drawn(seed))


@given(sequences(), st.data())
def test_undone_and_redone(events: list[ev.Event], data: st.DataObject) -> None:
    """Where part of the events were undone and happened again, all is as if nothing had been undone."""
    timeline, again = timeline_of(events), data.draw(st.integers(0, len(events)))
    for event in reversed(events[again:]):
        timeline.undo(event)
    for event in events[again:]:
        timeline.apply(event)
    assert everything(timeline) == everything(timeline_of(events))


def test_undo_takes_an_equal_event() -> None:
    """An event need not be the same object to be undone, and may happen twice with a deletion between."""
    created = ev.RunCreated(RunRecord(1, "sales", day(0), RunKind.SCHEDULED, "", RunState.RUNNING))
    deleted = ev.RunDeleted(created.record)
    timeline = timeline_of([created, deleted, created])
    timeline.undo(ev.RunCreated(*created))
    assert timeline.dags() == ["sales"]
    assert everything(timeline) == everything(timeline_of([created, deleted]))
    timeline.undo(deleted)
    assert everything(timeline) == everything(timeline_of([created]))


# -------------------------------------------------------------------- fold and queries


@given(sequences())
def test_fold_agrees(events: list[ev.Event]) -> None:
    """A timeline holds what a plain fold of the events holds, which shares no code with it."""
    timeline = Timeline()
    for event, state in zip(events, fold(events), strict=True):
        timeline.apply(event)
        assert snapshot_of(timeline) == state


@given(sequences())
def test_questions_answered_the_long_way(events: list[ev.Event]) -> None:
    """After each event every question has the answer that all runs and instances give, looked through one by one."""
    timeline = Timeline()
    for event in events:
        timeline.apply(event)
        assert list(answers(timeline)) == list(naive_answers(timeline))


def test_questions_answered_the_long_way_far_on() -> None:
    """After long series, and for questions that were never asked before, answers are right too."""
    for seed in SEEDS:
        timeline = timeline_of(drawn(seed))
        assert list(answers(timeline)) == list(naive_answers(timeline))


def test_instances_stand_in_order_of_creation() -> None:
    """Instances of a date are listed as they were made; one that was deleted and made again comes last."""
    made = [ev.TaskCreated(TaskRecord("sales", task, day(0), 1)) for task in ("sum", "load", "mail")]
    timeline = timeline_of([*made, ev.TaskDeleted(made[0].record), made[0]])
    assert [task.task for task in timeline.tasks_at("sales", day(0))] == ["load", "mail", "sum"]


# ----------------------------------------------------------------------- fingerprints


def test_fingerprint_tells_states_apart() -> None:
    """Of all states of 400 series, two have one fingerprint if and only if rules read the same in both."""
    meanings: dict[int, object] = {}
    fingerprints: dict[object, int] = {}
    for seed in SEEDS:
        timeline = Timeline()
        for event in drawn(seed):
            timeline.apply(event)
            read = meaning(timeline)
            assert meanings.setdefault(timeline.fingerprint, read) == read
            assert fingerprints.setdefault(read, timeline.fingerprint) == timeline.fingerprint


def rebuilt(timeline: Timeline, order: random.Random) -> Timeline:
    """What is left of a timeline, made directly and in any order."""
    state = snapshot_of(timeline)
    made: list[ev.Event] = [ev.RunCreated(run) for run in state.runs.values()]
    made += [ev.TaskCreated(task) for task in state.tasks.values()]
    made += [ev.BackfillSubmitted(backfill) for backfill in state.backfills.values()]
    if timeline.run(timeline.last_run_id) is None and timeline.last_run_id:
        made.append(ev.RunCreated(RunRecord(timeline.last_run_id, "gone", 0, RunKind.MANUAL, "", RunState.QUEUED)))
    order.shuffle(made)
    made += [ev.DagDeployed(version) for versions in state.versions.values() for version in versions]
    fresh = timeline_of([*made, ev.TimePassed(0, state.now)])
    for gone in [run for run in fresh.runs() if run.dag == "gone"]:
        fresh.apply(ev.RunDeleted(gone.record()))
    return fresh


@given(sequences(), st.randoms(use_true_random=False))
def test_fingerprint_knows_no_history(events: list[ev.Event], order: random.Random) -> None:
    """Equal records have equal fingerprints, whatever events led there and in which order."""
    timeline = timeline_of(events)
    assert rebuilt(timeline, order).fingerprint == timeline.fingerprint


RUN = RunRecord(1, "sales", day(0), RunKind.SCHEDULED, "scheduled", RunState.RUNNING)
LATER = RUN._replace(id=2, date=day(1), previous=1)
DEPLOYED: list[ev.Event] = [ev.DagDeployed(version("sales", number, number, 0, 0)) for number in (1, 2)]
DIFFERENT: dict[str, list[ev.Event]] = {
    "nothing": [],
    "a run": [ev.RunCreated(RUN)],
    "a run that is gone": [ev.RunCreated(RUN), ev.RunDeleted(RUN)],
    "two that are gone": [ev.RunCreated(RUN), ev.RunCreated(LATER), ev.RunDeleted(LATER), ev.RunDeleted(RUN)],
    "one of another origin": [ev.RunCreated(RUN._replace(origin=RunKind.MANUAL))],
    "one of a subset": [ev.RunCreated(RUN._replace(requested=("load",)))],
    "one in another place": [ev.RunCreated(RUN._replace(ordinal=1))],
    "one that was started": [ev.RunCreated(RUN._replace(started=day(0)))],
    "a version": DEPLOYED[:1],
    "another": DEPLOYED[1:],
    "both": DEPLOYED,
    "both, the first in force": [*DEPLOYED, DEPLOYED[0]],
    "both the other way round": DEPLOYED[::-1],
    "one version twice": [DEPLOYED[0], DEPLOYED[0]],
    "the same number for another": [ev.DagDeployed(version("sales", 1, 2, 0, 0))],
    "a backfill": [ev.BackfillSubmitted(BackfillRecord(1, "sales", (day(0),)))],
    "one of another DAG": [ev.BackfillSubmitted(BackfillRecord(1, "stock", (day(0),)))],
    "one that is complete": [ev.BackfillSubmitted(BackfillRecord(1, "sales", (day(0),), completed=True))],
    "later": [ev.TimePassed(0, day(0))],
}


def test_fingerprints_differ() -> None:
    """States that rules can tell apart have different fingerprints, also where events are each other's opposites."""
    found = {timeline_of(events).fingerprint: name for name, events in DIFFERENT.items()}
    assert sorted(found.values()) == sorted(DIFFERENT)


SAME: dict[str, tuple[list[ev.Event], list[ev.Event]]] = {
    "deleted twice": (
        [ev.RunCreated(RUN), ev.RunDeleted(RUN)],
        [ev.RunCreated(RUN), ev.RunDeleted(RUN), ev.RunCreated(RUN), ev.RunDeleted(RUN)],
    ),
    "an older run deleted": (
        [ev.RunCreated(RUN), ev.RunCreated(LATER), ev.RunDeleted(RUN)],
        [ev.RunCreated(LATER)],
    ),
    "who overrode it": (
        [ev.RunCreated(RUN), ev.RunOverridden(1, RunState.RUNNING, 7)],
        [ev.RunCreated(RUN), ev.RunOverridden(1, RunState.RUNNING, None)],
    ),
    "completed later": (
        [ev.BackfillSubmitted(BackfillRecord(1, "sales", ())), ev.BackfillCompleted(1), ev.BackfillCompleted(1)],
        [ev.BackfillSubmitted(BackfillRecord(1, "sales", (), completed=True))],
    ),
    "looks and errors": ([ev.Looked("sales"), ev.Raised("sales", "no"), ev.Refused("sales", "trigger", "no")], []),
}


@pytest.mark.parametrize("name", SAME)
def test_fingerprints_are_equal(name: str) -> None:
    """What rules can no longer read does not tell states apart."""
    one, other = SAME[name]
    assert timeline_of(one).fingerprint == timeline_of(other).fingerprint


# ------------------------------------------------------------------------- refusals

TASK = TaskRecord("sales", "load", day(0), 1)
THERE: list[ev.Event] = [
    *DEPLOYED,
    ev.RunCreated(RUN),
    ev.TaskCreated(TASK),
    ev.BackfillSubmitted(BackfillRecord(1, "sales", (day(0),))),
]
UNFIT: dict[str, tuple[ev.Event, str]] = {
    "run exists": (ev.RunCreated(RUN), "run 1 exists already"),
    "run of id 0": (ev.RunCreated(RUN._replace(id=0)), "0 is no run's id"),
    "run of id -1": (ev.RunCreated(RUN._replace(id=-1)), "-1 is no run's id"),
    "link of a missing run": (ev.RunLinked(7, None, 1), "there is no run 7"),
    "link with another previous": (ev.RunLinked(1, 3, None), "the previous of run 1 is None, not 3"),
    "override of a missing run": (ev.RunOverridden(7, RunState.RUNNING, 1), "there is no run 7"),
    "override from another state": (ev.RunOverridden(1, RunState.QUEUED, 2), "run 1 is running, not queued"),
    "move of a missing run": (ev.RunMoved(7, RunState.RUNNING, RunState.FAILED), "there is no run 7"),
    "move from another state": (
        ev.RunMoved(1, RunState.QUEUED, RunState.RUNNING, started=day(3)),
        "run 1 is running, not queued",
    ),
    "take of a missing run": (
        ev.RunTaken(7, (RunKind.MANUAL, "", None), (RunKind.MANUAL, "", 1)),
        "there is no run 7",
    ),
    "take of another kind": (ev.RunTaken(1, (RunKind.MANUAL, "", None), (RunKind.MANUAL, "", 1)), "run 1 is"),
    "delete of a missing run": (ev.RunDeleted(LATER), "there is no run 2"),
    "delete of another record": (ev.RunDeleted(RUN._replace(run_id="other")), "run 1 is"),
    "instance exists": (ev.TaskCreated(TASK), "exists already"),
    "instance without a run (Q30)": (ev.TaskCreated(TASK._replace(task="sum", run=cast("int", None))), "has no run"),
    "adoption of a missing instance": (ev.TaskAdopted(TaskKey("sales", "sum", day(0)), 1, 2), "no task instance"),
    "adoption from another run": (ev.TaskAdopted(TASK.key, 3, 2), "belongs to run 1, not 3"),
    "adoption by no run (Q30)": (ev.TaskAdopted(TASK.key, 1, cast("int", None)), "lose its run to null"),
    "move of a missing instance": (
        ev.TaskMoved(TaskKey("sales", "sum", day(0)), TaskState.NONE, TaskState.QUEUED),
        "no task instance",
    ),
    "move of an instance elsewhere": (
        ev.TaskMoved(TASK.key, TaskState.QUEUED, TaskState.RUNNING),
        "is none, not queued",
    ),
    "delete of a missing instance": (ev.TaskDeleted(TASK._replace(task="sum")), "no task instance"),
    "delete of another instance": (ev.TaskDeleted(TASK._replace(tries=3)), "is TaskRecord"),
    "backfill exists": (ev.BackfillSubmitted(BackfillRecord(1, "stock", ())), "backfill 1 exists already"),
    "missing backfill completed": (ev.BackfillCompleted(2), "there is no backfill 2"),
    "time from elsewhere": (ev.TimePassed(day(1), day(2)), "it is 0"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_unfit_event_is_refused(name: str) -> None:
    """An event that does not fit is an integrity error that names what is there, and changes nothing."""
    event, message = UNFIT[name]
    timeline = timeline_of(THERE)
    with pytest.raises(IntegrityError, match=message):
        timeline.apply(event)
    assert everything(timeline) == everything(timeline_of(THERE))
    for there in reversed(THERE):
        timeline.undo(there)
    assert everything(timeline) == everything(Timeline())


@given(sequences(40), sequences(40))
def test_refusal_changes_nothing(events: list[ev.Event], others: list[ev.Event]) -> None:
    """Events of another history either fit, or are refused and leave no trace, not even for what is undone later."""
    timeline, fitted = timeline_of(events), list(events)
    for event in others:
        before = everything(timeline)
        try:
            timeline.apply(event)
        except IntegrityError:
            assert everything(timeline) == before
        else:
            fitted.append(event)
    for event in reversed(fitted):
        timeline.undo(event)
    assert everything(timeline) == everything(Timeline())


@pytest.mark.parametrize("run", [None, NO_RUN])
def test_built_without_a_run(run: int | None) -> None:
    """An instance built without a run, or for run -1, gets run -1 from outside, with a warning (Q29)."""
    with pytest.warns(UnownedTaskInstanceWarning, match=r"sales\.load has no run, it gets run -1"):
        built = task_instance("sales", "load", day(0), run)
    assert (built.run, built.unowned) == (NO_RUN, "outside")
    timeline_of([ev.TaskCreated(built)])


def test_built_with_a_run() -> None:
    """An instance built for a run belongs to it, and nobody is warned."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        built = task_instance("sales", "load", day(0), 3, state=TaskState.QUEUED)
    assert built == TaskRecord("sales", "load", day(0), 3, TaskState.QUEUED)


# ----------------------------------------------------------------- what events write


def test_run_that_moves() -> None:
    """A run that ends has an end, one that starts again has none, and a new start only where the event has one."""
    timeline = timeline_of([ev.RunCreated(RUN), ev.RunMoved(1, RunState.RUNNING, RunState.FAILED, at=day(2))])
    run = timeline.run(1)
    assert run is not None
    assert (run.started, run.ended) == (None, day(2))
    timeline.apply(ev.RunMoved(1, RunState.FAILED, RunState.RUNNING, started=day(3), at=day(3)))
    assert (run.started, run.ended) == (day(3), None)


def test_run_that_is_overridden_stays_on_record() -> None:
    """An overridden run keeps who overrode it and in which state it was; revived, it is on the timeline again."""
    timeline = timeline_of([ev.RunCreated(RUN), ev.RunOverridden(1, RunState.RUNNING, 2)])
    run = timeline.run(1)
    assert run is not None
    assert (run.state, run.overridden_by, run.state_before) == (RunState.OVERRIDDEN, 2, RunState.RUNNING)
    assert not run.on_timeline
    assert timeline.latest("sales") is None
    timeline.apply(ev.RunMoved(1, RunState.OVERRIDDEN, RunState.QUEUED))
    assert timeline.latest("sales") is run


def test_run_that_becomes_manual_leaves_the_timeline() -> None:
    """A run that is taken as a manual one is live, and no longer on the timeline; its origin stays."""
    taken = ev.RunTaken(1, (RunKind.SCHEDULED, "scheduled", None), (RunKind.MANUAL, "manual", 2))
    timeline = timeline_of([ev.RunCreated(RUN), taken])
    run = timeline.run(1)
    assert run is not None
    assert (run.kind, run.origin, run.version) == (RunKind.MANUAL, RunKind.SCHEDULED, 2)
    assert timeline.latest("sales") is None
    assert timeline.live_at("sales", day(0)) == [run]
    assert timeline.latest_made("sales", RunKind.SCHEDULED) == day(0)


def test_tries_are_counted_when_a_worker_gets_it() -> None:
    """Each hand-over to a worker is a try: queued, then running is one."""
    key, states = TASK.key, [TaskState.NONE, TaskState.QUEUED, TaskState.RUNNING, TaskState.FAILED, TaskState.RUNNING]
    moves = [ev.TaskMoved(key, before, after) for before, after in pairwise(states)]
    task = timeline_of([ev.TaskCreated(TASK), *moves]).task(key)
    assert task is not None
    assert task.tries == 2


def test_ownership_is_logged() -> None:
    """Each change of hands is on record: from whom, to whom, in which state, when; an owner lost says why."""
    timeline = timeline_of([ev.TaskCreated(TASK), ev.TaskAdopted(TASK.key, 1, NO_RUN, "deleted", at=day(2))])
    assert timeline.ownership_log == [(TASK.key, 1, NO_RUN, TaskState.NONE, day(2))]
    task = timeline.task(TASK.key)
    assert task is not None
    assert (task.run, task.unowned) == (NO_RUN, "deleted")
