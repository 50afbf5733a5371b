"""Simulating: a scenario, a design and choices in, an outcome out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from runline.designs.catalog import find_design, options_lacked
from runline.designs.design import Design
from runline.invariants.law import AnyLaw
from runline.invariants.verdict import Verdict
from runline.simulator.choices import Choices, Seeded
from runline.simulator.engine import Engine
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.world import MAX_EVENTS, World


def simulate(
    scenario: Scenario,
    design: str | Design = "coherent",
    *,
    seed: int = 0,
    choices: Choices | None = None,
    laws: Iterable[AnyLaw] | None = None,
    max_events: int = MAX_EVENTS,
    told: Callable[[Engine], None] | None = None,
    idle: bool = True,
) -> Outcome:
    """Let a scenario happen under a design; what is undetermined is drawn from ``seed``, or asked from ``choices``.

    ``told`` is called after each thing that happens. ``idle``: looks of which nothing can come are skipped. Raises
    :class:`RunlineError` for a design or an option that is not known.
    """
    name = design if isinstance(design, str) else design.name
    options = scenario.designs.get(name, {})
    found = find_design(design, options) if isinstance(design, str) else design
    world = World(scenario, found, Seeded(seed) if choices is None else choices, laws, max_events, idle=idle)
    complete = world.run(told)
    notes = [*world.notes, *(f"{name} has no option {option}" for option in options_lacked(found, options))]
    return Outcome(
        scenario=scenario,
        design=found,
        seed=seed,
        trace=tuple(world.engine.trace),
        timeline=world.engine.timeline,
        verdicts=_verdicts(world),
        choices=tuple(world.choices.made),
        errors=tuple(error for process in world.processes() for error in process.errors.values()),
        held=tuple(held for process in world.processes() for held in process.held),
        fired=frozenset(world.engine.fired),
        notes=tuple(notes),
        complete=complete,
        end=world.engine.now,
        max_events=max_events,
        design_name=name,
    )


def _verdicts(world: World) -> dict[str, Verdict]:
    return {verdict.law: verdict for verdict in world.engine.judge.verdicts()}
