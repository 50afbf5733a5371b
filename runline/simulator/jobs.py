"""Backfill jobs: each is a process that works until its backfill is over, or it is killed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runline.designs.commands import BackfillRequest
from runline.designs.design import Design
from runline.model.instants import Instant
from runline.model.steps import Step
from runline.simulator.agenda import BACKFILL, Rank
from runline.simulator.engine import Engine, Process


def _nobody(job: Job) -> None:
    """Nobody has to be told."""


class Job(Process):
    """A backfill job. It goes on as long as something changes, then rests until something does or comes due."""

    def __init__(self, engine: Engine, design: Design, request: BackfillRequest) -> None:
        super().__init__(engine, f"backfill-{request.number}", Rank(BACKFILL, request.number), request.dag)
        self.request = request
        self.step: Any = design.backfill(design, request, engine.now, self.name)
        self.ended = False
        self.acts_before = 0
        """How many things the operator had done when it began."""
        self.done: Callable[[Job], None] = _nobody
        """Is told when the job has ended by itself."""
        self._next: Instant | None = None
        self._changed_before = 0
        """How often something had changed when it went on."""
        self._stood: Any = None
        """Before which step it stood last, whatever the time was."""

    def wake(self) -> None:
        """Go on now."""
        if not self.ended and not self.under_way:
            self._go_at(self.engine.now)

    def _go_at(self, time: Instant) -> None:
        if self._next is None or time < self._next:
            self._next = time
            self.engine.agenda.put(time, self.rank, self._go, time)

    @property
    def pending(self) -> bool:
        """Whether it is about to go on."""
        return self.alive and not self.ended and self._next is not None and self._next <= self.engine.now

    def _go(self, time: Instant) -> None:
        if self._next == time and self.alive and not self.ended and not self.under_way:
            self._next = None
            self._changed_before = self.engine.changes[self.dag]
            self.engine.begin(self, self.step._replace(at=self.shows()))

    def rest(self, then: Step | None) -> None:
        """Go on at once if something changed, else when something comes due."""
        self.note_error(1, self.engine.now)
        self.ended = then is None
        if then is None:
            self.done(self)
            return
        self.step = then
        if getattr(then, "after_heartbeat", False):
            self._go_at(self.engine.now)  # workers come first, so that what was sent has begun
            return
        stands = self.step._replace(at=0)
        moved, self._stood = stands != self._stood, stands
        if moved or self.engine.changes[self.dag] != self._changed_before:
            self.wake()
            return
        shown = self.clock.read(self.engine.now)
        for held in self.held:
            if held.until is not None and held.until > shown:
                time = self.clock.when(held.until, self.engine.now)
                if time is not None:
                    self._go_at(time)
