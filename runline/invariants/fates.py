"""What may become of what waits: it can move, only the operator can move it, or it never will, and for what it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import NamedTuple, TypeVar

from runline.invariants.law import Context, Finished
from runline.invariants.words import When
from runline.model.capability import Capability
from runline.model.records import BY_DATE, NO_RUN, Run, TaskInstance, TaskKey
from runline.model.states import ENDED_WELL, FINISHED_TASK, RunKind, RunState, TaskState
from runline.model.steps import Held, Never, Process, RunAt, Slot, Subject
from runline.model.view import TimelineView

T = TypeVar("T")


class Hope(IntEnum):
    """What may become of something: it can move; only the operator can move it; it never will."""

    MOVES = 0
    BLOCKED = 1
    STUCK = 2


class Fate(NamedTuple):
    """What may become of something: its name in a chain of waits, with what is to be said of it, and what it waits for."""

    hope: Hope
    said: str = ""
    on: Subject | None = None


_MOVES = Fate(Hope.MOVES)


class Fates:
    """Follows the waits-for graph of a finished history, each subject once."""

    def __init__(self, finished: Finished, context: Context) -> None:
        self.finished = finished
        self.context = context
        self.timeline = finished.timeline
        self._held: dict[Subject, list[Held]] = {}
        self._without_rows: dict[RunAt, list[TaskKey]] = {}
        for held in finished.waits.held:
            self._held.setdefault(held.what, []).append(held)
            if isinstance(held.what, TaskKey) and has_no_row_yet(self.timeline, context, held.what):
                self._without_rows.setdefault(RunAt(held.what.dag, held.what.date), []).append(held.what)
        self._known: dict[Subject, Fate] = {}
        self._on_the_way: set[Subject] = set()

    def of(self, subject: Subject) -> Fate:
        """What may become of a subject; one that is met again on the way waits for itself."""
        if subject in self._known:
            return self._known[subject]
        if subject in self._on_the_way:
            return Fate(Hope.STUCK)
        self._on_the_way.add(subject)
        fate = self._find(subject)
        self._on_the_way.discard(subject)
        self._known[subject] = fate
        return fate

    def waits_for_time(self, subject: Subject) -> bool:
        """Whether a subject waits, through a chain, for an instant to come."""
        new, seen = [subject], {subject}
        while new:
            on = new.pop()
            held = self._held.get(on, [])
            if any(each.until is not None for each in held):
                return True
            unsaid = (*implied(self.timeline, on), *(self._of_run(on) if isinstance(on, RunAt) else ()))
            more = {*unsaid, *(other for each in held for other in each.on)} - seen
            seen |= more
            new += more
        return False

    def _of_run(self, place: RunAt) -> list[Subject]:
        """What else a run waits for: its instances without rows, and one that is not made for a slot."""
        made = self.timeline.live_at(place.dag, place.date)
        return [*self._without_rows.get(place, []), *(() if made else (Slot(place.dag),))]

    def _find(self, subject: Subject) -> Fate:
        if isinstance(subject, TaskKey):
            return self._instance(subject)
        if isinstance(subject, RunAt):
            return self._run_at(subject)
        if isinstance(subject, Never):
            return Fate(Hope.STUCK, subject.why)
        return self._holds(subject)

    def _worst(self, said: str, ons: Iterable[Subject]) -> Fate:
        """The fate of what waits for all of these."""
        return _after(said, max(((self.of(on), on) for on in ons), key=_hope, default=None))

    def _best(self, said: str, ons: Iterable[Subject]) -> Fate:
        """The fate of what waits for one of these."""
        return self._least(ons, lambda on: _after(said, (self.of(on), on)))

    def _least(self, several: Iterable[T], fate_of: Callable[[T], Fate]) -> Fate:
        """The best of several fates, of which one is enough.

        What was found of others on the way there supposed that this one is stuck as long as it is not known; where it
        is not, that is forgotten.
        """
        known = len(self._known)
        best = min((fate_of(each) for each in several), key=lambda fate: fate.hope, default=_MOVES)
        if best.hope is not Hope.STUCK:
            for subject in list(self._known)[known:]:
                if self._known[subject].hope > best.hope:
                    del self._known[subject]
        return best

    # ---------------------------------------------------------------------- instances

    def _instance(self, key: TaskKey) -> Fate:
        row = self.timeline.task(key)
        if key in self.finished.waits.moving or (row is not None and row.state in ENDED_WELL):
            return _MOVES
        if key in self.finished.waits.parked:
            return Fate(Hope.BLOCKED, f"{name(key)}, for which no worker is left")
        if row is None:
            return self._without_row(key)
        if row.state in FINISHED_TASK:
            return Fate(Hope.BLOCKED, f"{name(key)}, which is {row.state}")
        if row.state is TaskState.QUEUED:
            return Fate(Hope.STUCK, f"{name(key)}, which is queued, but no worker has it")
        if row.state is TaskState.RUNNING or row.run == NO_RUN:
            return Fate(Hope.BLOCKED, f"{name(key)}, which is {row.state} and nobody's")
        run = self._run_of(row)
        if run is None:
            return self._future(RunAt(key.dag, key.date), name(key), f"{name(key)}, which no run will come to")
        return self._in_run(key, run)

    def _without_row(self, key: TaskKey) -> Fate:
        """An instance that was never begun: its run may come to it, or there may come a run."""
        live = self.timeline.live_at(key.dag, key.date)
        if not live:
            return self._future(RunAt(key.dag, key.date), name(key), f"{name(key)}, which never comes to be")
        if self.context.has(Capability.CREATES_INSTANCES):
            return Fate(Hope.STUCK, f"{name(key)}, which its run does not have")
        if live[0].state is RunState.SUCCESS:
            return Fate(Hope.STUCK, f"{name(key)}, which never comes to be: its run has ended without it")
        return self._in_run(key, live[0])

    def _run_of(self, row: TaskInstance) -> Run | None:
        if row.run != BY_DATE:
            return self.timeline.run(row.run)
        return next(iter(self.timeline.live_at(row.dag, row.date)), None)

    def _in_run(self, key: TaskKey, run: Run) -> Fate:
        if run.state is RunState.OVERRIDDEN:
            return Fate(Hope.STUCK, f"{name(key)}, whose run is overridden")
        if run.state is not RunState.RUNNING and run.state is not RunState.QUEUED:
            return Fate(Hope.BLOCKED, f"{name(key)}, whose run is {run.state}")
        if run.state is RunState.QUEUED and key not in self._held:
            return self._worst(name(key), (RunAt(run.dag, run.date),))
        return self._holds(key)

    # ---------------------------------------------------------------------------- runs

    def _run_at(self, place: RunAt) -> Fate:
        live = self.timeline.live_at(place.dag, place.date)
        if not live:
            return self._future(
                place, f"a run at {When(place.date)}", f"a run at {When(place.date)}, which never comes to be"
            )
        return max((self._run(run) for run in live), key=lambda fate: fate.hope)

    def _run(self, run: Run) -> Fate:
        if run.state is RunState.SUCCESS:
            return _MOVES
        shown = f"run {run.id} ({When(run.date)})"
        if run.state is RunState.FAILED:
            return Fate(Hope.BLOCKED, f"{shown}, which failed")
        place = RunAt(run.dag, run.date)
        if run.state is RunState.QUEUED and place in self._held:
            return self._holds(place)._replace(said=f"{shown}, which is queued")
        left = [row.key for row in unfinished(self.timeline, run)]
        return self._worst(shown, left + self._without_rows.get(place, []))

    def _future(self, place: RunAt, shown: str, otherwise: str) -> Fate:
        """A date without a run: the schedule may still come to it."""
        version = self.timeline.version(place.dag)
        latest = self.timeline.latest_made(place.dag, RunKind.SCHEDULED)
        if version is None or (latest is not None and place.date <= latest):
            return Fate(Hope.STUCK, otherwise)
        start = version.first_start
        begins_anew = latest is None or (start is not None and latest < start)
        if not version.schedule.is_tick(place.date, phase=start if begins_anew else latest):
            return Fate(Hope.STUCK, otherwise)
        if place.dag in {dag for dag, *_ in self.finished.waits.raising}:
            return Fate(Hope.STUCK, f"a run at {When(place.date)}, which the scheduler fails to make in every loop")
        limit = Slot(place.dag)
        limited = limit in self._held or holders_of(self.timeline, limit)
        return self._worst(shown, (limit,)) if limited else self._holds(place)

    # --------------------------------------------------------------------------- holds

    def _holds(self, subject: Subject) -> Fate:
        """What becomes of what is held: all that it waits for has to come; of a limit, one that holds a slot."""
        waits = self.finished.waits
        held = self._held.get(subject)
        dag = getattr(subject, "dag", "")
        if dag in waits.pending:
            return _MOVES
        if held is not None:
            return self._least(held, self._hold)
        if isinstance(subject, Slot):
            return self._best(name(subject), holders_of(self.timeline, subject))
        unwatched = Fate(Hope.BLOCKED, f"{name(subject)}, at which nobody looks")
        return unwatched if dag in waits.unwatched else _MOVES

    def _hold(self, held: Held) -> Fate:
        if held.until is not None:
            return _MOVES
        shown = name(held.what)
        if not held.on:
            return Fate(Hope.BLOCKED, f"{shown}: {held.reason}")
        return (self._best if isinstance(held.what, Slot) else self._worst)(shown, held.on)


def _hope(known: tuple[Fate, Subject]) -> Hope:
    return known[0].hope


def _after(said: str, known: tuple[Fate, Subject] | None) -> Fate:
    """The fate of what waits for something of which the fate is known; for nothing, if ``None``."""
    if known is None or known[0].hope is Hope.MOVES:
        return _MOVES
    return Fate(known[0].hope, said, known[1])


def has_no_row_yet(timeline: TimelineView, context: Context, key: TaskKey) -> bool:
    """Whether an instance is one whose row only appears when it is sent (L03)."""
    return not context.has(Capability.CREATES_INSTANCES) and timeline.task(key) is None


def implied(timeline: TimelineView, subject: Subject) -> tuple[Subject, ...]:
    """What is waited for though no gate says so: its instances by a run, that by those of a queued one, runs by a slot."""
    if isinstance(subject, Slot):
        return holders_of(timeline, subject)
    if isinstance(subject, RunAt):
        running = [run for run in timeline.live_at(*subject) if run.state is RunState.RUNNING]
        return tuple(row.key for run in running for row in unfinished(timeline, run))
    row = timeline.task(subject) if isinstance(subject, TaskKey) else None
    if row is not None and row.state not in FINISHED_TASK:
        queued = [run for run in timeline.live_at(row.dag, row.date) if run.state is RunState.QUEUED]
        return tuple(RunAt(run.dag, run.date) for run in queued)
    return ()


def unfinished(timeline: TimelineView, run: Run) -> list[TaskInstance]:
    """The instances of a run that have not come to an end."""
    rows = timeline.tasks_at(run.dag, run.date)
    return [row for row in rows if row.run in (run.id, BY_DATE) and row.state not in FINISHED_TASK]


def holders_of(timeline: TimelineView, slot: Slot) -> tuple[RunAt, ...]:
    """The running runs that hold the slots of a DAG, none while one is free; manual runs take none."""
    version = timeline.version(slot.dag)
    running = timeline.in_state(slot.dag, RunState.RUNNING)
    holding = tuple(RunAt(slot.dag, run.date) for run in running if run.kind is not RunKind.MANUAL)
    return () if version is None or len(holding) < version.max_active_runs else holding


def name(subject: Subject) -> str:
    """A subject as a sentence names it."""
    if isinstance(subject, TaskKey):
        return f"{subject.task} of {When(subject.date)}"
    if isinstance(subject, RunAt):
        return f"the run at {When(subject.date)}"
    if isinstance(subject, Slot):
        return f"a free slot of {subject.dag}"
    return subject.name if isinstance(subject, Process) else subject.why
