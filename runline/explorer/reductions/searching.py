"""A search of a reduced model, after which the counterexamples are shortest ones again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Generic, NamedTuple, cast

from runline.explorer.graph import Shortest
from runline.explorer.model import Counted, Followed, Move
from runline.explorer.near import search_near
from runline.explorer.reductions.reduction import Reduced
from runline.explorer.search import Found, Limits, Progress, Search
from runline.explorer.sharing import SharedSearch, alone


class Searched(NamedTuple, Generic[Move]):
    """What is found in a model, and the searches that know the ways to where laws are broken: all of it, what is near."""

    found: Found
    whole: Search[Move]
    near: Search[Move] | None = None

    def knower(self, way: Shortest) -> Search[Move]:
        """The search that knows a way."""
        return self.near if self.near is not None and way.steps <= self.found.within else self.whole


def search(
    model_of: Callable[[Reduced], Counted[Move]],
    reduced: Reduced,
    limits: Limits,
    told: Callable[[Progress], None] | None = None,
    workers: int = 1,
    *,
    follows: bool = False,
) -> Searched[Move]:
    """What is found in a model.

    Where moves came first that might have come later, or not at all, ways may be longer than they have to be; then a
    second search, in which all orders are open, goes as deep as the longest of them; where no move did come first,
    as a search by one worker knows, there is no need. Where a limit cut the search off, a second one goes through what is
    near. ``follows``: the graph keeps who moved and what is still to come. So many ``workers`` share a search, as far as it
    can be shared.
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
    open_to_all = reduced.in_any_order
    if found.cut_off:
        return _with_near(found, first, search_near(model_of(open_to_all), found, limits, told))
    longest = max((way.steps for ways in (found.lasting, found.seen) for way in ways.values()), default=0)
    if not reduced.first or not longest or (type(first) is Search and not model_of(reduced).went_first):
        return Searched(found, first)
    near, second = searched(open_to_all, limits._replace(max_depth=longest), False)
    if not near.cut_off:
        return Searched(replace(found, lasting=near.lasting, seen=near.seen, alone=found.alone or near.alone), second)
    return Searched(replace(found, shortest=False, alone=found.alone or near.alone), first)


def _with_near(found: Found, first: Search[Move], near: tuple[Found, Search[Move]] | None) -> Searched[Move]:
    """What was found before a limit came, and all that is near the start, to which there are no shorter ways."""
    if near is None:
        return Searched(found, first)
    closer, second = near
    lasting, seen = found.lasting | closer.lasting, found.seen | closer.seen
    return Searched(replace(found, lasting=lasting, seen=seen, within=closer.within), first, second)
