"""Issue 18304: a cleared run queues for the only slot, whose holder waits for it. Told, drawn and found in every order."""

from __future__ import annotations

import re
from dataclasses import fields

from runline.explorer.explore import explore
from runline.explorer.question import explorable
from runline.invariants.verdict import Status
from runline.reports.exploration import as_text
from runline.reports.waits import waits_svg
from runline.simulator.simulate import simulate
from tests.explorer.queueing import PLAIN, queueing
from tests.simulator.building import act, scenario

TASKS = """
[dags.sales.tasks.a]
[dags.sales.tasks.b]
upstream = ["a"]
fails_on = [2016-01-01T00:00:00Z]
[dags.sales.tasks.c]
upstream = ["b"]
"""
ACTS = act("fix", "4@06", task="b") + act("clear", "4@06", from_="1", to="1", tasks=["b", "c"])
LIMITED = "depends_on_past = true\nmax_active_runs = {}"
ISSUE = scenario(ACTS, tasks=TASKS, dag=LIMITED.format(1))
"""B fails in the first run, which fails; the second has begun and waits for it; then the first is cleared."""


def test_the_variant_differs_in_two_fields() -> None:
    """A clear lets the run queue, and a gate lets queued runs in first; that is all."""
    differ = {each.name for each in fields(PLAIN) if getattr(PLAIN, each.name) is not getattr(queueing, each.name)}
    assert differ == {"name", "clear", "gates"}


def test_a_simulation_tells_the_circle_once() -> None:
    """Those who wait for one another are told in one sentence; others by how they come to the circle."""
    outcome = simulate(ISSUE, queueing)
    assert outcome.broken == ["no-deadlock"]
    first, *others = outcome.verdicts["no-deadlock"].findings
    assert first.sentence == (
        "b of 2016-01-01 waits for run 1 (2016-01-01), which is queued, which waits for a free slot of sales, which waits "
        "for run 2 (2016-01-02), which waits for b of 2016-01-02, and so for itself."
    )
    assert others
    assert all(finding.sentence.endswith("which waits in a circle.") for finding in others)


def test_the_plain_design_goes_on() -> None:
    """Where a cleared run goes on at once, as it does without the two rules, all runs end."""
    assert simulate(ISSUE, PLAIN).broken == []
    found = explore(ISSUE, PLAIN, laws=explorable(["no-deadlock"]))
    assert found.found.complete
    assert found.broken == []


def test_an_exploration_finds_the_shortest_way_into_the_circle() -> None:
    """The search over every order finds it too; its shortest history ends with the clear, and tells who waits for whom."""
    found = explore(ISSUE, queueing, laws=explorable(["no-deadlock"]))
    assert found.verdicts["no-deadlock"].status is Status.VIOLATED
    way = found.counterexamples["no-deadlock"]
    assert way.lasting
    assert way.gone.taken[-1].by == "operator"
    assert way.sentences[0].endswith(", and so for itself.")
    assert "a free slot of sales" in way.sentences[0]
    assert way.sentences[0] in " ".join(" ".join(as_text(found)).split())


def test_with_slots_enough_it_goes_on() -> None:
    """With a slot for each run the cleared one is started, and no order leads into a circle."""
    wider = scenario(ACTS, last=4, tasks=TASKS, dag=LIMITED.format(4))
    found = explore(wider, queueing, laws=explorable(["no-deadlock"]))
    assert found.found.complete
    assert found.broken == []


def test_the_circle_is_drawn() -> None:
    """The drawing closes it: arrows of the circle are red, and one leads back from the queued run to the slot."""
    found = explore(ISSUE, queueing, laws=explorable(["no-deadlock"]))
    for outcome in (simulate(ISSUE, queueing), found.counterexamples["no-deadlock"].gone.outcome):
        svg = waits_svg(outcome)
        boxes = re.findall(r"<g><title>(.*?)</title>", svg)
        assert {"a free slot of sales", "the run at 2016-01-01", "the run at 2016-01-02"} <= set(boxes)
        red = re.findall(r"<path d='M(\d+) \d+ [^']* (\d+) \d+' fill='none' stroke='#a40e26'", svg)
        assert len(red) >= 5
        assert any(int(end) < int(start) for start, end in red)


def test_no_arrow_is_red_where_nobody_waits_for_himself() -> None:
    """A chain that ends at a failure is no circle."""
    svg = waits_svg(simulate(ISSUE.model_copy(update={"actions": ()}), queueing))
    assert "stroke='#57606a'" in svg
    assert "stroke='#a40e26' stroke-width" not in svg
