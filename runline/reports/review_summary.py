"""What a review of scenarios found, put in order: by law and design, what is not as it should be, and all of it as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from runline.designs.design import Design
from runline.designs.rule import Rule
from runline.explorer.review import ExploredCase
from runline.invariants.laws import ALL_LAWS
from runline.invariants.verdict import Status
from runline.reports import exploration, history
from runline.reports.review_rules import never_fired
from runline.simulator.lock import Difference
from runline.simulator.review import Case, Given, in_order

TELLING = (
    Status.VIOLATED,
    Status.PASSING,
    Status.HOLDS,
    Status.UNKNOWN,
    Status.NOT_OBSERVABLE,
    Status.NOT_EXERCISED,
    Status.NOT_APPLICABLE,
)
"""The most telling first: one word stands for many scenarios."""


_COUNTED = (Status.VIOLATED, Status.PASSING)


class Over(NamedTuple):
    """A law under a design over all histories: the one word for all scopes, and those that say it, the shortest first.

    ``unknown``: of how many scopes it is not known.
    """

    status: Status
    scopes: tuple[ExploredCase, ...]
    unknown: int = 0

    @property
    def text(self) -> str:
        """The word, or a number that counts; where it holds, in how many scopes that is not known."""
        if self.status is Status.HOLDS and self.unknown:
            return f"{self.status}, {self.unknown} {Status.UNKNOWN}"
        return _counted(self.status, len(self.scopes))


class Cell(NamedTuple):
    """A law under a design: the one word for all scenarios, and those that say it, the shortest first.

    ``over`` is what was explored says, if anything was.
    """

    law: str
    design: str
    status: Status
    promised: bool
    cases: tuple[Case, ...]
    over: Over | None = None

    @property
    def counted(self) -> bool:
        """Whether it is a number that counts."""
        return self.status in _COUNTED

    @property
    def is_told(self) -> bool:
        """Whether there is something to tell: it is a number, or that of what was explored is."""
        return self.counted or (self.over is not None and self.over.status in _COUNTED)

    @property
    def is_broken(self) -> bool:
        """Whether the law is broken for good, in a simulation or in an exploration."""
        return Status.VIOLATED in (self.status, None if self.over is None else self.over.status)

    @property
    def text(self) -> str:
        """The cell in words."""
        return _counted(self.status, len(self.cases))


def _counted(status: Status, count: int) -> str:
    if status is Status.VIOLATED:
        return str(count)
    return f"{status} {count}" if status in _COUNTED else status.value


@dataclass(frozen=True, eq=False)
class Review:
    """All cases of a review, the scenarios that they are of, and what the lock files say otherwise.

    ``locked``: whether there was a lock file at all. ``explored`` are the scopes of which all histories were gone through.
    """

    given: Sequence[Given]
    cases: Sequence[Case]
    differences: Sequence[Difference] = ()
    locked: bool = False
    explored: Sequence[ExploredCase] = ()

    @cached_property
    def designs(self) -> dict[str, Design]:
        """The designs by the names that they were asked for, in order."""
        designs = {case.design: case.outcome.design for case in self.cases}
        designs |= {scope.design: scope.found.design for scope in self.explored}
        return {name: designs[name] for name in in_order(designs)}

    @cached_property
    def by_scenario(self) -> list[tuple[Given, list[Case]]]:
        """The cases of each scenario, in the order of the designs."""
        order = list(self.designs)
        cases: dict[str, list[Case]] = {each.file.shown: [] for each in self.given}
        for case in self.cases:
            cases[case.file.shown].append(case)
        return [
            (each, sorted(cases[each.file.shown], key=lambda case: order.index(case.design)))
            for each in self.given
            if each.scenario.explore is None
        ]

    @cached_property
    def by_scope(self) -> list[tuple[Given, list[ExploredCase]]]:
        """The explored scopes of each scenario that is about all histories, in the order of the designs."""
        order = list(self.designs)
        scopes: dict[str, list[ExploredCase]] = {each.file.shown: [] for each in self.given}
        for scope in self.explored:
            scopes[scope.file.shown].append(scope)
        return [
            (each, sorted(scopes[each.file.shown], key=lambda scope: order.index(scope.design)))
            for each in self.given
            if each.scenario.explore is not None
        ]

    @cached_property
    def cells(self) -> dict[tuple[str, str], Cell]:
        """Every law under every design."""
        return {(law, name): self._cell(law, name) for law in ALL_LAWS for name in self.designs}

    def _cell(self, law: str, name: str) -> Cell:
        said: dict[Status, list[Case]] = {}
        for case in self.cases:
            if case.design == name and law in case.outcome.verdicts:
                said.setdefault(case.outcome.verdicts[law].status, []).append(case)
        status = next((status for status in TELLING if status in said), Status.NOT_EXERCISED)
        cases = said.get(status, [])
        if status in _COUNTED:
            cases = sorted(cases, key=lambda case: case.length(law))
        promised = law in self.designs[name].promises
        return Cell(law, name, status, promised, tuple(cases), self._over(law, name))

    def _over(self, law: str, name: str) -> Over | None:
        """What explorations say; nothing, if there was none."""
        said: dict[Status, list[ExploredCase]] = {}
        for scope in self.explored:
            status = scope.status(law)
            if scope.design == name and status is not None:
                said.setdefault(status, []).append(scope)
        status = next((status for status in TELLING if status in said), None)
        if status is None:
            return None
        scopes = tuple(sorted(said[status], key=lambda scope: scope.length(law)))
        return Over(status, scopes, len(said.get(Status.UNKNOWN, ())))

    def broken(self, name: str) -> list[Cell]:
        """The laws that a design breaks in some scenario, those that it promises first."""
        cells = [self.cells[law, name] for law in ALL_LAWS]
        return sorted((cell for cell in cells if cell.is_broken), key=lambda cell: not cell.promised)

    @cached_property
    def never_fired(self) -> dict[str, dict[str, tuple[Rule, ...]]]:
        """By design the rules that take part in no history; nothing of a design under which none was simulated."""
        found = never_fired(self.cases)
        return {name: found[name] for name in self.designs if name in found}

    # ----------------------------------------------------------------- what is not as it should be

    @cached_property
    def _otherwise(self) -> dict[tuple[str, str], list[Difference]]:
        """By file and design the verdicts that the lock files say otherwise."""
        found: dict[tuple[str, str], list[Difference]] = {}
        for difference in self.differences:
            if difference.verdict:
                found.setdefault((difference.file, difference.design), []).append(difference)
        return found

    @cached_property
    def unmet(self) -> list[str]:
        """Every expectation that is not met, and every verdict that is not the one on file."""
        found: list[Case | ExploredCase] = [case for _, cases in self.by_scenario for case in cases]
        found += self._scopes
        lines = [line for case in found for line in self.unmet_of(case)]
        return lines + [difference.told for difference in self.unclaimed]

    @property
    def _scopes(self) -> list[ExploredCase]:
        return [scope for _, scopes in self.by_scope for scope in scopes]

    def unmet_of(self, case: Case | ExploredCase) -> list[str]:
        """What is unmet of one case, each line with its name."""
        expected = [f"{case.named}: {line}" for line in case.unmet]
        return expected + [found.told for found in self._otherwise.get((case.file.shown, case.design), ())]

    @cached_property
    def unclaimed(self) -> list[Difference]:
        """Verdicts on file of which there is no case."""
        there = {(case.file.shown, case.design) for case in self.cases}
        there |= {(scope.file.shown, scope.design) for scope in self.explored}
        return [found for key, differences in self._otherwise.items() if key not in there for found in differences]

    @cached_property
    def changed(self) -> list[str]:
        """Histories that are not the ones on file, though no verdict differs."""
        return [difference.told for difference in self.differences if not difference.verdict]

    @cached_property
    def incomplete(self) -> list[str]:
        """Cases that reached the limit of events."""
        return [
            f"{case.named}: stopped after {case.outcome.events} events, before the end of its clock"
            for case in self.cases
            if not case.outcome.complete
        ]

    @cached_property
    def cut_off(self) -> list[str]:
        """Explorations that came to their bound, so that what they did not break is unknown. That is no failure."""
        return [f"{scope.named}: {scope.said}" for scope in self._scopes if not scope.complete]

    @cached_property
    def waiting(self) -> dict[str, list[str]]:
        """The scenarios that expect something of a design to come, by design."""
        found: dict[str, list[str]] = {}
        for each in self.given:
            for name in each.waits_for:
                found.setdefault(name, []).append(each.file.shown)
        return dict(sorted(found.items()))


def wait_lines(waiting: Mapping[str, Sequence[str]]) -> list[str]:
    """Which designs are waited for, in words."""
    return [
        f"{name}: {len(files)} scenario{'s' * (len(files) != 1)} wait{'s' * (len(files) == 1)} for this design to come"
        for name, files in waiting.items()
    ]


# ----------------------------------------------------------------------------- as data


def as_dict(review: Review, versions: Mapping[str, str], recordings: Mapping[str, Any] | None) -> dict[str, Any]:
    """The review as ``review.json``; ``recordings`` is what there is of real histories."""
    return {
        "versions": dict(versions),
        "results": [_result(review, case) for _, cases in review.by_scenario for case in cases],
        "explored": [_scope(review, scope) for _, scopes in review.by_scope for scope in scopes],
        "unmet": review.unmet,
        "incomplete": review.incomplete,
        "cut_off": review.cut_off,
        "changed": review.changed,
        "waiting": review.waiting,
        "rules_never_fired": {name: list(rules) for name, rules in review.never_fired.items()},
        "recordings": recordings,
    }


def _scope(review: Review, scope: ExploredCase) -> dict[str, Any]:
    """What ``explore --json`` prints, with the counterexample that leads only, and what the review makes of it."""
    told = exploration.as_dict(scope.found)
    leading = scope.found.leading
    told["counterexamples"] = [
        each for each in told["counterexamples"] if leading is not None and each["invariant"] == leading.law
    ]
    return {
        **told,
        "file": scope.file.shown,
        "design": scope.design,
        "expected": not scope.unmet,
        "unmet": review.unmet_of(scope),
        "broken": scope.found.broken,
    }


def _result(review: Review, case: Case) -> dict[str, Any]:
    return {
        "scenario": case.scenario.title,
        "file": case.file.shown,
        "design": case.design,
        "expected": not case.unmet,
        "unmet": review.unmet_of(case),
        "broken": case.outcome.broken,
        "verdicts": history.as_dict(case.outcome)["verdicts"],
        "digest": case.digest,
    }
