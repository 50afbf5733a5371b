"""Scenarios for tests: a daily DAG of one task, and what is said differently."""

from __future__ import annotations

from typing import Any

from runline.model.instants import parse_instant
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import parse
from runline.simulator.simulate import simulate

HEAD = """
title = "a test"
[clock]
start = 2016-01-0{first}T01:00:00Z
end = 2016-01-0{last}T12:00:00Z
heartbeat = "1h"
[dags.sales]
schedule = "{schedule}"
start_date = 2016-01-01T00:00:00Z
{dag}
{tasks}
"""
ONE_TASK = "[dags.sales.tasks.load]\ndepends_on_past = true\n"


def scenario(
    more: str = "", *, first: int = 2, last: int = 5, schedule: str = "@daily", dag: str = "", tasks: str = ONE_TASK
) -> Scenario:
    """A scenario in January 2016, with the text given after it."""
    head = HEAD.format(first=first, last=last, schedule=schedule, dag=dag, tasks=tasks)
    return parse(head + more)


def act(do: str, at: str, **keys: Any) -> str:
    """The text of an action; ``at`` and instants are days and hours of January, such as ``3@06``."""
    lines = [f'[[actions]]\nat = {day(at)}\ndo = "{do}"']
    for key, value in keys.items():
        name = key.rstrip("_")
        if isinstance(value, bool):
            lines.append(f"{name} = {str(value).lower()}")
        elif isinstance(value, str) and value[:1].isdigit() and name in ("from", "to", "date", "start_date"):
            lines.append(f"{name} = {day(value)}")
        else:
            lines.append(f"{name} = {value!r}".replace("'", '"'))
    return "\n".join(lines) + "\n"


def day(text: str) -> str:
    """``3@06`` is the 3rd of January at six."""
    number, _, hour = text.partition("@")
    return f"2016-01-{int(number):02}T{hour or '00':0>2}:00:00Z"


def at(text: str) -> int:
    """The same as an instant."""
    return parse_instant(day(text))


def shown(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    """The runs by date: date, kind, state, and the date of the previous."""
    timeline = outcome.timeline
    rows = sorted(timeline.runs(), key=lambda run: (run.date, run.id))
    return [
        (
            short(run.date),
            run.kind.value,
            run.state.value,
            "" if run.previous is None else short(_date(outcome, run.previous)),
        )
        for run in rows
    ]


def _date(outcome: Outcome, run: int) -> int:
    found = outcome.timeline.run(run)
    assert found is not None
    return found.date


def short(instant: int) -> str:
    """``3`` or ``3@06``."""
    days, rest = divmod(instant - parse_instant("2016-01-01T00:00:00Z"), 86_400_000_000)
    hour = f"@{rest // 3_600_000_000:02}" if rest else ""
    return f"{days + 1}{hour}"


def coherent(more: str = "", **keys: Any) -> list[tuple[str, str, str, str]]:
    """What the runs are in the end, under ``coherent``; no promise may be broken."""
    outcome = simulate(scenario(more, **keys))
    assert outcome.broken_promises == []
    return shown(outcome)
