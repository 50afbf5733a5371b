"""The chain in plain tuples, held against the chain on Runline's own events, step by step."""

from __future__ import annotations

import pytest

from benchmarks.chain import Pick, Read, Scope
from benchmarks.plain_chain import PlainChain
from runline.explorer.processes import Processes
from runline.invariants.monitor import Monitor
from runline.invariants.runs import single_live_run
from runline.model.timeline import Timeline


def on_events(dates: int, backfills: int, most: int) -> Processes:
    """The model on Runline's own timeline."""
    scope, todo = Scope(dates, most), tuple(range(1, dates + 1))
    return Processes(Monitor(Timeline(), [single_live_run]), [Read(scope), *[Pick(scope, todo)] * backfills])


def pairs(plain: PlainChain, real: Processes, known: dict[int, int]) -> None:
    """Go through both at once, and pair the states in which they are."""
    if plain.fingerprint in known:
        assert known[plain.fingerprint] == real.fingerprint
        return
    known[plain.fingerprint] = real.fingerprint
    assert (plain.broken(), plain.at_rest()) == (real.broken(), real.at_rest())
    moves, others = plain.moves(), real.moves()
    assert len(moves) == len(others)
    for move, other in zip(moves, others, strict=True):
        assert (plain.do(move), real.do(other)) == (plain.fingerprint, real.fingerprint)
        pairs(plain, real, known)
        plain.undo()
        real.undo()


@pytest.mark.parametrize("size", [(2, 0, 3), (2, 1, 4), (3, 1, 6), (3, 1, 4), (2, 2, 4), (1, 3, 3)], ids=str)
def test_both_do_the_same(size: tuple[int, int, int]) -> None:
    """Each state of one is one state of the other, with as many moves, in which as much is broken and under way."""
    known: dict[int, int] = {}
    pairs(PlainChain(*size), on_events(*size), known)
    assert len({*known.values()}) == len(known)
