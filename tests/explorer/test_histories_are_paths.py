"""Whatever the simulator lets happen is one of the explorer's histories, but for the instants at which it happens."""

from __future__ import annotations

from typing import Any

import pytest

from runline.designs.catalog import find_design
from runline.explorer.world import World
from runline.invariants.laws import LAWS
from runline.model.events import Looked, TimePassed
from runline.model.instants import Instant
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from tests.simulator.building import act, scenario

Told = tuple[str, tuple[Any, ...]]
"""Who did it in a step, and its events, without instants."""


def plain(value: Any) -> Any:
    """An event without instants of the clock, and without the number of the worker."""
    if hasattr(value, "_asdict"):
        fields = {name: plain(item) for name, item in value._asdict().items() if name not in ("at", "started", "ended")}
        return type(value).__name__, tuple(fields.items())
    return "worker" if isinstance(value, str) and value.startswith("worker-") else value


def told(by: str, events: tuple[Any, ...]) -> Told | None:
    """What is compared of a commit; that somebody looked or that time passed is not."""
    kept = tuple(plain(event) for event in events if not isinstance(event, Looked | TimePassed))
    return (plain(by), kept) if kept else None


class Follower:
    """Looks for moves of a world that tell the same as a history."""

    def __init__(self, world: World, history: list[tuple[Instant, Told]]) -> None:
        self.world = world
        self.history = history
        self.seen: set[tuple[int, int]] = set()
        self.furthest = 0

    def can_follow(self) -> bool:
        """Depth first, over moves that tell nothing too; every state is tried once for every place in the history."""
        stack = [(0, self._moves(0))]
        while stack:
            done, moves = stack[-1]
            if done == len(self.history):
                return True
            if not moves:
                stack.pop()
                if stack:
                    self.world.undo()
                continue
            after = self._follow(moves.pop(), done)
            if after is None:
                self.world.undo()
            else:
                self.furthest = max(self.furthest, after)
                stack.append((after, self._moves(after)))
        return False

    def _moves(self, done: int) -> list[Any]:
        return self.world.moves() if done < len(self.history) else []

    def _follow(self, move: Any, done: int) -> int | None:
        """Make a move; how much of the history is told then, or ``None`` where it tells something else."""
        fingerprint = self.world.do(move)
        said = [each for happened in self.world.told() if (each := told(happened.by, happened.events)) is not None]
        wanted = [each for _, each in self.history[done : done + len(said)]]
        if said != wanted or self.world.now > self.history[done][0]:
            return None
        place = (fingerprint, done + len(said))
        if place in self.seen:
            return None
        self.seen.add(place)
        return done + len(said)


def processes(**keys: Any) -> str:
    lines = [f"{name} = {value!r}".replace("'", '"') for name, value in keys.items()]
    return "\n[processes]\n" + "\n".join(lines) + "\n"


STEPS = {"interleave": "steps"}
TASK = '[dags.sales.tasks.load]\ndepends_on_past = true\nduration = "2h"\n'
FLAKY = '[dags.sales.tasks.load]\nfails_on = "sometimes"\nretries = 1\nretry_delay = "1h"\n'
TWO = '[dags.sales.tasks.extract]\n[dags.sales.tasks.load]\nupstream = ["extract"]\n'
BACKFILL = act("backfill", "3", from_="1", to="2", rerun="all")
SCENARIOS = {
    "two schedulers": scenario(processes(schedulers=2, **STEPS), last=4),
    "a backfill beside a scheduler": scenario(BACKFILL + processes(**STEPS), last=4, tasks=TASK),
    "a backfill beside two schedulers": scenario(BACKFILL + processes(schedulers=2, **STEPS), last=3, tasks=TASK),
    "repeatable read": scenario(
        BACKFILL + processes(schedulers=2, isolation="repeatable read", **STEPS), last=3, tasks=TWO
    ),
    "read committed": scenario(
        BACKFILL + processes(schedulers=2, isolation="read committed", **STEPS), last=3, tasks=TWO
    ),
    "two backfills": scenario(
        BACKFILL + act("backfill", "3", from_="2", to="3") + processes(**STEPS), last=4, tasks=TASK
    ),
    "chains of steps": scenario(BACKFILL + processes(schedulers=2), last=4, tasks=TWO),
    "one worker, tries that fail": scenario(processes(workers=1, **STEPS), last=3, tasks=FLAKY),
    "acts of all kinds": scenario(
        act("deploy", "2@03", schedule="0 */12 * * *")
        + act("pause", "2@05")
        + act("unpause", "2@06")
        + act("clear", "2@07", from_="1", to="1")
        + act("run_task", "2@08", task="load", date="1")
        + act("set_state", "2@09", task="load", date="1", state="failed")
        + act("delete_run", "2@10", date="1")
        + act("trigger", "2@11", date="1@06")
        + processes(**STEPS),
        last=2,
    ),
    "a clear of what executes, in a run and outside": scenario(
        act("run_task", "2@02", task="load", date="9") + act("clear", "2@03", from_="1", to="9") + processes(**STEPS),
        last=2,
        tasks=TASK.replace("depends_on_past = true", ""),
    ),
    "a job and a scheduler that are ended": scenario(
        act("backfill", "2@01", from_="1", to="1", rerun="all")
        + act("kill", "2@02", process="backfill-1")
        + act("crash", "2@03", process="scheduler-1")
        + act("restart", "2@06", process="scheduler-1")
        + act("restart", "2@07", process="backfill-1")
        + processes(**STEPS),
        last=2,
        tasks=TASK,
    ),
    "clocks that are off and jump": scenario(
        act("clock", "2@01", process="scheduler-2", offset="-6h")
        + act("clock", "2@01", process="backfill-1", offset="1d")
        + act("clock", "2@12", process="scheduler-1", jump="5h")
        + act("clock", "3@02", process="scheduler-1", jump="-8h")
        + act("backfill", "2@18", from_="1", to="3")
        + processes(schedulers=2, **STEPS),
        last=3,
    ),
    "clocks that gain, lose and stand still": scenario(
        act("clock", "2@01", process="scheduler-1", drift=-0.3)
        + act("clock", "2@01", process="scheduler-2", drift=0.5)
        + act("clock", "2@02", process="backfill-1", drift=0.9)
        + act("clock", "2@03", process="backfill-1", jump="2h")
        + act("clock", "2@12", process="scheduler-1", jump="5h")
        + act("clock", "2@18", process="scheduler-2", offset="-20h")
        + act("clock", "3@01", process="scheduler-1", drift=0.0)
        + act("clock", "3@02", process="scheduler-2", drift=-1.0)
        + act("backfill", "2@18", from_="1", to="3")
        + processes(schedulers=2, **STEPS),
        last=3,
        tasks=FLAKY,
    ),
    "the limit, and time that runs out": scenario(
        BACKFILL + processes(**STEPS), last=3, dag='max_active_runs = 1\ndagrun_timeout = "5h"', tasks=TASK
    ),
}


@pytest.mark.parametrize("design", ["coherent", "airflow-2016-04"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_simulated_history_is_an_explored_one(name: str, design: str) -> None:
    """For each of many seeds there are moves that tell what the simulator told, in its order."""
    given: Scenario = SCENARIOS[name]
    for seed in range(8):
        outcome = simulate(given, design, seed=seed)
        entries = [(entry.time, told(entry.by, entry.events)) for entry in outcome.trace[len(given.dags) :]]
        history = [(time, each) for time, each in entries if each is not None]
        assert history
        follower = Follower(World(given, find_design(design), tuple(LAWS.values())), history)
        assert follower.can_follow(), f"seed {seed}: {history[follower.furthest]}"


def test_a_history_that_cannot_be_is_none() -> None:
    """A history in which the commit that made a run is left out is not followed, nor is one in another order."""
    given = SCENARIOS["a backfill beside a scheduler"]
    outcome = simulate(given, "coherent", seed=1)
    entries = [(entry.time, told(entry.by, entry.events)) for entry in outcome.trace[1:]]
    history = [(time, each) for time, each in entries if each is not None]
    made = [place for place, (_, each) in enumerate(history) if "RunCreated" in repr(each)]
    for wrong in (history[: made[1]] + history[made[1] + 1 :], [history[1], history[0], *history[2:]]):
        world = World(given, find_design("coherent"), tuple(LAWS.values()))
        assert not Follower(world, wrong).can_follow()
