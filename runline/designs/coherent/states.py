"""Which state a run gets under AIRFLOW-20 (semantics 3.2, H35)."""

from __future__ import annotations

from collections.abc import Iterable

from runline.designs.commands import Look
from runline.designs.design import NOTHING, Design, Evaluated
from runline.designs.rule import rule
from runline.model.events import Event, RunMoved
from runline.model.records import Run
from runline.model.states import ENDED_BADLY, ENDED_WELL, RunState
from runline.model.values import make
from runline.model.view import TimelineView

_RUNNING, _SUCCESS, _FAILED = RunState.RUNNING, RunState.SUCCESS, RunState.FAILED


@rule("H35", "L31", "M18", "M24", "M33", "M41", "U8")
def by_leaves_it_owns(design: Design, timeline: TimelineView, look: Look, so_far: Evaluated) -> Evaluated:
    """A run fails with a leaf that failed and succeeds when all leaves ended well, over the instances that it owns.

    One that is kept from running by its past only is waiting, never in a deadlock. Nothing leaves overridden.
    """
    events = verdicts(timeline, look, timeline.running(look.dag))
    return make(Evaluated, (tuple(events), frozenset(), None)) if events else NOTHING


def verdicts(timeline: TimelineView, look: Look, runs: Iterable[Run]) -> list[Event]:
    """The events that end those of the running runs that are over."""
    events: list[Event] = []
    for run in runs:
        state = state_of(timeline, run)
        if state is not None:
            events.append(make(RunMoved, (run.id, _RUNNING, state, None, look.at, look.by, "H35", ())))
    return events


def state_of(timeline: TimelineView, run: Run) -> RunState | None:
    """The state that a running run has come to, ``None`` while it goes on."""
    tasks = timeline.tasks_in(run.id)
    if tasks is None:
        return None
    over: RunState | None = _SUCCESS
    for leaf in tasks.leaves:
        state = leaf.state
        if state in ENDED_BADLY:
            return _FAILED
        if state not in ENDED_WELL:
            over = None
    return over
