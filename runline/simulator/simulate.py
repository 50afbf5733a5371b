"""Simulating: a scenario, a design and choices in, an outcome out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from runline.designs.catalog import find_design, options_lacked
from runline.designs.design import Design
from runline.designs.quirks import with_quirks
from runline.invariants.law import CoverageLaw, Evidence, Law
from runline.invariants.relation import RelationLaw, isolation
from runline.invariants.verdict import Finding, Status, Verdict
from runline.simulator.choices import Choices, Seeded
from runline.simulator.engine import Engine, without_collections
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.world import MAX_EVENTS, World


def simulate(
    scenario: Scenario,
    design: str | Design = "coherent",
    *,
    quirks: Sequence[str] = (),
    seed: int = 0,
    choices: Choices | None = None,
    laws: Iterable[Law] | None = None,
    max_events: int = MAX_EVENTS,
    told: Callable[[Engine], None] | None = None,
    idle: bool = True,
) -> Outcome:
    """Let a scenario happen under a design; what is undetermined is drawn from ``seed``, or asked from ``choices``.

    ``quirks`` names small changes of rules to switch on. ``told`` is called after each thing that happens. ``idle``:
    looks of which nothing can come are skipped. Raises
    :class:`RunlineError` for a design or an option that is not known.
    """
    name = design if isinstance(design, str) else design.name
    known = find_design(design, scenario.designs.get(name, {})) if isinstance(design, str) else design
    found = with_quirks(known, quirks)
    world = World(scenario, found, Seeded(seed) if choices is None else choices, laws, max_events, idle=idle)
    with without_collections():
        complete = world.run(told)
        verdicts = _verdicts(world)
    engine = world.engine
    outcome = Outcome(
        scenario=scenario,
        design=found,
        seed=seed,
        trace=tuple(engine.trace),
        timeline=engine.timeline,
        verdicts=verdicts,
        made=engine.made,
        choices=tuple(world.choices.made),
        errors=tuple(error for process in world.processes() for error in process.errors.values()),
        held=tuple(held for process in world.processes() for held in process.held),
        gates=frozenset(engine.gates),
        notes=(*world.notes, *_notes(scenario, found, name, quirks)),
        complete=complete,
        end=engine.now,
        max_events=max_events,
        design_name=name,
        quirks=tuple(quirks),
    )
    engine.let_go()
    return outcome


def _notes(scenario: Scenario, design: Design, name: str, quirks: Sequence[str]) -> Iterator[str]:
    """What a scenario says to a design that the design passes over."""
    for option in options_lacked(design, scenario.designs.get(name, {})):
        yield f"{name} has no option {option}"
    if scenario.history_of(name, quirks) is not None:
        yield f"the history that the scenario fixes of {name} is not followed here"


def _verdicts(world: World) -> dict[str, Verdict]:
    """The verdicts on all laws that were asked for, in table order."""
    followed = {verdict.law: verdict for verdict in world.engine.judge.verdicts()}
    finished = world.finished()
    verdicts = {}
    for law in world.laws:
        if isinstance(law, CoverageLaw):
            judged = law.judge(finished, world.engine.judge.monitor.context)
            end = len(world.engine.trace)
            verdicts[law.id] = _verdict(
                law.id, judged.exercised, [(end, each) for each in judged.broken], judged.blocked
            )
        elif isinstance(law, RelationLaw):
            found = world.relations.isolation if law.id == isolation.id else world.relations.idempotence
            verdicts[law.id] = _verdict(law.id, found.exercised, found.broken)
        else:
            verdicts[law.id] = followed[law.id]
    return verdicts


def _verdict(
    law: str, exercised: int, broken: list[tuple[int, Evidence]], blocked: tuple[Evidence, ...] = ()
) -> Verdict:
    status = Status.VIOLATED if broken else Status.HOLDS if exercised else Status.NOT_EXERCISED
    return Verdict(law, status, exercised, tuple(Finding(law, entry, evidence) for entry, evidence in broken), blocked)
