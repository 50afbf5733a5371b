"""What a design promises holds over generated histories, and every slip in a rule turns a law red."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import find as find_example
from hypothesis.errors import NoSuchExample

from runline.designs import coherent_acts, legacy_creation
from runline.designs.catalog import DESIGNS, find_design
from runline.designs.coherent import coherent
from runline.designs.design import Design, Evaluated
from runline.designs.rule import rule, rule_of
from runline.invariants.laws import ALL_LAWS
from runline.model.events import RunMoved
from runline.model.instants import DAY
from runline.model.states import RunKind, RunState
from runline.model.steps import Commit
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from runline.testing.strategies import scenarios

HISTORIES = 100_000 if os.environ.get("RUNLINE_PROFILE") == "nightly" else 500
AT_LEAST = {
    "single-live-run",
    "previous-is-predecessor",
    "acyclic-previous",
    "previous-is-live",
    "one-first-run",
    "task-has-run",
    "owner-is-live",
    "run-state-agrees",
    "overridden-is-final",
    "depends-on-past",
    "upstream-order",
    "on-schedule",
    "within-bounds",
    "period-closed",
    "forward-only",
    "version-pinned",
    "next-date-monotone",
    "history-kept",
    "single-claim",
    "single-try",
    "no-deadlock",
    "isolation",
    "idempotent-backfill",
}
"""What ``coherent`` has to promise at least."""


@given(scenarios())
@settings(max_examples=HISTORIES, suppress_health_check=list(HealthCheck))
def test_coherent_keeps_what_it_promises(given: Scenario) -> None:
    """No history of a week breaks a law that coherent promises."""
    outcome = simulate(given, "coherent")
    assert {law: [f.sentence for f in outcome.verdicts[law].findings] for law in outcome.broken_promises} == {}


@given(scenarios())
@settings(max_examples=HISTORIES // 5, suppress_health_check=list(HealthCheck))
def test_coherent_keeps_what_it_promises_at_task_level(given: Scenario) -> None:
    """The same with depends_on_past at task level (H31)."""
    outcome = simulate(given, find_design("coherent", {"depends_on_past": "task"}))
    assert {law: [f.sentence for f in outcome.verdicts[law].findings] for law in outcome.broken_promises} == {}


def test_coherent_promises_at_least_this() -> None:
    """The laws that the proposal names are promised."""
    assert coherent.promises >= AT_LEAST


@pytest.mark.parametrize("name", DESIGNS)
def test_every_law_is_promised_or_given_up_with_a_reason(name: str) -> None:
    """A law that applies is promised, or the design says which sentence gives it up; none is both, none is unknown."""
    design = find_design(name)
    applies = {law for law, each in ALL_LAWS.items() if each.needs <= design.capabilities}
    assert design.promises | set(design.gives_up) == applies
    assert not design.promises & set(design.gives_up)
    assert all(len(sentence) > 20 for sentence in design.gives_up.values())


@pytest.mark.parametrize("name", DESIGNS)
def test_every_rule_of_a_design_names_its_number(name: str) -> None:
    """Each function in a design's record is a rule with a number and a sentence, but for how ids are counted."""
    design = find_design(name)
    for field in type(design).__dataclass_fields__:
        value = getattr(design, field)
        for function in value if isinstance(value, tuple) else (value,):
            if callable(function) and field != "next_run_id":
                assert rule_of(function).id
                assert rule_of(function).sentence


# ------------------------------------------------------------------------------ slips


@rule("slip")
def _always(*anything: Any) -> None:
    """Nothing is waited for."""


@rule("slip")
def _as_it_is(timeline: Any, look: Any, date: Any) -> Any:
    """The date is not looked at."""
    return date


@rule("slip")
def _never_at_limit(timeline: Any, look: Any) -> tuple[()]:
    """There is no limit."""
    return ()


@rule("slip")
def _unaligned(timeline: Any, look: Any, date: Any) -> Any:
    """The start date as it is."""
    anchor = timeline.latest_made(look.dag, RunKind.SCHEDULED)
    return look.version.first_start if anchor is None else look.version.schedule.next_after(anchor)


@rule("slip")
def _before_the_newest(timeline: Any, look: Any, date: Any) -> Any:
    """The pointer goes to the first run ever."""
    first = next(timeline.runs(look.dag), None)
    return legacy_creation.scheduled_run(look, date)._replace(
        previous=None if first is None else first.id, version=look.version.number
    )


@rule("slip")
def _unversioned(timeline: Any, look: Any, date: Any) -> Any:
    """The version is that before the one in force."""
    draft = coherent.draft(timeline, look, date)
    return draft._replace(version=None)


@rule("slip")
def _bare(design: Any, timeline: Any, look: Any, record: Any, rules: Any) -> Any:
    """The instances do not come with the run."""
    return coherent.insert(design, timeline, look, record, rules)[:1]


@rule("slip")
def _ends_early(design: Any, timeline: Any, look: Any) -> Evaluated:
    """A run is a success as soon as it is looked at."""
    running = timeline.in_state(look.dag, RunState.RUNNING)
    return Evaluated(tuple(RunMoved(r.id, r.state, RunState.SUCCESS, None, look.at, look.by, "slip") for r in running))


@rule("slip")
def _never_ends(design: Any, timeline: Any, look: Any) -> Evaluated:
    """A run goes on for ever."""
    return Evaluated(())


@rule("slip")
def _clears_all(design: Any, timeline: Any, act: Any) -> Commit:
    """A clear opens overridden runs too."""
    events = list(coherent_acts.clear_live_run(design, timeline, act).events)
    for run in timeline.runs(act.dag):
        if run.state is RunState.OVERRIDDEN and act.first <= run.date <= act.last:
            events.append(RunMoved(run.id, run.state, RunState.RUNNING, act.at, act.at, "operator", "slip"))
    return Commit(tuple(events), None)


@rule("slip")
def _clears_more(design: Any, timeline: Any, act: Any) -> Commit:
    """A clear goes a day too far."""
    return coherent_acts.clear_live_run(design, timeline, act._replace(last=act.last + DAY))


@rule("slip")
def _deletes_only(design: Any, timeline: Any, act: Any) -> Commit:
    """Nobody is relinked when a run is deleted."""
    outcome = coherent_acts.delete_and_relink(design, timeline, act)
    return Commit(tuple(e for e in outcome.events if type(e).__name__ != "RunLinked"), None)


@rule("slip")
def _starts_anything(design: Any, timeline: Any, look: Any, pair: Any, waived: Any) -> None:
    """A worker does not look whether the instance runs already."""


@rule("slip")
def _pairs_twice(timeline: Any, look: Any, over: Any) -> Any:
    """The instances of a live backfill are sent by the scheduler too."""
    from runline.designs.coherent_sending import waiting_instances

    return waiting_instances(timeline, timeline.in_state(look.dag, RunState.RUNNING))


SLIPS: dict[str, tuple[dict[str, Any], str]] = {
    "no past": ({"past": _always}, "depends-on-past"),
    "no downstream": ({"downstream": _always}, "wait-for-downstream"),
    "no trigger rule": ({"trigger_rule": _always}, "upstream-order"),
    "period open": ({"closed": _as_it_is}, "period-closed"),
    "no end date": ({"latest": _as_it_is}, "within-bounds"),
    "unaligned start": ({"candidate": _unaligned, "floor": _as_it_is}, "on-schedule"),
    "unaligned first": ({"candidate": _unaligned, "floor": _as_it_is}, "start-aligned"),
    "not beyond": ({"beyond": ()}, "forward-only"),
    "twice at a date": ({"beyond": ()}, "single-live-run"),
    "no limit": ({"gates": (legacy_creation.no_schedule, _never_at_limit)}, "max-active-runs"),
    "wrong pointer": ({"draft": _before_the_newest}, "previous-is-predecessor"),
    "bare runs": ({"insert": _bare}, "task-set-complete"),
    "ends early": ({"evaluate": _ends_early}, "run-state-agrees"),
    "never ends": ({"evaluate": _never_ends}, "run-state-agrees"),
    "clear revives": ({"clear": _clears_all}, "overridden-is-final"),
    "dangling": ({"delete_run": _deletes_only}, "previous-is-live"),
    "clear disturbs": ({"clear": _clears_more}, "isolation"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_a_rule_turns_a_law_red(slip: str) -> None:
    """A design that differs from coherent in this breaks a law that coherent promises."""
    fields, law = SLIPS[slip]
    level = {"depends_on_past": "task" if slip == "no downstream" else "run"}
    design: Design = replace(find_design("coherent", level), name="slip", **fields)

    def breaks(given: Scenario) -> bool:
        return law in simulate(given, design, laws=[ALL_LAWS[law]]).broken

    quick = settings(
        max_examples=3_000,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        find_example(scenarios(), breaks, settings=quick)
    except NoSuchExample:
        pytest.fail(f"no generated history shows that {slip!r} breaks {law}")
