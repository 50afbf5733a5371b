"""What TLC is told and what it says, without TLC."""

from __future__ import annotations

import pytest

from benchmarks.tlc import MODEL, Counted, config, counted

PRINTED = """\
Model checking completed. No error has been found.
48703 states generated, 39265 distinct states found, 0 states left on queue.
The depth of the complete state graph search is 25.
Finished in 02s
"""


def test_size_is_told_as_a_configuration() -> None:
    """Dates and backfills are sets written out, and every constant of the model gets a value."""
    assert config(3, 2, 9).splitlines() == [
        "SPECIFICATION Spec",
        "CONSTANTS",
        "  Dates = {1, 2, 3}",
        "  Backfills = {1, 2}",
        "  MaxRuns = 9",
        "INVARIANT TypeOK",
    ]
    assert "CONSTANTS Dates, Backfills, MaxRuns" in MODEL.read_text()


def test_counts_are_read() -> None:
    """The last line of counts is that of the whole search."""
    assert counted(f"1,200 states generated, 7 distinct states found, 5 states left on queue.\n{PRINTED}") == Counted(
        48_703, 39_265, 25
    )


def test_search_that_did_not_end_counts_nothing() -> None:
    """Where TLC fails, what it printed is told."""
    with pytest.raises(SystemExit, match="java: not found"):
        counted("java: not found")
