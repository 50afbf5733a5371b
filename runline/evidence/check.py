"""The laws over a real history: no model, only what was recorded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from runline.evidence.history import History
from runline.invariants.judge import Judge
from runline.invariants.law import AnyLaw, Context
from runline.invariants.laws import LAWS
from runline.invariants.verdict import Finding, Status, Verdict


class Checked(NamedTuple):
    """A history and the verdicts on it, in table order."""

    history: History
    verdicts: tuple[Verdict, ...]

    @property
    def findings(self) -> list[Finding]:
        """All that was found, by step, then in table order."""
        found = [finding for verdict in self.verdicts for finding in verdict.findings]
        order = {law: place for place, law in enumerate(LAWS)}
        return sorted(found, key=lambda finding: (finding.step, order[finding.law], finding.evidence.runs))

    @property
    def violated(self) -> bool:
        """Whether any law is broken for good."""
        return any(verdict.status is Status.VIOLATED for verdict in self.verdicts)


def check(history: History, laws: Iterable[AnyLaw] | None = None) -> Checked:
    """Hold the laws (all, if none are given) against a history.

    A state law counts as broken at a step if the state after it breaks it; it is told once, where it begins. After each
    step of a recording every process is at rest, so all that is found is lasting. Laws that depend on the order of
    events inside a step are not observable.
    """
    judge = Judge(laws, Context(history.capabilities), in_order=False)
    for moment in history.moments:
        judge.follow(moment.number, moment.events)
    return Checked(history, judge.verdicts())
