"""Where processes stand, as values, and the fingerprints of those."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import NamedTuple

from runline.designs.design import Design
from runline.explorer.reductions.alike import Prints
from runline.explorer.reductions.runs import Unread, shown
from runline.model.records import TaskKey
from runline.model.steps import Step


class Watcher(NamedTuple):
    """The place of who looks for something to do: a scheduler at a DAG, or a backfill job."""

    name: str
    dag: str


class Handed(NamedTuple):
    """The place of an instance that was handed to the workers, and by whom."""

    sender: str
    key: TaskKey


class Operator(NamedTuple):
    """The place of the operator; what stands there is the number of the next action."""

    name: str = "operator"


class Faults(NamedTuple):
    """The place where it is kept how many faults of a kind may still happen."""

    kind: str


class Ahead(NamedTuple):
    """The place where it is kept how far the clock of a process is ahead of the world (:mod:`runline.explorer.clocks`).

    Places are keys, and named tuples of two types are equal where their fields are: no other has three.
    """

    process: str
    what: str = "clock"
    how: str = "ahead"


class Requested(NamedTuple):
    """The place where it is kept what was asked of a job."""

    job: str


class Part(NamedTuple):
    """The place where it is kept for which DAG alone anything happens in this history, once something has."""

    name: str = "part"


class Clock(NamedTuple):
    """The place of time itself; the timeline knows how late it is."""

    name: str = "time"


OPERATOR, CLOCK, PART = Operator(), Clock(), Part()
CRASHES, ABORTS = Faults("crashes"), Faults("aborts")
Place = Watcher | Handed | Operator | Faults | Ahead | Requested | Part | Clock


def number_of(place: Watcher) -> int:
    """The number of a job or a scheduler, which its name ends with."""
    return int(place.name.rpartition("-")[2])


class Stands(NamedTuple):
    """How a watcher stands: before ``step``, at rest or with an operation ``under_way``.

    ``began`` is the step with which its transaction began, ``None`` where none is open, and ``overtaken`` the rows that
    others have written since; ``stale`` are the runs on which its step rests that others have written since it read them,
    where that is compared. A scheduler at rest stands before no step: it begins to look when it likes. A job has
    ended then. One that is not ``alive`` does nothing.
    """

    step: Step | None = None
    under_way: bool = False
    began: Step | None = None
    overtaken: frozenset[object] = frozenset()
    alive: bool = True
    stale: frozenset[int] = frozenset()


REST = Stands()
GONE = Stands(alive=False)


def printer(prints: Prints, unread: Unread) -> Callable[[Place, object, Hashable], int]:
    """The fingerprint of what stands at a place, without what nobody reads; ``kind`` tells apart values that are equal."""

    @lru_cache(maxsize=1 << 17)
    def print_of(place: Place, kind: object, value: Hashable) -> int:
        return prints.of(type(place).__name__, *place, flat(shown(value, unread)))

    return print_of


def kind_of(value: object) -> object:
    """The type of what stands at a place, and of the steps in it: tuples of two types may be equal."""
    return (type(value.step), type(value.began)) if type(value) is Stands else type(value)


def flat(value: object) -> Hashable:
    """A value as a tuple in which types are named. There is one design in an exploration, so its name will do."""
    if isinstance(value, Design):
        return value.name
    if isinstance(value, tuple):
        return (type(value).__name__, *map(flat, value))
    if isinstance(value, frozenset):
        return frozenset(map(flat, value))
    return value
