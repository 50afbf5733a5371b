"""All laws, in the order of the table in which reports show them: the most basic first."""

from __future__ import annotations

from collections.abc import Iterable

from runline.invariants.agreement import backfill_lifecycle, run_state_agrees
from runline.invariants.coverage import no_gap, no_missed_tick, no_overlap, wall_clock
from runline.invariants.creation import (
    catchup_window,
    forward_only,
    interval_right,
    on_schedule,
    period_closed,
    start_aligned,
    within_bounds,
)
from runline.invariants.eventual import atomic_advance, fairness, progress
from runline.invariants.instances import owner_is_live, task_has_run
from runline.invariants.law import AnyLaw, CoverageLaw, GraphLaw, Law
from runline.invariants.memory import history_kept, next_date_monotone, single_claim, single_try
from runline.invariants.previous import acyclic_previous, one_first_run, previous_is_live, previous_is_predecessor
from runline.invariants.relation import RelationLaw, idempotent_backfill, isolation
from runline.invariants.runs import legal_transition, overridden_is_final, single_live_run, version_pinned
from runline.invariants.sending import depends_on_past, upstream_order, wait_for_downstream
from runline.invariants.starting import crash_containment, max_active_runs, queue_order, task_set_complete
from runline.invariants.stuck import no_deadlock
from runline.model.errors import RunlineError, nearest

LAWS: dict[str, AnyLaw] = {
    law.id: law
    for law in (
        single_live_run,
        previous_is_predecessor,
        acyclic_previous,
        previous_is_live,
        one_first_run,
        task_has_run,
        owner_is_live,
        run_state_agrees,
        overridden_is_final,
        legal_transition,
        depends_on_past,
        wait_for_downstream,
        upstream_order,
        on_schedule,
        start_aligned,
        within_bounds,
        period_closed,
        forward_only,
        catchup_window,
        max_active_runs,
        task_set_complete,
        version_pinned,
        interval_right,
        queue_order,
        next_date_monotone,
        history_kept,
        single_claim,
        single_try,
        crash_containment,
        backfill_lifecycle,
    )
}
"""The laws that follow events, and that real histories are held against."""


FINISHED_LAWS: dict[str, CoverageLaw] = {
    law.id: law for law in (no_gap, no_overlap, no_missed_tick, wall_clock, no_deadlock)
}
"""The laws of a history that is over; only a simulation can say who waits for whom then."""
RELATION_LAWS: dict[str, RelationLaw] = {law.id: law for law in (isolation, idempotent_backfill)}
"""The laws of two histories; only a simulation has two."""
SIMULATED_LAWS: dict[str, Law] = {**LAWS, **FINISHED_LAWS, **RELATION_LAWS}
"""The laws that a simulation judges: of one history, or of two."""
EXPLORED_LAWS: dict[str, GraphLaw] = {law.id: law for law in (progress, fairness, atomic_advance)}
"""The laws of all histories, which only an exploration can judge."""
ALL_LAWS: dict[str, Law] = {**SIMULATED_LAWS, **EXPLORED_LAWS}
"""All laws, in table order."""


def find_laws(names: Iterable[str]) -> list[AnyLaw]:
    """The laws of these ids that follow events, in table order, all if none is named; an unknown id is an error."""
    wanted = _known(names)
    return [law for law in LAWS.values() if not wanted or law.id in wanted]


def find_all_laws(names: Iterable[str]) -> list[Law]:
    """The laws of these ids of whatever kind, in table order, all if none is named; an unknown id is an error."""
    wanted = _known(names)
    return [law for law in ALL_LAWS.values() if not wanted or law.id in wanted]


def find_simulated_laws(names: Iterable[str]) -> list[Law]:
    """The laws of these ids that a simulation judges, in table order, all if none is named; another is an error."""
    wanted = _known(names)
    for name in (law for law in EXPLORED_LAWS if law in wanted):
        raise RunlineError(
            f"{name} is a law of all histories, which one cannot show", value=name, remedy="`runline explore`"
        )
    return [law for law in SIMULATED_LAWS.values() if not wanted or law.id in wanted]


def _known(names: Iterable[str]) -> set[str]:
    """The names, each of which must be a law's; else an error offers the nearest."""
    wanted = set(names)
    for name in sorted(wanted - set(ALL_LAWS)):
        raise RunlineError(f"there is no law {name!r}", value=name, remedy=nearest(name, ALL_LAWS))
    return wanted
