"""Clocks of an exploration against those of a simulation: whatever goes wrong with them, both show the same at any time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runline.explorer.clocks import Lead, after, begun, comes, shows
from runline.model.fingerprint import part
from runline.model.instants import DAY, HOUR, MINUTE
from runline.simulator.actions import ClockAct
from runline.simulator.clocks import VirtualClock, go_wrong

SPANS = st.integers(-2 * DAY, 2 * DAY)
FAULTS = st.one_of(
    st.builds(lambda span: {"offset": span}, SPANS),
    st.builds(lambda span: {"jump": span}, SPANS),
    st.builds(lambda drift: {"drift": drift}, st.floats(-1, 1).map(lambda drift: round(drift, 6))),
)
GOES_WRONG = st.lists(st.tuples(st.integers(1, 9 * HOUR), FAULTS), max_size=5)
AWAY = st.integers(0, 3 * DAY)


@given(GOES_WRONG, AWAY, AWAY)
def test_a_clock_shows_what_it_shows_in_a_simulation(
    faults: list[tuple[int, dict[str, float]]], far: int, due: int
) -> None:
    """At any time, and when it comes to show something; and how it goes can be told apart by a fingerprint."""
    clock, now = VirtualClock(), 0
    lead: Lead = 0
    for later, fault in faults:
        now += later
        action = ClockAct(at=now, process="scheduler-1", **fault)  # type: ignore[arg-type]
        go_wrong(clock, action, now)
        lead = after(lead, action, now)
        assert shows(lead, now) == clock.read(now)
    assert part(lead) is not None
    assert shows(lead, now + far) == clock.read(now + far)
    shown = clock.read(now) + due + 1
    when = clock.when(shown, now)
    assert list(comes(lead, [shown], now)) == ([] if when is None else [when])


@given(st.lists(FAULTS, max_size=4), st.integers(0, 9 * DAY), AWAY)
def test_what_is_said_of_a_clock_before_there_is_one_is_said_when_it_begins(
    faults: list[dict[str, float]], begins: int, far: int
) -> None:
    """As in a simulation, in which a job's clock goes wrong as the job begins."""
    clock = VirtualClock()
    lead: Lead = 0
    for fault in faults:
        action = ClockAct(at=0, process="backfill-1", **fault)  # type: ignore[arg-type]
        go_wrong(clock, action, begins)
        lead = after(lead, action, 0)
    assert shows(begun(lead, begins), begins + far) == clock.read(begins + far)


def test_a_clock_that_is_right_again_is_only_off() -> None:
    """Without drift a clock is as far ahead as it was when the drift ended."""
    drifts = after(0, ClockAct(at=0, process="scheduler-1", drift=0.5), 0)
    assert after(drifts, ClockAct(at=0, process="scheduler-1", drift=0.0), HOUR) == 30 * MINUTE
