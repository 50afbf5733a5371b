"""What the shape of a scenario cannot say: that its parts fit together. Each misfit is told with its key and a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from runline.designs.catalog import DESIGNS, find_design, options_lacked
from runline.designs.quirks import with_quirks
from runline.invariants.laws import ALL_LAWS
from runline.model.errors import RunlineError, nearest
from runline.model.instants import short_instant
from runline.simulator.actions import Action, ClockAct, ProcessAct
from runline.simulator.deploys import check_deploys
from runline.simulator.guards import find_guards
from runline.simulator.scenario import DagSpec, Expect, History, Scenario
from runline.simulator.zones import find_zone

DESIGN_NAMES = (
    "airflow-1.7.0",
    "airflow-2016-04",
    "pr-1431",
    "coherent",
    "update-in-place",
    "airflow-1.8.1",
    "airflow-3",
)
"""The designs that a scenario may speak of, whether or not they are there already."""
_OWN_DESIGN = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
"""``package.module:name``: a user's own design."""


def check(scenario: Scenario) -> Scenario:
    """The scenario itself, if its parts fit; else raises :class:`RunlineError`."""
    for name, dag in scenario.dags.items():
        _check_names(name, dag)
        _check_zone(dag.timezone, f"dags.{name}.timezone")
        dag.version(name)  # refuses unknown upstream tasks and cycles
    for place, action in enumerate(scenario.actions):
        _check_action(scenario, action, f"actions.{place}")
    check_deploys(scenario)
    _check_designs(scenario)
    if scenario.explore is not None:
        find_guards(scenario.explore.guards, "explore.guards")
    for design, expect in scenario.expect.items():
        _check_expected(scenario, expect, f"expect.{design}")
    return scenario


def _check_expected(scenario: Scenario, expect: Expect, key: str) -> None:
    for part in ("breaks", "passes"):
        for law in getattr(expect, part):
            _check_known(law, ALL_LAWS, "law", f"{key}.{part}")
    for place, run in enumerate(expect.runs):
        if run.dag is not None:
            _check_known(run.dag, scenario.dags, "DAG", f"{key}.runs.{place}.dag")


def _check_zone(zone: str, key: str) -> None:
    try:
        find_zone(zone)
    except RunlineError as error:
        raise error.located(key=key) from None


def _check_designs(scenario: Scenario) -> None:
    """Every design that is named must be known, every option that a known design has must have that value."""
    parts = (("designs", scenario.designs), ("history", scenario.history), ("expect", scenario.expect))
    for part, named in parts:
        for design in named:
            if not _OWN_DESIGN.fullmatch(design):
                _check_known(design, {*DESIGN_NAMES, *DESIGNS}, "design", f"{part}.{design}")
    for design, options in scenario.designs.items():
        if design in DESIGNS:
            _check_options(design, options)
    for design, history in scenario.history.items():
        if scenario.explore is not None:
            raise RunlineError(
                "the scenario is about all histories, and fixes one",
                key=f"history.{design}",
                value="explore",
                remedy="either the table explore or those of histories",
            )
        _check_history(design, history)


def _check_options(design: str, options: Mapping[str, str | int | bool]) -> None:
    """An option that another design has is passed over, with a note; one that none has is a slip of the pen."""
    found = find_design(design, options)
    for option in options_lacked(found, options):
        known = {name for other in DESIGNS for name in find_design(other).options}
        if option not in known:
            raise RunlineError(
                f"no design has an option {option!r}",
                key=f"designs.{design}.{option}",
                value=option,
                remedy=nearest(option, found.options or known),
            )


def _check_history(design: str, history: History) -> None:
    """Whether its steps are possible is known only when they are gone along."""
    for place, step in enumerate(history.steps):
        if not step.strip():
            remedy = 'a step such as "scheduler-1 begins"'
            raise RunlineError("a step is empty", key=f"history.{design}.steps.{place}", value=step, remedy=remedy)
    find_guards(history.guards, f"history.{design}.guards")
    if design in DESIGNS:
        try:
            with_quirks(find_design(design), history.quirks)
        except RunlineError as error:
            error.key = f"history.{design}.quirks"
            raise


def _check_known(name: str, known: Iterable[str], what: str, key: str) -> None:
    names = list(known)
    if name not in names:
        raise RunlineError(f"there is no {what} {name!r}", key=key, value=name, remedy=nearest(name, names))


def _check_action(scenario: Scenario, action: Action, key: str) -> None:
    clock = scenario.clock
    if not clock.start <= action.at <= clock.end:
        raise RunlineError(
            f"the action is at {short_instant(action.at)}, outside the clock",
            key=f"{key}.at",
            value=short_instant(action.at),
            remedy=f"an instant from {short_instant(clock.start)} to {short_instant(clock.end)}",
        )
    if isinstance(action, ProcessAct | ClockAct):
        _check_process(scenario, action.process, f"{key}.process")
        return
    if action.dag is None and len(scenario.dags) > 1:
        raise RunlineError(
            "the action does not say which DAG it is about",
            key=f"{key}.dag",
            remedy=f"one of {', '.join(scenario.dags)}",
        )
    dag = scenario.dag_of(action)
    _check_known(dag, scenario.dags, "DAG", f"{key}.dag")
    for task in _tasks_named(action):
        _check_known(task, _tasks_ever(scenario, dag), "task", f"{key}.task")
    _check_range(action, key)


def _check_process(scenario: Scenario, process: str, key: str) -> None:
    backfills = sum(action.do == "backfill" for action in scenario.actions)
    known = [f"scheduler-{number + 1}" for number in range(scenario.processes.schedulers)]
    known += [f"worker-{number + 1}" for number in range(scenario.processes.workers)]
    known += [f"backfill-{number + 1}" for number in range(backfills)]
    _check_known(process, known, "process", key)


def _tasks_named(action: Action) -> Iterator[str]:
    if (task := getattr(action, "task", None)) is not None:
        yield task
    if action.do != "deploy":
        yield from getattr(action, "tasks", None) or ()


def _tasks_ever(scenario: Scenario, dag: str) -> set[str]:
    """The tasks that a DAG has at some time of the scenario."""
    tasks = set(scenario.dags[dag].tasks)
    for action in scenario.actions:
        if action.do == "deploy" and action.tasks and scenario.dag_of(action) == dag:
            tasks |= set(action.tasks)
    return tasks


def _check_range(action: Action, key: str) -> None:
    first, last = getattr(action, "from_", None), getattr(action, "to", None)
    if first is not None and last is not None and last < first:
        raise RunlineError(
            f"the range ends at {short_instant(last)}, before it starts at {short_instant(first)}",
            key=f"{key}.to",
            value=short_instant(last),
            remedy="an end at or after the start",
        )


def _check_names(name: str, dag: DagSpec) -> None:
    """Names must be something that one can read."""
    for key, each in ((f"dags.{name}", name), *((f"dags.{name}.tasks.{task}", task) for task in dag.tasks)):
        if not each.strip():
            raise RunlineError("a name is empty", key=key, value=each, remedy="a name such as load")
