"""TLC and Runline's search on one model in one run: ``Chain.tla``, and the chain in plain tuples.

TLC is not part of this project: say where its jar is. It runs on Java, whose start counts.

    python -m benchmarks.tlc --jar tla2tools.jar --dates 5 --backfills 1 --max-runs 10
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import copy
from statistics import median
from typing import NamedTuple

MODEL = Path(__file__).with_name("Chain.tla")
COUNTS = re.compile(r"^([\d,]+) states generated, ([\d,]+) distinct states found, 0 states left on queue", re.MULTILINE)
DEPTH = re.compile(r"depth of the complete state graph search is (\d+)")


class Counted(NamedTuple):
    """What a search counted. The initial state counts as generated, and in the depth."""

    generated: int
    distinct_states: int
    depth: int


def config(dates: int, backfills: int, max_runs: int) -> str:
    """The model's size as TLC reads it; the invariant holds, so that TLC goes through all states."""
    sizes = {"Dates": _set_of(dates), "Backfills": _set_of(backfills), "MaxRuns": str(max_runs)}
    constants = (f"  {name} = {value}" for name, value in sizes.items())
    return "\n".join(("SPECIFICATION Spec", "CONSTANTS", *constants, "INVARIANT TypeOK", ""))


def _set_of(many: int) -> str:
    """The numbers from one on, written out, since a configuration knows no ranges."""
    return f"{{{', '.join(map(str, range(1, many + 1)))}}}"


def counted(printed: str) -> Counted:
    """What TLC printed of a search that came to its end. Raises :class:`SystemExit` with that text where it did not."""
    counts, depth = COUNTS.search(printed), DEPTH.search(printed)
    if counts is None or depth is None:
        raise SystemExit(f"TLC did not come to its end:\n{printed}")
    generated, distinct = (int(each.replace(",", "")) for each in counts.groups())
    return Counted(generated, distinct, int(depth[1]))


def run_tlc(jar: Path, size: tuple[int, int, int], workers: int) -> tuple[Counted, float]:
    """What TLC counts, and in how many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        copy(MODEL, folder)
        (Path(folder) / "Chain.cfg").write_text(config(*size))
        options = ("-XX:+UseParallelGC", "-cp", str(jar.resolve()), "tlc2.TLC", "-deadlock", "-workers", str(workers))
        started = time.perf_counter()
        done = subprocess.run(["java", *options, MODEL.name], cwd=folder, capture_output=True, text=True, check=False)
        return counted(done.stdout + done.stderr), time.perf_counter() - started


def run_ours(size: tuple[int, int, int]) -> tuple[Counted, float]:
    """What our search counts, and in how many seconds, the start of Python included."""
    named = ("--dates", "--backfills", "--max-runs")
    options = [word for name, value in zip(named, size, strict=True) for word in (name, str(value))]
    command = [sys.executable, "-m", "benchmarks.chain", "--no-reduction", "--once", *options]
    started = time.perf_counter()
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    seconds = time.perf_counter() - started
    found = json.loads(printed)
    return Counted(found["generated"], found["distinct_states"], found["depth"]), seconds


def compare(jar: Path, size: tuple[int, int, int], workers: int, rounds: int) -> dict[str, float]:
    """The counts of both, which have to be the same, the seconds of each in turn, and the median of their ratios."""
    taken: list[tuple[float, float]] = []
    for _ in range(rounds):
        theirs, their_seconds = run_tlc(jar, size, workers)
        ours, seconds = run_ours(size)
        if ours != theirs:
            raise SystemExit(f"the counts differ: {ours} here, {theirs} by TLC")
        taken.append((seconds, their_seconds))
    return {
        **ours._asdict(),
        "seconds": round(min(mine for mine, _ in taken), 2),
        "tlc_seconds": round(min(his for _, his in taken), 2),
        "ratio": round(median(mine / his for mine, his in taken), 2),
    }


def main() -> None:
    """Compare and print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jar", type=Path, required=True, help="tla2tools.jar")
    parser.add_argument("--dates", type=int, default=4)
    parser.add_argument("--backfills", type=int, default=1)
    parser.add_argument("--max-runs", type=int, default=8)
    parser.add_argument("--tlc-workers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    size = options.dates, options.backfills, options.max_runs
    print(json.dumps(compare(options.jar, size, options.tlc_workers, options.rounds)))


if __name__ == "__main__":
    main()
