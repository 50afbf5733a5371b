"""A design whose cleared runs queue for a free slot, as Airflow's have done since 2.1 (issue 18304)."""

from __future__ import annotations

from dataclasses import replace

from runline.designs.catalog import find_design
from runline.designs.commands import Clear, Look
from runline.designs.design import Design
from runline.designs.rule import rule
from runline.model.events import Event, RunMoved
from runline.model.states import RunKind, RunState
from runline.model.steps import Commit, Held, RunAt, Slot
from runline.model.view import TimelineView

PLAIN = find_design("coherent", {"depends_on_past": "task"})


@rule("N48")
def clear_and_queue(design: Design, timeline: TimelineView, act: Clear) -> Commit:
    """A clear lets the run queue for a free slot."""
    events = PLAIN.clear(design, timeline, act).events
    queued = (event._replace(after=RunState.QUEUED) if isinstance(event, RunMoved) else event for event in events)
    return Commit(tuple(queued), None)


@rule("N41")
def queued_runs_first(timeline: TimelineView, look: Look) -> tuple[Event, ...] | Held:
    """Before a run is made, the earliest that is queued is started, if fewer runs are running than may."""
    queued = timeline.in_state(look.dag, RunState.QUEUED)
    if not queued:
        return ()
    running = [run for run in timeline.in_state(look.dag, RunState.RUNNING) if run.kind is not RunKind.MANUAL]
    if len(running) >= look.version.max_active_runs:
        return Held(RunAt(look.dag, queued[0].date), "N41", "the limit is reached", (Slot(look.dag),))
    first = queued[0]
    return (RunMoved(first.id, RunState.QUEUED, RunState.RUNNING, look.at, look.at, look.by, "N41"),)


queueing = replace(
    PLAIN,
    name="queueing",
    clear=clear_and_queue,
    gates=(*PLAIN.gates[:-1], queued_runs_first, PLAIN.gates[-1]),
)
"""``coherent`` with depends_on_past at task level; it differs in what a clear does and in who is let in first."""
