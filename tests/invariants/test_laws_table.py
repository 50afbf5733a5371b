"""The table of laws: what every law must say of itself."""

from __future__ import annotations

import re
from itertools import product

import pytest

from runline.invariants.law import Context, Kind, Law, MemoryLaw, StateLaw, StepLaw
from runline.invariants.laws import ALL_LAWS, EXPLORED_LAWS, LAWS, find_laws, find_simulated_laws
from runline.invariants.memory import OPERATOR
from runline.invariants.sources import cited, sources
from runline.model.errors import RunlineError
from runline.model.events import RunCreated, TaskCreated, TaskMoved
from runline.model.records import RunRecord, TaskKey, TaskRecord
from runline.model.states import RunKind, RunState, TaskState
from runline.model.timeline import Timeline

RULE = re.compile(r"\b([QHMLNUVRPZ]\d+|AIRFLOW-\d+|bugs:|0\.4)")


@pytest.mark.parametrize("law", ALL_LAWS.values(), ids=lambda law: law.id)
def test_law_says_what_and_where_from(law: Law) -> None:
    """Every law is one sentence, names the sentence or rule that it comes from, and implies only laws that exist."""
    assert law.sentence.endswith(".")
    assert RULE.search(law.source), law.source
    assert set(law.implies) <= set(ALL_LAWS)


def test_implied_laws_come_after_the_law_that_implies_them() -> None:
    """Reports lead with the more basic law."""
    order = list(LAWS)
    for law in LAWS.values():
        assert all(order.index(law.id) < order.index(other) for other in law.implies)


def test_state_laws_are_observable_in_snapshots() -> None:
    """A law of one state needs no order of events."""
    assert not any(law.within_step for law in LAWS.values() if law.kind is Kind.STATE)


def test_moves_that_keep_a_law_are_judged_to_keep_it() -> None:
    """Where a law says that a move keeps it whatever else is so, its judge says the same, and knows nothing else."""
    sayers = [(law.judge[TaskMoved], law.kept_by) for law in LAWS.values() if isinstance(law, StepLaw) and law.kept_by]
    assert sayers
    for (judge, kept_by), before, after in product(sayers, TaskState, TaskState):
        judged = judge(TaskMoved(TaskKey("sales", "load", 1), before, after), Timeline(), Context())
        assert (judged is True) == kept_by(before, after), (before, after)


def test_moves_that_silence_a_law_leave_it_nothing_to_say() -> None:
    """Where a law says that it has nothing to say after a move, it says nothing of the instance, whoever owns that."""
    sayers = [law for law in LAWS.values() if isinstance(law, StateLaw) and law.silenced_by]
    assert sayers
    for law, before, after, state in product(sayers, TaskState, TaskState, RunState):
        if law.silenced_by is not None and law.silenced_by(before, after):
            timeline = Timeline()
            timeline.apply(RunCreated(RunRecord(1, "sales", 1, RunKind.SCHEDULED, "r", state)))
            timeline.apply(TaskCreated(TaskRecord("sales", "load", 1, 1, after)))
            assert law.judge(timeline, TaskKey("sales", "load", 1), {}, Context()) is None, (law.id, after, state)


def test_moves_that_a_law_only_forgets_leave_it_nothing_to_say() -> None:
    """Where a law says that it only forgets an instance by a move, it says nothing of that, whoever does it."""
    sayers = [law for law in LAWS.values() if isinstance(law, MemoryLaw) and law.forgets]
    assert sayers
    key = TaskKey("sales", "load", 1)
    for law, before, after, by in product(sayers, TaskState, TaskState, (OPERATOR, "scheduler-1")):
        if law.forgets is not None and law.forgets(before, after):
            event = TaskMoved(key, before, after, by=by)
            assert law.observe[TaskMoved](event, Timeline(), {key: "scheduler-2"}, Context()) == (False, ())


def test_laws_are_found_in_table_order() -> None:
    """Laws asked for by id come in table order, all of them if none is named."""
    assert [law.id for law in find_laws(["task-has-run", "single-live-run"])] == ["single-live-run", "task-has-run"]
    assert [law.id for law in find_laws([])] == list(LAWS)


def test_unknown_law_offers_the_nearest() -> None:
    """A misspelt id is an error that names the nearest one."""
    with pytest.raises(RunlineError) as caught:
        find_laws(["history-keept"])
    assert caught.value.remedy == "did you mean 'history-kept'?"


def test_a_law_of_all_histories_is_none_of_one() -> None:
    """What only an exploration can say is refused where one history is judged, with what to do instead."""
    assert set(EXPLORED_LAWS).isdisjoint(law.id for law in find_simulated_laws([]))
    with pytest.raises(RunlineError, match="progress is a law of all histories") as caught:
        find_simulated_laws(["no-gap", "progress"])
    assert "runline explore" in str(caught.value.remedy)


def test_every_source_that_a_law_names_is_told() -> None:
    """What a law names as its source can be read, and nothing is told that no law names."""
    named = {rule for law in ALL_LAWS.values() for rule in cited(law)}
    assert named == set(sources())
