"""Literal states, and any states, to draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from hypothesis import strategies as st
from matplotlib.axes import Axes

from runline.invariants.law import Evidence
from runline.invariants.verdict import Finding
from runline.model.dags import DagVersion, Task
from runline.model.instants import DAY, HOUR, Instant, parse_instant
from runline.model.records import RunRecord, TaskKey, TaskRecord
from runline.model.schedules import parse_schedule
from runline.model.snapshot import Snapshot
from runline.model.states import RunKind, RunState, TaskState
from runline.reports.picture import Picture

DAG = "sales"
FIRST = parse_instant("2016-01-01T00:00:00Z")
HOSTILE = (
    "<script>alert(1)</script>",
    "$\\alpha$",
    "$unbalanced",
    "a_b^c",
    "'single' \"double\" `back`",
    "two\nlines\tand\x00zero",
    "&amp;<b>--></style>]]>",
    "\\N{\\G}\\l%s{0}",
    "x" * 300,
    "имя 名前 😀 \u202eoverride",
    "\ud800",
    "",
)
"""Names as someone else's database may hold them."""


def day(number: int) -> Instant:
    """The date so many days after the first."""
    return FIRST + number * DAY


def run(
    number: int,
    on: int,
    previous: int | None = None,
    *,
    kind: RunKind = RunKind.SCHEDULED,
    state: RunState = RunState.SUCCESS,
    overridden_by: int | None = None,
    dag: str = DAG,
    run_id: str = "",
) -> RunRecord:
    """A run on a day, by its number."""
    return RunRecord(
        number, dag, day(on), kind, run_id or f"{kind}__{on}", state, previous, overridden_by=overridden_by
    )


def instance(task: str, on: int, owner: int, state: TaskState = TaskState.SUCCESS, dag: str = DAG) -> TaskRecord:
    """A task instance on a day, and the run that owns it."""
    return TaskRecord(dag, task, day(on), owner, state)


def state(runs: Iterable[RunRecord], tasks: Iterable[TaskRecord] = (), now: Instant = FIRST + 50 * DAY) -> Snapshot:
    """A state of a daily DAG."""
    version = DagVersion(DAG, 1, parse_schedule("0 0 * * *"), (Task("extract"), Task("load", ("extract",))), FIRST)
    return Snapshot(
        now, {record.id: record for record in runs}, {record.key: record for record in tasks}, {DAG: (version,)}
    )


def finding(
    law: str,
    runs: Sequence[int] = (),
    *,
    aspect: str = "",
    instances: Sequence[TaskKey] = (),
    dates: Sequence[Instant] = (),
    sentence: str = "It is wrong.",
    known_by: str = "",
    step: int = 0,
) -> Finding:
    """A law found broken."""
    evidence = Evidence("{}", (sentence,), aspect, DAG, tuple(runs), tuple(instances), tuple(dates))
    return Finding(law, step, evidence, known_by=known_by)


def marks(axes: Axes) -> Counter[str]:
    """What is drawn, by name."""
    return Counter(gid for artist in axes.get_children() if (gid := artist.get_gid()))


def told(axes: Axes) -> str:
    """All text of a chart."""
    return "\n".join(text.get_text() for text in axes.texts if text.get_visible())


OVERRIDDEN = state(
    [
        run(1, 0),
        run(2, 1, 1, state=RunState.OVERRIDDEN, overridden_by=4),
        run(4, 1, 1, kind=RunKind.BACKFILL, state=RunState.OVERRIDDEN, overridden_by=5),
        run(5, 1, 1, kind=RunKind.BACKFILL),
        run(3, 2, 5, state=RunState.RUNNING),
        run(6, 3, kind=RunKind.MANUAL, state=RunState.QUEUED),
    ],
    [
        instance("extract", 0, 1),
        instance("load", 0, 1, TaskState.FAILED),
        instance("extract", 1, 5),
        instance("extract", 2, 1),
        instance("load", 2, 99, TaskState.RUNNING),
        instance("extract", 3, -1, TaskState.NONE),
    ],
)
"""A date overridden twice, a manual run, and instances of a run of another date, of a missing run and of none."""


def wrong() -> Picture:
    """A picture with names as someone else's database may hold them, and a law broken."""
    found = finding("previous-is-live", [3, 5], sentence="Run 3 has as its previous run 5.")
    return Picture(OVERRIDDEN, DAG, "a picture", (found,))


# ------------------------------------------------------------------------------ any state

_NUMBERS = st.integers(min_value=1, max_value=14)
_MAYBE_RUN = st.none() | st.integers(min_value=-1, max_value=16)
_NAMES = st.sampled_from(HOSTILE) | st.text(max_size=12)
_DATES = st.integers(min_value=0, max_value=9).map(day) | st.integers(min_value=0, max_value=90).map(
    lambda hours: FIRST + hours * HOUR
)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Any picture of a small state, coherent or not."""
    dag = draw(_NAMES)
    runs = draw(
        st.lists(
            st.builds(
                RunRecord,
                id=_NUMBERS,
                dag=st.sampled_from([dag, dag, dag, "other"]),
                date=_DATES,
                kind=st.sampled_from(RunKind),
                run_id=_NAMES,
                state=st.sampled_from(RunState),
                previous=_MAYBE_RUN,
                overridden_by=_MAYBE_RUN,
            ),
            max_size=12,
        )
    )
    tasks = draw(
        st.lists(
            st.builds(
                TaskRecord,
                dag=st.just(dag),
                task=_NAMES,
                date=_DATES,
                run=st.integers(min_value=-1, max_value=16),
                state=st.sampled_from(TaskState),
            ),
            max_size=12,
        )
    )
    keys = [task.key for task in tasks] or [TaskKey(dag, "gone", FIRST)]
    evidence = st.builds(
        Evidence,
        template=st.just("{}"),
        values=st.tuples(_NAMES),
        aspect=st.sampled_from(["", "overridden"]),
        dag=st.just(dag),
        runs=st.lists(_NUMBERS, max_size=3).map(tuple),
        instances=st.lists(st.sampled_from(keys), max_size=3).map(tuple),
        dates=st.lists(_DATES, max_size=2).map(tuple),
    )
    laws = st.sampled_from(["previous-is-predecessor", "acyclic-previous", "task-has-run", "single-live-run"])
    findings = draw(
        st.lists(st.builds(Finding, law=laws, step=st.integers(0, 3), evidence=evidence, known_by=laws | st.just("")))
    )
    schedule = draw(st.sampled_from(["0 0 * * *", "@once", None]))
    versions = (
        {dag: (DagVersion(dag, 1, parse_schedule(schedule), (Task("t"),), FIRST),)} if draw(st.booleans()) else {}
    )
    snapshot = Snapshot(
        draw(_DATES | st.just(0)), {record.id: record for record in runs}, {task.key: task for task in tasks}, versions
    )
    return Picture(
        snapshot, dag, draw(_NAMES), tuple(findings), draw(st.just("") | _NAMES), draw(st.none() | st.just(2))
    )
