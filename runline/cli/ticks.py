"""``runline ticks``: what a schedule will do, and what a change of it will do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from runline.cli.main import OK, print_json
from runline.cli.options import json_option, say
from runline.model.errors import RunlineError
from runline.model.instants import format_duration, format_instant, short_instant, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from runline.model.instants import Instant
    from runline.model.schedules import Interval, Schedule
    from runline.simulator.forecast import Change, MadeRun, Planned

UTC_ONLY = "dates are reckoned in UTC, the only zone that the designs know so far; wall times of {} stand beside"


@click.command("ticks")
@click.argument("expression", metavar="EXPR")
@click.option("--zone", default="UTC", show_default=True, metavar="Z", help="Tell wall times of this zone too.")
@click.option("--from", "first", metavar="T", help="Runs of dates from T on.  [default: 2016-01-01T00:00:00Z]")
@click.option("--start", metavar="T", help="The start date of the DAG; a distance counts from it.  [default: --from]")
@click.option("--count", default=10, show_default=True, metavar="N", help="How many runs are told.")
@click.option("--change", metavar="EXPR", help="Say what happens if this schedule takes its place, at --at.")
@click.option("--at", metavar="T", help="When the schedule is changed.")
@json_option
def command(
    expression: str,
    zone: str,
    first: str | None,
    start: str | None,
    count: int,
    change: str | None,
    at: str | None,
    as_json: bool,
) -> int:
    """Say what the schedule EXPR will do: a cron expression, a preset, @once, none, or "every 6h".

    A run of a date is made when its period has ended, that is at the next date. What a change does is simulated under
    the design coherent: the next date follows the last one by the new schedule.
    """
    from runline.simulator.forecast import change_of, planned_runs, read_schedule

    schedule = read_schedule(expression, "EXPR")
    wall = _zone(zone)
    _refuse_half(count, change, at)
    since = _instant(first, "--from", zone)
    begins = since if start is None else _instant(start, "--start", zone)
    runs = planned_runs(schedule, begins, since, count)
    changed = None
    if change is not None:
        changed = change_of(schedule, read_schedule(change, "--change"), _instant(at, "--at", zone), begins)
    if as_json:
        print_json(as_dict(expression, schedule, runs, wall, since) | {"change": _change(change, changed)})
        return OK
    for line in _lines(expression, schedule, runs, wall, since):
        say(line)
    for line in _change_in_words(change, changed):
        say(line)
    return OK


def _zone(name: str) -> ZoneInfo:
    from runline.simulator.zones import find_zone

    try:
        return find_zone(name)
    except RunlineError as error:
        raise error.located(key="--zone") from None


def _refuse_half(count: int, change: str | None, at: str | None) -> None:
    """Refuse a count out of bounds, and half of what --change and --at say together."""
    from runline.simulator.forecast import MAX_COUNT

    if not 1 <= count <= MAX_COUNT:
        raise RunlineError(
            f"{count} runs cannot be told", key="--count", value=count, remedy=f"a number from 1 to {MAX_COUNT}"
        )
    if (change is None) != (at is None):
        given, other = ("--at", "--change") if change is None else ("--change", "--at")
        raise RunlineError(f"{given} says nothing without {other}", key=given, remedy=f"{other} as well")


def _instant(text: str | None, key: str, zone: str) -> Instant:
    """An instant of the command line; without a zone it means UTC, and nothing where another zone was named."""
    from runline.model.instants import parse_instant
    from runline.simulator.forecast import DEFAULT_FROM

    if text is None:
        return DEFAULT_FROM
    try:
        instant = parse_instant(text)
    except RunlineError as error:
        raise error.located(key=key) from None
    if zone != "UTC" and datetime.fromisoformat(text).tzinfo is None:
        raise RunlineError(
            f"{text} has no zone, but --zone is {zone}",
            key=key,
            value=text,
            remedy="the instant with its offset, such as 2016-01-02T00:00:00+01:00, or with Z for UTC",
        )
    return instant


# -------------------------------------------------------------------------------- as JSON


def as_dict(given: str, schedule: Schedule, runs: Sequence[Planned], wall: ZoneInfo, since: Instant) -> dict[str, Any]:
    """What ``ticks --json`` prints, but for the change."""
    from runline.versions import versions

    return {
        "versions": versions(),
        "schedule": {"given": given, "meaning": str(schedule), "zone": wall.key, "from": format_instant(since)},
        "runs": [_run(run, wall) for run in runs],
    }


def _run(run: Planned, wall: ZoneInfo) -> dict[str, Any]:
    start, end = run.interval
    told = {
        "execution_date": format_instant(start),
        "interval_end": format_instant(end),
        "gap": None if run.gap is None else format_duration(run.gap),
    }
    if wall.key != "UTC":
        told |= {"local_date": _wall(start, wall).isoformat(), "local_end": _wall(end, wall).isoformat()}
    return told


def _change(given: str | None, change: Change | None) -> dict[str, Any] | None:
    from runline.simulator.forecast import DESIGN, in_words

    if change is None:
        return None
    return {
        "schedule": given,
        "at": format_instant(change.at),
        "start": format_instant(change.start),
        "design": DESIGN,
        "last_of_old": _made(change.old),
        "first_of_new": _made(change.new),
        "hole": _span(change.hole),
        "overlap": _span(change.overlap),
        "sentences": in_words(change),
    }


def _made(run: MadeRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {
        "execution_date": format_instant(run.interval.start),
        "interval_end": format_instant(run.interval.end),
        "made_at": format_instant(run.made),
        "rules": list(run.rules),
    }


def _span(span: Interval | None) -> dict[str, str] | None:
    if span is None:
        return None
    start, end = span
    return {"from": format_instant(start), "to": format_instant(end), "length": format_duration(end - start)}


# -------------------------------------------------------------------------------- as text


def _lines(given: str, schedule: Schedule, runs: Sequence[Planned], wall: ZoneInfo, since: Instant) -> Iterator[str]:
    """The runs as a table."""
    from runline.simulator.forecast import exact_instant
    from runline.versions import versions

    meaning = "" if str(schedule) == given else f" ({schedule})"
    yield f"{given}{meaning}, from {short_instant(since)} on"
    yield ", ".join(f"{name} {version}" for name, version in versions().items())
    if wall.key != "UTC":
        yield UTC_ONLY.format(wall.key)
    if not runs:
        yield "no runs"
        return
    local = () if wall.key == "UTC" else (f"date in {wall.key}", f"made at in {wall.key}")
    rows = [("execution date", "made at, its period's end", "gap", *local)]
    for run in runs:
        shown = () if wall.key == "UTC" else tuple(f"{_wall(each, wall):%Y-%m-%d %H:%M:%S %Z}" for each in run.interval)
        gap = "" if run.gap is None else format_duration(run.gap)
        rows.append((*(exact_instant(each) for each in run.interval), gap, *shown))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _wall(instant: Instant, wall: ZoneInfo) -> datetime:
    return to_datetime(instant).astimezone(wall)


def _change_in_words(given: str | None, change: Change | None) -> Iterator[str]:
    from runline.simulator.forecast import DESIGN, in_words

    if change is None:
        return
    yield ""
    yield f"changed to {given} at {short_instant(change.at)}, simulated under {DESIGN}:"
    for sentence in in_words(change):
        yield f"  {sentence}"
