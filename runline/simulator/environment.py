"""What lies outside the scheduler: how long tasks take, and how they end."""

from __future__ import annotations

from runline.model.instants import SECOND, Duration, Instant
from runline.model.records import TaskKey
from runline.model.states import TaskState
from runline.simulator.choices import Choices
from runline.simulator.scenario import DagSpec, TaskSpec

_Fails = frozenset[Instant] | str
_SUCCESS, _FAILED = _EITHER = TaskState.SUCCESS, TaskState.FAILED


class Environment:
    """The tasks of all DAGs as the world treats them now."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._specs: dict[tuple[str, str], TaskSpec] = {}
        self._fails: dict[tuple[str, str], _Fails] = {}

    def copy(self, choices: Choices) -> Environment:
        """The world as it treats tasks now, with choices of its own."""
        other = Environment(choices)
        other._specs, other._fails = dict(self._specs), dict(self._fails)
        return other

    def deploy(self, dag: str, spec: DagSpec) -> None:
        """The tasks of a DAG behave as it says from now on; one whose dates were mended keeps that unless it changed."""
        for name, task in spec.tasks.items():
            known = self._specs.get((dag, name))
            self._specs[dag, name] = task
            if known is None or known.fails_on != task.fails_on:
                self.fail(dag, name, task.fails_on)

    def fail(self, dag: str, task: str, dates: tuple[Instant, ...] | str) -> None:
        """From now on a task fails on these dates only, or ``"sometimes"``."""
        self._fails[dag, task] = dates if isinstance(dates, str) else frozenset(dates)

    def duration(self, key: TaskKey) -> Duration:
        """How long a try takes: what the scenario says, or a choice of whole seconds between its bounds."""
        dag, task, _ = key
        given = self._specs[dag, task].duration
        if isinstance(given, int):
            return given
        shortest, longest = sorted(given)
        steps = (longest - shortest) // SECOND
        return shortest + SECOND * self._choices.choose(f"how long {dag}.{task} takes", steps + 1)

    def ends(self, key: TaskKey) -> tuple[TaskState, ...]:
        """How a try may end: well, badly, or, of a task that fails sometimes, either."""
        dag, task, date = key
        fails = self._fails[dag, task]
        if isinstance(fails, str):
            return _EITHER
        return (_FAILED if date in fails else _SUCCESS,)

    def end(self, key: TaskKey) -> TaskState:
        """How a try ends."""
        dag, task, date = key
        fails = self._fails[dag, task]
        if not isinstance(fails, str):
            return _FAILED if date in fails else _SUCCESS
        return _EITHER[self._choices.choose(f"how {dag}.{task} ends", len(_EITHER))]
