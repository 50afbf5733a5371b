"""What an action of the operator does to the world of an exploration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from runline.designs.worker import Execution
from runline.explorer.clocks import after, begun
from runline.explorer.reductions.alike import JobNumber
from runline.explorer.standing import GONE, OPERATOR, REST, Ahead, Handed, Requested, Stands, Watcher, number_of
from runline.explorer.steps import stamped
from runline.explorer.workers import deliver, finish
from runline.model.events import BackfillCompleted, DagDeployed, DagPaused, Event, Raised, TaskDeleted, TaskMoved
from runline.model.records import TaskKey
from runline.model.states import TaskState
from runline.simulator import actions
from runline.simulator.asked import Asked, command_of, request_of
from runline.simulator.transaction import rows_written

if TYPE_CHECKING:
    from runline.designs.commands import BackfillRequest
    from runline.explorer.world import World


def act(world: World, action: actions.Action) -> None:
    """Do the next action of the scenario."""
    number = world.slots[OPERATOR]
    world.put(OPERATOR, number + 1)
    if isinstance(action, actions.Backfill):
        dag = world.scenario.dag_of(action)
        _begin_job(world, request_of(action, dag, JobNumber(len(world.jobs()) + 1)))
    elif isinstance(action, actions.Deploy):
        dag = world.scenario.dag_of(action)
        version = world.plan.specs[number + 1][dag].version(dag, len(world.timeline.versions(dag)) + 1)
        _happen(world, "deploy", dag, (DagDeployed(version, world.now, OPERATOR.name, "L53"),))
    elif isinstance(action, actions.Pause | actions.Unpause):
        dag, wanted = world.scenario.dag_of(action), isinstance(action, actions.Pause)
        _happen(world, action.do, dag, (DagPaused(dag, world.timeline.paused(dag), wanted, world.now, OPERATOR.name),))
    elif isinstance(action, actions.ProcessAct):
        _process(world, action)
    elif isinstance(action, actions.ClockAct):
        _set_clock(world, action)
    elif isinstance(action, Asked):
        _ask(world, action)


def _happen(world: World, step: str, dag: str, events: tuple[Event, ...]) -> bool:
    """Let the events of an act happen; false if the database refused them."""
    refused = world.guards.refused(world.timeline, events) if world.guards.constraints else None
    if refused is not None:
        error = Raised(dag, refused.error, (), world.now, OPERATOR.name, refused.constraint)
        world.happen(OPERATOR.name, step, dag, (error,))
    elif events and world.commit(OPERATOR, OPERATOR.name, step, dag, events):
        interrupt(world, interrupted(events))
    return refused is None


def interrupted(events: Iterable[Event]) -> tuple[TaskKey, ...]:
    """The instances that were taken away from who executes them."""
    keys: list[TaskKey] = []
    for event in events:
        if isinstance(event, TaskMoved) and event.before is TaskState.RUNNING:
            keys.append(event.key)
        elif isinstance(event, TaskDeleted) and event.record.state is TaskState.RUNNING:
            keys.append(event.record.key)
    return tuple(keys)


def _executing(world: World, key: TaskKey) -> Handed | None:
    """Where an instance is executed; if at several places, at that of the least run: it must not matter who sent it."""
    places = [at for at in world.handed() if at.key == key and isinstance(world.slots[at], Execution)]
    return min(places, key=lambda at: (world.slots[at].run, world.slots[at].retries), default=None)


def interrupt(world: World, keys: Iterable[TaskKey]) -> None:
    """Who executes one of these instances is told that it is no longer theirs."""
    for key in keys:
        place = _executing(world, key)
        if place is not None:
            world.put(place, None)


def waits(world: World, action: actions.Action) -> bool:
    """Whether an act wants to write a run that somebody has locked; it takes no other lock."""
    if not world.guards.locks_runs or not isinstance(action, Asked):
        return False
    dag = world.scenario.dag_of(action)
    rule, command = command_of(world.design, action, dag, world.now)
    written = rows_written(rule(world.design, world.timeline, command).events)
    return bool(written & world.guards.locked(world, dag))


def _ask(world: World, action: Asked) -> None:
    """Let the design say what an act does, and let that happen; what it asks to stop ends badly, now (L50)."""
    dag = world.scenario.dag_of(action)
    rule, command = command_of(world.design, action, dag, world.now)
    outcome = rule(world.design, world.timeline, command)
    if not _happen(world, type(command).__name__, dag, outcome.events):
        return
    deliver(world, outcome.sends)
    for key in outcome.stops:
        place = _executing(world, key)
        if place is not None:
            finish(world, place, TaskState.FAILED)


def _begin_job(world: World, request: BackfillRequest) -> None:
    place = Watcher(f"backfill-{request.number}", request.dag)
    step = world.design.backfill(world.design, request, world.now, place.name)
    world.put(Requested(place.name), request)
    world.put(place, Stands(stamped(step, 0)))
    if Ahead(place.name) in world.slots:
        world.put(Ahead(place.name), begun(world.slots[Ahead(place.name)], world.now))


def _process(world: World, action: actions.ProcessAct) -> None:
    """A scheduler or a job stops where it stands, or starts anew."""
    for place in world.watchers():
        if place.name != action.process:
            continue
        alive = world.slots[place].alive
        if action.do != "restart":
            if place in world.schedulers:
                world.put(place, GONE)
            else:
                kill(world, place)
        elif not alive and place in world.schedulers:
            world.put(place, REST)
        elif not alive:
            _begin_job(world, world.slots[Requested(place.name)]._replace(number=len(world.jobs()) + 1))


def _set_clock(world: World, action: actions.ClockAct) -> None:
    """The clock of a process, or of one to come, is off from now on, or jumps."""
    place = Ahead(action.process)
    is_there = any(watcher.name == action.process for watcher in world.watchers())
    lead = after(world.slots.get(place, 0), action, world.now if is_there else 0)
    world.put(place, lead or None)


def kill(world: World, place: Watcher) -> None:
    """A backfill job is ended for good, wherever it stands."""
    ended = world.slots[place].step is None
    world.put(place, GONE)
    number = number_of(place)
    if not ended and number in world.ask(("live backfills", place.dag), lambda: _live(world, place.dag)):
        over = BackfillCompleted(number, world.now, OPERATOR.name, "H26", ("H26", "L46"))
        _happen(world, "kill", place.dag, (over,))


def _live(world: World, dag: str) -> list[int]:
    return [job.id for job in world.timeline.live_backfills(dag)]
