"""A scenario in words: its DAGs, its clock, and what is done when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runline.model.instants import format_duration, short_instant
from runline.simulator.actions import Action
from runline.simulator.scenario import DagSpec, Scenario


def setting(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What there is: each DAG by name, and the clock."""
    for name, dag in scenario.dags.items():
        yield name, _dag(dag)
    clock = scenario.clock
    start, end = short_instant(clock.start), short_instant(clock.end)
    yield "clock", f"from {start} to {end}, a look every {format_duration(clock.heartbeat)}"


def acts(scenario: Scenario) -> Iterator[tuple[str, str, str]]:
    """What is done: when, what, and with what."""
    for action in scenario.actions:
        yield short_instant(action.at), action.do.replace("_", " "), said(action)


def said(action: Action) -> str:
    """What an action is about, besides what is done and when."""
    return _words(_rest(action))


def _rest(action: Action) -> dict[str, Any]:
    told = action.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {key: value for key, value in told.items() if key not in ("at", "do")}


def _dag(dag: DagSpec) -> str:
    told = dag.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    schedule, start, tasks = told.pop("schedule"), told.pop("start_date"), told.pop("tasks")
    named = [f"{name} ({_words(task)})" if task else name for name, task in tasks.items()]
    more = f"; {_words(told)}" if told else ""
    return f"{_word(schedule)} from {_word(start)}{more}; tasks {', '.join(named)}"


def _words(value: Mapping[str, Any]) -> str:
    """Keys and values as a person reads them."""
    return ", ".join(f"{key.replace('_', ' ')} {_word(item)}".removesuffix(" yes") for key, item in value.items())


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} {_word(item)}".strip() for key, item in value.items())
    if isinstance(value, list):
        return " ".join(map(_word, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if _is_instant(value):
        return str(value).removesuffix("T00:00:00Z").removesuffix(":00Z").replace("T", " ")
    return str(value)


def _is_instant(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= 20 and value[10] == "T" and value.endswith("Z")
