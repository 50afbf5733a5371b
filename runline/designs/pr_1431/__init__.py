"""``pr-1431``: the code that was announced with AIRFLOW-20, as it was (semantics 3.3, 3.5)."""

from __future__ import annotations

from dataclasses import replace

from runline.designs.legacy.airflow_2016_04 import airflow_2016_04
from runline.designs.pr_1431 import acts, backfill, creation, sending, states
from runline.designs.reads import FEW, where_past_matters
from runline.model.capability import Capability

_PROMISES = frozenset(
    {
        "upstream-order",
        "start-aligned",
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
    "single-live-run": "P8, R14, R40: dates may repeat; a run made by hand does not keep the scheduler from making its own",
    "previous-is-predecessor": "P1, P17, R12, R20: the latest run is taken, overridden or not, and one later run relinked",
    "acyclic-previous": "R02, R42: a number is given out again, and who still points to it points to the new run",
    "previous-is-live": "P3, R12: the last run is chosen by its date only, overridden ones included",
    "one-first-run": "P17, R19: a backfill takes over the previous of its twin, and that of a run made by hand is none",
    "task-has-run": "P1, R22: all instances of a backfilled range belong to the one run of its job",
    "owner-is-live": "R19: what a job's run owns at other dates stays with it when it is overridden",
    "run-state-agrees": "P13, R24, R36: a run fails when nothing can run, and the state of a backfill is never stored",
    "overridden-is-final": "P6, R41: a clear opens the overridden run too",
    "legal-transition": "P6, R41: a clear sets an overridden run running",
    "depends-on-past": "P2, R30: the dates of one backfill share one previous; P9: an instance without a run has no past",
    "wait-for-downstream": "R31: what is waited for stands at the last date with a row of the task, whoever made it",
    "on-schedule": "P4, R11: the next date follows a backfill, and with a delta takes over its phase",
    "forward-only": "R11, R18: the next date is read before it is inserted, and a job may come in between",
    "catchup-window": "section 6, row 40: there is no catchup to switch off; every closed period is made",
    "no-gap": "P4, P5, R11: the next date lies after the latest run, a backfill ahead too; holes are never revisited",
    "no-overlap": "R11: a changed schedule takes effect at the next tick after the latest run",
    "no-missed-tick": "P4, P5, R11: a tick before the latest run is not made later",
    "wall-clock": "P4, R11: a day that was passed is not made later",
    "no-deadlock": "P3, R30: the run before may be overridden for good; a deleted one is an error in every loop",
    "isolation": "P1, P4, R11, R22: a backfill moves the schedule on, and takes the instances of other runs",
    "idempotent-backfill": "P7, R24: each job makes a run anew, which stays running until the scheduler comes",
    "progress": "P13, R24, R36: the state of a run may never be stored, and nobody looks at it again",
    "fairness": "P13, R36: what a DAG misses by its own rules it misses beside one at its limit too",
    "atomic-advance": "R18, R19, R25: a splice is committed piece by piece, and what a kill leaves in its middle stays",
}
"""Each law that is not promised, with the row or rule that gives it up."""

pr_1431 = replace(
    airflow_2016_04,
    name="pr-1431",
    summary="the code announced with the proposal",
    source="semantics 3.3, 3.5",
    capabilities=frozenset(
        {
            Capability.STORES_PREVIOUS,
            Capability.OVERRIDES,
            Capability.TASK_HAS_RUN,
            Capability.BACKFILL_MAKES_RUNS,
            Capability.PAST_AT_RUN_LEVEL,
        }
    ),
    promises=_PROMISES,
    gives_up=_GIVES_UP,
    reads=replace(
        FEW,
        previous=where_past_matters,
        started=backfill.dates_with_twins,
    ),
    candidate=creation.after_latest_of_any_state,
    floor=creation.not_before_start_aligned,
    draft=creation.linked_to_latest,
    insert=creation.run_beside_others,
    pairs=sending.tasks_by_all_runs,
    past=sending.previous_run_succeeded,
    downstream=sending.downstream_of_latest_row,
    stamp=sending.holder_owns,
    evaluate=states.by_rows_at_its_date,
    backfill=backfill.backfill_as_one_run,
    trigger=acts.manual_run_anywhere,
    set_state=acts.state_in_first_run,
)
