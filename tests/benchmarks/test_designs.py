from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import designs
from benchmarks.designs import SCENARIOS, Pace, line, pace, paces


def test_all_of_a_scope_is_searched() -> None:
    """Without reductions, each state of a scope is come to, under all laws."""
    found = pace(SCENARIOS / "limit-beside-another-dag.toml", "coherent")
    assert (found.scope, found.design, found.states) == ("limit-beside-another-dag", "coherent", 123)
    assert found.moves > found.states
    assert found.rate > 0


def test_scopes_with_few_moves_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are few moves, the time is that of the start and says nothing of the pace."""
    monkeypatch.setattr(designs, "DESIGNS", ("few", "many"))
    monkeypatch.setattr(
        designs, "pace", lambda path, design: Pace(path.stem, design, 1, 9 if design == "few" else 10, 2.0)
    )
    found = list(paces(fewest=10))
    assert [each.design for each in found] == ["many"] * len([*Path(SCENARIOS).glob("*.toml")])
    assert line(found[0]).endswith("10 moves           5 a second")
