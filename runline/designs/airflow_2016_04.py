"""``airflow-2016-04``: master of 24 April 2016, which AIRFLOW-20 complains about (semantics 2, profile LEG1)."""

from __future__ import annotations

from runline.designs import legacy_acts, legacy_backfill, legacy_creation, legacy_sending, legacy_states
from runline.designs.design import Design

airflow_2016_04 = Design(
    name="airflow-2016-04",
    summary="the scheduler of April 2016, on which the proposal was written",
    source="semantics 2, profile LEG1",
    capabilities=frozenset(),
    promises=frozenset({"single-live-run", "acyclic-previous", "period-closed", "max-active-runs", "upstream-order"}),
    gives_up={},
    next_run_id=legacy_creation.reused_id,
    gates=(legacy_creation.no_schedule, legacy_creation.at_limit, legacy_creation.timed_out),
    candidate=legacy_creation.next_or_walk_back,
    floor=legacy_creation.not_before_dag_start,
    beyond=(),
    latest=legacy_creation.not_after_end,
    closed=legacy_creation.period_has_ended,
    draft=legacy_creation.unlinked_run,
    insert=legacy_creation.refused_by_key,
    splice_is_atomic=False,
    pairs=legacy_sending.tasks_by_runs,
    sendable=legacy_sending.may_be_sent,
    past=legacy_sending.past_by_schedule,
    downstream=legacy_sending.downstream_by_schedule,
    trigger_rule=legacy_sending.all_upstream_succeeded,
    sent=None,
    start=legacy_sending.tested_again_at_start,
    evaluate=legacy_states.by_leaves_or_deadlock,
    give_up=legacy_states.fail_all_when_stuck,
    backfill=legacy_backfill.backfill_by_rows,
    trigger=legacy_acts.bare_manual_run,
    clear=legacy_acts.delete_rows_and_reopen,
    delete_run=legacy_acts.delete_rows_of_runs,
    run_task=legacy_acts.run_without_run,
    set_state=legacy_acts.set_state_of_row,
)
