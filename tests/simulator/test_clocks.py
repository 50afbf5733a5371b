"""Virtual clocks: what they show, and when they will show it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runline.model.instants import DAY, HOUR
from runline.simulator.clocks import VirtualClock

instants = st.integers(0, 40 * DAY)
faults = st.lists(
    st.one_of(
        st.tuples(st.just("offset"), st.integers(-DAY, DAY)),
        st.tuples(st.just("jump"), st.integers(-DAY, DAY)),
        st.tuples(st.just("drift"), st.sampled_from((-1.0, -0.25, 0.0, 0.001, 0.5))),
    ),
    max_size=4,
)


def clock_with(history: list[tuple[str, int | float]]) -> VirtualClock:
    """A clock to which these faults happened, an hour apart."""
    clock = VirtualClock()
    for place, (what, value) in enumerate(history):
        world = place * HOUR
        if what == "offset":
            clock.set_offset(int(value), world)
        elif what == "jump":
            clock.jump(int(value), world)
        else:
            clock.set_drift(float(value), world)
    return clock


def test_a_new_clock_is_right() -> None:
    """Without a fault a clock shows the world's time."""
    assert VirtualClock().ahead == 0
    assert VirtualClock().read(5 * DAY) == 5 * DAY


@given(faults, instants, instants)
def test_when_is_the_first_time_at_which_a_clock_shows_it(
    history: list[tuple[str, int | float]], shown: int, world: int
) -> None:
    """A clock shows an instant or more at the time that it names for it, and not a microsecond before."""
    clock, world = clock_with(history), world + 4 * HOUR
    found = clock.when(shown, world)
    if found is None:
        assert clock.read(world + 1000 * DAY) < shown
    else:
        assert found >= world
        assert clock.read(found) >= shown
        assert found == world or clock.read(found - 1) < shown


@given(faults, instants, st.integers(0, DAY))
def test_clocks_that_do_not_run_backwards_go_forward(
    history: list[tuple[str, int | float]], world: int, later: int
) -> None:
    """Between faults no clock goes back."""
    clock, world = clock_with(history), world + 4 * HOUR
    assert clock.read(world + later) >= clock.read(world)


def test_a_clock_that_stands_still_never_gets_there() -> None:
    """A stopped clock shows what it showed, and the future never comes."""
    clock = VirtualClock()
    clock.set_drift(-1.0, 3 * HOUR)
    assert clock.read(9 * HOUR) == 3 * HOUR
    assert clock.when(4 * HOUR, 5 * HOUR) is None
