"""What stands in rows, but nobody will read any more: the fingerprint of a state leaves it out.

*When runs started.* Who reads it at all says so (``Reads.started``), and each job from which step on it does not. When no
job is left that reads it of the runs of a date, states that differ in nothing else go on alike.

*Backfills that are over.* Where only those that live are asked for, and of a run only which of these made it, nothing of one
that is over is read: neither that there was one, nor that it made a run. It never lives again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runline.designs.reads import OVER, reads_no_starts
from runline.explorer.reductions.runs import Dates, Unread, maker
from runline.model.fingerprint import part
from runline.model.records import Run, RunRecord
from runline.model.rows import RunRow

if TYPE_CHECKING:
    from runline.explorer.standing import Stands
    from runline.explorer.world import World


class Forgotten:
    """Follows what of the rows of a world may still be read."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._unread: Unread = world.reduced.unread

    def difference(self) -> int:
        """By how much the fingerprint of the timeline changes when what nobody will read any more is left out."""
        left = self._jobs_left()
        return self._world.ask(("forgotten", left), lambda: self._difference(left))

    def _jobs_left(self) -> tuple[int, ...]:
        """The jobs, by their places among all, that may still read when a run started."""
        if not self._unread.by_job:
            return ()
        begun = [self._reads(self._world.slots[place]) for place in self._world.jobs()]
        return tuple(job for job in range(len(self._unread.by_job)) if job >= len(begun) or begun[job])

    def _reads(self, stands: Stands) -> bool:
        return stands.step is not None and not reads_no_starts(type(stands.step))

    def _difference(self, left: tuple[int, ...]) -> int:
        unread, timeline, difference = self._unread, self._world.timeline, 0
        dates: Dates = unread.starts.union(*(unread.by_job[job] for job in left))
        for run in timeline.runs():
            record, kept = run.record(), self._kept(run, dates)
            if kept != record:
                difference ^= RunRow(record).print ^ RunRow(kept).print
        if OVER in unread.fields:
            for backfill in timeline.backfills():
                difference ^= part("backfill", backfill) if backfill.completed else 0
        return difference

    def _kept(self, run: Run, dates: Dates) -> RunRecord:
        """What of a run may still be read, where it is at these dates that it is read when runs started."""
        kept = run.record()
        if OVER in self._unread.fields:
            kept = kept._replace(backfill=maker(self._world.timeline, run))
        return kept if not self._unread.by_job or (run.dag, run.date) in dates else kept._replace(started=None)
