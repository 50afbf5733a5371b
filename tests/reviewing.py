"""Small scenarios to review, and a design that promises what it does not keep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from runline.designs.coherent import coherent

GREEDY = replace(coherent, name="greedy", promises=coherent.promises | {"no-gap"})
"""It gives up on filling gaps like ``coherent``, but promises to."""
GREEDY_NAME = "tests.reviewing:GREEDY"

PLAIN = """
title = "{title}"
source = "{source}"
story = "Two days go by."

[clock]
start = 2016-01-02T01:00:00Z
end = 2016-01-04T02:00:00Z
heartbeat = "1h"

[dags.sales]
schedule = "@daily"
start_date = 2016-01-01T00:00:00Z

[dags.sales.tasks.load]
{more}
"""
GAP = """
[[actions]]
at = 2016-01-02T05:00:00Z
do = "deploy"
start_date = 2016-01-03T00:00:00Z
"""
"""The start date is moved ahead, so that a day is left out."""


TO_COME = "airflow-3"
"""A design that scenarios may speak of; ``without_it`` is the catalog before it came."""
without_it = ("airflow-2016-04", "coherent")


def expecting(design: str = "coherent", breaks: str = "[]") -> str:
    """What a scenario expects of a design."""
    return f'[expect."{design}"]\nbreaks = {breaks}\n'


def write(folder: Path, name: str, more: str = "", title: str = "Two days", source: str = "made up") -> Path:
    """Write a scenario file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(PLAIN.format(title=title, source=source, more=more), "utf-8")
    return path
