"""``coherent``: AIRFLOW-20 as written, ambiguities resolved (semantics 3.1, 3.2, 3.4)."""

from __future__ import annotations

from dataclasses import replace

from runline.designs.coherent import acts, backfill, creation, job, parts, sending, states
from runline.designs.design import Design
from runline.designs.legacy import creation as legacy_creation
from runline.designs.legacy import sending as legacy_sending
from runline.designs.reads import FEW, as_it_is, where_past_matters, where_time_runs_out
from runline.model.capability import Capability
from runline.model.states import TaskState

_CAPABILITIES = frozenset(
    {
        Capability.STORES_PREVIOUS,
        Capability.OVERRIDES,
        Capability.STORES_VERSION,
        Capability.TASK_HAS_RUN,
        Capability.CREATES_INSTANCES,
        Capability.BACKFILL_MAKES_RUNS,
    }
)

_PROMISES = frozenset(
    {
        "single-live-run",
        "previous-is-predecessor",
        "acyclic-previous",
        "previous-is-live",
        "one-first-run",
        "task-has-run",
        "owner-is-live",
        "run-state-agrees",
        "overridden-is-final",
        "legal-transition",
        "depends-on-past",
        "wait-for-downstream",
        "upstream-order",
        "on-schedule",
        "start-aligned",
        "within-bounds",
        "period-closed",
        "forward-only",
        "max-active-runs",
        "task-set-complete",
        "version-pinned",
        "next-date-monotone",
        "history-kept",
        "single-claim",
        "single-try",
        "crash-containment",
        "no-deadlock",
        "isolation",
        "idempotent-backfill",
        "progress",
        "fairness",
        "atomic-advance",
    }
)
_GIVES_UP = {
    "catchup-window": "Q2: nothing but what is named changes, and catchup did not exist; every closed period is made",
    "no-gap": "Q25: the scheduler does not fill in the blanks between a scheduled run and a backfill ahead of it",
    "no-overlap": "Q24: the next date obeys the interval now in force, wherever the period of the last run ends",
    "no-missed-tick": "Q25: a tick that was stepped over is not made later",
    "wall-clock": "Q25: a day that was stepped over is not made later",
}
"""Each law that is not promised, with the sentence that gives it up."""

coherent = Design(
    name="coherent",
    summary="AIRFLOW-20 as written, ambiguities resolved",
    source="semantics 3.2, 3.4",
    capabilities=_CAPABILITIES | {Capability.PAST_AT_RUN_LEVEL},
    promises=_PROMISES,
    gives_up=_GIVES_UP,
    options={
        "depends_on_past": {
            "run": {},
            "task": {"past": sending.past_task_succeeded, "capabilities": _CAPABILITIES},
        },
        "over_running": {"adopt": {}, "cancel": {"again": backfill.running_again}},
        "splice": {
            "whole": {},
            "transaction": {"splice_is_atomic": False, "parts": parts.in_one_transaction},
            "parts": {"splice_is_atomic": False, "parts": parts.commit_by_commit},
        },
        "backfills": {"one at a time": {}, "together": {"turn": None}},
    },
    backfill_options=frozenset({"tasks", "ignore_first_depends_on_past", "rerun", "run_backwards"}),
    reads=replace(
        FEW,
        jobs=as_it_is,
        previous=where_past_matters,
        started=where_time_runs_out,
    ),
    next_run_id=creation.next_id,
    gates=(legacy_creation.no_schedule, legacy_creation.timed_out, legacy_creation.at_limit),
    candidate=creation.after_anchor,
    floor=creation.not_before_aligned_start,
    beyond=(creation.once_only, creation.beyond_timeline, creation.over_manual_runs),
    latest=legacy_creation.not_after_end,
    closed=legacy_creation.period_has_ended,
    draft=creation.linked_run,
    insert=creation.run_with_instances,
    splice_is_atomic=True,
    pairs=sending.runs_without_job,
    sendable=legacy_sending.may_be_sent,
    past=sending.past_run_succeeded,
    downstream=sending.downstream_of_previous,
    trigger_rule=legacy_sending.all_upstream_succeeded,
    dependencies=legacy_sending.past_before_upstream,
    sent=TaskState.QUEUED,
    start=sending.once_sent,
    stamp=None,
    evaluate=states.by_leaves_it_owns,
    give_up=None,
    backfill=backfill.backfill_by_dates,
    refusals=(backfill.nothing_has_come, backfill.past_backwards),
    turn=job.one_at_a_time,
    take=backfill.splice,
    again=backfill.failed_again,
    job_of=backfill.backfill_that_made_it,
    trigger=acts.manual_run_beside,
    clear=acts.clear_live_run,
    delete_run=acts.delete_and_relink,
    run_task=acts.run_by_hand,
    set_state=acts.set_state_and_judge_again,
)
