"""A history that a scenario file fixes: gone along step by step, so that it can be simulated, reviewed and explored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from runline.designs.catalog import find_design
from runline.designs.design import Design
from runline.designs.quirks import with_quirks
from runline.explorer.history import Explored, go
from runline.explorer.moves import Move
from runline.explorer.naming import names_of
from runline.explorer.reductions.reduction import WHOLE, Reduced
from runline.explorer.watchers import Choice
from runline.explorer.world import World
from runline.invariants.law import Law, MemoryLaw, StateLaw, StepLaw
from runline.invariants.laws import SIMULATED_LAWS
from runline.invariants.stuck import no_deadlock
from runline.invariants.verdict import Status, Verdict
from runline.model.errors import RunlineError
from runline.model.events import Event
from runline.model.fingerprint import part
from runline.simulator.engine import Engine
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import History, Scenario
from runline.simulator.simulate import simulate
from runline.simulator.world import MAX_EVENTS

_LISTED = 12
"""How many steps that are possible an error lists at most."""


class Fixed(World):
    """A world in which one thing is possible at a time: the next step of a history that was fixed."""

    def __init__(self, scenario: Scenario, design: Design, laws: Sequence[Law], history: History, key: str) -> None:
        self._history = history
        self._key = key
        self._is_over = False
        faults: dict[str, Any] = {"crashes": history.crashes, "aborts": history.aborts}
        super().__init__(scenario, design, laws, guards=history.guards, **faults)
        self.shows_all = False

    @property
    def place(self) -> int:
        """How many steps were made."""
        return len(self._past)

    @property
    def fingerprint(self) -> int:
        """All that tells this state from others; the same again at another step is another."""
        return super().fingerprint ^ part("step", self.place)

    def moves(self) -> list[Move]:
        """The next step, if there is one. Raises :class:`RunlineError` where it is not possible."""
        if self.place == len(self._history.steps):
            return []
        wanted = self._history.steps[self.place]
        possible = super().moves()
        names = names_of(self, possible)
        if wanted not in names:
            raise self._impossible(wanted, names)
        return [possible[names.index(wanted)]]

    def is_idle(self, choice: Choice) -> bool:
        """A look that changes nothing may be made: which do depends on the laws that are judged."""
        return self._is_over and super().is_idle(choice)

    def changes_nothing(self, events: tuple[Event, ...]) -> bool:
        """Whether these events leave no trace; once all steps were made, but for what laws remember."""
        return self._is_over or super().changes_nothing(events)

    def is_over(self) -> bool:
        """Whether nothing could happen any more even if the history went on."""
        self._is_over = True
        try:
            return not super().moves()
        finally:
            self._is_over = False

    def stuck(self) -> int:
        """Whether something waits for what never comes; that the history goes no further is not enough."""
        return super().stuck() if self.is_over() else 0

    def _impossible(self, wanted: str, names: Sequence[str]) -> RunlineError:
        listed = "; ".join(names[:_LISTED]) + (f"; and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
        return RunlineError(
            f"step {self.place + 1} of the history is not possible there: {wanted}",
            key=f"{self._key}.{self.place}",
            value=wanted,
            remedy=f"one of: {listed}" if names else "no more steps: nothing can happen any more",
        )


def world_of(
    scenario: Scenario,
    design: Design,
    laws: Sequence[Law],
    *,
    name: str,
    quirks: Sequence[str],
    crashes: int = 0,
    aborts: int = 0,
    guards: Sequence[str] = (),
    reduced: Reduced = WHOLE,
) -> World:
    """All that can happen in a scenario under a design; only the history that the scenario fixes of it, if it does."""
    history = scenario.history_of(name, quirks)
    if history is None:
        return World(scenario, design, laws, crashes=crashes, aborts=aborts, guards=guards, reduced=reduced)
    for key, word, asked in (
        ("crashes", "crashes", crashes),
        ("aborts", "rollbacks", aborts),
        ("guard", "guards", ", ".join(guards)),
    ):
        if asked:
            raise RunlineError(
                f"the scenario fixes the history of {name}, {word} included",
                key=f"--{key}",
                value=asked,
                remedy=f"no --{key}, or the scenario without its history.{name}",
            )
    return Fixed(scenario, design, laws, history, f"history.{name}.steps")


def happen(
    scenario: Scenario,
    design: str | Design | None = None,
    *,
    quirks: Sequence[str] = (),
    seed: int = 0,
    laws: Iterable[Law] | None = None,
    max_events: int = MAX_EVENTS,
    told: Callable[[Engine], None] | None = None,
) -> Outcome:
    """Let a scenario happen once: the history that it fixes of a design, else one that is simulated.

    ``design``: that of the only history that is fixed, else ``coherent``, if none is given. Raises
    :class:`RunlineError`, as :func:`runline.simulator.simulate.simulate` does, and for a step that is not possible.
    """
    design = scenario.default_design if design is None else design
    name = design if isinstance(design, str) else design.name
    switched_on = scenario.quirks_of(name, quirks)
    if scenario.history_of(name, switched_on) is None:
        return simulate(scenario, design, quirks=quirks, seed=seed, laws=laws, max_events=max_events, told=told)
    wanted = list(SIMULATED_LAWS.values() if laws is None else laws)
    options = scenario.designs.get(name, {})
    found = with_quirks(find_design(design, options) if isinstance(design, str) else design, switched_on)
    return follow(scenario, found, wanted, name, switched_on)


def _unseen(law: Law, design: Design) -> Status:
    """What is said of a law that was not judged."""
    return Status.NOT_OBSERVABLE if law.needs <= design.capabilities else Status.NOT_APPLICABLE


def follow(scenario: Scenario, design: Design, laws: Sequence[Law], name: str, quirks: Sequence[str]) -> Explored:
    """The history that a scenario fixes of a design, with a verdict on each law.

    Those that look at a history that is over have nothing to say of one that may stop in the middle of things.
    """
    followed = [law for law in laws if isinstance(law, StateLaw | StepLaw | MemoryLaw) or law is no_deadlock]
    world = world_of(scenario, design, followed, name=name, quirks=quirks)
    outcome = go(world, [0] * len(scenario.history[name].steps), name, tuple(quirks)).outcome
    unseen = {law.id: Verdict(law.id, _unseen(law, design), 0, ()) for law in laws}
    notes = ("the history is the one that the scenario fixes, step by step",)
    return replace(outcome, verdicts=unseen | outcome.verdicts, notes=notes)
