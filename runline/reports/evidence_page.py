"""The report on real histories: one page that shows which laws each scheduler breaks, and the shortest history for each.

A pure function of what was checked; charts are named here and drawn by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from html import escape
from typing import Any

from runline.evidence.check import Checked
from runline.evidence.summary import LawSummary, TreeSummary
from runline.evidence.trees import TREES, in_order
from runline.invariants.laws import LAWS
from runline.invariants.verdict import Finding, Status
from runline.reports.style import STYLE

SIGNS = {
    Status.HOLDS: ("holds", "kept in every history in which it had something to say"),
    Status.NOT_EXERCISED: ("-", "not exercised: its premise was never true"),
    Status.NOT_OBSERVABLE: ("?", "not observable: it depends on the order of events inside a recorded step"),
    Status.NOT_APPLICABLE: ("·", "not applicable: this scheduler has nothing that it speaks of"),
}


def chart_name(tree: str, law: str, aspect: str = "", *, before: bool = False) -> str:
    """The file of a chart, beside the page: of a law, or of one way in which it is broken."""
    parts = [tree, law, *([aspect] if aspect else []), *(["before"] if before else [])]
    return f"charts/{'--'.join(_file_name(part) for part in parts)}.svg"


def _file_name(text: str) -> str:
    """A name as a file may bear it; one that had to be changed keeps apart from others by a digest."""
    name = re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII).lstrip(".")[:60]
    if name == text.replace(" ", "-") and name:
        return name
    return f"{name}-{blake2b(text.encode(), digest_size=4).hexdigest()}"


def page(trees: Mapping[str, TreeSummary], versions: Mapping[str, str], unmet: Sequence[str] | None) -> str:
    """The whole page. ``unmet``: differences from the lock file, ``None`` where there is none."""
    order = in_order(list(trees))
    total = sum(tree.histories for tree in trees.values())
    broken = sum(tree.histories - tree.sound for tree in trees.values())
    body = [
        "<h1>What real schedulers did</h1>",
        f"<p class=lead>{total:,} recorded histories of {len(trees)} schedulers, held against {len(LAWS)} laws of a coherent "
        f"timeline. No model was asked: the laws judge what the real code left behind. {broken:,} histories break at "
        "least one law.</p>",
        _expectations(unmet),
        _matrix(trees, order),
        *(_tree(trees[name]) for name in order),
        f"<footer>{escape(', '.join(f'{name} {version}' for name, version in versions.items()))}</footer>",
    ]
    return _document("Runline: what real schedulers did", "\n".join(body))


def _document(title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _expectations(unmet: Sequence[str] | None) -> str:
    if unmet is None:
        return ""
    if not unmet:
        return "<p class=met>Every count is the one in the lock file of verdicts.</p>"
    items = "".join(f"<li>{escape(line)}</li>" for line in unmet)
    return f"<div class=unmet><p>Counts that differ from the lock file of verdicts:</p><ul>{items}</ul></div>"


# ------------------------------------------------------------------------------ matrix


def _matrix(trees: Mapping[str, TreeSummary], order: Sequence[str]) -> str:
    head = "".join(
        f"<th><a href='#{escape(name)}'>{escape(name)}</a><br><small>{trees[name].histories}</small></th>"
        for name in order
    )
    rows = "".join(_row(law, [trees[name] for name in order]) for law in LAWS)
    signs = "".join(f"<li><b>{sign}</b> {escape(meaning)}</li>" for sign, meaning in SIGNS.values())
    return (
        "<h2>Laws and schedulers</h2><p>In how many histories each law is broken. The number under a name says how many "
        "histories there are of it; a number in the table leads to the shortest history.</p>"
        f"<div class=wide><table class=matrix><thead><tr><th class=law>law</th>{head}</tr></thead><tbody>{rows}</tbody>"
        f"</table></div><ul class=signs>{signs}</ul>"
    )


def _row(law_id: str, trees: Sequence[TreeSummary]) -> str:
    law = LAWS[law_id]
    cells = "".join(_cell(tree, tree.laws[law_id]) for tree in trees)
    return f"<tr><th class=law title='{escape(law.sentence, quote=True)}'>{law.id}</th>{cells}</tr>"


def _cell(tree: TreeSummary, law: LawSummary) -> str:
    if law.status is Status.VIOLATED:
        share = min(9, 1 + int(9 * law.broken / max(1, tree.histories)))
        anchor = escape(f"{tree.tree}--{law.law}")
        return f"<td class='bad b{share}'><a href='#{anchor}'>{law.broken}</a></td>"
    sign, meaning = SIGNS[law.status]
    kind = law.status.name.lower()
    return f"<td class='{kind}' title='{escape(meaning, quote=True)}'>{sign}</td>"


# ----------------------------------------------------------------------- one scheduler


def _tree(tree: TreeSummary) -> str:
    about = TREES.get(tree.tree, "a recorded scheduler")
    basic = [law for law in tree.broken if not _falls(law)]
    fallen = [law for law in tree.broken if _falls(law)]
    parts = [
        f"<section><h2 id='{escape(tree.tree)}'>{escape(tree.tree)}</h2>"
        f"<p>{escape(about)}. {tree.histories} histories, {tree.sound} break no law.</p>",
        *(_law(tree, law) for law in [*basic, *fallen]),
        "</section>",
    ]
    return "\n".join(parts)


def _falls(law: LawSummary) -> bool:
    return law.shortest is not None and bool(law.shortest[1].known_by)


def _law(tree: TreeSummary, summary: LawSummary) -> str:
    law = LAWS[summary.law]
    assert summary.shortest is not None
    checked, finding = summary.shortest
    ways = ", ".join(f"{escape(aspect)} {count}" for aspect, count in summary.aspects.most_common())
    falls = f"<p class=falls>Falls with {escape(finding.known_by)}.</p>" if finding.known_by else ""
    return (
        f"<article id='{escape(f'{tree.tree}--{law.id}')}'><h3>{law.id} <span class=count>broken in {summary.broken} of "
        f"{tree.histories}</span></h3>"
        f"<p class=sentence>{escape(law.sentence)} <span class=source>{escape(law.source)}</span></p>{falls}"
        f"<p class=ways>{f'How, in how many histories: {ways}.' if ways else ''}</p>"
        f"{_shortest(checked, finding)}{_charts(tree.tree, law.id, '', finding)}{_others(tree, summary)}</article>"
    )


def _others(tree: TreeSummary, summary: LawSummary) -> str:
    """The shortest history for each other way in which the law is broken, folded away."""
    return "".join(
        f"<details><summary>{escape(aspect)}</summary>{_shortest(checked, finding)}"
        f"{_charts(tree.tree, summary.law, aspect, finding)}</details>"
        for aspect, (checked, finding) in summary.others
    )


def _shortest(checked: Checked, finding: Finding) -> str:
    history = checked.history
    steps = "".join(
        f"<li value={moment.number}{' class=here' if moment.number == finding.step else ''}>{escape(moment.action)}</li>"
        for moment in history.moments[: finding.step + 1]
    )
    note = f" ({escape(history.note)})" if history.note else ""
    return (
        f"<p>Shortest history: <b>{escape(history.name)}</b>{note} <code>{escape(history.file)}:{history.line}</code></p>"
        f"<ol class=steps start=0>{steps}</ol><p class=finding>{escape(finding.sentence)}</p>"
    )


def _charts(tree: str, law: str, aspect: str, finding: Finding) -> str:
    before = ""
    if finding.step > 0:
        image = _image(chart_name(tree, law, aspect, before=True), "before")
        before = f"<details><summary>the state before</summary>{image}</details>"
    return _image(chart_name(tree, law, aspect), f"{law} in {tree}") + before


def _image(source: str, alt: str) -> str:
    target = escape(source, quote=True)
    return f"<a class=chart href='{target}'><img loading=lazy src='{target}' alt='{escape(alt, quote=True)}'></a>"


# -------------------------------------------------------------------------------- data


def as_dict(
    trees: Mapping[str, TreeSummary], versions: Mapping[str, str], unmet: Sequence[str] | None
) -> dict[str, Any]:
    """The same as data: ``review.json``."""
    return {
        "versions": dict(versions),
        "unmet": list(unmet or ()),
        "trees": [
            {
                "tree": name,
                "recordings": trees[name].histories,
                "sound": trees[name].sound,
                "laws": [_law_dict(name, law) for law in trees[name].laws.values()],
            }
            for name in in_order(list(trees))
        ],
    }


def _law_dict(tree: str, law: LawSummary) -> dict[str, Any]:
    told: dict[str, Any] = {"invariant": law.law, "status": law.status, "broken": law.broken}
    if law.shortest is not None:
        checked, finding = law.shortest
        told["aspects"] = dict(sorted(law.aspects.items()))
        told["shortest"] = {
            "name": checked.history.name,
            "file": checked.history.file,
            "line": checked.history.line,
            "step": finding.step,
            "sentence": finding.sentence,
            "chart": chart_name(tree, law.law),
        }
    return told
