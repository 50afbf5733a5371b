"""The splice of AIRFLOW-20 as separate transactions: a scheduler and backfills splice runs into one chain.

A restatement of a TLA+ model (``benchmarks/chain.tla``). The scheduler reads the newest live run, then inserts the next.
Each backfill picks a date and reads its neighbours, inserts, overrides, relinks. No transaction spans two of these. TLC's
counts of distinct states are the yardstick.

    python -m benchmarks.chain --dates 3 --backfills 1 --max-runs 6
    python -m benchmarks.chain --dates 5 --backfills 1 --max-runs 10 --no-reduction

With ``--no-reduction`` the search goes through the model in plain tuples (:mod:`benchmarks.plain_chain`). Here it stands on
Runline's own events and timeline, as reductions and laws ask for; ``--events`` takes this one without reductions too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection
from dataclasses import asdict
from functools import lru_cache
from typing import NamedTuple

from benchmarks.plain_chain import PlainChain
from benchmarks.searched import Found, quickest, searched
from runline.designs.coherent.creation import next_id
from runline.designs.design import NextRunId
from runline.designs.reads import leads_to
from runline.explorer.processes import Processes
from runline.explorer.reductions.reduction import ALL, Reduced, Reduction, wanted
from runline.explorer.reductions.runs import NOTHING, PREVIOUS, Unread, id_by_place
from runline.invariants.law import AnyLaw
from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.invariants.runs import single_live_run
from runline.model.capability import Capability
from runline.model.events import RunCreated, RunLinked, RunOverridden
from runline.model.records import RunRecord
from runline.model.states import RunKind, RunState
from runline.model.steps import Choose, Commit, Outcome, Step, Wait, under_way
from runline.model.timeline import Timeline
from runline.model.view import TimelineView

DAG = "chain"
FULL = Wait("no free run id")
NOT_DUE = Wait("nothing due")
kept = lru_cache(maxsize=4096)
"""Steps are values, and what follows from one and from what it read is a value too: it is put together once."""


class Scope(NamedTuple):
    """How far the model reaches: dates 1..dates, and at most ``max_runs`` runs, which get their ids by ``next_id``."""

    dates: int
    max_runs: int
    next_id: NextRunId = next_id

    def is_full(self, timeline: TimelineView) -> bool:
        """Whether there are as many runs as there may be."""
        return timeline.count(DAG, RunState.RUNNING) + timeline.count(DAG, RunState.OVERRIDDEN) >= self.max_runs


class Read(NamedTuple):
    """The scheduler reads the newest live run and decides on the next date."""

    scope: Scope

    def __call__(self, timeline: TimelineView) -> Outcome:
        newest = timeline.latest(DAG)
        date = 1 if newest is None else newest.date + 1
        if date > self.scope.dates or self.scope.is_full(timeline):
            return NOT_DUE
        return self.decided(date, None if newest is None else newest.id)

    @kept
    def decided(self, date: int, previous: int | None) -> Commit:
        """On a date, behind the run that is the newest now."""
        return Commit((), Insert(self.scope, date, previous))


@under_way
@leads_to(PREVIOUS, "previous")
class Insert(NamedTuple):
    """The scheduler inserts the run that it decided on, whatever has happened since."""

    scope: Scope
    date: int
    previous: int | None

    def __call__(self, timeline: TimelineView) -> Outcome:
        if self.scope.is_full(timeline):
            return FULL
        return self.inserted(self.scope.next_id(timeline, DAG, self.date))

    @kept
    def inserted(self, run: int) -> Commit:
        """Under the next free id."""
        return Commit((created(run, self.date, self.previous),), Read(self.scope))


class Pick(NamedTuple):
    """A backfill picks one of the dates that it has left."""

    scope: Scope
    todo: tuple[int, ...]

    def __call__(self, timeline: TimelineView) -> Outcome:
        return self.choice()

    @kept
    def choice(self) -> Choose:
        """Any of them."""
        return Choose("date", {date: Look(self.scope, self.todo, date) for date in self.todo})


class Look(NamedTuple):
    """The backfill reads what stands at the date that was picked, and beside it. It never looks there again."""

    scope: Scope
    todo: tuple[int, ...]
    date: int

    def __call__(self, timeline: TimelineView) -> Outcome:
        date = self.date
        before, after = timeline.predecessor(DAG, date), timeline.successor(DAG, date)
        here = timeline.timeline_at(DAG, date)
        return self.seen(
            None if before is None else before.id,
            None if after is None else after.id,
            here[0].id if here else None,
        )

    @kept
    def seen(self, before: int | None, after: int | None, here: int | None) -> Commit:
        """Runs before, after and at the date."""
        todo = tuple(date for date in self.todo if date != self.date)
        return Commit((), Splice(self.scope, todo, Seen(self.date, before, after, here)))


@leads_to(PREVIOUS, "before", "after")
class Seen(NamedTuple):
    """What a backfill read of its date: the runs before, after and at it."""

    date: int
    before: int | None
    after: int | None
    here: int | None


@under_way
class Splice(NamedTuple):
    """The backfill inserts its run behind the predecessor that it read."""

    scope: Scope
    todo: tuple[int, ...]
    seen: Seen

    def __call__(self, timeline: TimelineView) -> Outcome:
        if self.scope.is_full(timeline):
            return FULL
        return self.inserted(self.scope.next_id(timeline, DAG, self.seen.date))

    @kept
    def inserted(self, run: int) -> Commit:
        """Under the next free id."""
        return Commit((created(run, self.seen.date, self.seen.before),), Override(*self, run))


@under_way
class Override(NamedTuple):
    """The backfill overrides the run that it read at its date, if it read one."""

    scope: Scope
    todo: tuple[int, ...]
    seen: Seen
    run: int

    def __call__(self, timeline: TimelineView) -> Outcome:
        here = self.seen.here
        there = None if here is None else timeline.run(here)
        if there is None or there.state is RunState.OVERRIDDEN:
            return self.overrode()
        return self.overrode(RunOverridden(there.id, there.state, self.run))

    @kept
    def overrode(self, *events: RunOverridden) -> Commit:
        """The run there, or nothing."""
        return Commit(events, Relink(*self))


@under_way
@leads_to(PREVIOUS)
class Relink(NamedTuple):
    """The backfill points the successor that it read to its own run."""

    scope: Scope
    todo: tuple[int, ...]
    seen: Seen
    run: int

    def __call__(self, timeline: TimelineView) -> Outcome:
        after = self.seen.after
        there = None if after is None else timeline.run(after)
        if there is None or there.previous == self.run:
            return self.relinked()
        return self.relinked(RunLinked(there.id, there.previous, self.run))

    @kept
    def relinked(self, *events: RunLinked) -> Commit:
        """The successor, or nothing."""
        return Commit(events, Pick(self.scope, self.todo))


def created(run: int, date: int, previous: int | None) -> RunCreated:
    """A run as the model has it: it knows no kinds, so all are of one."""
    return RunCreated(RunRecord(run, DAG, date, RunKind.SCHEDULED, "", RunState.RUNNING, previous))


def explore(
    dates: int,
    backfills: int,
    max_runs: int,
    reductions: Collection[Reduction] = (),
    workers: int = 1,
    laws: Collection[AnyLaw] = (single_live_run,),
) -> Found:
    """Search the whole model of that size, but for what these reductions leave out.

    Nothing reads which of two runs of different dates was made first; ``previous`` is written only, if no law is judged
    that reads it; the backfills do the same, and nothing that they write names them.
    """
    read = any(Capability.STORES_PREVIOUS in law.needs for law in laws)
    reduced = Reduced(
        run_ids=Reduction.RUN_IDS in reductions,
        unread=Unread(frozenset({PREVIOUS})) if Reduction.UNREAD_FIELDS in reductions and not read else NOTHING,
        alike=("backfills",) if Reduction.ALIKE_PROCESSES in reductions and backfills > 1 else (),
        own_steps=Reduction.OWN_STEPS in reductions,
    )
    scope = Scope(dates, max_runs, id_by_place if reduced.run_ids else next_id)
    todo = tuple(range(1, dates + 1))
    processes: list[Step] = [Read(scope), *(Pick(scope, todo) for _ in range(backfills))]
    return searched(lambda which: Processes(Monitor(Timeline(), laws), processes, which), reduced, workers)


def explore_plain(dates: int, backfills: int, max_runs: int, workers: int = 1) -> Found:
    """Search the whole model of that size in plain tuples."""
    return searched(lambda _: PlainChain(dates, backfills, max_runs), workers=workers)


def main() -> None:
    """Search, more than once where that is quick, and print what was found as one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dates", type=int, default=3)
    parser.add_argument("--backfills", type=int, default=1)
    parser.add_argument("--max-runs", type=int, default=6)
    parser.add_argument("--no-reduction", action="store_true", help="all states of the model, as TLC counts them")
    parser.add_argument("--reduction", action="append", choices=sorted(ALL), help="only this one; may be repeated")
    parser.add_argument("--events", action="store_true", help="on Runline's own events and timeline, whatever is asked")
    parser.add_argument("--all-laws", action="store_true", help="judge all laws that follow events, not one")
    parser.add_argument("--once", action="store_true", help="search once, however quick that is")
    parser.add_argument("--workers", type=int, default=1, help="so many processes share the search")
    options = parser.parse_args()
    reductions = wanted(options.reduction or (), none=options.no_reduction)
    size = options.dates, options.backfills, options.max_runs
    laws = LAWS.values() if options.all_laws else (single_live_run,)

    def found() -> Found:
        if reductions or options.events or options.all_laws:
            return explore(*size, reductions, options.workers, laws)
        return explore_plain(*size, options.workers)

    print(json.dumps(asdict(found() if options.once else quickest(found))))


if __name__ == "__main__":
    main()
