"""Charts as files: the same bytes everywhere, whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from runline.model.errors import RunlineError
from runline.reports.chart import draw
from runline.reports.render import as_page, as_svg, check_suffix, render
from tests.reports.charting import wrong

ROOT = Path(__file__).parents[2]
CODE = """
import sys
from runline.reports.chart import draw
from runline.reports.render import render
from tests.reports.charting import wrong
for suffix in ("svg", "png", "pdf", "html"):
    render(draw(wrong()).figure, f"{sys.argv[1]}/chart.{suffix}")
"""


def _drawn(folder: Path, seed: str, where: Path) -> dict[str, bytes]:
    """The files of a chart, drawn by a process of its own."""
    settings = folder / "settings"
    settings.mkdir(parents=True)
    (settings / "matplotlibrc").write_text(f"font.size: {10 + int(seed)}\nsavefig.facecolor: red\n")
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": str(ROOT),
        "MPLCONFIGDIR": str(settings),
        "SOURCE_DATE_EPOCH": seed,
        "TZ": "Asia/Tokyo" if seed == "1" else "UTC",
    }
    subprocess.run([sys.executable, "-c", CODE, str(folder)], check=True, cwd=where, env=environment)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def test_same_bytes_everywhere(tmp_path: Path) -> None:
    """A state gives the same bytes whatever the hash seed, the folder, the settings, the zone and the time."""
    first = _drawn(tmp_path / "a", "1", tmp_path)
    assert first == _drawn(tmp_path / "b", "2", ROOT)
    assert set(first) == {"chart.svg", "chart.png", "chart.pdf", "chart.html"}
    assert first["chart.svg"] == as_svg(draw(wrong()).figure).encode()


def test_drawing_twice_is_the_same() -> None:
    """Writing a figure does not change what is written next."""
    figure = draw(wrong()).figure
    assert as_svg(figure) == as_svg(figure)


def test_files_are_what_their_names_say(tmp_path: Path) -> None:
    """Each kind of file begins as such files do, and nothing else is left in the folder."""
    begins = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "html": b"<!doctype html>", "SVG": b"<?xml"}
    for suffix, head in begins.items():
        render(draw(wrong()).figure, tmp_path / "sub" / f"chart-{suffix}.{suffix}")
        assert (tmp_path / "sub" / f"chart-{suffix}.{suffix}").read_bytes().startswith(head)
    assert len(list((tmp_path / "sub").iterdir())) == len(begins)


@pytest.mark.parametrize("name", ["chart.gif", "chart", "chart.svg.gz", ".svg"])
def test_unknown_suffix_is_refused(tmp_path: Path, name: str) -> None:
    """A suffix that is not known is an error that names those that are, and nothing is written."""
    with pytest.raises(RunlineError) as caught:
        render(draw(wrong()).figure, tmp_path / name)
    assert all(suffix in str(caught.value.remedy) for suffix in (".svg", ".png", ".pdf", ".html"))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RunlineError):
        check_suffix(name)


def test_nothing_is_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where drawing fails the file that was there stays, and nothing lies beside it."""
    target = tmp_path / "chart.png"
    target.write_text("as it was")

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("no")

    figure = draw(wrong()).figure
    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(ValueError, match="no"):
        render(figure, target)
    assert [path.name for path in tmp_path.iterdir()] == ["chart.png"]
    assert target.read_text() == "as it was"


def test_unwritable_place_is_an_error(tmp_path: Path) -> None:
    """A place that cannot be written is an error that names it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RunlineError) as caught:
        render(draw(wrong()).figure, tmp_path / "file" / "chart.svg")
    assert "chart.svg" in str(caught.value.file)


def test_page_has_the_sentences() -> None:
    """A page holds the chart and its sentences as text: folded if the chart tells them, else in the open."""
    told = "<li>previous-is-live: Run 3 has as its previous run 5.</li>"
    whole, bare = as_page(draw(wrong()).figure), as_page(draw(wrong(), words=False).figure)
    assert told in whole
    assert told in bare
    assert "<details>" in whole
    assert "<details>" not in bare
    assert "<svg" in whole
    assert "http" not in bare.split("<svg")[0]


def test_parts_are_named_in_words() -> None:
    """What is drawn says what it is to whoever points at it."""
    svg = as_svg(draw(wrong()).figure)
    assert (
        "<title>run 2: scheduled, 2016-01-02, overridden, overridden by run 4, previous run 1; scheduled__1</title>"
        in svg
    )
    assert "<title>load of 2016-01-03: running, belongs to run 99</title>" in svg
    assert "<title>previous of run 3 is run 5</title>" in svg


def test_prefix_keeps_charts_of_one_page_apart() -> None:
    """With a prefix each, charts in one page share no id."""
    figure = draw(wrong()).figure
    first, second = as_svg(figure, "a-"), as_svg(figure, "b-")
    assert 'id="a-run-1"' in first
    assert 'href="#a-' in first
    assert 'href="#D' not in first
    assert first.replace('"a-', '"b-').replace("#a-", "#b-") == second
