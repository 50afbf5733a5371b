"""The event loop: one history in virtual time. Time passes from what is due to what is due next; nothing ticks idly."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from runline.invariants.judge import Judge
from runline.invariants.law import Made
from runline.model.errors import IntegrityError
from runline.model.events import (
    Event,
    Raised,
    RunCreated,
    TaskDeleted,
    TaskMoved,
)
from runline.model.instants import Instant
from runline.model.notice import CAME_OR_WENT, CHANGED, RAISED
from runline.model.records import TaskKey
from runline.model.states import TaskState
from runline.model.steps import UNDER_WAY, Choose, Commit, Held, Outcome, Step, Wait
from runline.model.timeline import Timeline
from runline.model.values import make
from runline.simulator.agenda import BACKFILL, OPERATOR, Agenda, Rank
from runline.simulator.choices import Noted
from runline.simulator.clocks import VirtualClock
from runline.simulator.trace import Entry, Folded

_KEPT = 64
"""How many events stay undoable, about: few enough that what undoing takes stays near at hand."""
_MANY = 100_000
"""So many values that are young are too many to be gone through at once."""


@contextmanager
def without_collections() -> Iterator[None]:
    """Let Python not look for cycles: a trace is made of very many small values, which never form any.

    What a long history has left counts as old afterwards, so that it is not gone through just because it was made.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            if gc.get_count()[0] > _MANY and not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


class Relations(Protocol):
    """What the engine tells of acts: before they have events, and after. ``deeds``: whose acts are followed, by name."""

    deeds: dict[str, Any]

    def before(self, process: Process) -> Any:
        """An act is about to have events; what is said here is handed to ``after``."""

    def after(self, process: Process, before: Any, events: tuple[Event, ...]) -> None:
        """It has had them."""


class Process:
    """Someone who takes steps: a name, a clock of its own, the DAG at which it works, its place in the order.

    ``held`` collects what its gates said since it last began; ``raised`` the error that it last met.
    """

    def __init__(self, engine: Engine, name: str, rank: Rank, dag: str) -> None:
        self.engine = engine
        self.name = name
        self.rank = rank
        self.acts = rank.priority in (OPERATOR, BACKFILL)
        """Whether it is the operator or a job, whose acts are judged by what they touch, and may interrupt others."""
        self.sender = ""
        """For whom it works, if for another."""
        self.dag = dag
        self.clock = VirtualClock()
        self.alive = True
        self.under_way = False
        self.held: tuple[Held, ...] = ()
        self.raised: Raised | None = None
        self.errors: dict[str, Folded] = {}
        self.command: object = None
        """What it was asked to do, while it does it; only the operator is asked."""

    @property
    def pending(self) -> bool:
        """Whether it is about to do something."""
        return False

    def shows(self) -> Instant:
        """What its clock shows now."""
        now, ahead = self.engine.now, self.clock.ahead
        return now if ahead == 0 else self.clock.read(now)

    def note_error(self, times: int, last: Instant) -> None:
        """Count an error that was raised so many times until ``last``, if one was."""
        if self.raised is None or times < 1:
            return
        dag, error, rule = self.raised.dag, self.raised.error, self.raised.rule
        known = self.errors.get(error) or Folded(self.name, dag, error, rule, 0, last, last)
        self.errors[error] = known._replace(times=known.times + times, last=last)

    def goes_on(self, step: Step) -> None:
        """The process stands before ``step``, in the middle of an operation."""

    def rest(self, then: Step | None) -> None:
        """The process stands before ``then``, with nothing under way (``None``: it has ended)."""

    def wake(self) -> None:
        """Something changed in its DAG, or its clock."""

    def wake_at(self, time: Instant) -> None:
        """What it sent did not begin, and may from that time on."""

    def came_or_went(self) -> None:
        """Runs, instances or versions came or went in its DAG."""


class Engine:
    """The world of one simulation: the timeline and the laws over it, the agenda, the processes.

    Here an operation goes on until its process rests; :class:`~runline.simulator.interleaved.Interleaved` lets others
    come in between its steps.
    """

    draws = False
    """Whether who goes on is drawn, from all that stands in the agenda."""

    def __init__(self, judge: Judge, choices: Noted, max_events: int) -> None:
        self.judge = judge
        self.monitor = judge.monitor
        self.timeline: Timeline = judge.monitor.timeline
        self.choices = choices
        self.max_events = max_events
        self.now: Instant = 0
        self.passed = Rank(OPERATOR)
        """Whose turn at this instant has been, or was passed over, up to this rank."""
        self.agenda = Agenda()
        self.following = self.agenda.take
        """Takes what comes next."""
        self.trace: list[Entry] = []
        self.changes: Counter[str] = Counter()
        """How often something changed, by DAG."""
        self.gates: set[str] = set()
        """The rules that said no."""
        self.made: dict[int, Made] = {}
        """How each run came to be."""
        self.watchers: list[Process] = []
        """Who is told of changes."""
        self._watching: defaultdict[str, list[Process]] = defaultdict(list)
        """The same, by DAG."""
        self.deliver: Callable[[Process, Iterable[Any]], None]
        """Takes over what a process sends; the pool of workers sets it, and the next."""
        self.interrupted: Callable[[TaskKey], None]
        """Is told of an instance that was taken away from whoever executes it."""
        self.relations: Relations | None = None
        """Follows acts, if they are to be judged."""

    @property
    def events(self) -> int:
        """How many events have happened."""
        return self.monitor.applied

    def watch(self, process: Process) -> None:
        """From now on a process is told of changes in its DAG."""
        self.watchers.append(process)
        self._watching[process.dag].append(process)

    def run(self, end: Instant, told: Callable[[Engine], None] | None = None) -> bool:
        """Let happen all that is due until ``end``, included; whether that came to its end within ``max_events``."""
        heap, following, monitor, asked_at = self.agenda.heap, self.following, self.monitor, 0
        while heap:
            time, rank, _, act, what = following()
            if time > end:
                break
            if monitor.applied >= asked_at:
                if monitor.applied >= self.max_events:
                    return False
                monitor.settle()  # nobody goes back
                asked_at = min(monitor.applied + _KEPT, self.max_events)
            if time > self.now:
                self.now, self.passed = time, rank
            elif rank > self.passed:
                self.passed = rank
            act(what)
            if told is not None:
                told(self)
        self.now = end
        return True

    # ------------------------------------------------------------------------- processes

    def begin(self, process: Process, step: Step) -> None:
        """Let a process take a first step, and all that follow from it until it rests."""
        process.held, process.raised = (), None
        while True:
            outcome = step.__call__(self.timeline)  # ``step(...)`` would go through C
            if type(outcome) is not Commit:
                outcome = self._resolve(outcome)
                if isinstance(outcome, Wait):
                    self._note_held(process, outcome.held)
                    process.rest(step)
                    return
            events, then, sends, held, _ = outcome
            under_way = type(then) in UNDER_WAY
            if held:
                self._note_held(process, held)
            if events:
                self.happen(process, type(step).__name__, events, under_way)
            if sends:
                self.deliver(process, sends)
            if not under_way or then is None:
                break
            process.goes_on(then)
            step = then
        if self.judge.unsettled:
            self.judge.settle()
        process.rest(then)

    def happen(self, process: Process, step: str, events: tuple[Event, ...], under_way: bool = False) -> None:
        """Let events happen and be judged; where one does not fit, none does, and the process raises instead."""
        monitor, relations, before = self.monitor, self.relations, None
        acts = process.acts
        if relations is not None and (acts or process.sender in relations.deeds):
            before = relations.before(process)
        try:
            effect = monitor.apply_all(events)
        except IntegrityError as error:
            events = (Raised(process.dag, error.message, (), process.clock.read(self.now), process.name, "integrity"),)
            effect = monitor.apply_all(events)
        if monitor.troubled:
            self.judge.note(len(self.trace), events, under_way)
        self.trace.append(make(Entry, (self.now, process.name, step, events, under_way)))
        if before is not None and relations is not None:
            relations.after(process, before, events)
        if effect:
            self._tell(process, events, effect)
        if acts:
            self._tell_interrupted(events)

    def _note_held(self, process: Process, said: tuple[Held, ...]) -> None:
        process.held += said
        for held in said:
            self.gates.add(held.rule)

    def _resolve(self, outcome: Outcome) -> Commit | Wait:
        """Choose until there is nothing left to choose."""
        while isinstance(outcome, Choose):
            options = list(outcome.options)
            taken = options[self.choices.choose(outcome.label, len(options))]
            outcome = outcome.options[taken](self.timeline)
        assert isinstance(outcome, Commit | Wait)
        return outcome

    # --------------------------------------------------------------------- who is told

    def _tell(self, process: Process, events: tuple[Event, ...], effect: int) -> None:
        """Who waits in the same DAG looks again; the process itself knows what it has done, but for an error."""
        if effect & RAISED:
            process.raised = next(event for event in reversed(events) if isinstance(event, Raised))
        if not effect & CHANGED:
            return
        dag = process.dag
        watching = self._watching[dag]
        self.changes[dag] += 1
        if effect & CAME_OR_WENT:
            self._note_made(events)
            for watcher in watching:
                watcher.came_or_went()
        for watcher in watching:
            if watcher is not process:
                watcher.wake()

    def _note_made(self, events: tuple[Event, ...]) -> None:
        """Note how runs came to be, for the laws of finished histories."""
        for event in events:
            if type(event) is RunCreated:
                version = self.timeline.in_force(event.record.dag)
                assert version is not None
                self.made[event.record.id] = make(Made, (event.at, version, event.rule))

    def _tell_interrupted(self, events: Iterable[Event]) -> None:
        """Who executes an instance is told if it was taken away from it."""
        for event in events:
            if isinstance(event, TaskMoved) and event.before is TaskState.RUNNING:
                self.interrupted(event.key)
            elif isinstance(event, TaskDeleted) and event.record.state is TaskState.RUNNING:
                self.interrupted(event.record.key)

    def tell_sender(self, name: str, dag: str, time: Instant) -> None:
        """What a process has sent did not begin: its time comes only then."""
        for watcher in self._watching[dag]:
            if watcher.name == name:
                watcher.wake_at(time)

    def let_go(self) -> None:
        """The history is over and handed on: hold nothing more, so that it goes as soon as whoever got it lets go of it.

        The engine and its processes hold one another; without this it would wait for Python's search for cycles.
        """
        self.__dict__.clear()
