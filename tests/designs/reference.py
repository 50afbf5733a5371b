"""A second simulator of ``coherent``, written from the rules alone and as simply as can be: lists, loops, no indexes.

It shares scenarios, schedules and instants with runline, but no rule. It knows one DAG, one scheduler with a right clock
and atomic looks, workers without end, and no retries. A rule is named where it decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from runline.model.schedules import Once, Unscheduled, date_range
from runline.simulator import actions as act
from runline.simulator.scenario import DagSpec, Scenario, TaskSpec

by_date = attrgetter("date")
BAD, GOOD, SENT = ("failed", "upstream_failed"), ("success", "skipped"), ("queued", "running")


class Thing(SimpleNamespace):
    """A run (H1), a task instance (H3), or a backfill job; an instance with run none is what the rules call -1."""

    __eq__ = object.__eq__  # two are never the same
    __hash__ = object.__hash__  # type: ignore[assignment]


class Reference:
    """One history of a scenario; ``task_level``: depends_on_past looks at the task (H31), not at the run (H30)."""

    def __init__(self, scenario: Scenario, *, task_level: bool = False) -> None:
        self.clock, self.task_level = scenario.clock, task_level
        self.acts = sorted(scenario.actions, key=lambda action: action.at)
        self.now, self.beat = scenario.clock.start, scenario.clock.start
        self.runs, self.rows, self.jobs = list[Thing](), list[Thing](), list[Thing]()
        self.known, self.fails = dict[str, TaskSpec](), dict[str, Any]()
        self.paused, self.refused, self.version = False, 0, 0
        self._deploy(next(iter(scenario.dags.values())))

    def simulate(self) -> None:
        """Go through all instants at which something may happen: operator, ends, backfills, scheduler."""
        while self.now <= self.clock.end:
            while self.acts and self.acts[0].at == self.now:
                self.operate(self.acts.pop(0))
            self._go_on()
            if self.beat == self.now:
                self.beat += self.clock.heartbeat
                if not self.paused:
                    self.look()
                self._go_on()
            ends = [row.ends for row in self.rows if row.ends is not None]
            self.now = min([self.beat, *ends, *(action.at for action in self.acts[:1])])

    def _go_on(self) -> None:
        self._work()
        while any(self.round(job) for job in self.jobs if job.state != "ended"):
            self._work()

    def _work(self) -> None:
        for row in self.rows:
            if row.state == "queued" and row.run is None and row.task not in self.dag.tasks:
                row.state = "failed"  # L53: the worker finds no such task
            elif row.state == "queued":
                row.state, row.ends = "running", self.now + int(str(self.known[row.task].duration))
            if row.ends is not None and row.ends <= self.now:
                row.state, row.ends = "failed" if row.date in self.fails[row.task] else "success", None

    def _live(self, date: int) -> Thing | None:
        return next((run for run in self.runs if run.date == date and run.state != "overridden"), None)

    def _timeline(self) -> list[Thing]:
        return sorted((run for run in self.runs if run.state != "overridden" and run.kind != "manual"), key=by_date)

    def _running(self) -> list[Thing]:
        return sorted((run for run in self.runs if run.state == "running"), key=by_date)

    def _owned(self, run: Thing) -> dict[str, Thing]:
        found = {row.task: row for row in self.rows if row.run is run}
        return {task: found[task] for task in run.dag.tasks if task in found}

    def _row(self, date: int, task: str) -> Thing:
        if not any(row.date == date and row.task == task for row in self.rows):
            self.rows.append(Thing(date=date, task=task, run=None, state="none", ends=None))
        return next(row for row in self.rows if row.date == date and row.task == task)

    def _state(self, date: int, task: str) -> str:
        return next((str(row.state) for row in self.rows if row.date == date and row.task == task), "none")

    def looks_back(self, dag: DagSpec, task: str) -> bool:
        """Whether a task depends on past; waiting for downstream implies it (L23)."""
        spec = dag.tasks[task]
        own = dag.depends_on_past if spec.depends_on_past is None else spec.depends_on_past
        return own or spec.wait_for_downstream

    def past(self, run: Thing, task: str) -> list[Thing]:
        """What of the previous run is not as it should be (H30, H31, H34)."""
        before = self.before(run)
        if before is None or not self.looks_back(run.dag, task):
            return []
        rows = {row.task: row for row in self.rows if row.run is before and row.state != "removed"}
        own: Thing = rows.get(task, before) if self.task_level else before
        below = [rows.get(name, before) for name, other in run.dag.tasks.items() if task in other.upstream]
        waits = [what for what in below if what.state != "success" and run.dag.tasks[task].wait_for_downstream]
        return [*waits] if own.state in GOOD else [own, *waits]

    def before(self, run: Thing) -> Thing | None:
        """The run before, as stored (H30)."""
        before: Thing | None = run.previous
        return before

    def job_of(self, run: Thing) -> Thing | None:
        """The live backfill that alone sends what the run has (H26)."""
        return run.job if run.job is not None and run.job.state != "ended" else None

    def test(self, run: Thing, task: str, waived: int | None = None) -> str:
        """Why an instance is not sent: its past, its upstream, or the state that it gets instead (L24); or nothing."""
        if run.date != waived and self.past(run, task):
            return "past"
        rows = self._owned(run)
        return self._upstream([rows[name].state for name in run.dag.tasks[task].upstream if name in rows])

    def _upstream(self, states: list[str]) -> str:
        if any(state in BAD for state in states):
            return "upstream_failed"
        return "skipped" if "skipped" in states else "" if all(state == "success" for state in states) else "upstream"

    def test_without_run(self, date: int, task: str) -> str:
        """The same where there is no run (H32, L22, L23)."""
        dag, spec, before = self.dag, self.dag.tasks[task], self.dag.schedule.prev_before(date)
        if self.looks_back(dag, task) and date != (spec.start_date or dag.start_date):
            below = [name for name, other in dag.tasks.items() if task in other.upstream and spec.wait_for_downstream]
            if self._state(before, task) not in GOOD or any(self._state(before, name) != "success" for name in below):
                return "past"
        return self._upstream([self._state(date, name) for name in spec.upstream])

    def look(self) -> None:
        """One look: timeouts, gate, one new run at most (H10); states; what may be sent (H26)."""
        counted = [run for run in self._running() if run.kind != "manual"]
        if not isinstance(self.dag.schedule, Unscheduled):
            for run in counted:
                if self.dag.dagrun_timeout is not None and run.started < self.now - self.dag.dagrun_timeout:
                    run.state = "failed"
            date = self.next_date()
            if sum(run.state == "running" for run in counted) < self.dag.max_active_runs and date is not None:
                self.create("scheduled", date, self.dag.tasks)
        self.evaluate(self._running())
        own = [run for run in self._running() if self.job_of(run) is None]
        self.send(own, dict.fromkeys(task for run in own for task in run.dag.tasks))

    def next_date(self) -> int | None:
        """The date of the run that is to be made now, if any (H11-H16)."""
        schedule, start = self.dag.schedule, self.dag.start_date
        made = [run.date for run in self.runs if run.origin == "scheduled"]
        beyond = max((run.date for run in self._timeline() if run.date <= self.now), default=start - 1)
        if isinstance(schedule, Once):
            date, closes = start, start
            if made or self._live(start) is not None or beyond >= start:  # H16
                return None
        else:
            first = schedule.align(min(spec.start_date or start for spec in self.dag.tasks.values()))
            date = max(schedule.next_after(max(made)) if made else first, schedule.align(start))  # H11, H12
            while date <= beyond or self._live(date) is not None:  # H13, H14
                date = schedule.next_after(date)
            closes = schedule.next_after(date)
        return date if closes <= self.now and (self.dag.end_date is None or date <= self.dag.end_date) else None

    def create(self, kind: str, date: int, tasks: Iterable[str], job: Thing | None = None) -> Thing:
        """Make a run, override the one that lives at its date, relink its neighbours (H15, H21, H22, H37)."""
        old, line = self._live(date), self._timeline()
        run = Thing(date=date, kind=kind, state="running", dag=self.dag, version=self.version, job=job)
        run.started, run.origin, run.previous, run.overridden_by = self.now, kind, None, None
        if kind != "manual":
            run.previous = next((other for other in reversed(line) if other.date < date), None)
            after = next((other for other in line if other.date > date), None)
            for other in self.runs:
                if other is after or (old and other.previous is old and other.state != "overridden"):
                    other.previous = run
        if old:
            old.state, old.overridden_by = "overridden", run
        self.runs.append(run)
        for row in [self._row(date, task) for task in tasks] + self.rows:
            if (old and row.run is old) or (row.run is None and row.date == date and row.task in tasks):
                row.run = run
        return run

    def evaluate(self, runs: list[Thing]) -> bool:
        """Give running runs their states by the leaves among their instances (H35); whether any got one."""
        for run in runs:
            run.state = self.verdict(run)
        return any(run.state != "running" for run in runs)

    def verdict(self, run: Thing) -> str:
        """The state that a running run has come to."""
        rows = self._owned(run)
        above = {name for task in rows for name in run.dag.tasks[task].upstream}
        leaves = {row.state for row in rows.values() if row.task not in above}
        return "failed" if leaves & {*BAD} else "success" if leaves <= {*GOOD} else "running"

    def send(self, runs: list[Thing], tasks: Iterable[str], waived: int | None = None) -> bool:
        """Send or mark what may be, tasks outer (L20, L21, L24); whether anything was."""
        happened = False
        for row in [self._owned(run).get(task) for task in tasks for run in runs]:
            if row is not None and row.run and row.state in ("none", "upstream_failed") and row.date <= self.now:
                why = self.test(row.run, row.task, waived)
                if why not in ("past", "upstream", row.state):
                    row.state, happened = why or "queued", True
        return happened

    def round(self, job: Thing) -> bool:
        """One round of a job: it begins, or gives states, or sends, or ends (H26); whether anything happened."""
        if job.state == "new":
            return all(other.state != "live" for other in self.jobs) and self.begin(job)  # H25
        own = [run for run in self._running() if self.job_of(run) is job]
        if self.evaluate(own) or self.send(own[:: -1 if job.ask.run_backwards else 1], job.tasks, job.waived):
            return True
        said: dict[Thing, bool] = {}
        if any(self.moves(row, job, said) for run in own for row in self._owned(run).values()):
            return False
        job.state = "ended"
        return True

    def begin(self, job: Thing) -> bool:
        """The job makes the runs of all its dates, unless it is refused (H20-H24)."""
        ask, first, last = job.ask, job.ask.from_ or 0, job.ask.to
        job.tasks = tuple(task for task in self.dag.tasks if ask.tasks is None or task in ask.tasks)
        dates = [] if last in (None, first) else list(date_range(self.dag.schedule, first, last or first))
        dates = [date for date in dates or [first] if date <= self.now]
        refused = not dates or (ask.run_backwards and any(self.looks_back(self.dag, task) for task in self.dag.tasks))
        refused, job.dates = refused or self.are_locked(dates), dates
        job.state, self.refused = "ended" if refused else "live", self.refused + refused
        job.waived = first if ask.ignore_first_depends_on_past else None
        again = {"all": (*GOOD, *BAD), "none": (), "unfinished+failed": BAD}[ask.rerun]
        for date in () if refused else sorted(dates, reverse=ask.run_backwards):
            for task, row in self._owned(self.create("backfill", date, job.tasks, job)).items():
                row.state = "none" if task in job.tasks and row.state in again else row.state
        return True

    def are_locked(self, dates: list[int]) -> bool:
        """Whether a backfill of these dates is refused because of the runs that stand there: never."""
        return False

    def moves(self, what: Thing, job: Thing, said: dict[Thing, bool]) -> bool:
        """Whether a run or instance may still become what it should, if the job did nothing more (H26); asked once."""
        if what not in said:
            said[what] = self._moves(what, job, said)
        return said[what]

    def _moves(self, what: Thing, job: Thing, said: dict[Thing, bool]) -> bool:
        if hasattr(what, "kind"):
            rows = self._owned(what).values()
            over = all(row.state not in ("none", *SENT) for row in rows)
            return what.state == "running" and (over or any(self.moves(row, job, said) for row in rows))
        run = what.run
        if run is None or what.state not in ("none", "upstream_failed") or run.state != "running":
            return what.state in SENT
        ours = self.job_of(run) is job
        if ours and what.task not in job.tasks:
            return False
        why = self.test(run, what.task, job.waived if ours else None)
        if why == "past":
            return all(self.moves(other, job, said) for other in self.past(run, what.task))
        rows = self._owned(run).values()
        above = [row for row in rows if row.task in run.dag.tasks[what.task].upstream and row.state != "success"]
        return all(self.moves(row, job, said) for row in above) if why == "upstream" else what.state != why

    def operate(self, action: Any) -> None:
        """Do what the operator does; what is refused is counted."""
        if isinstance(action, act.Backfill):
            self.jobs.append(Thing(ask=action, state="new"))
        elif isinstance(action, act.Pause | act.Unpause):
            self.paused = isinstance(action, act.Pause)
        elif isinstance(action, act.Fix):
            self.fails[action.task] = action.fails_on
        elif isinstance(action, act.Deploy):
            given: dict[str, Any] = {name: getattr(action, name) for name in action.model_fields_set - {"at", "do"}}
            had = {name: task.model_dump(exclude_unset=True) for name, task in self.dag.tasks.items()}
            for name, keys in given.get("tasks", {}).items():
                given["tasks"] = given["tasks"] | {name: TaskSpec.model_validate({**had.get(name, {}), **keys})}
            self._deploy(self.dag.model_copy(update=given))
        else:
            self.refused += not getattr(self, action.do)(action)

    def _deploy(self, dag: DagSpec) -> None:
        self.dag, self.version = dag, self.version + 1
        for name, task in dag.tasks.items():
            if name not in self.known or self.known[name].fails_on != task.fails_on:
                self.fails[name] = task.fails_on
            self.known[name] = task

    def trigger(self, action: act.Trigger) -> bool:
        """A manual run, unless a run lives at the date (H37)."""
        date = self.now if action.date is None else action.date
        return not self._live(date) and bool(self.create("manual", date, self.dag.tasks))

    def clear(self, action: act.Clear) -> bool:
        """The live runs that have such instances, and their tasks, run them again (H36, L50)."""
        for row in self.rows:
            chosen = action.from_ <= row.date <= action.to and (action.tasks is None or row.task in action.tasks)
            if chosen and row.run is not None and row.task in row.run.dag.tasks:
                row.state, row.ends = "none", None
                row.run.state, row.run.started = "running", self.now
        return True

    def run_task(self, action: act.RunTask) -> bool:
        """An instance is sent by hand, and its finished run opened again (H39)."""
        date, task, run = action.date, action.task, self._live(action.date)
        known = task in (run.dag if run else self.dag).tasks and self._state(date, task) not in (*GOOD, *SENT)
        if not known or (self.test(run, task) if run else self.test_without_run(date, task)):
            return False
        row = self._row(date, task)
        row.run, row.state = run, "queued"
        if run and run.state != "running":
            run.state, run.started = "running", self.now
        return True

    def delete_run(self, action: act.DeleteRun) -> bool:
        """The runs of a date go, their followers are relinked, what was executed is nobody's (H38)."""
        gone = [run for run in self.runs if run.date == action.date]
        self.runs = [run for run in self.runs if run.date != action.date]
        for old in reversed(gone):
            for run in (*self.runs, *gone):
                run.previous = old.previous if run.previous is old else run.previous
        self.rows = [row for row in self.rows if row.run not in gone or row.state != "none"]
        for row in self.rows:
            row.run = None if row.run in gone else row.run
        return bool(gone)
