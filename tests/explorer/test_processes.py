"""Processes, whose events happen only where something new is asked, against the same where each move really happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runline.explorer import processes as module
from runline.explorer.model import Counts
from runline.explorer.processes import Processes, commits
from runline.explorer.search import Limits, Search
from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.model.events import Event, RunCreated, RunDeleted, RunLinked, RunMoved, RunOverridden
from runline.model.fingerprint import part
from runline.model.records import RunRecord
from runline.model.states import RunKind, RunState
from runline.model.steps import Choose, Commit, Outcome, Step, Wait, under_way
from runline.model.timeline import Timeline
from runline.model.view import TimelineView
from tests.conftest import PROFILE

FEW = 100 if PROFILE == "normal" else 600
DAG = "sales"


@under_way
class Play(NamedTuple):
    """A process that does what a script says, line by line: with one line on its own, with several one of them.

    It begins anew ``again`` times. What a line does depends on the runs that there are.
    """

    script: tuple[tuple[tuple[str, int], ...], ...]
    again: int
    line: int = 0

    def __call__(self, timeline: TimelineView) -> Outcome:
        """The next line."""
        lines = self.script[self.line]
        return self.said(timeline, lines[0]) if len(lines) == 1 else Choose("line", {x: One(self, x) for x in lines})

    def said(self, timeline: TimelineView, line: tuple[str, int]) -> Outcome:
        """What comes of a line."""
        what, date = line
        if what == "wait":
            return Wait("for nothing") if timeline.live_at(DAG, date) else Commit((), self.then())
        return Commit(tuple(events(timeline, what, date)), self.then())

    def then(self) -> Step | None:
        """The line after this one."""
        if self.line + 1 < len(self.script):
            return self._replace(line=self.line + 1)
        return self._replace(line=0, again=self.again - 1) if self.again else None


class One(NamedTuple):
    """One of several lines."""

    play: Play
    line: tuple[str, int]

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Just that one."""
        return self.play.said(timeline, self.line)


def events(timeline: TimelineView, what: str, date: int) -> list[Event]:
    """What happens to the runs of a date."""
    live = timeline.live_at(DAG, date)
    if what == "make":
        run = timeline.last_run_id + 1
        made = RunRecord(run, DAG, date, RunKind.SCHEDULED, "", RunState.QUEUED)
        return [RunCreated(made), RunMoved(run, RunState.QUEUED, RunState.RUNNING)] if run < 5 else []
    if not live:
        return []
    row = live[-1]
    if what == "turn":
        after = RunState.QUEUED if row.state is RunState.RUNNING else RunState.RUNNING
        return [RunMoved(row.id, row.state, after)]
    if what == "link":
        return [RunLinked(row.id, row.previous, None if row.previous == date else date)]
    return [RunOverridden(row.id, row.state, live[0].id)] if what == "override" else [RunDeleted(row.record())]


class Plain:
    """The same model without anything kept: each move happens, and is taken back."""

    def __init__(self, monitor: Monitor, processes: Sequence[Step]) -> None:
        self.monitor = monitor
        self.laws = [law.id for law in monitor.laws]
        self.processes: list[Step | None] = list(processes)
        self.breached = 0
        self.done: list[tuple[int, Step | None, Commit]] = []

    @property
    def fingerprint(self) -> int:
        """That of all parts."""
        return part("state", self.monitor.timeline.fingerprint, self.monitor.fingerprint, *self.processes)

    @property
    def counts(self) -> Counts:
        """Those of the monitor."""
        return self.monitor.counts

    def moves(self) -> list[tuple[int, Commit]]:
        """All that any process may do."""
        timeline = self.monitor.timeline
        return [
            (place, commit)
            for place, step in enumerate(self.processes)
            if step is not None
            for commit in commits(step(timeline), timeline)
        ]

    def do(self, move: tuple[int, Commit]) -> int:
        """Apply its events."""
        place, commit = move
        before = self.monitor.applied
        for event in commit.events:
            self.monitor.apply(event)
        broken = {breach.law for breach in self.monitor.breaches if breach.event >= before}
        self.breached = sum(1 << bit for bit, law in enumerate(self.laws) if law in broken)
        self.done.append((place, self.processes[place], commit))
        self.processes[place] = commit.then
        return self.fingerprint

    def undo(self) -> None:
        """Take them back."""
        place, self.processes[place], commit = self.done.pop()
        for event in reversed(commit.events):
            self.monitor.undo(event)

    def broken(self) -> int:
        """What is broken."""
        return self.monitor.broken_bits()

    def at_rest(self) -> bool:
        """Whether no script is under way."""
        return not any(isinstance(step, Play) for step in self.processes)

    def stuck(self) -> int:
        """Nothing."""
        return 0


LINES = st.tuples(st.sampled_from(["make", "turn", "link", "override", "delete", "wait"]), st.integers(1, 2))
PLAYS = st.builds(
    Play,
    st.lists(st.lists(LINES, min_size=1, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple),
    st.integers(0, 1),
    st.just(0),
)


def monitor() -> Monitor:
    """One that judges laws of every kind."""
    return Monitor(Timeline(), LAWS.values())


def seen(model: Any, limits: Limits) -> tuple[Any, ...]:
    """All that a search sees, states by number."""
    found = Search[Any](model, limits).run()
    graph = found.graph
    return (
        (graph.sources, graph.targets, graph.passing, graph.lasting, graph.breaches, found.stopped),
        (found.distinct_states, found.depth, found.lasting, found.seen, model.counts),
    )


@given(st.lists(PLAYS, min_size=1, max_size=3), st.sampled_from([None, 1, 2, 7, 1 << 16]), st.integers(1, 400))
@settings(max_examples=FEW)
def test_what_is_kept_changes_nothing(plays: list[Play], kept: int | None, most: int) -> None:
    """States, moves, what is broken in them and by them, and counts are the same, however much is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_KEPT", kept or module._KEPT)
        model = Processes(monitor(), plays)
        start = model.fingerprint
        assert seen(model, Limits(max_states=most)) == seen(Plain(monitor(), plays), Limits(max_states=most))
        assert (model.fingerprint, model.processes) == (start, plays)
        assert (model.monitor.applied, model.monitor.fingerprint) == (0, 0)
        assert model.timeline.fingerprint == Timeline().fingerprint


def test_fewer_events_happen_than_moves_have() -> None:
    """Where two each make a run and turn it, what is known of one order is used in others."""
    happened: list[Event] = []
    plays = [Play(((("make", date),), (("turn", date),), (("wait", 3),)), 0) for date in (1, 2)]
    model = Processes(monitor(), plays)
    apply = model.monitor.apply

    def told(event: Event) -> None:
        happened.append(event)
        apply(event)

    model.monitor.apply = told  # type: ignore[method-assign]
    found = Search(model).run()
    assert len(happened) < found.transitions
