"""The picture of a simulated history: the state it left, what was broken and when, and columns where dates are many."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes

import runline
from runline.invariants.verdict import Status
from runline.model.errors import RunlineError
from runline.model.instants import DAY, HOUR, MINUTE, SECOND, parse_instant
from runline.model.records import RunRecord
from runline.model.snapshot import Snapshot
from runline.model.states import RunKind, RunState
from runline.reports.axis import FEW_DATES, MAX_DATES
from runline.reports.chart import draw as draw_picture
from runline.reports.layout import lay
from runline.reports.overview import Overview, short_count
from runline.reports.picture import Picture, remarks
from runline.reports.places import MARGIN, WIDTH, Layout
from runline.reports.simulated import Simulated
from runline.reports.simulated_chart import draw, picture_of_outcome
from runline.reports.spans import MAX_SPANS, divide
from tests.reports.charting import DAG, FIRST, day, finding, instance, marks, run, state, told

ROOT = Path(__file__).parents[2]
OVERRIDDEN_ONCE = "row-14-backfill-over-a-run"
NOT_ALIGNED = "row-02-start-not-aligned"
MENDED = "wait-for-downstream"


@cache
def _simulated(name: str, design: str = "coherent") -> Simulated:
    return runline.simulate(ROOT / "scenarios" / "seed" / f"{name}.toml", design)


# --------------------------------------------------------------------- of a simulated history


def test_final_state_is_drawn() -> None:
    """The picture of an outcome is its last state, at its end, under the scenario's title and the design."""
    outcome = _simulated(OVERRIDDEN_ONCE)
    picture = picture_of_outcome(outcome)
    assert picture.title == "A backfill over a run that succeeded under coherent"
    assert picture.state.runs[2].overridden_by == 4
    assert picture.state.now == outcome.end
    assert picture.step == len(outcome.trace) - 1
    drawn = marks(draw_picture(picture))
    assert {f"run-{number}" for number in (1, 2, 3, 4)} <= set(drawn)
    assert picture.conclusion == "no law is broken"


def test_state_after_an_entry() -> None:
    """After an entry of the trace there is what its events and those before it add up to, and nothing later."""
    outcome = _simulated(OVERRIDDEN_ONCE)
    seen: list[int] = []
    for entry, (time, *_) in enumerate(outcome.trace):
        picture = picture_of_outcome(outcome, entry=entry)
        assert picture.state.now == time
        assert picture.step == entry
        seen.append(len(picture.state.runs))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0, 4)
    assert picture.state == replace(picture_of_outcome(outcome).state, now=time)
    assert "after entry 5: scheduler-1" in picture_of_outcome(outcome, entry=5).title


def test_every_broken_law_is_told_with_its_time() -> None:
    """A chart names the laws that the verdicts name, and says of each since when, or at which time, by which rule."""
    outcome = _simulated(NOT_ALIGNED, "airflow-2016-04")
    notes = {remark.law: remark.note for remark in remarks(picture_of_outcome(outcome))}
    assert list(notes) == [law for law, verdict in outcome.verdicts.items() if verdict.status is Status.VIOLATED]
    assert notes["run-state-agrees"].startswith("since 2016-01-05 02:00, 2016-01-05 03:00")
    assert notes["on-schedule"] == "at 2016-01-05 01:00, by L14"


def test_nothing_is_told_before_it_happens() -> None:
    """The picture after an entry holds what was found up to that entry."""
    outcome = _simulated(NOT_ALIGNED, "airflow-2016-04")
    all_of_them = picture_of_outcome(outcome).findings
    for entry in range(len(outcome.trace)):
        found = picture_of_outcome(outcome, entry=entry).findings
        assert len(found) == sum(each.step <= entry for each in all_of_them)


def test_what_was_mended_says_so() -> None:
    """A state law that holds again at the end is told as mended there, and as broken in between."""
    outcome = _simulated(MENDED, "airflow-2016-04")
    assert "on, mended later" in remarks(picture_of_outcome(outcome))[0].note
    begun = min(found.step for found in outcome.verdicts["run-state-agrees"].findings)
    assert "mended" not in remarks(picture_of_outcome(outcome, entry=begun))[0].note


def test_each_breach_is_told_by_its_own_sentence() -> None:
    """Where one run owns the instances of many dates, which breaks a law at each of them, no date is told twice."""
    outcome = runline.simulate(ROOT / "scenarios" / "bugs" / "af-309-backfill-hourly-as-daily.toml", "pr-1431")
    shown = [found.sentence for found in picture_of_outcome(outcome, laws=["task-has-run"]).findings]
    assert len(shown) == len(set(shown)) == len(outcome.verdicts["task-has-run"].findings) > 1


def test_pictures_can_keep_to_some_laws() -> None:
    """Asked for some laws, a picture has their findings and no others."""
    outcome = _simulated(NOT_ALIGNED, "airflow-2016-04")
    assert {found.law for found in picture_of_outcome(outcome, laws=["start-aligned"]).findings} == {"start-aligned"}
    assert picture_of_outcome(outcome, laws=["single-live-run"]).findings == ()


def test_passing_laws_are_not_called_broken() -> None:
    """What was broken only while an operation was under way is told apart from what is broken for good."""
    passing = finding("single-live-run", [1])._replace(lasting=False)
    picture = Picture(state([run(1, 0)]), DAG, "it", (passing,))
    assert picture.conclusion == "no law is broken; passing: single-live-run"
    both = Picture(state([run(1, 0)]), DAG, "it", (passing, finding("acyclic-previous", [1])))
    assert both.conclusion == "1 law broken: acyclic-previous; passing: single-live-run"


@pytest.mark.parametrize(
    ("asked", "remedy"),
    [({"dag": "sale"}, "'sales'"), ({"laws": ["single-live"]}, "'single-live-run'"), ({"entry": 99}, "from 0 to")],
)
def test_what_is_not_there_is_an_error(asked: dict[str, Any], remedy: str) -> None:
    """Asking for a DAG, a law or an entry that a history does not have is an error that offers what it has."""
    with pytest.raises(RunlineError) as caught:
        picture_of_outcome(_simulated(OVERRIDDEN_ONCE), **asked)
    assert remedy in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [("svg", "<?xml"), ("html", "<!doctype html>"), ("dot", "digraph"), ("mmd", "flowchart"), ("pdf", "%PDF")],
)
def test_files_are_what_their_names_say(suffix: str, begins: str, tmp_path: Path) -> None:
    """The suffix says what is written, and what is concluded is handed back."""
    path = tmp_path / f"chart.{suffix}"
    assert draw(_simulated(NOT_ALIGNED, "airflow-2016-04"), path).startswith("4 laws broken: run-state-agrees")
    assert path.read_bytes().startswith(begins.encode())


def test_unknown_suffix_is_refused(tmp_path: Path) -> None:
    """A suffix that is not known is an error, and nothing is written."""
    with pytest.raises(RunlineError, match="cannot be written"):
        draw(_simulated(OVERRIDDEN_ONCE), tmp_path / "chart.gif")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------- in Python


def test_simulating_in_python() -> None:
    """What `runline.simulate` gives back has verdicts by law, a chart and a graph, and tells itself in a line."""
    outcome = _simulated(OVERRIDDEN_ONCE)
    assert outcome.verdicts["single-live-run"].status is Status.HOLDS
    assert isinstance(outcome.plot(), Axes)
    assert "after entry 3" in str(outcome.plot(entry=3).get_label())
    assert repr(outcome).startswith("<'A backfill over a run that succeeded' under coherent, seed 0")


def test_graph_has_all_relations() -> None:
    """The graph of an outcome has its runs and instances, and who precedes, overrides and owns whom."""
    graph = _simulated(OVERRIDDEN_ONCE).graph()
    edges = {(source, target, relation) for source, target, relation in graph.edges(data="relation")}
    assert {(4, 1, "previous"), (3, 4, "previous"), (4, 2, "overrides")} <= edges
    assert sum(relation == "owns" for *_, relation in edges) == 3


def test_scenarios_built_in_python_are_simulated() -> None:
    """A scenario may be given as a file's name or as built in Python; the history is the same."""
    outcome = _simulated(OVERRIDDEN_ONCE)
    again = runline.simulate(outcome.scenario, laws=("single-live-run",))
    assert again.trace == outcome.trace
    assert list(again.verdicts) == ["single-live-run"]


# ----------------------------------------------------------------------------------- columns


@given(
    dates=st.sets(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=300),
    unit=st.sampled_from([SECOND, MINUTE, HOUR, DAY]),
)
def test_columns_hold_every_date_once(dates: set[int], unit: int) -> None:
    """However dates lie, they stand in few columns, in order, each date in one column."""
    last = parse_instant("2190-01-01T00:00:00Z")
    ordered = sorted(date for number in dates if (date := FIRST + number * unit) < last)
    if ordered:
        spans = divide(ordered).spans
        assert len(spans) <= MAX_SPANS
        assert [date for span in spans for date in span.dates] == ordered


@pytest.mark.parametrize(
    ("count", "step", "columns", "each", "labels"),
    [
        (60, DAY, 10, "one week", ["12-28", "01-04"]),
        (500, DAY, 17, "one month", ["Jan", "Feb"]),
        (5000, DAY, 14, "one year", ["2016", "2017"]),
        (5000, HOUR, 31, "one week", ["12-28", "01-04"]),
        (500, HOUR, 21, "one day", ["01", "02"]),
        (60, HOUR, 20, "3 hours", ["00:00", "03:00"]),
        (41, SECOND, 21, "2 dates", ["00:00:00", "00:00:02"]),
    ],
)
def test_columns_are_of_the_calendar(count: int, step: int, columns: int, each: str, labels: list[str]) -> None:
    """Columns are whole days, weeks, months or years, as many as can be told apart; else equal numbers of dates."""
    spans, told_as, _ = divide([FIRST + number * step for number in range(count)])
    assert (len(spans), told_as) == (columns, each)
    assert [span.label for span in spans[:2]] == labels


def test_dates_far_apart_have_columns_of_equal_numbers() -> None:
    """Where the calendar would give mostly empty columns, each column has the same number of dates."""
    dates = [day(number) for number in range(200)] + [day(40_000 + number) for number in range(200)]
    spans, told_as, head = divide(dates)
    assert (told_as, head) == ("20 dates", "from")
    assert {len(span.dates) for span in spans} == {20}


# ---------------------------------------------------------------------------------- overviews


def _long(count: int) -> Snapshot:
    """A long history with a range that was backfilled, some failures, a manual run, and instances without a run."""
    records = [run(number + 1, number, number or None, state=_ended(number)) for number in range(count)]
    for place, number in enumerate((33, 34, 35)):
        records[number] = records[number]._replace(state=RunState.OVERRIDDEN, overridden_by=count + 1 + place)
        records.append(run(count + 1 + place, number, number, kind=RunKind.BACKFILL))
    records.append(run(count + 9, 50, kind=RunKind.MANUAL)._replace(date=day(50) + HOUR))
    return state(records, [instance("load", count + number, -1) for number in range(4)], now=day(count))


def _ended(number: int) -> RunState:
    return RunState.FAILED if number % 97 == 11 else RunState.SUCCESS


def _layout(picture: Picture) -> Layout:
    return lay(picture, remarks(picture), 50.0)


def _overview(picture: Picture) -> Overview:
    overview = _layout(picture).overview
    assert overview is not None
    return overview


def _counted(overview: Overview) -> dict[str, int]:
    """How many runs each row counts, in all."""
    return {row.name: sum(int(box.note.split(": ")[1].split()[0]) for box in row.boxes) for row in overview.bars}


def test_few_dates_have_no_columns() -> None:
    """Up to forty dates each is drawn, and nothing is counted in columns; with one more they are."""
    for count, counted in ((MAX_DATES, False), (MAX_DATES + 1, True)):
        picture = Picture(state([run(number + 1, number) for number in range(count)]), DAG)
        assert (_layout(picture).overview is not None) is counted


@pytest.mark.parametrize("count", [60, 500, 2000])
def test_columns_count_every_run_once(count: int) -> None:
    """Every run is counted in one box: of its kind, or of the overridden ones, in the column of its date."""
    overview = _overview(Picture(_long(count), DAG))
    assert _counted(overview) == {
        "scheduled": count - 3,
        "backfill": 3,
        "manual": 1,
        "overridden": 3,
        "instances only": 4,
    }
    assert overview.caption.startswith(f"{count + 4} runs in {len(overview.spans)} columns of one ")


def test_boxes_are_high_enough_to_be_read() -> None:
    """A box is as high as its runs are many, but one run among hundreds can still be read; no box covers another."""
    overview = _overview(Picture(_long(2000), DAG))
    for row in overview.bars:
        boxes = sorted(row.boxes, key=lambda box: (box.x, -box.y))
        assert all(box.height > 8 and box.text for box in boxes)
        for lower, upper in pairwise(boxes):
            if lower.x == upper.x:
                assert upper.y + upper.height / 2 == pytest.approx(lower.y - lower.height / 2)
            else:
                assert lower.x + lower.width / 2 < upper.x - upper.width / 2
    assert overview.right <= WIDTH - MARGIN + 0.01


def test_columns_show_where_laws_are_broken() -> None:
    """Dates at which a law is broken are marked in their column; several of one column are counted there."""
    found = finding("single-live-run", [3, 4, 200])
    axes = draw_picture(Picture(_long(500), DAG, "it", (found,)))
    assert marks(axes)["wrong-span-0"] == marks(axes)["wrong-span-1"] == 1
    notes = {artist.get_gid(): str(artist.get_label()) for artist in axes.patches}
    assert notes["wrong-span-0"] == "2016 Jan: 2 dates at which a law is broken"
    assert notes["wrong-span-1"] == "2016 Jul: 1 date at which a law is broken"


def test_dates_off_the_schedule_are_marked() -> None:
    """A date that the schedule does not name is marked in its column."""
    ticks = {row.name: row for row in _overview(Picture(_long(500), DAG)).ticks}
    assert [mark.note for mark in ticks["off schedule"].marked] == ["2016 Feb: 1 date off the schedule"]


def test_few_unusual_dates_are_drawn_one_by_one() -> None:
    """What is wrong, overridden, backfilled or off the schedule is drawn in full, and so is the latest."""
    count = 500
    layout = _layout(Picture(_long(count), DAG, "it", (finding("single-live-run", [300]),)))
    assert {34, 35, 36, 501, 502, 503, 509, 299, 300, 301} <= set(layout.lanes.spots)
    assert layout.axis.columns[-1].date == day(count + 3)
    assert len(layout.axis.columns) <= FEW_DATES + 2


def test_many_unusual_dates_are_only_counted() -> None:
    """Backfilled dates that are many are left to the columns: what is drawn in full stays small."""
    records = [run(number + 1, number, kind=RunKind.BACKFILL) for number in range(300)]
    layout = _layout(Picture(state(records), DAG))
    assert len(layout.axis.columns) <= 4
    assert _counted(_overview(Picture(state(records), DAG))) == {"backfill": 300}


def test_every_law_has_a_date_in_full() -> None:
    """A law that is broken at many dates does not push out one that is broken at a single date."""
    findings = [finding("single-live-run", [number], sentence=str(number)) for number in range(1, 200, 2)]
    layout = _layout(Picture(_long(500), DAG, "it", (*findings, finding("acyclic-previous", [400]))))
    assert {1, 400} <= set(layout.lanes.spots)


def test_shown_dates_hang_on_their_columns() -> None:
    """From where a date stands in its column a lens leads to each stretch of dates that is drawn in full."""
    picture = Picture(_long(500), DAG, "it", (finding("single-live-run", [300]),))
    overview = _overview(picture)
    left, right = overview.edges(day(299), day(299))
    column = next(place for place, span in enumerate(overview.spans) if day(299) in span.dates)
    assert overview.left + column * overview.pitch <= left < right <= overview.left + (column + 1) * overview.pitch
    lenses = [gid for gid in marks(draw_picture(picture)) if gid.startswith("lens-")]
    assert len(lenses) == len(_layout(picture).axis.breaks)


def test_a_chart_with_columns_says_so() -> None:
    """The chart says in words how many runs there are in how many columns, and how many dates are drawn in full."""
    text = told(draw_picture(Picture(_long(500), DAG)))
    assert "504 runs in 17 columns of one month" in text
    assert re.search(r"Each box counts the runs of one state; below, \d+ of 505 dates in full\.", text)
    assert {"Jan", "Dec", "2016", "2017", "month"} <= set(text.splitlines())


def test_columns_of_any_ids_and_gaps_can_be_drawn() -> None:
    """Long ids, dates far apart and ten thousand runs of a day are drawn like any other."""
    far = [
        RunRecord(10**6 + number, DAG, day(number * 200), RunKind.SCHEDULED, "r", RunState.SUCCESS)
        for number in range(42)
    ]
    near = [
        RunRecord(1 + number, DAG, FIRST + number * MINUTE, RunKind.SCHEDULED, "r", RunState.FAILED)
        for number in range(9999)
    ]
    for records in (far, near):
        assert sum(_counted(_overview(Picture(state(records), DAG))).values()) == len(records)
        draw_picture(Picture(state(records), DAG))


def test_counts_fit_their_boxes() -> None:
    """A count too wide for its box is told in thousands, and left out where even that is too wide."""
    assert [short_count(count, 14.5) for count in (7, 365, 1439, 25_000)] == ["7", "365", "1.4k", "25k"]
    assert short_count(123_456_789, 13.0) == ""


# ------------------------------------------------------------------------------------- bytes

CODE = """
import sys
from pathlib import Path
import runline
from runline.reports.chart import save
from runline.reports.picture import Picture
from runline.reports.simulated_chart import draw
from tests.reports.test_simulated_chart import DAG, _long, finding
outcome = runline.simulate("scenarios/seed/wait-for-downstream.toml", "airflow-2016-04")
found = tuple(finding(law, [40, 41, 300]) for law in ("single-live-run", "acyclic-previous"))
for suffix in ("svg", "png", "html", "dot", "mmd"):
    draw(outcome, Path(sys.argv[1]) / f"chart.{suffix}")
    save(Picture(_long(500), DAG, "long", found), Path(sys.argv[1]) / f"long.{suffix}")
"""


def _drawn(folder: Path, seed: str) -> dict[str, bytes]:
    """Charts, drawn by a process of its own."""
    folder.mkdir()
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", CODE, str(folder)], check=True, cwd=ROOT, env=environment)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_same_bytes_in_two_processes(tmp_path: Path) -> None:
    """A simulation and a long history give the same bytes whatever the hash seed."""
    first = _drawn(tmp_path / "a", "1")
    assert len(first) == 10
    assert first == _drawn(tmp_path / "b", "2")
