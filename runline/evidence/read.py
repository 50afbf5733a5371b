"""Reading evidence: whatever is below the paths given, as histories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from runline.evidence import files
from runline.evidence.files import Line, find_files, read_lines
from runline.evidence.history import History
from runline.model.errors import RunlineError, nearest


class LeftOut(NamedTuple):
    """A file below a folder that was named, which holds something else than recordings, and was therefore not read."""

    file: str
    why: str


def read_histories(
    paths: Iterable[str], name: str | None = None, left_out: list[LeftOut] | None = None
) -> Iterator[History]:
    """Every recording in the files and folders named, in order of file and line, or those called ``name``.

    Raises :class:`RunlineError` for what is no recording, and where none is called ``name``. A file of another format
    that was not named itself, but found below a folder, is put into ``left_out`` instead, if that is given.
    """
    names: list[str] = []
    found = False
    told = list(paths)
    for path, shown in find_files(told).items():
        for line in read_lines(path, shown):
            if left_out is not None and line.number == 1 and str(path) not in told and not _known(line.value):
                left_out.append(LeftOut(shown, _foreign(line).message))
                break
            names.append(str(line.value.get("name")))
            if name is None or names[-1] == name:
                found = True
                yield read_line(line)
    if not found and name is not None:
        raise RunlineError(f"there is no recording {name!r}", key="--name", value=name, remedy=nearest(name, names))
    if not found and left_out:
        raise RunlineError("none of the files here holds recordings", file=told[0], remedy=left_out[0].why)


def count_lines(paths: Iterable[str]) -> int:
    """How many recordings there are, at most."""
    return sum(files.count_lines(path) for path in find_files(paths))


def read_line(line: Line) -> History:
    """One recording, by the format that its keys show."""
    from runline.evidence import airflow3, old_trees

    if not _known(line.value):
        raise _foreign(line)
    return old_trees.history_of(line) if "tree" in line.value else airflow3.history_of(line)


def _known(value: Mapping[str, Any]) -> bool:
    return "steps" in value and ("tree" in value or "airflow_version" in value)


def _foreign(line: Line) -> RunlineError:
    known = ", ".join(sorted(line.value)[:6]) or "none"
    return RunlineError(
        f"this is no recording that Runline knows (its keys: {known})",
        file=line.file,
        line=line.number,
        remedy="recordings with the keys tree (or airflow_version), name, scenario and steps",
    )
