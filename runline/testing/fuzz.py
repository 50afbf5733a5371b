"""What a design promises, held against generated histories: many small ones and wide ones, what breaks made simpler.

The same seed and number give the same histories on every machine that has the same version of Hypothesis, and the first
of more are those of fewer.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from runline.designs.catalog import find_design
from runline.designs.design import Design
from runline.designs.quirks import with_quirks
from runline.invariants.law import Law
from runline.invariants.laws import SIMULATED_LAWS, find_simulated_laws
from runline.model.errors import RunlineError
from runline.simulator.outcome import Outcome
from runline.simulator.review import SEED
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from runline.testing.find import drawn

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

HISTORIES = 1_000
"""How many histories are tried, if nobody says."""
MOST_EVENTS = 50_000
"""How long a history may be; what a longer one would break is not known."""
_BYTES = 4096
_FEW, _MANY = 3, 12
"""How many acts are done at most in a short history, and in a long one."""


class Found(NamedTuple):
    """A law that is broken: in which history, counted from 1, and the simplest scenario made of that."""

    law: str
    history: int
    scenario: Scenario


class StumbleError(Exception):
    """The simulation of a history ended with an error, as it may under a design of one's own."""

    def __init__(self, scenario: Scenario, history: int, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.scenario = scenario
        self.history = history


class Limits(NamedTuple):
    """When to stop: after so many histories, so many seconds, or so many laws that were found broken."""

    histories: int = HISTORIES
    seconds: float | None = None
    laws: int | None = None


USUAL = Limits()


def _nobody(law: str) -> None:
    """Nobody has to be told."""


@dataclass
class Fuzz:
    """A search for broken laws: what is asked, and what came of it so far.

    ``laws``: those that are sought, whether or not the design promises them; if none is named, those that it promises.
    ``given``: a scenario whose acts are varied; without one, DAGs are generated too.
    """

    design: str
    quirks: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    seed: int = 0
    given: Scenario | None = None

    found: list[Found] = field(default_factory=list)
    histories: int = 0
    """How many were tried."""
    cut_short: int = 0
    """How many of them were longer than :data:`MOST_EVENTS`."""
    exercised: Counter[str] = field(default_factory=Counter)
    """How often the premise of each law was true."""
    exercised_in: Counter[str] = field(default_factory=Counter)
    """In how many histories it was."""
    complete: bool = False
    """Whether all histories were tried that were to be, or as many laws were found broken as were to be."""

    def __post_init__(self) -> None:
        """Raises :class:`RunlineError` for a design, quirk, option or law that is not known."""
        options = {} if self.given is None else self.given.designs.get(self.design, {})
        self.judged: Design = with_quirks(find_design(self.design, options), self.quirks)
        wanted = {law.id for law in find_simulated_laws(self.laws)} if self.laws else self.judged.promises
        self.sought: list[Law] = [law for law in SIMULATED_LAWS.values() if law.id in wanted]

    @property
    def not_applicable(self) -> list[str]:
        """The laws that speak of what the design neither stores nor does."""
        return [law.id for law in self.sought if not law.needs <= self.judged.capabilities]

    def run(self, limits: Limits = USUAL, told: Callable[[str], None] = _nobody) -> Iterator[Found]:
        """Each law that is found broken, as it is found.

        ``told`` is called after each history, and after each attempt to make one simpler with the law that this is for.
        """
        started = time.monotonic()
        for scenario in islice(self._scenarios(), limits.histories):
            if limits.seconds is not None and time.monotonic() - started >= limits.seconds:
                return
            broken = self._broken(self._try(scenario), self.sought)
            told("")
            for law in broken:
                self.found.append(Found(law, self.histories, self._simplest(scenario, law, told)))
                self.complete = len(self.found) in (len(self.sought), limits.laws)
                yield self.found[-1]
                if self.complete:
                    return
        self.complete = True

    def outcome(self, scenario: Scenario, laws: Sequence[Law] | None = None, *, quirks: bool = True) -> Outcome:
        """What comes of a scenario, judged by these laws or all; what it leaves open is decided as in a review."""
        used = self.quirks if quirks else ()
        return simulate(scenario, self.design, quirks=used, seed=SEED, laws=laws, max_events=MOST_EVENTS)

    # ------------------------------------------------------------------------- histories

    def _scenarios(self) -> Iterator[Scenario]:
        """The histories in their order, each kind in turn, as far as they can be read from a file."""
        from runline.testing.shrink import as_data, dense, read

        kinds = self._kinds()
        streams = [drawn(kind, f"fuzz {self.seed} {place}", _BYTES) for place, (kind, _) in enumerate(kinds)]
        if self.given is not None:
            yield self.given.model_copy(update={"expect": {}, "history": {}})
        for turn in zip(*streams, strict=True):
            for data, (_, crowded) in zip(map(as_data, turn), kinds, strict=True):
                scenario = read(dense(data) if crowded else data)
                if scenario is not None:
                    yield scenario

    def _kinds(self) -> list[tuple[SearchStrategy[Scenario], bool]]:
        """How each kind of history is drawn, and whether its dates are to lie close together."""
        from runline.testing.wide import FAR, NEAR, Reach, varied, wide_scenarios

        if self.given is not None:
            return [(varied(self.given, most, least), False) for least, most in ((0, 1), (1, _FEW), (2, _MANY))]
        options = {option: tuple(values) for option, values in self.judged.options.items()}

        def kind(least: int, most: int, reach: Reach) -> SearchStrategy[Scenario]:
            return wide_scenarios(most, least, reach, self.design, options)

        return [
            (kind(0, _FEW, NEAR), True),
            (kind(1, _FEW, NEAR), False),
            (kind(0, _FEW, FAR), False),
            (kind(_FEW, _MANY, NEAR), True),
            (kind(_FEW, _MANY, FAR), False),
        ]

    def _try(self, scenario: Scenario) -> Outcome:
        self.histories += 1
        try:
            outcome = self.outcome(scenario, self.sought)
        except RunlineError:
            raise
        except Exception as error:
            raise StumbleError(scenario, self.histories, error) from error
        self.cut_short += not outcome.complete
        for law, verdict in outcome.verdicts.items():
            self.exercised[law] += verdict.exercised
            self.exercised_in[law] += verdict.exercised > 0
        return outcome

    # ---------------------------------------------------------------------- what is broken

    def _broken(self, outcome: Outcome, laws: Sequence[Law]) -> list[str]:
        """The laws sought that are broken for good, and were not before; of a history that was cut short, none."""
        if not outcome.complete:
            return []
        known = {found.law for found in self.found}
        broken = outcome.broken if self.laws else outcome.broken_promises
        return [law.id for law in laws if law.id in broken and law.id not in known]

    def _simplest(self, scenario: Scenario, law: str, told: Callable[[str], None]) -> Scenario:
        from runline.testing.shrink import simplest

        def still(simpler: Scenario) -> bool:
            told(law)
            try:
                outcome = self.outcome(simpler, [SIMULATED_LAWS[law]])
            except Exception:  # whatever goes wrong there, it is not this law
                return False
            return bool(self._broken(outcome, [SIMULATED_LAWS[law]]))

        return simplest(scenario, still)
