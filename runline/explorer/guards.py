"""What a database does that keeps something by itself (:data:`runline.simulator.guards.GUARDS`). Off, unless asked for.

A constraint refuses a commit after which it is not true. Who locks a row lets others wait that want it, until the
transaction ends; what was committed before is not protected any more. A lock of a session is kept until it is given back,
or the session ends, such as by a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from runline.explorer.standing import Stands, Watcher
from runline.explorer.steps import Way
from runline.model.errors import IntegrityError
from runline.model.events import Event, RunCreated, RunLinked, RunMoved
from runline.model.records import Run
from runline.model.states import RunState
from runline.model.steps import Abort, Commit, rests_on
from runline.model.timeline import Timeline
from runline.model.view import TimelineView
from runline.simulator.guards import GUARDS, find_guards
from runline.simulator.transaction import rows_written

if TYPE_CHECKING:
    from runline.explorer.world import World


class Guards:
    """The guards that are on."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = names = find_guards(names)
        self.constraints = [(name, _CONSTRAINTS[name]) for name in names if name in _CONSTRAINTS]
        self.versions = "version-column" in names
        self.locks_runs = "lock-runs" in names
        self.locks_dag = "lock-dag" in names
        self.locks_session = "session-lock" in names

    @property
    def need_transactions(self) -> bool:
        """Whether it matters who is in the middle of a transaction."""
        return self.locks_runs or self.locks_dag

    # ------------------------------------------------------------------------------- errors

    def checked(self, timeline: Timeline, way: Way, stale: frozenset[int]) -> Way:
        """The way, or the error that comes instead; ``stale``: the runs that others have written since they were read."""
        if not isinstance(way, Commit) or not way.events:
            return way
        if stale and stale & rows_written(way.events):
            return Abort("version-column", f"{_runs(stale & rows_written(way.events))} changed since it was read")
        return self.refused(timeline, way.events) or way

    def refused(self, timeline: Timeline, events: tuple[Event, ...]) -> Abort | None:
        """The constraint, if there is one, that would not be true after these events."""
        written = [event for event in events if isinstance(event, RunCreated | RunLinked | RunMoved)]
        if not self.constraints or not written:
            return None
        done = 0
        try:
            for event in events:
                timeline.apply(event)
                done += 1
            return self._violated(timeline, written)
        except IntegrityError:
            return None  # it is told where it is let happen
        finally:
            for event in reversed(events[:done]):
                timeline.undo(event)

    def _violated(self, timeline: TimelineView, events: list[RunCreated | RunLinked | RunMoved]) -> Abort | None:
        ids = dict.fromkeys(event.record.id if isinstance(event, RunCreated) else event.run for event in events)
        for run in filter(None, map(timeline.run, ids)):
            for name, violates in self.constraints:
                if violates(timeline, run):
                    return Abort(name, f"duplicate key value violates {GUARDS[name].sql}")
        return None

    # -------------------------------------------------------------------------------- locks

    def lets(self, world: World, place: Watcher, way: Way) -> bool:
        """Whether nobody else has locked what a watcher needs to go on this way."""
        return not any(
            self._keeps_out(stands, way)
            for other in world.watchers()
            if other != place and other.dag == place.dag and (stands := world.slots[other]).under_way
        )

    def _keeps_out(self, stands: Stands, way: Way) -> bool:
        if self.locks_session:
            return True
        if stands.began is None:
            return False
        return self.locks_dag or (self.locks_runs and bool(rests_on(stands.step) & _wanted(way)))

    def locked(self, world: World, dag: str) -> frozenset[int]:
        """The runs of a DAG that somebody has locked."""
        if not self.locks_runs:
            return frozenset()
        standing = [world.slots[place] for place in world.watchers() if place.dag == dag]
        return frozenset().union(*(rests_on(stands.step) for stands in standing if stands.began is not None))


def _wanted(way: Way) -> frozenset[object]:
    """The rows that a step writes, or locks for the next to write."""
    if not isinstance(way, Commit):
        return frozenset()
    return rows_written(way.events) if way.events else frozenset[object](rests_on(way.then))


def _runs(ids: frozenset[object]) -> str:
    return ", ".join(f"run {each}" for each in sorted(map(str, ids)))


# --------------------------------------------------------------------------------- constraints


def _shares_date(timeline: TimelineView, run: Run) -> bool:
    return len(timeline.runs_at(run.dag, run.date)) > 1


def _shares_date_live(timeline: TimelineView, run: Run) -> bool:
    return run.state is not RunState.OVERRIDDEN and len(timeline.live_at(run.dag, run.date)) > 1


def _shares_previous(timeline: TimelineView, run: Run) -> bool:
    if not run.on_timeline:
        return False
    if run.previous is None:
        return len(timeline.first_runs(run.dag)) > 1
    return sum(other.on_timeline for other in timeline.followers(run.previous)) > 1


_CONSTRAINTS: dict[str, Callable[[TimelineView, Run], bool]] = {
    "unique-date": _shares_date,
    "unique-live-run": _shares_date_live,
    "unique-previous": _shares_previous,
}
