"""What a search keeps of states in flat arrays, held against dictionaries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runline.explorer.flat import Marks, Numbers

FINGERPRINTS = st.one_of(st.integers(0, 20), st.integers(0, (1 << 64) - 1), st.integers(0, 20).map(lambda n: n << 40))
"""Few and small ones, that meet again; any; and some that all want the same slot."""


@given(st.lists(FINGERPRINTS))
def test_numbers_are_those_of_a_dictionary(fingerprints: list[int]) -> None:
    """A fingerprint gets the next number when it comes, and keeps it."""
    numbers, expected = Numbers(), dict[int, int]()
    for fingerprint in fingerprints:
        assert numbers.number(fingerprint) == expected.setdefault(fingerprint, len(expected))
    assert list(numbers) == list(numbers.fingerprints) == list(expected)
    assert len(numbers) == len(expected)


def test_numbers_of_many() -> None:
    """The table grows with what is in it, and takes up twenty-four bytes of each at most, once there are many."""
    numbers = Numbers()
    many = [(number * 0x9E3779B97F4A7C15) % (1 << 64) for number in range(20_000)]
    assert [numbers.number(fingerprint) for fingerprint in many] == list(range(20_000))
    assert [numbers.number(fingerprint) for fingerprint in many] == list(range(20_000))
    assert list(numbers) == many
    assert numbers.size <= 24 * 20_000


@given(
    st.lists(st.tuples(st.integers(0, 30), st.one_of(st.integers(0, 3), st.integers(0, 1 << 80)))), st.integers(0, 80)
)
def test_marks_are_those_of_a_dictionary(given_marks: list[tuple[int, int]], bit: int) -> None:
    """The last mark of a state holds, whichever came first; nothing holds of others."""
    marks, expected = Marks(), dict[int, int]()
    for state, bits in given_marks:
        marks.mark(state, bits)
        expected[state] = bits
    held = {state: bits for state, bits in sorted(expected.items()) if bits}
    assert list(marks.items()) == list(held.items())
    assert [marks[state] for state in range(40)] == [held.get(state, 0) for state in range(40)]
    assert list(marks.having(bit)) == [state for state, bits in held.items() if bits >> bit & 1]


def test_marks_that_are_equal() -> None:
    """Marks are equal where the same holds of the same states, in whatever order that was said."""
    first, second = Marks(), Marks()
    first.mark(3, 1)
    first.mark(5, 2)
    second.mark(5, 2)
    assert first != second
    second.mark(3, 1)
    assert first == second
