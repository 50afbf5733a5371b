"""All benchmarks, in one small table: how fast models are searched, and whether events stay cheap.

python -m benchmarks
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks import chain, clocked, designs, growth, year
from benchmarks.searched import Found, quickest

CHAINS = ((2, 1, 4), (3, 1, 6), (4, 1, 8), (2, 2, 6))
"""Dates, backfills and runs at most; a larger one takes seconds: ``python -m benchmarks.chain --dates 5 --max-runs 10``."""
CLOCKS = ((100, False), (7, True))
"""Ticks of the clock, and whether two schedulers each read before they insert."""
HEADS = ("model", "states", "generated", "seconds", "a second", "violated after", "lasting after")


def models() -> dict[str, Callable[[], Found]]:
    """What is searched, by name."""
    named: dict[str, Callable[[], Found]] = {}
    for dates, backfills, runs in CHAINS:
        size = f"{dates} dates, {backfills} backfills, {runs} runs"
        named[f"plain chain, {size}"] = partial(chain.explore_plain, dates, backfills, runs)
        named[f"chain, {size}"] = partial(chain.explore, dates, backfills, runs)
    for ticks, torn in CLOCKS:
        named[f"clock, {ticks} ticks{', torn' if torn else ''}"] = partial(
            clocked.explore, ticks, clocked.SCHEDULES["cron"], torn=torn
        )
    return named


def row(name: str, found: Found) -> tuple[str, ...]:
    """A line of the table."""
    rate = found.generated / found.seconds
    steps = (
        "-" if steps is None else str(steps) for steps in (found.passing_violation_steps, found.lasting_violation_steps)
    )
    return name, f"{found.distinct_states:,}", f"{found.generated:,}", f"{found.seconds:.3f}", f"{rate:,.0f}", *steps


def show(cells: tuple[str, ...]) -> None:
    """Print a line, the name to the left and the figures to the right."""
    print(f"{cells[0]:<42}" + "".join(f"{cell:>16}" for cell in cells[1:]), flush=True)


def main() -> None:
    """Run all and print the table as it grows."""
    show(HEADS)
    for name, explore in models().items():
        show(row(name, quickest(explore, budget=2.0)))
    print("\nreal designs, all laws on, without reductions:")
    designs.main()
    figures = growth.measure(100_000)
    simulated, growing = year.measure_year(), year.measure_growth(100_000)
    print(
        f"\nmicroseconds for an event under all laws: {', '.join(f'{key} {value}' for key, value in figures.items())}"
    )
    print(
        f"a year of an hourly DAG, all promised laws on: {', '.join(f'{key} {value}' for key, value in simulated.items())}"
    )
    print(f"microseconds for a simulated event: {', '.join(f'{key} {value}' for key, value in growing.items())}")


if __name__ == "__main__":
    main()
