"""A chart shows all of a state, once, where it belongs, and marks what is wrong with it."""

from __future__ import annotations

import subprocess
import sys
from math import hypot
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import HealthCheck, given, settings
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from runline.invariants.words import When
from runline.model.instants import HOUR
from runline.model.records import RunRecord, TaskKey
from runline.model.snapshot import Snapshot
from runline.model.states import RunKind, RunState
from runline.reports.axis import MAX_DATES
from runline.reports.chart import draw
from runline.reports.curves import Curve
from runline.reports.layout import lay
from runline.reports.picture import Picture, remarks
from runline.reports.places import Layout
from runline.reports.render import as_svg
from tests.reports.charting import (
    DAG,
    FIRST,
    OVERRIDDEN,
    day,
    finding,
    instance,
    marks,
    pictures,
    run,
    state,
    told,
    wrong,
)


def _layout(picture: Picture) -> Layout:
    return lay(picture, remarks(picture), 50.0)


def _chain(length: int) -> Snapshot:
    return state([run(number + 1, number, number or None) for number in range(length)])


# ------------------------------------------------------------------------------- all, once


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(picture=pictures())
def test_any_state_can_be_drawn(picture: Picture) -> None:
    """Any state is drawn and written without an error or a warning, each run and each arrow once."""
    axes = draw(picture)
    assert as_svg(axes.figure).startswith("<?xml")
    drawn = marks(axes)
    mine = [record for record in picture.state.runs.values() if record.dag == picture.dag]
    left_out = _layout(picture).left_out
    for record in mine:
        assert drawn[f"run-{record.id}"] == 1 or left_out
        assert drawn[f"previous-{record.id}"] == (record.previous is not None) or left_out
    assert sum(gid.startswith("run-") for gid in drawn) <= len(mine)
    for key in picture.state.tasks:
        assert key.dag == picture.dag
    assert sum(gid.startswith("instance-") for gid in drawn) == len(picture.state.tasks)


def test_every_run_and_instance_is_drawn_once() -> None:
    """Each run, each arrow to a previous and each instance of a state is drawn exactly once."""
    drawn = marks(draw(Picture(OVERRIDDEN, DAG)))
    assert {gid for gid in drawn if gid.startswith("run-")} == {f"run-{number}" for number in range(1, 7)}
    assert {gid for gid in drawn if gid.startswith("previous-") and not gid.endswith("-head")} == {
        f"previous-{number}" for number in (2, 3, 4, 5)
    }
    assert sum(gid.startswith("instance-") for gid in drawn) == 6
    assert set(drawn.values()) == {1}


def test_other_dags_are_left_to_their_own_charts() -> None:
    """A chart shows one DAG: runs and instances of others are not drawn, and a link to one leads to a ghost."""
    snapshot = state(
        [run(1, 0), run(2, 1, 7), run(7, 0, dag="other")], [instance("t", 0, 1), instance("t", 0, 7, dag="other")]
    )
    drawn = marks(draw(Picture(snapshot, DAG)))
    assert drawn["run-7"] == 0
    assert drawn["ghost-7"] == 1
    assert sum(gid.startswith("instance-") for gid in drawn) == 1


def test_runs_stand_in_their_lanes() -> None:
    """The timeline is on top, manual runs below it, overridden ones below their date with the oldest lowest."""
    layout = _layout(Picture(OVERRIDDEN, DAG))
    assert [(lane.name, len(lane.rows)) for lane in layout.lanes.lanes] == [
        ("live", 1),
        ("manual", 1),
        ("overridden", 2),
        ("no such run", 1),
    ]
    at = {number: spot.at for number, spot in layout.lanes.spots.items()}
    assert at[1].y == at[5].y == at[3].y < at[6].y < at[4].y < at[2].y
    assert at[2].x == at[4].x == at[5].x
    assert at[1].x < at[5].x < at[3].x < at[6].x


def test_live_runs_of_one_date_are_stacked() -> None:
    """Two live runs of a date stand one above the other, the one that had been overridden below and named so."""
    snapshot = state([run(1, 0), run(2, 1, 1, overridden_by=3), run(3, 1, 1, kind=RunKind.BACKFILL)])
    layout = _layout(Picture(snapshot, DAG))
    assert [len(lane.rows) for lane in layout.lanes.lanes] == [2]
    assert layout.lanes.spots[3].at.y < layout.lanes.spots[2].at.y
    assert "was overridden by 3" in told(draw(Picture(snapshot, DAG)))


def test_overriders_are_named() -> None:
    """An overridden run says by which run, where that is known."""
    snapshot = state([run(1, 0, state=RunState.OVERRIDDEN), run(2, 1, state=RunState.OVERRIDDEN, overridden_by=9)])
    layout = _layout(Picture(snapshot, DAG))
    assert layout.lanes.spots[1].beside == ""
    assert layout.lanes.spots[2].beside == "by 9"


def test_missing_previous_is_a_ghost() -> None:
    """An arrow to a run that is not there leads to a ghost, at the date of what that run owns if it owns anything."""
    snapshot = state([run(1, 0), run(3, 2, 2), run(5, 4, 4)], [instance("t", 1, 2)])
    layout = _layout(Picture(snapshot, DAG))
    columns = {column.date: column.x for column in layout.axis.columns}
    assert set(layout.lanes.ghosts) == {2, 4}
    assert layout.lanes.ghosts[2].at.x == columns[day(1)]
    assert columns[day(2)] < layout.lanes.ghosts[4].at.x < columns[day(4)]
    assert marks(draw(Picture(snapshot, DAG)))["ghost-2"] == 1


def test_unclear_owners_are_shown() -> None:
    """Instances of a run of another date or of a missing run have a line to it, those of no run the number -1."""
    axes = draw(Picture(OVERRIDDEN, DAG))
    lines = {gid for gid in marks(axes) if gid.startswith("belongs-")}
    assert lines == {f"belongs-1-{day(2)}", f"belongs-99-{day(2)}"}
    assert {"→1", "→99", "-1"} <= set(told(axes).splitlines())


def test_empty_state_says_so() -> None:
    """A state without runs and instances is a chart that says so."""
    assert "no run and no task instance" in told(draw(Picture(state([]), DAG)))


# ------------------------------------------------------------------------------- arrows


def _points(curve: Curve) -> list[tuple[float, float]]:
    """Points along a curve."""
    points = []
    for place in range(0, len(curve) - 1, 3):
        part = curve[place : place + 4]
        for step in range(41):
            t = step / 40
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x = sum(weight * point.x for weight, point in zip(weights, part, strict=True))
            y = sum(weight * point.y for weight, point in zip(weights, part, strict=True))
            points.append((x, y))
    return points


def _touches(picture: Picture) -> list[tuple[int, int]]:
    """Arrows, by their run, that lie on a marker, by its run."""
    layout = _layout(picture)
    return [
        (arrow.run, number)
        for arrow in layout.arrows
        for number, spot in layout.lanes.spots.items()
        if any(hypot(x - spot.at.x, y - spot.at.y) < 0.95 * layout.radius for x, y in _points(arrow.curve))
    ]


@pytest.mark.parametrize("length", [3, 8, 20, 40])
def test_arrows_keep_clear_of_markers(length: int) -> None:
    """No arrow of the timeline lies on a marker, however far it leads, forward or back."""
    runs = {number: run(number, number, number - 1 or None) for number in range(1, length + 1)}
    runs[length] = run(length, length, 1)
    runs[1] = run(1, 1, length - 1)
    assert _touches(Picture(state(runs.values()), DAG)) == []


@pytest.mark.parametrize("span", [1, 2, 3, 9, 20])
def test_arrows_between_lanes_keep_clear(span: int) -> None:
    """No arrow between the timeline and an overridden run lies on a marker of another date, in whichever lane."""
    over = [run(100 + number, number, kind=RunKind.MANUAL) for number in range(span + 2)]
    dead = [run(200 + number, number, state=RunState.OVERRIDDEN) for number in range(span + 2)]
    live = [run(300 + number, number) for number in range(span + 2)]
    live[-1] = live[-1]._replace(previous=200)
    dead[-1] = dead[-1]._replace(previous=301)
    assert _touches(Picture(state([*over, *dead, *live]), DAG)) == []


def test_cycles_and_loops_have_their_arrows() -> None:
    """A cycle of previous, and a run that is its own, are drawn like any other."""
    snapshot = state([run(1, 0, 2), run(2, 1, 1), run(3, 2, 3)])
    curves = {arrow.run: arrow.curve for arrow in _layout(Picture(snapshot, DAG)).arrows}
    assert max(y for _, y in _points(curves[1])) > max(y for _, y in _points(curves[2]))
    assert set(curves) == {1, 2, 3}


# ----------------------------------------------------------------------------- what is wrong


def test_wrong_link_is_marked() -> None:
    """A wrong previous: a halo on its run, a red arrow, a dashed one to where it should lead, a number, a sentence."""
    found = finding("previous-is-predecessor", [3, 2], sentence="Run 3 has as its previous run 1.")
    axes = draw(Picture(state([run(1, 0), run(2, 1, 1), run(3, 2, 1)]), DAG, "it", (found,)))
    drawn = marks(axes)
    assert drawn["wrong-run-3"] == drawn["wanted-3"] == drawn["finding-1"] == 1
    assert drawn["wrong-run-2"] == 0
    arrows = {artist.get_gid(): artist for artist in axes.patches}
    assert arrows["previous-3"].get_linewidth() > arrows["previous-2"].get_linewidth()
    assert "previous-is-predecessor: Run 3 has as its previous run 1." in told(axes)


def test_wrong_instances_are_marked() -> None:
    """An instance of a wrong owner has a frame, and its owner none."""
    key = TaskKey(DAG, "t", day(1))
    found = finding("task-has-run", [1], instances=[key])
    drawn = marks(draw(Picture(state([run(1, 0), run(2, 1)], [instance("t", 1, 1)]), DAG, "it", (found,))))
    assert drawn[f"wrong-instance-0-{day(1)}"] == 1
    assert not any(gid.startswith("wrong-run") for gid in drawn)


def test_basic_laws_lead() -> None:
    """Laws that fall with a more basic one have no number of their own: they are named with it, and marked."""
    picture = Picture(
        state([run(1, 0, 2), run(2, 1, 1)]),
        DAG,
        "it",
        (
            finding("previous-is-predecessor", [1]),
            finding("acyclic-previous", [1, 2], known_by="previous-is-predecessor", sentence="1 to 2 to 1."),
        ),
    )
    (remark,) = remarks(picture)
    assert remark.fallen == (("acyclic-previous", "1 to 2 to 1."),)
    assert remark.links == (1, 2)
    text = told(draw(picture))
    assert "1 law broken: previous-is-predecessor (and with it acyclic-previous)" in text
    assert "With it acyclic-previous: 1 to 2 to 1." in text


def test_findings_of_one_way_share_a_number() -> None:
    """All that breaks a law in one way has one number: three are told, the rest counted, all marked."""
    findings = tuple(finding("run-state-agrees", [number], sentence=f"Run {number}.") for number in range(1, 9))
    picture = Picture(_chain(8), DAG, "it", findings)
    (remark,) = remarks(picture)
    assert remark.told == "run-state-agrees: Run 1. Run 2. Run 3. And 5 more like these."
    drawn = marks(draw(picture))
    assert all(drawn[f"wrong-run-{number}"] == 1 for number in range(1, 9))


def test_finding_from_an_earlier_step_says_so() -> None:
    """A finding that began before the step of the picture says since when."""
    picture = Picture(_chain(2), DAG, "it", (finding("single-live-run", [1], step=1),), step=3)
    assert remarks(picture)[0].told == "single-live-run (since step 1): It is wrong."


def test_expected_date_is_marked() -> None:
    """A start that is not aligned shows the date that should have been, empty if no run stands there."""
    found = finding("start-aligned", [1])
    found = found._replace(evidence=found.evidence._replace(values=(When(day(1)),), template="The first tick is {}."))
    record = run(1, 0)._replace(date=FIRST + 5 * HOUR)
    axes = draw(Picture(state([record]), DAG, "it", (found,)))
    assert marks(axes)["expected-1"] == 1
    assert "first tick" in told(axes)
    assert [column.due for column in _layout(Picture(state([record]), DAG, "it", (found,))).axis.columns] == [
        False,
        True,
    ]


def test_title_and_verdict() -> None:
    """A chart says what it is and the verdict; a verdict given is told as given."""
    assert {"a picture", "1 law broken: previous-is-live"} <= set(told(draw(wrong())).splitlines())
    assert "no law is broken" in told(draw(Picture(_chain(1), DAG)))
    assert "as I say" in told(draw(Picture(_chain(1), DAG, verdict="as I say")))


# ----------------------------------------------------------------------------------- dates


@pytest.mark.parametrize("length", [1, 2, 7, 12, 25, 40])
def test_dates_are_written_apart(length: int) -> None:
    """Up to forty dates are all shown, and no label runs into the next."""
    layout = _layout(Picture(_chain(length), DAG))
    assert len(layout.axis.columns) == length
    assert layout.left_out == ()
    assert layout.id_size >= 6
    assert not layout.labels.upright
    assert all(column.x <= 640 for column in layout.axis.columns)


@pytest.mark.parametrize("number", [3, 100, 290])
def test_many_dates_leave_what_is_wrong(number: int) -> None:
    """Of more dates than fit, those stay where something is wrong, and the chart says how many are left out."""
    picture = Picture(_chain(300), DAG, "it", (finding("single-live-run", [number]),))
    layout = _layout(picture)
    assert len(layout.axis.columns) <= MAX_DATES
    assert {number - 1, number, number + 1} <= set(layout.lanes.spots)
    assert 300 in layout.lanes.spots
    assert len(layout.axis.columns) + layout.axis.left_out == 300
    assert f"Left out: {layout.axis.left_out} of 300 dates" in told(draw(picture))


def test_scattered_faults_leave_room() -> None:
    """Faults all over a long history do not squeeze its columns together."""
    findings = tuple(finding("single-live-run", [number]) for number in range(1, 300, 7))
    layout = _layout(Picture(_chain(300), DAG, "it", findings))
    assert layout.axis.pitch > 12
    assert "with something wrong" in layout.left_out[0]


def test_arrow_into_what_is_left_out_ends_at_the_break() -> None:
    """A run whose previous is left out has its arrow to the break."""
    layout = _layout(Picture(_chain(100), DAG))
    first = min(layout.lanes.spots)
    arrow = next(arrow for arrow in layout.arrows if arrow.run == first)
    assert abs(arrow.curve[-1].x - layout.axis.breaks[0].x) < 6


def test_uneven_distances_are_told() -> None:
    """Where the distance to the date before is not the usual one, the axis says what it is."""
    records = [run(1, 0), run(2, 1), run(3, 2), run(4, 9), run(5, 10)]
    distances = [column.distance for column in _layout(Picture(state(records), DAG)).axis.columns]
    assert distances == ["", "", "", "7d", ""]


def test_clock_stands_between_dates() -> None:
    """Where dates lie after the clock, the chart shows where it stands."""
    snapshot = state([run(1, 0), run(2, 19)], now=day(5))
    assert "now 2016-01-06" in told(draw(Picture(snapshot, DAG)))
    assert "now" not in told(draw(Picture(_chain(3), DAG)))


# ----------------------------------------------------------------------------------- axes


def test_draws_on_the_axes_given() -> None:
    """A chart on someone's axes stays within them, whatever their size."""
    figure = Figure(figsize=(8, 6))
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    assert draw(wrong(), left) is left
    assert draw(wrong(), right) is right
    assert all(float(text.get_fontsize()) < 8 for text in left.texts)
    figure.canvas.draw()
    boxes = left.get_tightbbox(), right.get_tightbbox()
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0].x1 <= boxes[1].x0 + 1


def test_sentences_can_be_left_to_the_page() -> None:
    """Without words a chart is as before but for the sentences, and smaller."""
    whole, bare = draw(wrong()), draw(wrong(), words=False)
    assert "previous-is-live: Run 3" in told(whole)
    assert "previous-is-live: Run 3" not in told(bare)
    assert bare.figure.bbox.height < whole.figure.bbox.height


def test_user_settings_do_not_matter() -> None:
    """Someone's own matplotlib settings change nothing, and are left as they were."""
    plain = as_svg(draw(wrong()).figure)
    mine: dict[Any, Any] = {
        "font.size": 33,
        "lines.linewidth": 9,
        "svg.hashsalt": "x",
        "text.color": "red",
        "figure.facecolor": "k",
    }
    with mpl.rc_context(mine):
        assert as_svg(draw(wrong()).figure) == plain
        assert mpl.rcParams["font.size"] == 33


def test_nothing_heavy_before_it_is_used() -> None:
    """Matplotlib and networkx are imported when a chart is drawn, pyplot never."""
    code = (
        "import sys; import runline.reports.chart, runline.reports.graph, runline.reports.render, runline.reports.picture\n"
        "assert not {'matplotlib', 'networkx'} & set(sys.modules)\n"
        "from runline.model.snapshot import Snapshot\n"
        "runline.reports.chart.draw(runline.reports.chart.Picture(Snapshot(), 'd'))\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_run_record_of_any_id_fits() -> None:
    """Ids too long for a marker stand below it, upright where columns are narrow."""
    records: list[RunRecord] = [run(104_000 + number, number) for number in range(30)]
    layout = _layout(Picture(state(records), DAG))
    assert layout.id_size == 0
    assert all(spot.upright and spot.captions == (str(number),) for number, spot in layout.lanes.spots.items())
