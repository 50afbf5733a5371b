"""``pr-1431``: the code that was announced with AIRFLOW-20, as it was (semantics 3.3, 3.5)."""

from __future__ import annotations

from dataclasses import replace

from runline.designs.legacy.airflow_2016_04 import airflow_2016_04
from runline.designs.pr_1431 import acts, backfill, creation, sending, states
from runline.model.capability import Capability

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
