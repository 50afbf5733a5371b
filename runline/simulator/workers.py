"""Workers: a pool of slots, each of which executes one task instance at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from runline.designs.worker import Execution, Finish, Start
from runline.model.records import TaskKey
from runline.model.states import TaskState
from runline.model.steps import Step
from runline.model.values import make
from runline.simulator.agenda import WORKER, Rank
from runline.simulator.engine import Engine, Process
from runline.simulator.environment import Environment


class Worker(Process):
    """One slot. It begins an instance, executes it for as long as it takes, and reports how it ended."""

    def __init__(self, engine: Engine, pool: Pool, number: int) -> None:
        super().__init__(engine, f"worker-{number}", Rank(WORKER), "")
        self.pool = pool
        self.number = number
        self.start: Start | None = None
        self.execution: Execution | None = None

    def take(self, start: Start) -> None:
        """Begin an instance, now."""
        self.start = start
        self.dag, self.sender = start.key.dag, start.sender
        self.engine.agenda.put(self.engine.now, self.rank, self._begin, start)

    def _begin(self, start: Start) -> None:
        if self.start is start:  # it was not taken away
            shown = self.engine.now if self.clock.ahead == 0 else self.shows()  # a clock that is right is not asked
            self.engine.begin(self, start.taken(self.name, shown))

    def rest(self, then: Step | None) -> None:
        """An instance began, or has ended, or was not to begin."""
        if type(then) is Execution:
            self.execution = then
            ends = self.engine.now + self.pool.environment.duration(then.key)
            self.engine.agenda.put(ends, self.rank, self._finish, then)
        else:
            if self.held:
                self._tell_sender()
            self.free()

    def _tell_sender(self) -> None:
        """Who sent an instance that may begin only later, by the clock here, has to send it again then."""
        for held in self.held:
            time = None if held.until is None else self.clock.when(held.until, self.engine.now)
            if time is not None and self.start is not None:
                self.engine.tell_sender(self.start.sender, self.dag, time)

    def _finish(self, execution: Execution) -> None:
        if self.execution is execution:
            self.end(self.pool.environment.end(execution.key))

    def end(self, state: TaskState) -> None:
        """The execution ends in that state."""
        execution, self.execution = self.execution, None
        assert execution is not None
        shown = self.engine.now if self.clock.ahead == 0 else self.shows()  # as above
        self.engine.begin(self, make(Finish, (execution, state, shown)))

    def free(self) -> None:
        """The slot is free again."""
        start, self.start, self.execution = self.start, None, None
        if start is not None:
            self.pool.freed(self, start)


class Pool:
    """The workers, and what waits for one. A sender hands over the same instance again only after it has ended."""

    def __init__(self, engine: Engine, environment: Environment, slots: int) -> None:
        self.engine = engine
        self.environment = environment
        self.workers = [Worker(engine, self, number + 1) for number in range(slots)]
        self._free = list(range(slots))
        self._queue: deque[Start] = deque()
        self._taken: set[tuple[str, TaskKey]] = set()
        engine.deliver = self.deliver
        engine.interrupted = self.interrupt

    def deliver(self, process: Process, sends: Iterable[Start]) -> None:
        """Take over what a process sends."""
        for start in sends:
            claim = (start.sender, start.key)
            if claim not in self._taken:
                self._taken.add(claim)
                self._queue.append(start)
        self._assign()

    def _assign(self) -> None:
        while self._queue and self._free:
            self.workers[heappop(self._free)].take(self._queue.popleft())

    def freed(self, worker: Worker, start: Start) -> None:
        """A worker has done with an instance."""
        self._taken.discard((start.sender, start.key))
        if worker.alive:
            heappush(self._free, worker.number - 1)
        if self._queue:
            self._assign()

    def executing(self, key: TaskKey) -> Worker | None:
        """The worker that executes an instance, if any does."""
        return next((w for w in self.workers if w.execution is not None and w.execution.key == key), None)

    def moving(self) -> frozenset[TaskKey]:
        """The instances that a live worker has, or will get."""
        alive = [worker for worker in self.workers if worker.alive]
        has = {worker.start.key for worker in alive if worker.start is not None}
        return frozenset(has | {start.key for start in self._queue if alive})

    def parked(self) -> frozenset[TaskKey]:
        """The instances that were handed over, and for which there is no worker any more."""
        alive = any(worker.alive for worker in self.workers)
        return frozenset() if alive else frozenset(start.key for start in self._queue)

    def interrupt(self, key: TaskKey) -> None:
        """An instance was taken away from whoever executes it."""
        worker = self.executing(key)
        if worker is not None:
            worker.free()

    def shut_down(self, key: TaskKey) -> None:
        """Whoever executes an instance is asked to stop: it ends badly, now (L50)."""
        worker = self.executing(key)
        if worker is not None:
            worker.end(TaskState.FAILED)

    def stop(self, worker: Worker) -> None:
        """A worker is gone, and with it what it executed; what it had not begun goes to another."""
        if not worker.alive:
            return
        worker.alive = False
        start, began = worker.start, worker.execution is not None
        worker.start = worker.execution = None
        if start is None:
            self._free.remove(worker.number - 1)
            heapify(self._free)
        elif began:
            self._taken.discard((start.sender, start.key))
        else:
            self._queue.appendleft(start)
            self._assign()

    def restart(self, worker: Worker) -> None:
        """A worker is there again, with nothing to do."""
        if not worker.alive:
            worker.alive = True
            heappush(self._free, worker.number - 1)
            self._assign()
