"""What is searched: anything that can say what may happen next, let it happen, and take it back."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from operator import sub
from typing import Any, Protocol, TypeVar

Move = TypeVar("Move")


class Model(Protocol[Move]):
    """A state that goes forth and back. The state in which a search finds it is the initial one.

    ``laws`` names what is judged; a set of them is told as an integer, bit n for the law at place n. ``breached`` are
    those that the last move broke by an event, which nothing takes back.
    """

    breached: int

    @property
    def laws(self) -> Sequence[str]:
        """The laws that are judged, in the order of their bits."""

    @property
    def fingerprint(self) -> int:
        """64 bits that tell this state from others."""

    def moves(self) -> list[Move]:
        """All that may happen next, in a fixed order; the list is the caller's."""

    def do(self, move: Move) -> int:
        """Let one of them happen; the fingerprint of the state that it leads to."""

    def undo(self) -> None:
        """Take back the last move that was done and not yet taken back."""

    def broken(self) -> int:
        """The laws of states that are broken in this one."""

    def at_rest(self) -> bool:
        """Whether no operation is under way, so that what is broken lasts."""

    def stuck(self) -> int:
        """The laws that are broken by this state because nothing can happen in it any more; asked where that is so."""


Counts = tuple[int, ...]
"""How often each of several things was seen."""


def added(counts: Counts, more: Counts, times: int = 1) -> Counts:
    """Counts, and so many times what came to them."""
    return tuple([one + times * other for one, other in zip(counts, more, strict=True)])


def less(counts: Counts, before: Counts) -> Counts:
    """What was counted since; nothing if that is nothing."""
    return () if counts == before else tuple(map(sub, counts, before))


class Counted(Model[Move], Protocol[Move]):
    """A model that counts how often each law had anything to say.

    It does so in ``moves``, ``do`` and ``stuck``, and the same each time that the same is asked of the same state.
    """

    counts: Counts
    went_first: bool
    """Whether a move was ever offered alone because it concerns nobody else, as far as this model was asked."""


class Followed(Model[Move], Protocol[Move]):
    """A model of which it is known who moves, and what is still to come, so that laws of the graph can be judged."""

    def who(self, move: Move) -> Hashable:
        """Who makes a move."""

    def mover(self, who: Any) -> int:
        """The number of who makes a move, from 1 on; another, of :mod:`runline.explorer.graph`, for a fault."""

    def to_come(self) -> Hashable:
        """The goals that are still to come in this state, if there are any."""

    def goals(self, to_come: Any) -> int:
        """The number of a set of goals."""
