"""The chart of an explored history: a lane for each process, a row for each step, and the runs that they left beneath."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.patches import Patch

import runline
from runline.designs.catalog import find_design
from runline.explorer.fixed import happen
from runline.explorer.history import Explored, go
from runline.explorer.question import explorable
from runline.explorer.world import World
from runline.reports.history_chart import plot
from runline.reports.lettering import width_of
from runline.reports.picture import remarks
from runline.reports.places import MARGIN, WIDTH
from runline.reports.render import as_page
from runline.reports.simulated_chart import picture_of_outcome
from runline.reports.steps import Sort, steps_of
from runline.reports.swim_lanes import RULE, TEXT, Row, Swim, lay_swim
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import read
from tests.explorer.test_histories_are_paths import SCENARIOS
from tests.explorer.test_races import CRASH_BEFORE_RELINKING, SCHEDULER_AND_BACKFILL, race
from tests.reports.charting import HOSTILE, marks, told
from tests.reports.test_steps import CRASH, gone_along

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "two-backfills-at-once.toml"
RACE = ("scheduler-1 begins", "operator: backfill", "backfill-1 begins", "backfill-1 goes on", "scheduler-1 goes on")


def chart(outcome: Explored) -> Axes:
    return plot(outcome, picture_of_outcome(outcome))


def laid(outcome: Explored) -> Swim:
    picture = picture_of_outcome(outcome)
    return lay_swim(outcome, steps_of(outcome), picture, remarks(picture), {}, 60.0)


def raced() -> Explored:
    return gone_along(race(SCHEDULER_AND_BACKFILL, "read committed"), *RACE)


def crashed() -> Explored:
    return gone_along(race(CRASH_BEFORE_RELINKING, "read committed"), *CRASH, crashes=1)


def walked(given: Scenario, design: str, seed: int, most: int) -> Explored:
    """Any history, by chance."""
    world, drawn = World(given, find_design(design), explorable(()), crashes=2), random.Random(seed)
    places: list[int] = []
    while len(places) < most and (moves := world.moves()):
        places.append(drawn.randrange(len(moves)))
        world.do(moves[places[-1]])
    for _ in places:
        world.undo()
    return go(world, places, design, ()).outcome


# ------------------------------------------------------------------------------ what is drawn


def test_every_step_is_drawn_and_numbered() -> None:
    """Each step has its box, with a sentence for whoever points at it, and the lanes are those of the processes."""
    axes = chart(raced())
    drawn = marks(axes)
    assert [gid for gid in drawn if gid.startswith("step-")] == [f"step-{number}" for number in range(1, 6)]
    words = told(axes).split("\n")
    assert {"operator", "scheduler-1", "backfill-1", "the runs after step 5"} <= set(words)
    notes = {artist.get_gid(): artist.get_label() for artist in axes.get_children() if artist.get_gid()}
    assert notes["step-5"] == (
        "scheduler-1 inserts run 2 (scheduled 2016-01-01) behind none, by what it read at step 1, before step 4 (R14)"
    )


def test_what_is_planned_made_and_broken_can_be_seen() -> None:
    """Who reads plans a run, who commits makes it, who commits by an old reading has an amber bar; red is where it broke."""
    drawn = marks(chart(raced()))
    assert {"planned-run-1-0", "planned-run-3-0", "touched-run-4-1", "touched-run-5-2"} <= set(drawn)
    assert [gid for gid in drawn if gid.startswith("stale-")] == ["stale-1"]
    assert [gid for gid in drawn if gid.startswith("broken-")] == ["broken-5"]


def test_crash_is_drawn_and_ends_its_lane() -> None:
    """A job that dies for good has a dark box, and its lane goes no further; the law broke a step before."""
    outcome = crashed()
    swim, drawn = laid(outcome), marks(chart(outcome))
    assert (swim.rows[-1].told.sort, swim.rows[-1].lane) == (Sort.DIES, swim.lanes[-1])
    assert [gid for gid in drawn if gid.startswith("broken-")] == ["broken-9", "broken-10"]  # the first in passing
    assert {"link-5-2", "touched-run-10-1"} <= set(drawn)
    assert "under-way-11" not in drawn


def test_time_that_passes_goes_through_all_lanes() -> None:
    """A step of time has no box in a lane, but a line with the instant that it comes to."""
    outcome = gone_along(
        SCENARIOS["two schedulers"], "scheduler-1 begins", "time passes to 2016-01-03", design="coherent"
    )
    row = laid(outcome).rows[-1]
    assert (row.lane, row.lines) == (None, ("2016-01-03",))
    assert "2016-01-03" in told(chart(outcome)).split("\n")


def test_dates_of_steps_stand_over_the_runs_that_they_left() -> None:
    """A run is drawn beneath in the column in which the step that made it drew it."""
    axes = chart(crashed())
    at = {patch.get_gid(): patch for patch in axes.findobj(Patch) if isinstance(patch, Patch)}
    for made, left in (("touched-run-2-1", "run-1"), ("touched-run-5-2", "run-2"), ("touched-run-9-3", "run-3")):
        extents = [at[gid].get_path().get_extents(at[gid].get_patch_transform()) for gid in (made, left)]
        assert abs((extents[0].x0 + extents[0].x1) - (extents[1].x0 + extents[1].x1)) < 0.01


# ------------------------------------------------------------------------------ where it stands


WALKED = (
    ("a backfill beside two schedulers", "pr-1431"),
    ("two backfills", "coherent"),
    ("acts of all kinds", "update-in-place"),
    ("one worker, tries that fail", "airflow-1.8.1"),
)


@given(st.sampled_from(WALKED), st.integers(0, 10_000), st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_boxes_keep_apart_and_hold_their_text(which: tuple[str, str], seed: int, most: int) -> None:
    """Of any history the rows follow one another, each box lies in its lane, its text in the box, lanes before dates."""
    name, design = which
    swim = laid(walked(SCENARIOS[name], design, seed, most))
    edge = swim.top
    for row in swim.rows:
        assert row.y >= edge
        edge = row.y + row.height
        _check_box(row)
    for lane in swim.lanes:
        assert lane.x > MARGIN
        assert lane.x + lane.width < swim.axis.left
    assert all(swim.axis.left <= column.x <= WIDTH for column in swim.axis.columns)


def _check_box(row: Row) -> None:
    if row.lane is None:
        return
    room = row.lane.width - 4
    assert all(width_of(line, TEXT) <= room for line in row.lines)
    last = width_of(row.lines[-1], TEXT)
    beside = 0.0 if row.rules_below else width_of(row.rules, RULE)
    assert last + beside <= room


def test_sixty_steps_are_readable() -> None:
    """A long history is a long chart: no text becomes smaller, and every step is there."""
    outcome = walked(SCENARIOS["a backfill beside two schedulers"], "pr-1431", 3, 60)
    axes = chart(outcome)
    assert len(outcome.taken) > 40
    assert [gid for gid in marks(axes) if gid.startswith("step-")] == [
        f"step-{number}" for number in range(1, len(outcome.taken) + 1)
    ]
    assert min(float(text.get_fontsize()) for text in axes.texts) >= 5.0


def test_page_tells_the_steps() -> None:
    """The page has the steps as a list of sentences, besides what is wrong."""
    page = as_page(chart(raced()).figure)
    steps = page[page.index("Step by step") :]
    assert len(re.findall("<li>", steps)) == 5
    assert "<li>operator asks for a backfill (from 2016-01-01), which backfill-1 is to do</li>" in steps


def test_plot_of_a_fixed_history_shows_its_steps() -> None:
    """What the library returns for a scenario that fixes its history draws it so; after an entry, the runs alone."""
    outcome = runline.simulate(EXAMPLE)
    assert "step-8" in marks(outcome.plot())
    assert "step-8" not in marks(outcome.plot(entry=1))
    assert "step-8" not in marks(runline.simulate(EXAMPLE, "coherent").plot())


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.strip() and name.isprintable()])
def test_any_name_can_be_drawn(name: str) -> None:
    """Names of DAGs and tasks as other people's databases hold them are drawn as they are."""
    given = read(EXAMPLE)
    task = given.dags["sales"].tasks["load"]
    spec = given.dags["sales"].model_copy(update={"tasks": {name: task}})
    outcome = happen(given.model_copy(update={"dags": {name: spec}}), "pr-1431")
    assert isinstance(outcome, Explored)
    svg = as_page(chart(outcome).figure)
    assert "<script>alert" not in svg


# ------------------------------------------------------------------------------------- bytes

CODE = """
import sys
from pathlib import Path
from runline.explorer.fixed import happen
from runline.reports.simulated_chart import draw
from runline.simulator.scenario_file import read
from tests.reports.test_history_chart import EXAMPLE, SCENARIOS, walked
for name, outcome in (
    ("example.png", happen(read(EXAMPLE))),
    ("long.html", walked(SCENARIOS["a backfill beside two schedulers"], "pr-1431", 3, 60)),
):
    draw(outcome, Path(sys.argv[1]) / name)
"""


def _drawn(folder: Path, seed: str) -> dict[str, bytes]:
    """Charts, drawn by a process of its own."""
    folder.mkdir()
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", CODE, str(folder)], check=True, cwd=ROOT, env=environment)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_same_bytes_in_two_processes(tmp_path: Path) -> None:
    """The same history gives the same bytes, whatever the hash seed."""
    first = _drawn(tmp_path / "a", "1")
    assert len(first) == 2
    assert first == _drawn(tmp_path / "b", "2")
