"""A search by several workers: each records a share of the states, then an ordinary search goes through the record.

The workers are forks of this process. Each goes depth first; who comes to a state first claims it in a table that all
share, and is the only one to go on from there. Who has nothing left is given the lower half of what another one has
still to do. What they record does not depend on who records it (:mod:`runline.explorer.record`).
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import time
import warnings
from collections.abc import Callable, Sequence
from mmap import mmap
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, NamedTuple, cast

from runline.explorer.graph import Graph
from runline.explorer.model import Counted, Counts, Followed, Model, Move, less
from runline.explorer.record import NOTHING, Record, Recorded, Rows, Seen, entered
from runline.explorer.reductions.reduction import Reduced
from runline.explorer.search import Limits, Progress, Search
from runline.model.values import make

_SLOTS = 1 << 12, 1 << 23, 1 << 26
"""How many slots a table has at least, where no limit is known, and at most; of states without room there is no record."""
_BYTES = 24
"""About so many bytes a search keeps of a state, and of a move:"""
_BYTES_OF_MOVE = 8
_POLL = 0.05
"""Seconds after which limits are looked at, and progress is told."""
_OFTEN = 1 << 8
"""After how many new states a worker says how far it is."""
_STOP, _ASKED = 0, 1
"""The cells of what all are told: that it is over; that somebody has nothing to do."""


class Task(NamedTuple):
    """States to go on from: the places of the moves that lead to the last of them, and how many moves each has left.

    Without any: the initial state, of which all is to be done.
    """

    places: tuple[int, ...] = ()
    left: tuple[int, ...] = ()


class Open(NamedTuple, Generic[Move]):
    """A state that a worker is going on from: the moves left of so many, what was seen, where moves led; the rows for it."""

    fingerprint: int
    moves: list[Move]
    size: int
    state: int
    targets: list[int]
    seen: list[int]
    rows: Rows


class Table:
    """Which states were claimed, by fingerprint; shared by all forks."""

    def __init__(self, slots: int, workers: int) -> None:
        self.mask = slots - 1
        self.claimed = memoryview(mmap(-1, 8 * slots)).cast("Q")
        cells = memoryview(mmap(-1, 8 * (2 + 3 * workers))).cast("Q")
        self.said, self.far = cells[:2], cells[2:]
        """What all are told; how many states, moves and moves in depth each worker is at."""
        self.lock = multiprocessing.get_context("fork").Lock()

    def claim(self, fingerprint: int) -> bool:
        """Whether nobody had claimed a state before."""
        claimed, mask = self.claimed, self.mask
        slot = fingerprint & mask
        while there := claimed[slot]:
            if there == fingerprint:
                return False
            slot = (slot + 1) & mask
        with self.lock:
            while there := claimed[slot]:
                if there == fingerprint:
                    return False
                slot = (slot + 1) & mask
            claimed[slot] = fingerprint
        return True

    @property
    def states(self) -> int:
        """How many states the workers say they have come to."""
        return sum(self.far[::3])

    def is_full(self) -> bool:
        """Whether there is little room left."""
        return self.states > self.mask * 5 // 8


class Worker(Generic[Move]):
    """One of those who record."""

    def __init__(
        self, model: Counted[Move], followed: Followed[Move] | None, table: Table, number: int, pipe: Connection
    ) -> None:
        self.model, self.followed, self.table, self.number, self.pipe = model, followed, table, number, pipe
        self.begun, self.continued = Rows(), Rows()
        """Rows of states that this worker came to first; those that go on with what another began."""
        self.states = 0
        self._parent = os.getppid()

    def serve(self) -> None:
        """Do what there is to do until it is over; then hand over what was recorded."""
        with contextlib.suppress(Exception):  # what fails here is met again, and told, by the search of the record
            while True:
                self.pipe.send(None)
                while not self.pipe.poll(1):
                    self._check_leader()
                task = self.pipe.recv()
                if task is None or not self.go_on(task):
                    break
        self.pipe.send((self.begun, self.continued))

    def _check_leader(self) -> None:
        if os.getppid() != self._parent:
            os._exit(1)

    def go_on(self, task: Task) -> bool:
        """Go on from the states of a task; whether it is not over."""
        if not task.left:
            here, _ = self._enter(self.model.fingerprint, self.model.counts)
            return self._visit([], [], here)
        stack: list[Open[Move]] = []
        for left, place in zip(task.left, (*task.places, -1), strict=True):
            moves = self.model.moves()
            stack.append(Open(self.model.fingerprint, moves[:left], left, 0, [], [], self.continued))
            if place >= 0:
                self.model.do(moves[place])
        return self._visit(stack, list(task.places), stack.pop())

    def _enter(self, fingerprint: int, before: Counts) -> tuple[Open[Move], Counts]:
        moves, seen, counts = entered(self.model, self.followed, before)
        state = 0 if seen is NOTHING else self.begun.number_of(seen)
        return make(Open, (fingerprint, moves, len(moves), state, [], [], self.begun)), counts

    def _visit(self, stack: list[Open[Move]], places: list[int], here: Open[Move]) -> bool:
        """Go on from a state, then from those of a stack, which the moves at these places led on; whether it is not over."""
        model, followed, claim, said = self.model, self.followed, self.table.claim, self.table.said
        do, undo, counts = model.do, model.undo, model.counts
        _, moves, _, _, targets, seen, rows = here
        while True:
            while moves:
                move = moves.pop()
                told = None if followed is None else followed.who(move)
                target = do(move)
                before, counts = counts, model.counts
                targets.append(target)
                if counts == before and told is None and not model.breached:
                    seen.append(0)
                else:
                    seen.append(rows.number_of(make(Seen, (model.breached, less(counts, before), told, True, 0))))
                if claim(target):
                    stack.append(here)
                    places.append(len(moves))
                    here, counts = self._enter(target, counts)
                    _, moves, _, _, targets, seen, rows = here
                    self.states += 1
                    if not self.states % _OFTEN:
                        self._tell(len(stack))
                    if said[_ASKED]:
                        if said[_STOP]:
                            for each in (*stack, here):
                                self._keep(each)
                            return False
                        self._share(stack, places)
                else:
                    undo()
            self._keep(here)
            if not stack:
                return True
            here = stack.pop()
            places.pop()
            _, moves, _, _, targets, seen, rows = here
            undo()

    def _keep(self, state: Open[Move]) -> None:
        """Record a state, as far as its moves were made."""
        fingerprint, _, size, number, targets, seen, rows = state
        if targets or rows is self.begun:
            rows.add(fingerprint, size, number, targets, seen)

    def _share(self, stack: list[Open[Move]], places: list[int]) -> None:
        """Give the lower half of what is still to do away, if there is anything."""
        still = [depth for depth, each in enumerate(stack) if each.moves]
        if not still:
            return
        last = still[(len(still) - 1) // 2]
        given = stack[: last + 1]
        self.table.said[_ASKED] = 0
        self.pipe.send(Task(tuple(places[:last]), tuple(len(each.moves) for each in given)))
        for each in given:
            each.moves.clear()

    def _tell(self, depth: int) -> None:
        far, place = self.table.far, 3 * self.number
        far[place], far[place + 1], far[place + 2] = self.states, len(self.begun.targets), depth
        self._check_leader()
        if self.table.is_full():
            self.table.said[_STOP] = self.table.said[_ASKED] = 1


def record(
    model: Counted[Move],
    followed: Followed[Move] | None,
    workers: int,
    table: Table,
    look: Callable[[], bool],
) -> Record:
    """What so many workers record of a model, until all is done or ``look``, which is asked now and then, says stop."""
    if not table.claim(model.fingerprint):  # it is 0, as what is free is
        return Record([])
    forks = multiprocessing.get_context("fork")
    started: list[Any] = []
    pipes: list[Any] = []
    gc.freeze()
    try:
        for number in range(workers):
            mine, theirs = forks.Pipe()
            process = forks.Process(target=_serve, args=(model, followed, table, number, theirs), daemon=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # other threads may live; no fork waits for one
                process.start()
            theirs.close()
            started.append(process)
            pipes.append(mine)
        return Record(_lead(pipes, table, look))
    except _KilledError:  # perhaps while no other could claim a state: the model is asked of all
        return Record([])
    finally:
        gc.unfreeze()
        for pipe in pipes:
            pipe.close()
        for process in started:
            process.terminate()
            process.join()


def _serve(model: Counted[Move], followed: Followed[Move] | None, table: Table, number: int, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who leads is interrupted, and ends this one
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Worker(model, followed, table, number, pipe).serve()


def _lead(pipes: Sequence[Any], table: Table, look: Callable[[], bool]) -> list[tuple[Rows, Rows]]:
    """Hand out what there is to do; what each worker recorded, in the end."""
    tasks, idle, recorded, at_work = [Task()], list[Any](), list[Any](), set(pipes)
    while at_work:
        for pipe in cast("list[Connection]", wait(list(at_work), _POLL)):
            said = _told(pipe)
            if said is None:
                idle.append(pipe)
            elif isinstance(said, Task):
                tasks.append(said)
            else:
                at_work.remove(pipe)
                recorded.append(said)
        if look():
            table.said[_STOP] = 1
        is_over = table.said[_STOP] or (len(idle) == len(at_work) and not tasks)
        while idle and (tasks or is_over):
            _tell(idle.pop(), None if is_over else tasks.pop())
        table.said[_ASKED] = bool(idle) or table.said[_STOP]
    return recorded


class _KilledError(Exception):
    """A worker is there no more."""


def _told(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except (EOFError, OSError) as error:
        raise _KilledError from error


def _tell(pipe: Connection, task: Task | None) -> None:
    try:
        pipe.send(task)
    except OSError as error:
        raise _KilledError from error


def alone(reduced: Reduced, limits: Limits) -> str:
    """Why one worker has to do all, empty where several may share a search.

    Where names are not told apart, one state has its moves in several orders: that of whoever came to it first counts.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return "this platform has no fork"
    if reduced.alike or reduced.jobs.groups:
        which = "alike-processes" if reduced.alike else "alike-backfills"
        return f"with {which}, the order of the moves of a state depends on who came to it first"
    if reduced.apart:
        return "with dags-apart, one has to see for which DAGs there is an end"
    return "" if limits.max_depth is None else "to a depth, a state is gone on from anew where it is met again nearer"


class SharedSearch(Search[Move]):
    """A search that goes through what several workers record of the model; it finds what a search by one does."""

    def __init__(
        self,
        model: Counted[Move],
        limits: Limits | None = None,
        told: Callable[[Progress], None] | None = None,
        followed: Followed[Move] | None = None,
        *,
        workers: int = 2,
    ) -> None:
        super().__init__(model, limits, told, followed)
        self._counted, self._workers, self._told = model, workers, told
        self.asked = 0
        """Of how many states the model itself was asked, since no worker recorded them."""
        most = self.limits.max_states
        slots = _SLOTS[1] if most is None else max(_SLOTS[0], min(_SLOTS[2], 1 << (2 * most).bit_length()))
        self._table = Table(slots, workers)

    def _visit(self) -> None:
        """Let the workers record, then go through that; within its time as far as the record leads."""
        limits, told, followed = self.limits, self.told, self.followed
        rows = record(self._counted, followed, self._workers, self._table, self._look)
        deadline = None if limits.time_limit is None else self._started + limits.time_limit
        recorded = Recorded(self._counted, rows, deadline, followed)
        if not self._is_numbered(rows):
            self.graph = Graph()
            self.model: Model[Any] = recorded
            self.followed: Followed[Any] | None = None if followed is None else recorded
            self.limits, self.told = limits._replace(time_limit=None), self._tell_more
            try:
                super()._visit()
            finally:
                self.model, self.followed, self.limits, self.told = self._counted, followed, limits, told
        recorded.finish(self.graph, self.graph.states - bool(self.stopped))
        self.asked = recorded.asked
        if recorded.cut and not self.stopped:
            self.stopped = f"{limits.time_limit:g} s"

    def _is_numbered(self, rows: Record) -> bool:
        """Number what was recorded at once, where that comes out as a search through it does: all of it, within limits."""
        most, room = self.limits.max_states, self.limits.max_memory
        if self.followed is not None or (most is not None and rows.states > most):
            return False
        return rows.number(self._counted.fingerprint, self.graph) and (room is None or self.memory() <= room)

    def _look(self) -> bool:
        """Tell how far the workers are; whether a limit ends what they do."""
        far, limits, seconds = self._table.far, self.limits, time.perf_counter() - self._started
        states, moves = sum(far[::3]), sum(far[1::3])
        if self.told is not None:
            self.told(Progress(states, moves, max(far[2::3]), seconds))
        return (
            (limits.max_states is not None and states > limits.max_states)
            or (limits.time_limit is not None and seconds > limits.time_limit)
            or (limits.max_memory is not None and states * _BYTES + moves * _BYTES_OF_MOVE > limits.max_memory)
        )

    def _tell_more(self, progress: Progress) -> None:
        """Tell how far the search is once it is further than the workers were."""
        if self._told is not None and progress.states > self._table.states:
            self._told(progress)
