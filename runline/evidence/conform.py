"""Conformance: a design does what a recording says was done, and must have the same effect, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from runline.designs.design import Design
from runline.evidence.definitions import redefined, version_of
from runline.evidence.files import Line
from runline.evidence.lab import DAG, Lab, Told
from runline.evidence.recording import RecordedDag
from runline.model.capability import Capability
from runline.model.instants import Instant, format_instant, parse_instant
from runline.model.states import TaskState

START: Instant = parse_instant("2016-01-01T00:00:00Z")
"""The clock before the first action that sets it."""
NOISE = "DetachedInstanceError"
"""A recording with this error shows the database session of the laboratory, not a rule."""


class Difference(NamedTuple):
    """Where a design first does something else than was recorded."""

    step: int
    what: str
    expected: Any
    got: Any
    rule: str


class Conformed(NamedTuple):
    """How one recording went: matched (no difference), different, or skipped."""

    file: str
    line: int
    name: str
    skipped: bool
    difference: Difference | None


def conform(line: Line, design: Design) -> Conformed:
    """Replay one recording of an old tree on a design; one of its alternatives may match instead."""
    recording = line.value
    name = str(recording["name"])
    if any(
        NOISE in str(step.get("exception")) or NOISE in str(step.get("executor_errors")) for step in recording["steps"]
    ):
        return Conformed(line.shown, line.number, name, True, None)
    first: Difference | None = None
    for steps in (recording["steps"], *recording.get("alternatives", ())):
        difference = _compare(recording["scenario"], steps, design)
        if difference is None:
            return Conformed(line.shown, line.number, name, False, None)
        first = first or difference
    return Conformed(line.shown, line.number, name, False, first)


def _compare(scenario: Mapping[str, Any], steps: Iterable[Mapping[str, Any]], design: Design) -> Difference | None:
    lab = Lab(design)
    lab.set_clock(START)
    definition = dict(scenario["dag"])
    versions = 1
    lab.deploy(version_of(DAG, RecordedDag.model_validate(definition), versions))
    lab.fails = {(task, parse_instant(date)) for task, date in scenario["fails"]}
    for number, step in enumerate(steps):
        action = step["action"]
        if action.get("at") is not None:
            lab.set_clock(parse_instant(action["at"]))
        if action["do"] == "redefine":
            definition.update(redefined(action, f"steps.{number}.action"))
            versions += 1
            lab.deploy(version_of(DAG, RecordedDag.model_validate(definition), versions))
        told = lab.act(action)
        for what, expected, got in _effects(step, told, lab, design):
            if expected != got:
                return Difference(number, what, expected, got, _last(told.rules))
    return None


def _last(rules: list[str]) -> str:
    return rules[-1] if rules else ""


def _effects(step: Mapping[str, Any], told: Told, lab: Lab, design: Design) -> Iterator[tuple[str, Any, Any]]:
    """What is compared after a step: its name, as recorded, and as the design has it."""
    yield "raised", step["exception"] is not None, bool(told.raised)
    yield "created", sorted(step["created"]), sorted(map(format_instant, told.created))
    yield "executed", step["executed"], [[task, format_instant(date), state] for task, date, state in told.executed]
    for number, (recorded, loop) in enumerate(zip(step.get("loops", ()), told.loops, strict=False)):
        yield f"loop {number} raised", recorded["error"] is not None, bool(loop.raised)
        created = format_instant(loop.created[0]) if loop.created else None
        yield f"loop {number} created", recorded["created"], created
        executed = [[task, format_instant(date), state] for task, date, state in loop.executed]
        yield f"loop {number} executed", recorded["executed"], executed
    stores_previous = Capability.STORES_PREVIOUS in design.capabilities
    yield "dag_runs", [_run(run, stores_previous) for run in step["dag_runs"]], list(_runs(lab, stores_previous))
    stores_run = Capability.TASK_HAS_RUN in design.capabilities
    recorded_tasks = sorted(_task(task, stores_run) for task in step["task_instances"])
    yield "task_instances", recorded_tasks, sorted(_tasks(lab, stores_run))


def _run(run: Mapping[str, Any], stores_previous: bool) -> dict[str, Any]:
    kept = ["id", "kind", "date", "state", "external", *(["previous"] if stores_previous else [])]
    return {key: run.get(key) for key in kept}


def _runs(lab: Lab, stores_previous: bool) -> Iterator[dict[str, Any]]:
    for run in lab.timeline.runs(DAG):
        told = {
            "id": run.id,
            "kind": run.kind.value,
            "date": format_instant(run.date),
            "state": run.state.value,
            "external": run.origin.value == "manual",
        }
        yield {**told, "previous": run.previous} if stores_previous else told


def _task(task: Mapping[str, Any], stores_run: bool) -> list[Any]:
    return [task["date"], task["task"], task["state"] or "none", *([task.get("dag_run_id")] if stores_run else [])]


def _tasks(lab: Lab, stores_run: bool) -> Iterator[list[Any]]:
    for task in lab.timeline.tasks():
        state = TaskState.NONE if task.state is None else task.state
        yield [format_instant(task.date), task.task, state.value, *([task.run] if stores_run else [])]
