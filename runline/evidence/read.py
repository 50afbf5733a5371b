"""Reading evidence: whatever is below the paths given, as histories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runline.evidence import files
from runline.evidence.files import Line, find_files, read_lines
from runline.evidence.history import History
from runline.model.errors import RunlineError, nearest


def read_histories(paths: Iterable[str], name: str | None = None) -> Iterator[History]:
    """Every recording in the files and folders named, in order of file and line, or those called ``name``.

    Raises :class:`RunlineError` for what is no recording, and where none is called ``name``.
    """
    names = []
    found = False
    for path, shown in find_files(paths).items():
        for line in read_lines(path, shown):
            names.append(str(line.value.get("name")))
            if name is None or names[-1] == name:
                found = True
                yield read_line(line)
    if not found and name is not None:
        raise RunlineError(f"there is no recording {name!r}", key="--name", value=name, remedy=nearest(name, names))


def count_lines(paths: Iterable[str]) -> int:
    """How many recordings there are, at most."""
    return sum(files.count_lines(path) for path in find_files(paths))


def read_line(line: Line) -> History:
    """One recording, by the format that its keys show."""
    from runline.evidence import airflow3, old_trees

    if "tree" in line.value and "steps" in line.value:
        return old_trees.history_of(line)
    if "airflow_version" in line.value and "steps" in line.value:
        return airflow3.history_of(line)
    known = ", ".join(sorted(line.value)[:6]) or "none"
    raise RunlineError(
        f"this is no recording that Runline knows (its keys: {known})",
        file=line.file,
        line=line.number,
        remedy="recordings with the keys tree (or airflow_version), name, scenario and steps",
    )
