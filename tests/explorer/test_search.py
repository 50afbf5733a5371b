from __future__ import annotations

from typing import NamedTuple

import pytest

from benchmarks.searched import Found, quickest, searched
from runline.explorer.processes import Processes, commits
from runline.explorer.search import Search
from runline.invariants.monitor import Monitor
from runline.invariants.runs import single_live_run, version_pinned
from runline.model.events import RunCreated, RunOverridden
from runline.model.records import RunRecord
from runline.model.states import RunKind, RunState
from runline.model.steps import Choose, Commit, Outcome, Step, Wait, under_way
from runline.model.timeline import Timeline
from runline.model.view import TimelineView


class Make(NamedTuple):
    """Make a run at date 1, if there are fewer than ``most``; then stand before ``then``."""

    most: int
    then: Step | None

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Make it."""
        run = timeline.last_run_id + 1
        if run > self.most:
            return Wait("enough")
        return Commit((RunCreated(RunRecord(run, "sales", 1, RunKind.SCHEDULED, "", RunState.RUNNING)),), self.then)


@under_way
class Repair(NamedTuple):
    """Override the older of two runs."""

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Override it."""
        live = timeline.live_at("sales", 1)
        return Commit((RunOverridden(live[0].id, live[0].state, live[1].id),), None)


class Either(NamedTuple):
    """One of several steps, or one of those of a choice."""

    steps: tuple[Step, ...]

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Any of them."""
        return Choose("step", dict(enumerate(self.steps)))


def explore(*processes: Step) -> Found:
    """Search for two live runs of one date, and for runs without a version."""
    return searched(lambda reduced: Processes(Monitor(Timeline(), [single_live_run]), processes))


FOUND = [
    # processes; states, states generated, depth, fewest steps to a violation, and to one that lasts
    ([Make(1, None)], (2, 2, 2, None, None)),
    ([Make(1, Make(2, None))], (3, 3, 3, 2, 2)),
    ([Make(1, Make(2, Repair()))], (4, 4, 4, 2, None)),
    ([Make(1, Make(2, Repair())), Make(3, None)], (8, 9, 5, 2, 2)),
    ([Make(2, None), Make(2, None)], (4, 5, 3, 2, 2)),
    ([Either((Make(1, None), Make(0, None)))], (2, 2, 2, None, None)),
    ([Either((Make(1, None), Make(1, Make(2, None))))], (4, 4, 3, 2, 2)),
]


@pytest.mark.parametrize(("processes", "expected"), FOUND)
def test_small_models(processes: list[Step], expected: tuple[int | None, ...]) -> None:
    """The search counts the states, ways and steps that can be counted by hand."""
    found = explore(*processes)
    assert (
        found.distinct_states,
        found.generated,
        found.depth,
        found.passing_violation_steps,
        found.lasting_violation_steps,
    ) == expected


def test_law_of_events_lasts() -> None:
    """What one event breaks is broken by the step that lets it happen, wherever that step leads, and for ever."""
    processes = [Make(1, Make(2, Make(3, None)))]
    found = searched(lambda reduced: Processes(Monitor(Timeline(), [version_pinned]), processes, reduced))
    assert (found.passing_violation_steps, found.lasting_violation_steps) == (1, 1)


def test_choices_within_choices() -> None:
    """All options of a choice are open, those of a choice among them too; one that waits is none."""
    timeline = Timeline()
    choice = Either((Make(1, None), Either((Make(1, Make(2, None)), Make(0, None)))))
    assert [commit.then for commit in commits(choice(timeline), timeline)] == [None, Make(2, None)]
    assert list(commits(Wait("nothing"), timeline)) == []


def test_search_leaves_nothing_behind() -> None:
    """After a search all events were undone, and all processes stand where they stood."""
    model = Processes(Monitor(Timeline(), [single_live_run]), [Make(1, Make(2, Repair())), Make(3, None)])
    Search(model).run()
    assert model.monitor.timeline.fingerprint == Timeline().fingerprint
    assert model.monitor.applied == 0
    assert model.processes == [Make(1, Make(2, Repair())), Make(3, None)]


def test_quickest() -> None:
    """A model is searched again while that fits into the budget, at least once, and the quickest search counts."""
    seconds = iter([0.3, 0.1, 0.2, 0.1, 9.0])
    searches = [Found(1, 1, 1, next(seconds), 9.0, 0, None, None) for _ in range(5)]
    left = iter(searches)
    assert quickest(lambda: next(left), budget=0.75) is searches[1]
    assert next(left) is searches[3]
    assert quickest(lambda: searches[4], budget=0.0) is searches[4]
