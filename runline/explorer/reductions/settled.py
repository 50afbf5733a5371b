"""What comes of an instance that has succeeded, where that stays so: nothing.

An act of the operator may undo a success, and a job that prepares its dates; nobody else does, if a design says so. When no
such act is to come and every job is beyond that, what has succeeded stays so. Then nothing comes of what a job keeps of it:
a step with a method ``settled`` says what is as good as itself; and a job that is over keeps nothing at all. Whoever was
handed such an instance will give up, now or later: what comes of that concerns nobody, so it comes first, alone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from runline.designs.reads import may_change_success
from runline.designs.worker import Start
from runline.explorer.moves import Move
from runline.explorer.standing import OPERATOR, REST, Handed, Stands, Watcher
from runline.explorer.workers import worker_moves
from runline.model.states import TaskState
from runline.model.steps import Commit, Step
from runline.simulator import actions

if TYPE_CHECKING:
    from runline.explorer.world import World

_HARMLESS = actions.Fix | actions.Pause | actions.Unpause | actions.ClockAct


def _leaves(action: actions.Action) -> bool:
    """Whether an act leaves what has succeeded as it is."""
    return isinstance(action, _HARMLESS) or (isinstance(action, actions.ProcessAct) and action.do != "restart")


def _settled(world: World, step: Any) -> Step:
    settled: Step = step.settled(world.timeline)
    return settled


class Successes:
    """Follows whether what has succeeded in a world stays so."""

    def __init__(self, world: World) -> None:
        self._world = world
        acts = world.plan.actions
        self._last = max((number for number, action in enumerate(acts, 1) if not _leaves(action)), default=0)
        """How many acts there are until none is left that may undo a success."""
        self._restarts = any(isinstance(action, actions.ProcessAct) and action.do == "restart" for action in acts)

    def last(self, but: Watcher | None = None) -> bool:
        """Whether nobody undoes a success any more, whatever this one does."""
        slots = self._world.slots
        if slots[OPERATOR] < self._last:
            return False
        return not any(place != but and self._undoes(slots[place]) for place in self._world.jobs())

    def _undoes(self, stands: Stands) -> bool:
        return may_change_success(stands.step) or may_change_success(stands.began)

    def settle(self) -> None:
        """Let jobs stand before steps that keep nothing of what has succeeded."""
        world = self._world
        for place in world.jobs():
            stands: Stands = world.slots[place]
            if not stands.alive and not self._restarts:
                world.put(place, REST)
            elif hasattr(stands.step, "settled") and stands.began is None and self.last(place):
                settled = world.ask(("settled", world.prints[place]), partial(_settled, world, stands.step))
                if settled != stands.step:
                    world.put(place, stands._replace(step=settled))

    def given_up(self) -> list[Move]:
        """What becomes of an instance that was handed over and has succeeded for good; nothing, if there is none."""
        world = self._world
        places = [place for place in world.handed() if isinstance(world.slots[place], Start)]
        if not places or not self.last():
            return []
        return [move for move in worker_moves(world) if move.place in places and self._gives_up(move)][:1]

    def _gives_up(self, move: Move) -> bool:
        assert isinstance(move.place, Handed)
        row = self._world.timeline.task(move.place.key)
        said = move.way
        leaves = isinstance(said, Commit) and said.then is None and not said.events
        return row is not None and row.state is TaskState.SUCCESS and leaves
