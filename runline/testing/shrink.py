"""Making a scenario simpler as long as something stays true of it: fewer acts, tasks and keys, midnights, a shorter clock.

The ways to do so (:mod:`runline.testing.edits`) are tried in a fixed order, so that the same scenario always becomes
the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from runline.model.errors import RunlineError
from runline.model.instants import DAY, HOUR, MINUTE, format_instant, parse_instant
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_checks import check
from runline.simulator.scenario_file import load
from runline.simulator.scenario_writer import write
from runline.testing.edits import (
    ABOUT,
    SCHEDULES,
    Data,
    Edit,
    at,
    instants,
    leaves,
    numbers,
    schedules_at,
    spans,
    without_empty,
)
from runline.testing.edits import edits as all_edits

Predicate = Callable[[Scenario], bool]
Size = tuple[int, ...]


def simplest(
    scenario: Scenario,
    predicate: Predicate,
    *,
    edits: Callable[[Data], Iterator[Edit]] | None = None,
    measure: Callable[[Data], Size] | None = None,
) -> Scenario:
    """The scenario made simpler, step by step, as far as ``predicate`` stays true; it must be true of the one given.

    ``edits`` are the ways that are tried, all that there are if none are given; ``measure`` says what is simpler.
    """
    edits, measure = edits or all_edits, measure or size
    data, best = as_data(scenario), read(as_data(scenario))
    assert best is not None
    known: set[str] = set()
    improved = True
    while improved:
        improved = False
        for edit in edits(data):
            simpler = _edited(data, edit)
            if simpler is None or measure(simpler) >= measure(data):
                continue
            candidate = read(simpler)
            if candidate is None or (text := write(candidate)) in known:
                continue
            known.add(text)
            if predicate(candidate):
                data, best, improved = simpler, candidate, True
    return best


def as_data(scenario: Scenario) -> Data:
    """A scenario as its file has it, with instants as text."""
    plain = _plain(load(write(scenario)))
    assert isinstance(plain, dict)
    plain.get("actions", []).sort(key=lambda act: parse_instant(act["at"]))
    return plain


def read(data: Data) -> Scenario | None:
    """The scenario that data describe; ``None`` where they describe none."""
    try:
        return check(Scenario.model_validate(data))
    except (RunlineError, ValidationError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value


def size(data: Data) -> Size:
    """How far a scenario is from being simple; the first number that differs decides."""
    moments = [parse_instant(value) for _, value in instants(data)]
    first, lengths = parse_instant(data["clock"]["start"]), list(spans(data))
    tasks = sum(len(dag["tasks"]) for dag in data["dags"].values())
    return (
        len(data.get("actions", ())),
        len(data["dags"]),
        tasks,
        sum(SCHEDULES.index(each) if each in SCHEDULES else len(SCHEDULES) for _, each in schedules_at(data)),
        sum(1 for _ in leaves(data, ())),
        sum(value == "sometimes" for _, value in leaves(data, ())),
        sum(moment % DAY != 0 for moment in (first, *moments)),
        sum(moment % HOUR != 0 for moment in (first, *moments)),
        sum(length % HOUR != 0 for length in lengths),
        sum(length % MINUTE != 0 for length in lengths),
        (parse_instant(data["clock"]["end"]) - first) // HOUR,
        sum(abs(moment - first) // HOUR for moment in moments),
        sum(numbers(data)),
        sum(map(abs, lengths)),
    )


def dense(data: Data, days: int = 3) -> Data:
    """The same with all that acts and failures are about in the first days, where they meet more often."""
    copy, first = deepcopy(data), parse_instant(data["clock"]["start"])
    for path, text in list(instants(copy)):
        if any(part in ABOUT for part in path):
            about = parse_instant(text)
            at(copy, path[:-1])[path[-1]] = format_instant(first + (about - first) % (days * DAY))
    for act in copy.get("actions", ()):
        if "from" in act and "to" in act:
            act["from"], act["to"] = sorted((act["from"], act["to"]))
    return copy


def _edited(data: Data, edit: Edit) -> Data | None:
    copy = deepcopy(data)
    try:
        edit(copy)
        without_empty(copy)
    except (LookupError, TypeError):  # what stood there became something else
        return None
    return copy
