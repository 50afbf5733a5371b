"""The law that nothing waits for what never comes, over the waits-for graph at the end of a history."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from runline.invariants.law import Context, CoverageLaw, Evidence, Finished, Judged, Kind
from runline.invariants.words import When
from runline.model.capability import Capability
from runline.model.records import BY_DATE, NO_RUN, Run, TaskInstance, TaskKey
from runline.model.states import ENDED_WELL, FINISHED_TASK, RunKind, RunState, TaskState
from runline.model.steps import Held, Never, Process, RunAt, Slot, Subject


class Hope(IntEnum):
    """What may become of something: it can move; only the operator can move it; it never will."""

    MOVES = 0
    BLOCKED = 1
    STUCK = 2


class Fate(NamedTuple):
    """What may become of something, and the links of the chain that shows it, each a sentence's end."""

    hope: Hope
    links: tuple[str, ...] = ()


_MOVES = Fate(Hope.MOVES)


class Fates:
    """Follows the waits-for graph of a finished history, each subject once."""

    def __init__(self, finished: Finished, context: Context) -> None:
        self.finished = finished
        self.context = context
        self.timeline = finished.timeline
        self._held: dict[Subject, list[Held]] = {}
        for held in finished.waits.held:
            self._held.setdefault(held.what, []).append(held)
        self._known: dict[Subject, Fate] = {}
        self._on_the_way: set[Subject] = set()

    def of(self, subject: Subject) -> Fate:
        """What may become of a subject; one that is met again on the way waits for itself."""
        if subject in self._known:
            return self._known[subject]
        if subject in self._on_the_way:
            return Fate(Hope.STUCK, (f"{name(subject)}, and so for itself",))
        self._on_the_way.add(subject)
        fate = self._find(subject)
        self._on_the_way.discard(subject)
        self._known[subject] = fate
        return fate

    def _find(self, subject: Subject) -> Fate:
        if isinstance(subject, TaskKey):
            return self._instance(subject)
        if isinstance(subject, RunAt):
            return self._run_at(subject)
        if isinstance(subject, Never):
            return Fate(Hope.STUCK, (subject.why,))
        return self._holds(subject)

    # ---------------------------------------------------------------------- instances

    def _instance(self, key: TaskKey) -> Fate:
        row = self.timeline.task(key)
        if key in self.finished.waits.moving or (row is not None and row.state in ENDED_WELL):
            return _MOVES
        if key in self.finished.waits.parked:
            return Fate(Hope.BLOCKED, (f"{name(key)}, for which no worker is left",))
        if row is None:
            return self._without_row(key)
        if row.state in FINISHED_TASK:
            return Fate(Hope.BLOCKED, (f"{name(key)}, which is {row.state}",))
        if row.state is TaskState.QUEUED:
            return Fate(Hope.STUCK, (f"{name(key)}, which is queued, but no worker has it",))
        if row.state is TaskState.RUNNING or row.run == NO_RUN:
            return Fate(Hope.BLOCKED, (f"{name(key)}, which is {row.state} and nobody's",))
        run = self._run_of(row)
        if run is None:
            return self._future(RunAt(key.dag, key.date), f"{name(key)}, which no run will come to")
        return self._in_run(key, run)

    def _without_row(self, key: TaskKey) -> Fate:
        """An instance that was never begun: its run may come to it, or there may come a run."""
        live = self.timeline.live_at(key.dag, key.date)
        if not live:
            return self._future(RunAt(key.dag, key.date), f"{name(key)}, which never comes to be")
        if self.context.has(Capability.CREATES_INSTANCES):
            return Fate(Hope.STUCK, (f"{name(key)}, which its run does not have",))
        if live[0].state is RunState.SUCCESS:
            return Fate(Hope.STUCK, (f"{name(key)}, which never comes to be: its run has ended without it",))
        return self._in_run(key, live[0])

    def _run_of(self, row: TaskInstance) -> Run | None:
        if row.run != BY_DATE:
            return self.timeline.run(row.run)
        return next(iter(self.timeline.live_at(row.dag, row.date)), None)

    def _in_run(self, key: TaskKey, run: Run) -> Fate:
        if run.state is RunState.OVERRIDDEN:
            return Fate(Hope.STUCK, (f"{name(key)}, whose run is overridden",))
        if run.state is not RunState.RUNNING and run.state is not RunState.QUEUED:
            return Fate(Hope.BLOCKED, (f"{name(key)}, whose run is {run.state}",))
        return self._holds(key)

    # ---------------------------------------------------------------------------- runs

    def _run_at(self, place: RunAt) -> Fate:
        live = self.timeline.live_at(place.dag, place.date)
        if not live:
            return self._future(place, f"a run at {When(place.date)}, which never comes to be")
        return max((self._run(run) for run in live), key=lambda fate: fate.hope)

    def _run(self, run: Run) -> Fate:
        if run.state is RunState.SUCCESS:
            return _MOVES
        shown = f"run {run.id} ({When(run.date)})"
        if run.state is RunState.FAILED:
            return Fate(Hope.BLOCKED, (f"{shown}, which failed",))
        left = [
            row
            for row in self.timeline.tasks_at(run.dag, run.date)
            if row.run in (run.id, BY_DATE) and row.state not in FINISHED_TASK
        ]
        worst = max((self.of(row.key) for row in left), key=lambda fate: fate.hope, default=_MOVES)
        return worst if worst.hope is Hope.MOVES else Fate(worst.hope, _shortened((shown, *worst.links)))

    def _future(self, place: RunAt, otherwise: str) -> Fate:
        """A date without a run: the schedule may still come to it."""
        version = self.timeline.version(place.dag)
        latest = self.timeline.latest_made(place.dag, RunKind.SCHEDULED)
        if version is None or (latest is not None and place.date <= latest):
            return Fate(Hope.STUCK, (otherwise,))
        if not version.schedule.is_tick(place.date, phase=latest or version.first_start):
            return Fate(Hope.STUCK, (otherwise,))
        if place.dag in {dag for dag, *_ in self.finished.waits.raising}:
            return Fate(Hope.STUCK, (f"a run at {When(place.date)}, which the scheduler fails to make in every loop",))
        limit = Slot(place.dag)
        return self.of(limit) if limit in self._held else self._holds(place)

    # --------------------------------------------------------------------------- holds

    def _holds(self, subject: Subject) -> Fate:
        """What becomes of what is held: all that it waits for has to come; of a limit, one that holds a slot."""
        waits = self.finished.waits
        held = self._held.get(subject)
        dag = getattr(subject, "dag", "")
        if dag in waits.pending:
            return _MOVES
        if held is None:
            unwatched = Fate(Hope.BLOCKED, (f"{name(subject)}, at which nobody looks",))
            return unwatched if dag in waits.unwatched else _MOVES
        fates = [self._hold(each) for each in held]
        return min(fates, key=lambda fate: fate.hope)

    def _hold(self, held: Held) -> Fate:
        if held.until is not None:
            return _MOVES
        shown = name(held.what)
        if not held.on:
            return Fate(Hope.BLOCKED, (f"{shown}: {held.reason}",))
        fates = [self.of(subject) for subject in held.on]
        pick = min if isinstance(held.what, Slot) else max
        fate = pick(fates, key=lambda each: each.hope)
        return fate if fate.hope is Hope.MOVES else Fate(fate.hope, _shortened((shown, *fate.links)))


def _shortened(links: tuple[str, ...]) -> tuple[str, ...]:
    """A chain with its middle left out, where it is long."""
    return links if len(links) < _LONG else (*links[:2], "others in turn", *links[-3:])


_LONG = 10
"""Links beyond which the middle of a chain is left out."""


def name(subject: Subject) -> str:
    """A subject as a sentence names it."""
    if isinstance(subject, TaskKey):
        return f"{subject.task} of {When(subject.date)}"
    if isinstance(subject, RunAt):
        return f"the run at {When(subject.date)}"
    if isinstance(subject, Slot):
        return f"a free run of {subject.dag}"
    return subject.name if isinstance(subject, Process) else subject.why


def waiting(finished: Finished, context: Context) -> list[Subject]:
    """What waits at the end: unfinished instances, by date and task, then due ticks and jobs that were held."""
    rows = sorted(
        (row.dag, row.date, row.task, row.key) for row in finished.timeline.tasks() if row.state not in FINISHED_TASK
    )
    keys: list[Subject] = [key for *_, key in rows]
    known = set(keys)
    other = [held.what for held in finished.waits.held if held.on and held.what not in known]
    return [*keys, *(what for what in dict.fromkeys(other) if _counts(finished, context, what))]


def _counts(finished: Finished, context: Context, what: Subject) -> bool:
    """Whether something that was held still waits; where rows appear late, an instance may have none yet (L03)."""
    if not isinstance(what, TaskKey):
        return True
    return not context.has(Capability.CREATES_INSTANCES) and finished.timeline.task(what) is None


def _judge(finished: Finished, context: Context) -> Judged:
    fates = Fates(finished, context)
    broken: list[Evidence] = []
    blocked: list[Evidence] = []
    subjects = waiting(finished, context)
    for subject in subjects:
        fate = fates.of(subject)
        if fate.hope is not Hope.MOVES:
            told = _evidence(subject, fate)
            (broken if fate.hope is Hope.STUCK else blocked).append(told)
    raising = finished.waits.raising
    broken += [
        Evidence("The scheduler raises in every loop for {}, {} times so far: {}.", (dag, times, error), "raise", dag)
        for dag, error, _, times in raising
    ]
    return Judged(len(subjects) + len(raising), tuple(broken), tuple(blocked))


def _evidence(subject: Subject, fate: Fate) -> Evidence:
    links = fate.links[1:] if fate.links and fate.links[0] == name(subject) else fate.links
    chain = ", which waits for ".join(links)
    aspect = "cycle" if chain.endswith("for itself") else "never comes" if fate.hope is Hope.STUCK else "blocked"
    if links and links[0].startswith((f"{name(subject)}, ", f"{name(subject)}: ")):
        links, template = (links[0],), "{1}, does not go on."
    else:
        template = "{} waits for {}." if links else "{} waits."
    chain = ", which waits for ".join(links)
    return Evidence(
        template,
        (name(subject), chain) if links else (name(subject),),
        aspect,
        getattr(subject, "dag", ""),
        instances=(subject,) if isinstance(subject, TaskKey) else (),
        dates=(subject.date,) if isinstance(subject, TaskKey | RunAt) else (),
    )


no_deadlock = CoverageLaw(
    id="no-deadlock",
    kind=Kind.STUCK,
    sentence="Every unfinished instance and due tick waits, through a chain, for something that can still move; what waits "
    "for something that failed is blocked, and the operator's.",
    source="M18, L18, L22, L43; bugs: LIVENESS",
    judge=_judge,
)
