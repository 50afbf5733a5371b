"""Runline simulates and verifies the timeline of DAG runs that a workflow scheduler makes.

``runline.check("recordings/pr")`` holds all laws against recorded histories; each of what it returns has ``findings``,
and a finding a ``sentence``. ``runline.simulate("scenarios/seed/row-01-plain.toml", design="coherent")`` lets a scenario
happen; what it returns has ``verdicts`` by law, and can be shown with ``plot()`` and taken as a ``graph()``.
``runline.explore`` lets it happen in every way that it can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runline.versions import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from runline.designs.design import Design
    from runline.evidence.check import Checked
    from runline.explorer.explore import Exploration
    from runline.reports.simulated import Simulated
    from runline.simulator.scenario import Scenario

__all__ = ["__version__", "check", "explore", "simulate"]


def check(*paths: str, laws: tuple[str, ...] = (), name: str | None = None) -> list[Checked]:
    """Hold the laws (all, or those of the ids given) against the real histories in files and folders.

    ``name`` takes only the recording of that name. Raises :class:`runline.model.errors.RunlineError` for bad input.
    """
    from runline.evidence.check import check as check_history
    from runline.evidence.read import read_histories
    from runline.invariants.laws import find_laws

    wanted = find_laws(laws)
    return [check_history(history, wanted) for history in read_histories(paths, name)]


def simulate(
    scenario: str | Path | Scenario,
    design: str | Design | None = None,
    *,
    quirks: tuple[str, ...] = (),
    seed: int = 0,
    laws: tuple[str, ...] = (),
    max_events: int = 1_000_000,
) -> Simulated:
    """Let a scenario (a file, or one built in Python) happen once under a design; ``seed`` decides what it leaves open.

    The design is ``coherent`` if none is given, or the one of which the scenario fixes the history. Raises
    :class:`runline.model.errors.RunlineError` for bad input.
    """
    from pathlib import Path

    from runline.explorer.fixed import happen
    from runline.invariants.laws import find_simulated_laws
    from runline.reports.simulated import simulated
    from runline.simulator.scenario_file import read

    given = read(Path(scenario)) if isinstance(scenario, str | Path) else scenario
    outcome = happen(given, design, quirks=quirks, seed=seed, laws=find_simulated_laws(laws), max_events=max_events)
    return simulated(outcome)


def explore(
    scenario: str | Path | Scenario,
    design: str | Design | None = None,
    *,
    quirks: tuple[str, ...] = (),
    laws: tuple[str, ...] = (),
    crashes: int | None = None,
    aborts: int | None = None,
    guards: tuple[str, ...] | None = None,
    max_states: int | None = None,
    reductions: tuple[str, ...] | None = None,
    workers: int = 1,
) -> Exploration:
    """Let a scenario happen in every order that its processes allow, of which so many may crash, under a design.

    So many commits (``aborts``) may be rolled back; ``guards`` name constraints and locks that the database keeps. These
    bounds are those that the scenario names, where they are not given; else nothing of it, and a million states.
    ``reductions`` names those to use, which change no verdict; all, if not given. So many ``workers`` share the search,
    where they can; what is found is the same. What it returns has ``verdicts`` and
    ``counterexamples`` by law. Raises :class:`runline.model.errors.RunlineError` for bad input.
    """
    from pathlib import Path

    from runline.explorer.explore import explore as let_happen
    from runline.explorer.question import MAX_MEMORY, explorable
    from runline.explorer.reductions.reduction import wanted
    from runline.explorer.search import Limits
    from runline.simulator.scenario_file import read

    given = read(Path(scenario)) if isinstance(scenario, str | Path) else scenario
    limits = None if max_states is None else Limits(max_states, MAX_MEMORY)
    chosen = wanted(reductions or (), none=reductions == ())
    return let_happen(
        given,
        design,
        quirks=quirks,
        laws=explorable(laws) if laws else None,
        limits=limits,
        crashes=crashes,
        aborts=aborts,
        guards=guards,
        reductions=chosen,
        workers=workers,
    )
