"""Ids of runs that do not show when a run was made, and runs without what nobody reads of them.

*Ids.* Where no rule reads which of two runs of different dates was made first, and none is ever deleted, states that
differ only in the ids of runs go on alike. If the id of a run is a function of its DAG, its date and its place among the
runs of that date, such states are one by construction, wherever an id may stand in them: in rows, in steps, in what laws
remember. The order of ids among runs of one date is that in which they were made.

*Fields.* What is never read cannot make a difference; so it is not stored, and states that differ in nothing else are one.
What is written into such a field, and into no other, does not happen.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from runline.designs.reads import OVER, led_by, reads_no_starts
from runline.model.events import Event, RunCreated, RunLinked, RunMoved
from runline.model.instants import Instant
from runline.model.records import Run, RunRecord
from runline.model.view import TimelineView

PREVIOUS, STARTED = "previous", "started"
_AT_A_DATE = 1 << 12
"""More runs than ever stand at one date."""
_DATES = 1 << 64
"""More dates than there are, in microseconds, half of them before 1970."""


def id_by_place(timeline: TimelineView, dag: str, date: Instant) -> int:
    """The id of the next run of a date: by DAG, date, and how many runs were made there before, none of which has gone.

    The DAGs have to be known from the beginning, or one only.
    """
    known = timeline.dags()
    place = known.index(dag) if dag in known else len(known)
    return (place * _DATES + date + _DATES // 2) * _AT_A_DATE + len(timeline.runs_at(dag, date)) + 1


Dates = frozenset[tuple[str, Instant]]
"""Dates of DAGs."""


def maker(timeline: TimelineView, run: Run) -> int | None:
    """The backfill that made a run, if it lives."""
    return next((live.id for live in timeline.live_backfills(run.dag) if live.id == run.backfill), None)


class Unread(NamedTuple):
    """The ``fields`` of runs that nobody reads; when a run ``started`` is read nonetheless of runs at ``starts``.

    ``by_job``: at which dates the job of each number reads it, as long as it reads any (:func:`reads_no_starts`).
    """

    fields: frozenset[str] = frozenset()
    starts: Dates = frozenset()
    by_job: tuple[Dates, ...] = ()

    def hides(self, field: str | None, dag: str, date: Instant) -> bool:
        """Whether nobody ever reads a field of the runs of a date."""
        if field != STARTED:
            return field in self.fields
        return field in self.fields and (dag, date) not in self.starts.union(*self.by_job)

    @property
    def forgets(self) -> bool:
        """Whether anything that stands in rows is not read any more at some time."""
        return bool(self.by_job) or OVER in self.fields

    @property
    def without_starts(self) -> Unread:
        """The same for who reads of no run when it started."""
        return self._replace(starts=frozenset(), by_job=())


NOTHING = Unread()
"""All is read."""


def as_read(events: tuple[Event, ...], unread: Unread, timeline: TimelineView) -> tuple[Event, ...]:
    """What of events happens to the fields that somebody reads."""
    links = PREVIOUS in unread.fields
    return tuple([_without(event, unread, timeline) for event in events if not (links and type(event) is RunLinked)])


def _without(event: Any, unread: Unread, timeline: TimelineView) -> Any:
    if type(event) is RunCreated:
        return event._replace(record=shown(event.record, unread))
    if type(event) is RunMoved and event.started is not None and (run := timeline.run(event.run)) is not None:
        return event._replace(started=None) if unread.hides(STARTED, run.dag, run.date) else event
    return event


def only_writes(kind: type, unread: Unread) -> bool:
    """Whether nothing comes of a type of step but what is written into unread fields."""
    return led_by(kind).get("") in unread.fields


def shown(value: Any, unread: Unread) -> Any:
    """A value without what in it nobody reads."""
    if not unread.fields or not isinstance(value, tuple):
        return value
    if type(value) is RunRecord:
        hidden = [field for field in (PREVIOUS, STARTED) if unread.hides(field, value.dag, value.date)]
        return value._replace(**dict.fromkeys(hidden))  # type: ignore[arg-type]
    kind: type = type(value)
    if unread.by_job and reads_no_starts(kind):
        unread = unread.without_starts
    items = [shown(item, unread) for item in value]
    names = getattr(value, "_fields", None)
    if names is None:
        return tuple(items)
    fields = led_by(kind)
    left_out = {name for name in fields if fields[name] in unread.fields}
    return kind(*(_timeless(item) if name in left_out else item for name, item in zip(names, items, strict=True)))


def _timeless(item: Any) -> Any:
    """What is left of a value that leads to nothing: nothing, or of one with an instant all but that."""
    return item._replace(at=0) if hasattr(item, "at") else None
