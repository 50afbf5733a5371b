"""What a search keeps of each state, in flat arrays: some thirty bytes, where dictionaries of integers take two hundred."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

_FREE = array("I", [0])
_SLOTS = 1 << 10
"""How many slots a table has in the beginning."""


class Numbers:
    """Numbers of fingerprints, from 0 in the order in which they came.

    The fingerprints stand in that order. Beside them is an open table, at most half full, of their numbers plus one: a
    fingerprint's own bits say where to look first, since they are as good as random.
    """

    __slots__ = ("_mask", "_table", "fingerprints")

    def __init__(self) -> None:
        self.fingerprints = array("Q")
        self._mask = _SLOTS - 1
        self._table = _FREE * _SLOTS

    def number(self, fingerprint: int) -> int:
        """Its number; one that is new gets the next."""
        table, mask, fingerprints = self._table, self._mask, self.fingerprints
        slot = fingerprint & mask
        while after := table[slot]:
            if fingerprints[after - 1] == fingerprint:
                return after - 1
            slot = (slot + 1) & mask
        fingerprints.append(fingerprint)
        table[slot] = number = len(fingerprints)
        if 2 * number > mask:
            self._spread(2 * mask + 1)
        return number - 1

    def _spread(self, mask: int) -> None:
        """Make the table larger."""
        self._table = array("I")  # the old one goes before the new one comes
        self._table = table = _FREE * (mask + 1)
        self._mask = mask
        for after, fingerprint in enumerate(self.fingerprints, start=1):
            slot = fingerprint & mask
            while table[slot]:
                slot = (slot + 1) & mask
            table[slot] = after

    def __len__(self) -> int:
        """How many there are."""
        return len(self.fingerprints)

    def __iter__(self) -> Iterator[int]:
        """The fingerprints, by number."""
        return iter(self.fingerprints)

    @property
    def size(self) -> int:
        """The bytes taken up."""
        return sum(len(each) * each.itemsize for each in (self.fingerprints, self._table))


class Marks:
    """What holds of some states or moves, by number: a set of bits each; of many of them, but of few different sets."""

    __slots__ = ("_kind_number", "_kind_of", "_kinds")

    def __init__(self) -> None:
        self._kind_of = array("I")
        self._kinds = [0]
        self._kind_number = {0: 0}

    def mark(self, number: int, bits: int) -> None:
        """Let this hold of the one of that number."""
        kind_of = self._kind_of
        if number >= len(kind_of):
            kind_of.frombytes(bytes(kind_of.itemsize * (number + 1 - len(kind_of))))
        kind = self._kind_number.setdefault(bits, len(self._kinds))
        if kind == len(self._kinds):
            self._kinds.append(bits)
        kind_of[number] = kind

    def __getitem__(self, number: int) -> int:
        """What holds of the one of that number."""
        return self._kinds[self._kind_of[number]] if number < len(self._kind_of) else 0

    def __eq__(self, other: object) -> bool:
        """Whether the same holds of the same ones."""
        return isinstance(other, Marks) and dict(self.items()) == dict(other.items())

    def items(self) -> Iterator[tuple[int, int]]:
        """The numbers of those of which anything holds, and what."""
        kinds = self._kinds
        return ((number, kinds[kind]) for number, kind in enumerate(self._kind_of) if kind)

    def having(self, bit: int) -> Iterator[int]:
        """The numbers of those of which this bit holds."""
        wanted = {kind for bits, kind in self._kind_number.items() if bits >> bit & 1}
        return (number for number, kind in enumerate(self._kind_of) if kind in wanted) if wanted else iter(())

    @property
    def size(self) -> int:
        """The bytes taken up."""
        return len(self._kind_of) * self._kind_of.itemsize
