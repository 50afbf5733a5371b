"""What tests of ``update-in-place`` ask of a small timeline."""

from __future__ import annotations

from runline.model.events import TaskMoved
from runline.model.records import TaskKey
from runline.model.states import TaskState
from runline.simulator.outcome import Outcome
from runline.simulator.scenario import Scenario
from runline.simulator.simulate import simulate
from tests.simulator.building import at, scenario, shown

DESIGN = "update-in-place"
FAILING = "[dags.sales.tasks.load]\ndepends_on_past = true\nfails_on = [2016-01-02T00:00:00Z]\n"
SLOW = '[dags.sales.tasks.load]\nduration = "3h"\n'


def of(given: Scenario) -> Outcome:
    """What comes of a scenario; no promise may be broken."""
    outcome = simulate(given, DESIGN)
    assert outcome.broken_promises == []
    return outcome


def runs(more: str = "", **keys: str | int) -> list[tuple[str, str, str]]:
    """What the runs are in the end: date, kind, state."""
    return table(of(scenario(more, **keys)))  # type: ignore[arg-type]


def table(outcome: Outcome) -> list[tuple[str, str, str]]:
    """The runs by date: date, kind, state."""
    return [row[:3] for row in shown(outcome)]


def executed(outcome: Outcome, task: str, date: str) -> int:
    """How often an instance began to run."""
    events = (event for entry in outcome.trace for event in entry.events if isinstance(event, TaskMoved))
    return sum(event.key == TaskKey("sales", task, at(date)) and event.after is TaskState.RUNNING for event in events)


def state_of(outcome: Outcome, task: str, date: str) -> TaskState:
    """The state of an instance."""
    row = outcome.timeline.task(TaskKey("sales", task, at(date)))
    assert row is not None
    return row.state


def revision(outcome: Outcome, run: int) -> int:
    """The revision of a run (U1)."""
    return 1 + outcome.updates[run]


def option(name: str, value: str) -> str:
    """The text that chooses an option of the design."""
    return f'[designs.update-in-place]\n{name} = "{value}"\n'
