"""What is done when an event of one kind happens, written out as one function.

Which laws have a say about a kind of event is known before the first one happens, and most of them do very little; going
through lists of them costs more than all that they do. So what is to be done is put down line by line, as source text, in
which laws and what they remember go by name, and compiled, once for all monitors that do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

from runline.invariants.law import At, Changes, Context, Judgement, Locus, Memory
from runline.model.view import TimelineView

Broken = dict[Locus, None]
"""Where a law is broken."""
Judge = Callable[..., Judgement]
Premise = Callable[[Any, TimelineView], Any]
Observe = Callable[[Any, TimelineView, Memory, Context], tuple[Judgement, Changes]]
Touched = Callable[[Any, TimelineView], Collection[Locus]]
Look = Callable[[TimelineView, Any, Memory, Context], bool | None]
Remember = Callable[[Any, TimelineView, Memory, Any], Changes]
Happen = Callable[[Any, Any], None]
"""Lets an event happen, under a monitor."""


class Watch(NamedTuple):
    """State laws, by place, that look at the same loci: which, what they remember, how they look, where they look as well."""

    touched: At | Touched
    remembers: dict[int, Remember]
    looks: dict[int, Look]
    also: Collection[Locus] | None


class Heard(NamedTuple):
    """What is done when an event of one kind happens: by whom it is judged, of the laws by their places.

    ``kept``: laws that such events always keep. ``judges``: those that judge it, by what they ask first, if anything.
    ``observes``: those that remember it, and what has to hold something if they are to have anything to say.
    ``change``: what it does to the timeline. ``watches``: the laws that then look at its state.
    """

    kept: list[int]
    judges: dict[Premise | None, dict[int, Judge]]
    observes: dict[int, tuple[Observe, Container[object] | None]]
    change: Callable[[Any, Any], None]
    watches: list[Watch]


def written(heard: Heard, names: dict[str, Any], *, printed: bool) -> Happen:
    """The function that, handed the monitor and the event, lets it happen.

    ``names`` holds what the text goes by besides: ``timeline``, ``context``, ``exercised``, ``trail``, ``marks``, and for the
    laws at their places ``memory_N`` and ``broken_N``. ``printed``: whether what is remembered is told by a fingerprint, so
    that the monitor has to change it. The function does not hold the monitor, so that both go when the monitor is let go.
    """
    names = {**names, "apply": heard.change}
    judged = list(_judged(heard, names, printed))
    lines = [
        "def happen(monitor, event):",
        " mark = len(trail)",
        *((" try:", *("  " + line for line in judged), "  apply(timeline, event)") if judged else ()),
        *((" except Exception:", "  monitor._take_back(mark)", "  raise") if judged else (" apply(timeline, event)",)),
        " marks.append(mark)",
        " monitor.applied += 1",
        *(f" exercised[{place}] += 1" for place in heard.kept),
        *(" " + line for line in _watched(heard, names, printed)),
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


def _said(place: int) -> Iterator[str]:
    """What a law of events has said: that it has a say and holds, that it has none, or what breaks it."""
    yield f"if said is True: exercised[{place}] += 1"
    yield f"elif said is not False: monitor._breach({place}, said, event)"


def _changed(place: int, printed: bool) -> Iterator[str]:
    """A law remembers otherwise than before."""
    yield "if changes:"
    if printed:
        yield f" monitor._change({place}, memory_{place}, changes)"
        return
    yield " for key, value in changes:"
    yield f"  was = memory_{place}.get(key)"
    yield f"  trail.append(({place}, key, was))"
    yield f"  if value is not None: memory_{place}[key] = value"
    yield f"  elif was is not None: del memory_{place}[key]"


def _watched(heard: Heard, names: dict[str, Any], printed: bool) -> Iterator[str]:
    """State laws look at what an event has changed."""
    for number, (touched, remembers, looks, also) in enumerate(heard.watches):
        names.update({f"touched_{number}": touched, f"also_{number}": also})
        found = f"(event.{touched.path},)" if isinstance(touched, At) else f"touched_{number}(event, timeline)"
        if remembers or also is not None:
            yield f"loci = {found}"
            found = "loci" if also is None else f"dict.fromkeys((*loci, *also_{number}))"
        for place, remember in remembers.items():
            names[f"remember_{place}"] = remember
            yield f"changes = remember_{place}(event, timeline, memory_{place}, loci)"
            yield from _changed(place, printed)
        yield f"for locus in {found}:"
        for place, look in looks.items():
            names[f"look_{place}"] = look
            yield f" holds = look_{place}(timeline, locus, memory_{place}, context)"
            yield f" if holds is not None: exercised[{place}] += 1"
            yield f" if holds is False or broken_{place}: monitor._look_again(broken_{place}, locus, holds is False)"
