"""The check against a scan of the raw files that shares no code with it: no false alarm, nothing missed."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from runline.evidence.check import check
from runline.evidence.read import read_histories

RECORDINGS = Path(__file__).parents[2] / "recordings"
TREES = ("1.7.0", "base", "pr", "prti", "1.8.1")
WITH_PREVIOUS = ("pr", "prti")

Row = dict[str, Any]
Broken = set[tuple[str, int]]
"""A law, and a step after which it is broken though it was not broken there before."""


def _raw(tree: str) -> list[Row]:
    rows = []
    for name in ("named", "random"):
        with gzip.open(RECORDINGS / tree / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows += [json.loads(line) for line in lines]
    return rows


def _live(run: Row) -> bool:
    return bool(run["state"] != "overridden")


def _ends(run: Row, runs: dict[int, Row]) -> bool:
    for _ in range(len(runs) + 1):
        if run["previous"] is None or run["previous"] not in runs:
            return True
        run = runs[run["previous"]]
    return False


def _scan_previous(runs: dict[int, Row]) -> set[str]:
    found = set()
    timeline = sorted(
        (run for run in runs.values() if _live(run) and run["kind"] != "manual"), key=lambda r: str(r["date"])
    )
    for run in runs.values():
        previous = run["previous"]
        if _live(run) and previous is not None and (previous not in runs or not _live(runs[previous])):
            found.add("previous-is-live")
        if not _ends(run, runs):
            found.add("acyclic-previous")
    for run in timeline:
        earlier = [other["date"] for other in timeline if other["date"] < run["date"]]
        right = [other["id"] for other in timeline if earlier and other["date"] == max(earlier)] or [None]
        if run["previous"] not in right:
            found.add("previous-is-predecessor")
    if timeline and sum(run["previous"] is None for run in timeline) != 1:
        found.add("one-first-run")
    return found


def _scan_owners(runs: dict[int, Row], tasks: list[Row], by_hand: set[tuple[str, str]]) -> set[str]:
    found = set()
    for task in tasks:
        owner = task["dag_run_id"]
        if owner == -1:
            wrong = (task["task"], task["date"]) not in by_hand
        else:
            wrong = owner not in runs or runs[owner]["date"] != task["date"]
        if wrong:
            found.add("task-has-run")
        unfinished = task["state"] in (None, "scheduled", "queued", "running", "up_for_retry")
        if unfinished and owner in runs and not _live(runs[owner]):
            found.add("owner-is-live")
    return found


def _scan(recording: Row, tree: str) -> dict[str, set[int]]:
    """The steps after which each law is broken."""
    broken: dict[str, set[int]] = {}
    before: dict[int, Row] = {}
    by_hand: set[tuple[str, str]] = set()
    for number, step in enumerate(recording["steps"]):
        action = step["action"]
        if action["do"] in ("run_task", "set_task_state"):
            by_hand.add((action["task"], action["date"]))
        runs = {run["id"]: run for run in step["dag_runs"]}
        found = set()
        dates = Counter(run["date"] for run in runs.values() if _live(run))
        if any(count > 1 for count in dates.values()):
            found.add("single-live-run")
        if tree in WITH_PREVIOUS:
            found |= _scan_previous(runs)
            found |= _scan_owners(runs, step["task_instances"], by_hand)
        for run_id, was in before.items():
            now = runs.get(run_id)
            if now is not None and now["date"] == was["date"] and not _live(was) and _live(now):
                found.add("overridden-is-final")
            if now is None and action["do"] != "delete_run":
                found.add("history-kept")
            if now is not None and now["date"] == was["date"] and now["run_id"] != was["run_id"]:
                found.add("history-kept")
        for law in found:
            broken.setdefault(law, set()).add(number)
        before = runs
    return broken


SCANNED = (
    "single-live-run",
    "previous-is-predecessor",
    "acyclic-previous",
    "previous-is-live",
    "one-first-run",
    "task-has-run",
    "owner-is-live",
    "overridden-is-final",
    "history-kept",
)


@pytest.mark.parametrize("tree", TREES)
def test_check_agrees_with_scan_of_raw_files(tree: str) -> None:
    """For every recording the check finds a law broken if and only if the scan does, and first at the same step."""
    histories = list(read_histories([str(RECORDINGS / tree)]))
    recordings = _raw(tree)
    assert [history.name for history in histories] == [recording["name"] for recording in recordings]
    for history, recording in zip(histories, recordings, strict=True):
        first = {law: min(steps) for law, steps in _scan(recording, tree).items()}
        found: dict[str, int] = {}
        for finding in check(history).findings:
            found.setdefault(finding.law, finding.step)
        assert {law: found[law] for law in SCANNED if law in found} == first, history.name


def test_known_counts_of_pull_request() -> None:
    """The histories recorded of the pull request break the laws as often as was counted by hand."""
    aspects: Counter[tuple[str, str]] = Counter()
    for history in read_histories([str(RECORDINGS / "pr")]):
        checked = check(history)
        aspects.update({(finding.law, finding.evidence.aspect) for finding in checked.findings})
    assert aspects["single-live-run", "automated runs"] == 16
    assert aspects["previous-is-live", "overridden"] == 35
    assert aspects["overridden-is-final", ""] == 12
    assert aspects["task-has-run", "run of another date"] == 83
    assert aspects["acyclic-previous", ""] == 1


def test_base_fails_runs_whose_instances_all_succeeded() -> None:
    """On the tree that the proposal complains about, runs are failed although all their instances succeeded."""
    found = {
        history.name
        for history in read_histories([str(RECORDINGS / "base")])
        for finding in check(history).findings
        if finding.evidence.aspect == "failed, all instances succeeded"
    }
    assert len(found) == 27
