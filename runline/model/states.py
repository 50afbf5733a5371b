"""The kinds and states of runs and task instances, and the arrows along which they may move."""

from __future__ import annotations

from enum import StrEnum


class RunKind(StrEnum):
    """Who asked for a run."""

    SCHEDULED = "scheduled"
    BACKFILL = "backfill"
    MANUAL = "manual"


TIMELINE_KINDS = frozenset({RunKind.SCHEDULED, RunKind.BACKFILL})
"""Kinds whose live runs form the timeline of a DAG (H2); manual runs stand outside it (M13)."""


class RunState(StrEnum):
    """Where a run stands. ``OVERRIDDEN`` is the state that the seed adds (Q27)."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILED = "failed"
    OVERRIDDEN = "overridden"


class TaskState(StrEnum):
    """Where a task instance stands (0.4). ``NONE`` is a row that nobody has acted on yet."""

    NONE = "none"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    UP_FOR_RETRY = "up_for_retry"
    SUCCESS = "success"
    FAILED = "failed"
    SKIPPED = "skipped"
    UPSTREAM_FAILED = "upstream_failed"
    REMOVED = "removed"


FINISHED_TASK = frozenset(
    {TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED, TaskState.UPSTREAM_FAILED, TaskState.REMOVED}
)
"""Terminal states of a task instance (0.4)."""
ENDED_WELL = frozenset({TaskState.SUCCESS, TaskState.SKIPPED})
ENDED_BADLY = frozenset({TaskState.FAILED, TaskState.UPSTREAM_FAILED})
SENT = frozenset({TaskState.QUEUED, TaskState.RUNNING})
"""States of an instance that was handed to a worker."""
FINISHED_RUN = frozenset({RunState.SUCCESS, RunState.FAILED})

RUN_ARROWS: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.SUCCESS, RunState.FAILED, RunState.OVERRIDDEN}),
    RunState.RUNNING: frozenset({RunState.QUEUED, RunState.SUCCESS, RunState.FAILED, RunState.OVERRIDDEN}),
    RunState.SUCCESS: frozenset({RunState.QUEUED, RunState.RUNNING, RunState.FAILED, RunState.OVERRIDDEN}),
    RunState.FAILED: frozenset({RunState.QUEUED, RunState.RUNNING, RunState.SUCCESS, RunState.OVERRIDDEN}),
    RunState.OVERRIDDEN: frozenset(),
}
"""Where a run may go from each state. Finished runs start again when they are cleared (L50, N48) or backfilled
(U6), and may be marked by hand; nothing leaves ``OVERRIDDEN`` (H35)."""

TASK_ARROWS: dict[TaskState, frozenset[TaskState]] = {
    TaskState.NONE: frozenset(TaskState) - {TaskState.NONE, TaskState.UP_FOR_RETRY},
    TaskState.SCHEDULED: frozenset(TaskState) - {TaskState.SCHEDULED, TaskState.UP_FOR_RETRY},
    TaskState.QUEUED: frozenset(TaskState) - {TaskState.QUEUED},
    TaskState.RUNNING: frozenset(TaskState) - {TaskState.RUNNING},
    TaskState.UP_FOR_RETRY: frozenset(TaskState) - {TaskState.UP_FOR_RETRY},
    TaskState.SUCCESS: frozenset(
        {TaskState.NONE, TaskState.SCHEDULED, TaskState.FAILED, TaskState.SKIPPED, TaskState.REMOVED}
    ),
    TaskState.FAILED: frozenset(TaskState) - {TaskState.FAILED, TaskState.UP_FOR_RETRY},
    TaskState.SKIPPED: frozenset(
        {TaskState.NONE, TaskState.SCHEDULED, TaskState.SUCCESS, TaskState.FAILED, TaskState.REMOVED}
    ),
    TaskState.UPSTREAM_FAILED: frozenset(TaskState) - {TaskState.UPSTREAM_FAILED, TaskState.UP_FOR_RETRY},
    TaskState.REMOVED: frozenset({TaskState.NONE}),
}
"""Where an instance may go. One that succeeded or was skipped runs again only after it was cleared; a failed one may
be sent again as it is (L42); a removed one comes back only when its task does (N23)."""
