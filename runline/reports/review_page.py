"""The report of a review: what each design breaks and why, then every scenario under every design.

A pure function of what was found; charts are named here and drawn by the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from runline.explorer.review import ExploredCase
from runline.invariants.laws import ALL_LAWS, SIMULATED_LAWS
from runline.invariants.verdict import Status
from runline.reports.review_case import scenario_section
from runline.reports.review_design import design_section
from runline.reports.review_explored import explored_section, scope_matrix
from runline.reports.review_matrix import case_anchor, design_anchor, law_matrix, scenario_matrix, scope_anchor
from runline.reports.review_parts import link, listed, plural, text
from runline.reports.review_rules import rules_of
from runline.reports.review_style import REVIEW_STYLE
from runline.reports.review_summary import Cell, Over, Review, wait_lines
from runline.reports.style import STYLE
from runline.simulator.review import Case

TITLE = "Runline: what the designs do"


def page(
    review: Review,
    versions: Mapping[str, str],
    drawn: Collection[Case],
    notes: Sequence[str] = (),
    recordings: str = "",
) -> str:
    """The whole page. ``drawn`` are the cases that have charts; ``recordings`` says what lies beside, of real histories."""
    with_chart = frozenset(drawn)
    rules = {name: rules_of(design) for name, design in review.designs.items()}
    body = [
        "<h1>What the designs do</h1>",
        f"<p class=lead>{' '.join(_lead(review))}</p>",
        _expectations(review),
        _notes(review, notes),
        _contents(review, recordings),
        *([law_matrix(review)] if review.cases or review.explored else []),
        *([scenario_matrix(review)] if review.cases else []),
        scope_matrix(review),
        *(design_section(review, name) for name in review.designs),
        "<h2 id=cases>Histories</h2><p>Each scenario under each design. A chart shows the timeline as it is in the end.</p>",
        *(scenario_section(review, given, cases, with_chart, rules) for given, cases in review.by_scenario),
        "<h2 id=every>Every history</h2>" if review.explored else "",
        *(explored_section(review, given, scopes) for given, scopes in review.by_scope if scopes),
        f"<footer>{text(', '.join(f'{name} {version}' for name, version in versions.items()))}; seed 0</footer>",
    ]
    return _document("\n".join(part for part in body if part))


def _document(body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}{REVIEW_STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )


# ---------------------------------------------------------------------------- what stands first


def _lead(review: Review) -> Iterator[str]:
    yield (
        f"{plural(len(review.given), 'scenario')} under {plural(len(review.designs), 'design')}: "
        f"{plural(len(review.cases), 'history')}, held against {len(ALL_LAWS)} laws of a "
        "coherent timeline."
    )
    if review.explored:
        states, cut = sum(scope.counts[0] for scope in review.explored), len(review.cut_off)
        seen = f"; of {cut} not all could be seen within its bound" if cut else ""
        yield f"{plural(len(review.explored), 'scope')} explored in every order, {states:,} states{seen}."
    for name, design in review.designs.items():
        broken = review.broken(name)
        promised = sum(cell.promised for cell in broken)
        others = len(broken) - promised
        kept = f"breaks <b class=bad-text>{promised}</b> of them" if promised else "keeps them all"
        more = f", and breaks {others} that it does not promise" if others else ""
        count = sum(law in design.promises for law in ALL_LAWS)
        yield f"<b>{text(name)}</b> promises {plural(count, 'law')} and {kept}{more}."


def _expectations(review: Review) -> str:
    if review.unmet:
        lines = [
            link(case_anchor(case), text(line))
            for _, cases in review.by_scenario
            for case in cases
            for line in review.unmet_of(case)
        ]
        lines += [
            link(scope_anchor(scope), text(line))
            for _, scopes in review.by_scope
            for scope in scopes
            for line in review.unmet_of(scope)
        ]
        lines += [text(difference.told) for difference in review.unclaimed]
        return f"<div class=unmet><p>Not as expected:</p>{listed(lines)}</div>"
    on_file = ", and every verdict is the one in the lock file" if review.locked else ""
    return f"<p class=met>Every expectation is met{on_file}.</p>"


def _notes(review: Review, notes: Sequence[str]) -> str:
    lines = [*review.incomplete, *wait_lines(review.waiting), *notes]
    if review.changed:
        count = plural(len(review.changed), "history")
        lines.append(f"{count} came about in another way than the lock file says, with the same verdicts.")
    if not lines:
        return ""
    return f"<div class=note>{''.join(f'<p>{text(line)}</p>' for line in lines)}</div>"


def _contents(review: Review, recordings: str) -> str:
    links = [link("laws", "laws and designs")] if review.cases or review.explored else []
    links += [link("scenarios", "scenarios and designs")] if review.cases else []
    links += [link("explored", "explored scopes")] if review.explored else []
    links += [link(design_anchor(name), text(name)) for name in review.designs]
    links.append(link("cases", "histories"))
    beside = f"<p>Beside this: <a href='recordings.html'>{text(recordings)}</a>.</p>" if recordings else ""
    return f"<nav>{' '.join(links)}</nav>{beside}"


def law_lines(review: Review) -> Iterator[str]:
    """The matrix of laws and designs in lines of text; what a design promises and breaks is marked."""
    width = max(len(law) for law in ALL_LAWS)
    column = 2 + max([len("not applicable"), *(len(name) for name in review.designs)])
    yield " " * width + "".join(f"{name:>{column}}" for name in review.designs)
    there: list[tuple[str, Sequence[Case | ExploredCase]]] = [
        ("scenarios", review.cases),
        ("explored scopes", review.explored),
    ]
    for what, found in there:
        if not found:
            continue
        counts = [sum(each.design == name for each in found) for name in review.designs]
        yield f"{what:<{width}}" + "".join(f"{count:>{column}}" for count in counts)
        for law in SIMULATED_LAWS if found is review.cases else ALL_LAWS:
            cells = [review.cells[law, name] for name in review.designs]
            words = [_word(cell, cell if found is review.cases else cell.over) for cell in cells]
            if any(words):
                yield f"{law:<{width}}" + "".join(f"{word:>{column}}" for word in words)


def _word(cell: Cell, said: Cell | Over | None) -> str:
    """What is said of a law under a design; what it promises and breaks is marked."""
    if said is None:
        return ""
    return f"{said.text} promised" if cell.promised and said.status is Status.VIOLATED else said.text
