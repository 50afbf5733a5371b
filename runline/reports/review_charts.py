"""The charts of a review: one for each case, or where those would be too many, for the cases that show something."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runline.model.states import RunKind, RunState
from runline.reports.review_parts import slug
from runline.reports.review_summary import Review
from runline.reports.simulated_chart import draw
from runline.simulator.review import Case

MOST = 600
"""How many charts are drawn whatever they show; a number, not a time, so that the report is the same on every machine.

A chart takes about a tenth of a second on a slow core.
"""


def chart_name(case: Case) -> str:
    """The file of a case's chart, beside the page."""
    return f"charts/scenarios/{slug(case.file.shown, case.design)}.svg"


def chosen(review: Review) -> list[Case]:
    """The cases that are drawn."""
    if len(review.cases) <= MOST:
        return list(review.cases)
    return [case for case in review.cases if _shows_something(review, case)]


def draw_chart(case: Case, folder: Path) -> None:
    """Draw the end of a history into its file below ``folder``."""
    draw(case.outcome, folder / chart_name(case))


def told(review: Review, drawn: Sequence[Case]) -> str:
    """What is to be said of the charts that are missing."""
    if len(drawn) == len(review.cases):
        return ""
    return (
        f"{len(review.cases):,} charts would be too many. There are {len(drawn):,}: of each history that breaks a law or "
        "is not as expected, or of which a backfill or an overridden run is expected. Draw any other with "
        "runline simulate and --chart."
    )


def _shows_something(review: Review, case: Case) -> bool:
    expect = case.outcome.expect
    runs = () if expect is None else expect.runs
    telling = any(run.kind is RunKind.BACKFILL or run.state is RunState.OVERRIDDEN for run in runs)
    return telling or bool(case.outcome.broken) or bool(review.unmet_of(case))
