"""``runline review``: the main job. Now over real histories; scenarios join when there is a simulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runline.cli.main import OK, VIOLATION, print_json
from runline.cli.options import json_option, say, tell_left_out
from runline.model.errors import RunlineError

if TYPE_CHECKING:
    from runline.evidence.summary import TreeSummary

DEFAULT = "recordings"


@click.command("review")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--out", default="report", show_default=True, metavar="DIR", help="Where to write the report.")
@click.option("--update-lock", is_flag=True, help="Take what is found now for what is expected from now on.")
@json_option
def command(paths: tuple[str, ...], out: str, update_lock: bool, as_json: bool) -> int:
    """Hold every law against the real histories in PATH (default: recordings) and write a report.

    DIR/index.html shows which laws each scheduler breaks, how often, and the shortest history for each, drawn;
    DIR/review.json holds the same as data. Where PATH is a folder with a lock file of verdicts, the exit code says
    whether the counts are those of the lock file; else whether any law is broken.
    """
    from runline.cli.progress import progress
    from runline.evidence.check import check
    from runline.evidence.lock import lock_path, read_lock, unmet, write_lock
    from runline.evidence.read import LeftOut, count_lines, read_histories
    from runline.evidence.summary import counts, summarize
    from runline.reports.evidence_page import as_dict, page
    from runline.reports.files import replaced, report_folder, write_text
    from runline.versions import versions

    paths = paths or (DEFAULT,)
    folder = report_folder(out)
    lock = lock_path(paths)
    if update_lock and lock is None:
        raise RunlineError("a lock file stands in a folder", key="--update-lock", remedy="one folder as PATH")
    left_out: list[LeftOut] = []
    histories = progress(read_histories(paths, None, left_out), "checking", count_lines(paths))
    trees = summarize(check(history) for history in histories)
    tell_left_out(left_out)
    if update_lock and lock is not None:
        write_lock(lock, counts(trees))
    expected = None if lock is None else read_lock(lock)
    differences = None if expected is None else unmet(expected, counts(trees))
    told = as_dict(trees, versions(), differences)
    with replaced(folder, ("charts", "review.json", "index.html")) as beside:
        _draw(trees, beside)
        write_text(beside / "review.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        write_text(beside / "index.html", page(trees, versions(), differences))
    if as_json:
        print_json(told)
    else:
        _tell(trees, differences, folder)
    if differences is None:
        return VIOLATION if any(tree.broken for tree in trees.values()) else OK
    return VIOLATION if differences else OK


def _draw(trees: dict[str, TreeSummary], folder: Path) -> None:
    """Draw the state in which each law is first broken in the shortest history, and the state before it."""
    from runline.cli.progress import progress
    from runline.reports.evidence_charts import charts

    wanted = list(charts(trees))
    for chart in progress(wanted, "drawing", len(wanted)):
        chart.draw(folder)


def _tell(trees: dict[str, TreeSummary], differences: list[str] | None, folder: Path) -> None:
    from runline.evidence.trees import in_order
    from runline.invariants.laws import LAWS

    order = in_order(list(trees))
    width = max(len(law) for law in LAWS)
    say(" " * width + "".join(f"{name:>15}" for name in order))
    say(f"{'histories':<{width}}" + "".join(f"{trees[name].histories:>15}" for name in order))
    for law in LAWS:
        cells = [trees[name].laws[law] for name in order]
        shown = [str(cell.broken) if cell.broken else cell.status.value for cell in cells]
        say(f"{law:<{width}}" + "".join(f"{text:>15}" for text in shown))
    if differences is not None:
        say()
        say("every count is the one in the lock file" if not differences else "unmet:")
        for line in differences:
            say(f"  {line}")
    say()
    say(f"report: {folder / 'index.html'}")
