"""Acts that ask for a backfill: they come first, alone.

Such an act lets a job begin, which may be as late as it likes. It writes nothing, and nobody reads whether a job is there
that has done nothing yet. So what can happen before the act can happen after it, and leads to the same state, once the act
was done; time may stop at more instants, where nobody has to do anything. What is broken lasts as before, for the job is
at rest. Histories get longer by the jobs that do nothing in them: a shortest one is found by a search without this
reduction (:mod:`runline.explorer.reductions.searching`).
"""

from __future__ import annotations

from collections.abc import Iterable

from runline.designs.commands import BackfillRequest
from runline.designs.design import Design
from runline.explorer.steps import stamped
from runline.simulator import actions
from runline.simulator.scenario import Clock


def comes_first(action: actions.Action) -> bool:
    """Whether an act does nothing but to let a job begin."""
    return isinstance(action, actions.Backfill)


def may_be_late(clock: Clock, design: Design, requests: Iterable[BackfillRequest]) -> bool:
    """Whether it makes no difference to these jobs when they were asked for, as far as they begin later."""
    return all(
        stamped(design.backfill(design, request, clock.start, "job"), 0)
        == stamped(design.backfill(design, request, clock.end, "job"), 0)
        for request in requests
    )
