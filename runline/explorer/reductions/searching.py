"""A search of a reduced model, after which the counterexamples are shortest ones again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from runline.explorer.model import Followed, Model, Move
from runline.explorer.reductions.reduction import Reduced
from runline.explorer.search import Found, Limits, Progress, Search


def search(
    model_of: Callable[[Reduced], Model[Move]],
    reduced: Reduced,
    limits: Limits,
    told: Callable[[Progress], None] | None = None,
    *,
    follows: bool = False,
) -> tuple[Found, Search[Move]]:
    """What is found in a model, and the search that knows the ways to where laws are broken.

    Where steps of a process came first that might have come later, or not at all, ways may be longer than they have to be;
    then a second search, in which all orders are open, goes as deep as the longest of them. ``follows``: the graph keeps who
    moved and what is still to come.
    """
    model = model_of(reduced)
    first = Search(model, limits, told, cast("Followed[Move]", model) if follows else None)
    found = first.run()
    longest = max((way.steps for ways in (found.lasting, found.seen) for way in ways.values()), default=0)
    if not reduced.own_steps or not longest:
        return found, first
    second = Search(model_of(reduced._replace(own_steps=False)), limits._replace(max_depth=longest), told)
    near = second.run()
    if near.complete or near.stopped.startswith("depth"):
        return replace(found, lasting=near.lasting, seen=near.seen), second
    return replace(found, shortest=False), first
