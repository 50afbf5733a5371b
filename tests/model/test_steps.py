from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from runline.model.events import Looked
from runline.model.steps import Commit, Outcome, Step, Wait, at_rest, rests_on, under_way
from runline.model.timeline import Timeline
from runline.model.view import TimelineView


class Look(NamedTuple):
    """A scheduler that looks for ever."""

    dag: str

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Look once more."""
        return Commit((Looked(self.dag),), self)


@under_way
@dataclass(frozen=True)
class Hold:
    """The middle of something, for which a run was read."""

    run: int

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Wait."""
        return Wait("a lock")

    @property
    def rests_on(self) -> frozenset[int]:
        """The run."""
        return frozenset({self.run})


def test_steps_are_values() -> None:
    """Steps of the same parts are equal and hash alike; anything callable of that kind is a step."""
    assert Look("sales") == Look("sales") != Look("stock")
    assert hash(Hold(1)) == hash(Hold(1))
    assert isinstance(Look("sales"), Step)
    assert isinstance(Hold(1), Step)
    assert not isinstance("sales", Step)


def test_a_step_changes_nothing() -> None:
    """Called, a step says what happens; only applying its events lets it happen."""
    timeline, step = Timeline(), Look("sales")
    assert step(timeline) == Commit((Looked("sales"),), step)
    assert timeline.fingerprint == Timeline().fingerprint


def test_at_rest() -> None:
    """A process is at rest when it has ended, or stands before a step that begins something; else it is under way."""
    assert at_rest(None)
    assert at_rest(Look("sales"))
    assert not at_rest(Hold(1))


def test_rests_on() -> None:
    """A step rests on the runs that it names, and on none if it names none."""
    assert rests_on(Hold(3)) == {3}
    assert rests_on(Look("sales")) == frozenset()
    assert rests_on(None) == frozenset()
