"""The splice of the proposal, whole or cut: the same where nobody comes in between, and other commits in the midst."""

from __future__ import annotations

from itertools import islice

import pytest

from runline.model.events import (
    BackfillSubmitted,
    Looked,
    RunCreated,
    RunLinked,
    RunOverridden,
    TaskAdopted,
    TaskCreated,
)
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from runline.testing.find import generated
from tests.simulator.building import act, scenario

CUT = ("transaction", "parts")


def simulated(given: Scenario, splice: str, **options: str) -> Outcome:
    """What comes of a scenario with the splice whole or cut, if chains of steps run through."""
    processes = given.processes.model_copy(update={"interleave": "atomic"})
    designs = {"coherent": {"splice": splice, **options}}
    return simulate(given.model_copy(update={"processes": processes, "designs": designs}), max_events=20_000)


def told(outcome: Outcome) -> list[object]:
    """All events in their order, but for looks."""
    return [event for entry in outcome.trace for event in entry.events if not isinstance(event, Looked)]


@pytest.mark.parametrize("splice", CUT)
def test_a_cut_splice_comes_to_the_same(splice: str) -> None:
    """Where a chain of steps runs through, the same events happen in the same order, over generated histories."""
    spliced = 0
    for given in islice(generated(30, 0, 2, 5), 30):
        whole, cut = simulated(given, "whole"), simulated(given, splice)
        assert told(cut) == told(whole)
        spliced += sum(isinstance(event, BackfillSubmitted) for event in told(whole))
    assert spliced > 5


def commits_of_job(splice: str) -> list[list[type]]:
    """What a backfill of the second of three days commits, commit by commit, until its instances are sent."""
    outcome = simulated(scenario(act("backfill", "5", from_="2", to="2")), splice)
    entries = [entry for entry in outcome.trace if entry.by == "backfill-1"]
    return [list(dict.fromkeys(map(type, entry.events))) for entry in entries][1:]


def test_the_parts_are_commits_of_their_own() -> None:
    """The run is inserted, the old one overridden, the instances handed over, the next run relinked, one by one."""
    assert commits_of_job("parts")[:4] == [[RunCreated], [RunOverridden], [TaskAdopted], [RunLinked]]
    for splice in ("whole", "transaction"):
        assert commits_of_job(splice)[0][:4] == [RunCreated, RunOverridden, TaskAdopted, RunLinked]


def test_what_is_missing_comes_last() -> None:
    """At a date that has no run, the instances come in a commit after the run."""
    given = scenario(act("backfill", "2@06", from_="1@12", to="1@12"), schedule="none")
    outcome = simulated(given, "parts")
    entries = [list(map(type, entry.events)) for entry in outcome.trace if entry.by == "backfill-1"]
    assert entries[1:3] == [[RunCreated], [TaskCreated]]


def test_backfills_may_be_under_way_together() -> None:
    """By default the second waits until the first has ended; where it does not, both are under way."""
    both = act("backfill", "2@06", from_="1", to="1") + act("backfill", "2@06", from_="2", to="2")
    slow = '[dags.sales.tasks.load]\nduration = "2h"\n'
    given = scenario(both, schedule="none", tasks=slow)
    for turn, made in (("one at a time", 1), ("together", 2)):
        outcome = simulated(given, "whole", backfills=turn)
        created = [event.at for event in told(outcome) if isinstance(event, RunCreated)]
        assert sum(at == created[0] for at in created) == made
