"""The two tables of a review: laws by designs, scenarios by designs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import TypeVar

from runline.explorer.review import ExploredCase
from runline.invariants.laws import ALL_LAWS, EXPLORED_LAWS
from runline.invariants.verdict import Status
from runline.reports.review_parts import link, plural, slug, text
from runline.reports.review_summary import Cell, Over, Review
from runline.simulator.review import Case, Given

C = TypeVar("C", Case, ExploredCase)

SIGNS = {
    Status.HOLDS: ("holds", "kept in every scenario in which it had something to say"),
    Status.NOT_EXERCISED: ("-", "not exercised: no scenario made its premise true"),
    Status.NOT_APPLICABLE: ("·", "not applicable: the design has nothing that it speaks of"),
    Status.NOT_OBSERVABLE: ("?", "not observable"),
    Status.UNKNOWN: ("?", "unknown: an exploration came to its bound before it had seen everything"),
}


def design_anchor(design: str) -> str:
    """Where the page tells of a design."""
    return f"design-{slug(design)}"


def law_anchor(design: str, law: str) -> str:
    """Where the page tells how a design breaks a law."""
    return f"law-{slug(design, law)}"


def scenario_anchor(given: Given) -> str:
    """Where the page tells of a scenario."""
    return f"scenario-{slug(given.file.shown)}"


def case_anchor(case: Case) -> str:
    """Where the page tells of a case."""
    return f"case-{slug(case.file.shown, case.design)}"


def scope_anchor(scope: ExploredCase) -> str:
    """Where the page tells what was explored of a scenario under a design."""
    return f"explored-{slug(scope.file.shown, scope.design)}"


def head(review: Review, first: str, *, explored: bool = False) -> str:
    """The head of a table of designs, with how many scenarios there are of each, or scopes that were explored."""
    there: Sequence[Case | ExploredCase] = review.explored if explored else review.cases
    counts = {name: sum(each.design == name for each in there) for name in review.designs}
    noun = "scope" if explored else "scenario"
    cells = "".join(
        f"<th>{link(design_anchor(name), text(name))}<br><small>{plural(count, noun)}</small></th>"
        for name, count in counts.items()
    )
    return f"<thead><tr><th class=law>{first}</th>{cells}</tr></thead>"


# --------------------------------------------------------------------------- laws


def law_matrix(review: Review) -> str:
    """In how many scenarios each design breaks each law."""
    rows = "".join(
        f"<tr><th class=law title='{text(law.sentence)}'>{law.id}</th>"
        f"{''.join(_law_cell(review.cells[law.id, name]) for name in review.designs)}</tr>"
        for law in ALL_LAWS.values()
    )
    return (
        "<h2 id=laws>Laws and designs</h2><p>In how many scenarios each design breaks each law for good. A number leads "
        f"to the scenarios, the shortest first.{_of_all_histories(review)}</p>"
        f"<div class=wide><table class=matrix>{head(review, 'law')}"
        f"<tbody>{rows}</tbody></table></div>{_legend(review)}"
    )


def _of_all_histories(review: Review) -> str:
    """What the second line of a cell is, if any has one."""
    if not review.explored:
        return ""
    return (
        f" Below, what {link('explored', 'the explored scopes')} say, of which every history was gone through: in how many "
        "of them the law breaks in some history."
    )


def _law_cell(cell: Cell) -> str:
    kind, shown, title = _simulated(cell)
    over = "" if cell.over is None else _over(cell, cell.over)
    return f"<td class={kind}{f' title={title!r}' if title else ''}>{shown}{over}</td>"


def _simulated(cell: Cell) -> tuple[str, str, str]:
    """What the scenarios say that were simulated: the kind of the cell, what it shows, and what that means."""
    if cell.status is Status.VIOLATED:
        kind = "promise" if cell.promised else "given"
        return kind, link(law_anchor(cell.design, cell.law), cell.text), ""
    if cell.status is Status.PASSING:
        return "passing", link(case_anchor(cell.cases[0]), cell.text), ""
    sign, meaning = SIGNS[cell.status]
    if cell.status is Status.HOLDS:
        kept = "promised and kept" if cell.promised else "kept, though not promised"
        return ("kept" if cell.promised else "holds"), sign, kept
    if cell.law in EXPLORED_LAWS:
        return "soft", "", "judged over all histories only"
    return slug(cell.status.replace(" ", "_")), sign, meaning


def _over(cell: Cell, over: Over) -> str:
    """What the scopes say that were explored."""
    if over.status is Status.VIOLATED:
        kind = "promise" if cell.promised else "given"
        return f"<small class='over {kind}'>{link(law_anchor(cell.design, cell.law), f'explored: {over.text}')}</small>"
    if over.status is Status.PASSING:
        return f"<small class=over>{link(scope_anchor(over.scopes[0]), f'explored: {over.text}')}</small>"
    sign, meaning = SIGNS[over.status]
    if over.status in (Status.NOT_EXERCISED, Status.NOT_APPLICABLE):
        return "" if cell.law not in EXPLORED_LAWS else f"<small class=over title='{meaning}'>{sign}</small>"
    kept = " kept" if cell.promised and over.status is Status.HOLDS else ""
    sign += f", {over.unknown} ?" if over.status is Status.HOLDS and over.unknown else ""
    return f"<small class='over{kept}' title='{meaning}'>explored: {sign}</small>"


def _legend(review: Review) -> str:
    """What the signs mean, of those that stand in the table."""
    there = {cell.status for cell in review.cells.values()}
    there |= {cell.over.status for cell in review.cells.values() if cell.over is not None}
    broken = {cell.promised for cell in review.cells.values() if cell.status is Status.VIOLATED}
    items = []
    if True in broken:
        items.append("<span class='law-chip promise'>3</span> promised, and broken in three scenarios")
    if False in broken:
        items.append("<span class=law-chip>3</span> broken in three scenarios, and never promised")
    if Status.PASSING in there:
        items.append("<b>passing</b> broken only while an operation is under way")
    if Status.HOLDS in there:
        items.append(f"<b>holds</b> {SIGNS[Status.HOLDS][1]}; <span class='law-chip kept'>green</span> where promised")
    others = [status for status in SIGNS if status in there and status is not Status.HOLDS]
    items += [f"<b>{SIGNS[status][0]}</b> {SIGNS[status][1]}" for status in others]
    return f"<ul class=signs>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


# ------------------------------------------------------------------------ scenarios


def scenario_matrix(review: Review) -> str:
    """Which laws break in each scenario, under each design."""
    rows, folder = [], None
    for given, cases in review.by_scenario:
        here = str(PurePosixPath(given.file.shown).parent)
        if here != folder:
            rows.append(f"<tr class=folder><th colspan={len(review.designs) + 1}>{text(here)}</th></tr>")
            folder = here
        rows.append(row(review, given, cases, _scenario_cell))
    return (
        "<h2 id=scenarios>Scenarios and designs</h2><p>Which laws break for good in each scenario.</p>"
        f"<div class=wide><table class='matrix scenarios'>{head(review, 'scenario')}<tbody>{''.join(rows)}</tbody>"
        "</table></div>"
    )


def row(review: Review, given: Given, cases: Sequence[C], cell: Callable[[Review, C | None], str]) -> str:
    """The row of a scenario: what ``cell`` says of it under each design."""
    by_design = {case.design: case for case in cases}
    cells = "".join(cell(review, by_design.get(name)) for name in review.designs)
    return f"<tr><th class=law>{link(scenario_anchor(given), text(given.scenario.title))}</th>{cells}</tr>"


def _scenario_cell(review: Review, case: Case | None) -> str:
    if case is None:
        return "<td class=none title='nothing is expected of this design'>·</td>"
    chips = [law_chip(case, law) for law in case.outcome.broken]
    if review.unmet_of(case):
        chips.insert(0, link(case_anchor(case), "<b class=bad-text>not as expected</b>"))
    return f"<td>{' '.join(chips)}</td>" if chips else "<td class=fine>no law is broken</td>"


def law_chip(case: Case, law: str) -> str:
    """A law that breaks, linked to the case."""
    kind = "law-chip promise" if law in case.outcome.design.promises else "law-chip"
    return link(case_anchor(case), law, kind)
