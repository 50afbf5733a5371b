"""``airflow-1.7.0``: the release of 28 March 2016, before AIRFLOW-20 (semantics 2.7, profile LEG0)."""

from __future__ import annotations

from dataclasses import replace

from runline.designs.legacy import march
from runline.designs.legacy.airflow_2016_04 import airflow_2016_04

_GIVES_UP = {
    **airflow_2016_04.gives_up,
    "run-state-agrees": "Z11: a run in which something is upstream_failed, and nothing failed, goes on for ever",
    "depends-on-past": "Z12, Z20: the past is what stands exactly one tick earlier; a backfill never waits at its start",
    "wait-for-downstream": "L23, Z20: what is waited for stands exactly one tick earlier, and not at a backfill's start",
    "on-schedule": "Z02: the first date is the smallest task start, not aligned to anything",
    "start-aligned": "Z02: the first date is the smallest task start, or four ticks before an instance that there is",
    "within-bounds": "Z03: four ticks before an instance may lie before the start date, which nobody looks at",
    "no-gap": "L19: a changed schedule lets the scheduler jump, and holes are never revisited",
    "wall-clock": "Z02, L19: the first date is not aligned, and a day that was passed is not made later",
    "no-deadlock": "Z05, Z12, Z23: a duplicate key is raised for ever, a tick that never existed is waited for",
    "isolation": "Z02, Q16: a backfill of a DAG that never ran moves the schedule back by four ticks",
    "idempotent-backfill": "Z14, Z22: what failed or waited is tested again each time, and may come out otherwise",
    "progress": "Z05, Z11, Z12: a tick whose date is taken is never made, and a run with upstream_failed goes on for ever",
    "fairness": "Z05, Z11: what a DAG misses by its own rules it misses beside one at its limit too",
    "atomic-advance": "Z21, Z25, L42: what a killed job took back of a run that is over nobody executes again",
}
del _GIVES_UP["forward-only"]  # without a floor a DAG that runs once makes no second run

airflow_1_7_0 = replace(
    airflow_2016_04,
    name="airflow-1.7.0",
    summary="the release of March 2016, before the proposal",
    source="semantics 2.7, profile LEG0",
    promises=airflow_2016_04.promises - {"within-bounds"} | {"forward-only"},
    gives_up=_GIVES_UP,
    backfill_options=frozenset({"tasks", "rerun"}),
    candidate=march.start_or_walk_back,
    floor=None,
    past=march.past_succeeded_at_tick,
    evaluate=march.failed_with_any_instance,
    give_up=None,
    backfill=march.backfill_from_its_start,
)
