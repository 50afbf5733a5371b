"""The drawing of who waits for whom: each box once, to the left of what it waits for, names escaped."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from runline.reports.waits import MOST, waits_svg
from runline.simulator.outcome import Outcome
from runline.simulator.simulate import simulate
from tests.simulator.building import act, scenario

FAILS = "[dags.sales.tasks.load]\ndepends_on_past = true\nfails_on = [2016-01-01T00:00:00Z]\n"


def boxes(svg: str) -> dict[str, int]:
    """Where each box stands, by the name that it bears."""
    found = re.findall(r"<g><title>(.*?)</title><rect x='(\d+)'", svg)
    assert len(dict(found)) == len(found)
    return {name: int(x) for name, x in found}


def test_a_chain_stands_from_left_to_right() -> None:
    """What waits stands to the left of what it waits for, and the failure at the end."""
    svg = waits_svg(simulate(scenario(tasks=FAILS)))
    places = boxes(svg)
    chain = ["load of 2016-01-03", "the run at 2016-01-02", "the run at 2016-01-01"]
    assert places["load of 2016-01-02"] < places["the run at 2016-01-01"]
    assert all(name in places for name in chain)
    assert "run 1 is failed" in svg
    assert "H30" in svg


def test_a_history_in_which_nothing_waits_has_no_drawing() -> None:
    """Where all went well there is nothing to draw."""
    assert waits_svg(simulate(scenario())) == ""


def test_names_are_escaped() -> None:
    """A task that is called like a tag stays a name."""
    tasks = FAILS.replace("tasks.load", 'tasks."<b>&"')
    svg = waits_svg(simulate(scenario(tasks=tasks)))
    assert "<b>" not in svg
    ET.fromstring(svg)


def test_large_graphs_are_cut_and_counted() -> None:
    """More than so many boxes are counted, not drawn."""
    outcome = simulate(scenario(tasks=FAILS, first=2, last=9, dag="max_active_runs = 99", schedule="0 */4 * * *"))
    svg = waits_svg(outcome)
    assert len(boxes(svg)) == MOST
    assert re.search(r"and \d+ more", svg)


def test_the_drawing_is_the_same_each_time() -> None:
    """The same history gives the same bytes."""

    def history() -> Outcome:
        return simulate(scenario(act("clear", "4@02", from_="1", to="1"), tasks=FAILS))

    assert waits_svg(history()) == waits_svg(history())
