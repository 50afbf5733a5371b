"""Who made a date: what a law remembers for a question that may never be asked.

That two processes never both make one date is judged by who made it first, which is remembered from then on; so states
differ in it long after it matters to anybody, and more of them the more dates there are. What a law remembers changes
nothing that happens. So it is left out, and a date that the schedule makes again breaks the law, whoever makes it. If none
is made again in any history, nobody asked, and nothing was lost; if one is, all is searched anew with what was left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from runline.invariants.law import Context, Law, Memory
from runline.invariants.memory import Observation, single_claim
from runline.model.events import RunCreated
from runline.model.view import TimelineView

LAW = single_claim.id
WHY = f"{LAW} is broken, perhaps by who makes a date again; so all was searched anew"
_ONCE, _AGAIN = "once", "again"
_claim = single_claim.observe[RunCreated]


def _observe(event: RunCreated, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    """As the law, but that whoever makes a date again is another than who made it first."""
    made = (event.record.dag, event.record.date) in memory
    return _claim(event._replace(by=_AGAIN if made else _ONCE), timeline, memory, context)


_unnamed = replace(single_claim, observe={**single_claim.observe, RunCreated: _observe})


def without_makers(laws: Iterable[Law]) -> list[Law]:
    """The laws, of which none remembers who made a date."""
    return [_unnamed if law is single_claim else law for law in laws]
