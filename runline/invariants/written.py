"""What is done when an event of one kind happens, written out as one function.

Which laws have a say about a kind of event is known before the first one happens, and most of them do very little; going
through lists of them costs more than all that they do. So what is to be done is put down line by line, as source text, in
which laws and what they remember go by name, and compiled, once for all monitors that do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

from runline.invariants.law import At, Changes, Context, Judgement, Locus, Memory, forget
from runline.model.view import TimelineView

Broken = dict[Locus, None]
"""Where a law is broken."""
Judge = Callable[..., Judgement]
Premise = Callable[[Any, TimelineView], Any]
Observe = Callable[[Any, TimelineView, Memory, Context], tuple[Judgement, Changes]]
Touched = Callable[[Any, TimelineView], Collection[Locus]]
Look = Callable[[TimelineView, Any, Memory, Context], bool | None]
Remember = Callable[[Any, TimelineView, Memory, Any], Changes]
Happen = Callable[[Any, Any], int]
"""Lets an event happen, under a monitor; what it may let others do."""


_OFTEN = ("timeline", "context", "says", "trail", "marks")
"""What the text names so often that it is an argument, which is read faster."""


class Watch(NamedTuple):
    """State laws, by place, that look at the same loci: which, what they remember, how they look, where they look as well.

    One whose look is ``None`` has nothing to say after such an event.
    """

    touched: At | Touched
    remembers: dict[int, Remember]
    looks: dict[int, Look | None]
    also: Collection[Locus] | None


class Heard(NamedTuple):
    """What is done when an event of one kind happens: by whom it is judged, of the laws by their places.

    ``kept``: laws that such events always keep. ``judges``: those that judge it, by what they ask first, if anything.
    ``observes``: those that remember it, and what has to hold something if they are to have anything to say. ``forgets``:
    those that only forget the instance that moves.
    ``change``: what it does to the timeline. ``watches``: the laws that then look at its state. ``effect``: what it may let
    others do.
    """

    kept: list[int]
    judges: dict[Premise | None, dict[int, Judge]]
    observes: dict[int, tuple[Observe, Container[object] | None]]
    forgets: list[int]
    change: Callable[[Any, Any], None]
    watches: list[Watch]
    effect: int


def written(heard: Heard, names: dict[str, Any], *, printed: bool) -> Happen:
    """The function that, handed the monitor and the event, lets it happen.

    ``names`` holds what the text goes by besides: ``timeline``, ``context``, ``says``, ``trail``, ``marks``, and for the
    laws at their places ``memory_N`` and ``broken_N``. ``printed``: whether what is remembered is told by a fingerprint, so
    that the monitor has to change it. The function does not hold the monitor, so that both go when the monitor is let go.
    """
    names = {**names, "apply": heard.change}
    lines = [
        f"def happen(monitor, event, {', '.join(f'{name}={name}' for name in _OFTEN)}):",
        " marks.append(len(trail))",
        " try:",
        *("  " + line for line in _judged(heard, names, printed)),
        "  apply(timeline, event)",
        " except Exception:",
        "  monitor._take_back(marks.pop())",
        "  raise",
        " monitor.applied += 1",
        *(f" says.append({place})" for place in heard.kept),
        *(" " + line for line in _watched(heard, names, printed)),
        f" return {heard.effect}",
    ]
    exec(_compiled("\n".join(lines)), names)
    happen: Happen = names.pop("happen")  # a name for it among its own would hold both for ever
    return happen


@lru_cache(maxsize=4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "<the laws of an event, written out>", "exec")


def _judged(heard: Heard, names: dict[str, Any], printed: bool) -> Iterator[str]:
    """Laws of events judge one before it changes anything."""
    for number, (premise, judges) in enumerate(heard.judges.items()):
        told, indent = "event, timeline, context", ""
        if premise is not None:
            names[f"premise_{number}"] = premise
            yield f"found = premise_{number}(event, timeline)"
            yield "if found is not None:"
            told, indent = f"{told}, found", " "
        for place, judge in judges.items():
            names[f"judge_{place}"] = judge
            yield f"{indent}said = judge_{place}({told})"
            yield from (indent + line for line in _said(place))
    for place, (observe, awaited) in heard.observes.items():
        names.update({f"observe_{place}": observe, f"awaited_{place}": awaited})
        indent = "" if awaited is None else " "
        if awaited is not None:
            yield f"if awaited_{place}:"
        yield f"{indent}said, changes = observe_{place}(event, timeline, memory_{place}, context)"
        yield from (indent + line for line in (*_changed(place, printed), *_said(place)))
    if heard.forgets:
        yield "key = event.key"
    for place in heard.forgets:
        yield from _forgotten(place, "key", printed)


def _said(place: int) -> Iterator[str]:
    """What a law of events has said: that it has a say and holds, that it has none, or what breaks it."""
    yield "if said:"
    yield f" if said is True: says.append({place})"
    yield f" else: monitor._breach({place}, said, event)"


def _changed(place: int, printed: bool) -> Iterator[str]:
    """A law remembers otherwise than before."""
    if printed:
        yield f"if changes: monitor._change({place}, memory_{place}, changes)"
        return
    yield "for key, value in changes:"
    yield f" trail.append(({place}, key, memory_{place}.get(key)))"
    yield f" if value is not None: memory_{place}[key] = value"
    yield f" else: memory_{place}.pop(key, None)"


def _watched(heard: Heard, names: dict[str, Any], printed: bool) -> Iterator[str]:
    """State laws look at what an event has changed."""
    found: dict[At | Touched, str] = {}
    for number, (touched, remembers, looks, also) in enumerate(heard.watches):
        one = isinstance(touched, At)
        if touched not in found:
            found[touched] = f"{'locus' if one else 'loci'}_{number}"
            names[f"touched_{number}"] = touched
            told = f"event.{touched.path}" if isinstance(touched, At) else f"touched_{number}(event, timeline)"
            yield f"{found[touched]} = {told}"
        name = found[touched]
        loci, locus, loop = (f"({name},)", name, "") if one else (name, "locus", f"for locus in {name}:")
        for place, remember in remembers.items():
            if remember is forget:
                yield from _each(loop, _forgotten(place, locus, printed))
                continue
            names[f"remember_{place}"] = remember
            yield f"changes = remember_{place}(event, timeline, memory_{place}, {loci})"
            yield from _changed(place, printed)
        if also is not None:
            names[f"also_{number}"] = also
            locus, loop = "locus", f"for locus in dict.fromkeys((*{loci}, *also_{number})):"
        names.update({f"look_{place}": look for place, look in looks.items()})
        yield from _each(loop, (line for place, look in looks.items() for line in _looked(place, look, locus)))


def _each(loop: str, lines: Iterable[str]) -> Iterator[str]:
    """What is done in a loop, if it takes one."""
    if loop:
        yield loop
    yield from (" " * bool(loop) + line for line in lines)


def _forgotten(place: int, locus: str, printed: bool) -> Iterator[str]:
    """A law forgets what it remembers of a locus."""
    memory = f"memory_{place}"
    if printed:
        yield f"if {locus} in {memory}: monitor._change({place}, {memory}, (({locus}, None),))"
    else:
        yield f"if {locus} in {memory}: trail.append(({place}, {locus}, {memory}.pop({locus})))"


def _looked(place: int, look: Look | None, locus: str) -> Iterator[str]:
    """A state law looks at a locus."""
    if look is not None:
        yield f"holds = look_{place}(timeline, {locus}, memory_{place}, context)"
        yield "if holds is not None:"
        yield f" says.append({place})"
        yield f" if not holds or broken_{place}: monitor._look_again(broken_{place}, {locus}, not holds)"
        yield f"elif broken_{place}: monitor._look_again(broken_{place}, {locus}, False)"
    else:
        yield f"if broken_{place}: monitor._look_again(broken_{place}, {locus}, False)"
