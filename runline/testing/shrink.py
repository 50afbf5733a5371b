"""Making a scenario simpler as long as something stays true of it: fewer acts, tasks and keys, midnights, a shorter clock.

The ways to do so are tried in a fixed order, so that the same scenario always becomes the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from runline.model.errors import RunlineError
from runline.model.instants import DAY, HOUR, Instant, format_instant, parse_instant
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_checks import check
from runline.simulator.scenario_file import load
from runline.simulator.scenario_writer import write

Predicate = Callable[[Scenario], bool]
Path = tuple[str | int, ...]
Data = dict[str, Any]
Edit = Callable[[Data], None]
"""Makes the data of a scenario simpler, in place; raises ``LookupError`` or ``TypeError`` where that is gone."""

SCHEDULES = ("0 0 * * *", {"every": "1d"}, "0 */6 * * *", "@once", "none")
"""Schedules from the simplest on; all others are less simple."""
_INSTANTS = frozenset({"start_date", "end_date", "at", "date", "from", "to", "fails_on", "end"})
_ABOUT = frozenset({"date", "from", "to", "fails_on"})
"""Keys of dates of runs."""
_NEEDED = frozenset(
    {"at", "start", "end", "do", "dag", "title", "schedule", "start_date", "clock", "dags", "tasks", "task", "process"}
)
"""Keys that are never simply left out."""

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
    edits, measure = edits or _edits, measure or size
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
    instants = [parse_instant(value) for _, value in _instants(data)]
    first = parse_instant(data["clock"]["start"])
    tasks = sum(len(dag["tasks"]) for dag in data["dags"].values())
    return (
        len(data.get("actions", ())),
        len(data["dags"]),
        tasks,
        sum(SCHEDULES.index(each) if each in SCHEDULES else len(SCHEDULES) for each in _schedules(data)),
        sum(1 for _ in _leaves(data, ())),
        sum(instant % DAY != 0 for instant in instants),
        sum(instant % HOUR != 0 for instant in instants),
        (parse_instant(data["clock"]["end"]) - first) // HOUR,
        sum(abs(instant - first) // HOUR for instant in instants),
    )


def dense(data: Data, days: int = 3) -> Data:
    """The same with all that acts and failures are about in the first days, where they meet more often."""
    copy, first = deepcopy(data), parse_instant(data["clock"]["start"])
    for path, text in list(_instants(copy)):
        if any(part in _ABOUT for part in path):
            about = parse_instant(text)
            _at(copy, path[:-1])[path[-1]] = format_instant(first + (about - first) % (days * DAY))
    for act in copy.get("actions", ()):
        if "from" in act and "to" in act:
            act["from"], act["to"] = sorted((act["from"], act["to"]))
    return copy


# -------------------------------------------------------------------------------- edits


def _edited(data: Data, edit: Edit) -> Data | None:
    copy = deepcopy(data)
    try:
        edit(copy)
    except (LookupError, TypeError):  # what stood there became something else
        return None
    return copy


def _edits(data: Data) -> Iterator[Edit]:
    """All ways to make a scenario simpler, those first that take most away; they fit data that became simpler since."""
    yield from parts(data)
    yield from (_with(path, value) for path, _ in _schedules_at(data) for value in SCHEDULES)
    yield from (without(path) for path in optional(data))
    yield from (with_one_date(place) for place in range(len(data.get("actions", ()))))
    for path, text in _instants(data):
        yield from (_with(path, format_instant(instant)) for instant in _simpler(path, text, data))


def parts(data: Data) -> Iterator[Edit]:
    """To leave out an action, a DAG, or a task."""
    actions = range(len(data.get("actions", ())))
    yield from (without(("actions", place)) for place in reversed(actions))
    yield from (without(("dags", dag)) for dag in reversed(list(data["dags"])))
    tasks = [(dag, task) for dag, spec in data["dags"].items() for task in spec["tasks"]]
    yield from (_without_task(dag, task) for dag, task in reversed(tasks))


def without(path: Path) -> Edit:
    """To leave out what stands at a place."""

    def edit(data: Data) -> None:
        place = _at(data, path[:-1])
        del place[path[-1]]
        if not place and path[:-1] in (("actions",), ("processes",)):
            del data[str(path[0])]

    return edit


def _with(path: Path, value: Any) -> Edit:
    def edit(data: Data) -> None:
        place = _at(data, path[:-1])
        place[path[-1]]  # what is no longer there is not to come back
        place[path[-1]] = value

    return edit


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


def with_one_date(place: int) -> Edit:
    """To leave out all dates of a range but the first."""

    def edit(data: Data) -> None:
        act = data["actions"][place]
        act["to"]  # only what has a range can have one of one date
        act["to"] = act["from"]

    return edit


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


# --------------------------------------------------------------------------- what there is


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value that is no table or list, with its place."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inside is None:
        yield path, value
        return
    for key, each in inside:
        yield from _leaves(each, (*path, key))


def _instants(data: Data) -> Iterator[tuple[Path, str]]:
    """Every instant but the first of the clock, from which the others are counted."""
    for path, value in _leaves(data, ()):
        keys = [part for part in path if isinstance(part, str)]
        if keys[-1] in _INSTANTS and value != "none" and isinstance(value, str):
            yield path, value


def _schedules_at(data: Data) -> Iterator[tuple[Path, Any]]:
    for dag, spec in data["dags"].items():
        yield ("dags", dag, "schedule"), spec["schedule"]
    for place, act in enumerate(data.get("actions", ())):
        if "schedule" in act:
            yield ("actions", place, "schedule"), act["schedule"]


def _schedules(data: Data) -> Iterator[Any]:
    return (value for _, value in _schedules_at(data))


def optional(data: Data) -> Iterator[Path]:
    """The keys and entries of lists that may be left out, the last first, so that places before them stay."""
    found = list(_places(data, ()))
    yield from (path for path in reversed(found) if isinstance(path[-1], int) or path[-1] not in _NEEDED)


def _places(value: Any, path: Path) -> Iterator[Path]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from _places(each, (*path, key))


def _simpler(path: Path, text: str, data: Data) -> Iterator[Instant]:
    """Instants to try instead of one: near the start of the clock, at midnight, or a little earlier."""
    instant, first = parse_instant(text), parse_instant(data["clock"]["start"])
    midnight = instant - instant % DAY
    days = range(1, max(1, (midnight - first) // DAY + 1))
    tried = [first, *(first + day * DAY for day in days), midnight, midnight + DAY, midnight - DAY]
    yield from dict.fromkeys([*tried, instant - instant % HOUR, instant - HOUR])
