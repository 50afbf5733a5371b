"""Processes that are alike: which of them did what is not told apart.

A state and the state in which some of these processes have changed names go on alike, since no rule asks who does
something. So each part of a state is printed once for each permutation of the names, side by side in one integer; the
least of these fingerprints is the same for all the states that are one. No permutation has to be searched for, and what
holds names needs no list: wherever in a value a name stands, it is changed.

A backfill job has a number besides its name, which stands in the rows of the timeline too, and under some designs in the
run_id of its runs. Numbers of jobs are integers of a type of their own, so that no other number is taken for one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import permutations, product
from math import factorial, prod
from typing import TYPE_CHECKING, Any, NamedTuple

from runline.designs.reads import OVER, Renumbered
from runline.explorer.reductions.runs import NOTHING, Unread, maker
from runline.model.fingerprint import part
from runline.model.records import RunRecord
from runline.model.states import RunState
from runline.model.timeline import Timeline

if TYPE_CHECKING:
    from runline.explorer.course import Course

BITS = 64
_MASK = (1 << BITS) - 1
MOST = 4
"""How many processes may be alike: of more there are too many permutations."""
MOST_ORDERS = 48
"""In how many ways processes and jobs may change their names, together."""
_APART = ("overridden_by", "state_before", "ended", "backfill")
"""The fields of a run that no rule reads, or that are told apart."""
_KEPT = 1 << 15
"""Of how many timelines the fingerprints are kept."""


class JobNumber(int):
    """The number of a backfill job, as opposed to any other integer."""

    __slots__ = ()


Change = Mapping[Hashable, Hashable]
"""The new names of processes, and the new numbers of jobs."""


class Jobs(NamedTuple):
    """The numbers of backfill jobs, by groups that are alike; ``renumbered`` changes what texts say of them."""

    groups: tuple[tuple[int, ...], ...] = ()
    renumbered: Renumbered | None = None


NO_JOBS = Jobs()


def orders(*sizes: int) -> int:
    """In how many ways groups of so many processes can change their names."""
    return prod(map(factorial, sizes))


def _changes(alike: Sequence[str], jobs: Sequence[tuple[int, ...]]) -> Iterator[Change]:
    """All ways to change names and numbers within each group, that which changes nothing first."""
    for schedulers, *numbers in product(permutations(alike), *map(permutations, jobs)):
        change: dict[Hashable, Hashable] = dict(zip(alike, schedulers, strict=True))
        for before, after in zip(jobs, numbers, strict=True):
            for old, new in zip(before, after, strict=True):
                change |= {old: new, f"backfill-{old}": f"backfill-{new}"}
        yield change


class Prints:
    """Fingerprints of parts of a state, one for each permutation of the names of processes and jobs that are alike."""

    def __init__(self, alike: Sequence[str] = (), jobs: Jobs = NO_JOBS, unread: Unread = NOTHING) -> None:
        self._changes = list(_changes(alike, jobs.groups))[1:]
        self._shifts = [BITS * place for place in range(1, len(self._changes) + 1)]
        self._jobs = jobs
        self._forgets = OVER in unread.fields
        self._timelines: dict[int, tuple[int, int]] = {}
        self.of = lru_cache(maxsize=1 << 17)(self._of) if self._changes else part

    def _of(self, *values: Hashable) -> int:
        """The fingerprints of a part, side by side."""
        prints = part(*values)
        for shift, change in zip(self._shifts, self._changes, strict=True):
            prints |= part(*(renamed(value, change, self._jobs.renumbered) for value in values)) << shift
        return prints

    def least(self, parts: int, rest: int, course: Course) -> int:
        """The fingerprint of a state, the same whoever bears which name.

        ``parts`` is that of all but the timeline, ``rest`` that of the timeline to which ``course`` has come.
        """
        if not self._shifts:
            return parts ^ rest
        if self._jobs.groups:
            known = self._timelines.get(rest)
            rows, rest = self._of_timeline(course.timeline) if known is None else known
            parts ^= rows
        least = (parts & _MASK) ^ rest
        for shift in self._shifts:
            least = min(least, parts >> shift & _MASK ^ rest)
        return least

    def _of_timeline(self, timeline: Timeline) -> tuple[int, int]:
        """The fingerprints of the rows in which numbers of jobs may stand, and that of all the other rows."""
        rows, rest = 0, timeline.fingerprint
        for run in timeline.runs():
            row: Any = run
            rest ^= row.print
            by = maker(timeline, run) if self._forgets else run.backfill
            ended = row.ended if timeline.ends and row.state is RunState.FAILED else None
            rows ^= self.of("run", *_told(row), by, ended)
        for record in timeline.backfills():
            rest ^= part("backfill", record)
            rows ^= 0 if self._forgets and record.completed else self.of("backfill", record)
        if len(self._timelines) == _KEPT:
            self._timelines.clear()
        self._timelines[timeline.fingerprint] = rows, rest
        return rows, rest


def _told(row: Any) -> Iterator[Hashable]:
    """What rules may read of a run, but for what is told apart."""
    return (getattr(row, name) for name in RunRecord._fields if name not in _APART)


def renamed(value: Hashable, change: Change, renumbered: Renumbered | None = None) -> Hashable:
    """A value in which names are changed, wherever they stand; the types of tuples do not matter any more."""
    if isinstance(value, tuple):
        return tuple([renamed(item, change, renumbered) for item in value])
    if isinstance(value, frozenset):
        return frozenset([renamed(item, change, renumbered) for item in value])
    if type(value) is str and value not in change and renumbered is not None:
        return renumbered(value, change)
    return change.get(value, value) if type(value) in (str, JobNumber) else value
