"""Laws of ``previous``: the stored chain must be the order of the dates."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from runline.invariants.law import At, Changes, Context, Evidence, Kind, Memory, StateLaw
from runline.invariants.runs import changes_life
from runline.invariants.words import When, run_name
from runline.model.capability import Capability
from runline.model.events import RunCreated, RunDeleted, RunLinked, RunMoved, RunOverridden, RunTaken
from runline.model.instants import Instant
from runline.model.records import Run
from runline.model.states import RunState
from runline.model.view import TimelineView

Runs = set[int]
"""Ids of runs: where the laws of this module are judged."""

_ID = attrgetter("id")
_OVERRIDDEN = RunState.OVERRIDDEN
STORES_PREVIOUS = frozenset({Capability.STORES_PREVIOUS})


# ---------------------------------------------------------------- what an event touches


def _around(timeline: TimelineView, dag: str, date: Instant) -> Runs:
    """The runs of a date and of the next live date: those whose computed predecessor may have changed."""
    runs = {*timeline.ids_at(dag, date)}
    successor = timeline.successor(dag, date)
    if successor is not None:
        runs.update(timeline.ids_at(dag, successor.date))
    return runs


def _around_record(event: RunCreated | RunDeleted, timeline: TimelineView) -> Runs:
    record = event.record
    runs = _around(timeline, record.dag, record.date)
    runs.add(record.id)  # even if it is gone, so that what was found broken there is judged anew
    return runs


def _around_run(event: RunOverridden | RunMoved | RunTaken, timeline: TimelineView) -> Runs:
    run = timeline.run(event.run)
    assert run is not None
    return _around(timeline, run.dag, run.date)


def _record_and_followers(event: RunCreated | RunDeleted, timeline: TimelineView) -> Runs:
    run_id = event.record.id
    return {run_id, *timeline.follower_ids(run_id)}


def _run_and_followers(event: RunOverridden | RunMoved, timeline: TimelineView) -> Runs:
    return {event.run, *timeline.follower_ids(event.run)}


# ------------------------------------------------------------- previous-is-predecessor


def _predecessors(timeline: TimelineView, run: Run) -> list[Run]:
    """The live timeline runs of the greatest earlier date: one, unless the date has several."""
    predecessor = timeline.predecessor(run.dag, run.date)
    return [] if predecessor is None else timeline.timeline_at(run.dag, predecessor.date)


def _judge_predecessor(timeline: TimelineView, run_id: int, memory: Memory, context: Context) -> bool | None:
    run = timeline.run(run_id)
    if run is None or not run.on_timeline:
        return None
    expected = timeline.predecessor(run.dag, run.date)
    if expected is None:
        return run.previous is None
    return run.previous == expected.id or run.previous in map(_ID, _predecessors(timeline, run))


def _tell_predecessor(timeline: TimelineView, run_id: int) -> Evidence:
    run = timeline.run(run_id)
    assert run is not None
    expected = _predecessors(timeline, run)
    stored = None if run.previous is None else timeline.run(run.previous)
    named = "no run" if run.previous is None else f"run {run.previous}, which does not exist"
    return Evidence(
        "{:capital} has as its previous {}; before it on the timeline stands {}.",
        (
            run_name(run),
            named if stored is None else run_name(stored),
            run_name(expected[0]) if expected else "no run",
        ),
        aspect="none stored"
        if run.previous is None
        else "another run stored"
        if expected
        else "one stored for the first",
        dag=run.dag,
        runs=(run.id, *(other.id for other in expected[:1])),
        dates=(run.date,),
    )


previous_is_predecessor = StateLaw(
    id="previous-is-predecessor",
    kind=Kind.STATE,
    sentence="The `previous` of a live timeline run is the live timeline run of the greatest earlier date.",
    source="Q21: previous points to the previous dag run; Q10, Q26: backfills insert themselves; M1, M39, M40",
    needs=STORES_PREVIOUS,
    implies=("acyclic-previous", "previous-is-live", "one-first-run"),
    touched={
        RunCreated: _around_record,
        RunDeleted: _around_record,
        RunOverridden: _around_run,
        RunMoved: _around_run,
        RunTaken: _around_run,
        RunLinked: At("run"),
    },
    run_moves=changes_life,
    judge=_judge_predecessor,
    tell=_tell_predecessor,
)


# -------------------------------------------------------------------- acyclic-previous


def _remember_links_back(event: object, timeline: TimelineView, memory: Memory, runs: Iterable[int]) -> Changes:
    """The runs whose ``previous`` leads to no earlier date: any other link may close a cycle through them, or open it."""
    changes: list[tuple[int, bool | None]] = []
    for run_id in runs:
        leads = _leads_back(timeline, run_id)
        if leads is not (run_id in memory):
            changes.append((run_id, leads or None))
    return tuple(changes)


def _cycle_through(timeline: TimelineView, run_id: int) -> list[int]:
    """The runs met by following ``previous`` from a run back to itself; empty where that ends or never returns."""
    path: list[int] = []
    seen: set[int] = set()
    run = timeline.run(run_id)
    while run is not None and run.id not in seen:
        path.append(run.id)
        seen.add(run.id)
        run = None if run.previous is None else timeline.run(run.previous)
    return path if run is not None and run.id == run_id else []


def _leads_back(timeline: TimelineView, run_id: int) -> bool:
    """Whether a run's ``previous`` exists and has no earlier date. Every cycle has such a link, a sound chain none."""
    run = timeline.run(run_id)
    previous = None if run is None or run.previous is None else timeline.run(run.previous)
    return run is not None and previous is not None and previous.date >= run.date


def _judge_acyclic(timeline: TimelineView, run_id: int, memory: Memory, context: Context) -> bool | None:
    run = timeline.run(run_id)
    if run is None or run.previous is None:
        return None
    return run_id not in memory or not _cycle_through(timeline, run_id)


def _tell_cycle(timeline: TimelineView, run_id: int) -> Evidence:
    run = timeline.run(run_id)
    assert run is not None
    path = _cycle_through(timeline, run_id)
    return Evidence(
        "Following `previous` from run {} never ends: {}.",
        (run_id, " to ".join(str(other) for other in [*path, run_id])),
        dag=run.dag,
        runs=tuple(path),
        dates=(run.date,),
    )


acyclic_previous = StateLaw(
    id="acyclic-previous",
    kind=Kind.STATE,
    sentence="Following `previous` ends.",
    source="Q21: if previous is None it is the first run, so the chain leads there",
    needs=STORES_PREVIOUS,
    touched={RunCreated: _record_and_followers, RunDeleted: _record_and_followers, RunLinked: At("run")},
    judge=_judge_acyclic,
    tell=_tell_cycle,
    remember=dict.fromkeys((RunCreated, RunDeleted, RunLinked), _remember_links_back),
    rejudges_remembered=True,
)


# -------------------------------------------------------------------- previous-is-live


def _defect(timeline: TimelineView, run: Run) -> str:
    """What is wrong with a run's stored ``previous``, which is not live."""
    previous = None if run.previous is None else timeline.run(run.previous)
    if previous is None:
        return "missing"
    return "of another DAG" if previous.dag != run.dag else "overridden"


def _judge_previous_live(timeline: TimelineView, run_id: int, memory: Memory, context: Context) -> bool | None:
    run = timeline.run(run_id)
    if run is None or run.state is _OVERRIDDEN or run.previous is None:
        return None
    previous = timeline.run(run.previous)
    return previous is not None and previous.state is not _OVERRIDDEN and previous.dag == run.dag


def _tell_previous_live(timeline: TimelineView, run_id: int) -> Evidence:
    run = timeline.run(run_id)
    assert run is not None
    assert run.previous is not None
    previous = timeline.run(run.previous)
    defect = _defect(timeline, run)
    return Evidence(
        "{:capital} has as its previous {}, which is {}.",
        (run_name(run), f"run {run.previous}" if previous is None else run_name(previous), defect),
        aspect=defect,
        dag=run.dag,
        runs=(run.id, run.previous),
        dates=(run.date,),
    )


previous_is_live = StateLaw(
    id="previous-is-live",
    kind=Kind.STATE,
    sentence="No live run's `previous` is overridden, missing, or of another DAG.",
    source="Q26, Q27; M4: a run that is overridden can never become success",
    needs=STORES_PREVIOUS,
    touched={
        RunCreated: _record_and_followers,
        RunDeleted: _record_and_followers,
        RunOverridden: _run_and_followers,
        RunMoved: _run_and_followers,
        RunLinked: At("run"),
    },
    run_moves=changes_life,
    judge=_judge_previous_live,
    tell=_tell_previous_live,
)


# ----------------------------------------------------------------------- one-first-run


def _dag_of_run(event: RunOverridden | RunMoved | RunTaken | RunLinked, timeline: TimelineView) -> tuple[str]:
    run = timeline.run(event.run)
    assert run is not None
    return (run.dag,)


def _judge_one_first(timeline: TimelineView, dag: str, memory: Memory, context: Context) -> bool | None:
    if timeline.count_first_runs(dag) == 1:
        return True
    return False if timeline.has_live_timeline(dag) else None


def _tell_one_first(timeline: TimelineView, dag: str) -> Evidence:
    first = timeline.first_runs(dag)
    named = ", ".join(f"run {run.id} ({When(run.date)})" for run in first)
    return Evidence(
        "The timeline of {} has {} first runs: {}." if first else "The timeline of {} has no first run.",
        (dag, len(first), named),
        aspect="several" if first else "none",
        dag=dag,
        runs=tuple(run.id for run in first),
        dates=tuple(run.date for run in first),
    )


one_first_run = StateLaw(
    id="one-first-run",
    kind=Kind.STATE,
    sentence="Where there are live timeline runs, exactly one has no `previous`.",
    source="Q21: if previous is None it is considered the first DagRun",
    needs=STORES_PREVIOUS,
    touched={
        RunCreated: At("record.dag"),
        RunDeleted: At("record.dag"),
        RunOverridden: _dag_of_run,
        RunMoved: _dag_of_run,
        RunTaken: _dag_of_run,
        RunLinked: _dag_of_run,
    },
    run_moves=changes_life,
    judge=_judge_one_first,
    tell=_tell_one_first,
)
