"""Processes that are alike: which of them did what is not told apart.

A state and the state in which some of these processes have changed names go on alike, since no rule asks who does
something. So each part of a state is printed once for each permutation of the names, side by side in one integer; the
least of these fingerprints is the same for all the states that are one. No permutation has to be searched for, and what
holds names needs no list: wherever in a value a name stands, it is changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from itertools import permutations

from runline.model.fingerprint import part

BITS = 64
_MASK = (1 << BITS) - 1
MOST = 4
"""How many processes may be alike: of more there are too many permutations."""


class Prints:
    """Fingerprints of parts of a state, one for each permutation of the names of processes that are ``alike``."""

    def __init__(self, alike: Sequence[str] = ()) -> None:
        orders = list(permutations(alike))
        self._changes = [dict(zip(alike, order, strict=True)) for order in orders[1:]]
        self._shifts = [BITS * place for place in range(1, len(orders))]
        self.of = lru_cache(maxsize=1 << 17)(self._of) if len(orders) > 1 else part

    def _of(self, *values: Hashable) -> int:
        """The fingerprints of a part, side by side."""
        prints = part(*values)
        for shift, change in zip(self._shifts, self._changes, strict=True):
            prints |= part(*(renamed(value, change) for value in values)) << shift
        return prints

    def least(self, parts: int, rest: int) -> int:
        """The fingerprint of a state, the same whoever bears which name; ``rest`` is that of what holds no names."""
        if not self._shifts:
            return parts ^ rest
        least = (parts & _MASK) ^ rest
        for shift in self._shifts:
            least = min(least, parts >> shift & _MASK ^ rest)
        return least


def renamed(value: Hashable, change: Mapping[str, str]) -> Hashable:
    """A value in which names are changed, wherever they stand; the types of tuples do not matter any more."""
    if isinstance(value, tuple):
        return tuple([renamed(item, change) for item in value])
    if isinstance(value, frozenset):
        return frozenset([renamed(item, change) for item in value])
    return change.get(value, value) if type(value) is str else value
