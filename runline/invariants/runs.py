"""Laws of runs alone: one live run a date, what overridden means, which way states go."""

from __future__ import annotations

from runline.invariants.law import At, Context, Evidence, Judgement, Kind, Memory, StateLaw, StepLaw
from runline.invariants.words import TaskName, When, run_name, run_names
from runline.model.capability import Capability
from runline.model.events import RunCreated, RunDeleted, RunMoved, RunOverridden, RunTaken, TaskMoved
from runline.model.instants import Instant
from runline.model.states import RUN_ARROWS, TASK_ARROWS, RunKind, RunState, TaskState
from runline.model.view import TimelineView

_OVERRIDDEN = RunState.OVERRIDDEN
Date = tuple[str, Instant]
"""A DAG and an execution date."""


_DATE_OF_RECORD = At("record[1:3]")
"""The date at which a run comes or goes: its DAG and its date."""


def _date_of_run(event: RunOverridden | RunMoved, timeline: TimelineView) -> tuple[Date]:
    """The date at which a run ceases to be live, or is live again."""
    run = timeline.run(event.run)
    assert run is not None
    return ((run.dag, run.date),)


def changes_life(before: RunState, after: RunState) -> bool:
    """Whether a run ceases to be live by this move, or is live again."""
    return (before is _OVERRIDDEN) is not (after is _OVERRIDDEN)


def _judge_single_live(
    timeline: TimelineView, locus: tuple[str, Instant], memory: Memory, context: Context
) -> bool | None:
    dag, date = locus
    live = len(timeline.live_at(dag, date))
    return live < 2 if live else None


def _tell_single_live(timeline: TimelineView, locus: tuple[str, Instant]) -> Evidence:
    dag, date = locus
    live = timeline.live_at(dag, date)
    automated = sum(run.kind is not RunKind.MANUAL for run in live)
    return Evidence(
        "{} of {} has {} live runs: {}.",
        (When(date), dag, len(live), run_names(live)),
        aspect="automated runs" if automated > 1 else "with a manual run",
        dag=dag,
        runs=tuple(run.id for run in live),
        dates=(date,),
    )


single_live_run = StateLaw(
    id="single-live-run",
    kind=Kind.STATE,
    sentence="At most one live (not overridden) run of any kind per DAG and execution date.",
    source="Q27, Q34: the older run of a date becomes overridden; M3: otherwise `previous` is no function",
    touched={
        RunCreated: _DATE_OF_RECORD,
        RunDeleted: _DATE_OF_RECORD,
        RunOverridden: _date_of_run,
        RunMoved: _date_of_run,
    },
    run_moves=changes_life,
    judge=_judge_single_live,
    tell=_tell_single_live,
)


def _judge_override(event: RunOverridden, timeline: TimelineView, context: Context) -> Judgement:
    return True


def _judge_move_of_overridden(event: RunMoved, timeline: TimelineView, context: Context) -> Judgement:
    if event.before is not _OVERRIDDEN:
        return False
    if event.after is _OVERRIDDEN:
        return True
    run = timeline.run(event.run)
    assert run is not None
    return Evidence(
        "{:capital} was overridden{} and is {} again.",
        (run_name(run), "" if run.overridden_by is None else f" by run {run.overridden_by}", event.after),
        dag=run.dag,
        runs=(run.id,),
        dates=(run.date,),
    )


overridden_is_final = StepLaw(
    id="overridden-is-final",
    kind=Kind.STEP,
    sentence="Nothing leaves the state overridden.",
    source="Q27: the record of an overridden run is kept, orphaned, for audit",
    needs=frozenset({Capability.OVERRIDES}),
    judge={RunMoved: _judge_move_of_overridden, RunOverridden: _judge_override},
)


def _is_task_arrow(before: TaskState, after: TaskState) -> bool:
    return after is before or after in TASK_ARROWS[before]


def _judge_task_arrow(event: TaskMoved, timeline: TimelineView, context: Context) -> Judgement:
    if _is_task_arrow(event.before, event.after):
        return True
    return Evidence(
        "{} went from {} to {}.",
        (TaskName(event.key), event.before, event.after),
        aspect="task instance",
        dag=event.key.dag,
        instances=(event.key,),
        dates=(event.key.date,),
    )


def _judge_run_arrow(event: RunMoved, timeline: TimelineView, context: Context) -> Judgement:
    if event.after is event.before or event.after in RUN_ARROWS[event.before]:
        return True
    run = timeline.run(event.run)
    assert run is not None
    return Evidence(
        "{:capital} went from {} to {}.",
        (run_name(run), event.before, event.after),
        aspect="run",
        dag=run.dag,
        runs=(run.id,),
        dates=(run.date,),
    )


legal_transition = StepLaw(
    id="legal-transition",
    kind=Kind.STEP,
    sentence="States change only along the arrows of the tables in the model.",
    source="0.4, H1: the states of runs and task instances and what moves them",
    judge={RunMoved: _judge_run_arrow, TaskMoved: _judge_task_arrow},
    kept_by=_is_task_arrow,
    within_step=True,
)


def _judge_version_recorded(event: RunCreated, timeline: TimelineView, context: Context) -> Judgement:
    record = event.record
    if record.version is not None:
        return True
    return Evidence(
        "{:capital} was made without a version.",
        (run_name(record),),
        aspect="no version",
        dag=record.dag,
        runs=(record.id,),
        dates=(record.date,),
    )


def _judge_version_kept(event: RunTaken, timeline: TimelineView, context: Context) -> Judgement:
    if event.before[2] == event.after[2]:
        return False
    if event.explicit:
        return True
    run = timeline.run(event.run)
    assert run is not None
    return Evidence(
        "{:capital} moved from version {} to {} without anyone asking for it.",
        (run_name(run), event.before[2], event.after[2]),
        aspect="moved by itself",
        dag=run.dag,
        runs=(run.id,),
        dates=(run.date,),
    )


version_pinned = StepLaw(
    id="version-pinned",
    kind=Kind.STEP,
    sentence="A run's version is recorded, and changes only by an explicit act.",
    source="Q17, Q19: which version ran when must be answerable; M47",
    needs=frozenset({Capability.STORES_VERSION}),
    judge={RunCreated: _judge_version_recorded, RunTaken: _judge_version_kept},
)
