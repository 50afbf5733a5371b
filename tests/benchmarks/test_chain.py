from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks.chain import explore, explore_plain

TLC = [
    # dates, backfills, runs at most, states generated, distinct states, depth
    (2, 1, 4, 308, 248, 13),
    (3, 1, 6, 3_655, 2_925, 19),
    (4, 1, 8, 48_703, 39_265, 25),
    (2, 2, 6, 97_791, 52_256, 21),
    pytest.param(5, 1, 10, 746_792, 608_034, 31, marks=pytest.mark.nightly),
]


@pytest.mark.parametrize(("dates", "backfills", "runs", "generated", "distinct", "depth"), TLC)
def test_counts_are_those_of_tlc(
    dates: int, backfills: int, runs: int, generated: int, distinct: int, depth: int
) -> None:
    """The search finds just the states that TLC finds in the model, and as many ways to them: on real events, and plain."""
    for found in explore(dates, backfills, runs), explore_plain(dates, backfills, runs):
        assert (found.generated, found.distinct_states, found.depth) == (generated, distinct, depth)


@pytest.mark.parametrize(("dates", "backfills", "runs"), [row[:3] for row in TLC[:4] if isinstance(row, tuple)])
def test_shortest_violations(dates: int, backfills: int, runs: int) -> None:
    """Two live runs of one date can be seen after four steps; they last after six, with every process at rest."""
    for found in explore(dates, backfills, runs), explore_plain(dates, backfills, runs):
        assert (found.passing_violation_steps, found.lasting_violation_steps) == (4, 6)


def test_no_backfill_no_violation() -> None:
    """A scheduler alone walks through its dates, two steps for each, and breaks nothing."""
    found = explore(3, 0, 6)
    assert (found.distinct_states, found.generated, found.depth) == (7, 7, 7)
    assert (found.passing_violation_steps, found.lasting_violation_steps) == (None, None)


def test_command_prints_json() -> None:
    """The command prints one JSON object of what was found, and nothing else."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.chain",
        "--dates",
        "2",
        "--backfills",
        "1",
        "--max-runs",
        "4",
        "--no-reduction",
    ]
    printed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert 0 < printed.pop("seconds") < printed.pop("verdict_seconds")
    assert printed.pop("bytes_a_state") >= 0
    assert printed == {
        "distinct_states": 248,
        "generated": 308,
        "depth": 13,
        "passing_violation_steps": 4,
        "lasting_violation_steps": 6,
    }
