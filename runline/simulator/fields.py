"""How a scenario file writes instants, durations and schedules; all become what the model knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, Strict, ValidationInfo, WithJsonSchema

from runline.model.errors import RunlineError
from runline.model.instants import (
    Duration,
    Instant,
    format_duration,
    format_instant,
    from_datetime,
    parse_duration,
    parse_instant,
    short_instant,
)
from runline.model.schedules import Cron, Delta, Once, Schedule, parse_schedule

T = TypeVar("T")
V = TypeVar("V")


Number = Annotated[int, Strict()]
"""A whole number, and nothing that could be taken for one."""
Flag = Annotated[bool, Strict()]
"""A boolean, and nothing that could be taken for one."""


class Part(BaseModel):
    """A part of a scenario: immutable, and an unknown key in it is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def read_instant(value: object) -> Instant:
    """TOML gives dates and times as such; a program may give ISO text, aware datetimes or microseconds."""
    if isinstance(value, datetime):
        return _or_value_error(from_datetime, value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, date):
        return _or_value_error(from_datetime, datetime.combine(value, time(), UTC))
    if isinstance(value, str):
        return _or_value_error(parse_instant, value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("an instant is a date and time; write one such as 2016-01-02T00:00:00Z")


def _duration(value: object) -> Duration:
    if isinstance(value, str):
        return _or_value_error(parse_duration, value)
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError('a duration is a number and a unit in quotes; write one such as "5m"')


def _schedule(value: object) -> Schedule:
    if isinstance(value, Cron | Delta | Once):
        return value
    if isinstance(value, dict):
        if set(value) != {"every"}:
            raise ValueError('this is no interval; write { every = "6h" }')
        value = timedelta(microseconds=_duration(value["every"]))
    if value is not None and not isinstance(value, str | timedelta):
        raise ValueError(
            "a schedule is a cron expression, a preset or an interval; "
            'write one such as "0 5 * * *", "@daily", "@once", "none" or { every = "6h" }'
        )
    return _or_value_error(parse_schedule, value)


def _plain_schedule(schedule: Schedule) -> str | dict[str, str]:
    """A schedule as a file gives it."""
    return {"every": format_duration(schedule.every)} if isinstance(schedule, Delta) else str(schedule)


def _or_value_error(parse: Callable[[V], T], value: V) -> T:
    try:
        return parse(value)
    except RunlineError as error:
        remedy = f"; write {error.remedy}" if error.remedy else ""
        raise ValueError(f"{error.message}{remedy}") from None


def refuse_end_before_start(end: Instant | None, found: ValidationInfo) -> Instant | None:
    """What ends does so after it starts; each class that has both checks its ``end`` or ``end_date`` so."""
    start = found.data.get(str(found.field_name).replace("end", "start"))
    if end is not None and start is not None and end < start:
        raise ValueError(
            f"the end, {short_instant(end)}, lies before the start, {short_instant(start)}; write a later end"
        )
    return end


Moment = Annotated[
    Instant,
    BeforeValidator(read_instant),
    PlainSerializer(format_instant, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "A date and time with zone; UTC if none."}),
]
Span = Annotated[
    Duration,
    BeforeValidator(_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(us|ms|s|m|h|d|w))+$", "description": "Such as 5m, 6h, 1d."}),
]


def _or_gone(value: object) -> object:
    return None if value == "none" else value


def _may_be_gone(described: dict[str, str]) -> WithJsonSchema:
    what = 'A new one; "none": there is none any more.'
    return WithJsonSchema({"anyOf": [described, {"const": "none"}, {"type": "null"}], "description": what})


MomentOrGone = Annotated[
    Moment | None, BeforeValidator(_or_gone), _may_be_gone({"type": "string", "format": "date-time"})
]
SpanOrGone = Annotated[
    Span | None, BeforeValidator(_or_gone), _may_be_gone({"type": "string", "pattern": r"^(\d+(us|ms|s|m|h|d|w))+$"})
]
"""What a deploy may take away: a file has no other word for nothing."""
Every = Annotated[
    Any,
    BeforeValidator(_schedule),
    PlainSerializer(_plain_schedule, when_used="json"),
    WithJsonSchema(
        {
            "description": 'A cron expression, a preset such as "@daily", "@once", "none", or { every = "6h" }.',
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"every": {"type": "string"}},
                    "required": ["every"],
                    "additionalProperties": False,
                },
            ],
        }
    ),
]
