"""Events: the only way in which the state of a timeline changes, and the truth of a simulation.

An event is a small immutable value. It holds what was before as well as what is after, so that it can be undone. It says
when (``at``, by the clock of the process), who (``by``) and which rule decided it (``rule``; ``rules`` names all that
took part, numbered as in the semantics). A NamedTuple, since that costs a third of a frozen dataclass.
"""

from __future__ import annotations

from typing import NamedTuple

from runline.model.dags import DagVersion
from runline.model.instants import Instant
from runline.model.records import BackfillRecord, RunRecord, TaskKey, TaskRecord
from runline.model.states import RunKind, RunState, TaskState


class DagDeployed(NamedTuple):
    """A version of a DAG comes into force."""

    version: DagVersion
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class RunCreated(NamedTuple):
    """A run comes into being."""

    record: RunRecord
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class RunLinked(NamedTuple):
    """A run's ``previous`` changes."""

    run: int
    before: int | None
    after: int | None
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class RunOverridden(NamedTuple):
    """A newer run takes the date of an older one, which stays on record (Q27)."""

    run: int
    before: RunState
    overrider: int | None
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class RunMoved(NamedTuple):
    """A run's state changes, or is written again. ``started``: its new start, where it starts anew."""

    run: int
    before: RunState
    after: RunState
    started: Instant | None = None
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class RunTaken(NamedTuple):
    """A run's own record is written over: it gets another kind and run_id, and may get another version (U6, V42).

    ``explicit``: someone asked for the other version. ``logged``: what it was before is kept in a log (U7, U11).
    """

    run: int
    before: tuple[RunKind, str, int | None]
    after: tuple[RunKind, str, int | None]
    explicit: bool = True
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()
    logged: bool = False


class RunDeleted(NamedTuple):
    """A run's record is gone. ``explicit``: someone asked for just that."""

    record: RunRecord
    explicit: bool = True
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class TaskCreated(NamedTuple):
    """A task instance's row comes into being."""

    record: TaskRecord
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class TaskAdopted(NamedTuple):
    """A task instance gets another run: it is re-owned, or loses its run (then ``unowned`` says why)."""

    key: TaskKey
    before: int
    after: int
    unowned: str = ""
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class TaskMoved(NamedTuple):
    """A task instance's state changes, or is written again. ``ignored``: dependencies waived for this send."""

    key: TaskKey
    before: TaskState
    after: TaskState
    ignored: tuple[str, ...] = ()
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class TaskDeleted(NamedTuple):
    """A task instance's row is gone, such as by a clear (L50)."""

    record: TaskRecord
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class BackfillSubmitted(NamedTuple):
    """A backfill was accepted: by a scheduler that manages it (N4), or by a job of its own that begins (H20)."""

    record: BackfillRecord
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class BackfillCompleted(NamedTuple):
    """A backfill is over: its scheduler marks it complete (N45), or its job has ended, well or badly."""

    backfill: int
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class Looked(NamedTuple):
    """A scheduler has gone once over a DAG's runs."""

    dag: str
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class TimePassed(NamedTuple):
    """The world's clock moves on; process clocks follow with their own offsets."""

    before: Instant
    after: Instant
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class DagPaused(NamedTuple):
    """A DAG is paused, or no longer: schedulers pass over it."""

    dag: str
    before: bool
    after: bool
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class Refused(NamedTuple):
    """An action was refused; nothing changed."""

    dag: str
    action: str
    reason: str
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


class Raised(NamedTuple):
    """A process met an error while it worked on a DAG (``also`` names DAGs whose turn it lost by that)."""

    dag: str
    error: str
    also: tuple[str, ...] = ()
    at: Instant = 0
    by: str = ""
    rule: str = ""
    rules: tuple[str, ...] = ()


Event = (
    DagDeployed
    | RunCreated
    | RunLinked
    | RunOverridden
    | RunMoved
    | RunTaken
    | RunDeleted
    | TaskCreated
    | TaskAdopted
    | TaskMoved
    | TaskDeleted
    | BackfillSubmitted
    | BackfillCompleted
    | Looked
    | TimePassed
    | DagPaused
    | Refused
    | Raised
)
