"""The versions that decide what a schedule means."""

from __future__ import annotations

import platform
from importlib.metadata import version

__version__ = "0.1.0"


def versions() -> dict[str, str]:
    """Runline, Python, and the packages that give schedules their meaning."""
    return {
        "runline": __version__,
        "python": platform.python_version(),
        "croniter": version("croniter"),
        "tzdata": version("tzdata"),
    }
