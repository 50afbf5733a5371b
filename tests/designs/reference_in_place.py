"""A second simulator of ``update-in-place``, written from rules U1 to U10 alone; what they leave to others is inherited.

An instance keeps the run of its date for as long as there is one, so that ``run`` of an instance is that run here.
"""

from __future__ import annotations

from collections.abc import Iterable

from runline.simulator import actions as act
from runline.simulator.scenario import Scenario
from tests.designs.reference import Reference, Thing


class InPlace(Reference):
    """One history of a scenario in which a date has one run."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario, task_level=True)

    def before(self, run: Thing) -> Thing | None:
        """The scheduled or backfill run of the greatest earlier date, for runs of any kind (U3, U9)."""
        return next((other for other in reversed(self._timeline()) if other.date < run.date), None)

    def job_of(self, run: Thing) -> Thing | None:
        """The live backfill that has locked the date of the run (U10)."""
        return next((job for job in self.jobs if job.state == "live" and run.date in job.dates), None)

    def are_locked(self, dates: list[int]) -> bool:
        """Whether a run is running at one of these dates, and not over (U10)."""
        return any(run.date in dates and self.verdict(run) == "running" for run in self._running())

    def _owned(self, run: Thing) -> dict[str, Thing]:
        return {task: row for task, row in super()._owned(run).items() if row.state != "removed"}

    def create(self, kind: str, date: int, tasks: Iterable[str], job: Thing | None = None) -> Thing:
        """The run of the date, made (U1, U2) or updated (U6, U8)."""
        run = self._live(date)
        if run is None:
            run = Thing(date=date, origin=kind, job=job, previous=None, overridden_by=None)
            self.runs.append(run)
        run.kind, run.state, run.started, run.dag, run.version = kind, "running", self.now, self.dag, self.version
        for row in self.rows:
            if row.date == date and row.task not in self.dag.tasks:
                row.state, row.ends = "removed", None
        for row in [self._row(date, task) for task in tasks]:
            row.run, row.state = run, "none" if row.state == "removed" else row.state
        return run

    def run_task(self, action: act.RunTask) -> bool:
        """A task run by hand has the run of its date, or a manual run of just that task (U2); its past counts (U9)."""
        if self._live(action.date) is not None:
            return super().run_task(action)
        run = Thing(date=action.date, dag=self.dag)
        spec = self.dag.tasks.get(action.task)
        if spec is None or spec.upstream or self.past(run, action.task):
            return False
        self.create("manual", action.date, [action.task])
        self._row(action.date, action.task).state = "queued"
        return True

    def delete_run(self, action: act.DeleteRun) -> bool:
        """The run goes, and its instances with it (U2)."""
        there = self._live(action.date) is not None
        self.runs = [run for run in self.runs if run.date != action.date]
        self.rows = [row for row in self.rows if row.date != action.date]
        return there
