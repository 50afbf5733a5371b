"""Reading evidence: whatever is below the paths given, as histories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runline.evidence.files import Line, find_files, read_lines
from runline.evidence.history import History
from runline.model.errors import RunlineError


def read_histories(paths: Iterable[str]) -> Iterator[History]:
    """Every recording in the files and folders named, in order of file and line."""
    for path in find_files(paths):
        for line in read_lines(path):
            yield read_line(line)


def read_line(line: Line) -> History:
    """One recording, by the format that its keys show."""
    from runline.evidence import old_trees

    if "tree" in line.value and "steps" in line.value:
        return old_trees.history_of(line)
    known = ", ".join(sorted(line.value)[:6]) or "none"
    raise RunlineError(
        f"this is no recording that Runline knows (its keys: {known})",
        file=line.file,
        line=line.number,
        remedy="recordings with the keys tree, name, scenario and steps",
    )
