"""Events in words, as the tables of literal timelines write them: ``run 2 @2 backfill previous=1; run 1 -> success``.

``@2`` is 2 January 2016, ``@2.5`` its noon. Words without ``=`` say what happens, those with one say more of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runline.invariants.offline.fold import fold
from runline.model import events as ev
from runline.model.dags import DagVersion, Task
from runline.model.instants import DAY, HOUR, Instant, parse_duration, parse_instant
from runline.model.records import BY_DATE, NO_RUN, BackfillRecord, RunRecord, TaskKey, TaskRecord
from runline.model.schedules import Delta, Interval, parse_schedule
from runline.model.snapshot import Snapshot
from runline.model.states import RunKind, RunState, TaskState


class Words(NamedTuple):
    """One event in words: those that stand alone, and ``key=value``."""

    plain: list[str]
    fields: dict[str, str]

    @property
    def by(self) -> str:
        """Whose act it is."""
        return self.fields.get("by", "scheduler-1")

    @property
    def dag(self) -> str:
        """The DAG."""
        return self.fields.get("dag", "sales")

    def instant(self, key: str) -> Instant | None:
        """The day given under ``key``."""
        return day(self.fields[key]) if key in self.fields else None

    def number(self, key: str) -> int | None:
        """The number given under ``key``."""
        return int(self.fields[key]) if self.fields.get(key, "none") != "none" else None


def read_events(text: str) -> Iterator[ev.Event]:
    """The events of a row; what was before each of them is what those before it left."""
    state = Snapshot()
    for clause in text.split(";"):
        words = clause.split()
        plain = [word for word in words if "=" not in word or ":" in word]
        fields = dict(word.split("=") for word in words if word not in plain)
        event = _read_event(Words(plain, fields), state)
        yield event
        (state,) = fold([event], state)


def _read_event(words: Words, state: Snapshot) -> ev.Event:
    match words.plain:
        case ["dag", schedule, *tasks]:
            return _deployed(words, schedule, tasks, state)
        case ["run", number, *rest]:
            return _of_run(words, int(number), rest, state)
        case ["look"]:
            return ev.Looked("sales", by=words.by)
        case ["error"]:
            return ev.Raised("sales", "no such run", tuple(words.fields.get("stops", "").split()))
        case ["backfill", number, "completed"]:
            return ev.BackfillCompleted(int(number))
        case ["backfill", number, date]:
            return ev.BackfillSubmitted(BackfillRecord(int(number), "sales", (day(date),)))
        case [task, date, *rest]:
            return _of_task(words, TaskKey("sales", task, day(date)), rest, state)
    raise AssertionError(words)


def day(text: str) -> Instant:
    """``@2.5`` is noon of 2 January."""
    return parse_instant("2016-01-01T00:00:00Z") + round((float(text.removeprefix("@")) - 1) * DAY)


def _deployed(words: Words, schedule: str, tasks: list[str], state: Snapshot) -> ev.DagDeployed:
    fields = words.fields
    version = DagVersion(
        words.dag,
        len(state.versions.get(words.dag, ())) + 1,
        Delta(36 * HOUR) if schedule == "36h" else parse_schedule(schedule),
        tuple(_task(text) for text in tasks),
        start_date=words.instant("start"),
        end_date=words.instant("end"),
        catchup=fields.get("catchup") != "off",
        max_active_runs=int(fields.get("limit", 16)),
        dagrun_timeout=parse_duration(fields["timeout"]) if "timeout" in fields else None,
    )
    return ev.DagDeployed(version)


def _task(text: str) -> Task:
    """``load<extract`` waits for extract; ``load:past``, ``load:down`` and ``load:from=2`` say what else it heeds."""
    named, _, heeds = text.partition(":")
    task, _, upstream = named.partition("<")
    start = day(heeds.removeprefix("from=")) if heeds.startswith("from=") else None
    return Task(task, (upstream,) if upstream else (), heeds == "past", heeds == "down", start)


def _of_run(words: Words, number: int, rest: list[str], state: Snapshot) -> ev.Event:
    fields, asked = words.fields, "unasked" not in words.plain
    if rest[0].startswith("@"):
        return _made(words, number, day(rest[0]))
    run = state.runs[number]
    match rest:
        case ["overridden"]:
            return ev.RunOverridden(number, run.state, int(fields["by"]) if "by" in fields else None)
        case ["deleted", *_]:
            return ev.RunDeleted(run, asked)
        case ["taken", *_]:
            after = (run.kind, fields.get("name", run.run_id), int(fields.get("version", 1)))
            return ev.RunTaken(number, (run.kind, run.run_id, run.version), after, asked)
        case ["previous", "->", previous]:
            return ev.RunLinked(number, run.previous, int(previous))
        case ["->", after]:
            return ev.RunMoved(number, run.state, RunState(after), at=day(fields.get("at", "1")), by=words.by)
    raise AssertionError(words)


def _made(words: Words, number: int, date: Instant) -> ev.RunCreated:
    fields, plain = words.fields, set(words.plain)
    kind = RunKind(min(plain & set(RunKind), default="scheduled"))
    start, _, end = fields.get("interval", "").partition("..")
    at = words.instant("at")
    record = RunRecord(
        number,
        words.dag,
        date,
        kind,
        f"{kind}-{number}",
        RunState(min(plain & set(RunState), default="running")),
        previous=words.number("previous"),
        version=words.number("version") if "version" in fields else 1,
        started=words.instant("started"),
        origin=kind,
        interval=Interval(day(start), day(end)) if start else None,
        backfill=words.number("backfill"),
        requested=(fields["requested"],) if "requested" in fields else None,
        ordinal=words.number("ordinal"),
    )
    return ev.RunCreated(record, at=date + DAY if at is None else at, by=words.by)


def _of_task(words: Words, key: TaskKey, rest: list[str], state: Snapshot) -> ev.Event:
    owners = {"none": NO_RUN, "outside": NO_RUN, "date": BY_DATE}
    match rest:
        case ["of", owner, *_]:
            run = owners[owner] if owner in owners else int(owner)
            unowned = "outside" if owner == "outside" else ""
            return ev.TaskCreated(TaskRecord(*key, run, TaskState(rest[2] if rest[2:] else "none"), unowned=unowned))
        case ["to", owner]:
            return ev.TaskAdopted(key, state.tasks[key].run, int(owner))
        case ["->", after]:
            return ev.TaskMoved(key, state.tasks[key].state, TaskState(after), by=words.by)
    raise AssertionError(words)
