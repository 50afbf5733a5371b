"""Who made a date, and who has looked: what laws remember for a question that may never be asked.

That two processes never both make one date is judged by who made it first, which is remembered from then on; that a run
is over after one look of each scheduler, by who has ever looked. So states differ in it long after, or before, it matters
to anybody, and more of them the more dates there are. What a law remembers changes nothing that happens. So these laws
remember less, and are broken sooner: a date must not be made again by anybody, and a run must be over after one look of
any scheduler. What keeps the stricter law keeps the law. Where a stricter one is broken in any history, all is searched
anew with the law itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from runline.invariants.agreement import all_finished, run_state_agrees
from runline.invariants.law import AnyLaw, Changes, Context, Memory
from runline.invariants.memory import Observation, single_claim
from runline.model.events import Looked, RunCreated
from runline.model.states import RunState
from runline.model.view import TimelineView

_ONCE, _AGAIN = "once", "again"
_claim = single_claim.observe[RunCreated]


def _observe_date(event: RunCreated, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    """As the law, but that whoever makes a date again is another than who made it first."""
    made = (event.record.dag, event.record.date) in memory
    return _claim(event._replace(by=_AGAIN if made else _ONCE), timeline, memory, context)


def _remember_look(event: Looked, timeline: TimelineView, memory: Memory, runs: Collection[int]) -> Changes:
    """As the law, but for who it was."""
    looked_at = (run for each in runs if (run := timeline.run(each)) is not None)
    return tuple((run.id, True) for run in looked_at if all_finished(timeline, run))


def _judge_run(timeline: TimelineView, run_id: int, memory: Memory, context: Context) -> bool | None:
    """As the law, but that one look is enough."""
    run: Any = timeline.run(run_id)
    if run_id in memory and run is not None and run.state is RunState.RUNNING:
        return False
    return run_state_agrees.judge(timeline, run_id, memory, context)


STRICTER: dict[str, AnyLaw] = {
    single_claim.id: replace(single_claim, observe={**single_claim.observe, RunCreated: _observe_date}),
    run_state_agrees.id: replace(
        run_state_agrees, judge=_judge_run, remember={**run_state_agrees.remember, Looked: _remember_look}
    ),
}
"""The laws that remember who did something, by id, as those that do not."""


def stricter(laws: Iterable[AnyLaw], which: Collection[str]) -> list[AnyLaw]:
    """The laws, those of these ids stricter."""
    return [STRICTER[law.id] if law.id in which else law for law in laws]
