"""A search of a reduced model, after which the counterexamples are shortest ones again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from runline.explorer.model import Counted, Followed, Move
from runline.explorer.reductions.reduction import Reduced
from runline.explorer.search import Found, Limits, Progress, Search
from runline.explorer.sharing import SharedSearch, alone


def search(
    model_of: Callable[[Reduced], Counted[Move]],
    reduced: Reduced,
    limits: Limits,
    told: Callable[[Progress], None] | None = None,
    workers: int = 1,
    *,
    follows: bool = False,
) -> tuple[Found, Search[Move]]:
    """What is found in a model, and the search that knows the ways to where laws are broken.

    Where steps of a process came first that might have come later, or not at all, ways may be longer than they have to be;
    then a second search, in which all orders are open, goes as deep as the longest of them; where no step did come first,
    as a search by one worker knows, there is no need. ``follows``: the graph keeps who
    moved and what is still to come. So many ``workers`` share a search, as far as it can be shared.
    """

    def searched(which: Reduced, within: Limits, follows: bool) -> tuple[Found, Search[Move]]:
        why = alone(which, within) if workers > 1 else ""
        model = model_of(which)
        followed = cast("Followed[Move]", model) if follows else None
        if workers > 1 and not why:
            one: Search[Move] = SharedSearch(model, within, told, followed, workers=workers)
        else:
            one = Search(model, within, told, followed)
        whom = "one worker searched" if which == reduced else "one worker searched for the shortest ways"
        return replace(one.run(), alone=f"{whom}: {why}" if why else ""), one

    found, first = searched(reduced, limits, follows)
    longest = max((way.steps for ways in (found.lasting, found.seen) for way in ways.values()), default=0)
    if not reduced.own_steps or not longest or (type(first) is Search and not model_of(reduced).went_first):
        return found, first
    near, second = searched(reduced._replace(own_steps=False), limits._replace(max_depth=longest), False)
    if near.complete or near.stopped.startswith("depth"):
        return replace(found, lasting=near.lasting, seen=near.seen, alone=found.alone or near.alone), second
    return replace(found, shortest=False, alone=found.alone or near.alone), first
