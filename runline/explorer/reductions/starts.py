"""When runs started, where nobody will read it any more.

Who reads it at all says so (``Reads.started``), and each job from which step on it does not. When no job is left that
reads it of the runs of a date, states that differ in nothing else go on alike. It stands in the rows; only the fingerprint
of a state leaves it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runline.designs.reads import reads_no_starts
from runline.explorer.reductions.runs import Dates
from runline.model.rows import RunRow

if TYPE_CHECKING:
    from runline.explorer.standing import Stands
    from runline.explorer.world import World


class Starts:
    """Follows at which dates anybody may still read in a world when a run started."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._unread = world.reduced.unread

    def forgotten(self) -> int:
        """By how much the fingerprint of the timeline changes when what nobody will read any more is left out."""
        left = self._jobs_left()
        return self._world.ask(("starts", left), lambda: self._difference(left))

    def _jobs_left(self) -> tuple[int, ...]:
        """The jobs, by their places among all, that may still read when a run started."""
        begun = [self._reads(self._world.slots[place]) for place in self._world.jobs()]
        return tuple(job for job in range(len(self._unread.by_job)) if job >= len(begun) or begun[job])

    def _reads(self, stands: Stands) -> bool:
        return stands.step is not None and not reads_no_starts(type(stands.step))

    def _difference(self, left: tuple[int, ...]) -> int:
        unread, difference = self._unread, 0
        read: Dates = unread.starts.union(*(unread.by_job[job] for job in left))
        for dag, date in frozenset[tuple[str, int]]().union(*unread.by_job) - read:
            for run in self._world.timeline.runs_at(dag, date):
                record = run.record()
                difference ^= RunRow(record).print ^ RunRow(record._replace(started=None)).print
        return difference
