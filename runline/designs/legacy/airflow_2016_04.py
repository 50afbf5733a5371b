"""``airflow-2016-04``: master of 24 April 2016, which AIRFLOW-20 complains about (semantics 2, profile LEG1)."""

from __future__ import annotations

from dataclasses import replace

from runline.designs.design import Design
from runline.designs.legacy import acts, backfill, creation, sending, states
from runline.designs.reads import FEW, as_it_is, nowhere, where_time_runs_out

_PROMISES = frozenset(
    {
        "single-live-run",
        "upstream-order",
        "within-bounds",
        "period-closed",
        "max-active-runs",
        "next-date-monotone",
        "history-kept",
        "single-claim",
        "single-try",
        "crash-containment",
    }
)
_GIVES_UP = {
    "run-state-agrees": "L25, L31, L45: runs fail when nothing can run, and are not judged again when it was repaired",
    "legal-transition": "L45, L52: what was skipped after it was sent is begun, since the start tests no such thing",
    "depends-on-past": "L22: the past is what stands exactly one tick earlier by the present schedule",
    "wait-for-downstream": "L23: what is waited for stands exactly one tick earlier by the present schedule",
    "on-schedule": "L14: the first date is the smallest task start, not aligned to anything",
    "start-aligned": "L14: the first date is the smallest task start, or four ticks before a backfilled instance",
    "forward-only": "L14, L15: a once DAG with a start date makes a second run there, before the first",
    "catchup-window": "section 6, row 40: there is no catchup to switch off; every closed period is made",
    "no-gap": "L15, L19: a moved start or a changed schedule lets the scheduler jump; holes are never revisited",
    "no-overlap": "L19: a changed schedule takes effect at the next tick after the last date, wherever its period ends",
    "no-missed-tick": "L19: dates only move forward from the last one; a tick that was passed is not made later",
    "wall-clock": "L14, L19: the first date is not aligned, and a day that was passed is not made later",
    "no-deadlock": "L18, L22: a duplicate key is raised for ever; a tick that never existed is waited for",
    "isolation": "L14, Q16: a backfill of a DAG that never ran moves the schedule back by four ticks",
    "idempotent-backfill": "L24, L42: what failed or waited is tested again each time, and may come out otherwise",
    "progress": "L18, L22: a tick whose date is taken is never made, and a run may wait for a tick that never was",
    "fairness": "L18, L22: what a DAG misses by its own rules it misses beside one at its limit too",
    "atomic-advance": "L42, L46: what a killed job took back of a run that is over nobody executes again",
}
"""Each law that is not promised, with the rule that gives it up."""

airflow_2016_04 = Design(
    name="airflow-2016-04",
    summary="the scheduler of April 2016, on which the proposal was written",
    source="semantics 2, profile LEG1",
    capabilities=frozenset(),
    promises=_PROMISES,
    gives_up=_GIVES_UP,
    reads=replace(
        FEW,
        jobs=as_it_is,
        previous=nowhere,
        started=where_time_runs_out,
    ),
    next_run_id=creation.reused_id,
    gates=(creation.no_schedule, creation.at_limit, creation.timed_out),
    candidate=creation.next_or_walk_back,
    floor=creation.not_before_dag_start,
    beyond=(),
    latest=creation.not_after_end,
    closed=creation.period_has_ended,
    draft=creation.unlinked_run,
    insert=creation.refused_by_key,
    splice_is_atomic=False,
    pairs=sending.tasks_by_runs,
    sendable=sending.may_be_sent,
    past=sending.past_by_schedule,
    downstream=sending.downstream_by_schedule,
    trigger_rule=sending.all_upstream_succeeded,
    dependencies=sending.past_before_upstream,
    sent=None,
    start=sending.tested_again_at_start,
    stamp=None,
    evaluate=states.by_leaves_or_deadlock,
    give_up=states.fail_all_when_stuck,
    backfill=backfill.backfill_by_rows,
    trigger=acts.bare_manual_run,
    clear=acts.delete_rows_and_reopen,
    delete_run=acts.delete_rows_of_runs,
    run_task=acts.run_without_run,
    set_state=acts.set_state_of_row,
)
