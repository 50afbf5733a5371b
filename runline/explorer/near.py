"""What is near the start where a limit cut a search off: gone through once more, move by move deeper, as far as that goes.

A search goes depth first, so what it saw when it was cut off may leave out a state one move from the start.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count

from runline.explorer.model import Model, Move
from runline.explorer.search import Found, Limits, Progress, Search

_SHARE = 4
"""It takes at most one part in so many of the states that were seen, of the memory and of the time."""


def search_near(
    model: Model[Move], cut: Found, limits: Limits, told: Callable[[Progress], None] | None = None
) -> tuple[Found, Search[Move]] | None:
    """The deepest search that leaves nothing out within its depth; ``None`` where not even one move is.

    ``cut`` is what was found within ``limits``. How deep it comes depends on time only where that was limited.
    """
    deepest, left = None, cut.distinct_states // _SHARE
    seconds = None if limits.time_limit is None else limits.time_limit / _SHARE
    memory = None if limits.max_memory is None else limits.max_memory // _SHARE
    until = time.perf_counter() + (seconds or 0)
    for depth in count(1):
        if seconds is not None:
            seconds = until - time.perf_counter()
        if left <= 0 or (seconds is not None and seconds <= 0):
            break
        search = Search(model, Limits(left, memory, seconds, depth), told)
        found = search.run()
        if found.cut_off:
            break
        deepest, left = (found, search), left - found.distinct_states
        if found.complete:
            break
    return deepest
