"""What the page tells of a design: what it promises, what it gives up and where that shows, what no scenario tries."""

from __future__ import annotations

from collections.abc import Sequence

from runline.invariants.laws import ALL_LAWS
from runline.invariants.verdict import Status
from runline.reports.review_matrix import case_anchor, design_anchor, law_anchor
from runline.reports.review_parts import link, linked, listed, plural, text
from runline.reports.review_summary import Cell, Review
from runline.simulator.review import Case

_SHOWN = 3
"""How many scenarios that break a law are named before the rest is folded."""


def design_section(review: Review, name: str) -> str:
    """All of a design, but its histories."""
    design = review.designs[name]
    summary = f"{text(design.summary)}. " if design.summary else ""
    return "\n".join(
        [
            f"<section><h2 id='{design_anchor(name)}'>{text(name)}</h2>"
            f"<p>{summary}<span class=source>{linked(design.source)}</span></p>",
            _promises(review, name),
            _given_up(review, name),
            _never_fired(review, name),
            "</section>",
        ]
    )


def _promises(review: Review, name: str) -> str:
    cells = [review.cells[law, name] for law in ALL_LAWS]
    promised = [cell for cell in cells if cell.promised]
    broken = [cell for cell in promised if cell.status is Status.VIOLATED]
    chips = "".join(_promise_chip(cell) for cell in promised)
    kept = f"; <b class=bad-text>{len(broken)} broken</b>" if broken else ""
    table = _law_table(review, broken) if broken else ""
    return f"<h3>Promises {plural(len(promised), 'law')}{kept}</h3><p>{chips}</p>{table}"


def _promise_chip(cell: Cell) -> str:
    sentence = text(ALL_LAWS[cell.law].sentence)
    if cell.status is Status.VIOLATED:
        return link(law_anchor(cell.design, cell.law), cell.law, "law-chip promise")
    kind = "kept" if cell.status is Status.HOLDS else "soft"
    said = "" if kind == "kept" else f" ({cell.status})"
    return f"<span class='law-chip {kind}' title='{sentence}'>{cell.law}{said}</span>"


def _given_up(review: Review, name: str) -> str:
    cells = [review.cells[law, name] for law in ALL_LAWS]
    cells = [cell for cell in cells if not cell.promised and cell.status is not Status.NOT_APPLICABLE]
    others = [
        law
        for law in ALL_LAWS
        if law not in review.designs[name].promises and review.cells[law, name].status is Status.NOT_APPLICABLE
    ]
    rest = f"<p class=dim>Not applicable: {', '.join(others)}.</p>" if others else ""
    if not cells:
        return rest
    return f"<h3>Does not promise {plural(len(cells), 'law')}</h3>{_law_table(review, cells)}{rest}"


def _law_table(review: Review, cells: Sequence[Cell]) -> str:
    """Each law with why it is given up, and the scenarios that break it."""
    rows = "".join(
        f"<tr id='{law_anchor(cell.design, cell.law)}'><td>{cell.law}</td><td>{_why(review, cell)}</td>"
        f"<td>{_breakers(cell)}</td></tr>"
        for cell in cells
    )
    why = "what it says" if cells[0].promised else "why it is not promised"
    return (
        f"<div class=wide><table class=laws><thead><tr><th>law</th><th>{why}</th><th>broken by</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _why(review: Review, cell: Cell) -> str:
    law = ALL_LAWS[cell.law]
    if cell.promised:
        return f"{text(law.sentence)}<span class=source>{text(law.source)}</span>"
    given_up = review.designs[cell.design].gives_up.get(cell.law)
    said = f"<span class=dim>{text(law.sentence)}</span>"
    return f"{linked(given_up)}<span class=source>{text(law.sentence)}</span>" if given_up else said


def _breakers(cell: Cell) -> str:
    if not cell.counted:
        return f"<span class=dim>{'none' if cell.status is Status.HOLDS else cell.status}</span>"
    first, *_ = cell.cases
    sentences = [finding.sentence for finding in first.lasting(cell.law)[:1]]
    links = [_case_link(case) for case in cell.cases]
    shown = listed(links[:_SHOWN])
    more = links[_SHOWN:]
    folded = f"<details><summary>and {len(more)} more</summary>{listed(more)}</details>" if more else ""
    passing = "" if cell.status is Status.VIOLATED else "<span class=dim>only in passing:</span>"
    return f"{passing}{shown}{folded}<small class=dim>{text(' '.join(sentences))}</small>"


def _case_link(case: Case) -> str:
    return link(case_anchor(case), text(case.scenario.title))


def _never_fired(review: Review, name: str) -> str:
    rules = review.never_fired[name]
    if not rules:
        return "<h3>Rules that never took part</h3><p>None: each rule of the design takes part in some scenario.</p>"
    items = (
        f"<b>{text(number)}</b> {text(' '.join(rule.sentence for rule in found))}" for number, found in rules.items()
    )
    return f"<h3>Rules that never took part</h3><p>In none of these scenarios:</p>{listed(items)}"
