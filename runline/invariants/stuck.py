"""The law that nothing waits for what never comes, over the waits-for graph at the end of a history."""

from __future__ import annotations

from runline.invariants.fates import Fates, Hope, has_no_row_yet, name
from runline.invariants.law import Context, CoverageLaw, Evidence, Finished, Judged, Kind
from runline.model.records import TaskKey
from runline.model.states import FINISHED_TASK
from runline.model.steps import RunAt, Subject

_WHICH_WAITS_FOR = ", which waits for "
_IN_A_CIRCLE = "which waits in a circle"
_LONG = 10
"""Links beyond which the middle of a chain is left out."""


class Chains:
    """Tells who waits for whom, link by link, going along each link once."""

    def __init__(self, fates: Fates) -> None:
        self._fates = fates
        self._links: dict[Subject, tuple[str, ...]] = {}
        self._circles: dict[Subject, tuple[Subject, ...]] = {}

    def links(self, subject: Subject) -> tuple[str, ...]:
        """What is said of a subject, then of what it waits for, and so on to the end, or to a circle."""
        self._follow(subject)
        return self._links[subject]

    def circle(self, subject: Subject) -> tuple[Subject, ...]:
        """Those with which a subject waits in a circle, itself first, each for the next; empty where it does not."""
        self._follow(subject)
        circle = self._circles.get(subject, ())
        first = circle.index(subject) if circle else 0
        return circle[first:] + circle[:first]

    def told(self, subject: Subject) -> str:
        """For what a subject waits, as a clause of a sentence that has named it."""
        if circle := self.circle(subject):
            links = (*shortened(tuple(self._fates.of(each).said for each in circle))[1:], "itself")
        else:
            links = self.links(subject)[1:]
        return f"it waits for {_WHICH_WAITS_FOR.join(links)}" if links else self.links(subject)[0]

    def _follow(self, subject: Subject) -> None:
        way: dict[Subject, str] = {}
        on: Subject | None = subject
        while on is not None and on not in way and on not in self._links:
            fate = self._fates.of(on)
            way[on], on = fate.said, fate.on
        subjects = list(way)
        if on in way:
            circle = tuple(subjects[subjects.index(on) :])
            self._circles |= dict.fromkeys(circle, circle)
            self._links |= {each: (f"{way[each]}, {_IN_A_CIRCLE}",) for each in circle}
            on = circle[0]
        for each in reversed(subjects):
            if each not in self._links:
                self._links[each] = shortened((way[each], *(() if on is None else self._links[on])))
            on = each


def shortened(links: tuple[str, ...]) -> tuple[str, ...]:
    """A chain with its middle left out, where it is long."""
    return links if len(links) < _LONG else (*links[:2], "others in turn", *links[-3:])


def waiting(finished: Finished, context: Context) -> list[Subject]:
    """What waits at the end: unfinished instances, by date and task, then due ticks and jobs that were held."""
    rows = sorted(
        (row.dag, row.date, row.task, row.key) for row in finished.timeline.tasks() if row.state not in FINISHED_TASK
    )
    keys: list[Subject] = [key for *_, key in rows]
    known = set(keys)
    other = [held.what for held in finished.waits.held if held.on and held.what not in known]
    return [*keys, *(what for what in dict.fromkeys(other) if _counts(finished, context, what))]


def _counts(finished: Finished, context: Context, what: Subject) -> bool:
    """Whether something that was held still waits; where rows appear late, an instance may have none yet (L03)."""
    return not isinstance(what, TaskKey) or has_no_row_yet(finished.timeline, context, what)


def _judge(finished: Finished, context: Context) -> Judged:
    fates = Fates(finished, context)
    chains = Chains(fates)
    broken: list[Evidence] = []
    blocked: list[Evidence] = []
    told: set[Subject] = set()
    subjects = waiting(finished, context)
    for subject in subjects:
        hope = fates.of(subject).hope
        circle = () if hope is Hope.MOVES else chains.circle(subject)
        if circle and subject not in told:
            told.update(circle)
            broken.append(_in_a_circle(circle, fates))
        elif not circle and hope is Hope.STUCK:
            links = chains.links(subject)
            aspect = "cycle" if links[-1].endswith(_IN_A_CIRCLE) else "never comes"
            broken.append(_at_the_end(subject, links, aspect))
        elif not circle and hope is Hope.BLOCKED:
            blocked.append(_at_the_end(subject, chains.links(subject), "blocked"))
    raising = finished.waits.raising
    broken += [
        Evidence("The scheduler raises in every loop for {}, {} times so far: {}.", (dag, times, error), "raise", dag)
        for dag, error, _, times in raising
    ]
    return Judged(len(subjects) + len(raising), tuple(broken), tuple(blocked))


def _in_a_circle(circle: tuple[Subject, ...], fates: Fates) -> Evidence:
    """Those who wait for one another, told once, from the first on that is met."""
    first, *others = shortened(tuple(fates.of(each).said for each in circle))
    template = "{} waits for {}, and so for itself." if others else "{}{} waits for itself."
    return _evidence(template, (first, _WHICH_WAITS_FOR.join(others)), "cycle", circle)


def _at_the_end(subject: Subject, links: tuple[str, ...], aspect: str) -> Evidence:
    """One who waits, through a chain, for what does not come, or is held without anything to wait for."""
    if len(links) == 1:
        template = "{} waits." if links[0] == name(subject) else "{}, does not go on."
        return _evidence(template, links, aspect, (subject,))
    return _evidence("{} waits for {}.", (links[0], _WHICH_WAITS_FOR.join(links[1:])), aspect, (subject,))


def _evidence(template: str, values: tuple[str, ...], aspect: str, subjects: tuple[Subject, ...]) -> Evidence:
    return Evidence(
        template,
        values,
        aspect,
        getattr(subjects[0], "dag", ""),
        instances=tuple(each for each in subjects if isinstance(each, TaskKey)),
        dates=tuple(dict.fromkeys(each.date for each in subjects if isinstance(each, TaskKey | RunAt))),
    )


no_deadlock = CoverageLaw(
    id="no-deadlock",
    kind=Kind.STUCK,
    sentence="Every unfinished instance and due tick waits, through a chain, for something that can still move; what waits "
    "for something that failed is blocked, and the operator's.",
    source="M18, L18, L22, L43; bugs: LIVENESS",
    judge=_judge,
)
