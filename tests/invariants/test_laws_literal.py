"""Every law on tiny literal timelines that keep it and that break it, with the sentence said.

The table reads: under each law, what a timeline shows, its events, and after ``=>`` what is said of the last of them.
Days are those of January 2016; the DAG is ``sales``, and runs are made by ``scheduler-1`` when their day has ended,
unless a row says otherwise. ``extract<load`` is a task that load waits for; ``under`` names what the design does not do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from runline.invariants.law import Context, StateLaw
from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.invariants.offline import breaks, broken_now, pasts
from runline.model.capability import Capability
from runline.model.events import Event
from runline.model.timeline import Timeline
from tests.invariants.words import read_events

TABLE = """
single-live-run
    a second run of an overridden run's date: run 1 @1; run 1 overridden; run 2 @1
    equal dates of two DAGs: run 1 @1; run 2 @1 dag=stock
    a backfill beside a scheduled run: run 1 @1; run 2 @1 backfill
        => 2016-01-01 of sales has 2 live runs: run 1 (scheduled, running) and run 2 (backfill, running).
    a run that leaves the state overridden: run 1 @1; run 1 overridden; run 2 @1 manual; run 1 -> success
        => 2016-01-01 of sales has 2 live runs: run 1 (scheduled, success) and run 2 (manual, running).

previous-is-predecessor
    a chain in the order of dates: run 1 @1; run 2 @2 previous=1
    a manual run, which stands outside: run 1 @1; run 2 @2 manual; run 3 @3 previous=1
    a backfill spliced in: run 1 @1; run 3 @3 previous=1; run 4 @2 backfill previous=1; run 3 previous -> 4
    a backfill that the run after it does not follow: run 1 @1; run 3 @3 previous=1; run 4 @2 backfill previous=1
        => Run 3 (scheduled 2016-01-03) has as its previous run 1 (scheduled 2016-01-01); before it on the timeline
           stands run 4 (backfill 2016-01-02).
    a second run without previous: run 1 @1; run 2 @2
        => Run 2 (scheduled 2016-01-02) has as its previous no run; before it on the timeline stands run 1
           (scheduled 2016-01-01).

acyclic-previous
    a chain that ends: run 1 @1; run 2 @2 previous=1
    a run that follows itself: run 1 @1 previous=1
        => Following `previous` from run 1 never ends: 1 to 1.
    a sound link that closes a cycle: run 1 @1 previous=2; run 2 @2; run 2 previous -> 1
        => Following `previous` from run 1 never ends: 1 to 2 to 1.

previous-is-live
    a previous of the same DAG: run 1 @1; run 2 @2 previous=1
    a previous that is overridden: run 1 @1; run 2 @2 previous=1; run 1 overridden
        => Run 2 (scheduled 2016-01-02) has as its previous run 1 (scheduled 2016-01-01), which is overridden.
    a previous that never was: run 2 @2 previous=1
        => Run 2 (scheduled 2016-01-02) has as its previous run 1, which is missing.
    a previous of another DAG: run 1 @1 dag=stock; run 2 @2 previous=1
        => Run 2 (scheduled 2016-01-02) has as its previous run 1 (scheduled 2016-01-01), which is of another DAG.

one-first-run
    one run that begins the chain: run 1 @1; run 2 @2 previous=1; run 3 @3 manual
    two runs that begin one: run 1 @1; run 2 @2
        => The timeline of sales has 2 first runs: run 1 (2016-01-01), run 2 (2016-01-02).
    no run that begins it: run 1 @1 previous=9
        => The timeline of sales has no first run.

task-has-run
    a run of its date, one from outside, one that belongs to its date: run 1 @1; load @1 of 1; load @2 of outside;
        load @3 of date
    an instance whose run was deleted: run 1 @1; load @1 of 1; run 1 deleted
        => Task load of 2016-01-01 belongs to run 1, which does not exist.
    a run of another date: run 1 @1; load @2 of 1
        => Task load of 2016-01-02 belongs to run 1 (scheduled 2016-01-01).
    run -1 without a reason: load @1 of none
        => Task load of 2016-01-01 has run -1, though it was not started from outside and its run was not deleted.

owner-is-live
    an instance handed over with the date: run 1 @1; load @1 of 1; run 2 @1 backfill; load @1 to 2; run 1 overridden by=2
    an instance left with the overridden run: run 1 @1; load @1 of 1 queued; run 1 overridden
        => Task load of 2016-01-01 is queued and belongs to run 1 (scheduled 2016-01-01), which is overridden.

run-state-agrees
    a run that failed with its task: run 1 @1; load @1 of 1 failed; run 1 -> failed
    a run whose time ran out: dag @daily load timeout=1h; run 1 @1 started=2; run 1 -> failed at=2.5
    a run that the second scheduler has still to look at: dag @daily load; run 1 @1; look by=scheduler-2;
        load @1 of 1 success; look
    a success whose last task was removed: dag @daily extract load<extract; run 1 @1; load @1 of 1 removed;
        run 1 -> success
    a failed run whose tasks went well: run 1 @1; load @1 of 1 success; run 1 -> failed
        => Run 1 (scheduled 2016-01-01) is failed, though all its instances ended well.
    a failed run within its time: dag @daily load timeout=1d; run 1 @1 started=2; run 1 -> failed at=2.5
        => Run 1 (scheduled 2016-01-01) is failed, though none of its instances failed.
    a failed run at the very end of its time: dag @daily load timeout=1d; run 1 @1 started=2; run 1 -> failed at=3
        => Run 1 (scheduled 2016-01-01) is failed, though none of its instances failed.
    a success whose last task failed: dag @daily extract load<extract; run 1 @1; load @1 of 1 failed; run 1 -> success
        => Run 1 (scheduled 2016-01-01) is a success, though its last task load is failed.
    still running after both schedulers have looked: dag @daily load; run 1 @1; look by=scheduler-2;
        load @1 of 1 success; look; look by=scheduler-2
        => Run 1 (scheduled 2016-01-01) is running, though all its instances are finished and every scheduler has looked
           at it since.

overridden-is-final
    an overridden run that stays so: run 1 @1; run 1 overridden
    an overridden run that is cleared: run 1 @1; run 1 overridden by=2; run 1 -> running
        => Run 1 (scheduled 2016-01-01) was overridden by run 2 and is running again.

legal-transition
    a run that succeeds: run 1 @1; run 1 -> success
    a task that succeeded runs without being cleared: load @1 of 1 success; load @1 -> running
        => Task load of 2016-01-01 went from success to running.
    a run that leaves the state overridden: run 1 @1; run 1 overridden; run 1 -> failed
        => Run 1 (scheduled 2016-01-01) went from overridden to failed.

depends-on-past
    the run before succeeded: dag @daily load:past; run 1 @1 success; run 2 @2; load @2 of 2; load @2 -> queued
    the run before goes on: dag @daily load:past; run 1 @1; run 2 @2; load @2 of 2; load @2 -> queued
        => Task load of 2016-01-02 was sent, though run 1 (scheduled 2016-01-01) is running.
    a manual run need not wait: dag @daily load:past; run 1 @1 success; run 2 @2; load @2 of 2; load @2 -> queued;
        run 3 @3 manual; load @3 of 3; load @3 -> queued

depends-on-past under past_at_run_level
    the task of the date before succeeded, its run goes on: dag @daily load:past; run 1 @1; load @1 of 1 success;
        run 2 @2; load @2 of 2; load @2 -> queued
    the task of the date before failed, its run succeeded: dag @daily load:past; run 1 @1 success; load @1 of 1 failed;
        run 2 @2; load @2 of 2; load @2 -> queued
        => Task load of 2016-01-02 was sent, though Task load of 2016-01-01 is failed.

depends-on-past under backfill_makes_runs
    a backfill without runs failed: dag @daily load:past; load @1 of date failed; load @2 of date; load @2 -> queued
        => Task load of 2016-01-02 was sent, though Task load of 2016-01-01 is failed.

wait-for-downstream under past_at_run_level
    what followed the task went well: dag @daily load:down report<load; run 1 @1; report @1 of 1 skipped;
        run 2 @2; load @2 of 2; load @2 -> queued
    what followed the task is still running: dag @daily load:down report<load; run 1 @1; load @1 of 1 success;
        report @1 of 1 running; run 2 @2; load @2 of 2; load @2 -> queued
        => Task load of 2016-01-02 was sent, though Task report of 2016-01-01 is running.

upstream-order
    upstream was skipped: dag @daily extract load<extract; extract @1 of 1 skipped; load @1 of 1; load @1 -> queued
    upstream failed: dag @daily extract load<extract; extract @1 of 1 failed; load @1 of 1; load @1 -> queued
        => Task load of 2016-01-01 was sent, though its upstream extract is failed.
    upstream has no instance: dag @daily extract load<extract; load @1 of 1; load @1 -> queued
        => Task load of 2016-01-01 was sent, though its upstream extract has not run.

on-schedule
    a tick: dag @daily; run 1 @1
    a delta that goes on from the last date: dag 36h start=1; run 1 @1; run 2 @2.5
    a delta that goes on from a new start date: dag 36h start=1; run 1 @1; dag 36h start=3; run 2 @3
    noon is no tick of midnight: dag @daily; run 1 @1.5
        => Run 1 (scheduled 2016-01-01 12:00) is no tick of 0 0 * * *.
    a delta that lost its phase: dag 36h; run 1 @1; run 2 @2
        => Run 2 (scheduled 2016-01-02) is not in the phase of the latest scheduled date (every 1d12h).
    no schedule at all: dag none; run 1 @1
        => Run 1 (scheduled 2016-01-01) was made by the schedule, though the DAG has none.

start-aligned
    the first tick after an odd start: dag @daily start=1.5; run 1 @2
    a delta starts where it is told: dag 36h start=1.5; run 1 @1.5
    the odd start itself: dag @daily start=1.5; run 1 @1.5
        => Run 1 (scheduled 2016-01-01 12:00) is the first of its DAG; the first tick at or after the start date
           2016-01-01 12:00 is 2016-01-02.

within-bounds
    on the end date: dag @daily end=2; run 1 @2
    after the end date: dag @daily end=2; run 1 @3
        => Run 1 (scheduled 2016-01-03) lies after the end date 2016-01-02.
    before the first task starts: dag @daily load:from=2; run 1 @1
        => Run 1 (scheduled 2016-01-01) lies before the start date 2016-01-02.

period-closed
    at the end of the day: dag @daily; run 1 @1 at=2
    once has no period: dag @once; run 1 @1 at=1
    before the day ends: dag @daily; run 1 @1 at=1.5
        => Run 1 (scheduled 2016-01-01) was made at 2016-01-01 12:00, before its period ends at 2016-01-02.

forward-only
    beyond a backfill: dag @daily; run 1 @3 backfill; run 2 @4
    behind a backfill: dag @daily; run 1 @3 backfill; run 2 @2 at=4
        => Run 2 (scheduled 2016-01-02) is not later than 2016-01-03, which the timeline has.

catchup-window
    the last day that ended: dag @daily catchup=off; run 1 @1 at=2.9
    a day before it: dag @daily catchup=off; run 1 @1 at=3
        => Run 1 (scheduled 2016-01-01) was made at 2016-01-03 with catchup off, though a later period had ended.
    an instant before the last one: dag @daily catchup=off; run 1 @1 at=2 interval=1..1
        => Run 1 (scheduled 2016-01-01) was made at 2016-01-02 with catchup off, though a later period had ended.

max-active-runs
    a backfill with a limit of its own: dag @daily limit=1; run 1 @1 backfill; run 2 @2
    a queued run started at the limit: dag @daily limit=1; run 1 @1; run 2 @2 queued; run 2 -> running
        => Run 2 (2016-01-02) of sales was started while 1 runs were running; the limit is 1.

max-active-runs under backfill_has_own_limit
    a backfill that counts: dag @daily limit=1; run 1 @1 backfill; run 2 @2
        => Run 2 (2016-01-02) of sales was started while 1 runs were running; the limit is 1.

task-set-complete
    an instance of each task at the first look: dag @daily extract load<extract; run 1 @1; load @1 of 1; extract @1 of 1;
        look
    the one task that was asked for: dag @daily extract load<extract; run 1 @1 requested=load; load @1 of 1; look
    a task without an instance at the first look: dag @daily extract load<extract; run 1 @1; load @1 of 1; look
        => Run 1 (scheduled 2016-01-01) was made without an instance of extract.

version-pinned
    a run asked to take the new version: run 1 @1; run 1 taken version=2
    a run without a version: run 1 @1 version=none
        => Run 1 (scheduled 2016-01-01) was made without a version.
    a run that drifts to the new version: run 1 @1; run 1 taken version=2 unasked
        => Run 1 (scheduled 2016-01-01) moved from version 1 to 2 without anyone asking for it.

interval-right
    the day: dag @daily; run 1 @1 backfill interval=1..2
    a manual run, whose interval goes by another rule: dag @daily; run 1 @1 interval=1..2; run 2 @2 manual interval=1..2
    half the day: dag @daily; run 1 @1 interval=1..1.5
        => Run 1 (scheduled 2016-01-01) has the interval 2016-01-01 to 2016-01-01 12:00; the timetable gives 2016-01-01
           to 2016-01-02.

queue-order
    a backfill's own order: run 1 @1 queued backfill=1 ordinal=2; run 2 @2 queued backfill=1 ordinal=1; run 2 -> running
    a later date first: run 1 @1 queued; run 2 @2 queued; run 2 -> running
        => Run 2 (scheduled 2016-01-02) was started while run 1 (scheduled 2016-01-01) was queued before it.

next-date-monotone
    made again after a delete: run 1 @1; run 1 deleted; run 2 @1
    made again while the first is overridden: run 1 @1; run 1 overridden; run 2 @1
        => The schedule of sales made 2016-01-01 again.

history-kept
    a delete that was asked for: run 1 @1; run 1 deleted
    a delete that nobody asked for: run 1 @1; run 1 deleted unasked
        => Run 1 (scheduled 2016-01-01) was deleted without anyone asking for it.
    a record written over by a backfill: run 1 @1; run 1 taken name=backfill-1
        => The record of run 1 (scheduled 2016-01-01) was written over: it is now scheduled, known as backfill-1.

single-claim
    sent by another after it was cleared: load @1 of 1; load @1 -> queued; load @1 -> none; load @1 -> queued by=backfill-1
    sent by two: load @1 of 1; load @1 -> queued; load @1 -> queued by=backfill-1
        => Task load of 2016-01-01 was sent by backfill-1, while another process had it under way.
    a date made by two: run 1 @1; run 2 @1 by=scheduler-2
        => scheduler-2 and another process both made 2016-01-01 of sales.
    a run started by two: run 1 @1 queued; run 1 -> running; run 1 -> running by=scheduler-2
        => scheduler-2 and another process both started run 1 (scheduled 2016-01-01).

single-try
    a retry after the first try ended: load @1 of 1; load @1 -> running; load @1 -> up_for_retry; load @1 -> running
    a try begun while another lives: load @1 of 1; load @1 -> running; load @1 -> running
        => Task load of 2016-01-01 has a second live try.
    a try that ends twice: load @1 of 1; load @1 -> running; load @1 -> success; load @1 -> failed
        => Task load of 2016-01-01 ended a second time.

crash-containment
    an error that stays with its DAG: dag @daily; dag @daily dag=stock; error
    an error that costs another its turn: dag @daily; dag @daily dag=stock; error stops=stock
        => An error for sales took the turn of stock: no such run

backfill-lifecycle
    completed with its last run: backfill 1 @1; run 1 @1 backfill backfill=1; backfill 1 completed; run 1 -> success
    completed too early: backfill 1 @1; run 1 @1 backfill backfill=1; backfill 1 completed
        => Backfill 1 of sales is complete, though 2016-01-01 has no finished run of it.
    not completed with its last run: backfill 1 @1; run 1 @1 backfill backfill=1; run 1 -> success
        => Backfill 1 of sales is not complete, though all its dates have finished runs.
"""


class Row(NamedTuple):
    """A law, what a timeline shows, its events, and what is said of the last of them (empty: the law is kept)."""

    law: str
    lacks: frozenset[Capability]
    shows: str
    events: tuple[Event, ...]
    says: str


def rows() -> Iterator[Row]:
    """The rows of the table."""
    for block in TABLE.strip().split("\n\n"):
        head, *lines = block.split("\n")
        law, _, lacks = head.partition(" under ")
        text = "\n".join(lines).replace("\n        ", " ")
        for line in text.split("\n"):
            told, _, says = line.strip().partition(" => ")
            shows, _, events = told.partition(": ")
            lacking = frozenset({Capability(lacks)} if lacks else ())
            yield Row(law, lacking, shows, tuple(read_events(events)), " ".join(says.split()))


ROWS = list(rows())


def _id(row: Row) -> str:
    return f"{row.law}: {row.shows}"


def _judged(row: Row) -> tuple[list[str], int]:
    """What is said of the law after the last event, and how often its premise was true."""
    monitor = Monitor(Timeline(), [LAWS[row.law]], Context(frozenset(Capability) - row.lacks))
    for event in row.events:
        assert not monitor.breaches, "an event before the last one breaks the law"
        monitor.apply(event)
    standing = [evidence.sentence for _, _, evidence in monitor.broken()]
    return standing + [breach.evidence.sentence for breach in monitor.breaches], monitor.exercised[row.law]


@pytest.mark.parametrize("row", [row for row in ROWS if not row.says], ids=_id)
def test_law_is_kept(row: Row) -> None:
    """A law holds, with its premise true, on a timeline that keeps it."""
    sentences, exercised = _judged(row)
    assert sentences == []
    assert exercised > 0


@pytest.mark.parametrize("row", [row for row in ROWS if row.says], ids=_id)
def test_law_is_broken(row: Row) -> None:
    """A law says, in one sentence, what is wrong with a timeline that breaks it."""
    sentences, _ = _judged(row)
    assert sentences == [row.says]


@pytest.mark.parametrize("row", ROWS, ids=_id)
def test_offline_check_agrees(row: Row) -> None:
    """The offline check finds broken what the table says is broken, and nothing else."""
    *_, past = pasts(row.events)
    context = Context(frozenset(Capability) - row.lacks)
    state_law = isinstance(LAWS[row.law], StateLaw)
    broken = broken_now(row.law, past, context) if state_law else breaks(row.law, past, context)
    assert bool(broken) == bool(row.says)


def test_every_law_has_rows() -> None:
    """Every law is kept by one row at least and broken by another."""
    assert {row.law for row in ROWS if not row.says} == set(LAWS)
    assert {row.law for row in ROWS if row.says} == set(LAWS)
