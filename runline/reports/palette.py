"""Colours, shapes and signs of a chart.

Red says one thing only: here a law is broken. States are told apart by lightness first, so that they differ in print and
to every eye; where there are more states than shades, a sign stands in the cell.
"""

from __future__ import annotations

from typing import NamedTuple

from runline.model.states import RunKind, RunState, TaskState

INK = "#22272b"
MUTED = "#6b747b"
FAINT = "#b9c0c5"
HAIRLINE = "#e4e7e9"
PAPER = "#ffffff"
ALARM = "#d7102f"
ALARM_TINT = "#ffd9de"
NOTICE = "#8a5a00"
NOTICE_TINT = "#ffe9b3"
DIFFERS = "#fff8e6"
"""Where two histories come apart first, and where they differ too."""


class Look(NamedTuple):
    """How a state is drawn: fill, outline, the colour of what stands in it, and a sign."""

    fill: str
    edge: str
    text: str
    sign: str = ""
    dashed: bool = False


RUN_LOOKS = {
    RunState.QUEUED: Look("#ffffff", "#5f6b73", INK),
    RunState.RUNNING: Look("#b4d5ec", "#4d7fa3", INK),
    RunState.SUCCESS: Look("#3f8f74", "#2c6b56", "#ffffff"),
    RunState.FAILED: Look("#6e3410", "#4a2007", "#ffffff"),
    RunState.OVERRIDDEN: Look("#f4f5f5", "#8b949a", "#5b646a", dashed=True),
}

TASK_LOOKS = {
    TaskState.NONE: Look("#ffffff", "#9aa3a9", MUTED),
    TaskState.SCHEDULED: Look("#ffffff", "#5f6b73", INK, "·"),
    TaskState.QUEUED: Look("#e3eef6", "#5f6b73", INK, "…"),
    TaskState.RUNNING: Look("#b4d5ec", "#4d7fa3", INK, "▸"),
    TaskState.UP_FOR_RETRY: Look("#e8c98a", "#8a6a25", INK, "↻"),
    TaskState.SUCCESS: Look("#3f8f74", "#2c6b56", "#ffffff"),
    TaskState.FAILED: Look("#6e3410", "#4a2007", "#ffffff", "\N{MULTIPLICATION SIGN}"),
    TaskState.SKIPPED: Look("#cfe3da", "#7ba594", INK, "»"),
    TaskState.UPSTREAM_FAILED: Look("#c79a73", "#8a5a30", INK, "↑"),
    TaskState.REMOVED: Look("#ffffff", "#9aa3a9", MUTED, "∅"),
}

SHAPES = {RunKind.SCHEDULED: "circle", RunKind.BACKFILL: "square", RunKind.MANUAL: "diamond"}
REACH = {"circle": 1.0, "square": 0.9, "diamond": 1.22}
"""How far a shape reaches up and down, in radii: so they cover much the same area, and hold the same text."""
