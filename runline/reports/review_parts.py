"""Small parts of the review's page: names that may stand in files and anchors, links, lists, tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from html import escape

_LONGEST = 100
_URL = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:)]")


def slug(*parts: str) -> str:
    """A name for a file or an anchor; one that had to be changed keeps apart from others by a digest."""
    plain = "--".join(part.removesuffix(".toml").replace("/", "--") for part in parts)
    name = re.sub(r"[^\w.-]+", "-", plain, flags=re.ASCII).lstrip(".")[:_LONGEST]
    if name == plain and "--" not in "".join(parts):
        return name
    return f"{name}-{blake2b(chr(0).join(parts).encode(), digest_size=4).hexdigest()}"


def text(value: object) -> str:
    """A value as text in the page; what cannot be seen is shown as an escape."""
    plain = "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode() for each in str(value)
    )
    return escape(plain)


def linked(value: str) -> str:
    """Text in which addresses are links."""
    parts, at = [], 0
    for found in _URL.finditer(value):
        address = text(found[0])
        parts += [text(value[at : found.start()]), f"<a href='{address}'>{address}</a>"]
        at = found.end()
    return "".join([*parts, text(value[at:])])


def link(anchor: str, shown: str, kind: str = "") -> str:
    """A link within the page; ``shown`` is markup."""
    return f"<a{f' class={kind!r}' if kind else ''} href='#{anchor}'>{shown}</a>"


def listed(items: Iterable[str], kind: str = "") -> str:
    """A list of items, which are markup; nothing where there is none."""
    inner = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul{f' class={kind!r}' if kind else ''}>{inner}</ul>" if inner else ""


def paragraphs(value: str) -> str:
    """A text of many lines, as its writer broke it: a line that begins a new thought begins a new line."""
    return "".join(f"<p>{linked(line)}</p>" for line in _thoughts(value))


def _thoughts(value: str) -> list[str]:
    found: list[str] = []
    for line in value.strip().split("\n"):
        if not line.strip() or not found or re.match(r"[A-Z][a-z]+: ", line):
            found.append(line.strip())
        else:
            found[-1] = f"{found[-1]} {line.strip()}".strip()
    return [line for line in found if line]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], kind: str) -> str:
    """A table of texts that scrolls in itself where it is wider than the page."""
    top = "".join(f"<th>{text(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div class=wide><table class={kind}><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def plural(count: int, noun: str) -> str:
    """A count with its noun."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"
