"""Schedulers: they look at each DAG at their heartbeats, and skip looks of which nothing can come."""

from __future__ import annotations

from collections.abc import Iterable

from runline.designs.design import Design
from runline.designs.scheduler import Begin, Evaluate
from runline.model.events import Looked
from runline.model.instants import Duration, Instant
from runline.model.steps import Commit, Held, RunAt, Step
from runline.model.values import make
from runline.simulator.agenda import SCHEDULER, Rank
from runline.simulator.engine import Engine, Process

_LOOKED = frozenset({Looked})
_NEVER: Instant = 1 << 63
"""Later than anything that is ever due."""
_EVER: Instant = -_NEVER


class Scheduler(Process):
    """One scheduler's care for one DAG.

    A look after which nothing has changed is not repeated until something changes or comes due: it would find the same.
    An error that such a look met is met again at each heartbeat skipped, and counted.
    """

    def __init__(
        self, engine: Engine, design: Design, number: int, dag: str, place: int, start: Instant, heartbeat: Duration
    ) -> None:
        super().__init__(engine, f"scheduler-{number}", Rank(SCHEDULER, number, place), dag)
        self.design = design
        self.start = start
        self.heartbeat = heartbeat
        self.idle = True
        """Whether looks of which nothing can come are skipped."""
        self._looked = start - heartbeat
        self._next = _NEVER
        self._planned: set[Instant] = set()
        """The heartbeats for which a look stands in the agenda; all but the next were put off, but may be wanted again."""
        self._changed_before = 0
        """How often something had changed when it began to look."""
        self._raised_at: Instant | None = None
        self._closed_until = _EVER
        """No run can be made before this, unless runs or instances come or go."""
        self._created_at = -1
        """How often something had changed when the look came from making a run to the runs there are."""

    def wake(self) -> None:
        """Look again at the next heartbeat."""
        self.wake_at(self.engine.now)

    def wake_at(self, time: Instant) -> None:
        """Look again at the first heartbeat from ``time`` on at which this scheduler has not looked yet."""
        heartbeat, engine = self.heartbeat, self.engine
        beat = time + (self.start - time) % heartbeat
        if beat <= self._looked:
            beat = self._looked + heartbeat
        if beat == engine.now and self.rank < engine.passed:
            beat += heartbeat  # others of this instant came after it already
        if beat < self._next:
            self._next = beat
            if beat not in self._planned or engine.draws:
                self._planned.add(beat)
                engine.agenda.put(beat, self.rank, self._look, beat)

    def _look(self, beat: Instant) -> None:
        self._planned.discard(beat)
        if self._next != beat:
            return  # it was put off, or put forward
        self._next = _NEVER
        if not self.alive:
            return
        self._looked = beat
        if self.under_way:  # others came in between; this heartbeat is missed
            self.wake()
            return
        if self._raised_at is not None:
            self._count_raises(beat)
        self._changed_before = self.engine.changes[self.dag]
        self.engine.begin(self, self._begin())

    def _begin(self, process: bool = True) -> Begin:
        """A look; while no run can be made, only at what there is."""
        shown = self.engine.now if self.clock.ahead == 0 else self.shows()  # a clock that is right is not asked
        create = shown >= self._closed_until
        if create:
            self._closed_until = _EVER
        return make(Begin, (self.design, self.dag, self.name, shown, create, process))

    def goes_on(self, step: Step) -> None:
        """Note when the look comes to the runs there are."""
        if isinstance(step, Evaluate) and step.so_far.then is None:
            self._created_at = self.engine.changes[self.dag]

    def rest(self, then: Step | None) -> None:
        """The look is over: note an error, and when there is something to look for again."""
        if self.raised is not None:
            self._raised_at = self.engine.now
            self.note_error(1, self.engine.now)
        if self.held:
            self._note_closed(self.held)
        changes = self.engine.changes[self.dag]
        if not self.idle or (
            changes != self._changed_before and self._would_act(self.design.sent is None or changes != self._created_at)
        ):
            self.wake()
            return
        closed = self._closed_until
        if closed is not _EVER:
            self._look_when(closed)
        for held in self.held:
            due = held.until
            if due is not None and due != closed:
                self._look_when(due)

    def _look_when(self, due: Instant) -> None:
        """Look at the first heartbeat by which the clock shows ``due``, if that is still to come."""
        now = self.engine.now
        time = due if self.clock.ahead == 0 else self.clock.when(due, now)
        if time is not None and time > now:
            self.wake_at(time)

    @property
    def pending(self) -> bool:
        """Whether another look would do something."""
        return self.alive and self._would_act()

    def _would_act(self, process: bool = True) -> bool:
        """Whether another look would do something; if not, what it would have said is kept as if it had been taken.

        Without ``process`` it makes a run at most, and what was said of those there are stays said: they would have no
        other answer by now.
        """
        outcome = self._begin(process).__call__(self.engine.timeline)
        if not isinstance(outcome, Commit):
            return True
        events, then, sends, held, _ = outcome
        if then is not None or sends:
            return True
        self.held = held if process else held + self.held
        if held:
            self.engine.gates.update([each.rule for each in held])
            self._note_closed(held)
        return not _LOOKED.issuperset(map(type, events))

    def _note_closed(self, held: Iterable[Held]) -> None:
        """Note until when no run can be made; with a timeout each look may end runs first, so then it is not noted."""
        for why in held:
            until = why.until
            if until is not None and not why.on and isinstance(why.what, RunAt) and self._may_skip():
                self._closed_until = until

    def _may_skip(self) -> bool:
        return self.idle and not self.engine.timeline.may_time_out(self.dag)

    def came_or_went(self) -> None:
        """Runs, instances or versions came or went: a date that was not due may be another now."""
        self._closed_until = _EVER

    def finish(self, end: Instant) -> None:
        """The history is over: count what would have been raised until then."""
        self._count_raises(end + 1)

    def _count_raises(self, until: Instant) -> None:
        """Count the heartbeats skipped since an error was raised, at each of which it is raised again."""
        if self._raised_at is not None and self.alive:
            skipped = (until - 1 - self._raised_at) // self.heartbeat
            self.note_error(skipped, self._raised_at + skipped * self.heartbeat)
        self._raised_at = None
