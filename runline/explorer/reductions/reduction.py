"""Which reductions there are, and what one of them leaves of a model."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from runline.explorer.reductions.alike import NO_JOBS, Jobs
from runline.explorer.reductions.runs import NOTHING, Unread
from runline.model.errors import RunlineError, nearest


class Reduction(StrEnum):
    """A reduction by its name; its sentence stands in :data:`SENTENCES`."""

    RUN_IDS = "run-ids"
    UNREAD_FIELDS = "unread-fields"
    MEMORIES = "memories"
    ALIKE_PROCESSES = "alike-processes"
    ALIKE_BACKFILLS = "alike-backfills"
    DAGS_APART = "dags-apart"
    OWN_STEPS = "own-steps"
    ASKED_FIRST = "asked-first"
    SETTLED_JOBS = "settled-jobs"
    GIVEN_UP = "given-up"


SENTENCES = {
    Reduction.RUN_IDS: "in which order runs of different dates were made is not told apart",
    Reduction.UNREAD_FIELDS: "what no rule reads of a run, and no law that is judged, is not told apart",
    Reduction.MEMORIES: "what laws remember of who made a date, or has looked, is not told apart where none is broken for it",
    Reduction.ALIKE_PROCESSES: "which of several processes that are alike does something is not told apart",
    Reduction.ALIKE_BACKFILLS: "which of several backfills that were asked for alike does something is not told apart",
    Reduction.DAGS_APART: "DAGs that share nothing are gone through one at a time, while the others rest",
    Reduction.OWN_STEPS: "a step that reads and writes nothing of others comes first",
    Reduction.ASKED_FIRST: "a backfill is asked for as soon as it may be; its job begins when it likes",
    Reduction.SETTLED_JOBS: "what a job keeps of instances that have succeeded for good is not told apart",
    Reduction.GIVEN_UP: "what was handed over and has succeeded for good is given up first",
}
ALL = frozenset(Reduction)
WAYS = frozenset({Reduction.MEMORIES, Reduction.ASKED_FIRST, Reduction.GIVEN_UP})
"""Those that are not used where without them laws of the graph can be judged."""


class Reduced(NamedTuple):
    """What a model does not tell apart.

    ``run_ids``: runs have ids that do not show when they were made. ``unread``: the fields of runs that are kept from the
    timeline. ``memories``: the laws that remember less of who did something; ``spent``: those of which it is left out what
    they remember for nothing. ``alike``: the names of schedulers that stand
    for each other; ``jobs``: the backfill jobs that do. ``apart``: whatever happens in a history happens for one DAG.
    ``own_steps``: these come first, alone. ``asked_first``: so do the acts that let a backfill job begin.
    ``settled``: jobs keep nothing of what has succeeded for good; ``given_up``: what was handed over of that goes first.
    """

    run_ids: bool = False
    unread: Unread = NOTHING
    memories: frozenset[str] = frozenset()
    spent: frozenset[str] = frozenset()
    alike: tuple[str, ...] = ()
    jobs: Jobs = NO_JOBS
    apart: bool = False
    own_steps: bool = False
    asked_first: bool = False
    settled: bool = False
    given_up: bool = False

    @property
    def shows_all(self) -> bool:
        """Whether all ways between states are there, and who goes them."""
        return not (self.memories or self.spent or self.alike or self.jobs.groups or self.apart or self.first)

    @property
    def first(self) -> bool:
        """Whether some moves come first, so that ways may be longer than they have to be."""
        return self.own_steps or self.asked_first or self.given_up

    @property
    def with_all_ways(self) -> Reduced:
        """The same without those reductions that leave out ways and have a place nearly everywhere (:data:`WAYS`)."""
        return self._replace(memories=frozenset(), spent=frozenset(), asked_first=False, given_up=False)

    @property
    def in_any_order(self) -> Reduced:
        """The same, but that no move comes first."""
        return self._replace(own_steps=False, asked_first=False, given_up=False)


WHOLE = Reduced()
"""Everything is told apart."""


def wanted(names: Sequence[str], *, none: bool = False) -> frozenset[Reduction]:
    """The reductions of these names, all if none is named, or none at all.

    Raises :class:`RunlineError` for a name that is not known, and for names where there are to be none.
    """
    if none and names:
        raise RunlineError(
            "no reduction and this one cannot both be wanted",
            key="--reduction",
            value=names[0],
            remedy="one of the two",
        )
    unknown = next((name for name in names if name not in set(Reduction)), None)
    if unknown is not None:
        raise RunlineError(
            f"there is no reduction {unknown!r}",
            key="--reduction",
            value=unknown,
            remedy=nearest(unknown, map(str, Reduction)),
        )
    return frozenset(map(Reduction, names)) or (frozenset() if none else ALL)
