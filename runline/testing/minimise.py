"""A counterexample with no more than it needs: what can be dropped from a scenario so that the same law still breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from runline.explorer.explore import Counterexample, Exploration, explore
from runline.explorer.question import explorable
from runline.explorer.search import Limits
from runline.model.instants import DAY, HOUR, format_instant, parse_instant
from runline.simulator.scenario import Scenario
from runline.testing.edits import Data, Edit, optional, parts, with_one_date, without
from runline.testing.shrink import Size, simplest

MAX_STATES = 20_000
"""How many states are visited at most to see whether a smaller scenario will do."""
_MAX_MEMORY = 1 << 30
_SETTING = frozenset({"processes", "interleave", "isolation", "workers", "from", "to"})
"""Keys without which there would be more, or the question would be another."""


def minimised(
    exploration: Exploration,
    way: Counterexample,
    *,
    max_states: int = MAX_STATES,
    told: Callable[[], None] | None = None,
) -> Exploration:
    """The exploration of a smaller scenario in which the law of a counterexample breaks too, after no more steps.

    Dropped are crashes and rollbacks, actions, DAGs, tasks, keys, schedulers, dates of ranges and the end of the clock, in a
    fixed order and as long as anything can be; what does not show within ``max_states`` states is kept. What the database
    guards stays, as the isolation does: without it the question would be another. Of the exploration only the law in
    question is judged. A history that the scenario fixes is as small as it will be. ``told`` is called before each
    exploration.
    """
    if exploration.is_fixed:
        return exploration
    return _Minimiser(exploration, way, max_states, told).run()


class Faults(NamedTuple):
    """How many faults of each kind may happen."""

    crashes: int
    aborts: int


class _Minimiser:
    """Tries smaller scenarios, and knows how soon the law broke in the smallest so far."""

    def __init__(
        self, exploration: Exploration, way: Counterexample, max_states: int, told: Callable[[], None] | None
    ) -> None:
        self.exploration = exploration
        self.law = way.law
        self.lasting = way.lasting
        self.max_states = max_states
        self.told = told
        self.faults = Faults(exploration.crashes, exploration.aborts)
        self.steps = len(way.moves)

    def run(self) -> Exploration:
        """First with fewer faults, then from a smaller scenario to the next."""
        given = self.exploration.scenario
        name = self.exploration.design_name
        bare = given.model_copy(
            update={
                "expect": {},
                "history": {},
                "story": "",
                "source": "",
                "designs": {own: options for own, options in given.designs.items() if own == name},
            }
        )
        if not self.exploration.found.complete:
            self._shorten(bare)
        for fault, most in self.faults._asdict().items():
            fewer = (self.faults._replace(**{fault: number}) for number in range(most))
            self.faults = next((faults for faults in fewer if self._breaks(bare, faults)), self.faults)
        small = simplest(bare, lambda scenario: self._breaks(scenario, self.faults), edits=_edits, measure=_measure)
        told = small.model_copy(update={"source": given.source, "story": given.story})
        return self._explored(told, self.faults, self.steps)

    def _shorten(self, scenario: Scenario) -> None:
        """Where not all was seen there may be a shorter history: look for one, deeper than all was seen."""
        for depth in range(self.exploration.found.within + 1, self.steps):
            found = self._explored(scenario, self.faults, depth)
            after = self._after(found)
            if after is not None:
                self.steps = after
            if after is not None or not found.found.stopped.startswith("depth"):
                return

    def _breaks(self, scenario: Scenario, faults: Faults) -> bool:
        """Whether the law breaks in a scenario, for good if it did, as soon as in those before."""
        after = self._after(self._explored(scenario, faults, self.steps))
        if after is None or after > self.steps:
            return False
        self.steps = after
        return True

    def _after(self, found: Exploration) -> int | None:
        """After how many steps the law breaks."""
        verdict = found.verdicts[self.law]
        return verdict.lasting if self.lasting or verdict.lasting is not None else verdict.seen

    def _explored(self, scenario: Scenario, faults: Faults, depth: int) -> Exploration:
        """What can be seen within so many steps."""
        if self.told is not None:
            self.told()
        return explore(
            scenario,
            self.exploration.design_name,
            quirks=self.exploration.quirks,
            laws=explorable([self.law]),
            limits=Limits(self.max_states, _MAX_MEMORY, max_depth=depth),
            crashes=faults.crashes,
            aborts=faults.aborts,
            guards=self.exploration.guards,
        )


# -------------------------------------------------------------------------------- edits


def _edits(data: Data) -> Iterator[Edit]:
    """All ways to drop something, those first that take most away."""
    yield from parts(data)
    yield from (without(path) for path in optional(data) if path[-1] not in _SETTING)
    yield from (_with_fewer(processes) for processes in ("schedulers", "workers"))
    for place in range(len(data.get("actions", ()))):
        yield with_one_date(place)
        yield _shorter(place, "from", DAY)
        yield _shorter(place, "to", -DAY)
    start = parse_instant(data["clock"]["start"])
    days = max(0, (parse_instant(data["clock"]["end"]) - start) // DAY)
    yield from (_ending(start + day * DAY) for day in range(days + 1))


def _measure(data: Data) -> Size:
    """How much there is; the first number that differs decides."""
    actions = data.get("actions", ())
    ranges = [
        (parse_instant(act["to"]) - parse_instant(act["from"])) // HOUR for act in actions if {"from", "to"} <= {*act}
    ]
    return (
        len(actions),
        len(data["dags"]),
        sum(len(dag["tasks"]) for dag in data["dags"].values()),
        sum(int(data.get("processes", {}).get(each, 0)) for each in ("schedulers", "workers")),
        sum(ranges),
        _leaves(data),
        (parse_instant(data["clock"]["end"]) - parse_instant(data["clock"]["start"])) // HOUR,
    )


def _leaves(value: object) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 1 if inside is None else sum(map(_leaves, inside))


def _with_fewer(processes: str) -> Edit:
    def edit(data: Data) -> None:
        data["processes"][processes] -= 1

    return edit


def _shorter(place: int, edge: str, by: int) -> Edit:
    """A range that begins a day later, or ends a day earlier."""

    def edit(data: Data) -> None:
        act = data["actions"][place]
        act["from"], act["to"]  # only a range has edges
        act[edge] = format_instant(parse_instant(act[edge]) + by)

    return edit


def _ending(instant: int) -> Edit:
    def edit(data: Data) -> None:
        data["clock"]["end"] = format_instant(instant)

    return edit
