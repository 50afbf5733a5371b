"""Histories in which processes come in between the steps of one another; who goes on is a choice."""

from __future__ import annotations

from functools import partial

from runline.invariants.judge import Judge
from runline.model.events import Event
from runline.model.notice import CHANGED
from runline.model.steps import Commit, Step, Wait, at_rest
from runline.simulator.agenda import OPERATOR, Due
from runline.simulator.choices import Noted
from runline.simulator.engine import Engine, Process
from runline.simulator.transaction import Isolation, Transactions


class Interleaved(Engine):
    """An engine in which others may come in after each step; a transaction that they overtook begins anew."""

    draws = True

    def __init__(self, judge: Judge, choices: Noted, max_events: int, isolation: Isolation) -> None:
        super().__init__(judge, choices, max_events)
        self.following = self._choose_following
        self.transactions = Transactions(isolation)
        self._open = 0
        """How many operations are under way."""

    def _choose_following(self) -> Due:
        """What comes next: which of all that is due then is a choice."""
        dues = self.agenda.take_all_now()
        taken = 0 if dues[0][1].priority == OPERATOR else self.choices.choose("who goes on", len(dues))
        chosen = dues.pop(taken)
        self.agenda.put_back(dues)
        return chosen

    def begin(self, process: Process, step: Step) -> None:
        """Let a process take a first step, and put off those that follow from it, until it rests."""
        process.held, process.raised = (), None
        self._go_on(process, step)

    def _go_on(self, process: Process, step: Step) -> None:
        """Let a process take a step; if another follows from it, others may come in before that."""
        if not process.alive:
            self._settle(process)
            return
        following = self._take(process, step)
        if following is not None:
            process.goes_on(following)
            if not process.under_way:
                process.under_way = True
                self._open += 1
            self.agenda.put(self.now, process.rank, partial(self._go_on, process), following)

    def _take(self, process: Process, step: Step) -> Step | None:
        """Let a process take a step; the one that follows, if it is not at rest then."""
        self.transactions.begin(process, step, self.changes[process.dag])
        outcome = step(self.timeline)
        if type(outcome) is not Commit:
            outcome = self._resolve(outcome)
        if isinstance(outcome, Wait):
            self._note_held(process, outcome.held)
            self._rest(process, step)
            return None
        events, then, sends, held, _ = outcome
        resting = then is None or at_rest(then)
        if held:
            self._note_held(process, held)
        if events:
            if not self.transactions.may_commit(process, events):
                return self.transactions.restart(process)
            self.happen(process, type(step).__name__, events, not resting or self._open > process.under_way)
            self.transactions.committed(process)
        if sends:
            self.deliver(process, sends)
        if not resting:
            return then
        self._rest(process, then)
        return None

    def _rest(self, process: Process, then: Step | None) -> None:
        self._settle(process)
        process.rest(then)

    def _settle(self, process: Process) -> None:
        """A process has nothing under way any more."""
        if process.under_way:
            process.under_way = False
            self._open -= 1
        self.transactions.forget(process)
        if not self._open and self.judge.unsettled:
            self.judge.settle()

    def _tell(self, process: Process, events: tuple[Event, ...], effect: int) -> None:
        """Transactions under way are told too: these rows were written."""
        if effect & CHANGED:
            self.transactions.wrote(process.dag, events)
        super()._tell(process, events, effect)
