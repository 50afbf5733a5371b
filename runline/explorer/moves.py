"""What may happen in a world, as a value."""

from __future__ import annotations

from typing import NamedTuple

from runline.explorer.standing import Place
from runline.explorer.steps import Way
from runline.model.steps import Step


class Move(NamedTuple):
    """Something that may happen: ``what``, at which place; for a watcher, from which step it goes on, and how."""

    what: str
    place: Place
    step: Step | None = None
    way: Way | None = None
