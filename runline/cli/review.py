"""``runline review``: the main job. Scenarios under their designs, real histories, one report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from runline.cli.main import BUDGET, OK, VIOLATION, print_json
from runline.cli.options import json_option, known_design, max_events_option, say, tell_left_out
from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.evidence.summary import TreeSummary
    from runline.reports.review_summary import Review
    from runline.simulator.lock import Difference
    from runline.simulator.review import ScenarioFile

DEFAULTS = ("scenarios", "recordings")
PARTS = ("charts", "review.json", "junit.xml", "recordings.html", "index.html")
"""What a report consists of; not every report has all."""


@click.command("review")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--design",
    "designs",
    multiple=True,
    metavar="D",
    callback=known_design,
    help="Only under this design (may be given again).",
)
@click.option("--out", default="report", show_default=True, metavar="DIR", help="Where to write the report.")
@click.option("--update-lock", is_flag=True, help="Take what is found now for what is expected from now on.")
@max_events_option
@json_option
def command(
    paths: tuple[str, ...], designs: tuple[str, ...], out: str, update_lock: bool, max_events: int, as_json: bool
) -> int:
    """Let every scenario in PATH happen under its designs, hold every law against it, and write a report.

    PATH holds scenario files, recordings of real schedulers, or both (default: the folders scenarios and recordings).
    A scenario is reviewed under the designs of which it expects something; one that says [explore] is gone through in
    every order, within its bound of states. DIR/index.html shows which laws each design
    breaks, in which scenarios and why, drawn; DIR/review.json and DIR/junit.xml hold the same as data.

    The exit code says whether all is as expected: by the scenarios, and by the lock file of verdicts in PATH where there
    is one. Recordings without a lock file are as expected if they break no law. 3: a history reached the limit of events.
    """
    from runline.reports.files import report_folder
    from runline.simulator.review import find_scenarios

    scenario_paths, recording_paths = _sorted_out(paths or _defaults())
    folder = report_folder(out)
    if update_lock and designs:
        raise RunlineError(
            "the lock file holds every design of a scenario", key="--update-lock", remedy="the same without --design"
        )
    files = find_scenarios(scenario_paths)
    locks = [Path(path) for path in scenario_paths if path not in recording_paths and Path(path).is_dir()]
    review = _scenarios(files, designs, max_events, locks, update_lock) if files else None
    recordings = _recordings(recording_paths, scenario_paths, update_lock) if recording_paths else None
    if update_lock:
        _write_locks(locks, review, recordings)
    told = _write(folder, review, recordings)
    if as_json:
        print_json(told)
    else:
        _tell(review, recordings, folder)
    return _code(review, recordings)


def _code(review: Review | None, recordings: Recordings | None) -> int:
    if (recordings is not None and recordings.unexpected) or (review is not None and review.unmet):
        return VIOLATION
    return BUDGET if review is not None and review.incomplete else OK


# ------------------------------------------------------------------------------- paths


def _defaults() -> tuple[str, ...]:
    found = tuple(name for name in DEFAULTS if Path(name).is_dir())
    if not found:
        raise RunlineError(
            "there is nothing to review: no folder scenarios, no folder recordings", remedy="a file or folder as PATH"
        )
    return found


def _sorted_out(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """The paths that hold scenarios, and those that hold recordings; a folder may hold both."""
    from runline.evidence.files import SUFFIXES
    from runline.simulator.review import SUFFIX

    scenarios, recordings = [], []
    for name in paths:
        path = Path(name)
        below = [file.name for file in path.rglob("*") if file.is_file()] if name and path.is_dir() else [name]
        here = any(file.endswith(SUFFIX) for file in below) and path.exists()
        there = any(file.endswith(SUFFIXES) for file in below)
        if path.is_dir() and name and not here and not there:
            raise RunlineError(
                "the folder holds neither scenarios nor recordings",
                file=name,
                remedy=f"a folder with files {SUFFIX}, {' or '.join(SUFFIXES)}",
            )
        if here:
            scenarios.append(name)
        if there or not here:
            recordings.append(name)
    return scenarios, recordings


# --------------------------------------------------------------------------- scenarios


def _scenarios(
    files: Sequence[ScenarioFile], designs: Sequence[str], max_events: int, locks: Sequence[Path], update: bool
) -> Review:
    """Let all scenarios happen, and compare with the lock files in ``locks``, unless these are about to be written anew.

    ``locks`` are folders that hold scenarios and nothing else; in a mixed one a lock file would be of two kinds.
    """
    from runline.cli.progress import progress
    from runline.explorer.fixed import happen
    from runline.explorer.review import review as explore
    from runline.reports.review_summary import Review
    from runline.simulator import lock
    from runline.simulator.review import pairs, pairs_to_explore, plan, review

    given = plan(files, designs)
    if update and not locks:
        raise _no_place_for_lock()
    expected = {} if update else {folder: lock.read_lock(folder) for folder in locks}
    wanted = pairs(given)
    cases = list(progress(review(wanted, max_events, happen), "simulating", len(wanted)))
    scopes = pairs_to_explore(given)
    explored = list(progress(explore(scopes), "exploring", len(scopes)))
    differences: list[Difference] = []
    for folder, lines in expected.items():
        if lines is not None:
            differences += lock.differences(lines, [*cases, *explored], folder, designs)
    locked = update or any(lines is not None for lines in expected.values())
    return Review(given, cases, differences, locked, explored)


def _no_place_for_lock() -> RunlineError:
    return RunlineError(
        "a lock file stands in a folder that holds scenarios or recordings, not both",
        key="--update-lock",
        remedy="one such folder as PATH",
    )


def _write_locks(locks: Sequence[Path], review: Review | None, recordings: Recordings | None) -> None:
    from runline.evidence.lock import write_lock
    from runline.evidence.summary import counts
    from runline.reports.files import write_text
    from runline.simulator.lock import LOCK, as_text, lines_of

    if review is not None:
        for folder in locks:
            write_text(folder / LOCK, as_text(lines_of([*review.cases, *review.explored], folder)))
    if recordings is not None and recordings.lock is not None:
        write_lock(recordings.lock, counts(recordings.trees))


# -------------------------------------------------------------------------- recordings


class Recordings(NamedTuple):
    """Real histories, summed up, and where they differ from their lock file (``None``: there is none)."""

    trees: dict[str, TreeSummary]
    lock: Path | None
    differences: list[str] | None

    @property
    def unexpected(self) -> bool:
        """Whether anything is not as the lock file says; without one, whether any law is broken."""
        if self.differences is None:
            return any(tree.broken for tree in self.trees.values())
        return bool(self.differences)

    @property
    def told(self) -> str:
        """What there is, in words."""
        histories = sum(tree.histories for tree in self.trees.values())
        return f"what real schedulers did, {histories:,} recorded histories"


def _recordings(paths: Sequence[str], scenario_paths: Sequence[str], update: bool) -> Recordings:
    from runline.cli.progress import progress
    from runline.evidence.check import check
    from runline.evidence.lock import lock_path, read_lock, unmet
    from runline.evidence.read import LeftOut, count_lines, read_histories
    from runline.evidence.summary import counts, summarize

    lock = None if set(paths) & set(scenario_paths) else lock_path(tuple(paths))
    if update and lock is None:
        raise _no_place_for_lock()
    left_out: list[LeftOut] = []
    histories = progress(read_histories(paths, None, left_out), "checking", count_lines(paths))
    trees = summarize(check(history) for history in histories)
    tell_left_out(left_out)
    expected = None if lock is None or update else read_lock(lock)
    differences = [] if update else None if expected is None else unmet(expected, counts(trees))
    return Recordings(trees, lock, differences)


# ------------------------------------------------------------------------------ the report


def _write(folder: Path, review: Review | None, recordings: Recordings | None) -> dict[str, Any]:
    """Write the report, all of it or nothing; what ``review.json`` has."""
    from runline.reports.evidence_page import as_dict, page
    from runline.reports.files import replaced, write_text
    from runline.versions import versions

    before = (folder / "review.json").exists()
    real = None if recordings is None else as_dict(recordings.trees, versions(), recordings.differences)
    with replaced(folder, PARTS) as beside:
        if recordings is not None:
            name = "index.html" if review is None else "recordings.html"
            _draw_recordings(recordings.trees, beside)
            write_text(beside / name, page(recordings.trees, versions(), recordings.differences))
        told = real if review is None else _write_scenarios(beside, review, recordings, real)
        assert told is not None
        write_text(beside / "review.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        lost = [part for part in PARTS if before and not (beside / part).exists()]
    for part in lost:
        (folder / part).unlink(missing_ok=True)  # a report of less than the one before keeps nothing of that
    return told


def _write_scenarios(
    beside: Path, review: Review, recordings: Recordings | None, real: dict[str, Any] | None
) -> dict[str, Any]:
    from runline.cli.progress import progress
    from runline.reports.files import write_text
    from runline.reports.junit import as_junit
    from runline.reports.review_charts import chosen, draw_chart, told
    from runline.reports.review_explored import draw_counterexample, with_counterexample
    from runline.reports.review_page import page
    from runline.reports.review_summary import as_dict
    from runline.versions import versions

    drawn = chosen(review)
    for case in progress(drawn, "drawing", len(drawn)):
        draw_chart(case, beside)
    scopes = with_counterexample(review)
    for scope in progress(scopes, "drawing", len(scopes)):
        draw_counterexample(scope, beside)
    notes = [note] if (note := told(review, drawn)) else []
    link = "" if recordings is None else recordings.told
    write_text(beside / "index.html", page(review, versions(), drawn, notes, link))
    write_text(beside / "junit.xml", as_junit(review))
    return as_dict(review, versions(), real)


def _draw_recordings(trees: dict[str, TreeSummary], folder: Path) -> None:
    """Draw the state in which each law is first broken in the shortest history, and the state before it."""
    from runline.cli.progress import progress
    from runline.reports.evidence_charts import charts

    wanted = list(charts(trees))
    for chart in progress(wanted, "drawing", len(wanted)):
        chart.draw(folder)


# --------------------------------------------------------------------------- the terminal


def _tell(review: Review | None, recordings: Recordings | None, folder: Path) -> None:
    if review is not None:
        for line in _review_lines(review):
            say(line)
    if review is not None and recordings is not None:
        say()
    if recordings is not None:
        for line in _recording_lines(recordings):
            say(line)
    say()
    say(f"report: {folder / 'index.html'}")


def _review_lines(review: Review) -> Iterator[str]:
    from runline.reports.review_page import law_lines
    from runline.reports.review_summary import wait_lines

    yield from law_lines(review)
    yield ""
    for name, rules in review.never_fired.items():
        if rules:
            yield f"{name}: rules that never took part: {', '.join(rules)}"
    yield from wait_lines(review.waiting)
    yield from (f"changed: {line}" for line in review.changed)
    yield from (f"incomplete: {line}" for line in review.incomplete)
    yield from (f"cut off: {line}" for line in review.cut_off)
    on_file = " and every verdict is the one in the lock file" if review.locked else ""
    yield "unmet:" if review.unmet else f"every expectation is met{on_file}"
    yield from (f"  {line}" for line in review.unmet)


def _recording_lines(recordings: Recordings) -> Iterator[str]:
    from runline.evidence.trees import in_order
    from runline.invariants.laws import LAWS

    trees = recordings.trees
    order = in_order(list(trees))
    width = max(len(law) for law in LAWS)
    yield " " * width + "".join(f"{name:>15}" for name in order)
    yield f"{'histories':<{width}}" + "".join(f"{trees[name].histories:>15}" for name in order)
    for law in LAWS:
        cells = [trees[name].laws[law] for name in order]
        shown = [str(cell.broken) if cell.broken else cell.status.value for cell in cells]
        yield f"{law:<{width}}" + "".join(f"{text:>15}" for text in shown)
    if recordings.differences is not None:
        yield ""
        yield "every count is the one in the lock file" if not recordings.differences else "unmet:"
        yield from (f"  {line}" for line in recordings.differences)
