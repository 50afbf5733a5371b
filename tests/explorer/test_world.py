"""The world of an exploration: its states are told apart rightly, it goes back to where it was, and what is proved in it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

import pytest

from runline.designs.catalog import find_design
from runline.explorer.explore import Exploration, explore
from runline.explorer.question import explorable
from runline.explorer.search import Limits, Search
from runline.explorer.world import World
from runline.invariants.laws import LAWS
from runline.invariants.verdict import Status
from runline.model.errors import RunlineError
from runline.model.states import RunState
from runline.simulator.scenario import Scenario
from tests.explorer.test_histories_are_paths import BACKFILL, SCENARIOS, STEPS, TASK, processes
from tests.simulator.building import act, scenario

ALL = tuple(explorable(()))


def world_of(given: Scenario, design: str = "coherent", crashes: int = 0) -> World:
    return World(given, find_design(design), ALL, crashes=crashes)


AUDIT = {"ended", "overridden_by", "state_before"}


def written(value: Any) -> str:
    """A value with the types of its parts, the same whatever the order in which a set was put together."""
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(map(written, value)))}}}"
    if isinstance(value, tuple):
        return f"{type(value).__name__}({','.join(map(written, value))})"
    return repr(value)


def whole_state(world: World) -> str:
    """All that a rule, a law or a process can still read, written out."""
    timeline = world.timeline
    runs = [{k: v for k, v in run.record()._asdict().items() if k not in AUDIT} for run in timeline.runs()]
    failed = [(run.id, run.ended) for run in timeline.runs() if timeline.ends and run.state is RunState.FAILED]
    tasks = sorted(task.record() for task in timeline.tasks())
    slots = sorted((written(place), written(value)) for place, value in world.slots.items())
    memory = [(law.id, sorted(map(written, world.monitor.memory(law.id).items()))) for law in world.monitor.laws]
    rest = timeline.now, timeline.last_run_id, timeline.backfills(), [timeline.paused(dag) for dag in timeline.dags()]
    return repr((runs, failed, tasks, slots, memory, rest, [timeline.versions(dag) for dag in timeline.dags()]))


def all_states(world: World) -> tuple[set[str], int]:
    """Breadth first by going each way from the start anew; states are told apart by all that there is, written out."""
    seen, queue, transitions = {whole_state(world)}, deque([[0] * 0]), 0
    while queue:
        way = queue.popleft()
        for place in way:
            world.do(world.moves()[place])
        for place, move in enumerate(world.moves()):
            world.do(move)
            transitions += 1
            state = whole_state(world)
            if state not in seen:
                seen.add(state)
                queue.append([*way, place])
            world.undo()
        for _ in way:
            world.undo()
    return seen, transitions


SMALL = {
    "a scheduler": scenario(processes(**STEPS), last=3),
    "two schedulers and a task that fails sometimes": scenario(
        processes(schedulers=2, **STEPS), last=2, tasks='[dags.sales.tasks.load]\nfails_on = "sometimes"\nretries = 1\n'
    ),
    "a backfill": scenario(BACKFILL + processes(**STEPS), last=3, tasks=TASK),
    "a backfill in chains": scenario(BACKFILL + processes(schedulers=2), last=3, tasks=TASK),
    "acts": SCENARIOS["acts of all kinds"],
    "a run whose time may run out": scenario(
        processes(workers=1, **STEPS),
        last=3,
        dag='dagrun_timeout = "12h"\nmax_active_runs = 1',
        tasks='[dags.sales.tasks.load]\nfails_on = "sometimes"\n',
    ),
}


APART = [
    ("a scheduler", "coherent", 1),
    ("a scheduler", "airflow-2016-04", 1),
    ("two schedulers and a task that fails sometimes", "coherent", 1),
    ("two schedulers and a task that fails sometimes", "airflow-2016-04", 0),
    ("a run whose time may run out", "coherent", 0),
    ("a backfill", "coherent", 0),
    ("a backfill in chains", "coherent", 0),
    pytest.param("a backfill", "coherent", 1, marks=pytest.mark.nightly),
    pytest.param("a backfill", "airflow-2016-04", 0, marks=pytest.mark.nightly),
    pytest.param("a backfill in chains", "coherent", 1, marks=pytest.mark.nightly),
]


@pytest.mark.parametrize(("name", "design", "crashes"), APART)
def test_states_are_told_apart_rightly(name: str, design: str, crashes: int) -> None:
    """There are as many fingerprints as states that differ in anything, and as many moves between them."""
    world = world_of(SMALL[name], design, crashes)
    found = Search(world).run()
    states, transitions = all_states(world)
    assert (found.distinct_states, found.transitions) == (len(states), transitions + 1)


@pytest.mark.parametrize("crashes", [0, 2])
@pytest.mark.parametrize("name", SMALL)
def test_a_world_goes_back_to_where_it_was(name: str, crashes: int) -> None:
    """After a search that was cut off, and after one that was not, all is as before."""
    world = world_of(SMALL[name], crashes=crashes)
    before = whole_state(world), world.fingerprint, world.monitor.applied
    for most in (7, 900):
        Search(world, Limits(max_states=most)).run()
        assert (whole_state(world), world.fingerprint, world.monitor.applied) == before


def broken(found: Exploration) -> dict[str, int | None]:
    return {law: verdict.lasting for law, verdict in found.verdicts.items() if verdict.status is Status.VIOLATED}


TWO_DATES: dict[str, Any] = {"first": 2, "last": 3, "tasks": TASK}


def test_coherent_keeps_its_promises_over_a_complete_scope() -> None:
    """Two schedulers and a backfill over two dates, in every order of their steps: nothing promised breaks."""
    found = explore(scenario(BACKFILL + processes(schedulers=2, **STEPS), **TWO_DATES))
    assert found.found.complete
    assert found.unmet() == []
    assert set(broken(found)) <= set(found.design.gives_up)
    assert found.verdicts["single-live-run"].status is Status.HOLDS
    assert found.verdicts["previous-is-predecessor"].exercised > 0


def test_coherent_keeps_its_promises_where_a_process_dies() -> None:
    """One scheduler and a backfill over two dates, of which one may die between any two steps."""
    found = explore(scenario(BACKFILL + processes(**STEPS), **TWO_DATES), crashes=1)
    assert found.found.complete
    assert found.unmet() == []


def test_old_scheduler_fails_a_run_that_a_backfill_runs_again() -> None:
    """Under the old design a backfill takes instances away from under the scheduler: a run fails without a cause."""
    found = explore(scenario(BACKFILL + processes(**STEPS), **TWO_DATES), "airflow-2016-04")
    assert found.found.complete
    assert list(broken(found)) == ["run-state-agrees"]
    way = found.counterexamples["run-state-agrees"]
    assert way.lasting
    assert len(way.moves) == broken(found)["run-state-agrees"]
    assert way.sentences == ("Run 1 (scheduled 2016-01-01) is a success, though its last task load is none.",)
    assert way.gone.outcome.broken == ["run-state-agrees"]


def test_limits_end_in_unknown() -> None:
    """What was not seen is not proved: a law that holds so far is unknown, one that broke is broken."""
    given = scenario(BACKFILL + processes(**STEPS), **TWO_DATES)
    found = explore(given, limits=Limits(max_states=50))
    assert not found.found.complete
    statuses = {verdict.status for verdict in found.verdicts.values()}
    assert statuses == {Status.UNKNOWN, Status.NOT_APPLICABLE}


def test_what_an_exploration_does_not_know_is_said() -> None:
    """Workers by name are outside the model, and that is an error that says why and what to do instead, not silence."""
    for wrong, instead in (
        (act("clock", "3", process="worker-1", offset="1h"), "the scenario without this action, `runline simulate`"),
        (act("crash", "3", process="worker-1"), "crashes allowed, for then any worker may be lost"),
    ):
        with pytest.raises(RunlineError, match="outside the model: in an exploration any free worker") as caught:
            explore(scenario(wrong, last=3))
        assert (caught.value.key, caught.value.value) == ("actions.0.process", "worker-1")
        assert instead in str(caught.value.remedy)


def test_laws_of_one_history_are_refused() -> None:
    """A law that looks at the end of one history has no verdict over all of them."""
    with pytest.raises(RunlineError, match="no-gap is a law of one history"):
        explorable(["no-gap"])


def test_no_law_listens_to_what_is_not_asked() -> None:
    """Only the law that was asked for has a verdict."""
    found = explore(SMALL["a scheduler"], laws=explorable(["single-live-run"]))
    assert list(found.verdicts) == ["single-live-run"]
    assert "single-live-run" in LAWS


def test_torn_splice_is_what_a_strict_isolation_repairs() -> None:
    """A scheduler that reads in one step and inserts in the next doubles what a backfill makes, unless it is kept apart."""
    torn = replace(find_design("coherent"), splice_is_atomic=False)
    backfill = act("backfill", "3", from_="2", to="2")
    for isolation, breaks in (("read committed", True), ("repeatable read", True), ("serializable", False)):
        given = scenario(backfill + processes(isolation=isolation, **STEPS), **TWO_DATES)
        found = explore(given, torn)
        assert found.found.complete
        assert ("single-live-run" in broken(found)) is breaks, isolation
        if breaks:
            way = found.counterexamples["single-live-run"]
            assert way.lasting
            assert "2 live runs" in way.sentences[0]
            assert way.gone.taken[-1].by in ("scheduler-1", "backfill-1")
