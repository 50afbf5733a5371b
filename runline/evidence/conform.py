"""Conformance: a design does what a recording says was done, and must have the same effect, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from runline.designs.catalog import DESIGNS, find_design
from runline.designs.design import Design
from runline.evidence.files import Line, find_files, read_lines
from runline.evidence.lab import Lab, Loop, Told
from runline.evidence.old_trees import DAG, START
from runline.evidence.read import LeftOut
from runline.evidence.recording import RecordedInstance, RecordedRun
from runline.evidence.replayable import Executed, Replayable, ReplayedStep, Track, read_replayable
from runline.evidence.trees import DESIGN_OF
from runline.model.capability import Capability
from runline.model.errors import RunlineError, nearest
from runline.model.instants import Instant, format_instant
from runline.model.states import TaskState

NOISE = "DetachedInstanceError"
"""A recording with this error shows the database session of the laboratory, not a rule."""
Effect = tuple[str, Any, Any, Loop]
"""What is compared after a step: its name, as recorded, as the design has it, and what else the design did then."""


class Difference(NamedTuple):
    """Where a design first does something else than was recorded."""

    step: int
    what: str
    expected: Any
    got: Any
    rule: str


class Conformed(NamedTuple):
    """How one recording went: matched (no difference), different, or skipped.

    ``file`` is the same from any working directory; ``path`` is the file as it was named.
    """

    file: str
    line: int
    name: str
    skipped: bool
    difference: Difference | None
    tree: str
    design: str
    path: str

    @property
    def matched(self) -> bool:
        """Whether the design did in every step what was recorded."""
        return not self.skipped and self.difference is None


def conform_all(
    paths: Iterable[str], design: str | None = None, name: str | None = None, left_out: list[LeftOut] | None = None
) -> Iterator[Conformed]:
    """Hold a design (that of the recording's tree, if none is named) against all recordings in files and folders.

    A file that was not named itself, but found below a folder, is put into ``left_out`` if no design can be held
    against what it holds. Raises :class:`RunlineError` for anything else that cannot be used.
    """
    try:
        wanted = None if design is None else find_design(design)
    except RunlineError as error:
        raise error.located(key="--design") from None
    told, names, found = list(paths), list[str](), False
    for path, shown in find_files(told).items():
        for line, using in _lines_with_design(path, shown, wanted, None if str(path) in told else left_out):
            names.append(str(line.value.get("name")))
            if name is None or names[-1] == name:
                found = True
                yield conform(line, using)
    if not found and name is not None:
        raise RunlineError(f"there is no recording {name!r}", key="--name", value=name, remedy=nearest(name, names))
    if not found and left_out:
        raise RunlineError("no design can be held against any of the files here", file=told[0], remedy=left_out[0].why)


def _lines_with_design(
    path: Path, shown: str, wanted: Design | None, left_out: list[LeftOut] | None
) -> Iterator[tuple[Line, Design]]:
    """The lines of a file, each with the design to hold against it; none if the file as a whole is left out."""
    first = True
    for line in read_lines(path, shown):
        try:
            using = _design_for(line, wanted)
        except RunlineError as error:
            if left_out is None or not first:
                raise error.located(file=line.file, line=line.number) from None
            left_out.append(LeftOut(shown, error.message))
            return
        first = False
        yield line, using


def _design_for(line: Line, wanted: Design | None) -> Design:
    """The design that was asked for, or the one that does what the recorded tree did."""
    value = line.value
    if "steps" in value and "tree" not in value and "airflow_version" in value:
        raise RunlineError(
            "recordings of Airflow 3 cannot be done again yet",
            key="airflow_version",
            value=value["airflow_version"],
            remedy="recordings of 1.7.0, base, pr, prti or 1.8.1",
        )
    if "steps" not in value or "tree" not in value:
        keys = ", ".join(sorted(value)[:6]) or "none"
        raise RunlineError(
            f"this is no recording that Runline knows (its keys: {keys})",
            remedy="recordings with the keys tree, name, scenario and steps",
        )
    return wanted or _design_of(str(value["tree"]))


def _design_of(tree: str) -> Design:
    name = DESIGN_OF.get(tree)
    if name not in DESIGNS:
        message = f"no design does what {tree!r} did" if name is None else f"the design {name} does not exist yet"
        remedy = f"--design with one of {', '.join(DESIGNS)}"
        raise RunlineError(message, key="tree", value=tree, remedy=remedy)
    return find_design(name)


def conform(line: Line, design: Design) -> Conformed:
    """Do one recording of an old tree again on a design; one of its alternatives may match instead.

    Raises :class:`RunlineError` that names file, line and key for a recording that cannot be done again.
    """
    recording, tracks = read_replayable(line)
    skipped = any(_is_noise(done.step) for done in tracks[0].steps)
    difference = None if skipped else _first_difference(recording, tracks, design, line)
    return Conformed(
        file=line.shown,
        line=line.number,
        name=recording.name,
        skipped=skipped,
        difference=difference,
        tree=recording.tree,
        design=design.name,
        path=line.file,
    )


def _is_noise(step: ReplayedStep) -> bool:
    return NOISE in str(step.exception) or NOISE in str(step.executor_errors)


def _first_difference(recording: Replayable, tracks: Iterable[Track], design: Design, line: Line) -> Difference | None:
    """The first difference from the steps as recorded; none if these, or an alternative as a whole, match."""
    first: Difference | None = None
    for track in tracks:
        difference = _compare(recording, track, design, line)
        if difference is None:
            return None
        first = first or difference
    return first


def _compare(recording: Replayable, track: Track, design: Design, line: Line) -> Difference | None:
    lab = Lab(design)
    lab.set_clock(START)
    lab.deploy(track.first)
    lab.fails = set(recording.scenario.fails)
    for number, (act, step, version) in enumerate(track.steps):
        try:
            if act.at is not None:
                lab.set_clock(act.at)
            if version is not None:
                lab.deploy(version)
            told = lab.do(act)
        except RunlineError as error:
            raise error.located(file=line.file, line=line.number, key=f"{track.key}.{number}.action") from None
        for what, expected, got, did in _effects(step, told, lab, design):
            if expected != got:
                return Difference(number, what, expected, got, did.rules[-1] if did.rules else "")
    return None


def _effects(step: ReplayedStep, told: Told, lab: Lab, design: Design) -> Iterator[Effect]:
    yield "raised", step.exception is not None, bool(told.raised), told
    yield "created", _dates(step.created), _dates(told.created), told
    yield "executed", _executed(step.executed), _executed(told.executed), told
    for number, (recorded, loop) in enumerate(zip(step.loops, told.loops, strict=False)):
        yield f"loop {number} raised", recorded.error is not None, bool(loop.raised), loop
        made = () if recorded.created is None else (recorded.created,)
        yield f"loop {number} created", _dates(made), _dates(loop.created), loop
        yield f"loop {number} executed", _executed(recorded.executed), _executed(loop.executed), loop
    with_previous = Capability.STORES_PREVIOUS in design.capabilities and _all_have("previous", step.dag_runs)
    runs = [_run(run, with_previous) for run in sorted(step.dag_runs, key=lambda run: run.id)]
    yield "dag_runs", runs, list(_runs(lab, with_previous)), told
    with_run = Capability.TASK_HAS_RUN in design.capabilities and _all_have("dag_run_id", step.task_instances)
    tasks = sorted((_task(row, with_run) for row in step.task_instances), key=str)
    yield "task_instances", tasks, sorted(_tasks(lab, with_run), key=str), told


def _all_have(field: str, rows: Iterable[RecordedRun | RecordedInstance]) -> bool:
    """Whether the tree stores a thing: what only one side stores is not compared."""
    return all(field in row.model_fields_set for row in rows)


def _dates(dates: Iterable[Instant]) -> list[str]:
    return [format_instant(date) for date in sorted(dates)]


def _executed(executed: Iterable[Executed]) -> list[list[str]]:
    return [[task, format_instant(date), state] for task, date, state in executed]


def _run(run: RecordedRun, with_previous: bool) -> dict[str, Any]:
    told = {
        "id": run.id,
        "kind": run.kind.value,
        "date": format_instant(run.date),
        "state": run.state.value,
        "external": run.external,
    }
    return {**told, "previous": run.previous} if with_previous else told


def _runs(lab: Lab, with_previous: bool) -> Iterator[dict[str, Any]]:
    for run in lab.timeline.runs(DAG):
        told = {
            "id": run.id,
            "kind": run.kind.value,
            "date": format_instant(run.date),
            "state": run.state.value,
            "external": run.origin.value == "manual",
        }
        yield {**told, "previous": run.previous} if with_previous else told


def _task(row: RecordedInstance, with_run: bool) -> list[Any]:
    return [format_instant(row.date), row.task, row.state.value, *([row.dag_run_id] if with_run else [])]


def _tasks(lab: Lab, with_run: bool) -> Iterator[list[Any]]:
    for task in lab.timeline.tasks():
        state = TaskState.NONE if task.state is None else task.state
        yield [format_instant(task.date), task.task, state.value, *([task.run] if with_run else [])]
