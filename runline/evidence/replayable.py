"""Recordings that can be done again: what was done in each step, strictly read, and all that came of it.

A check of laws reads the states only; a design that is to do the same needs the acts and their effects as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, ValidationError

from runline.evidence.definitions import define, kind_of, redefined
from runline.evidence.files import Line
from runline.evidence.old_trees import DAG, history_of
from runline.evidence.recording import Date, Part, RecordedLoop, RecordedScenario, RecordedStep, Recording, StateOfTask
from runline.evidence.wrong import invalid
from runline.model.dags import DagVersion
from runline.model.errors import RunlineError, nearest

MAX_LOOPS = 10_000
"""More loops of a scheduler in one step are taken for a slip."""
PROBED = "x"
"""The task of the instance that a probe writes; no DAG has it."""

Count = Annotated[int, Field(strict=True, ge=1)]
Flag = Annotated[bool, Field(strict=True)]


class Act(Part):
    """What all acts have: the instant to which the clock is set before them, if it is."""

    at: Date | None = None


class Tick(Act):
    """Loops of the scheduler, or only the half that makes runs, or only the half that goes over them."""

    do: Literal["tick", "create", "process"]
    loops: Annotated[int, Field(strict=True, ge=0, le=MAX_LOOPS)] = 1


class ByHand(Part):
    """The state of an instance is written by hand while a backfill is at its ``heartbeat``."""

    heartbeat: Count
    task: str
    date: Date
    state: StateOfTask


class Backfill(Act):
    """A backfill job, from its start to its end in the foreground.

    ``via``: how the subset of ``tasks`` was made, where the DAG's own method made it, which adds what they wait for.
    """

    do: Literal["backfill", "kill_backfill_after"]
    start: Date | None
    end: Date | None
    tasks: tuple[str, ...] | None = None
    via: Literal["sub_dag"] | None = None
    ignore_first_depends_on_past: Flag = False
    max_heartbeats: Count | None = None
    during: tuple[ByHand, ...] = ()


class KilledBackfill(Backfill):
    """A backfill job that is killed after so many heartbeats."""

    heartbeats: Count


class Trigger(Act):
    """A manual run."""

    do: Literal["trigger"]
    date: Date | None
    run_id: str | None = None


class Clear(Act):
    """Instances of a range of dates are cleared."""

    do: Literal["clear"]
    start: Date
    end: Date
    tasks: tuple[str, ...] | None = None


class Redefine(Act):
    """The DAG gets another definition; which, the whole action says."""

    do: Literal["redefine"]


class SetFails(Act):
    """From now on these tasks fail on these dates, and no others."""

    do: Literal["set_fails"]
    fails: tuple[tuple[str, Date], ...]


class RunTask(Act):
    """A task is run by hand."""

    do: Literal["run_task"]
    task: str
    date: Date


class DeleteRun(Act):
    """The rows of runs of a date are deleted."""

    do: Literal["delete_run"]
    date: Date


class SetTaskState(Act):
    """The state of an instance is written by hand."""

    do: Literal["set_task_state"]
    task: str
    date: Date
    state: StateOfTask


class Probe(Act):
    """The laboratory asked what the store accepts."""

    do: Literal["probe"]
    what: Literal["insert_ti_without_run_id", "default_run_id_of_ti"]


_CLASSES: Mapping[str, type[Act]] = {
    "tick": Tick,
    "create": Tick,
    "process": Tick,
    "backfill": Backfill,
    "kill_backfill_after": KilledBackfill,
    "trigger": Trigger,
    "clear": Clear,
    "redefine": Redefine,
    "set_fails": SetFails,
    "run_task": RunTask,
    "delete_run": DeleteRun,
    "set_task_state": SetTaskState,
    "probe": Probe,
}

# ------------------------------------------------------------------------------ what came of it

Executed = tuple[str, Date, Annotated[str, BeforeValidator(lambda value: "none" if value is None else value)]]
"""A task that was executed: its id, the date, and the state in which it ended."""


class ReplayedLoop(RecordedLoop):
    """One loop of the scheduler: the date of the run that it made, and what was executed."""

    error: str | None
    created: Date | None
    executed: tuple[Executed, ...]


class ReplayedStep(RecordedStep):
    """What an act did: dates of runs made, what was executed, and the state after it."""

    exception: str | None
    created: tuple[Date, ...]
    executed: tuple[Executed, ...]
    loops: tuple[ReplayedLoop, ...] = ()
    executor_errors: Any = None


class ReplayedScenario(RecordedScenario):
    """The scenario, with the tasks that fail from the start."""

    fails: tuple[tuple[str, Date], ...]


class Replayable(Recording):
    """A recording with all that a comparison needs; ``alternatives``: other steps that the real code produces too."""

    scenario: ReplayedScenario
    steps: tuple[ReplayedStep, ...]
    alternatives: tuple[tuple[ReplayedStep, ...], ...] = ()


class Done(NamedTuple):
    """A step: the act, what came of it, and the definition that came into force with it, if one did."""

    act: Act
    step: ReplayedStep
    version: DagVersion | None


class Track(NamedTuple):
    """The steps from the first definition on, as they followed one another; ``key`` says where in the file they stand."""

    key: str
    first: DagVersion
    steps: tuple[Done, ...]


def read_replayable(line: Line) -> tuple[Replayable, list[Track]]:
    """A line as a recording that can be done again: as recorded, and its alternatives.

    Raises :class:`RunlineError` that names file, line and key of what is wrong; whatever a check of laws refuses is
    refused here in the same words.
    """
    history_of(line)
    try:
        recording = Replayable.model_validate(line.value)
        tracks = [_track(recording, recording.steps, "steps", line)]
        for place, steps in enumerate(recording.alternatives):
            tracks.append(_track(recording, steps, f"alternatives.{place}", line))
        _refuse_unknown_tasks(recording, tracks)
    except ValidationError as error:
        raise invalid(error, line.file, line.number) from None
    except RunlineError as error:
        raise error.located(file=line.file, line=line.number) from None
    return recording, tracks


def _track(recording: Replayable, steps: Iterable[ReplayedStep], key: str, line: Line) -> Track:
    definition = dict(recording.scenario.dag)
    first = define(DAG, definition, 1, "scenario.dag", line)
    number, done = 1, []
    for place, step in enumerate(steps):
        at = f"{key}.{place}.action"
        act, version = _act(step.action, at, line), None
        if isinstance(act, Redefine):
            definition.update(redefined(step.action, at))
            number += 1
            version = define(DAG, definition, number, at, line)
        done.append(Done(act, step, version))
    return Track(key, first, tuple(done))


def _act(action: dict[str, Any], key: str, line: Line) -> Act:
    try:
        return _CLASSES[kind_of(action, key)].model_validate(action)
    except ValidationError as error:
        raise invalid(error, line.file, line.number, key) from None


def _refuse_unknown_tasks(recording: Replayable, tracks: Iterable[Track]) -> None:
    """Every task that is named must be one that the DAG has at some time."""
    known: set[str] = set()
    for track in tracks:
        versions = (track.first, *(done.version for done in track.steps))
        known.update(*(version.by_id for version in versions if version is not None))
    for key, task in _tasks_named(recording, tracks):
        if task not in known and (task != PROBED or ".action." in key):
            raise RunlineError(f"the DAG has no task {task!r}", key=key, value=task, remedy=nearest(task, known))


def _tasks_named(recording: Replayable, tracks: Iterable[Track]) -> Iterator[tuple[str, str]]:
    """Each task that is named outside of a definition, after the key where it stands."""
    for place, (task, _) in enumerate(recording.scenario.fails):
        yield f"scenario.fails.{place}.0", task
    for track in tracks:
        for number, (act, step, _) in enumerate(track.steps):
            yield from _tasks_of_act(act, f"{track.key}.{number}.action")
            for place, (task, _, _) in enumerate(step.executed):
                yield f"{track.key}.{number}.executed.{place}.0", task
            for place, row in enumerate(step.task_instances):
                yield f"{track.key}.{number}.task_instances.{place}.task", row.task


def _tasks_of_act(act: Act, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(act, RunTask | SetTaskState):
        yield f"{key}.task", act.task
    elif isinstance(act, SetFails):
        yield from ((f"{key}.fails.{place}.0", task) for place, (task, _) in enumerate(act.fails))
    elif isinstance(act, Backfill | Clear):
        yield from ((f"{key}.tasks.{place}", task) for place, task in enumerate(act.tasks or ()))
    if isinstance(act, Backfill):
        yield from ((f"{key}.during.{place}.task", change.task) for place, change in enumerate(act.during))
