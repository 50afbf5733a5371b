"""The chain in plain tuples: the TLA+ model action by action, as anybody may write a model for the explorer's search.

It needs nothing of Runline but the search, so its time is that of the search. ``benchmarks/chain.py`` has the same model
on Runline's own events and timeline, where laws and reductions apply; a test goes through both at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import itemgetter
from typing import Any

from runline.explorer.model import Counts
from runline.model.fingerprint import part

Live = tuple[tuple[int, ...], ...]
"""The ids of the live runs of each date, the least first; there is none at date 0."""
Run = tuple[int, int, int, bool]
"""Id, date, previous (0: none), live."""
Stand = tuple[Any, ...]
"""Where a process stands: the fingerprint of that, the action that comes next, and what that needs to know."""
State = tuple[int, Live, tuple[Run, ...], tuple[Stand, ...]]
"""Its fingerprint, the live runs, all runs, and where the scheduler and the backfills stand."""


@cache
def printed(*values: int) -> int:
    """The fingerprint of a run, which is asked for again and again."""
    return part(*values)


@cache
def stand(place: int, action: Callable[..., None], *known: Any) -> Stand:
    """A process at a place among them, before an action."""
    return part(place, action.__name__, *known), action, *known


@cache
def beside(live: Live, date: int) -> tuple[int, int, int]:
    """The live runs that a backfill of a date sees: before it, after it, and at it; of equals the first, 0 where is none."""
    before = [ids[0] for ids in live[:date] if ids]
    after = [ids[0] for ids in live[date + 1 :] if ids]
    return before[-1] if before else 0, after[0] if after else 0, live[date][0] if live[date] else 0


@cache
def newest(live: Live) -> tuple[int, int]:
    """The date and id of the newest live run, zeros where there is none."""
    return max(((date, ids[0]) for date, ids in enumerate(live) if ids), default=(0, 0))


@cache
def joined(live: Live, date: int, run: int) -> Live:
    """The live runs, with one more."""
    return (*live[:date], (*live[date], run), *live[date + 1 :])


@cache
def parted(live: Live, date: int, run: int) -> Live:
    """The live runs without that one."""
    return (*live[:date], tuple(each for each in live[date] if each != run), *live[date + 1 :])


class PlainChain:
    """The chain as a model that goes forth and back. Its moves are the states that they lead to."""

    laws = ("single-live-run",)
    breached = 0
    went_first = False
    counts: Counts = ()

    def __init__(self, dates: int, backfills: int, max_runs: int) -> None:
        self.dates, self.max_runs = dates, max_runs
        todo = tuple(range(1, dates + 1))
        stands = (
            stand(0, PlainChain.read),
            *(stand(place, PlainChain.pick, todo) for place in range(1, backfills + 1)),
        )
        fingerprint = 0
        for each in stands:
            fingerprint ^= each[0]
        self._here: State = fingerprint, ((),) * (dates + 1), (), stands
        self._past: list[State] = []

    # ---------------------------------------------------------------------- what the search asks

    @property
    def fingerprint(self) -> int:
        """All that tells this state from others."""
        return self._here[0]

    def moves(self) -> list[State]:
        """What each process may do now."""
        here = self._here
        reached: list[State] = []
        for place, each in enumerate(here[3]):
            each[1](self, here, place, each, reached)
        return reached

    def do(self, move: State) -> int:
        """Go there."""
        self._past.append(self._here)
        self._here = move
        return move[0]

    def undo(self) -> None:
        """Go back."""
        self._here = self._past.pop()

    def broken(self) -> int:
        """Whether a date has two live runs."""
        return max(map(len, self._here[1])) > 1

    def at_rest(self) -> bool:
        """Whether every process is about to read or to pick."""
        return _AT_REST.issuperset(map(_action, self._here[3]))

    def stuck(self) -> int:
        """Nothing: processes may all come to an end."""
        return 0

    # ------------------------------------------------------------------------------- the actions

    def read(self, state: State, place: int, here: Stand, reached: list[State]) -> None:
        """The scheduler reads the newest live run, and decides on the next date."""
        _, live, runs, _ = state
        date, previous = newest(live)
        if date < self.dates and len(runs) < self.max_runs:
            reached.append(stepped(state, place, here, stand(place, PlainChain.insert, date + 1, previous)))

    def insert(self, state: State, place: int, here: Stand, reached: list[State]) -> None:
        """The scheduler inserts that run, whatever has happened since."""
        if len(state[2]) < self.max_runs:
            _, _, date, previous = here
            reached.append(inserted(state, place, here, stand(place, PlainChain.read), date, previous))

    def pick(self, state: State, place: int, here: Stand, reached: list[State]) -> None:
        """A backfill picks one of the dates that it has left, and reads what stands there and beside it."""
        live, todo = state[1], here[2]
        for date in todo:
            left = tuple([each for each in todo if each != date])
            then = stand(place, PlainChain.splice, left, date, beside(live, date))
            reached.append(stepped(state, place, here, then))

    def splice(self, state: State, place: int, here: Stand, reached: list[State]) -> None:
        """The backfill inserts its run behind the predecessor that it read."""
        run = len(state[2]) + 1
        if run <= self.max_runs:
            _, _, left, date, seen = here
            then = stand(place, PlainChain.override, left, date, seen, run)
            reached.append(inserted(state, place, here, then, date, seen[0]))

    def override(self, state: State, place: int, here: Stand, reached: list[State]) -> None:
        """The backfill overrides the run that it read at its date, if it read one."""
        _, _, left, date, seen, run = here
        then, at = stand(place, PlainChain.relink, left, date, seen, run), seen[2]
        fingerprint, live, runs, stands = stepped(state, place, here, then)
        if at in live[date]:
            was = runs[at - 1]
            now = (*was[:3], False)
            fingerprint ^= printed(*was) ^ printed(*now)
            live, runs = parted(live, date, at), (*runs[: at - 1], now, *runs[at:])
        reached.append((fingerprint, live, runs, stands))

    def relink(self, state: State, place: int, here: Stand, reached: list[State]) -> None:
        """The backfill points the successor that it read to its own run."""
        _, _, left, _, (_, after, _), run = here
        fingerprint, live, runs, stands = stepped(state, place, here, stand(place, PlainChain.pick, left))
        if after:
            was = runs[after - 1]
            now = (after, was[1], run, was[3])
            fingerprint ^= printed(*was) ^ printed(*now)
            runs = (*runs[: after - 1], now, *runs[after:])
        reached.append((fingerprint, live, runs, stands))


_AT_REST = frozenset((PlainChain.read, PlainChain.pick))
_action = itemgetter(1)


def stepped(state: State, place: int, here: Stand, then: Stand) -> State:
    """The same, but for where one process stands."""
    fingerprint, live, runs, stands = state
    return fingerprint ^ here[0] ^ then[0], live, runs, (*stands[:place], then, *stands[place + 1 :])


def inserted(state: State, place: int, here: Stand, then: Stand, date: int, previous: int) -> State:
    """The same with a run more."""
    fingerprint, live, runs, stands = stepped(state, place, here, then)
    run = len(runs) + 1, date, previous, True
    return fingerprint ^ printed(*run), joined(live, date, run[0]), (*runs, run), stands
