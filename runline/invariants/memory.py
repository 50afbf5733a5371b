"""Laws that remember: what was made before, who holds what, which tries are live."""

from __future__ import annotations

from runline.invariants.law import Changes, Context, Evidence, Judgement, Kind, Memory, MemoryLaw
from runline.invariants.words import TaskName, When, run_name
from runline.model.events import RunCreated, RunDeleted, RunMoved, RunTaken, TaskDeleted, TaskMoved
from runline.model.states import FINISHED_TASK, RunKind, RunState, TaskState
from runline.model.view import TimelineView

_QUEUED, _RUNNING = TaskState.QUEUED, TaskState.RUNNING
_SCHEDULED, _STARTED = RunKind.SCHEDULED, RunState.RUNNING
_ENDED = frozenset({TaskState.SUCCESS, TaskState.FAILED})
_GIVEN_UP = FINISHED_TASK | {TaskState.NONE, TaskState.UP_FOR_RETRY}
"""States of an instance that nobody has under way."""
OPERATOR = "operator"
"""The process whose acts are explicit: it may write any state, and holds no claim."""

Observation = tuple[Judgement, Changes]


# --------------------------------------------------------------- next-date-monotone


def _observe_made(event: RunCreated, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    record = event.record
    if record.origin is not _SCHEDULED:
        return False, ()
    date = (record.dag, record.date)
    made: int = memory.get(date, 0)
    changes: Changes = ((date, made + 1),)
    if not made:
        return True, changes
    return (
        Evidence(
            "The schedule of {} made {} again.",
            (record.dag, When(record.date)),
            dag=record.dag,
            runs=(record.id,),
            dates=(record.date,),
        ),
        changes,
    )


def _observe_unmade(event: RunDeleted, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    record = event.record
    if record.origin is not _SCHEDULED:
        return False, ()
    date = (record.dag, record.date)
    return False, ((date, memory.get(date, 0) - 1 or None),)


next_date_monotone = MemoryLaw(
    id="next-date-monotone",
    kind=Kind.MEMORY,
    sentence="The next scheduled date never returns to one already made (and not deleted).",
    source="L19, Q24; bugs: CURSOR-MONOTONE",
    observe={RunCreated: _observe_made, RunDeleted: _observe_unmade},
)


# --------------------------------------------------------------------- history-kept


def _observe_record(event: RunCreated, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    record = event.record
    return True, ((record.id, (record.kind, record.run_id)),)


def _observe_lost(event: RunDeleted, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    changes: Changes = ((event.record.id, None),)
    if event.explicit:
        return True, changes
    return (
        Evidence(
            "{:capital} was deleted without anyone asking for it.",
            (run_name(event.record),),
            aspect="deleted",
            dag=event.record.dag,
            runs=(event.record.id,),
            dates=(event.record.date,),
        ),
        changes,
    )


def _observe_overwritten(event: RunTaken, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    after = event.after[:2]
    changes: Changes = ((event.run, after),)
    if event.logged or memory.get(event.run) == after:
        return True, changes
    run = timeline.run(event.run)
    assert run is not None
    return (
        Evidence(
            "The record of {} was written over: it is now {}, known as {}.",
            (run_name(run), event.after[0], event.after[1]),
            aspect="written over",
            dag=run.dag,
            runs=(run.id,),
            dates=(run.date,),
        ),
        changes,
    )


history_kept = MemoryLaw(
    id="history-kept",
    kind=Kind.MEMORY,
    sentence="Run and ownership records only grow, in their table or in a log; an explicit delete is exempt and counted.",
    source="Q27, Q34: records are kept for audit, lineage and versions; U11 tells what updating in place loses",
    observe={RunCreated: _observe_record, RunDeleted: _observe_lost, RunTaken: _observe_overwritten},
)


# --------------------------------------------------------------------- single-claim


def _observe_date_claim(event: RunCreated, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    record = event.record
    if record.kind is not _SCHEDULED:
        return False, ()
    thing = (record.dag, record.date)
    by = event.by
    if memory.get(thing, by) == by:
        return True, ((thing, by),)
    evidence = Evidence(
        "{} and another process both made {} of {}.",
        (event.by, When(record.date), record.dag),
        aspect="date",
        dag=record.dag,
        runs=(record.id,),
        dates=(record.date,),
    )
    return evidence, ((thing, event.by),)


def _observe_date_freed(event: RunDeleted, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    record = event.record
    freed = ((record.dag, record.date), record.id)
    return False, tuple((thing, None) for thing in freed if thing in memory)


def _observe_run_claim(event: RunMoved, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    if event.by == OPERATOR or event.after is not _STARTED:
        return False, ((event.run, None),) if event.run in memory else ()
    if event.before not in (RunState.QUEUED, _STARTED):
        return False, ()
    if memory.get(event.run, event.by) == event.by:
        return True, ((event.run, event.by),)
    run = timeline.run(event.run)
    assert run is not None
    evidence = Evidence(
        "{} and another process both started {}.",
        (event.by, run_name(run)),
        aspect="run",
        dag=run.dag,
        runs=(run.id,),
        dates=(run.date,),
    )
    return evidence, ((event.run, event.by),)


def _observe_task_claim(event: TaskMoved, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    """A process claims an instance by sending it; a worker that starts what was queued acts under that claim."""
    key, after = event.key, event.after
    sends = after is _QUEUED or (after is _RUNNING and event.before is not _QUEUED)
    by = event.by
    if by == OPERATOR or not sends:
        return False, ()
    if memory.get(key, by) == by:
        return True, ((key, by),)
    evidence = Evidence(
        "{} was sent by {}, while another process had it under way.",
        (TaskName(event.key), event.by),
        aspect="instance",
        dag=event.key.dag,
        instances=(event.key,),
        dates=(event.key.date,),
    )
    return evidence, ((event.key, event.by),)


def _observe_task_freed(event: TaskDeleted, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    key = event.record.key
    return False, ((key, None),) if key in memory else ()


single_claim = MemoryLaw(
    id="single-claim",
    kind=Kind.MEMORY,
    sentence="Two processes never both act on one run, date or instance.",
    source="L45: the only guard is that a starting instance gives up; M23, M37, U10; bugs: SINGLE-CLAIM",
    observe={
        RunCreated: _observe_date_claim,
        RunDeleted: _observe_date_freed,
        RunMoved: _observe_run_claim,
        TaskMoved: _observe_task_claim,
        TaskDeleted: _observe_task_freed,
    },
    moves=lambda before, after: not (before is _QUEUED and after is _RUNNING),
    forgets=lambda _, after: after in _GIVEN_UP,
    within_step=True,
)


# ----------------------------------------------------------------------- single-try


def _observe_try(event: TaskMoved, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    key, before, after = event[:3]
    live: int = memory.get(key, 0)
    if event.by == OPERATOR:
        return False, ((key, None),) if live and after is not _RUNNING else ()
    if after is _RUNNING:
        broken = _tried(event, "has a second live try", "two live tries") if live else True
        return broken, ((key, live + 1),)
    if before is _RUNNING:
        return True, ((key, live - 1 if live > 1 else None),)
    if before in _ENDED and after in _ENDED:
        return (True if live else _tried(event, "ended a second time", "ended twice")), ((key, live - 1 or None),) * (
            live > 0
        )
    return False, ()


def _tried(event: TaskMoved, what: str, aspect: str) -> Evidence:
    return Evidence(
        "{} {}.",
        (TaskName(event.key), what),
        aspect=aspect,
        dag=event.key.dag,
        instances=(event.key,),
        dates=(event.key.date,),
    )


def _observe_try_dropped(event: TaskDeleted, timeline: TimelineView, memory: Memory, context: Context) -> Observation:
    key = event.record.key
    return False, ((key, None),) if key in memory else ()


single_try = MemoryLaw(
    id="single-try",
    kind=Kind.MEMORY,
    sentence="At most one live try per instance; a try ends once.",
    source="L45, R35; bugs: SINGLE-TRY",
    observe={TaskMoved: _observe_try, TaskDeleted: _observe_try_dropped},
    awaits_moves=lambda before, after: _RUNNING not in (before, after) and not (before in _ENDED and after in _ENDED),
    within_step=True,
)
