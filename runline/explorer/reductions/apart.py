"""DAGs that share nothing: a history in which several of them go on shows nothing that none of them shows alone.

Where no rule and no law reads of one DAG what happens to another, what a DAG does is the same whatever the others do. So the
first DAG for which anything happens is the only one in that history; the others rest. The operator acts on all of them. A law
that is broken at a DAG in some history is broken, as soon or sooner, in that history without what the others did, and
what lasts there lasts here, for the others are at rest. So many DAGs of so many states have as many together as the sum of
these, not their product.

It has to be known that they share nothing. Time would be shared: it passes for all, and stamps what they do. Workers are no
matter: that others have them lets fewer things happen, never more. But nothing can happen any more only where nothing can for
any DAG; if a law is broken by such an end, all is searched anew, in all orders.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from runline.explorer.standing import PART, Handed, Place, Watcher
from runline.invariants.stuck import no_deadlock

if TYPE_CHECKING:
    from runline.explorer.moves import Move
    from runline.explorer.search import Found
    from runline.explorer.world import World
    from runline.model.records import TaskInstance
    from runline.model.view import TimelineView


def dag_of(place: Place) -> str:
    """The DAG for which something happens at a place; empty where it is for none, or for all."""
    if isinstance(place, Watcher):
        return place.dag
    return place.key.dag if isinstance(place, Handed) else ""


class Alone:
    """A timeline of which one DAG alone has instances."""

    def __init__(self, timeline: TimelineView, dag: str) -> None:
        self._timeline = timeline
        self._dag = dag

    def __getattr__(self, name: str) -> Any:
        return getattr(self._timeline, name)

    def tasks(self) -> Iterator[TaskInstance]:
        """Its instances."""
        return (task for task in self._timeline.tasks() if task.dag == self._dag)


class Apart:
    """Follows for which DAG alone anything happens in a world; for all, where nothing is known of what they share."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ended: set[str] = set()
        """The DAGs that came to where nothing can happen any more."""

    @property
    def dag(self) -> str:
        """The DAG for which alone anything happens in this history; empty where that is not so, or not yet."""
        dag: str = self._world.slots.get(PART, "")
        return dag

    @property
    def is_one(self) -> bool:
        """Whether no DAG would become the only one of this history by what happens next."""
        return bool(self.dag) or not self._world.reduced.apart

    def concerns(self, place: Place) -> bool:
        """Whether anything may happen at a place in this history."""
        return not self.dag or dag_of(place) in ("", self.dag)

    def offered(self, moves: list[Move]) -> list[Move]:
        """Those of the moves that may be made in this history."""
        return [move for move in moves if self.concerns(move.place)] if self.dag else moves

    def note(self, place: Place) -> None:
        """Something happens at a place: if it is the first for any DAG, it is that DAG's history from now on."""
        if not self.dag and (dag := dag_of(place)):
            self._world.put(PART, dag)

    def ends(self) -> None:
        """Nothing can happen any more in this history."""
        self._ended.update([self.dag] if self.dag else self._world.scenario.dags)

    @property
    def timeline(self) -> TimelineView:
        """The timeline, as far as this history is about it."""
        timeline: Any = self._world.timeline
        return Alone(timeline, self.dag) if self.dag else timeline  # type: ignore[return-value]

    def why_not(self, found: Found) -> str:
        """Why DAGs do share something, as a search shows; empty if they do not."""
        world, dags = self._world, len(self._world.scenario.dags)
        ends = [no_deadlock.id, *(law.id for law in world.coming.laws)]
        broken = next((law for law in ends if law in found.lasting), None)
        if broken is not None:
            return f"{broken} is broken where nothing can happen any more, for all DAGs"
        if world.judges_deadlock and 0 < len(self._ended) < dags:
            return "something can always happen for a DAG, so that no history of all has an end"
        return ""
