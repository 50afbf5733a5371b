"""Choices: one source of what is undetermined, and what was taken is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runline.model.errors import RunlineError
from runline.simulator.choices import Choice, Noted, Recorded, Seeded

questions = st.lists(st.tuples(st.sampled_from(("how it ends", "who goes on")), st.integers(1, 5)), max_size=20)


@given(st.integers(0, 1000), questions)
def test_recorded_choices_are_those_that_were_made(seed: int, asked: list[tuple[str, int]]) -> None:
    """Who asks the same questions of what was noted gets the same answers, each within its options."""
    noted = Noted(Seeded(seed))
    taken = [noted.choose(label, options) for label, options in asked]
    again = Noted(Recorded(noted.made))
    assert [again.choose(label, options) for label, options in asked] == taken
    assert all(0 <= each < options for each, (_, options) in zip(taken, asked, strict=True))


def test_a_seed_means_the_same_on_every_machine() -> None:
    """The first choices of a seed are these, whatever the machine and the version of Python."""
    assert [Seeded(7).choose("which", 10) for _ in range(3)] == [3, 3, 3]
    seeded = Seeded(7)
    assert [seeded.choose("which", 10) for _ in range(6)] == [3, 1, 6, 0, 5, 3]


def test_where_there_is_one_option_nothing_is_asked() -> None:
    """A choice of one is not noted, so that it needs no answer later."""
    noted = Noted(Seeded(0))
    assert noted.choose("which", 1) == 0
    assert noted.made == []


def test_another_question_than_was_recorded_is_an_error() -> None:
    """A history that asks otherwise than it did is told, with the place of the choice."""
    recorded = Recorded([Choice("how it ends", 2, 1)])
    with pytest.raises(RunlineError, match="choice 0 was 'how it ends' of 2, now it is 'who goes on' of 3"):
        recorded.choose("who goes on", 3)
    assert recorded.choose("how it ends", 2) == 1
    with pytest.raises(RunlineError, match="not recorded"):
        recorded.choose("how it ends", 2)
