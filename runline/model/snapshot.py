"""A state as plain records: what a recording holds, what the offline checks read, what a chart draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runline.model.dags import DagVersion
from runline.model.instants import Instant
from runline.model.records import BackfillRecord, RunRecord, TaskKey, TaskRecord
from runline.model.view import TimelineView


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All runs by id, all task instances by key, the versions of each DAG (the last is in force), at ``now``."""

    now: Instant = 0
    runs: Mapping[int, RunRecord] = field(default_factory=dict)
    tasks: Mapping[TaskKey, TaskRecord] = field(default_factory=dict)
    versions: Mapping[str, tuple[DagVersion, ...]] = field(default_factory=dict)
    backfills: Mapping[int, BackfillRecord] = field(default_factory=dict)
    paused: frozenset[str] = frozenset()

    def dags(self) -> list[str]:
        """The names of all DAGs that have a version, a run or an instance, sorted."""
        named = {run.dag for run in self.runs.values()} | {key.dag for key in self.tasks}
        return sorted(named | set(self.versions))

    def version(self, dag: str) -> DagVersion | None:
        """The version in force."""
        versions = self.versions.get(dag, ())
        return versions[-1] if versions else None


def snapshot_of(timeline: TimelineView) -> Snapshot:
    """What a timeline holds now, as plain records."""
    return Snapshot(
        now=timeline.now,
        runs={run.id: run.record() for run in timeline.runs()},
        tasks={task.key: task.record() for task in timeline.tasks()},
        versions={dag: tuple(timeline.versions(dag)) for dag in timeline.dags() if timeline.versions(dag)},
        backfills={record.id: record for record in timeline.backfills()},
        paused=frozenset(dag for dag in timeline.dags() if timeline.paused(dag)),
    )
