"""Runline simulates and verifies the timeline of DAG runs that a workflow scheduler makes.

``runline.check("recordings/pr")`` holds all laws against recorded histories; each of what it returns has ``findings``,
and a finding a ``sentence``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runline.versions import __version__

if TYPE_CHECKING:
    from runline.evidence.check import Checked

__all__ = ["__version__", "check"]


def check(*paths: str, laws: tuple[str, ...] = (), name: str | None = None) -> list[Checked]:
    """Hold the laws (all, or those of the ids given) against the real histories in files and folders.

    ``name`` takes only the recording of that name. Raises :class:`runline.model.errors.RunlineError` for bad input.
    """
    from runline.evidence.check import check as check_history
    from runline.evidence.read import read_histories
    from runline.invariants.laws import find_laws

    wanted = find_laws(laws)
    return [check_history(history, wanted) for history in read_histories(paths, name)]
