"""What happened, in words: events as sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from runline.model import events as ev
from runline.model.instants import short_instant
from runline.model.records import BY_DATE, NO_RUN, TaskKey


def deeds(events: Sequence[ev.Event]) -> Iterator[str]:
    """What these events of one step say, each in a few words; instances that come with a run are told together."""
    made: dict[int, list[str]] = {}
    for event in events:
        if isinstance(event, ev.TaskCreated):
            made.setdefault(event.record.run, []).append(event.record.task)
    for event in events:
        if isinstance(event, ev.TaskCreated):
            tasks = made.pop(event.record.run, [])
            if tasks:
                yield f"{', '.join(tasks)} of {short_instant(event.record.date)} {_of_run(event.record.run)}"
        elif type(event) in _WORDS:
            yield _WORDS[type(event)](event)


def _of_run(run: int) -> str:
    if run == BY_DATE:
        return "comes to be"
    return "comes without a run" if run == NO_RUN else f"comes with run {run}"


def _created(event: ev.RunCreated) -> str:
    record = event.record
    behind = "" if record.previous is None else f" behind run {record.previous}"
    return f"run {record.id} is made, {record.kind} {short_instant(record.date)}{behind}"


def _adopted(event: ev.TaskAdopted) -> str:
    owner = f"goes from run {event.before} to run {event.after}" if event.after > 0 else "loses its run"
    return f"{_instance(event.key)} {owner}"


def _instance(key: TaskKey) -> str:
    return f"{key.task} of {short_instant(key.date)}"


def _linked(event: ev.RunLinked) -> str:
    return f"run {event.run} points to " + ("none" if event.after is None else f"run {event.after}")


_WORDS: dict[type, Callable[[Any], str]] = {
    ev.DagDeployed: lambda event: f"version {event.version.number} of {event.version.dag} is deployed",
    ev.RunCreated: _created,
    ev.RunLinked: _linked,
    ev.RunOverridden: lambda event: f"run {event.run} is overridden by run {event.overrider}",
    ev.RunMoved: lambda event: f"run {event.run} goes from {event.before} to {event.after}",
    ev.RunTaken: lambda event: f"run {event.run} becomes {event.after[0]}, {event.after[1]}",
    ev.RunDeleted: lambda event: f"run {event.record.id} is deleted",
    ev.TaskAdopted: _adopted,
    ev.TaskMoved: lambda event: f"{_instance(event.key)} goes from {event.before} to {event.after}",
    ev.TaskDeleted: lambda event: f"{_instance(event.record.key)} is deleted",
    ev.BackfillSubmitted: lambda event: f"backfill {event.record.id} is under way",
    ev.BackfillCompleted: lambda event: f"backfill {event.backfill} is over",
    ev.TimePassed: lambda event: f"it is {short_instant(event.after)}",
    ev.DagPaused: lambda event: f"{event.dag} is {'paused' if event.after else 'no longer paused'}",
    ev.Refused: lambda event: f"{event.action} is refused: {event.reason}",
    ev.Raised: lambda event: f"an error is raised: {event.error}",
}
"""How an event is told; who looked is not worth telling."""


def rules_of(events: Sequence[ev.Event]) -> list[str]:
    """The rules that decided these events, each once."""
    return list(dict.fromkeys(event.rule for event in events if event.rule))
