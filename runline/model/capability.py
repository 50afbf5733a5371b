"""What a design of a scheduler, or a recording of one, stores or does."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """What a design, or a recording of one, stores or does; a law that needs more does not apply to it."""

    STORES_PREVIOUS = "stores_previous"
    OVERRIDES = "overrides"
    STORES_VERSION = "stores_version"
    STORES_INTERVALS = "stores_intervals"
    TASK_HAS_RUN = "task_has_run"
    CREATES_INSTANCES = "creates_instances"
    BACKFILL_MAKES_RUNS = "backfill_makes_runs"
    BACKFILL_HAS_OWN_LIMIT = "backfill_has_own_limit"
    MANAGES_BACKFILLS = "manages_backfills"
    QUEUES_RUNS = "queues_runs"
    PAST_AT_RUN_LEVEL = "past_at_run_level"
