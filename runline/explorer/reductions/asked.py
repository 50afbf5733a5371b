"""Acts that ask for a backfill: they come first, alone.

Such an act lets a job begin, which may be as late as it likes. It writes nothing, and nobody reads whether a job is there
that has done nothing yet. So what can happen before the act can happen after it, and leads to the same state, once the act
was done; time may stop at more instants, where nobody has to do anything. What is broken lasts as before, for the job is
at rest. Histories get longer by the jobs that do nothing in them: a shortest one is found by a search without this
reduction (:mod:`runline.explorer.reductions.searching`).
"""

from __future__ import annotations

from runline.designs.design import Design
from runline.explorer.steps import stamped
from runline.simulator import actions
from runline.simulator.asked import request_of
from runline.simulator.scenario import Scenario


def comes_first(action: actions.Action) -> bool:
    """Whether an act does nothing but to let a job begin."""
    return isinstance(action, actions.Backfill)


def may_be_late(scenario: Scenario, design: Design) -> bool:
    """Whether it makes no difference to any job of a scenario when it was asked for, as far as it begins later."""
    clock = scenario.clock
    requests = [request_of(each, scenario.dag_of(each), 1) for each in scenario.actions if comes_first(each)]
    return all(
        stamped(design.backfill(design, request, clock.start, "job"), 0)
        == stamped(design.backfill(design, request, clock.end, "job"), 0)
        for request in requests
    )
