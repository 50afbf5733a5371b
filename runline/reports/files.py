"""Writing reports: beside first, then into place, so that nothing is ever half written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from runline.model.errors import RunlineError


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, making its folder. Raises :class:`RunlineError` where that is not possible; then nothing is left."""
    if path.is_dir():
        raise RunlineError("this is a folder", file=str(path), remedy="the name of a file")
    beside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".runline-", dir=path.parent)
        beside = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    except OSError as error:
        raise RunlineError(
            f"cannot write here: {error.strerror}", file=str(path), remedy="a place that can be written"
        ) from None
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


def check_outputs(given: str, wanted: Mapping[str, str | None]) -> None:
    """Refuse, before any work is done, to write a file in the place of the one given, or two in one place.

    ``wanted`` are names of files by the option that asks for each.
    """
    taken = {Path(given).resolve(): "the scenario"}
    for option, name in wanted.items():
        if name is None:
            continue
        place = Path(name).resolve()
        if place in taken:
            message = f"this would take the place of {taken[place]}"
            raise RunlineError(message, file=name, key=option, value=name, remedy="another name")
        taken[place] = f"what {option} writes"


def report_folder(name: str) -> Path:
    """The folder that a report goes to; raises :class:`RunlineError` at once where that cannot be one."""
    folder = Path(name)
    if not name or (folder.exists() and not folder.is_dir()):
        what = "is empty" if not name else "is a file"
        raise RunlineError(f"cannot write here: the name of the report's folder {what}", file=name, remedy="a folder")
    return folder


def check_place(folder: Path) -> None:
    """Raise :class:`RunlineError` where no folder can be, or nothing can be written in it; nothing is left there."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(prefix=".runline-", dir=there):
            return
    except OSError as error:
        why = error.strerror if there.is_dir() else f"{there.name} is a file"
    raise RunlineError(f"cannot write here: {why}", file=str(folder), remedy="a place that can be written")


@contextmanager
def replaced(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    """A folder to write the parts of a report in, which then take the place of those in ``folder`` all together.

    Nothing of ``folder`` is touched before all is written; what else stands there is left alone.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".runline-", dir=folder))
    except OSError as error:
        raise RunlineError(
            f"cannot write here: {error.strerror}", file=str(folder), remedy="a place that can be written"
        ) from None
    try:
        yield beside
        for part in parts:
            _take_place(beside / part, folder / part)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _take_place(new: Path, old: Path) -> None:
    if old.is_dir() and not old.is_symlink():
        shutil.rmtree(old)
    if new.exists():
        new.replace(old)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8."""
    write_bytes(path, text.encode())
