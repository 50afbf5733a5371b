"""The smallest scenario of which something is true: generated ones are searched, and what is found is made simpler.

The search is the same on every machine: what Hypothesis generates is decided by bytes that come from ``seed`` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import shake_128
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any

from runline.designs.design import Design
from runline.invariants.laws import find_simulated_laws
from runline.simulator.choices import ByQuestion
from runline.simulator.divergence import comes_apart
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Predicate = Callable[[Scenario], bool]
MOST_ACTS_APART = 4
"""How many acts a scenario may have in which two designs come apart."""
MOST_ACTS = 6
"""How many acts a scenario may have that is given back."""
EXAMPLES = 2_000
"""How many scenarios are looked at most, before any is made simpler."""
_STAGES = ((0, 0, 0.05), (1, 1, 0.17), (2, 2, 0.55), (3, 8, 0.23))
"""The least and greatest number of acts, and the share of the examples: simple scenarios are searched first."""
_HITS = 3
"""How many scenarios are made simpler before the simplest of them is taken."""
_AFTER = 60
"""How many more examples a stage looks at after its first hit."""
_BYTES = 1024
_EVENTS = 20_000
"""How long a history may be, so that the search takes no time for one that goes wild."""


def smallest(
    predicate: Predicate,
    *,
    max_examples: int = EXAMPLES,
    seed: int = 0,
    most_acts: int = MOST_ACTS,
    told: Callable[[], None] | None = None,
) -> Scenario | None:
    """The simplest scenario found of which ``predicate`` is true; ``None`` if none of ``max_examples`` is one.

    Scenarios of few acts are looked at first: those of a small world, then generated ones. What is given back has at
    most ``most_acts`` acts, and reads the same from the file that :func:`write` makes of it. ``predicate`` must say the
    same of the same scenario always. ``told`` is called after each scenario that was looked at.
    """
    from runline.testing.shrink import as_data, simplest, size

    def holds(scenario: Scenario) -> bool:
        held = predicate(scenario)
        if told is not None:
            told()
        return held

    for least, most, share in _STAGES:
        found: list[Scenario] = []
        for scenario in _hits(holds, _examples(max(1, round(max_examples * share)), seed, least, most)):
            found.append(simplest(scenario, holds))
            if len(found) == _HITS:
                break
        few = [scenario for scenario in found if len(scenario.actions) <= most_acts]
        if few:
            return min(few, key=lambda scenario: size(as_data(scenario)))
    return None


def first(predicate: Predicate, *, max_examples: int = EXAMPLES, seed: int = 0) -> Scenario | None:
    """The first scenario looked at of which ``predicate`` is true, as it was generated; ``None`` if there is none."""
    for least, most, share in _STAGES:
        for scenario in _examples(max(1, round(max_examples * share)), seed, least, most):
            if predicate(scenario):
                return scenario
    return None


def _hits(predicate: Predicate, examples: Iterator[Scenario]) -> Iterator[Scenario]:
    """The examples of which the predicate is true; soon after the first no more are looked at."""
    left: int | None = None
    for example in examples:
        if left is not None and (left := left - 1) < 0:
            return
        if predicate(example):
            left = _AFTER if left is None else left
            yield example


def _examples(many: int, seed: int, least: int, most: int) -> Iterator[Scenario]:
    """So many examples with from ``least`` to ``most`` acts: those of a small world, then generated ones, made dense too."""
    from runline.testing.shrink import as_data, dense, read
    from runline.testing.small import small

    wide = (as_data(scenario) for scenario in generated(many, seed, least, most))
    data = chain(small(least) if least == most else (), (each for one in wide for each in (dense(one), one)))
    read_well = (scenario for scenario in map(read, data) if scenario is not None)
    return islice(read_well, many)


def generated(many: int, seed: int, least: int, most: int) -> Iterator[Scenario]:
    """So many scenarios with from ``least`` to ``most`` acts, the same for a seed on every machine."""
    from runline.testing.strategies import scenarios

    return islice(drawn(scenarios(max_acts=most, min_acts=least), f"{seed} {least}", _BYTES), many)


def drawn(strategy: SearchStrategy[Scenario], label: str, size: int) -> Iterator[Scenario]:
    """Scenarios without end, each drawn from ``size`` bytes that come from ``label`` and its number alone.

    Hypothesis is given the bytes from which it draws: what it would draw by itself depends on which modules are loaded.
    """
    from hypothesis import HealthCheck, given, settings

    found: list[Scenario] = []

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def take(scenario: Scenario) -> None:
        found.append(scenario)

    draw: Any = take.hypothesis.fuzz_one_input  # type: ignore[attr-defined]
    for number in count():
        draw(shake_128(f"{label} {number}".encode()).digest(size))
        yield from found
        found.clear()


# --------------------------------------------------------------------------- what is sought


def apart(a: str | Design, b: str | Design, *, seed: int = 0) -> Predicate:
    """True of scenarios in which two designs come apart to a user."""
    return lambda scenario: comes_apart(scenario, a, b, seed=seed)


def breaks(design: str | Design, law: str, *, seed: int = 0) -> Predicate:
    """True of scenarios in which a design breaks a law for good."""
    laws = find_simulated_laws([law])

    def broken(scenario: Scenario) -> bool:
        choices = ByQuestion(seed)
        return law in simulate(scenario, design, seed=seed, choices=choices, laws=laws, max_events=_EVENTS).broken

    return broken


def only_one_breaks(a: str | Design, b: str | Design, law: str, *, seed: int = 0) -> Predicate:
    """True of scenarios in which one of two designs breaks a law for good, and the other does not."""
    first, second = breaks(a, law, seed=seed), breaks(b, law, seed=seed)
    return lambda scenario: first(scenario) != second(scenario)


def findings(
    design: str | Design, law: str, *, max_examples: int = EXAMPLES, seed: int = 0, most_acts: int = MOST_ACTS
) -> Scenario | None:
    """The smallest scenario found in which a design breaks a law for good; ``None`` if none was found.

    Raises :class:`RunlineError` for a design or a law that is not known.
    """
    return smallest(breaks(design, law, seed=seed), max_examples=max_examples, seed=seed, most_acts=most_acts)
