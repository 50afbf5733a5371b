"""Steps: what a process does between two points at which another process may come in.

A process (a scheduler, a backfill job, a worker, the operator) is a value: the step before which it stands. A step is a
frozen, hashable value; called on the timeline it reads and decides, and returns exactly one :data:`Outcome`. What it
reads in one step and writes in the next can be overtaken in between; that is how races are expressed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import StrEnum
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
    """A database constraint said no: nothing of the step happens; then the process stands before ``then``."""

    constraint: str
    then: Step | None


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


class LockMode(StrEnum):
    """What happens to a step that wants a row which another holds."""

    WAIT = "wait"
    SKIP = "skip"
    NOWAIT = "nowait"


class Lock(NamedTuple):
    """A row that a step locks until its transaction ends: a table, the row's key, and what to do if it is taken."""

    table: str
    key: tuple[object, ...]
    mode: LockMode = LockMode.WAIT


@runtime_checkable
class Step(Protocol):
    """A frozen, hashable value: an operation's next piece."""

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Read the timeline, decide, and say what happens; change nothing."""

    def __hash__(self) -> int:
        """Steps are values."""


def locks_of(step: Step, timeline: TimelineView) -> tuple[Lock, ...]:
    """The rows that ``step`` locks, none unless it has a method ``locks``."""
    locks = getattr(step, "locks", None)
    return () if locks is None else locks(timeline)


_UNDER_WAY: set[type] = set()


def under_way(step_type: type[S]) -> type[S]:
    """Mark a type of step that stands in the middle of an operation (a class decorator)."""
    _UNDER_WAY.add(step_type)
    return step_type


def at_rest(step: Step | None) -> bool:
    """Whether no operation is under way for a process that stands before ``step``: it has ended, or begins anew there."""
    return type(step) not in _UNDER_WAY
