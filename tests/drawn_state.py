"""What generated events leave behind, and draws of what is there by numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runline.model.dags import DagVersion
from runline.model.events import Event
from runline.model.instants import DAY, HOUR, Instant
from runline.model.records import BackfillRecord, RunRecord, TaskKey, TaskRecord
from tests.definitions import FIRST

DAGS = ("sales", "stock")
MISSING = 99
"""The id of a run that never exists."""
WHO = ("scheduler-1", "scheduler-2", "backfill-1", "operator", "worker-1")


class Stamp(NamedTuple):
    """When, and by whom."""

    at: Instant
    by: str


class Drawn:
    """All runs, instances, versions and backfills as plain records, and numbers left to draw from."""

    def __init__(self, choices: Sequence[int]) -> None:
        self.left: Iterator[int] = iter(choices)
        self.events: list[Event] = []
        self.now: Instant = 0
        self.last = 0
        self.runs: dict[int, RunRecord] = {}
        self.tasks: dict[TaskKey, TaskRecord] = {}
        self.versions: dict[str, list[DagVersion]] = {dag: [] for dag in DAGS}
        self.backfills: dict[int, BackfillRecord] = {}
        self.deleted: list[int] = []

    def draw(self, size: int) -> int:
        """One of ``size`` numbers from 0; 0 when none are left."""
        return next(self.left, 0) % size

    def dag(self) -> str:
        """Most often the first DAG."""
        return DAGS[self.draw(4) == 3]

    def date(self) -> Instant:
        """One of four days; seldom the noon of one."""
        number = self.draw(20)
        return FIRST + (number % 4) * DAY + (12 * HOUR if number > 16 else 0)

    def stamp(self) -> Stamp:
        """The world's clock, or one that is behind or ahead."""
        number = self.draw(30)
        clock = self.now if number < 24 else self.now + (number - 27) * DAY
        return Stamp(clock, WHO[number % len(WHO)])

    def run(self) -> RunRecord | None:
        """Any run, if there is one; the latest for 0."""
        if not self.runs:
            return None
        ids = list(self.runs)
        return self.runs[ids[-1 - self.draw(len(ids))]]

    def task(self) -> TaskRecord | None:
        """Any instance, if there is one; the latest for 0."""
        if not self.tasks:
            return None
        keys = list(self.tasks)
        return self.tasks[keys[-1 - self.draw(len(keys))]]

    def run_id(self) -> int:
        """The id of any run, or of none."""
        number = self.draw(8)
        run = self.run()
        return MISSING if number == 7 or run is None else run.id
