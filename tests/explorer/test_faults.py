"""Faults as choices: transactions that are rolled back, clocks that are off or jump."""

from __future__ import annotations

import pytest

from runline.designs.catalog import find_design
from runline.explorer.explore import explore
from runline.explorer.search import Search
from runline.explorer.world import World
from runline.model.events import RunCreated, TimePassed
from runline.model.instants import parse_instant
from runline.simulator.scenario import Scenario
from tests.explorer.races import CRASH, RACES, SCHEDULER_AND_BACKFILL, Scope, broken, explored
from tests.explorer.test_histories_are_paths import STEPS, processes
from tests.explorer.test_world import ALL, all_states
from tests.explorer.walking import happened
from tests.simulator.building import act, at, scenario

# -------------------------------------------------------------------------------- rollbacks


@pytest.mark.parametrize("name", RACES)
def test_a_rollback_breaks_nothing_that_is_written_at_once(name: str) -> None:
    """Whatever is rolled back is done again by who looks again: in one transaction, nothing promised breaks."""
    assert broken(explored(RACES[name], "whole", aborts=1)) == set()
    assert broken(explored(RACES[name], "transaction", "lock-dag", aborts=1)) == set()


def test_a_rollback_breaks_no_more_than_a_crash() -> None:
    """A look that is cut off breaks what a scheduler breaks that dies; and a job does again what was rolled back."""
    rolled_back = explored(CRASH._replace(crashes=0), "parts", aborts=1)
    assert broken(explored(SCHEDULER_AND_BACKFILL, "parts")) <= broken(rolled_back) <= broken(explored(CRASH, "parts"))


def test_a_rollback_is_one_of_as_many_as_are_allowed() -> None:
    """Each rollback that may happen adds states, until no more look or transaction is there to be rolled back."""
    none, one, two = (states(SCHEDULER_AND_BACKFILL, aborts) for aborts in (0, 1, 2))
    assert none < one < two


def states(scope: Scope, aborts: int) -> int:
    return explored(scope, "parts", aborts=aborts).found.distinct_states


# ----------------------------------------------------------------------------------- clocks

FAST = act("clock", "2@01", process="scheduler-2", offset="1d")
SLOW = act("clock", "2@01", process="scheduler-1", offset="-1d")
SLOW_TOO = act("clock", "2@01", process="scheduler-2", jump="-1d")
DOUBLE = act("clock", "2@01", process="scheduler-2", offset="2h") + act(
    "clock", "2@01", process="scheduler-2", drift=1.0
)
STANDS = act("clock", "2@01", process="scheduler-1", drift=-1.0)
STANDS_TOO = act("clock", "2@01", process="scheduler-2", drift=-1.0)
JUMPS_BACK = act("clock", "2@06", process="scheduler-2", jump="-2d")


def clocked(*clocks: str) -> Scenario:
    """Two schedulers on the 2nd, whose clocks go wrong."""
    return scenario("".join(clocks) + processes(schedulers=2, workers=1, **STEPS), last=2)


@pytest.mark.parametrize(
    ("clocks", "made"),
    [
        ((), {"1"}),
        ((FAST,), {"1", "2"}),
        ((SLOW,), {"1"}),
        ((FAST, SLOW), {"1", "2"}),
        ((DOUBLE,), {"1", "2"}),
        ((STANDS, STANDS_TOO), {"1"}),
    ],
)
def test_a_run_is_made_by_the_clock_of_its_maker(clocks: tuple[str, ...], made: set[str]) -> None:
    """On the 2nd the run of the 2nd is made only by a scheduler that takes it for the 3rd; one that is right is enough."""
    assert dates_made(World(clocked(*clocks), find_design("coherent"), ())) == {at(day) for day in made}


def test_nothing_is_made_where_all_clocks_are_behind() -> None:
    """Where the clocks were wrong before anybody looked, nothing is due all day."""
    late = World(clocked(SLOW, SLOW_TOO), find_design("coherent"), ())
    while acts := [move for move in late.moves() if move.what.startswith("acts")]:
        late.do(acts[0])
    assert dates_made(late) == set()


def test_time_goes_to_where_a_clock_that_gains_shows_what_is_due() -> None:
    """A clock that is two hours ahead at one, and gains a second each second, shows midnight at half past eleven."""
    world = World(clocked(DOUBLE), find_design("coherent"), ())
    passed = {event.after for told in happened(world) for event in told.events if isinstance(event, TimePassed)}
    assert parse_instant("2016-01-02T11:30:00Z") in passed


def dates_made(world: World) -> set[int]:
    """The dates of which a run may be made."""
    events = (event for told in happened(world) for event in told.events)
    return {event.record.date for event in events if isinstance(event, RunCreated)}


def test_clocks_that_differ_break_no_promise() -> None:
    """Where one scheduler is a day ahead and the other a day behind, the proposal still keeps what it promises."""
    found = explore(clocked(FAST, SLOW, JUMPS_BACK))
    assert found.found.complete
    assert broken(found) == set()


@pytest.mark.parametrize("clocks", [(FAST, SLOW), (JUMPS_BACK,), (DOUBLE, STANDS), (DOUBLE, JUMPS_BACK)])
def test_states_with_clocks_are_told_apart_rightly(clocks: tuple[str, ...]) -> None:
    """There are as many fingerprints as states that differ in anything, what clocks show included."""
    world = World(clocked(*clocks), find_design("coherent"), ALL)
    found = Search(world).run()
    apart, transitions = all_states(world)
    assert (found.distinct_states, found.transitions) == (len(apart), transitions + 1)


def test_clocks_with_a_backfill() -> None:
    """A backfill whose clock is ahead takes dates that have not come; the race for them breaks nothing promised."""
    ahead = act("clock", "2@01", process="backfill-1", offset="2d")
    found = explore(scenario(ahead + act("backfill", "2@01", from_="1", to="3") + processes(**STEPS), last=2))
    assert found.found.complete
    assert broken(found) == set()
