"""What happened, or is about to, in words: what a process does as a verb and what it does that to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from runline.model import events as ev
from runline.model.instants import Instant, short_instant
from runline.model.records import BY_DATE, NO_RUN, RunRecord, TaskKey
from runline.model.states import TaskState

_NAMED = 4
"""How many tasks or dates are named one by one."""


class Deed(NamedTuple):
    """A verb, and the rest of the sentence; ``short`` is what fits in a small box.

    ``minor``: it goes without saying beside what else is done with it.
    """

    verb: str
    rest: str
    short: str = ""
    minor: bool = False

    @property
    def done(self) -> str:
        """What someone does: the verb in the third person."""
        return f"{self.verb}{'es' if self.verb.endswith(('s', 'sh')) else 's'} {self.rest}".rstrip()

    @property
    def to_do(self) -> str:
        """What someone is about to do."""
        return f"{self.verb} {self.rest}".rstrip()

    @property
    def brief(self) -> str:
        """The same in a few words."""
        return f"{self.verb} {self.short.partition(' ')[2]}" if self.short.startswith(self.verb) else self.short


class Manner(NamedTuple):
    """How events are told. ``dags``: there are several, so that each is named. ``links``: runs are linked to a previous.

    ``planned``: they have not happened yet, so that a run that is to be made has no number.
    """

    dags: bool = False
    links: bool = False
    planned: bool = False


PLAIN = Manner()


def deeds(events: Sequence[ev.Event], manner: Manner = PLAIN) -> Iterator[Deed]:
    """What these events of one commit do; what is done to several instances in one way is told together.

    Who looked is not worth telling.
    """
    for kind, group in groupby(events, _kind):
        told = list(group)
        if isinstance(told[0], ev.TaskCreated | ev.TaskMoved | ev.TaskAdopted | ev.TaskDeleted):
            yield _of_instances(told, manner.dags)
        elif isinstance(told[0], ev.RunCreated):
            yield from (_created(event.record, manner) for event in told if isinstance(event, ev.RunCreated))
        elif kind[0] in _WORDS:
            yield from (_WORDS[type(event)](event) for event in told)


def in_short(done: Sequence[Deed], *, planned: bool = False) -> str:
    """What is done, or ``planned``, in as few words as can be."""
    major = [deed for deed in done if not deed.minor] or list(done)
    return ", ".join(dict.fromkeys(deed.brief if planned else deed.short for deed in major))


def rules_of(events: Sequence[ev.Event]) -> list[str]:
    """The rules that decided these events, each once."""
    return list(dict.fromkeys(event.rule for event in events if event.rule))


def _kind(event: ev.Event) -> tuple[object, ...]:
    """What events that are told together have in common."""
    if isinstance(event, ev.TaskMoved):
        return (ev.TaskMoved, event.before, event.after)
    if isinstance(event, ev.TaskAdopted):
        return (ev.TaskAdopted, event.before, event.after)
    if isinstance(event, ev.TaskCreated):
        return (ev.TaskCreated, event.record.run)
    return (type(event),)


# ------------------------------------------------------------------------------- runs


def _created(record: RunRecord, manner: Manner) -> Deed:
    about = f"{record.kind} {short_instant(record.date)}" + (f" of {record.dag}" if manner.dags else "")
    what = f"a run ({about})" if manner.planned else f"run {record.id} ({about})"
    behind = "" if not manner.links else " behind none" if record.previous is None else f" behind run {record.previous}"
    return Deed("insert", what + behind, "inserts a run" if manner.planned else f"inserts run {record.id}")


def _linked(event: ev.RunLinked) -> Deed:
    before = "" if event.before is None else f" from run {event.before}"
    after = "none" if event.after is None else f"run {event.after}"
    return Deed("relink", f"run {event.run}{before} to {after}", f"relinks run {event.run}")


def _overridden(event: ev.RunOverridden) -> Deed:
    by = "" if event.overrider is None else f" by run {event.overrider}"
    return Deed("override", f"run {event.run}{by}", f"overrides run {event.run}")


def _moved(event: ev.RunMoved) -> Deed:
    if event.before is event.after:
        return Deed("write", f"run {event.run} as {event.after} once more", f"run {event.run}: {event.after}")
    return Deed("move", f"run {event.run} from {event.before} to {event.after}", f"run {event.run}: {event.after}")


def _taken(event: ev.RunTaken) -> Deed:
    kind, run_id, _ = event.after
    return Deed("take", f"run {event.run} over as a {kind} run, {run_id}", f"takes run {event.run}")


# -------------------------------------------------------------------------- instances


def _of_instances(events: Sequence[ev.Event], dags: bool) -> Deed:
    """What happens to instances in one way."""
    first = events[0]
    keys = [
        event.key if isinstance(event, ev.TaskMoved | ev.TaskAdopted) else _record_of(event).key for event in events
    ]
    names, short = instances(keys, dags), _short(keys)
    if isinstance(first, ev.TaskMoved):
        ignored = ", its past not waited for" if first.ignored else ""
        rest = f"{names} from {first.before} to {first.after}{ignored}"
        return Deed("move", rest, f"{short}: {'cleared' if first.after is TaskState.NONE else first.after}")
    if isinstance(first, ev.TaskAdopted):
        owner = f"to run {first.after}" if first.after > 0 else "to no run"
        return Deed("give", f"{names} from {_owner(first.before)} {owner}", f"gives {short} {owner}")
    if isinstance(first, ev.TaskDeleted):
        return Deed("delete", names, f"deletes {short}")
    owner = _record_of(first).run
    rest = f"{names} " + ("" if owner == BY_DATE else "without a run" if owner == NO_RUN else f"for run {owner}")
    return Deed("make", rest.rstrip(), f"makes {short}", minor=True)


def _owner(run: int) -> str:
    return f"run {run}" if run > 0 else "no run"


def _record_of(event: ev.Event) -> Any:
    assert isinstance(event, ev.TaskCreated | ev.TaskDeleted)
    return event.record


def instances(keys: Sequence[TaskKey], dags: bool = False) -> str:
    """Instances by name: the tasks of each date together."""
    dates: dict[Instant, list[str]] = {}
    for key in keys:
        dates.setdefault(key.date, []).append(f"{key.dag}.{key.task}" if dags else key.task)
    parts = [f"{listed(tasks)} of {short_instant(date)}" for date, tasks in dates.items()]
    if len(parts) > 1 and len({tuple(tasks) for tasks in dates.values()}) == 1:
        return f"{listed(next(iter(dates.values())))} of {listed([short_instant(date) for date in dates])}"
    return listed(parts)


def listed(words: Sequence[str]) -> str:
    """Words in a list, those beyond the first few counted."""
    shown = list(words[:_NAMED]) if len(words) > _NAMED + 1 else list(words)
    if len(shown) < len(words):
        return f"{', '.join(shown)} and {len(words) - len(shown)} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def _short(keys: Sequence[TaskKey]) -> str:
    tasks = list(dict.fromkeys(key.task for key in keys))
    return tasks[0] if len(keys) == 1 else f"{len(keys)} instances"


# ------------------------------------------------------------------------- all the rest


def _submitted(event: ev.BackfillSubmitted) -> Deed:
    dates = listed([short_instant(date) for date in event.record.dates])
    return Deed("enter", f"backfill {event.record.id} for {dates}", f"enters backfill {event.record.id}", minor=True)


def _paused(event: ev.DagPaused) -> Deed:
    return Deed("pause" if event.after else "unpause", event.dag, "pauses" if event.after else "unpauses")


_WORDS: dict[object, Callable[[Any], Deed]] = {
    ev.DagDeployed: lambda event: Deed("deploy", f"version {event.version.number} of {event.version.dag}", "deploys"),
    ev.RunLinked: _linked,
    ev.RunOverridden: _overridden,
    ev.RunMoved: _moved,
    ev.RunTaken: _taken,
    ev.RunDeleted: lambda event: Deed("delete", f"run {event.record.id}", f"deletes run {event.record.id}"),
    ev.BackfillSubmitted: _submitted,
    ev.BackfillCompleted: lambda event: Deed("end", f"backfill {event.backfill}", f"ends backfill {event.backfill}"),
    ev.DagPaused: _paused,
    ev.Refused: lambda event: Deed("refuse", f"{event.action}: {event.reason}", f"refuses {event.action}"),
    ev.Raised: lambda event: Deed("meet", f"an error: {event.error}", "error"),
}
