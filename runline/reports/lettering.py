"""Text in a chart: cleaned of what a font cannot show, measured, wrapped and shortened. Never read as mathtext."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.textpath import text_to_path

_FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
_REGULAR = str(_FONTS / "DejaVuSans.ttf")
_BOLD = str(_FONTS / "DejaVuSans-Bold.ttf")
_MEASURED_AT = 10.0
_UNSHOWN = "\N{WHITE SQUARE}"


def font(size: float, bold: bool = False) -> FontProperties:
    """The font that comes with matplotlib, the same everywhere."""
    return FontProperties(fname=_BOLD if bold else _REGULAR, size=size)


@lru_cache(maxsize=1 << 12)
def _shown(character: str) -> str:
    """A character as one line of text can show it."""
    category = unicodedata.category(character)
    if character.isspace():
        return " "
    if category in ("Cf", "Mn", "Me"):
        return "" if category == "Cf" else character if _has(character) else ""
    return character if category[0] != "C" and _has(character) else _UNSHOWN


def _has(character: str) -> bool:
    code = ord(character)
    return bool(get_font(_REGULAR).get_char_index(code) and get_font(_BOLD).get_char_index(code))


def clean(text: str) -> str:
    """``text`` on one line, with a square for what the font lacks."""
    return " ".join("".join(map(_shown, text)).split())


@lru_cache(maxsize=1 << 14)
def _width(text: str, bold: bool) -> float:
    width, _, _ = text_to_path.get_text_width_height_descent(text, font(_MEASURED_AT, bold), False)
    return float(width) / _MEASURED_AT


def width_of(text: str, size: float, bold: bool = False) -> float:
    """The width of cleaned ``text`` in points."""
    return _width(text, bold) * size if text else 0.0


def shorten(text: str, room: float, size: float, bold: bool = False) -> str:
    """Cleaned ``text``, its middle left out where it is wider than ``room``: names tend to differ at either end."""
    text = clean(text)[:400]
    if width_of(text, size, bold) <= room:
        return text
    for kept in range(min(len(text) - 1, int(room / size * 4)), 1, -1):
        tail = kept // 3
        short = f"{text[: kept - tail].rstrip()}…{text[len(text) - tail :].lstrip()}"
        if width_of(short, size, bold) <= room:
            return short
    return "…"


def wrap(text: str, room: float, size: float, bold: bool = False, most: int = 6) -> list[str]:
    """Cleaned ``text`` in lines of at most ``room``; at most so many lines, the last then ends in an ellipsis."""
    lines = [""]
    used = 0.0
    space = width_of("a a", size, bold) - width_of("aa", size, bold)
    for word in _words(clean(text)[:4000], room, size, bold):
        width = width_of(word, size, bold)
        if lines[-1] and used + space + width > room:
            lines.append(word)
            used = width
        else:
            used += width + (space if lines[-1] else 0.0)
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    if len(lines) > most:
        lines = [*lines[: most - 1], shorten_end(lines[most - 1], room, size, bold)]
    return lines


def shorten_end(text: str, room: float, size: float, bold: bool = False) -> str:
    """``text`` with an ellipsis at its end, cut so that both fit."""
    while text and width_of(text + " …", size, bold) > room:
        text = text[:-1]
    return f"{text.rstrip()} …"


def _words(text: str, room: float, size: float, bold: bool) -> list[str]:
    """The words of a text, those too wide for a line broken."""
    words = []
    for word in text.split():
        while width_of(word, size, bold) > room:
            kept = max(1, int(len(word) * room / width_of(word, size, bold)) - 1)
            words.append(word[:kept])
            word = word[kept:]
        words.append(word)
    return words
