"""Finding and opening evidence: files of recordings, plain or gzipped, one JSON object a line."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from runline.model.errors import RunlineError, nearest

SUFFIXES = (".jsonl", ".jsonl.gz")
_GZIP = b"\x1f\x8b"


class Line(NamedTuple):
    """One line of a file and the JSON object in it. ``shown`` names the file the same way from any working directory."""

    file: str
    shown: str
    number: int
    value: dict[str, Any]


def find_files(paths: Iterable[str]) -> dict[Path, str]:
    """The files named, and those below the folders named, in order, each once, with the name to show for it.

    The name begins with the folder that was named, or that the file lies in, so that it does not depend on where
    Runline was started.
    """
    found: dict[Path, str] = {}
    seen: set[Path] = set()
    for name in paths:
        path = Path(name)
        if not name:
            raise RunlineError("a path is empty", remedy="the path of a file with recordings, or of a folder")
        if not path.exists():
            raise RunlineError("there is no such file or folder", file=name, remedy=_neighbour(path))
        files = _files_below(path) if path.is_dir() else {path: f"{path.resolve().parent.name}/{path.name}"}
        for file, shown in files.items():
            if file.resolve() not in seen:
                seen.add(file.resolve())
                found[file] = shown
    return found


def _files_below(folder: Path) -> dict[Path, str]:
    below = sorted(file for file in folder.rglob("*") if file.is_file() and file.name.endswith(SUFFIXES))
    if not below:
        raise RunlineError(
            "the folder holds no recordings", file=str(folder), remedy=f"a folder with files {' or '.join(SUFFIXES)}"
        )
    root = Path(folder.resolve().name)
    return {file: (root / file.relative_to(folder)).as_posix() for file in below}


def _neighbour(path: Path) -> str:
    names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    offer = nearest(path.name, names) if names else ""
    return (
        offer if offer.startswith("did you") else "the path of a file with recordings, or of a folder that holds some"
    )


def read_lines(path: Path, shown: str) -> Iterator[Line]:
    """Each line of a file as a JSON object. Raises :class:`RunlineError` naming the line that is none."""
    text = _read_text(path)
    if not text.strip():
        raise RunlineError("the file is empty", file=str(path), remedy="recordings, one JSON object a line")
    lines = text.rstrip().split("\n")
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield Line(str(path), shown, number, _parse(line, path, number, number == len(lines)))


def count_lines(path: Path) -> int:
    """How many lines of a file hold something."""
    return sum(1 for line in _read_text(path).split("\n") if line.strip())


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        data = gzip.decompress(raw) if raw.startswith(_GZIP) else raw
        text = data.decode()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise RunlineError(
            "the compressed file is damaged or cut", file=str(path), remedy="a whole copy of the file"
        ) from None
    except UnicodeDecodeError as error:
        raise _binary(path, f"byte {error.start} is no UTF-8") from None
    except OSError as error:
        raise RunlineError(f"the file cannot be read: {error.strerror}", file=str(path)) from None
    if "\x00" in text:
        raise _binary(path, "it has a NUL byte")
    return text


def _binary(path: Path, why: str) -> RunlineError:
    return RunlineError(f"this is a binary file ({why})", file=str(path), remedy="recordings, one JSON object a line")


def _parse(line: str, path: Path, number: int, last: bool) -> dict[str, Any]:
    try:
        value = json.loads(line)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _not_json(error, line, last).located(file=str(path), line=number) from None
    except UnicodeEncodeError:
        raise RunlineError(
            "a text holds half a character (a lone surrogate)", file=str(path), line=number, remedy="whole characters"
        ) from None
    except RecursionError:
        raise RunlineError(
            "the JSON is nested too deep", file=str(path), line=number, remedy="recordings, one JSON object a line"
        ) from None
    except ValueError as error:
        raise RunlineError(
            f"a number is too long: {error}", file=str(path), line=number, remedy="numbers of usual length"
        ) from None
    if not isinstance(value, dict):
        raise RunlineError(
            f"this is JSON, but {type(value).__name__} instead of an object",
            file=str(path),
            line=number,
            remedy="recordings, one JSON object a line",
        )
    return value


def _not_json(error: json.JSONDecodeError, line: str, last: bool) -> RunlineError:
    value = line[max(0, error.pos - 20) : error.pos + 20]
    if error.pos < len(line.rstrip()) - 1 and not error.msg.startswith("Unterminated"):
        return RunlineError(f"this is not JSON: {error.msg}", value=value, remedy="recordings, one JSON object a line")
    if last:
        message, remedy = "the line ends in the middle of its JSON object", "a whole copy of the file"
    else:
        message, remedy = "the line holds only a part of a JSON object", "each recording on one line, whole"
    return RunlineError(message, value=value, remedy=remedy)
