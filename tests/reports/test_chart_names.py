"""Names come from other people's databases: whatever they hold is shown, and never read as anything else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from runline.invariants.law import Evidence
from runline.invariants.verdict import Finding
from runline.model.dags import DagVersion, Task
from runline.model.records import RunRecord, TaskRecord
from runline.model.schedules import parse_schedule
from runline.model.snapshot import Snapshot
from runline.model.states import RunKind, RunState, TaskState
from runline.reports.chart import draw
from runline.reports.graph import as_dot, as_mermaid, timeline_graph
from runline.reports.lettering import clean, shorten, width_of, wrap
from runline.reports.picture import Picture
from runline.reports.render import as_page, as_svg
from tests.reports.charting import FIRST, HOSTILE

SVG = "{http://www.w3.org/2000/svg}"


def _picture(name: str) -> Picture:
    """A picture in which every name is the same."""
    record = RunRecord(1, name, FIRST, RunKind.SCHEDULED, name, RunState.SUCCESS, None)
    task = TaskRecord(name, name, FIRST, 1, TaskState.FAILED)
    versions = {name: (DagVersion(name, 1, parse_schedule("@daily"), (Task(name),), FIRST),)}
    evidence = Evidence("Run 1 of {}.", (name,), "", name, (1,), (task.key,), (FIRST,))
    found = (Finding("single-live-run", 0, evidence),)
    return Picture(Snapshot(FIRST, {1: record}, {task.key: task}, versions), name, name, found, name)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_svg(name: str) -> None:
    """An svg is well formed, holds shapes only, and text as paths; names stand in titles, escaped."""
    svg = as_svg(draw(_picture(name)).figure)
    root = ET.fromstring(svg.encode())
    metadata = {element for part in root.iter(f"{SVG}metadata") for element in part.iter()}
    tags = {str(element.tag).removeprefix(SVG) for element in root.iter() if element not in metadata}
    assert tags <= {"svg", "title", "metadata", "defs", "style", "g", "path", "use", "clipPath", "rect"}
    assert "<script" not in svg
    assert "<!--" not in svg
    titles = [element.text or "" for element in root.iter(f"{SVG}title")]
    assert any(title.startswith(f"task {clean(name)}".rstrip()) for title in titles)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_pages(name: str) -> None:
    """A page has the tags that it is made of and no other, and says the sentence as it is."""
    page = as_page(draw(_picture(name)).figure)
    tags = _Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "b", "img", "iframe", "link", "object"}
    assert {"html", "figure", "svg", "ol", "li", "details"} <= tags.seen
    assert page.count("</style>") == 2
    page.encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_no_mathtext(name: str) -> None:
    """No text of a chart is read as mathtext or TeX, nor has it more than one line."""
    for text in draw(_picture(name)).texts:
        assert not text.get_parse_math()
        assert not text.get_usetex()
        assert "\n" not in text.get_text()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_dot(name: str) -> None:
    """In Graphviz text a name stays inside its quotes, and starts no escape and no entity."""
    picture = _picture(name)
    dot = as_dot(timeline_graph(picture.state, name))
    node = re.compile(r'  n\d+ \[label="(?:[^"\\\n]|\\\\|\\")*", [a-z]+=[^\[\]\n]*\];')
    edge = re.compile(r'  n\d+ -> n\d+ \[label="[a-z]+", style=[a-z]+\];')
    head, *body, last = dot.splitlines()
    assert (head, last) == ("digraph timeline {", "}")
    assert all(node.fullmatch(line) or edge.fullmatch(line) for line in body[2:])
    assert len(body) == 2 + 2 + 1
    assert not re.search(r"&(?!amp;)", dot)
    dot.encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_mermaid(name: str) -> None:
    """In Mermaid text all of a name but letters, digits and a few signs is written as numbers."""
    picture = _picture(name)
    lines = as_mermaid(timeline_graph(picture.state, name)).splitlines()
    labels = [found for line in lines if (found := re.search(r'"(.*)"', line))]
    assert len(labels) == 2
    assert all(re.fullmatch(r"(?:[A-Za-z0-9 :.-]|#\d+;)*", label[1]) for label in labels)


@pytest.mark.parametrize("name", HOSTILE)
def test_text_fits_its_room(name: str) -> None:
    """Names are shortened and sentences wrapped to the room they have."""
    assert width_of(shorten(name, 60.0, 7.5), 7.5) <= 60
    lines = wrap(f"Run 1 of {name}, " * 9, 300.0, 8.0, most=4)
    assert len(lines) <= 4
    assert all(width_of(line, 8.0) <= 301 for line in lines)


def test_clean_keeps_what_can_be_shown() -> None:
    """Text stays as it is but for spaces, and a square for what the font lacks."""
    assert clean("a_b^c $x$ é Ж") == "a_b^c $x$ é Ж"
    assert clean("a\nb\t c") == "a b c"
    assert clean("名\x00\ud800") == "□□□"
    assert clean("a\u202eb\u200b") == "ab"
