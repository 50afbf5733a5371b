"""Traces of explored histories: as those of simulations, but what is recorded are moves, not choices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from runline.designs.catalog import find_design
from runline.designs.quirks import with_quirks
from runline.explorer.fixed import world_of
from runline.explorer.history import Explored, go
from runline.model.errors import RunlineError
from runline.simulator.outcome import Outcome
from runline.simulator.scenario_errors import told
from runline.simulator.trace_file import Divergence, as_lines, divergence, header_of, laws_of, read_trace, scenario_of
from runline.simulator.trace_file import replay as replay_simulated


class _Explored(BaseModel):
    """What of the first line says how an explored history went."""

    model_config = ConfigDict(strict=True)

    crashes: int
    aborts: int = 0
    guards: list[str] = []
    moves: list[int]


def lines_of(outcome: Explored) -> Iterator[str]:
    """The lines of the trace file of an explored history; one that the scenario fixes needs no faults to be allowed."""
    is_fixed = outcome.scenario.history_of(outcome.design_name, outcome.quirks) is not None
    explored: dict[str, Any] = {"crashes": 0 if is_fixed else outcome.crashes, "moves": list(outcome.moves)}
    if not is_fixed and outcome.aborts:
        explored["aborts"] = outcome.aborts
    if not is_fixed and outcome.guards:
        explored["guards"] = list(outcome.guards)
    return as_lines(outcome, {"explored": explored})


def lines(outcome: Outcome) -> Iterator[str]:
    """The lines of the trace file of any history, explored or simulated."""
    return lines_of(outcome) if isinstance(outcome, Explored) else as_lines(outcome)


def replay(path: Path) -> tuple[Outcome, Divergence | None]:
    """Go through a recorded history again, an explored or a simulated one, and say where it comes out otherwise."""
    trace = read_trace(path)
    if "explored" not in trace.header:
        return replay_simulated(path)
    try:
        outcome = _again(trace.header)
    except RunlineError as error:
        raise error.located(file=str(path), line=1) from None
    return outcome, divergence(trace, list(as_lines(outcome))[1:])


def _again(header: dict[str, Any]) -> Outcome:
    given, scenario = header_of(header), scenario_of(header)
    try:
        explored = _Explored.model_validate(header["explored"])
    except ValidationError as error:
        raise told(error, header["explored"]).located(key="explored") from None
    options = scenario.designs.get(given.design, {})
    design = with_quirks(find_design(given.design, options), given.quirks)
    laws = laws_of(given.laws) if given.laws else []
    faults: dict[str, Any] = {"crashes": explored.crashes, "aborts": explored.aborts}
    world = world_of(scenario, design, laws, name=given.design, quirks=given.quirks, guards=explored.guards, **faults)
    return go(world, explored.moves, given.design, tuple(given.quirks)).outcome
