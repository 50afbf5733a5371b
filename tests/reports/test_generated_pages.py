"""The pages in ``docs`` that are generated are what the generators make of the code and the scenarios as they are."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from runline.designs.catalog import DESIGNS, find_design
from runline.reports import design_review, designs_page, situations, splice_page

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_situations_are_as_printed() -> None:
    """Each situation under each design ends as the page says."""
    printed = (ROOT / "docs/situations.md").read_text("utf-8")
    assert printed == situations.page(situations.rows(situations.FOLDER), "../scenarios/seed")


def test_every_row_has_a_situation() -> None:
    """No situation of the table is without a scenario."""
    assert {row.number for row in situations.rows(situations.FOLDER)} == set(range(1, 44))


def test_designs_are_as_printed() -> None:
    """Each field of each design is as the page says."""
    assert (ROOT / "docs/designs.md").read_text("utf-8") == designs_page.page()


def test_the_review_is_as_printed() -> None:
    """Every finding still breaks its law, by the rule and in the words on the page, and all counts are right."""
    wanted = design_review.read_plan(ROOT / "docs/review-airflow-20.toml")
    printed = (ROOT / "docs/review-airflow-20.md").read_text("utf-8")
    assert printed == design_review.page(wanted, design_review.all_cases())


def test_every_finding_has_its_picture() -> None:
    """What the review shows is there."""
    wanted = design_review.read_plan(ROOT / "docs/review-airflow-20.toml")
    shown = [design_review.shown(point) for chapter in wanted.chapters for point in chapter.findings]
    assert {found.picture for found in shown} == {f"review/{path.name}" for path in (ROOT / "docs/review").iterdir()}


def test_the_page_about_the_splice_is_as_printed() -> None:
    """What breaks where, what the database repairs and what it refuses is as the page says; every picture is there.

    A lock only takes histories away, so nothing breaks under one that does not break without.
    """
    plan = splice_page.read_plan(ROOT / "docs/review-splice.toml")
    assert (ROOT / "docs/review-splice.md").read_text("utf-8") == splice_page.page(plan)
    came = splice_page.results(plan)
    shown = {law for each in came.values() for found in each for law in found.broken}
    assert {path.stem for path in (ROOT / "docs/splice").glob("*.svg")} == shown
    for (writing, setting), each in came.items():
        for locked, free in zip(each, came[writing, "nothing"], strict=True):
            assert set(locked.broken) <= set(free.broken) or "lock" not in setting


APART = {
    ("airflow-1.7.0", "airflow-2016-04"): {"candidate", "floor", "past", "evaluate", "give_up", "backfill"},
    ("airflow-2016-04", "pr-1431"): {
        "candidate", "floor", "draft", "insert", "pairs", "past", "downstream", "stamp", "evaluate", "give_up", "backfill",
        "trigger", "set_state",
    },
    ("airflow-2016-04", "airflow-1.8.1"): {
        "gates", "candidate", "floor", "insert", "pairs", "sendable", "past", "downstream", "dependencies", "start",
        "evaluate", "give_up", "backfill", "run_task",
    },
    ("coherent", "update-in-place"): {
        "candidate", "beyond", "draft", "insert", "pairs", "past", "downstream", "refusals", "take", "again",
        "job_of", "trigger", "delete_run", "run_task", "set_state",
    },
}  # fmt: skip
"""Designs of which one was made from the other, and the fields in which they differ."""


@pytest.mark.parametrize(("one", "other"), APART)
def test_designs_differ_where_their_rules_do(one: str, other: str) -> None:
    """Two designs of which one was made from the other differ in these fields and share all other rules."""
    assert set(designs_page.differing(find_design(one), find_design(other))) <= APART[one, other]


@pytest.mark.parametrize(("one", "other"), list(combinations(DESIGNS, 2)))
def test_no_rule_stands_there_twice(one: str, other: str) -> None:
    """Where two designs differ in a field, what stands there is other code, not a copy of the same."""
    first, second = find_design(one), find_design(other)
    for field in designs_page.differing(first, second):
        codes = {_code(getattr(design, field)) for design in (first, second)} - {None}
        assert len(codes) != 1 or None in {_code(getattr(first, field)), _code(getattr(second, field))}, field


def _code(function: object) -> tuple[object, ...] | None:
    """What a function does: its bytecode, and the names and values that it uses."""
    code = getattr(function, "__code__", None)
    return None if code is None else (code.co_code, code.co_names, code.co_consts[1:])
