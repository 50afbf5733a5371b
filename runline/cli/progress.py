"""Progress of long work, on stderr: a bar with rate and estimate on a terminal, one plain line a second elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from runline.model.instants import short_instant

if TYPE_CHECKING:
    from runline.explorer.search import Progress
    from runline.simulator.engine import Engine

T = TypeVar("T")


def progress(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Pass ``items`` on, showing how far the work is."""
    if sys.stderr.isatty():
        yield from _bar(items, what, total)
    else:
        yield from _lines(items, what, total)


def _bar(items: Iterable[T], what: str, total: int | None) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        for item in items:
            yield item
            bar.advance(task)


def _lines(items: Iterable[T], what: str, total: int | None) -> Iterator[T]:
    started = told = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - told >= 1:
            told = now
            rate = done / (now - started)
            of_all = "" if total is None else f" of {total}, about {max(0, total - done) / rate:.0f} s left"
            print(f"{what}: {done}{of_all} ({rate:.0f}/s)", file=sys.stderr, flush=True)


@contextmanager
def ticking(what: str, total: int | None = None) -> Iterator[Callable[[], None]]:
    """Show how far work is that says itself when it has done one more thing."""
    done = progress(iter(int, 1), what, total)
    next(done)

    def tell() -> None:
        next(done)

    yield tell
    if isinstance(done, Generator):
        done.close()  # takes the bar away


_OFTEN = 256
"""After how many things that happen the time is looked at."""


@contextmanager
def counting(what: str, end: int) -> Iterator[Callable[[Engine], None]]:
    """Show how far a simulation is: its time, its events, their rate, and how long it may still take."""
    started = told = time.monotonic()
    calls = first = 0
    terminal = sys.stderr.isatty()

    def tell(engine: Engine) -> None:
        nonlocal calls, told, first
        calls += 1
        first = first or engine.now
        if calls % _OFTEN:
            return
        now = time.monotonic()
        if now - told < 1:
            return
        told = now
        share = (engine.now - first) / max(1, end - first)
        left = (now - started) * (1 - share) / max(share, 1e-9)
        rate = engine.events / (now - started)
        line = f"{what}: {short_instant(engine.now)}, {engine.events} events ({rate:.0f}/s), about {left:.0f} s left"
        print(line, file=sys.stderr, flush=True, end="\r" if terminal else "\n")

    yield tell
    if terminal and told != started:
        print(" " * 78, file=sys.stderr, end="\r", flush=True)


@contextmanager
def exploring() -> Iterator[Callable[[Progress], None]]:
    """Show how far an exploration is: states, moves, how deep it is in, and how quick."""
    told = 0.0
    terminal = sys.stderr.isatty()

    def tell(progress: Progress) -> None:
        nonlocal told
        if progress.seconds - told < 1:
            return
        told = progress.seconds
        rate = progress.transitions / progress.seconds
        line = (
            f"exploring: {progress.states:,} states, {progress.transitions:,} transitions ({rate:,.0f}/s), "
            f"{progress.depth} moves deep"
        )
        print(line, file=sys.stderr, flush=True, end="\r" if terminal else "\n")

    yield tell
    if terminal and told:
        print(" " * 78, file=sys.stderr, end="\r", flush=True)


@contextmanager
def fuzzing(total: int) -> Iterator[Callable[[str], None]]:
    """Show how many histories were tried, at what rate, and which law is made simpler; that time does not count."""
    show = _fuzzing_bar if sys.stderr.isatty() else _fuzzing_lines
    with show(total) as tell:
        last, spent, done, attempts = time.monotonic(), 1e-9, 0, 0

        def told(law: str) -> None:
            nonlocal last, spent, done, attempts
            now = time.monotonic()
            if law:
                attempts += 1
            else:
                spent, done, attempts = spent + now - last, done + 1, 0
            last = now
            tell(f"making {law} simpler, {attempts} tried" if law else "fuzzing", done, done / spent)

        yield told


@contextmanager
def _fuzzing_bar(total: int) -> Iterator[Callable[[str, int, float], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate_column = TextColumn("{task.fields[rate]:.0f}/s")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), rate_column, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("fuzzing", total=total, rate=0.0)
        yield lambda what, done, rate: bar.update(task, description=what, completed=done, rate=rate)


@contextmanager
def _fuzzing_lines(total: int) -> Iterator[Callable[[str, int, float], None]]:
    told = time.monotonic()

    def tell(what: str, done: int, rate: float) -> None:
        nonlocal told
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            left = f"about {max(0, total - done) / rate:.0f} s left"
            print(f"{what}: {done} of {total}, {left} ({rate:.0f}/s)", file=sys.stderr, flush=True)

    yield tell
