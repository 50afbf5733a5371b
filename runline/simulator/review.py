"""Many scenarios, each under the designs of which it expects something: the files, the plan, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from runline.designs.catalog import DESIGNS, find_design
from runline.invariants.verdict import Finding, Status
from runline.model.errors import RunlineError
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import read
from runline.simulator.simulate import simulate
from runline.simulator.trace_file import digest_of
from runline.simulator.world import MAX_EVENTS

SUFFIX = ".toml"
SEED = 0
"""What a scenario leaves open is decided the same way in every review."""


class ScenarioFile(NamedTuple):
    """A scenario file, and what reports call it.

    That is the path as it was given, or for one that holds on this machine only, the part from the folder's own name on.
    """

    path: Path
    shown: str

    def name_in(self, folder: Path) -> str | None:
        """How it is called in a folder; ``None`` if it does not lie there."""
        return printable(self.path.relative_to(folder)) if self.path.is_relative_to(folder) else None


class Given(NamedTuple):
    """A scenario, the designs under which it is reviewed, and those of which it expects something that are to come."""

    file: ScenarioFile
    scenario: Scenario
    designs: tuple[str, ...]
    waits_for: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario under a design, and what came of it."""

    file: ScenarioFile
    outcome: Outcome

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.outcome.scenario

    @property
    def design(self) -> str:
        """The design as it was asked for."""
        return self.outcome.design_name

    @cached_property
    def unmet(self) -> tuple[str, ...]:
        """Where it is not as expected."""
        return tuple(self.outcome.unmet())

    @cached_property
    def digest(self) -> str:
        """What identifies the history."""
        return digest_of(self.outcome)[:16]

    @property
    def named(self) -> str:
        """Scenario and design, as a line about them begins."""
        return f"{self.file.shown} under {self.design}"

    @property
    def line(self) -> dict[str, Any]:
        """What a lock file has of it: laws that neither hold nor do not apply, what was refused, and the digest."""
        verdicts = self.outcome.verdicts.values()
        said = {verdict.law: (verdict.status, len(verdict.findings)) for verdict in verdicts}
        refused = sorted(event.rule for event in self.outcome.refused)
        return {**by_status(said), "refused": refused, "digest": self.digest}

    def lasting(self, law: str) -> list[Finding]:
        """What breaks a law for good; all that was found of it, if none of that lasts."""
        findings = self.outcome.verdicts[law].findings
        return [finding for finding in findings if finding.lasting] or list(findings)

    def length(self, law: str) -> tuple[int, int, int, str]:
        """How much a reader has to follow until a law breaks: what happens before, then runs, then instances."""
        timeline = self.outcome.timeline
        first = min((finding.step for finding in self.lasting(law)), default=len(self.outcome.trace))
        return first, len(list(timeline.runs())), len(list(timeline.tasks())), self.file.shown


COUNTED = (Status.VIOLATED, Status.PASSING)
LISTED = (Status.NOT_EXERCISED, Status.NOT_OBSERVABLE, Status.UNKNOWN)
"""Statuses that a lock file has, with a number for each law or without."""


def by_status(said: Mapping[str, tuple[Status, int | None]]) -> dict[str, Any]:
    """The laws by what is said of them; those that hold or do not apply are left out."""
    line: dict[str, Any] = {}
    for status in COUNTED:
        if counted := {law: count for law, (found, count) in said.items() if found is status}:
            line[status.value] = counted
    for status in LISTED:
        if listed := [law for law, (found, _) in said.items() if found is status]:
            line[status.value] = listed
    return line


# ------------------------------------------------------------------------------ files


def find_scenarios(paths: Iterable[str]) -> list[ScenarioFile]:
    """The scenario files named, and those below the folders named, in order, each once."""
    found: list[ScenarioFile] = []
    seen: set[Path] = set()
    for path in map(Path, paths):
        files = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
        for file in files:
            if (file.is_file() or not path.is_dir()) and file.resolve() not in seen:
                seen.add(file.resolve())
                found.append(_scenario_file(file, path if path.is_dir() else path.parent, found))
    return found


def _scenario_file(file: Path, folder: Path, before: Sequence[ScenarioFile]) -> ScenarioFile:
    shown = printable(shown_folder(folder) / file.relative_to(folder))
    if any(other.shown == shown for other in before):
        shown = printable(file)
    return ScenarioFile(file, shown)


def shown_folder(folder: Path) -> Path:
    """A folder as reports show it: as it was given, or its name alone where that holds on this machine only."""
    if folder.is_absolute() or ".." in folder.parts:
        return Path(folder.resolve().name)
    return folder


def printable(path: Path) -> str:
    """A path as text that can be written, whatever bytes its name has."""
    return os.fsencode(path.as_posix()).decode("utf-8", "replace")


# ------------------------------------------------------------------------------- plan


def plan(files: Iterable[ScenarioFile], designs: Collection[str] = ()) -> list[Given]:
    """Read every scenario, and find the designs under which it is reviewed: these, else those that it names.

    Raises :class:`RunlineError` for a file that is no scenario, and a design that is not known.
    """
    for name in designs:
        find_design(name)
    return [_given(file, read(file.path), tuple(dict.fromkeys(designs))) for file in files]


def _given(file: ScenarioFile, scenario: Scenario, designs: tuple[str, ...]) -> Given:
    named = in_order(name for name in scenario.expect if _exists(name))
    to_come = tuple(sorted(name for name in scenario.expect if not _exists(name)))
    chosen = designs or named or (() if scenario.expect else DESIGNS)
    return Given(file, scenario, chosen, to_come)


def _exists(design: str) -> bool:
    """Whether a design is there: one of those that come with Runline, or a user's own, which is named by its place."""
    return design in DESIGNS or ":" in design


def in_order(designs: Iterable[str]) -> tuple[str, ...]:
    """Designs in the order in which reports show them: those that come with Runline as they stand there, then others."""
    names = dict.fromkeys(designs)
    return (*(name for name in DESIGNS if name in names), *(name for name in names if name not in DESIGNS))


def pairs(given: Iterable[Given]) -> list[tuple[Given, str]]:
    """Each scenario that is about one history with each of its designs."""
    return [(each, design) for each in given if each.scenario.explore is None for design in each.designs]


def pairs_to_explore(given: Iterable[Given]) -> list[tuple[Given, str]]:
    """Each scenario that is about all histories with each of its designs."""
    return [(each, design) for each in given if each.scenario.explore is not None for design in each.designs]


LetHappen = Callable[..., Outcome]
"""Lets a scenario happen under a design, as :func:`simulate` does; one above may know more ways than that."""


def review(
    wanted: Iterable[tuple[Given, str]], max_events: int = MAX_EVENTS, let_happen: LetHappen = simulate
) -> Iterator[Case]:
    """Let each scenario happen under its design. Raises :class:`RunlineError` that names the file."""
    for given, design in wanted:
        try:
            yield Case(given.file, let_happen(given.scenario, design, seed=SEED, max_events=max_events))
        except RunlineError as error:
            raise error.located(file=str(given.file.path)) from None
