"""A scenario that a search has found, as a file that explains itself: a title, a story, what is expected of each design."""

from __future__ import annotations

from typing import Literal

from runline.invariants.verdict import Finding
from runline.model.instants import Instant, short_instant
from runline.model.records import Run
from runline.reports.comparison import accounts
from runline.reports.history import runs_in_order
from runline.simulator.divergence import Comparison, Side
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Expect, ExpectedRun, Scenario

MOST_RUNS = 40
"""How many runs are listed at most as those that are expected."""


def explained(comparison: Comparison, law: str | None = None) -> Scenario:
    """The scenario of a comparison with its title and story, and what comes of it now as what is expected."""
    names = f"{comparison.a.name} and {comparison.b.name}"
    about = f"Where {names} come apart" if law is None else f"Where one of {names} breaks {law}"
    expect = {
        side.outcome.design_name: _expected(side, comparison)
        for side in (comparison.a, comparison.b)
        if not side.outcome.quirks
    }
    return comparison.scenario.model_copy(update={"title": about, "story": _story(comparison, law), "expect": expect})


def broken(scenario: Scenario, law: str, outcome: Outcome, plain: Outcome, told: str) -> Scenario:
    """A scenario in which a design breaks a law, with its title and story (``told``: how it was found).

    What is expected is what the design does now, without quirks (``plain``): the promised laws that it breaks, and this
    one if it does, and what it refuses.
    """
    breaks = tuple(each for each in plain.broken if each == law or each in plain.design.promises)
    refused = tuple(sorted(event.rule for event in plain.refused))
    return scenario.model_copy(
        update={
            "title": f"{outcome.design.name} breaks {law}",
            "story": f"{told} {shortest(outcome, law).sentence}",
            "expect": {outcome.design_name: Expect(breaks=breaks, refused=refused)},
        }
    )


def shortest(outcome: Outcome, law: str) -> Finding:
    """What breaks a law first, and for good."""
    findings = outcome.verdicts[law].findings
    return min(findings, key=lambda finding: (not finding.lasting, finding.step))


def _story(comparison: Comparison, law: str | None) -> str:
    told = [f"Found by runline diff --find --seed {comparison.a.outcome.seed}."]
    if comparison.divergence is not None:
        told.append(f"At {short_instant(comparison.divergence.at)}:")
        told += [account.sentence for account in accounts(comparison)]
    for side in (comparison.a, comparison.b) if law is not None else ():
        told += [f"{side.name}: {finding.sentence}" for finding in side.outcome.verdicts[str(law)].findings[:1]]
    return " ".join(told)


def _expected(side: Side, comparison: Comparison) -> Expect:
    outcome = side.outcome
    apart = {law for law in comparison.laws_apart() if law in outcome.broken}
    runs = tuple(_run(side, run) for run in runs_in_order(outcome))
    return Expect(
        breaks=tuple(law for law in outcome.broken if law in apart or law in outcome.design.promises),
        refused=tuple(sorted(event.rule for event in outcome.refused)),
        runs=runs if len(runs) <= MOST_RUNS else (),
        only_these=len(runs) <= MOST_RUNS,
    )


def _run(side: Side, run: Run) -> ExpectedRun:
    several = len(side.outcome.scenario.dags) > 1
    previous = _previous(side, run) if side.stores_previous else None
    dag = run.dag if several else None
    return ExpectedRun(dag=dag, date=run.date, kind=run.kind, state=run.state, previous=previous)


def _previous(side: Side, run: Run) -> Instant | Literal["none"] | None:
    """The date of the previous run; nothing is expected of one that points to a run that is gone."""
    if run.previous is None:
        return "none"
    previous = side.outcome.timeline.run(run.previous)
    return None if previous is None else previous.date
