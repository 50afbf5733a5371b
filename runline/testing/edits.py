"""The ways to make a scenario simpler: without acts, DAGs, tasks and keys; midnights, adjacent dates, round lengths of time.

They change the data of a scenario as its file has them, and are tried in a fixed order, those first that take most away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

from runline.model.instants import (
    DAY,
    HOUR,
    MINUTE,
    Duration,
    Instant,
    format_duration,
    format_instant,
    parse_duration,
    parse_instant,
)

Path = tuple[str | int, ...]
Data = dict[str, Any]
Edit = Callable[[Data], None]
"""Makes the data of a scenario simpler, in place; raises ``LookupError`` or ``TypeError`` where that is gone."""

SCHEDULES = ("0 0 * * *", {"every": "1d"}, "0 */6 * * *", "@once", "none")
"""Schedules from the simplest on; all others are less simple."""
_INSTANTS = frozenset({"start_date", "end_date", "at", "date", "from", "to", "fails_on", "end"})
ABOUT = frozenset({"date", "from", "to", "fails_on"})
"""Keys of dates of runs."""
_SPANS = frozenset({"heartbeat", "duration", "retry_delay", "dagrun_timeout", "offset", "jump", "every"})
_NUMBERS = frozenset({"retries", "max_active_runs", "schedulers", "workers"})
_NEEDED = frozenset(
    {"at", "start", "end", "do", "title", "schedule", "start_date", "clock", "dags", "tasks", "task", "process"}
)
"""Keys that are never simply left out."""


def edits(data: Data) -> Iterator[Edit]:
    """All ways to make a scenario simpler, those first that take most away; they fit data that became simpler since."""
    actions = range(len(data.get("actions", ())))
    yield from parts(data)
    yield from (each for place in reversed(actions) for each in _later(_without_action(place)))
    ways = (_with, _with_midnights)
    changed = [way(path, value) for path, _ in schedules_at(data) for value in SCHEDULES for way in ways]
    yield from (each for edit in changed for each in (edit, *_later(edit)))
    yield from (without(path) for path in optional(data))
    yield from (with_one_date(place) for place in actions)
    yield from (_with(path, value) for path, value in _plainer(data))
    yield from _whole_start(data)
    for path, text in instants(data):
        yield from (_with(path, format_instant(instant)) for instant in _simpler(text, data))
    yield from (_put_off(act["at"]) for act in data.get("actions", ()))
    yield from _together(data)
    yield from _closer(data)


def parts(data: Data) -> Iterator[Edit]:
    """To leave out an action, a DAG, or a task."""
    yield from (_without_action(place) for place in reversed(range(len(data.get("actions", ())))))
    yield from (_without_dag(dag, to) for dag in reversed(list(data["dags"])) for to in (None, *data["dags"]))
    tasks = [(dag, task) for dag, spec in data["dags"].items() for task in spec["tasks"]]
    yield from (_without_task(dag, task) for dag, task in reversed(tasks))


# -------------------------------------------------------------------------- without something


def without(path: Path) -> Edit:
    """To leave out what stands at a place."""

    def edit(data: Data) -> None:
        del at(data, path[:-1])[path[-1]]

    return edit


def without_empty(data: Data) -> None:
    """Tables and lists in which nothing is left are left out, but for those that have to be there."""
    for design in [design for design, options in data.get("designs", {}).items() if not options]:
        del data["designs"][design]
    for key in ("actions", "processes", "designs", "expect"):
        if key in data and not data[key]:
            del data[key]


def _without_action(place: int) -> Edit:
    """Backfills are named by number: where one goes, those after it are named anew."""

    def edit(data: Data) -> None:
        gone = data["actions"].pop(place)
        if gone["do"] == "backfill":
            _count_anew(data["actions"], 1 + sum(act["do"] == "backfill" for act in data["actions"][:place]))

    return edit


def _count_anew(actions: list[Data], gone: int) -> None:
    for act in actions:
        kind, _, number = str(act.get("process", "")).rpartition("-")
        if kind == "backfill" and int(number) > gone:
            act["process"] = f"backfill-{int(number) - 1}"


def _without_dag(dag: str, to: str | None) -> Edit:
    """A DAG goes, and what is done to it goes too, or is done to another (``to``)."""

    def edit(data: Data) -> None:
        del data["dags"][dag]
        others = data["dags"] if to is None else data["dags"][to]["tasks"]  # no longer there: nothing to do
        kept = []
        for act in data.get("actions", ()):
            if act.get("dag") == dag:
                if to is None:
                    continue
                act["dag"] = to
                _of_other_tasks(act, list(others))
            kept.append(act)
        data["actions"] = kept

    return edit


def _of_other_tasks(act: Data, tasks: list[str]) -> None:
    if "task" in act and act["task"] not in tasks:
        act["task"] = tasks[0]
    if isinstance(act.get("tasks"), list):
        act["tasks"] = [task for task in act["tasks"] if task in tasks] or tasks[:1]


def _without_task(dag: str, task: str) -> Edit:
    def edit(data: Data) -> None:
        tasks = data["dags"][dag]["tasks"]
        del tasks[task]
        for spec in tasks.values():
            _leave_out(spec, "upstream", task)
        for act in data.get("actions", ()):
            if act.get("dag", dag) != dag:
                continue
            if act.get("task") == task:
                act["task"] = next(iter(tasks), task)
            _leave_out(act, "tasks", task)

    return edit


def _leave_out(holder: Data, key: str, name: str) -> None:
    """A name is left out of a list or table; one that has nothing left goes with it."""
    held = holder.get(key)
    if held is not None and name in held:
        holder[key] = (
            {each: keys for each, keys in held.items() if each != name}
            if isinstance(held, dict)
            else [each for each in held if each != name]
        )
        if not holder[key]:
            del holder[key]


# ------------------------------------------------------------------------ with something else


def _with(path: Path, value: Any) -> Edit:
    def edit(data: Data) -> None:
        place = at(data, path[:-1])
        place[path[-1]]  # what is no longer there is not to come back
        place[path[-1]] = value

    return edit


def _with_midnights(path: Path, value: Any) -> Edit:
    """Another schedule, and all dates of runs at midnight, as they would be under a plain one."""
    change = _with(path, value)

    def edit(data: Data) -> None:
        change(data)
        for place, text in list(instants(data)):
            if any(part in ABOUT for part in place):
                instant = parse_instant(text)
                at(data, place[:-1])[place[-1]] = format_instant(instant - instant % DAY)

    return edit


def _later(edit: Edit) -> Iterator[Edit]:
    """The same, with all that is done a day or two later, so that as much has come about by then."""

    def later(data: Data, by: Duration) -> None:
        edit(data)
        for holder, key in _when(data):
            holder[key] = format_instant(parse_instant(holder[key]) + by)

    yield from (partial(later, by=days * DAY) for days in (1, 2))


def _with_all(found: list[tuple[Path, Instant]]) -> Edit:
    """Several instants become others at once."""

    def edit(data: Data) -> None:
        for path, instant in found:
            _with(path, format_instant(instant))(data)

    return edit


def with_one_date(place: int) -> Edit:
    """To leave out all dates of a range but the first."""

    def edit(data: Data) -> None:
        act = data["actions"][place]
        act["to"]  # only what has a range can have one of one date
        act["to"] = act["from"]

    return edit


def _plainer(data: Data) -> Iterator[tuple[Path, Any]]:
    """Other values to try: round lengths of time instead of odd ones and ranges, small numbers, a date for "sometimes"."""
    for path, value in places(data, ()):
        key = _key(path)
        if key == "duration" and isinstance(value, list):
            yield from ((path, each) for each in value)
        elif key == "fails_on" and value == "sometimes":
            yield from ((path, [format_instant(date)]) for date in _dates(data))
        elif key in _SPANS and isinstance(path[-1], str) and isinstance(value, str):
            yield from ((path, format_duration(span)) for span in _rounder(parse_duration(value)))
        elif key in _NUMBERS and isinstance(value, int):
            yield from ((path, number) for number in dict.fromkeys((1, value // 2, value - 1)))


def _rounder(span: Duration) -> Iterator[Duration]:
    for unit in (DAY, HOUR, MINUTE):
        whole = span - span % unit
        yield from (each for each in (unit, whole, whole + unit, whole - unit) if each)


def _dates(data: Data) -> list[Instant]:
    """The first days of each DAG, and of the clock: dates on which a task may fail."""
    starts = [parse_instant(dag["start_date"]) for dag in data["dags"].values()]
    firsts = dict.fromkeys([*starts, parse_instant(data["clock"]["start"])])
    return list(dict.fromkeys(first + day * DAY for day in range(3) for first in firsts))


# --------------------------------------------------------------------------------- instants


def _whole_start(data: Data) -> Iterator[Edit]:
    """The clock starts at midnight, or at a whole hour."""
    start = parse_instant(data["clock"]["start"])
    for unit in (DAY, HOUR):
        if start % unit:
            yield _with(("clock", "start"), format_instant(start - start % unit))


def _simpler(text: str, data: Data) -> Iterator[Instant]:
    """Instants to try instead of one: near the start of the clock, at midnight, or a little earlier."""
    instant, first = parse_instant(text), parse_instant(data["clock"]["start"])
    midnight = instant - instant % DAY
    days = range(1, max(1, min(_DAYS, (midnight - first) // DAY + 1)))
    tried = [first, *(first + day * DAY for day in days), midnight, midnight + DAY, midnight - DAY]
    yield from dict.fromkeys([*tried, instant - instant % HOUR, instant - HOUR])


_DAYS = 31
"""How many days from the start of the clock on are tried for an instant."""


def _put_off(text: str) -> Edit:
    """What is done then is done at the next midnight, and what comes after it a day later."""
    moment = parse_instant(text)

    def edit(data: Data) -> None:
        for holder, key in _when(data):
            instant = parse_instant(holder[key])
            if instant == moment:
                holder[key] = format_instant(instant - instant % DAY + DAY)
            elif instant > moment:
                holder[key] = format_instant(instant + DAY)

    return edit


def _when(data: Data) -> list[tuple[Data, str]]:
    """Where it stands when something is done, and when the clock ends."""
    return [(data["clock"], "end"), *((act, "at") for act in data.get("actions", ()))]


def _together(data: Data) -> Iterator[Edit]:
    """Instants that are the same at several places are moved together."""
    where: dict[str, list[Path]] = {}
    for path, text in instants(data):
        where.setdefault(text, []).append(path)
    for text, paths in where.items():
        if len(paths) > 1:
            yield from (_with_all([(path, instant) for path in paths]) for instant in _simpler(text, data))


def _closer(data: Data) -> Iterator[Edit]:
    """Where days lie between two instants that follow each other, all from the later one on come nearer."""
    found = [(path, parse_instant(text)) for path, text in instants(data)]
    first = parse_instant(data["clock"]["start"])
    for before, after in pairwise(sorted({first, *(instant for _, instant in found if instant > first)})):
        for by in dict.fromkeys(((after - before) // DAY * DAY, (after - before - 1) // DAY * DAY, DAY)):
            if 0 < by <= after - before:
                yield _with_all([(path, instant - by) for path, instant in found if instant >= after])


# --------------------------------------------------------------------------- what there is


def at(data: Any, path: Path) -> Any:
    """What stands at a place."""
    for part in path:
        data = data[part]
    return data


def leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value that is no table, and no list but an empty one, with its place."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inside is None or value == []:
        yield path, value
        return
    for key, each in inside:
        yield from leaves(each, (*path, key))


def places(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value below the whole, tables and lists too, with its place."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key), each
        yield from places(each, (*path, key))


def instants(data: Data) -> Iterator[tuple[Path, str]]:
    """Every instant but the first of the clock, from which the others are counted."""
    for path, value in leaves(data, ()):
        if _key(path) in _INSTANTS and value not in ("none", "sometimes") and isinstance(value, str):
            yield path, value


def spans(data: Data) -> Iterator[Duration]:
    """Every length of time."""
    for path, value in leaves(data, ()):
        if _key(path) in _SPANS and isinstance(value, str):
            yield parse_duration(value)


def numbers(data: Data) -> Iterator[int]:
    """Every number that counts something."""
    return (value for path, value in leaves(data, ()) if _key(path) in _NUMBERS and isinstance(value, int))


def schedules_at(data: Data) -> Iterator[tuple[Path, Any]]:
    """Every schedule, with its place."""
    for dag, spec in data["dags"].items():
        yield ("dags", dag, "schedule"), spec["schedule"]
    for place, act in enumerate(data.get("actions", ())):
        if "schedule" in act:
            yield ("actions", place, "schedule"), act["schedule"]


def optional(data: Data) -> Iterator[Path]:
    """The keys and entries of lists that may be left out, the last first, so that places before them stay."""
    found = [path for path, _ in places(data, ())]
    yield from (path for path in reversed(found) if isinstance(path[-1], int) or path[-1] not in _NEEDED)


def _key(path: Path) -> str:
    """The key that a value stands under, though it be in a list there."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")
