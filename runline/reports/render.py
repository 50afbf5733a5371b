"""Writing a chart: svg, png or pdf, or a page of its own. The same figure always gives the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runline.model.errors import RunlineError
from runline.reports.files import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

PNG_DPI = 200
"""Twice what a chart is shown at, for screens that can show it."""

_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}
_STYLE = """
body{margin:0;background:#fff;color:#22272b;font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:940px;margin:0 auto;padding:1.5rem 1rem}
figure{margin:0}
svg{display:block;width:100%;height:auto}
details{margin-top:1rem;color:#6b747b}
li{margin:.3rem 0}
"""


KINDS = ("svg", "png", "pdf", "html")
"""What a chart can be written as."""


def check_suffix(path: str | Path) -> str:
    """What the suffix of ``path`` asks for; raises :class:`RunlineError` if that is nothing a chart can be written as."""
    suffix = Path(path).suffix
    kind = suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise RunlineError(
            f"a chart cannot be written as {suffix!r}" if kind else "the name does not say what to write the chart as",
            file=str(path),
            value=suffix,
            remedy=f"a name that ends in {', '.join('.' + known for known in KINDS[:-1])} or .{KINDS[-1]}",
        )
    return kind


def render(figure: Figure | SubFigure, path: str | Path) -> None:
    """Write a figure as the suffix of ``path`` says, beside first and then into place.

    Raises :class:`RunlineError` for a suffix that is not known, and where the file cannot be written.
    """
    kind = check_suffix(path)
    if kind == "svg":
        data = as_svg(figure).encode()
    elif kind == "html":
        data = as_page(figure).encode()
    else:
        data = _saved(figure, kind, _METADATA[kind])
    write_bytes(Path(path), data)


def as_svg(figure: Figure | SubFigure, prefix: str = "") -> str:
    """The figure as svg, what is drawn named in words for whoever points at it.

    Several in one page need a ``prefix`` each, so that the names of their parts stay apart.
    """
    metadata = {"Title": _title(figure), "Creator": "Runline", "Date": None}
    text = _saved(figure, "svg", metadata).decode()
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)
    notes = dict(_notes(figure))
    text = re.sub(r'<g id="([^"]+)">', lambda found: found[0] + _tooltip(notes.get(found[1], "")), text)
    if prefix:
        text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{prefix}", text)
    return text


def as_page(figure: Figure | SubFigure) -> str:
    """The figure in a page that needs nothing else, with its sentences as text."""
    svg = as_svg(figure)
    svg = re.sub(r" <metadata>.*?</metadata>\n", "", svg[svg.index("<svg") :], count=1, flags=re.DOTALL)
    title = escape(_title(figure))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>\n'
        f"<body><main>\n<figure>\n{svg}</figure>\n{_words(figure)}{_steps(figure)}</main></body></html>\n"
    )


def _steps(figure: Figure | SubFigure) -> str:
    """The steps of a history, where the chart shows them, as sentences."""
    notes = {gid: note for gid, note in _notes(figure) if re.fullmatch(r"step-\d+", gid)}
    in_order = sorted(notes, key=lambda gid: int(gid.removeprefix("step-")))
    items = "".join(f"<li>{escape(notes[gid])}</li>\n" for gid in in_order)
    return f"<details open><summary>Step by step</summary>\n<ol>\n{items}</ol>\n</details>\n" if items else ""


def _words(figure: Figure | SubFigure) -> str:
    """The sentences: folded where the chart itself tells them."""
    found = [artist for artist in figure.findobj() if re.fullmatch(r"finding-(\d+|more)", artist.get_gid() or "")]
    if not found:
        return ""
    items = "".join(f"<li>{escape(str(artist.get_label()))}</li>\n" for artist in found)
    words = f"<ol>\n{items}</ol>\n"
    drawn = any(artist.get_visible() for artist in found)
    return f"<details><summary>In words</summary>\n{words}</details>\n" if drawn else words


def _saved(figure: Figure | SubFigure, kind: str, metadata: dict[str, Any]) -> bytes:
    from runline.reports.pen import neutral_style

    buffer = BytesIO()
    with neutral_style():
        figure.figure.savefig(buffer, format=kind, metadata=metadata, dpi=PNG_DPI if kind == "png" else 72)
    return buffer.getvalue()


def _title(figure: Figure | SubFigure) -> str:
    return next((str(axes.get_label()) for axes in figure.axes if axes.get_label()), "Runline")


def _notes(figure: Figure | SubFigure) -> Iterator[tuple[str, str]]:
    """What is drawn under which name, in words."""
    for artist in figure.findobj():
        gid, note = artist.get_gid(), str(artist.get_label())
        if gid and note and not note.startswith("_"):
            yield gid, note


def _tooltip(note: str) -> str:
    return f"<title>{escape(note)}</title>" if note else ""
