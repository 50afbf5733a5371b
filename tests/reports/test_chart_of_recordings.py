"""The picture of a recorded state: what was found there, and what only the steps before it show."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from runline.evidence.check import Checked, check
from runline.evidence.read import read_histories
from runline.model.errors import RunlineError
from runline.model.states import RunState
from runline.reports.chart import draw
from runline.reports.picture import picture_of, remarks
from tests.reports.charting import marks, told

RECORDINGS = Path(__file__).parents[2] / "recordings"


@cache
def _checked(tree: str, name: str) -> Checked:
    return next(check(history) for history in read_histories([str(RECORDINGS / tree)]) if history.name == name)


def test_splice_into_the_overridden_run() -> None:
    """A run spliced onto an overridden one: its arrow is wrong, and dashed where it should lead; the override is told."""
    picture = picture_of(_checked("pr", "A1_override_last_then_sched_dop"), 2)
    assert picture.title == "pr / A1_override_last_then_sched_dop after step 2: tick x6"
    assert picture.state.runs[2].overridden_by == 3
    first = remarks(picture)[0]
    assert (first.law, first.links, first.wanted) == ("previous-is-predecessor", (4,), ((4, 3),))
    assert [law for law, _ in first.fallen] == ["previous-is-live"]
    drawn = marks(draw(picture))
    assert drawn["wrong-run-4"] == drawn["wanted-4"] == drawn["previous-4"] == 1


def test_cycle_is_marked_whole() -> None:
    """A cycle of previous: every run and arrow of it is marked, and it is told with the law that it falls with."""
    picture = picture_of(_checked("pr", "R39b_delete_overridden-nodop"), 3)
    first = remarks(picture)[0]
    assert set(first.runs) == set(first.links) == {3, 4}
    assert "never ends: 3 to 4 to 3" in told(draw(picture))


def test_revived_run_tells_what_it_was() -> None:
    """A run that was overridden and is live again is marked, and says by whom it had been overridden."""
    picture = picture_of(_checked("pr", "E1_override_then_clear"), 3)
    assert picture.state.runs[2].state is RunState.RUNNING
    axes = draw(picture)
    assert marks(axes)["wrong-run-2"] == 1
    assert "was overridden by 4" in told(axes)


def test_what_is_still_broken_says_since_when() -> None:
    """A state law broken at an earlier step and not mended since is told with that step; a mended one is not told."""
    checked = _checked("pr", "S15_backfill_range")
    assert remarks(picture_of(checked, 2))[0].note == "since step 1"
    assert remarks(picture_of(checked, 1))[0].note == ""
    assert remarks(picture_of(checked, 0)) == ()


def test_pictures_can_keep_to_some_laws() -> None:
    """Asked for some laws, a picture has their findings and those that they fall with, no others."""
    checked = _checked("pr", "A1_override_last_then_sched_dop")
    laws = {found.law for found in picture_of(checked, 2, laws=["previous-is-live"]).findings}
    assert laws == {"previous-is-live", "previous-is-predecessor"}


def test_unaligned_start_shows_the_first_tick() -> None:
    """A first run off the schedule: its date is marked as such, and so is the tick that it should have had."""
    axes = draw(picture_of(_checked("base", "E3_clog"), 0))
    assert {"off the schedule", "first tick"} <= set(told(axes).splitlines())


def test_step_that_is_not_there() -> None:
    """Asking for a step that a recording does not have is an error that says which it has."""
    with pytest.raises(RunlineError) as caught:
        picture_of(_checked("base", "E3_clog"), 99)
    assert "from 0 to" in str(caught.value.remedy)
