"""Many checked histories, summed up: per scheduler and law how many histories break it, how, and the shortest of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runline.evidence.check import Checked
from runline.invariants.laws import LAWS
from runline.invariants.verdict import Finding, Status

Shown = tuple[Checked, Finding]
"""A history that breaks a law, and where it does."""


@dataclass(slots=True)
class LawSummary:
    """One law over the histories of one scheduler.

    ``aspects`` counts histories by the way in which they break it; ``shortest`` has the shortest history for each way.
    """

    law: str
    statuses: Counter[Status] = field(default_factory=Counter)
    aspects: Counter[str] = field(default_factory=Counter)
    shortest_by_aspect: dict[str, Shown] = field(default_factory=dict)

    @property
    def shortest(self) -> Shown | None:
        """The shortest history of all that break the law."""
        return min(self.shortest_by_aspect.values(), key=lambda shown: _length(*shown), default=None)

    @property
    def others(self) -> list[tuple[str, Shown]]:
        """The shortest history for each other way in which the law is broken, the most frequent first."""
        order = sorted(self.shortest_by_aspect, key=lambda aspect: (-self.aspects[aspect], aspect))
        return [(aspect, self.shortest_by_aspect[aspect]) for aspect in order if self._is_other(aspect)]

    def _is_other(self, aspect: str) -> bool:
        return self.shortest is not None and self.shortest[1].evidence.aspect != aspect

    def show(self, checked: Checked, finding: Finding) -> None:
        """Keep a history if it is the shortest so far for the way in which it breaks the law."""
        aspect = finding.evidence.aspect
        best = self.shortest_by_aspect.get(aspect)
        if best is None or _length(checked, finding) < _length(*best):
            self.shortest_by_aspect[aspect] = (checked, finding)

    @property
    def broken(self) -> int:
        """How many histories break the law."""
        return self.statuses[Status.VIOLATED]

    @property
    def status(self) -> Status:
        """The one word for all histories: the most telling that any of them gives."""
        order = (Status.VIOLATED, Status.HOLDS, Status.NOT_EXERCISED, Status.NOT_OBSERVABLE, Status.NOT_APPLICABLE)
        return next((status for status in order if self.statuses[status]), Status.NOT_EXERCISED)


@dataclass(slots=True)
class TreeSummary:
    """All histories of one scheduler."""

    tree: str
    histories: int = 0
    sound: int = 0
    laws: dict[str, LawSummary] = field(default_factory=lambda: {law: LawSummary(law) for law in LAWS})

    def add(self, checked: Checked) -> None:
        """Count one more history."""
        self.histories += 1
        self.sound += not checked.violated
        for verdict in checked.verdicts:
            summary = self.laws[verdict.law]
            summary.statuses[verdict.status] += 1
            summary.aspects.update({finding.evidence.aspect for finding in verdict.findings} - {""})
            for finding in verdict.findings:
                summary.show(checked, finding)

    @property
    def broken(self) -> list[LawSummary]:
        """The laws that some history breaks, in table order."""
        return [law for law in self.laws.values() if law.broken]


def _length(checked: Checked, finding: Finding) -> tuple[int, bool, int, int, str]:
    """How much a reader has to follow until a finding: steps, then runs, then instances.

    Of histories with equally many steps a hand-made one reads better than a generated one.
    """
    history = checked.history
    state = history.moments[finding.step].state
    return (finding.step, history.generated, len(state.runs), len(state.tasks), history.name)


def summarize(checks: Iterable[Checked]) -> dict[str, TreeSummary]:
    """Sum up by scheduler, in order of appearance."""
    trees: dict[str, TreeSummary] = {}
    for checked in checks:
        tree = checked.history.tree
        trees.setdefault(tree, TreeSummary(tree)).add(checked)
    return trees


def counts(trees: Mapping[str, TreeSummary]) -> dict[str, dict[str, int]]:
    """How many histories break each law, by scheduler: what a lock file of verdicts holds."""
    return {
        name: {"histories": tree.histories, **{law.law: law.broken for law in tree.broken}}
        for name, tree in sorted(trees.items())
    }
