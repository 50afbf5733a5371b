from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runline.model import rows
from runline.model.rows import DateIndex

BLOCKS = [2, 3, 512]
"""How many dates a block holds: so few that blocks come and go all the time, and as many as they do."""
dates = st.integers(-12, 12)


def check(index: DateIndex, kept: Counter[int]) -> None:
    """An index answers as the bag of dates does, and no block is empty beside others."""
    there = sorted(kept)
    assert [date for block in index.blocks for date in block] == there
    assert index.latest() == max(there, default=None)
    assert all(index.blocks) or len(index.blocks) == 1
    for date in range(-14, 15):
        assert index.before(date) == max((other for other in there if other < date), default=None)
        assert index.after(date) == min((other for other in there if other > date), default=None)


@pytest.mark.parametrize("size", BLOCKS)
@given(changes=st.lists(st.tuples(st.booleans(), dates), max_size=60))
def test_index_is_a_sorted_bag(size: int, changes: list[tuple[bool, int]]) -> None:
    """However dates come and go, an index knows which are there, which is the latest, and what lies beside any date."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_BLOCK", size)
        index, kept = DateIndex(), Counter[int]()
        for add, date in changes:
            if add:
                index.add(date)
                kept[date] += 1
            elif kept[date]:
                index.discard(date)
                kept[date] -= 1
            kept += Counter()
        check(index, kept)
