"""Steps: what a process does between two points at which another process may come in.

A process (a scheduler, a backfill job, a worker, the operator) is a value: the step before which it stands. A step is a
frozen, hashable value; called on the timeline it reads and decides, and returns exactly one :data:`Outcome`. What it
reads in one step and writes in the next can be overtaken in between; that is how races are expressed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from runline.model.events import Event
from runline.model.instants import Instant
from runline.model.records import TaskKey
from runline.model.view import TimelineView

S = TypeVar("S", bound="Step")


class RunAt(NamedTuple):
    """What is waited for, or waits: the run of a DAG at a date, whether or not there is one."""

    dag: str
    date: Instant


class Process(NamedTuple):
    """What is waited for: that a process does something or ends."""

    name: str


class Slot(NamedTuple):
    """What is waited for: that a DAG has fewer active runs than its limit."""

    dag: str


class Never(NamedTuple):
    """What is waited for, and never comes: a date that the timeline has no place for."""

    why: str


Subject = TaskKey | RunAt | Process | Slot | Never


class Held(NamedTuple):
    """A gate said no: ``what`` does not go on, by ``rule``, until ``until`` or until something happens to ``on``.

    These are the answers to "why did nothing run", and the edges of the waits-for graph.
    """

    what: Subject
    rule: str
    reason: str
    on: tuple[Subject, ...] = ()
    until: Instant | None = None


class Commit(NamedTuple):
    """The step's events happen together; then the process stands before ``then`` (``None``: it has ended).

    ``sends``: what is handed to workers with it, each the first step of its execution. ``held``: what was looked at and
    does not go on. ``stops``: the instances whose execution an act of the operator asks to stop.
    """

    events: tuple[Event, ...]
    then: Step | None
    sends: tuple[Step, ...] = ()
    held: tuple[Held, ...] = ()
    stops: tuple[TaskKey, ...] = ()


class Abort(NamedTuple):
    """The database said no: nothing of the step happens, and who took it meets an error."""

    constraint: str
    error: str


class Wait(NamedTuple):
    """The process cannot go on, for ``reason``; at ``until`` at the latest it looks again (``None``: on a change)."""

    reason: str
    until: Instant | None = None
    held: tuple[Held, ...] = ()


class Choose(NamedTuple):
    """Something undetermined: one of the options is taken, in a fixed order, by whoever drives the process."""

    label: str
    options: Mapping[Hashable, Step]


Outcome = Commit | Abort | Wait | Choose


@runtime_checkable
class Step(Protocol):
    """A frozen, hashable value: an operation's next piece."""

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Read the timeline, decide, and say what happens; change nothing."""

    def __hash__(self) -> int:
        """Steps are values."""


def rests_on(step: Step | None) -> frozenset[int]:
    """The runs that a process read before it came to stand before ``step``, and on which rests what it writes now.

    None, unless the step has a property ``rests_on``. Where a database is asked to, it keeps them from others, or compares.
    """
    runs: frozenset[int] = getattr(step, "rests_on", frozenset())
    return runs


UNDER_WAY: set[type] = set()
"""The types of steps that stand in the middle of an operation, for who asks at every step."""


def under_way(step_type: type[S]) -> type[S]:
    """Mark a type of step that stands in the middle of an operation (a class decorator)."""
    UNDER_WAY.add(step_type)
    return step_type


def at_rest(step: Step | None) -> bool:
    """Whether no operation is under way for a process that stands before ``step``: it has ended, or begins anew there."""
    return type(step) not in UNDER_WAY


def all_at_rest(steps: Iterable[Step | None]) -> bool:
    """Whether no operation is under way for any process that stands before one of these."""
    return UNDER_WAY.isdisjoint(map(type, steps))


_TRANSACTIONS: set[type] = set()


def new_transaction(step_type: type[S]) -> type[S]:
    """Mark a type of step before which a transaction has ended, even one that wrote nothing (a class decorator)."""
    _TRANSACTIONS.add(step_type)
    return step_type


def begins_transaction(step: Step | None) -> bool:
    """Whether what comes before ``step`` was committed, so that with it a transaction begins in any case."""
    return type(step) in _TRANSACTIONS
