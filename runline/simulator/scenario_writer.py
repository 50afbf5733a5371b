"""Writing scenarios as the files from which they can be read again: what is not said is what is usual."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from runline.model.instants import format_duration, format_instant
from runline.model.schedules import Delta
from runline.simulator.actions import Action, Deploy
from runline.simulator.fields import Part
from runline.simulator.scenario import DagSpec, Expect, History, Scenario

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ROOM = 110
"""How wide a line of a story may be."""
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_SPANS = frozenset({"heartbeat", "duration", "retry_delay", "dagrun_timeout", "offset", "jump"})
"""Fields that are lengths of time."""
_INSTANTS = frozenset({"start", "end", "start_date", "end_date", "at", "date", "from_", "to", "fails_on", "previous"})
"""Fields that are instants, or lists of them."""
_TAKEN_AWAY = frozenset({"schedule", "end_date", "dagrun_timeout"})
"""What a deploy may take away."""


Remarks = Mapping[str, Sequence[str]]
"""By design, what is remarked on each step of its history."""


def write(scenario: Scenario, remarks: Remarks | None = None) -> str:
    """The text of a file that reads as ``scenario``; :func:`runline.simulator.scenario_file.parse` reads it.

    ``remarks`` stand beside the steps of histories, as comments.
    """
    return "\n\n".join("\n".join(block) for block in _blocks(scenario, remarks or {})) + "\n"


def _blocks(scenario: Scenario, remarks: Remarks) -> Iterator[list[str]]:
    texts = {name: getattr(scenario, name) for name in ("title", "source", "story")}
    yield [f"{name} = {_text(text)}" for name, text in texts.items() if text or name == "title"]
    yield ["[clock]", *_lines(scenario.clock)]
    for name, dag in scenario.dags.items():
        yield from _dag(name, dag)
    for action in scenario.actions:
        yield ["[[actions]]", *_action(action)]
    if processes := list(_lines(scenario.processes)):
        yield ["[processes]", *processes]
    if scenario.explore is not None:
        yield ["[explore]", *_lines(scenario.explore)]
    for design, options in scenario.designs.items():
        yield [f"[designs.{_key(design)}]", *(f"{_key(name)} = {_plain(value)}" for name, value in options.items())]
    for design, history in scenario.history.items():
        yield [f"[history.{_key(design)}]", *_history(history, remarks.get(design, ()))]
    for design, expect in scenario.expect.items():
        yield [f"[expect.{_key(design)}]", *_expect(expect)]


def _dag(name: str, dag: DagSpec) -> Iterator[list[str]]:
    yield [f"[dags.{_key(name)}]", *_lines(dag)]
    for task, spec in dag.tasks.items():
        yield [f"[dags.{_key(name)}.tasks.{_key(task)}]", *_lines(spec)]


def _action(action: Action) -> Iterator[str]:
    yield f"at = {format_instant(action.at)}"
    yield f"do = {_string(action.do)}"
    yield from _lines(action, leave_out=("at", "do"))
    if isinstance(action, Deploy) and action.tasks is not None:
        yield f"tasks = {_plain(action.tasks)}"


def _history(history: History, remarks: Sequence[str]) -> Iterator[str]:
    yield from _lines(history, leave_out=("steps",))
    steps = [f"    {_string(step)}," for step in history.steps]
    width = max(map(len, steps))
    yield "steps = ["
    for step, remark in zip_longest(steps, remarks[: len(steps)], fillvalue=""):
        yield f"{step:<{width}}  # {_comment(remark)}" if remark else step
    yield "]"


def _comment(text: str) -> str:
    """A text as a comment holds it: TOML allows no characters there that move a cursor."""
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _expect(expect: Expect) -> Iterator[str]:
    yield from _lines(expect, leave_out=("runs",))
    if expect.runs:
        yield "runs = ["
        yield from (f"    {{ {', '.join(_lines(run))} }}," for run in expect.runs)
        yield "]"


def _lines(part: Part, leave_out: tuple[str, ...] = ()) -> Iterator[str]:
    """What is said in a part, but for what is usual and what has tables of its own."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if name in leave_out or (name == "tasks" and isinstance(part, DagSpec | Deploy)):
            continue
        if field.is_required() or _is_said(part, name, value):
            yield f"{field.alias or name} = {_value(name, value)}"


def _is_said(part: Part, name: str, value: Any) -> bool:
    """Whether a value is not the usual one; a deploy says whatever it changes, even where that takes something away."""
    if isinstance(part, Deploy):
        return name in part.model_fields_set and (value is not None or name in _TAKEN_AWAY)
    return bool(value != type(part).model_fields[name].get_default())


def _value(name: str, value: Any) -> str:
    """A value of the field of that name; a deploy takes away what is ``None`` in it."""
    if value is None:
        return '"none"'
    if isinstance(value, tuple):
        return f"[{', '.join(_value(name, each) for each in value)}]"
    if name == "schedule":
        return f'{{ every = "{format_duration(value.every)}" }}' if isinstance(value, Delta) else _string(str(value))
    if isinstance(value, int) and not isinstance(value, bool):
        if name in _INSTANTS:
            return format_instant(value)
        if name in _SPANS:
            return f'"{format_duration(value)}"'
    return _plain(value)


# ------------------------------------------------------------------------------- values


def _plain(value: Any) -> str:
    """A value as TOML gives it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _string(value)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            inside = ", ".join(f"{_key(str(name))} = {_plain(each)}" for name, each in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case list() | tuple():
            return f"[{', '.join(map(_plain, value))}]"
    return str(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    known = _ESCAPES.get(character)
    if known is not None:
        return known
    code = ord(character)
    return f"\\u{code:04x}" if code < 32 or code == 127 else character


def _text(text: str) -> str:
    """A text that people read: on one line if it is short, else on several that read as it is."""
    if len(text) <= _ROOM:
        return _string(text)
    lines = [""]
    for word in re.split(r"(?<=[^\s] )(?=[^\s])", text):
        if lines[-1] and len(lines[-1]) + len(word) > _ROOM:
            lines.append("")
        lines[-1] += word
    told = "\\\n".join("".join(map(_escaped, line)) for line in lines)
    return f'"""\n{told}"""'
