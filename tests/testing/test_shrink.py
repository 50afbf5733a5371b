"""Towards what is simple, one direction at a time: each comes out in exactly the plain form, and the law stays broken."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from runline.designs.catalog import find_design
from runline.designs.quirks import with_quirks
from runline.invariants.laws import find_all_laws
from runline.model.instants import HOUR, MINUTE
from runline.simulator.scenario import Scenario, TaskSpec
from runline.simulator.scenario_file import parse
from runline.simulator.scenario_writer import write
from runline.simulator.simulate import simulate
from runline.testing.shrink import simplest

LAW = "depends-on-past"
SLIP = with_quirks(find_design("coherent"), ["no-past"])
CLOCK = """title = "plain"

[clock]
start = 2016-01-01T00:00:00Z
end = 2016-01-03T00:00:00Z
"""
SALES = """
[dags.sales]
schedule = "0 0 * * *"
start_date = 2016-01-01T00:00:00Z
depends_on_past = true
"""
LOAD = """
[dags.sales.tasks.load]
fails_on = [2016-01-01T00:00:00Z]
"""
PLAIN = CLOCK + SALES + LOAD
"""The simplest scenario in which a scheduler that does not look at the past breaks the law."""

STOCK = """
[dags.stock]
schedule = "30 3 * * 1-5"
start_date = 2016-01-02T05:00:00Z

[dags.stock.tasks.count]
retries = 1
"""
ON_STOCK = """
[[actions]]
at = 2016-01-02T06:00:00Z
do = "trigger"
dag = "stock"
"""
ACTS = """
[[actions]]
at = 2016-01-02T06:00:00Z
do = "backfill"
from = 2016-01-01T00:00:00Z
to = 2016-01-01T00:00:00Z

[[actions]]
at = 2016-01-02T07:00:00Z
do = "backfill"
from = 2016-01-05T00:00:00Z
to = 2016-01-06T00:00:00Z

[[actions]]
at = 2016-01-02T07:00:00Z
do = "kill"
process = "backfill-2"

[[actions]]
at = 2016-01-03T05:00:00Z
do = "pause"
"""
LONGER = CLOCK.replace("end = 2016-01-03T00", "end = 2016-01-03T05")


def _later(text: str, old: str, new: str) -> str:
    return text.replace(f"2016-01-{old}T00:00:00Z", f"2016-01-{new}T00:00:00Z")


DIRECTIONS = {
    "UTC": CLOCK + SALES + 'timezone = "Europe/Berlin"\n' + LOAD,
    "midnight": _later(PLAIN, "03", "05")
    .replace(
        "start = 2016-01-01T00:00:00Z\nend = 2016-01-05T00:00", "start = 2016-01-01T01:17:00Z\nend = 2016-01-04T05:07"
    )
    .replace("start_date = 2016-01-01T00:00", "start_date = 2016-01-01T05:17")
    .replace("fails_on = [2016-01-01", "fails_on = [2016-01-02"),
    "plain schedule": PLAIN.replace("0 0 * * *", "15 6 * * *")
    .replace("[2016-01-01T00:00", "[2016-01-01T06:15")
    .replace("end = 2016-01-03T00", "end = 2016-01-08T00"),
    "few DAGs": CLOCK + SALES + LOAD + STOCK,
    "few DAGs, of which another was acted on": CLOCK + STOCK + SALES + LOAD + ON_STOCK,
    "few tasks": PLAIN + '\n[dags.sales.tasks.report]\nupstream = ["load"]\n\n[dags.sales.tasks.check]\n',
    "adjacent dates": _later(_later(PLAIN, "03", "14"), "01", "09").replace("start = 2016-01-09", "start = 2016-01-01"),
    "no retries": PLAIN + 'retries = 2\nretry_delay = "7m"\n',
    "few acts": LONGER + SALES + LOAD + ACTS,
    "no duration": PLAIN + 'duration = "37m13s"\n',
    "no choice of durations": PLAIN + 'duration = ["5m", "3h"]\n',
    "no luck": PLAIN.replace("[2016-01-01T00:00:00Z]", '"sometimes"').replace("end = 2016-01-03", "end = 2016-01-09"),
    "usual processes": PLAIN + '\n[processes]\nschedulers = 3\nworkers = 1\ninterleave = "steps"\n',
    "usual options": PLAIN + '\n[designs.coherent]\ndepends_on_past = "run"\n',
    "usual heartbeat": PLAIN.replace("end = 2016-01-03T00:00:00Z", 'end = 2016-01-04T00:00:00Z\nheartbeat = "43m"'),
    "usual limit": CLOCK + SALES + "max_active_runs = 5\ncatchup = false\n" + LOAD,
    "no words": 'source = "somewhere"\nstory = "long ago"\n' + PLAIN,
}
"""What may be less simple than the plain form, each in one direction."""


def _broken(scenario: Scenario) -> bool:
    return LAW in simulate(scenario, SLIP, laws=find_all_laws([LAW])).broken


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_what_is_less_simple_comes_out_plain(direction: str) -> None:
    """Whatever is more than the law needs goes, and what it needs becomes what it is in the plain form."""
    given = parse(DIRECTIONS[direction])
    assert write(given) != PLAIN
    assert _broken(given)
    assert write(simplest(given, _broken)) == PLAIN


def test_every_step_keeps_the_law_broken() -> None:
    """Each simpler scenario that is gone on from is one of which it is still true: the last true one is the result."""
    true: list[Scenario] = []

    def still(scenario: Scenario) -> bool:
        held = _broken(scenario)
        if held:
            true.append(scenario)
        return held

    assert (
        simplest(parse(LONGER + SALES + 'timezone = "Europe/Berlin"\n' + LOAD + "retries = 1\n" + ACTS), still)
        == true[-1]
    )
    assert len(true) > 3


# --------------------------------------------------------------- what cannot go becomes simple


def _as(text: str, needed: str) -> str:
    """What becomes of a scenario of which something is needed."""
    return write(simplest(parse(text), _NEEDED[needed]))


def _first_task(scenario: Scenario) -> TaskSpec:
    return next(iter(scenario.dags["sales"].tasks.values()))


def _duration(scenario: Scenario) -> int:
    found = _first_task(scenario).duration
    return found if isinstance(found, int) else min(found)


_NEEDED: dict[str, Callable[[Scenario], bool]] = {
    "half an hour": lambda scenario: _duration(scenario) > 30 * MINUTE,
    "some hours": lambda scenario: _duration(scenario) > 3 * HOUR,
    "a retry": lambda scenario: _first_task(scenario).retries > 0,
    "a second scheduler": lambda scenario: scenario.processes.schedulers > 1,
    "a kill": lambda scenario: any(action.do == "kill" for action in scenario.actions),
    "two dates": lambda scenario: len({getattr(each, "date", None) for each in scenario.actions}) == 2,
    "the same date twice": lambda scenario: (
        [(getattr(each, "date", None),) for each in scenario.actions] == [_first_task(scenario).fails_on] * 2
    ),
    "a trigger": lambda scenario: any(action.do == "trigger" for action in scenario.actions),
}
BARE = """title = "plain"

[clock]
start = 2016-01-01T00:00:00Z
end = 2016-01-01T00:00:00Z

[dags.sales]
schedule = "0 0 * * *"
start_date = 2016-01-01T00:00:00Z

[dags.sales.tasks.load]
"""


@pytest.mark.parametrize(
    ("needed", "given", "simple"),
    [
        ("half an hour", BARE + 'duration = "37m13s"\n', BARE + 'duration = "1h"\n'),
        ("half an hour", BARE + 'duration = ["37m13s", "9h"]\n', BARE + 'duration = "1h"\n'),
        ("some hours", BARE + 'duration = "7h20m"\n', BARE + 'duration = "4h"\n'),
        ("a retry", BARE + 'retries = 9\nretry_delay = "7m"\n', BARE + "retries = 1\n"),
        ("a second scheduler", BARE + "\n[processes]\nschedulers = 7\n", BARE + "\n[processes]\nschedulers = 2\n"),
    ],
)
def test_what_is_needed_becomes_round_and_small(needed: str, given: str, simple: str) -> None:
    """Lengths of time become whole hours, numbers as small as can be."""
    assert _as(given, needed) == simple


def test_a_killed_backfill_stays_the_one_that_is_killed() -> None:
    """Where a backfill before it goes, the backfill that is killed is named anew."""
    text = _as(LONGER + SALES + LOAD + ACTS, "a kill")
    assert text.count("[[actions]]") == 2
    assert 'process = "backfill-1"' in text


def test_an_act_moves_to_the_dag_that_stays() -> None:
    """Of two DAGs one goes, though only the other was acted on; with one left no act says which it is about."""
    given = CLOCK + STOCK + SALES + LOAD + ON_STOCK
    (action,) = simplest(
        parse(given), lambda scenario: "sales" in scenario.dags and _NEEDED["a trigger"](scenario)
    ).actions
    assert (action.do, getattr(action, "dag", "")) == ("trigger", None)


def test_dates_that_differ_become_adjacent() -> None:
    """Two dates that have to differ lie a day apart, at the start."""
    acts = "".join(
        f'\n[[actions]]\nat = 2016-01-02T00:00:00Z\ndo = "delete_run"\ndate = 2016-01-{day}T07:30:00Z\n'
        for day in (11, 29)
    )
    dates = simplest(parse(PLAIN + acts), _NEEDED["two dates"]).actions
    assert sorted(getattr(each, "date", 0) - parse(PLAIN).clock.start for each in dates) == [0, 24 * HOUR]


def test_what_is_done_in_an_order_is_done_at_midnights() -> None:
    """Where one thing has to be done after the clock starts, and another after that, both are put off to midnights."""
    acts = "".join(f'\n[[actions]]\nat = 2016-01-01T{hour}:20:00Z\ndo = "pause"\n' for hour in ("05", "07"))

    def in_order(scenario: Scenario) -> bool:
        times = [scenario.clock.start, *(action.at for action in scenario.actions)]
        return len(times) == 3 and times[0] < times[1] < times[2]

    found = simplest(parse(PLAIN + acts), in_order)
    assert [(action.at - found.clock.start) / (24 * HOUR) for action in found.actions] == [1, 2]


def test_what_has_to_be_the_same_moves_together() -> None:
    """A date that stands at several places, where it has to be the same, becomes simple at all of them."""
    acts = '\n[[actions]]\nat = 2016-01-02T00:00:00Z\ndo = "delete_run"\ndate = 2016-01-09T07:30:00Z\n' * 2
    given = PLAIN.replace("[2016-01-01T00:00", "[2016-01-09T07:30") + acts
    found = simplest(parse(given), _NEEDED["the same date twice"])
    assert found.dags["sales"].tasks["load"].fails_on == (found.clock.start,)
