"""The lock file of verdicts: how many recorded histories break each law, kept beside them, so that a change is a diff."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from runline.model.errors import RunlineError

LOCK = "verdicts.lock.json"

Counts = Mapping[str, Mapping[str, int]]
"""By scheduler: how many ``histories`` there are, and how many of them break each law."""


def lock_path(paths: tuple[str, ...]) -> Path | None:
    """Where the lock file of the evidence named stands: in the one folder named; none for several paths or a file."""
    return Path(paths[0]) / LOCK if len(paths) == 1 and Path(paths[0]).is_dir() else None


def read_lock(path: Path) -> Counts | None:
    """The counts on file; ``None`` if there is no lock file."""
    if not path.exists():
        return None
    try:
        counts = json.loads(path.read_text("utf-8"))
        assert isinstance(counts, dict)
        return {tree: {law: int(count) for law, count in laws.items()} for tree, laws in counts.items()}
    except (OSError, ValueError, AssertionError, AttributeError, TypeError):
        raise RunlineError(
            "this is no lock file of verdicts", file=str(path), remedy="runline review --update-lock writes a new one"
        ) from None


def write_lock(path: Path, counts: Counts) -> None:
    """Write the counts beside, then put them in place."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n", "utf-8")
    beside.replace(path)


def unmet(expected: Counts, found: Counts) -> list[str]:
    """Every count that differs from the lock file, in words."""
    told = []
    for tree in sorted({*expected, *found}):
        was, now = expected.get(tree, {}), found.get(tree, {})
        for law in sorted({*was, *now}):
            if was.get(law, 0) != now.get(law, 0):
                what = "histories" if law == "histories" else f"break {law}"
                told.append(f"{tree}: {now.get(law, 0)} {what}, the lock file says {was.get(law, 0)}")
    return told
