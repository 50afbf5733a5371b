"""The laws of covered time on tiny literal timelines, across changes of the clock, and held against naive checks.

The table reads: under each law, what a timeline shows, its events, and after ``=>`` the aspect and the sentence of what
breaks it. Every run is made under the version in force just then; scheduled runs by rule H15.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runline.invariants.coverage import day_named, instants_of, no_gap, no_missed_tick, no_overlap, wall_clock
from runline.invariants.law import Context, Evidence, Finished, Judged, Kind, Made
from runline.invariants.offline.coverage import Breach, breaches, shown
from runline.model.dags import DagVersion
from runline.model.events import DagDeployed, Event, RunCreated
from runline.model.instants import DAY, HOUR, Instant, format_instant, parse_instant
from runline.model.records import RunRecord
from runline.model.schedules import Cron, Delta, Once, Schedule, Unscheduled
from runline.model.states import RunKind, RunState
from runline.model.timeline import Timeline
from tests.invariants.words import read_events

LAWS = {law.id: law for law in (no_gap, no_overlap, no_missed_tick, wall_clock)}
BERLIN = ZoneInfo("Europe/Berlin")

TABLE = """
no-gap
    a run each day: dag @daily; run 1 @1; run 2 @2; run 3 @3
    a single run, which has no neighbour: dag @daily; run 1 @1; run 2 @2 backfill
    a DAG without a schedule: dag none; run 1 @1; run 2 @5
    a DAG that was never deployed: run 1 @1; run 2 @5
    daily, then hourly, without a hole: dag @daily; run 1 @1; dag @hourly; run 2 @2
    hourly, then daily, begun late: dag @hourly; run 1 @1; dag @daily; run 2 @2
        => schedule changed: Run 2 (scheduled 2016-01-02), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-01 01:00 to 2016-01-02, 23h in all (schedule changed).
    a start date that was moved: dag @daily start=1; run 1 @1; dag @daily start=4; run 2 @4
        => start moved: Run 2 (scheduled 2016-01-04), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 to 2016-01-04, 2d in all (start moved).
    a backfill ahead, which the schedule goes beyond: dag @daily; run 1 @1; run 2 @4 backfill; run 3 @5
        => stepped over: Run 3 (scheduled 2016-01-05), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 to 2016-01-04, 2d in all (stepped over).
    a backfill in the middle, with a hole on either side: dag @daily; run 1 @1; run 2 @3 backfill; run 3 @5
        => stepped over: Run 3 (scheduled 2016-01-05), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 to 2016-01-03 and 2016-01-04 to 2016-01-05, 2d in all (stepped over).
    a manual run, which covers nothing: dag @daily; run 1 @1; run 2 @2 manual; run 3 @3
        => stepped over: Run 3 (scheduled 2016-01-03), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 to 2016-01-03, 1d in all (stepped over).
    a run that was deleted, and a manual one too early to be stepped over: dag @daily; run 1 @1; run 2 @2; run 3 @3;
        run 4 @1.5 manual; run 2 deleted
        => deleted: Run 3 (scheduled 2016-01-03), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 to 2016-01-03, 1d in all (deleted).
    a leap to the present: dag @daily catchup=off; run 1 @1; run 2 @3
        => catchup off: Run 2 (scheduled 2016-01-03), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 to 2016-01-03, 1d in all (catchup off).
    backfills on the grid that close the hole: dag @daily; run 1 @1; run 4 @4; run 2 @2 backfill; run 3 @3 backfill
    backfills on the grid of the new schedule: dag @hourly; run 1 @1.5; dag 36h; run 3 @3; dag @daily;
        run 2 @2 backfill
        => schedule changed: Run 3 (scheduled 2016-01-03), made by rule H15, follows run 1 (scheduled
           2016-01-01 12:00), but leaves out 2016-01-01 13:00 to 2016-01-02, 11h in all (schedule changed).
    a backfill within the time that another covers: dag @daily; run 1 @1; run 2 @2 backfill; dag @hourly;
        run 3 @2.5 backfill; run 4 @3
    a backfill of the first run's date, which does not lie between: dag @hourly; run 1 @1; dag @daily; run 2 @1 backfill;
        run 3 @2
        => schedule changed: Run 3 (scheduled 2016-01-02), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-01 01:00 to 2016-01-02, 23h in all (schedule changed).
    a backfill under no schedule, which is on no grid: dag @daily; run 1 @1; dag none; run 2 @2 backfill; dag @daily;
        run 3 @3
        => stepped over: Run 3 (scheduled 2016-01-03), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 to 2016-01-03, 1d in all (stepped over).
    a backfill off the grid, which closes nothing: dag @daily; run 1 @1; run 2 @2.5 backfill; run 3 @3
        => stepped over: Run 3 (scheduled 2016-01-03), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 to 2016-01-03, 1d in all (stepped over).
    a backfill in the phase of a delta: dag 36h; run 1 @1; run 2 @2.5 backfill; run 3 @4
    a backfill out of the phase of a delta: dag 36h; run 1 @1; run 2 @3 backfill; run 3 @4
        => stepped over: Run 3 (scheduled 2016-01-04), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 12:00 to 2016-01-04, 1d12h in all (stepped over).
    a backfill that was overridden, by none that is left: dag @daily; run 1 @1; run 2 @2 backfill; run 3 @3;
        run 2 overridden
        => deleted: Run 3 (scheduled 2016-01-03), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           leaves out 2016-01-02 to 2016-01-03, 1d in all (deleted).

no-overlap
    a run each day: dag @daily; run 1 @1; run 2 @2; run 3 @3
    a hole: dag @daily; run 1 @1; run 2 @3
    a run that was overridden: dag @daily; run 1 @1; run 1 overridden; run 2 @1 backfill; run 3 @2
    daily, then hourly within the last day: dag @daily; run 1 @3; dag @hourly; run 2 @3.25; run 3 @3.5
        => schedule changed: Run 2 (scheduled 2016-01-03 06:00), made by rule H15, follows run 1 (scheduled
           2016-01-03), but begins 18h before that one's period ends at 2016-01-04 (schedule changed).
    a delta that lost its phase: dag 36h; run 1 @1; run 2 @2
        => same schedule: Run 2 (scheduled 2016-01-02), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           begins 12h before that one's period ends at 2016-01-02 12:00 (same schedule).
    two runs of one date: dag @daily; run 1 @1; run 2 @1
        => same schedule: Run 2 (scheduled 2016-01-01), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           begins 1d before that one's period ends at 2016-01-02 (same schedule).

no-missed-tick
    a run each day: dag @daily; run 1 @1; run 2 @2
    ticks where runs of other kinds stand: dag @daily; run 1 @1; run 2 @2 manual; run 3 @3 backfill; run 4 @4
    a hole under two versions: dag @daily; run 1 @1; dag @daily; run 2 @4
    a tick without a run: dag @daily; run 1 @1; run 2 @2 manual; run 3 @2.5 manual; run 4 @5
        => no run: Run 4 (scheduled 2016-01-05), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           no run stands at 2016-01-03, a tick of 0 0 * * *.
    a tick of a delta: dag 36h; run 1 @1; run 2 @2 manual; run 3 @4
        => no run: Run 3 (scheduled 2016-01-04), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           no run stands at 2016-01-02 12:00, a tick of every 1d12h.

wall-clock
    a run each day: dag @daily; run 1 @1; run 2 @2; run 3 @3
    a schedule that names no one time: dag @hourly; run 1 @1; run 2 @1.5
    a day kept by a backfill: dag @daily; run 1 @1; run 2 @2 backfill; run 3 @3
    two versions: dag @daily; run 1 @1; dag @daily; run 2 @3.5
    a day without a run: dag @daily; run 1 @1; run 2 @2.5 backfill; run 3 @3
        => day left out: Run 3 (scheduled 2016-01-03), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           no run stands at 00:00 in UTC of 2016-01-02.
    a run at noon: dag @daily; run 1 @1; run 2 @2.5
        => another time: Run 2 (scheduled 2016-01-02 12:00), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           00:00 in UTC is not the time of run 2 (scheduled 2016-01-02 12:00).
    a second run of the day: dag @daily; run 1 @1; run 2 @1
        => twice a day: Run 2 (scheduled 2016-01-01), made by rule H15, follows run 1 (scheduled 2016-01-01), but
           is a second one at 00:00 in UTC of 2016-01-01.
"""


class Row(NamedTuple):
    """One line of the table: a law, what the timeline shows, its events, and what is said, if anything."""

    law: str
    shows: str
    events: str
    said: str


def _rows() -> Iterator[Row]:
    law = ""
    for block in TABLE.replace("\n        ", " ").splitlines():
        if not block.startswith(" "):
            law = block
            continue
        shows, _, rest = block.strip().partition(": ")
        events, _, said = rest.partition("=>")
        yield Row(law, shows, events.strip(), " ".join(said.split()))


def finished(events: Iterable[Event]) -> Finished:
    """The history at its end; a run was made under the version then in force, if there was one."""
    timeline, made = Timeline(), {}
    for event in events:
        timeline.apply(event)
        if isinstance(event, RunCreated) and (version := timeline.version(event.record.dag)):
            made[event.record.id] = Made(event.at, version, "H15")
    return Finished(timeline, 0, made)


def _judged(law: str, history: Finished) -> Judged:
    return LAWS[law].judge(history, Context())


def _breach(evidence: Evidence) -> Breach:
    runs = evidence.runs
    assert len(runs) == 2
    return Breach(runs, evidence.aspect, evidence.dates)


@pytest.mark.parametrize("row", tuple(_rows()), ids=lambda row: f"{row.law}: {row.shows}")
def test_law_on_a_literal_timeline(row: Row) -> None:
    """A law is broken where the table says so, with that aspect and sentence, and the naive check finds the same."""
    history = finished(read_events(row.events))
    judged = _judged(row.law, history)
    assert [f"{evidence.aspect}: {evidence.sentence}" for evidence in judged.broken] == [row.said] * bool(row.said)
    assert breaches(row.law, history) == (judged.exercised, [_breach(evidence) for evidence in judged.broken])


@pytest.mark.parametrize(
    ("events", "exercised"),
    [
        ("dag @daily; run 1 @1; run 2 @2; run 3 @3", (2, 2, 2, 2)),
        ("dag @daily; run 1 @1; dag @daily; run 2 @2; run 3 @3", (2, 2, 1, 1)),
        ("dag @hourly; run 1 @1; run 2 @2 backfill; run 3 @3", (1, 1, 1, 0)),
        ("dag @daily; run 1 @1; dag @once; run 2 @2; dag @daily; run 3 @3; run 4 @4", (1, 1, 1, 1)),
        ("run 1 @1; run 2 @2", (0, 0, 0, 0)),
    ],
)
def test_law_counts_the_pairs_that_it_judged(events: str, exercised: tuple[int, ...]) -> None:
    """A pair counts where both schedules go on; for ticks and the clock only where one version made both."""
    history = finished(read_events(events))
    assert tuple(_judged(law, history).exercised for law in LAWS) == exercised


def test_evidence_comes_by_dag_and_date() -> None:
    """What is found stands in the order of DAGs by name, then of dates, whatever the order of events."""
    events = "dag @daily; run 1 @7; run 2 @5; run 3 @1; dag @daily dag=depot; run 4 @9 dag=depot; run 5 @2 dag=depot"
    broken = _judged("no-gap", finished(read_events(events))).broken
    assert [(evidence.dag, evidence.runs) for evidence in broken] == [
        ("depot", (5, 4)),
        ("sales", (3, 2)),
        ("sales", (2, 1)),
    ]


def test_run_of_unknown_making_is_judged_by_the_version_in_force() -> None:
    """Where it is not known how a run was made, the version in force counts, and no rule is told."""
    history = finished(read_events("dag @hourly; run 1 @1; run 2 @2; dag @daily"))._replace(made={})
    assert not _judged("no-gap", history).broken
    history = finished(read_events("dag @daily; run 1 @1; run 2 @3"))._replace(made={})
    (evidence,) = _judged("no-gap", history).broken
    assert evidence.sentence.startswith("Run 2 (scheduled 2016-01-03) follows run 1 (scheduled 2016-01-01), but")


def test_laws_say_what_they_are() -> None:
    """Every law is of kind coverage, one sentence, and names where it comes from."""
    for law in LAWS.values():
        assert law.kind is Kind.COVERAGE
        assert law.sentence.endswith(".")
        assert law.source


# -------------------------------------------------------------------------- wall clock

# Europe/Berlin: 2016-03-27 01:00 UTC from 02:00 to 03:00, 2016-10-30 01:00 UTC from 03:00 back to 02:00.
SPRING, AUTUMN = date(2016, 3, 27), date(2016, 10, 30)


@pytest.mark.parametrize(
    ("day", "written", "expected"),
    [
        (SPRING, time(1, 30), ["2016-03-27T00:30:00Z"]),
        (AUTUMN, time(1, 30), ["2016-10-29T23:30:00Z"]),
        (SPRING, time(2), ["2016-03-27T00:00:00Z", "2016-03-27T01:00:00Z"]),
        (AUTUMN, time(2), ["2016-10-30T00:00:00Z", "2016-10-30T01:00:00Z"]),
        (SPRING, time(2, 30), ["2016-03-27T00:30:00Z", "2016-03-27T01:30:00Z"]),
        (AUTUMN, time(2, 30), ["2016-10-30T00:30:00Z", "2016-10-30T01:30:00Z"]),
        (SPRING, time(3), ["2016-03-27T01:00:00Z"]),
        (AUTUMN, time(3), ["2016-10-30T02:00:00Z"]),
    ],
)
def test_time_of_a_day_stands_for_instants(day: date, written: time, expected: list[str]) -> None:
    """A time of the day is one instant; one that the clock repeats or leaps over may stand for two."""
    instants = sorted(instants_of(day, written, BERLIN))
    assert [format_instant(instant) for instant in instants] == expected
    assert [day_named(instant, written, BERLIN) for instant in instants] == [day] * len(expected)
    assert list(shown(day, written, "Europe/Berlin")) == instants


@pytest.mark.parametrize("hours", [-12, -2, 2, 12])
def test_another_hour_names_no_day(hours: int) -> None:
    """An instant that is off by more than a leap of the clock stands for that time of no day, in spring and autumn."""
    for day in (SPRING, AUTUMN):
        (noon,) = instants_of(day, time(12), BERLIN)
        assert day_named(noon + hours * HOUR, time(12), BERLIN) is None


@pytest.mark.parametrize(
    ("zone", "day", "written", "expected"),
    [
        # From 24:00 to 01:00: midnight moved back stands at 23:00 of the day before.
        ("America/Sao_Paulo", date(2016, 10, 16), time(0), ["2016-10-16T02:00:00Z", "2016-10-16T03:00:00Z"]),
        # From 23:30 to 24:00: 23:45 moved forth stands at 00:15 of the day after.
        ("Asia/Pyongyang", date(2018, 5, 4), time(23, 45), ["2018-05-04T14:45:00Z", "2018-05-04T15:15:00Z"]),
    ],
)
def test_time_moved_over_midnight_names_its_own_day(zone: str, day: date, written: time, expected: list[str]) -> None:
    """A time that is moved to another day by a leap of the clock stands for the day that it is written for."""
    instants = sorted(instants_of(day, written, ZoneInfo(zone)))
    assert [format_instant(instant) for instant in instants] == expected
    assert [day_named(instant, written, ZoneInfo(zone)) for instant in instants] == [day, day]


class _InBerlin(DagVersion):
    """A version that reads its schedule in Berlin."""

    timezone = "Europe/Berlin"


class _InApia(DagVersion):
    """A version that reads its schedule in Apia."""

    timezone = "Pacific/Apia"


def _scheduled(version: DagVersion, dates: list[str]) -> Judged:
    """What wall-clock says of scheduled runs of these dates."""
    runs = [_run(number, "sales", parse_instant(text)) for number, text in enumerate(dates, 1)]
    history = finished([DagDeployed(version), *(RunCreated(run) for run in runs)])
    judged = _judged("wall-clock", history)
    assert breaches("wall-clock", history) == (judged.exercised, [_breach(evidence) for evidence in judged.broken])
    return judged


def _run(number: int, dag: str, instant: Instant, kind: RunKind = RunKind.SCHEDULED) -> RunRecord:
    return RunRecord(number, dag, instant, kind, f"{kind}-{number}", RunState.RUNNING, origin=kind)


@pytest.mark.parametrize(
    ("expression", "dates", "aspects"),
    [
        # 06:00, kept by the clock: the day of the change has 23 hours in spring, 25 in autumn.
        ("0 6 * * *", ["2016-03-26T05:00", "2016-03-27T04:00", "2016-03-28T04:00"], []),
        ("0 6 * * *", ["2016-10-29T04:00", "2016-10-30T05:00", "2016-10-31T05:00"], []),
        # 06:00, kept by elapsed time: off by an hour from the change on.
        ("0 6 * * *", ["2016-03-26T05:00", "2016-03-27T05:00", "2016-03-28T05:00"], ["another time", "another time"]),
        ("0 6 * * *", ["2016-10-29T04:00", "2016-10-30T04:00", "2016-10-31T04:00"], ["another time", "another time"]),
        # 02:30 does not exist in spring: moved forth or back; in autumn it comes twice: at the first or the second.
        ("30 2 * * *", ["2016-03-26T01:30", "2016-03-27T01:30", "2016-03-28T00:30"], []),
        ("30 2 * * *", ["2016-03-26T01:30", "2016-03-27T00:30", "2016-03-28T00:30"], []),
        ("30 2 * * *", ["2016-10-29T00:30", "2016-10-30T00:30", "2016-10-31T01:30"], []),
        ("30 2 * * *", ["2016-10-29T00:30", "2016-10-30T01:30", "2016-10-31T01:30"], []),
        # Left out in spring, fired twice in autumn.
        ("30 2 * * *", ["2016-03-26T01:30", "2016-03-28T00:30"], ["day left out"]),
        ("30 2 * * *", ["2016-10-29T00:30", "2016-10-30T00:30", "2016-10-30T01:30"], ["twice a day"]),
    ],
)
def test_fixed_time_across_a_change_of_the_clock(expression: str, dates: list[str], aspects: list[str]) -> None:
    """A fixed time fires once each local day, in spring when it may not exist and in autumn when it may come twice."""
    judged = _scheduled(_InBerlin("sales", 1, Cron(expression), ()), dates)
    assert judged.exercised == len(dates) - 1
    assert [evidence.aspect for evidence in judged.broken] == aspects


def test_day_that_the_calendar_leaps_over_needs_no_run_of_its_own() -> None:
    """Apia had no 30 December 2011: moved by the leap, its run is that of the day before or after."""
    judged = _scheduled(_InApia("sales", 1, Cron("0 6 * * *"), ()), ["2011-12-29T16:00", "2011-12-30T16:00"])
    assert judged == Judged(1, ())


@given(
    zone=st.sampled_from(
        ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Pyongyang", "UTC"]
    ),
    day=st.sampled_from(
        [SPRING, AUTUMN, date(2016, 10, 16), date(2011, 12, 30), date(2016, 10, 2), date(2016, 4, 3), date(2018, 5, 4)]
    ),
    minutes=st.integers(0, 24 * 60 - 1),
)
def test_instants_are_those_that_a_clock_shows(zone: str, day: date, minutes: int) -> None:
    """A time of a day stands for the instants at which a clock, read every minute, shows it, or for it moved."""
    written = (datetime.combine(day, time(0)) + timedelta(minutes=minutes)).time()
    assert sorted(instants_of(day, written, ZoneInfo(zone))) == list(shown(day, written, zone))


# ------------------------------------------------------------- the naive checks agree

FIRST = parse_instant("2016-01-01T00:00:00Z")
SCHEDULES: tuple[Schedule, ...] = (
    Cron("0 0 * * *"),
    Cron("0 0 * * *"),
    Cron("0 */12 * * *"),
    Cron("0 0 * * 6,1"),
    Delta(DAY),
    Delta(18 * HOUR),
    Once(),
    Unscheduled(),
)
GRID = 6 * HOUR
EXAMPLES = max(1_000, settings().max_examples)
"""How many histories are drawn: many, since pairs that break a law in a certain way are few."""
KINDS = (RunKind.SCHEDULED, RunKind.SCHEDULED, RunKind.SCHEDULED, RunKind.BACKFILL, RunKind.BACKFILL, RunKind.MANUAL)

versions = st.tuples(st.sampled_from(SCHEDULES), st.sampled_from((FIRST, FIRST, FIRST + DAY)), st.booleans())
"""A schedule, a start date, catchup."""
made_runs = st.tuples(
    st.sampled_from(("sales", "sales", "sales", "depot")),
    st.one_of(st.integers(0, 6).map(lambda day: day * DAY), st.integers(0, 24).map(lambda step: step * GRID)),
    st.sampled_from(KINDS),
    st.sampled_from((RunState.RUNNING, RunState.SUCCESS, RunState.FAILED, RunState.OVERRIDDEN)),
    st.integers(0, 9),
)
"""A DAG, where its run stands, its kind and state, and how it was made: mostly under the last version so far."""


@settings(max_examples=EXAMPLES)
@given(st.lists(versions, min_size=1, max_size=2), st.lists(made_runs, min_size=4, max_size=12))
def test_naive_checks_find_the_same(
    known: list[tuple[Schedule, Instant, bool]], drawn: list[tuple[str, Instant, RunKind, RunState, int]]
) -> None:
    """Both count the same pairs and find the same runs, aspects and dates, whatever the runs and versions."""
    sales = [
        DagVersion("sales", n, schedule, (), start, catchup=on) for n, (schedule, start, on) in enumerate(known, 1)
    ]
    timeline, made = Timeline(), {}
    for version in sales:
        timeline.apply(DagDeployed(version))
    for number, (dag, offset, kind, state, how) in enumerate(drawn, 1):
        timeline.apply(RunCreated(_run(number, dag, FIRST + offset, kind)._replace(state=state)))
        if sales and how and dag == "sales":
            made[number] = Made(0, sales[how % len(sales)], "H15")
    history = Finished(timeline, 0, made)
    for law in LAWS:
        judged = _judged(law, history)
        assert breaches(law, history) == (judged.exercised, [_breach(evidence) for evidence in judged.broken])
