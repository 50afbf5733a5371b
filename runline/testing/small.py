"""A small world, gone through from end to end: a few DAGs of a week, and all that one or two of a few acts can do to them.

Most of what can go wrong shows here already, and what is found is the same with every version of Hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from runline.model.instants import DAY, HOUR, Instant, format_instant, parse_instant

Data = dict[str, Any]

FIRST: Instant = parse_instant("2016-01-01T00:00:00Z")
_DAYS = 6
_TASK = "load"


def _date(days: int, hours: int = 0) -> str:
    return format_instant(FIRST + days * DAY + hours * HOUR)


_FAILS = {"fails_on": [_date(0)]}
_DAGS: tuple[Data, ...] = (
    {"tasks": {_TASK: {}}},
    {"depends_on_past": True, "tasks": {_TASK: _FAILS}},
    {"tasks": {_TASK: {"duration": "1d"}}},
    {"depends_on_past": True, "tasks": {_TASK: {}}},
    {"tasks": {_TASK: _FAILS}},
    {"start_date": _date(0, 5), "tasks": {_TASK: {}}},
    {"schedule": "@once", "tasks": {_TASK: {}}},
    {"schedule": "none", "tasks": {_TASK: {}}},
    {"max_active_runs": 1, "tasks": {_TASK: {"duration": "1d"}}},
    {"end_date": _date(2), "tasks": {_TASK: {}}},
    {"tasks": {_TASK: {"wait_for_downstream": True}, "report": {"upstream": [_TASK], **_FAILS}}},
    {"tasks": {_TASK: {**_FAILS, "retries": 1}}},
)
"""The DAGs, by what is not usual about them; those that most shows in come first."""
_FEW = 3
"""How many of them have two acts done to them."""


def _range(first: str, last: str | None = None) -> Data:
    return {"from": first, "to": last or first}


_ACTS: tuple[Data, ...] = (
    {"do": "backfill", **_range(_date(1))},
    {"do": "backfill", **_range(_date(0), _date(1))},
    {"do": "backfill", **_range(_date(1, 12))},
    {"do": "backfill", **_range(_date(4))},
    {"do": "backfill", **_range(_date(1)), "rerun": "all"},
    {"do": "trigger", "date": _date(1)},
    {"do": "trigger", "date": _date(1, 12)},
    {"do": "trigger", "date": _date(4)},
    {"do": "clear", **_range(_date(1))},
    {"do": "clear", **_range(_date(0), _date(1))},
    {"do": "delete_run", "date": _date(1)},
    {"do": "run_task", "task": _TASK, "date": _date(1)},
    {"do": "run_task", "task": _TASK, "date": _date(4)},
    {"do": "set_state", "task": _TASK, "date": _date(1), "state": "failed"},
    {"do": "fix", "task": _TASK},
    {"do": "deploy", "schedule": {"every": "12h"}},
    {"do": "deploy", "start_date": _date(2)},
    {"do": "pause"},
)
_AT = (_date(3, 6), _date(4, 6))
"""When the first is done, and the second."""


def small(acts: int) -> Iterator[Data]:
    """The scenarios of so many acts, as data from which each can be read, in a fixed order; none of more than two."""
    if acts > len(_AT):
        return
    for dag, *done in product(_DAGS[:_FEW] if acts == len(_AT) else _DAGS, *[_ACTS] * acts):
        yield {
            "title": "a small week",
            "clock": {"start": _date(0), "end": _date(_DAYS), "heartbeat": "1h"},
            "dags": {"sales": {"schedule": "0 0 * * *", "start_date": _date(0), **dag}},
            **({"actions": [{"at": at, **act} for at, act in zip(_AT, done, strict=False)]} if done else {}),
        }
