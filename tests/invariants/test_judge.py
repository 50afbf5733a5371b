"""Passing and lasting: what is broken only while an operation is under way, and what stays broken."""

from __future__ import annotations

from runline.invariants.judge import Judge
from runline.invariants.law import Context
from runline.invariants.laws import LAWS, find_laws
from runline.invariants.verdict import Status, Verdict
from runline.model.capability import Capability
from runline.model.events import Event, RunCreated, RunMoved, RunOverridden
from runline.model.records import RunRecord
from runline.model.states import RunKind, RunState

RUNNING, OVERRIDDEN = RunState.RUNNING, RunState.OVERRIDDEN


def _made(run: int, kind: RunKind = RunKind.SCHEDULED, previous: int | None = None) -> RunCreated:
    return RunCreated(RunRecord(run, "d", 1, kind, f"{kind}-{run}", RUNNING, previous))


def _judged(*commits: tuple[list[Event], bool], law: str = "single-live-run") -> Verdict:
    judge = Judge(find_laws([law]))
    for step, (events, under_way) in enumerate(commits):
        judge.follow(step, events, under_way=under_way)
    (verdict,) = judge.verdicts()
    return verdict


def test_broken_only_while_an_operation_is_under_way_is_passing() -> None:
    """Insert, then override: two live runs between the two commits, one when the backfill has ended."""
    verdict = _judged(
        ([_made(1)], False),
        ([_made(2, RunKind.BACKFILL)], True),
        ([RunOverridden(1, RUNNING, 2)], False),
    )
    assert verdict.status is Status.PASSING
    assert [(finding.step, finding.lasting) for finding in verdict.findings] == [(1, False)]


def test_broken_when_every_process_is_at_rest_is_lasting() -> None:
    """Insert, and never override: two live runs when the backfill has ended."""
    verdict = _judged(([_made(1)], False), ([_made(2, RunKind.BACKFILL)], True), ([], False))
    assert verdict.status is Status.VIOLATED
    assert [(finding.step, finding.lasting) for finding in verdict.findings] == [(1, True)]


def test_one_commit_at_rest_shows_nothing_in_between() -> None:
    """Insert and override in one commit: there never are two live runs."""
    verdict = _judged(([_made(1)], False), ([_made(2, RunKind.BACKFILL), RunOverridden(1, RUNNING, 2)], False))
    assert verdict.status is Status.HOLDS


def test_passing_then_lasting_is_told_twice() -> None:
    """What passed and came back to stay is two findings, and the law is violated."""
    verdict = _judged(
        ([_made(1)], False),
        ([_made(2, RunKind.BACKFILL)], True),
        ([RunOverridden(1, RUNNING, 2)], False),
        ([RunMoved(1, OVERRIDDEN, RUNNING)], False),
    )
    assert verdict.status is Status.VIOLATED
    assert [(finding.step, finding.lasting) for finding in verdict.findings] == [(1, False), (3, True)]


def test_what_an_event_broke_is_lasting_even_under_way() -> None:
    """A run that left overridden cannot be made not to have left it."""
    verdict = _judged(
        ([_made(1), RunOverridden(1, RUNNING, None)], False),
        ([RunMoved(1, OVERRIDDEN, RUNNING)], True),
        law="overridden-is-final",
    )
    assert verdict.status is Status.VIOLATED
    assert verdict.findings[0].lasting


def test_laws_without_a_true_premise_are_not_exercised() -> None:
    """A law that never had anything to say is not kept, but not exercised."""
    assert _judged(([], False)).status is Status.NOT_EXERCISED
    assert _judged(([_made(1)], False)).status is Status.HOLDS


def test_laws_that_need_more_than_there_is_are_not_applicable() -> None:
    """Without the capability a law does not apply, whatever happens."""
    judge = Judge(context=Context(frozenset({Capability.OVERRIDES})))
    judge.follow(0, [_made(1, previous=7)])
    status = {verdict.law: verdict.status for verdict in judge.verdicts()}
    assert status["previous-is-live"] is Status.NOT_APPLICABLE
    assert status["version-pinned"] is Status.NOT_APPLICABLE
    assert status["single-live-run"] is Status.HOLDS


def test_laws_of_order_are_not_observable_where_the_order_is_not_known() -> None:
    """Where the events of a commit are not in their true order, laws that need it are not observable."""
    judge = Judge(in_order=False)
    judge.follow(0, [_made(1)])
    unseen = {verdict.law for verdict in judge.verdicts() if verdict.status is Status.NOT_OBSERVABLE}
    assert unseen == {law.id for law in LAWS.values() if law.within_step}


def test_more_basic_law_is_named_with_what_falls_with_it() -> None:
    """A dangling previous breaks two laws; the one that implies the other leads."""
    judge = Judge(find_laws(["previous-is-predecessor", "previous-is-live"]))
    judge.follow(0, [_made(1, previous=7)])
    assert {finding.law: finding.known_by for finding in judge.findings()} == {
        "previous-is-predecessor": "",
        "previous-is-live": "previous-is-predecessor",
    }
