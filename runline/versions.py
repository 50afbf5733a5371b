"""The versions that decide what a schedule means."""

from __future__ import annotations

from importlib.metadata import version

__version__ = "0.1.0"


def versions() -> dict[str, str]:
    """Runline and the packages that give schedules their meaning; not Python, which does not."""
    return {
        "runline": __version__,
        "croniter": version("croniter"),
        "tzdata": version("tzdata"),
    }
