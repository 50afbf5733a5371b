"""The page of a review: it tells everything, leads everywhere, and takes names as names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from runline.cli.main import run
from runline.designs.catalog import DESIGNS
from runline.invariants.laws import ALL_LAWS
from runline.reports import review_charts
from runline.reports.junit import as_junit
from runline.reports.review_page import page
from runline.reports.review_parts import linked, slug, text
from runline.reports.review_rules import rules_of
from runline.reports.review_summary import Review
from runline.simulator.review import find_scenarios, pairs, plan, review
from tests.reviewing import GAP, GREEDY, GREEDY_NAME, TO_COME, expecting, without_it, write

EVIL = "<script>alert(1)</script> & 'x' $x_1$ \\u0001 \\u202e"


def _review(folder: Path, designs: Iterable[str] = ()) -> Review:
    given = plan(find_scenarios([str(folder)]), tuple(designs))
    return Review(given, list(review(pairs(given))))


def _page(found: Review) -> str:
    return page(found, {"runline": "1"}, review_charts.chosen(found))


def test_everything_that_the_page_names_is_there(tmp_path: Path) -> None:
    """Every link within the page has its place, each place stands once, and every picture is drawn."""
    write(tmp_path, "s/deep/a.toml", GAP, title="A day is left out")
    write(tmp_path, "s/b.toml", expecting() + expecting("airflow-2016-04"))
    run(["review", str(tmp_path / "s"), "--out", str(tmp_path / "out")])
    shown = (tmp_path / "out" / "index.html").read_text("utf-8")
    places = re.findall(r"\bid='?([^'\s>]+)", shown)
    assert len(places) == len(set(places))
    targets = set(re.findall(r"href='#([^']+)'", shown))
    assert targets <= set(places)
    images = re.findall(r"<img[^>]* src='([^']+)'", shown)
    assert len(images) == len(DESIGNS) + 2
    for image in images:
        assert (tmp_path / "out" / image).read_bytes().startswith(b"<?xml"), image
    assert "src='http" not in shown
    assert "<script" not in shown


def test_case_is_told_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    """Title, story, source, acts, the sentence and the rule, the table of runs, the digest and how to see it again."""
    write(tmp_path, "s/a.toml", GAP + expecting(breaks='["no-gap"]'), source="https://example.org/a?b=1&c=2")
    found = _review(tmp_path / "s")
    shown = _page(found)
    (case,) = found.cases
    sentence = case.outcome.verdicts["no-gap"].findings[0].sentence
    for part in (
        "<h3>Two days</h3>",
        "Two days go by.",
        "<a href='https://example.org/a?b=1&amp;c=2'>",
        "2016-01-02 05:00 <b>deploy</b> start date 2016-01-03",
        text(sentence),
        "As expected.",
        "<td>2016-01-03</td>",
        case.digest,
        "runline simulate s/a.toml --design coherent",
    ):
        assert part in shown


def test_law_that_is_promised_and_broken_stands_out(tmp_path: Path) -> None:
    """Promised and broken is told first and in strong colour; broken and never promised is paler."""
    write(tmp_path, "s/a.toml", GAP)
    found = _review(tmp_path / "s", [GREEDY_NAME, "coherent"])
    shown = _page(found)
    assert re.search(rf"<td class=promise><a href='#law-{slug(GREEDY_NAME, 'no-gap')}'>1</a></td>", shown)
    assert "<td class=given><a href='#law-coherent--no-gap'>1</a></td>" in shown
    assert "Not as expected:" in shown
    assert "no-gap is broken, though greedy promises it" in shown
    assert shown.index("Not as expected:") < shown.index("id=laws")
    assert "breaks <b class=bad-text>1</b> of them" in shown


def test_every_law_has_a_row_and_every_status_a_sign(tmp_path: Path) -> None:
    """The table has all laws, in table order."""
    write(tmp_path, "s/a.toml", GAP)
    matrix = _page(_review(tmp_path / "s")).split("id=scenarios")[0]
    assert re.findall(r"<tr><th class=law title='[^']*'>([\w-]+)</th>", matrix) == list(ALL_LAWS)


TRIGGER = '[[actions]]\nat = 2016-01-02T06:00:00Z\ndo = "trigger"\n'


def test_law_given_up_is_told_with_the_sentence_that_does_so(tmp_path: Path) -> None:
    """A law that is not promised has why, and the scenarios that break it, the shortest first."""
    write(tmp_path, "s/a.toml", GAP + TRIGGER, title="Longer")
    write(tmp_path, "s/b.toml", GAP, title="Short")
    shown = _page(_review(tmp_path / "s", ["coherent"]))
    row = shown[shown.index("<tr id='law-coherent--no-gap'>") :].split("</tr>")[0]
    assert text(GREEDY.gives_up["no-gap"]) in row
    assert row.index("Short") < row.index("leaves out 2016-01-02") < row.index("Longer")


def test_rule_that_never_took_part_is_told_with_its_sentence(tmp_path: Path) -> None:
    """A plain scenario leaves most rules unused; each is named, but not one that took part."""
    write(tmp_path, "s/a.toml", expecting())
    found = _review(tmp_path / "s")
    assert "H21" in found.never_fired["coherent"]
    assert "H15" not in found.never_fired["coherent"]
    (splice,) = rules_of(GREEDY, in_force=True)["H21"]
    assert f"<b>H21</b> {text(splice.sentence)}" in _page(found)


def test_rules_of_a_design_are_its_own() -> None:
    """The rules that its functions are or call, those of its options too; none of another design in the same module."""
    rules = rules_of(GREEDY)
    assert {"L10", "L24", "H21", "H26", "H31"} <= set(rules)
    assert not {"L14", "L18", "L40"} & set(rules)


def test_sound_scenario_is_folded(tmp_path: Path) -> None:
    """What breaks nothing is folded away, and so is a sound case beside one that breaks something."""
    write(tmp_path, "s/a.toml", expecting(), title="Sound")
    write(tmp_path, "s/b.toml", GAP, title="Unsound")
    shown = _page(_review(tmp_path / "s"))
    assert "<summary><b>Sound</b>: no law is broken under coherent</summary>" in shown
    assert "<h3>Unsound</h3>" in shown


def test_names_are_taken_as_names(tmp_path: Path) -> None:
    """Titles, stories, sources, DAGs and files that look like markup are text in the page and in the JUnit file."""
    path = write(tmp_path, "s/<b>&'\".toml", expecting(), title=EVIL, source=EVIL)
    path.write_text(path.read_text("utf-8").replace("Two days go by.", EVIL).replace("sales", '"<u>"'), "utf-8")
    found = _review(tmp_path / "s")
    shown = _page(found)
    for tag in ("<script", "<b>&'", "<u>", "\x01", "\u202e"):
        assert tag not in shown
    assert "&lt;script&gt;" in shown
    suite = ET.fromstring(as_junit(found).encode()).find("testsuite")
    assert suite is not None
    assert suite.get("name") == "s/<b>&'\".toml"
    run(["review", str(tmp_path / "s"), "--out", str(tmp_path / "out")])
    assert len(list((tmp_path / "out" / "charts" / "scenarios").iterdir())) == 1


def test_junit_counts_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite for each file, a case for each design, and the numbers at the head are those of the cases."""
    monkeypatch.setattr("runline.simulator.review.DESIGNS", without_it)
    write(tmp_path, "s/a.toml", expecting(breaks='["no-gap"]') + expecting("airflow-2016-04"))
    write(tmp_path, "s/b.toml", expecting(TO_COME))
    root = ET.fromstring(as_junit(_review(tmp_path / "s")).encode())
    told = [
        [suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")]
        for suite in root.iter("testsuite")
    ]
    assert told == [["s/a.toml", "2", "1", "0", "0"], ["s/b.toml", "1", "0", "0", "1"]]
    assert [case.get("name") for case in root.iter("testcase")] == ["airflow-2016-04", "coherent", TO_COME]


def test_where_charts_would_be_too_many_those_that_show_something_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a number, sound cases are not drawn, and the page says so."""
    write(tmp_path, "s/a.toml", expecting(), title="Sound")
    write(tmp_path, "s/b.toml", GAP + expecting(breaks='["no-gap"]'), title="Unsound")
    found = _review(tmp_path / "s")
    assert review_charts.told(found, review_charts.chosen(found)) == ""
    monkeypatch.setattr(review_charts, "MOST", 1)
    drawn = review_charts.chosen(found)
    assert [case.scenario.title for case in drawn] == ["Unsound"]
    note = review_charts.told(found, drawn)
    shown = page(found, {}, drawn, [note])
    assert text(note) in shown
    assert shown.count("<img") == 1


def test_names_of_files_and_anchors_stay_apart() -> None:
    """Names that would become the same are kept apart, and none leads out of its folder."""
    names = [
        ("a/b.toml", "c"),
        ("a--b.toml", "c"),
        ("a b.toml", "c"),
        ("a-b.toml", "c"),
        ("../a", "c"),
        ("x" * 300, "c"),
    ]
    slugs = [slug(*parts) for parts in names]
    assert len(set(slugs)) == len(slugs)
    assert slugs[0] == "a--b--c"
    assert all(re.fullmatch(r"[\w-][\w.-]{0,120}", each, flags=re.ASCII) for each in slugs)


def test_addresses_become_links_and_nothing_else_does() -> None:
    """Only web addresses are links, without the full stop that ends a sentence."""
    assert linked("see https://example.org/x.") == "see <a href='https://example.org/x'>https://example.org/x</a>."
    assert "<a" not in linked("javascript:alert(1)")
