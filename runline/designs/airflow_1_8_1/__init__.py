"""``airflow-1.8.1``: what landed, of the proposal and of the counter-proposal (semantics 4.4)."""

from __future__ import annotations

from dataclasses import replace

from runline.designs.airflow_1_8_1 import acts, creation, preparing, sending, states
from runline.designs.design import Design
from runline.designs.legacy import acts as legacy_acts
from runline.designs.legacy import creation as legacy_creation
from runline.designs.legacy import sending as legacy_sending
from runline.designs.reads import FEW, as_it_is, nowhere, where_time_runs_out
from runline.model.capability import Capability

_PROMISES = frozenset(
    {
        "single-live-run",
        "upstream-order",
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
    }
)
_GIVES_UP = {
    "run-state-agrees": "V20, V30: a run that a backfill has taken is judged by no scheduler, and one without dop fails "
    "when nothing in it can run",
    "legal-transition": "V44: what follows from upstream is written whatever the instance was, removed included",
    "depends-on-past": "V23: the past stands exactly one tick earlier by the present schedule, whatever lies between",
    "wait-for-downstream": "V24: what is waited for stands exactly one tick earlier by the present schedule",
    "on-schedule": "V12, V14: a backfill moves the phase of a delta, and with catchup off the clock gives it",
    "catchup-window": "V13: without catchup the schedule begins two ticks before the clock, at a tick one period too early",
    "history-kept": "V42: a backfill writes its run_id over that of the run that it takes over",
    "no-gap": "V12, V14: the schedule goes on after the latest backfill and jumps to a moved start; nothing is filled",
    "no-overlap": "V14: a changed schedule takes effect at the next tick after the last date, wherever its period ends",
    "no-missed-tick": "V51: a tick that was jumped over is not made later",
    "wall-clock": "V51: a day that was jumped over is not made later",
    "no-deadlock": "V17, V23, V47, V48: a taken date raises for ever, a tick without a run is waited for, nobody goes on "
    "with what a job left, and a job over a removed task never ends",
    "isolation": "V12: a backfill moves the schedule on, into the future and to its own phase",
    "idempotent-backfill": "V42, V43: no job waits for another; one of a subset that comes in between removes what the "
    "other had executed, and the same again never makes a success of it",
    "progress": "V17, V20, V47: a tick whose date is taken is never made, and nobody goes on with a run that a job left",
    "fairness": "V17, V20: what a DAG misses by its own rules it misses beside one at its limit too",
    "atomic-advance": "V20, V42, V49: the run of a job that was killed stays running, and no scheduler judges it",
}
"""Each law that is not promised, with the rule that gives it up."""

airflow_1_8_1 = Design(
    name="airflow-1.8.1",
    summary="Airflow 1.8.1: what landed of the proposal and of the counter-proposal",
    source="semantics 4.4",
    capabilities=frozenset({Capability.CREATES_INSTANCES, Capability.BACKFILL_MAKES_RUNS}),
    promises=_PROMISES,
    gives_up=_GIVES_UP,
    backfill_options=frozenset({"tasks", "ignore_first_depends_on_past"}),
    reads=replace(
        FEW,
        jobs=as_it_is,
        previous=nowhere,
        started=where_time_runs_out,
    ),
    next_run_id=legacy_creation.reused_id,
    gates=(
        legacy_creation.no_schedule,
        legacy_creation.timed_out,
        legacy_creation.at_limit,
        creation.nothing_to_compare,
    ),
    candidate=creation.next_or_aligned_start,
    floor=creation.not_before_floor,
    beyond=(),
    latest=legacy_creation.not_after_end,
    closed=legacy_creation.period_has_ended,
    draft=legacy_creation.unlinked_run,
    insert=creation.run_then_instances,
    splice_is_atomic=False,
    pairs=sending.runs_by_instances,
    sendable=sending.of_a_live_run,
    past=sending.past_by_runs,
    downstream=sending.downstream_by_runs,
    trigger_rule=legacy_sending.all_upstream_succeeded,
    dependencies=sending.past_and_upstream,
    stamp=None,
    sent=None,
    start=sending.tested_in_full,
    evaluate=states.run_by_run,
    give_up=None,
    backfill=preparing.backfill_over_runs,
    trigger=legacy_acts.bare_manual_run,
    clear=legacy_acts.delete_rows_and_reopen,
    delete_run=legacy_acts.delete_rows_of_runs,
    run_task=acts.run_if_it_may_begin,
    set_state=legacy_acts.set_state_of_row,
)
