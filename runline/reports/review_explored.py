"""What the page tells of the scopes that were explored: how much was seen, what breaks in some history, and which."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from runline.explorer.explore import Counterexample
from runline.explorer.review import ExploredCase
from runline.invariants.verdict import Status
from runline.reports.exploration import faults, told
from runline.reports.review_case import about
from runline.reports.review_matrix import head, row, scenario_anchor, scope_anchor
from runline.reports.review_parts import link, listed, slug, text
from runline.reports.review_summary import Review
from runline.reports.simulated_chart import draw
from runline.reports.waits import waits_svg
from runline.simulator.review import Given

_LISTED = (Status.HOLDS, Status.UNKNOWN, Status.NOT_EXERCISED, Status.NOT_APPLICABLE)


def scope_matrix(review: Review) -> str:
    """How much of each scope was seen under each design, and which laws break in some history."""
    if not review.explored:
        return ""
    rows = "".join(row(review, given, scopes, _cell) for given, scopes in review.by_scope)
    return (
        "<h2 id=explored>Explored scopes</h2><p>Small scenarios of which every history was gone through: all orders of the "
        "steps of all processes, any of which may be late. Which laws break for good in some of them, after how many moves; "
        "how many states there are. Where the bound of states was reached, the rest is unknown.</p>"
        f"<div class=wide><table class='matrix scenarios'>{head(review, 'scope', explored=True)}<tbody>{rows}</tbody></table>"
        "</div>"
    )


def _cell(review: Review, scope: ExploredCase | None) -> str:
    if scope is None:
        return "<td class=none title='nothing is expected of this design'>·</td>"
    chips = [_chip(scope, law) for law in scope.found.broken]
    if review.unmet_of(scope):
        chips.insert(0, link(scope_anchor(scope), "<b class=bad-text>not as expected</b>"))
    states = f"{scope.counts[0]:,} states{'' if scope.complete else ', cut off'}"
    fine = "no law is broken" if scope.complete else "no law is broken so far"
    kind = "fine" if not chips and scope.complete else ""
    return f"<td class='{kind}'>{' '.join(chips) or fine}<br><small>{link(scope_anchor(scope), states)}</small></td>"


def _chip(scope: ExploredCase, law: str) -> str:
    kind = "law-chip promise" if law in scope.found.design.promises else "law-chip"
    return link(scope_anchor(scope), f"{law} {scope.found.verdicts[law].lasting}", kind)


# ---------------------------------------------------------------------------- each scope


def explored_section(review: Review, given: Given, scopes: Sequence[ExploredCase]) -> str:
    """A scenario that is about all histories, and what was found under each design; folded where nothing is broken."""
    loud = [scope for scope in scopes if scope.found.broken or review.unmet_of(scope)]
    inner = about(given) + "".join(_scope(review, scope, folded=scope not in loud) for scope in scopes)
    return (
        f"<section class=scenario id='{scenario_anchor(given)}'><h3>{text(given.scenario.title)}</h3>{inner}</section>"
    )


def _scope(review: Review, scope: ExploredCase, folded: bool) -> str:
    way = scope.found.leading
    inner = "".join(
        [
            _expectation(review, scope),
            f"<p>{text(scope.said)}; {'; '.join(faults(scope.found))}.</p>",
            listed(_verdicts(scope)),
            "" if way is None else _counterexample(scope, way),
            f"<p class=replay><code>{text(_command(scope))}</code></p>",
        ]
    )
    name, anchor = f"<b>{text(scope.design)}</b>", scope_anchor(scope)
    if folded:
        so_far = "" if scope.complete else " so far"
        summary = f"{name}: no law is broken{so_far} ({text(scope.said)})"
        return f"<details class=case id='{anchor}'><summary>{summary}</summary>{inner}</details>"
    chips = " ".join(_chip(scope, law) for law in scope.found.broken)
    return f"<article class=case id='{anchor}'><h4>{name} {chips}</h4>{inner}</article>"


def _expectation(review: Review, scope: ExploredCase) -> str:
    lines = review.unmet_of(scope)
    if lines:
        return f"<div class=unmet><p>Not as expected:</p>{listed(map(text, lines))}</div>"
    if scope.found.expect is None:
        return "<p class=dim>The scenario expects nothing in particular; no promised law is broken.</p>"
    return "<p class=met>As expected.</p>"


def _verdicts(scope: ExploredCase) -> list[str]:
    """The laws by what is said of them, those that break or break in passing one by one."""
    verdicts = scope.found.verdicts.values()
    lines = []
    for each in verdicts:
        if each.status in (Status.VIOLATED, Status.PASSING):
            promised = "promised" if each.law in scope.found.design.promises else "not promised"
            length = each.seen if each.lasting is None else each.lasting
            lines.append(f"<b>{each.law}</b> {each.status} ({promised}), after {length} moves")
    for status in _LISTED:
        laws = ", ".join(each.law for each in verdicts if each.status is status)
        lines += [f"<span class=dim>{status}: {laws}</span>"] if laws else []
    return lines


def _counterexample(scope: ExploredCase, way: Counterexample) -> str:
    """The history that leads: what is wrong, how it looks in the end, move by move, and who waits for whom."""
    sentences = "<br>".join(map(text, way.sentences))
    kind = "promise" if way.law in scope.found.design.promises else "given"
    moves = text("\n".join(told(scope.found, way)))
    waits = waits_svg(way.gone.outcome) if way.law in ("no-deadlock", "progress", "fairness") else ""
    drawing = f"<div class=wide>{waits}</div>" if waits else ""
    name, words = text(chart_name(scope)), text(f"{scope.scenario.title} under {scope.design}: {way.law}")
    return (
        f"<div class='finding {kind}'><b>{way.law}</b><br>{sentences}</div>"
        f"<a class=chart href='{name}'><img loading=lazy src='{name}' alt='{words}'></a>{drawing}"
        f"<details><summary>move by move</summary><div class=wide><pre class=moves>{moves}</pre></div></details>"
    )


def _command(scope: ExploredCase) -> str:
    """What to type to see it again."""
    return f"runline explore {shlex.quote(scope.file.shown)} --design {shlex.quote(scope.design)} --no-reduction"


# --------------------------------------------------------------------------------- charts


def chart_name(scope: ExploredCase) -> str:
    """The file of the chart of a scope's counterexample, beside the page."""
    return f"charts/explored/{slug(scope.file.shown, scope.design)}.svg"


def with_counterexample(review: Review) -> list[ExploredCase]:
    """The scopes in which a law breaks in some history: these have a chart."""
    return [scope for scope in review.explored if scope.found.leading is not None]


def draw_counterexample(scope: ExploredCase, folder: Path) -> None:
    """Draw the end of the history that leads into its file below ``folder``."""
    way = scope.found.leading
    if way is not None:
        draw(way.gone.outcome, folder / chart_name(scope))
