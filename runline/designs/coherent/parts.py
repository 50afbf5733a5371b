"""The splice of AIRFLOW-20 as a database sees it: first it reads, then it writes; all at once, or a commit for each part.

What was read before the first commit is carried along and never read again. Rows are written by their ids, and only the
column that changes, whatever else others wrote into them in between.
"""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from runline.designs.coherent.backfill import Place, handed_over, inserted, instances, overridden, place_of, spliced_in
from runline.designs.coherent.backfill import relinked as relinking
from runline.designs.commands import BackfillRequest, Look
from runline.designs.design import Design
from runline.designs.rule import rule
from runline.model.events import Event
from runline.model.instants import Instant
from runline.model.steps import Commit, Outcome, Step, new_transaction, under_way
from runline.model.view import TimelineView


class Work(NamedTuple):
    """The splice of one date: whose it is, and what comes when it is done."""

    design: Design
    request: BackfillRequest
    at: Instant
    by: str
    then: Step

    def look(self, timeline: TimelineView) -> Look:
        """The DAG as it is now."""
        version = timeline.version(self.request.dag)
        assert version is not None
        return Look(self.request.dag, self.at, self.by, version)


@rule("H21", "Q10", "Q26", "Q27")
def in_one_transaction(
    design: Design, request: BackfillRequest, at: Instant, by: str, date: Instant, then: Step
) -> Step:
    """The splice reads, then writes all of it in one commit; others may come in between the two."""
    return Read(Work(design, request, at, by, then), date, whole=True)


@rule("H21", "Q10", "Q26", "Q27")
def commit_by_commit(design: Design, request: BackfillRequest, at: Instant, by: str, date: Instant, then: Step) -> Step:
    """The splice reads, inserts, overrides, hands over and relinks, each with a commit of its own."""
    return Read(Work(design, request, at, by, then), date, whole=False)


_Part = TypeVar("_Part", bound=type)


def rests_on_neighbours(part: _Part) -> _Part:
    """A part of the splice rests on the neighbours, as they were read."""
    part.rests_on = property(lambda step: step.place.rows)  # type: ignore[attr-defined]
    return part


class Read(NamedTuple):
    """The neighbours are read, and the run that stands at the date."""

    work: Work
    date: Instant
    whole: bool

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Nothing is written yet."""
        design, request = self.work.design, self.work.request
        place = place_of(design, request, timeline, self.work.look(timeline), self.date)
        return Commit((), Write(self.work, place) if self.whole else Insert(self.work, place))


@under_way
@rests_on_neighbours
class Write(NamedTuple):
    """All is written in one commit, as it was read."""

    work: Work
    place: Place

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Write it."""
        work = self.work
        events = spliced_in(work.design, work.request, timeline, work.look(timeline), self.place)
        return Commit(tuple(events), work.then)


@under_way
@rests_on_neighbours
class Insert(NamedTuple):
    """The run is inserted, and points to the run before."""

    work: Work
    place: Place

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Insert it; until the next commits two live runs may stand at its date, and the run after knows nothing of it."""
        work, place = self
        created = inserted(work.design, work.request, timeline, work.look(timeline), place.record)
        place = place._replace(record=created.record)
        return Commit((created,), Override(work, place) if place.twins else _after_override(work, place))


@under_way
@new_transaction
@rests_on_neighbours
class Override(NamedTuple):
    """The run that stood at the date becomes overridden."""

    work: Work
    place: Place

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Override it, whatever its state is now."""
        work, place = self
        look, run = work.look(timeline), place.record.id
        events = [event for twin in place.twins for event in overridden(timeline, look, twin, run)]
        return Commit(tuple(events), Reown(work, place))


@under_way
@new_transaction
@rests_on_neighbours
class Reown(NamedTuple):
    """The instances of the overridden run get another owner."""

    work: Work
    place: Place

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Hand over those that it has now."""
        work, place = self
        look, run = work.look(timeline), place.record.id
        events = [event for twin in place.twins for event in handed_over(timeline, look, twin, run)]
        return Commit(tuple(events), _after_override(work, place))


def _after_override(work: Work, place: Place) -> Step:
    return Relink(work, place) if place.relinked else Fill(work, place)


@under_way
@new_transaction
@rests_on_neighbours
class Relink(NamedTuple):
    """The run after, and whoever pointed to the overridden one, point to the new run."""

    work: Work
    place: Place

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Relink those that were read, wherever they point to now."""
        work, place = self
        events: list[Event] = relinking(timeline, work.look(timeline), place.relinked, place.record.id)
        return Commit(tuple(events), Fill(work, place))


@under_way
@new_transaction
class Fill(NamedTuple):
    """The run gets the instances that it lacks."""

    work: Work
    place: Place

    def __call__(self, timeline: TimelineView) -> Outcome:
        """Make them, and reset what is to be executed again."""
        work, place = self
        events = instances(work.design, work.request, timeline, work.look(timeline), place.record)
        return Commit(tuple(events), work.then)
