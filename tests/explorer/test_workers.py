"""Searches that several workers share, held against those of one: nothing that is found may differ."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import runline
from benchmarks import chain
from runline.cli.main import run
from runline.designs.design import Design
from runline.explorer.processes import Processes
from runline.explorer.record import Record, Recorded
from runline.explorer.reductions.applicable import reduced
from runline.explorer.reductions.reduction import ALL, WHOLE, Reduction
from runline.explorer.search import Limits, Progress, Search
from runline.explorer.sharing import SharedSearch, Table, Task, Worker, alone
from runline.explorer.world import World
from runline.invariants.monitor import Monitor
from runline.invariants.runs import single_live_run
from runline.model.errors import RunlineError
from runline.model.timeline import Timeline
from runline.simulator.scenario import Scenario
from tests.conftest import PROFILE
from tests.explorer.small_worlds import small_worlds
from tests.explorer.test_reductions import LAWS, Faults, designs, faulty, is_guarded, is_small
from tests.explorer.test_search_against_naive import Toy, Walk, naive, toys

FEW = 25 if PROFILE == "normal" else 150
RACE = Path("scenarios/seed/two-schedulers-step-by-step.toml")
NOT_ALIKE = ALL - {Reduction.ALIKE_PROCESSES}


def chained(dates: int, backfills: int, most: int) -> Processes:
    """The chain as a model."""
    scope = chain.Scope(dates, most)
    pick = chain.Pick(scope, tuple(range(1, dates + 1)))
    return Processes(Monitor(Timeline(), [single_live_run]), [chain.Read(scope), *[pick] * backfills])


class Counting(Walk):
    """A toy that counts how often it was asked for moves, and how often it went to an odd state."""

    def __init__(self, toy: Toy) -> None:
        super().__init__(toy)
        self.counts: tuple[int, ...] = (0, 0)
        self.went_first = False

    def moves(self) -> list[int]:
        """Where one can go; counted."""
        self.counts = (self.counts[0] + 1, self.counts[1])
        return super().moves()

    def do(self, move: int) -> int:
        """Go there; counted."""
        self.counts = (self.counts[0], self.counts[1] + move % 2)
        return super().do(move)


def seen(search: Search[Any]) -> tuple[Any, ...]:
    """All that a search knows in the end: numbers and moves of all states, what is broken, ways, counts."""
    found, model = search.run(), search.model
    graph, start = found.graph, model.fingerprint
    ways = {(law, way.lasting): search.path(way) for each in (found.lasting, found.seen) for law, way in each.items()}
    assert model.fingerprint == start
    return (
        list(graph.numbers),
        (graph.sources, graph.targets, graph.passing, graph.lasting, graph.breaches, graph.movers, graph.goals),
        (found.distinct_states, found.transitions, found.depth, found.stopped, found.lasting, found.seen, ways),
    )


def both(model_of: Any, limits: Limits, workers: int = 2, *, follows: bool = False) -> SharedSearch[Any]:
    """A search that was shared, when it has been held against one that was not."""
    one, several = model_of(), model_of()
    shared: SharedSearch[Any] = SharedSearch(several, limits, None, several if follows else None, workers=workers)
    assert seen(shared) == seen(Search(one, limits, None, one if follows else None))
    assert several.counts == one.counts
    if follows:
        assert [list(each.items()) for each in (several.coming.places, several.coming.known, several.coming.sets)] == [
            list(each.items()) for each in (one.coming.places, one.coming.known, one.coming.sets)
        ]
    return shared


@given(small_worlds(), designs, faulty, st.booleans(), st.booleans(), st.integers(2, 3))
@settings(max_examples=FEW)
def test_shared_search_finds_what_one_worker_finds(
    drawn: Scenario, design: Design, faults: Faults, whole: bool, follows: bool, workers: int
) -> None:
    """Numbers, moves, what is broken, shortest ways, counts: all is equal, with and without reductions."""
    assume(is_small(drawn, design, faults))
    wanted = frozenset[Reduction]() if whole else NOT_ALIKE
    what, _ = reduced(drawn, design, LAWS, wanted, guarded=is_guarded(faults))
    shared = both(lambda: World(drawn, design, LAWS, reduced=what, **faults), Limits(), workers, follows=follows)
    assert shared.asked == 0


@given(small_worlds(), designs, faulty, st.integers(1, 300))
@settings(max_examples=FEW)
def test_states_at_a_limit_are_those_of_one_worker(drawn: Scenario, design: Design, faults: Faults, most: int) -> None:
    """Where the states are too many it ends after the same moves, with the same found and counted."""
    both(lambda: World(drawn, design, LAWS, **faults), Limits(max_states=most))


@given(toys(), st.integers(2, 3), st.integers(1, 30))
@settings(max_examples=FEW)
def test_any_model_that_counts_can_be_shared(toy: Toy, workers: int, most: int) -> None:
    """The same of plain graphs with loops, several moves between two states, and moves that break a law."""
    both(lambda: Counting(toy), Limits(), workers)
    both(lambda: Counting(toy), Limits(max_states=most), workers)


@pytest.mark.parametrize("size", [(3, 1, 6), (2, 2, 3)], ids=str)
def test_chain(size: tuple[int, int, int]) -> None:
    """The chain is shared, and at a limit the states are those of one worker."""
    assert both(lambda: chained(*size), Limits()).asked == 0
    for most in (1, 100, 1_025):
        both(lambda: chained(*size), Limits(max_states=most))
    assert _figures(chain.explore(*size, workers=2)) == _figures(chain.explore(*size))


def _figures(found: Any) -> Any:
    return replace(found, seconds=0, verdict_seconds=0, bytes_a_state=0)


class Desk:
    """Stands for the pipe of a worker: keeps what it gives away."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []

    def send(self, said: Any) -> None:
        """Keep it."""
        self.tasks.append(said)


@given(toys(), st.integers(1, 5), st.data())
@settings(max_examples=2 * FEW)
def test_what_is_given_away_is_put_together_again(toy: Toy, others: int, data: st.DataObject) -> None:
    """Moves of one state that several workers made, one after the other, are a row as if one had made them."""
    table, desk = Table(1 << 12, others), Desk()
    asked = data.draw(st.lists(st.booleans(), max_size=12))
    workers = [Busy(Counting(toy), table, number, desk, asked) for number in range(others)]
    assert table.claim(workers[0].model.fingerprint)
    desk.tasks.append(Task())
    turns = 0
    while desk.tasks:
        worker = workers[turns % others]
        worker.model = Counting(toy)
        assert worker.go_on(desk.tasks.pop())
        assert worker.model.way == [0]
        turns += 1
    record = Record([(worker.begun, worker.continued) for worker in workers])
    assert record.states == len(naive(toy).distances)
    model, plain = Counting(toy), Counting(toy)
    recorded = Recorded(model, record, None)
    again, one = Search(recorded), Search(plain)
    found, expected = again.run(), one.run()
    recorded.finish(again.graph, again.graph.states)
    assert recorded.asked == 0
    assert list(again.graph.numbers) == list(one.graph.numbers)
    assert (again.graph.sources, again.graph.targets) == (one.graph.sources, one.graph.targets)
    assert (found.lasting, found.seen, model.counts) == (expected.lasting, expected.seen, plain.counts)


class Busy(Worker[int]):
    """A worker that is asked for something to do as it was drawn."""

    def __init__(self, model: Counting, table: Table, number: int, desk: Desk, asked: list[bool]) -> None:
        super().__init__(model, None, table, number, desk)  # type: ignore[arg-type]
        self.asked = asked

    def _enter(self, *args: Any) -> Any:
        self.table.said[1] = bool(self.asked and self.asked.pop())
        return super()._enter(*args)


def test_time_limit_ends_in_unknown() -> None:
    """What was recorded in time is searched; it is not complete, and says why."""
    model = chained(5, 2, 10)
    search: SharedSearch[Any] = SharedSearch(model, Limits(time_limit=0.5), workers=2)
    found = search.run()
    assert found.stopped == "0.5 s"
    assert found.distinct_states > 1_000
    assert found.distinct_states == len(set(found.graph.targets) | {0})
    assert model.counts[0] > 0
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("limits", [Limits(max_memory=1 << 16), Limits(max_memory=1)], ids=["64 KiB", "1 byte"])
def test_memory_limit_ends_where_it_ends_for_one(limits: Limits) -> None:
    """What is kept of states counts, not what workers hold."""
    assert both(lambda: chained(3, 1, 6), limits).stopped


@pytest.mark.parametrize("design", ["pr-1431", "coherent"])
def test_same_bytes(design: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text, JSON, the trace and the exit code do not tell how many workers there were."""
    said = []
    for workers in ("1", "2"):
        trace = tmp_path / f"{workers}.jsonl"
        args = ["explore", str(RACE), "--design", design, "--workers", workers, "--no-reduction"]
        codes = run([*args, "--trace", str(trace)]), run([*args, "--json"])
        out = re.sub(r'"seconds": [0-9.]+', "", capsys.readouterr().out)
        said.append((codes, out, trace.read_bytes() if trace.exists() else b""))
    assert said[0] == said[1]


def test_why_one_worker_does_all_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a search cannot be shared, that is told on stderr, and what is found is the same."""
    codes = [run(["explore", str(RACE), "--design", "coherent", "--workers", workers]) for workers in ("1", "2")]
    said = capsys.readouterr()
    assert codes == [0, 0]
    assert said.err.startswith("one worker searched: with alike-processes, ")
    halves = said.out.splitlines()
    assert halves[: len(halves) // 2] == halves[len(halves) // 2 :]
    assert alone(WHOLE, Limits(max_depth=3))
    assert not alone(WHOLE, Limits(max_states=3))


def test_no_workers_are_an_error() -> None:
    """Somebody has to search."""
    with pytest.raises(RunlineError, match="somebody has to search"):
        runline.explore(RACE, workers=0)


def test_progress_is_told() -> None:
    """How far all workers are is told while they record."""
    told: list[Progress] = []
    SharedSearch(chained(4, 1, 8), Limits(), told.append, workers=2).run()
    assert told
    assert max(each.states for each in told) <= 39_265


def test_worker_that_was_killed_changes_nothing() -> None:
    """What it had claimed is asked of the model."""
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        for child in multiprocessing.active_children()[:1]:
            if progress.states and not killed and child.pid is not None:
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.pid)

    model, plain = chained(4, 1, 8), chained(4, 1, 8)
    shared: SharedSearch[Any] = SharedSearch(model, Limits(), kill, workers=2)
    assert seen(shared) == seen(Search(plain))
    assert model.counts == plain.counts
    assert killed
    assert shared.asked > 0


INTERRUPTED = """
import os, signal
from runline.explorer.search import Limits
from runline.explorer.sharing import SharedSearch
from tests.explorer.test_workers import chained

def interrupt(progress):
    if progress.states:
        print(*[child.pid for child in __import__("multiprocessing").active_children()], flush=True)
        os.killpg(0, signal.SIGINT)

SharedSearch(chained(5, 2, 10), Limits(), interrupt, workers=2).run()
"""


def test_interrupted_search_leaves_no_process_behind() -> None:
    """Ctrl-C reaches all processes of the group; those that record end with the one that leads."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False, start_new_session=True
    )
    assert done.stderr.endswith("KeyboardInterrupt\n"), done.stderr
    assert done.stderr.count("Traceback") == 1
    children = [int(pid) for pid in done.stdout.split()]
    assert len(children) == 2
    for pid in children:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
