"""Where two designs come apart: one scenario under both, with the same luck, and the first instant that differs to a user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from runline.designs.design import Design
from runline.invariants.law import Law
from runline.invariants.verdict import Status
from runline.model.capability import Capability
from runline.model.instants import Instant
from runline.model.steps import Held
from runline.model.timeline import Timeline
from runline.simulator.choices import ByQuestion
from runline.simulator.effects import Effect, Seen, What, effects
from runline.simulator.engine import Engine
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate

Told = Callable[[Engine], None]


class Said(NamedTuple):
    """What the gates of a process said when it last looked: from when on, who, at which DAG."""

    at: Instant
    by: str
    dag: str
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """The history under one design, and what its gates said as it went."""

    outcome: Outcome
    said: tuple[Said, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The design as it was asked for."""
        return "+".join((self.outcome.design_name, *self.outcome.quirks))

    @property
    def stores_previous(self) -> bool:
        """Whether runs are linked at all."""
        return Capability.STORES_PREVIOUS in self.outcome.design.capabilities

    def timeline_at(self, at: Instant) -> Timeline:
        """The state after all that happened until ``at``, included."""
        timeline = Timeline(printed=False)
        for entry in self.outcome.trace:
            if entry.time > at:
                break
            for event in entry.events:
                timeline.apply(event)
        return timeline

    def last_said(self, at: Instant, dag: str) -> list[Held]:
        """What the gates of each process at a DAG had said last, at ``at``."""
        last = {said.by: said.held for said in self.said if said.at <= at and said.dag == dag}
        return [held for by in sorted(last) for held in last[by]]

    def once_said(self, at: Instant, dag: str, who: str) -> Iterator[Held]:
        """What the gates of processes whose names begin with ``who`` said until ``at``, the latest first.

        What was to hold until before ``at`` is not among it.
        """
        for said in reversed(self.said):
            if said.at <= at and said.dag == dag and said.by.startswith(who):
                yield from (held for held in said.held if held.until is None or held.until > at)


class Divergence(NamedTuple):
    """The first instant at which two histories differ: what only the one shows then, and what only the other."""

    at: Instant
    a: tuple[Seen, ...]
    b: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One scenario under two designs, and where they come apart (``None``: nowhere)."""

    a: Side
    b: Side
    divergence: Divergence | None

    @property
    def scenario(self) -> Scenario:
        """What happened under both."""
        return self.a.outcome.scenario

    @property
    def complete(self) -> bool:
        """Whether both histories came to their end; if not, they were compared as far as both went."""
        return self.a.outcome.complete and self.b.outcome.complete

    def laws_apart(self) -> list[str]:
        """The laws that one breaks for good and the other does not, in table order."""
        a, b = (side.outcome for side in (self.a, self.b))
        both = [law for law in a.verdicts if law in b.verdicts]
        return [law for law in both if (_broken(a, law)) != _broken(b, law)]


def _broken(outcome: Outcome, law: str) -> bool:
    return outcome.verdicts[law].status is Status.VIOLATED


# --------------------------------------------------------------------------- comparing


def compare(
    scenario: Scenario,
    a: str | Design,
    b: str | Design,
    *,
    seed: int = 0,
    laws: Iterable[Law] | None = None,
    told: Told | None = None,
) -> Comparison:
    """Let a scenario happen under two designs with the same luck, and find where they come apart.

    What the scenario leaves open is drawn from ``seed`` for each question by itself, so that a design that asks more
    questions does not change the answers to others. ``told`` is called after each thing that happens. Raises
    :class:`RunlineError` as :func:`simulate` does.
    """
    wanted = None if laws is None else list(laws)
    sides = [_side(scenario, design, seed, wanted, told) for design in (a, b)]
    return Comparison(sides[0], sides[1], first_divergence(sides[0], sides[1]))


def _side(scenario: Scenario, design: str | Design, seed: int, laws: list[Law] | None, told: Told | None) -> Side:
    listener = _Listener(told)
    outcome = simulate(scenario, design, seed=seed, choices=ByQuestion(seed), laws=laws, told=listener)
    return Side(outcome, tuple(listener.said))


class _Listener:
    """Notes what gates say, whenever that changes."""

    def __init__(self, told: Told | None) -> None:
        self.said: list[Said] = []
        self._told = told
        self._last: dict[tuple[str, str], tuple[Held, ...]] = {}

    def __call__(self, engine: Engine) -> None:
        for process in engine.watchers:
            key = process.name, process.dag
            if self._last.get(key) != process.held:
                self._last[key] = process.held
                self.said.append(Said(engine.now, process.name, process.dag, process.held))
        if self._told is not None:
            self._told(engine)


def comes_apart(scenario: Scenario, a: str | Design, b: str | Design, *, seed: int = 0) -> bool:
    """Whether the two designs differ to a user at all; no law is judged."""
    sides = [
        Side(simulate(scenario, design, seed=seed, choices=ByQuestion(seed), laws=(), max_events=_MOST_EVENTS))
        for design in (a, b)
    ]
    return first_divergence(sides[0], sides[1]) is not None


_MOST_EVENTS = 20_000
"""How long a history may be that is only looked at for whether it differs."""


def first_divergence(a: Side, b: Side) -> Divergence | None:
    """The first instant at which one history shows what the other does not; ``None`` where there is no such instant."""
    previous = a.stores_previous and b.stores_previous
    until = min((side.outcome.end for side in (a, b) if not side.outcome.complete), default=None)
    both = _together(*(effects(side.outcome.trace, previous=previous) for side in (a, b)))
    for at, seen_a, seen_b in both:
        if until is not None and at >= until:
            return None  # one of them was stopped here
        more_a, more_b = _more(seen_a, seen_b), _more(seen_b, seen_a)
        if more_a or more_b:
            return Divergence(at, more_a, more_b)
    return None


Shown = Iterator[tuple[Instant, list[Seen]]]


def _together(a: Shown, b: Shown) -> Iterator[tuple[Instant, list[Seen], list[Seen]]]:
    """What two histories show at each instant at which either shows something."""
    left, right = next(a, None), next(b, None)
    while left is not None or right is not None:
        at = min(item[0] for item in (left, right) if item is not None)
        here = left[1] if left is not None and left[0] == at else []
        there = right[1] if right is not None and right[0] == at else []
        yield at, here, there
        left = next(a, None) if here else left
        right = next(b, None) if there else right


def _more(seen: list[Seen], other: list[Seen]) -> tuple[Seen, ...]:
    """What the one shows and the other does not, as it is to be told."""
    there = Counter(each.effect for each in other)
    more = []
    for each in seen:
        if there[each.effect]:
            there[each.effect] -= 1
        else:
            more.append(each)
    return tuple(sorted(more, key=_rank))


# ------------------------------------------------------------------- what the other did


def leads(divergence: Divergence) -> tuple[Seen | None, Seen | None]:
    """What is told of each side: what comes first, and what the other shows against it, if it shows anything."""
    first = min((*divergence.a, *divergence.b), key=_rank)
    return _answer(first, divergence.a), _answer(first, divergence.b)


def _rank(seen: Seen) -> tuple[object, ...]:
    return (seen.place, *seen.effect.order)


def _answer(first: Seen, shown: tuple[Seen, ...]) -> Seen | None:
    """Of what a side shows, what stands against ``first``: itself, the same of its subject or another date, or the first."""
    lead = first.effect
    tests: tuple[Callable[[Seen], bool], ...] = (
        lambda seen: seen.effect == lead,
        lambda seen: _subject(seen.effect) == _subject(lead) and seen.effect.what is lead.what,
        lambda seen: lead.what is What.MADE and (seen.effect.what, seen.effect.dag) == (lead.what, lead.dag),
        lambda seen: lead.date is not None and _subject(seen.effect) == _subject(lead),
        lambda _: True,
    )
    for test in tests:
        found = next((seen for seen in shown if test(seen)), None)
        if found is not None:
            return found
    return None


def _subject(effect: Effect) -> tuple[str, Instant | None, str]:
    return effect.dag, effect.date, effect.task


def later(side: Side, effect: Effect, at: Instant) -> Instant | None:
    """When a side shows an effect that it did not show at ``at``; ``None`` if it never does."""
    shown = effects(side.outcome.trace, previous=effect.what is What.PREVIOUS)
    return next((when for when, seen in shown if when > at and any(each.effect == effect for each in seen)), None)
