"""The reductions on the chain, held against a plain restatement in which states are written out canonically."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from benchmarks.chain import explore
from runline.explorer.reductions.reduction import ALL, Reduction
from runline.invariants.laws import LAWS

Run = tuple[int, int, int | None, bool]
"""Id, date, previous, live."""


class Plain(NamedTuple):
    """A state: runs in order of creation, the scheduler, the backfills."""

    runs: tuple[Run, ...]
    scheduler: tuple[Any, ...]
    backfills: tuple[tuple[Any, ...], ...]


def following(state: Plain, dates: int, most: int) -> Iterator[Plain]:
    """Where one step leads: the model of the benchmark, in other words."""
    runs, scheduler, backfills = state
    live = {date: run for run, date, _, is_live in reversed(runs) if is_live}
    new = len(runs) + 1
    if scheduler:
        if new <= most:
            yield state._replace(runs=(*runs, (new, *scheduler, True)), scheduler=())
    elif max(live, default=0) < dates and new <= most:
        newest = max(live, default=0)
        yield state._replace(scheduler=(newest + 1, live.get(newest)))
    for place, backfill in enumerate(backfills):
        for now, one in steps(backfill, runs, live, new <= most):
            yield Plain(now, scheduler, (*backfills[:place], one, *backfills[place + 1 :]))


def steps(
    backfill: tuple[Any, ...], runs: tuple[Run, ...], live: dict[int, int], may_insert: bool
) -> Iterator[tuple[tuple[Run, ...], tuple[Any, ...]]]:
    """What one backfill may do: the runs then, and where it stands."""
    stage, todo, date, before, after, here, own = backfill
    new = len(runs) + 1
    if stage == 0:
        for picked in todo:
            earlier = max((other for other in live if other < picked), default=0)
            later = min((other for other in live if other > picked), default=0)
            left = tuple(other for other in todo if other != picked)
            yield runs, (1, left, picked, live.get(earlier), live.get(later), live.get(picked), None)
    elif stage == 1 and may_insert:
        yield (*runs, (new, date, before, True)), (2, todo, date, before, after, here, new)
    elif stage == 2:
        now = tuple((run, at, link, is_live and run != here) for run, at, link, is_live in runs)
        yield now, (3, todo, date, before, after, here, own)
    elif stage == 3:
        now = tuple((run, at, own if run == after else link, is_live) for run, at, link, is_live in runs)
        yield now, (0, todo, 0, None, None, None, None)


def canonical(state: Plain, reductions: frozenset[Reduction]) -> Any:
    """The same for all states that are not told apart."""
    names: dict[int | None, Any] = {None: None}
    for run, date, _, _ in state.runs:
        at_date = sum(other[1] == date and other[0] <= run for other in state.runs)
        names[run] = (date, at_date) if Reduction.RUN_IDS in reductions else run
    links = dict.fromkeys(names) if Reduction.UNREAD_FIELDS in reductions else names
    runs = sorted((names[run], date, links[previous], is_live) for run, date, previous, is_live in state.runs)
    scheduler = state.scheduler and (state.scheduler[0], links[state.scheduler[1]])
    backfills = [
        (stage, todo, date, links[before], links[after], names[here], names[own])
        for stage, todo, date, before, after, here, own in state.backfills
    ]
    return repr(
        (runs, scheduler, sorted(backfills, key=repr) if Reduction.ALIKE_PROCESSES in reductions else backfills)
    )


def states(dates: int, backfills: int, most: int, reductions: frozenset[Reduction]) -> int:
    """How many states there are that are told apart."""
    first = Plain((), (), ((0, tuple(range(1, dates + 1)), 0, None, None, None, None),) * backfills)
    seen, ahead = {canonical(first, reductions)}, [first]
    while ahead:
        for state in following(ahead.pop(), dates, most):
            written = canonical(state, reductions)
            if written not in seen:
                seen.add(written)
                ahead.append(state)
    return len(seen)


EXACT = (Reduction.RUN_IDS, Reduction.UNREAD_FIELDS, Reduction.ALIKE_PROCESSES)


@pytest.mark.parametrize("reductions", [{}, *([each] for each in EXACT), EXACT[:2], EXACT], ids=" ".join)
@pytest.mark.parametrize("size", [(2, 1, 4), (3, 1, 6), (2, 2, 4)], ids=str)
def test_as_many_states_as_canonical_ones(size: tuple[int, int, int], reductions: tuple[Reduction, ...]) -> None:
    """With each reduction there are just as many states as differ when written out without what is not told apart."""
    assert explore(*size, reductions).distinct_states == states(*size, frozenset(reductions))


@pytest.mark.parametrize("reductions", [*([each] for each in sorted(ALL)), sorted(ALL)], ids=" ".join)
@pytest.mark.parametrize("size", [(2, 1, 4), (3, 1, 6), (2, 2, 4)], ids=str)
def test_same_shortest_violations(size: tuple[int, int, int], reductions: list[Reduction]) -> None:
    """No reduction changes how many steps lead to a violation that can be seen, or to one that lasts."""
    found, whole = explore(*size, reductions), explore(*size)
    assert found.passing_violation_steps == whole.passing_violation_steps
    assert found.lasting_violation_steps == whole.lasting_violation_steps
    assert found.distinct_states <= whole.distinct_states


FACTORS = [
    # dates, backfills, runs at most, states without and with reductions
    (3, 1, 6, 2_925, 777),
    (4, 1, 8, 39_265, 4_067),
    (2, 2, 6, 52_256, 2_403),
    pytest.param(5, 1, 10, 608_034, 20_378, marks=pytest.mark.nightly),
    pytest.param(3, 2, 9, 12_508_447, 53_872, marks=pytest.mark.nightly),
]


@pytest.mark.parametrize(("dates", "backfills", "runs", "whole", "few"), FACTORS)
def test_tenfold(dates: int, backfills: int, runs: int, whole: int, few: int) -> None:
    """All reductions together leave a fifth of the states of a small model, and less than a tenth of a larger one."""
    found = explore(dates, backfills, runs, ALL)
    assert found.distinct_states == few
    assert (found.passing_violation_steps, found.lasting_violation_steps) == (4, 6)
    assert whole >= (10 if whole > 50_000 else 3) * few


ALL_LAWS_ON = [
    # dates, backfills, runs at most, states without and with reductions
    (2, 1, 4, 248, 182),
    (3, 1, 6, 2_925, 1_481),
    (4, 1, 8, 39_265, 11_389),
    (2, 2, 6, 52_256, 8_536),
    pytest.param(5, 1, 10, 608_034, 85_251, marks=pytest.mark.nightly),
]


@pytest.mark.parametrize(("dates", "backfills", "runs", "whole", "few"), ALL_LAWS_ON)
def test_threefold_under_all_laws(dates: int, backfills: int, runs: int, whole: int, few: int) -> None:
    """Where laws read `previous` too, reductions leave a third of the states of a larger model, and change no verdict."""
    found = explore(dates, backfills, runs, ALL, laws=LAWS.values())
    assert found.distinct_states == few
    if whole < 5_000:
        plain = explore(dates, backfills, runs, laws=LAWS.values())
        assert plain.distinct_states == whole
        assert plain.lasting_violation_steps == found.lasting_violation_steps
    else:
        assert whole >= 3 * few
