"""Writing reports: beside first, then into place, so that nothing is ever half written."""

from __future__ import annotations

from pathlib import Path

from runline.model.errors import RunlineError


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, making its folder. Raises :class:`RunlineError` where that is not possible."""
    beside = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        raise RunlineError(
            f"cannot write here: {error.strerror}", file=str(path), remedy="a folder that can be written"
        ) from None


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8."""
    write_bytes(path, text.encode())
