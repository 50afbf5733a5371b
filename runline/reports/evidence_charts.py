"""The charts of the report on real histories: for each broken law the state that first shows it, and the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from runline.evidence.check import Checked
from runline.evidence.summary import TreeSummary
from runline.reports.chart import draw, picture_of
from runline.reports.evidence_page import chart_name
from runline.reports.render import render


@dataclass(frozen=True, slots=True)
class Chart:
    """A state to draw, the law that it is about, and the file for it."""

    checked: Checked
    step: int
    law: str
    name: str

    def draw(self, folder: Path) -> None:
        """Draw the state into a file below ``folder``."""
        picture = picture_of(self.checked, self.step, [self.law])
        told = f"{self.law} is broken" if picture.findings else f"{self.law} is not broken yet"
        render(draw(replace(picture, verdict=told)).figure, folder / self.name)


def charts(trees: Mapping[str, TreeSummary]) -> Iterator[Chart]:
    """Every chart that the page names."""
    for tree in trees.values():
        for law in tree.broken:
            assert law.shortest is not None
            for aspect, (checked, finding) in [("", law.shortest), *law.others]:
                yield Chart(checked, finding.step, law.law, chart_name(tree.tree, law.law, aspect))
                if finding.step > 0:
                    yield Chart(checked, finding.step - 1, law.law, chart_name(tree.tree, law.law, aspect, before=True))
