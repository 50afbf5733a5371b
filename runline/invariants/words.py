"""How laws name runs, dates and instances in their sentences: values that become text only when they are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from runline.model.instants import Instant, short_instant
from runline.model.records import Run, RunRecord, TaskKey
from runline.model.states import RunKind, RunState


class When(NamedTuple):
    """An instant, as short as it can be told."""

    instant: Instant

    def __str__(self) -> str:
        return short_instant(self.instant)


class RunName(NamedTuple):
    """A run by id, kind and date, as it stood when it was named."""

    id: int
    kind: RunKind
    date: Instant
    state: RunState

    def __str__(self) -> str:
        return f"run {self.id} ({self.kind} {short_instant(self.date)})"

    def __format__(self, spec: str) -> str:
        text = f"run {self.id} ({self.kind}, {self.state})" if spec == "state" else str(self)
        return text[0].upper() + text[1:] if spec == "capital" else text


class RunNames(NamedTuple):
    """Several runs of one date, by id, kind and state."""

    names: tuple[RunName, ...]

    def __str__(self) -> str:
        return " and ".join(format(name, "state") for name in self.names)


class TaskName(NamedTuple):
    """A task instance by task and date."""

    key: TaskKey

    def __str__(self) -> str:
        return f"Task {self.key.task} of {short_instant(self.key.date)}"


def run_name(run: Run | RunRecord) -> RunName:
    """Name a run as it stands now."""
    return RunName(run.id, run.kind, run.date, run.state)


def run_names(runs: Iterable[Run | RunRecord]) -> RunNames:
    """Name several runs as they stand now."""
    return RunNames(tuple(run_name(run) for run in runs))
