"""``update-in-place``: the counter-proposal, in which DAG and execution date stay the key (semantics 4.1-4.3).

A backfill over a run updates that run. Nothing is overridden, no previous is stored, and no instance names its run.
"""

from __future__ import annotations

from dataclasses import replace

from runline.designs.coherent import acts as coherent_acts
from runline.designs.coherent import backfill as coherent_backfill
from runline.designs.coherent import creation as coherent_creation
from runline.designs.coherent import job as coherent_job
from runline.designs.coherent import sending as coherent_sending
from runline.designs.coherent import states as coherent_states
from runline.designs.design import Design
from runline.designs.legacy import creation as legacy_creation
from runline.designs.legacy import sending as legacy_sending
from runline.designs.reads import FEW, nowhere, where_time_runs_out
from runline.designs.update_in_place import acts, backfill, creation, sending
from runline.model.capability import Capability
from runline.model.states import TaskState

_PROMISES = frozenset(
    {
        "single-live-run",
        "run-state-agrees",
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
        "next-date-monotone",
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
    "version-pinned": "U6, U11: a run that is updated gets the version in force, and its earlier version is lost (Q19)",
    "history-kept": "J5, U11: the known run is updated; who ran it first, and under which name, is written over",
    "catchup-window": "U4, Q2: dates are found as in the proposal, which knows no catchup; every closed period is made",
    "no-gap": "U4, Q25: without fill_gaps what lies between a run and a backfill ahead of it is not filled in",
    "no-overlap": "U4, Q24: the next date obeys the interval now in force, wherever the period of the last run ends",
    "no-missed-tick": "U4, Q25: without fill_gaps a tick that was stepped over is not made later",
    "wall-clock": "U4, Q25: without fill_gaps a day that was stepped over is not made later",
}
"""Each law that is not promised, with the sentence that gives it up."""

_FILLS_GAPS = {
    "candidate": creation.from_start,
    "beyond": (coherent_creation.once_only, creation.over_every_run),
    "gives_up": {
        "forward-only": "U4: with fill_gaps the first tick without a run is made, however late",
        "isolation": "U4: with fill_gaps the next date is the next gap, not what lies beyond a backfill",
    },
}
_RUNS_ALL_AGAIN = {
    "again": backfill.all_again,
    "gives_up": {"idempotent-backfill": "U7: with reset = all a backfill executes again what has succeeded"},
}
_KEEPS_A_LOG = {"take": backfill.update_and_log, "regains": ("history-kept",)}

update_in_place = Design(
    name="update-in-place",
    summary="the counter-proposal: (dag, execution_date) stays the key, a backfill updates the run of its date",
    source="semantics 4.2, 4.3",
    capabilities=frozenset(
        {Capability.STORES_VERSION, Capability.CREATES_INSTANCES, Capability.BACKFILL_MAKES_RUNS},
    ),
    promises=_PROMISES,
    gives_up=_GIVES_UP,
    options={
        "fill_gaps": {"off": {}, "on": _FILLS_GAPS},
        "reset": {"failed": {}, "all": _RUNS_ALL_AGAIN},
        "history": {"off": {}, "on": _KEEPS_A_LOG},
        "over_running": {
            "refuse": {},
            "join": {"refusals": (coherent_backfill.nothing_has_come, coherent_backfill.past_backwards)},
        },
    },
    backfill_options=frozenset({"tasks", "ignore_first_depends_on_past", "rerun", "run_backwards"}),
    reads=replace(
        FEW,
        jobs=backfill.renumbered,
        previous=nowhere,
        started=where_time_runs_out,
    ),
    next_run_id=coherent_creation.next_id,
    gates=(legacy_creation.no_schedule, legacy_creation.timed_out, legacy_creation.at_limit),
    candidate=creation.after_origin,
    floor=coherent_creation.not_before_aligned_start,
    beyond=(coherent_creation.once_only, coherent_creation.beyond_timeline, creation.over_every_run),
    latest=legacy_creation.not_after_end,
    closed=legacy_creation.period_has_ended,
    draft=creation.run_with_version,
    insert=creation.run_of_date,
    splice_is_atomic=True,
    pairs=sending.runs_not_locked,
    sendable=legacy_sending.may_be_sent,
    past=sending.past_of_date_succeeded,
    downstream=sending.downstream_of_date_succeeded,
    trigger_rule=legacy_sending.all_upstream_succeeded,
    dependencies=legacy_sending.past_before_upstream,
    stamp=None,
    sent=TaskState.QUEUED,
    start=coherent_sending.once_sent,
    evaluate=coherent_states.by_leaves_it_owns,
    give_up=None,
    backfill=coherent_backfill.backfill_by_dates,
    refusals=(coherent_backfill.nothing_has_come, coherent_backfill.past_backwards, backfill.over_running_runs),
    turn=coherent_job.one_at_a_time,
    take=backfill.update_or_make,
    again=backfill.failed_again,
    job_of=sending.backfill_of_its_date,
    trigger=acts.manual_run_of_date,
    clear=coherent_acts.clear_live_run,
    delete_run=acts.delete_with_instances,
    run_task=acts.run_in_run_of_date,
    set_state=acts.set_state_in_run,
)
