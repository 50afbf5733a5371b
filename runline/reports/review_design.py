"""What the page tells of a design: what it promises, what it gives up and where that shows, what no scenario tries."""

from __future__ import annotations

from collections.abc import Sequence

from runline.invariants.laws import ALL_LAWS, EXPLORED_LAWS
from runline.invariants.verdict import Status
from runline.reports.review_matrix import case_anchor, design_anchor, law_anchor, scope_anchor
from runline.reports.review_parts import link, linked, listed, plural, text
from runline.reports.review_summary import Cell, Review

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
    broken = [cell for cell in promised if cell.is_broken]
    chips = "".join(_promise_chip(cell) for cell in promised)
    kept = f"; <b class=bad-text>{len(broken)} broken</b>" if broken else ""
    table = _law_table(review, broken) if broken else ""
    return f"<h3>Promises {plural(len(promised), 'law')}{kept}</h3><p>{chips}</p>{table}"


def _promise_chip(cell: Cell) -> str:
    sentence = text(ALL_LAWS[cell.law].sentence)
    if cell.is_broken:
        return link(law_anchor(cell.design, cell.law), cell.law, "law-chip promise")
    kind = "kept" if _word(cell) is Status.HOLDS else "soft"
    said = "" if kind == "kept" else f" ({_word(cell)})"
    return f"<span class='law-chip {kind}' title='{sentence}'>{cell.law}{said}</span>"


def _word(cell: Cell) -> Status:
    """The word for a law that is not broken: what simulations say, or explorations where only they can."""
    return cell.over.status if cell.over is not None and cell.law in EXPLORED_LAWS else cell.status


def _given_up(review: Review, name: str) -> str:
    """The laws that it does not promise: those that break or of which it says why, then the rest in a line."""
    cells = [review.cells[law, name] for law in ALL_LAWS if law not in review.designs[name].promises]
    if not cells:
        return ""
    told = [cell for cell in cells if cell.is_told or cell.law in review.designs[name].gives_up]
    rest = "".join(_rest_chip(cell) for cell in cells if cell not in told)
    return (
        f"<h3>Does not promise {plural(len(cells), 'law')}</h3>{_law_table(review, told) if told else ''}"
        f"{f'<p class=dim>Not broken by any scenario: {rest}</p>' if rest else ''}"
    )


def _rest_chip(cell: Cell) -> str:
    said = "" if _word(cell) is Status.HOLDS else f" ({_word(cell)})"
    return f"<span class='law-chip soft' title='{text(ALL_LAWS[cell.law].sentence)}'>{cell.law}{said}</span>"


def _law_table(review: Review, cells: Sequence[Cell]) -> str:
    """Each law with why it is given up, and the scenarios that break it."""
    rows = "".join(
        f"<tr id='{law_anchor(cell.design, cell.law)}'><td>{cell.law}</td><td>{_why(review, cell)}</td>"
        f"<td>{_breakers(cell)}</td></tr>"
        for cell in cells
    )
    why = "what it says" if cells[0].promised else "why it is given up, where the design says so; what it says"
    return (
        f"<div class=wide><table class=laws><thead><tr><th>law</th><th>{why}</th><th>broken by</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _why(review: Review, cell: Cell) -> str:
    law = ALL_LAWS[cell.law]
    given_up = "" if cell.promised else review.designs[cell.design].gives_up.get(cell.law, "")
    said = f"<p>{text(law.sentence)} <span class=source>{text(law.source)}</span></p>"
    return f"<p>{linked(given_up)}</p><div class=dim>{said}</div>" if given_up else said


def _breakers(cell: Cell) -> str:
    """The scenarios that break a law, the first with what is found there."""
    if not cell.is_told:
        return f"<span class=dim>{'none' if _word(cell) is Status.HOLDS else _word(cell)}</span>"
    items = []
    if cell.counted:
        items = [link(case_anchor(case), text(case.scenario.title)) for case in cell.cases]
        found = cell.cases[0].lasting(cell.law)[:1]
        items[0] += "".join(f"<small>{text(finding.sentence)}</small>" for finding in found)
    more = items[_SHOWN:]
    folded = f"<details><summary>and {len(more)} more</summary>{listed(more)}</details>" if more else ""
    passing = "<span class=dim>only in passing:</span>" if cell.status is Status.PASSING else ""
    return f"{passing}{listed(items[:_SHOWN])}{folded}{_explored_breakers(cell)}"


def _explored_breakers(cell: Cell) -> str:
    """The explored scopes in which a law breaks in some history, the first with what is found there."""
    over = cell.over
    if over is None or over.status not in (Status.VIOLATED, Status.PASSING):
        return ""
    items = [link(scope_anchor(scope), text(scope.scenario.title)) for scope in over.scopes]
    way = over.scopes[0].found.counterexamples[cell.law]
    items[0] += "".join(f"<small>{text(sentence)}</small>" for sentence in way.sentences[:1])
    passing = ", only in passing" if over.status is Status.PASSING else ""
    return f"<span class=dim>in some history{passing}:</span>{listed(items)}"


def _never_fired(review: Review, name: str) -> str:
    rules = review.never_fired.get(name)
    if rules is None:
        return ""
    if not rules:
        return "<h3>Rules that never took part</h3><p>None: each rule of the design takes part in some scenario.</p>"
    items = (
        f"<b>{text(number)}</b> {text(' '.join(rule.sentence for rule in found))}" for number, found in rules.items()
    )
    return f"<h3>Rules that never took part</h3><p>In none of these scenarios:</p>{listed(items)}"
