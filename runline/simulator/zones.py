"""Time zones from the pinned package ``tzdata``, whatever the machine knows."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from runline.model.errors import RunlineError, nearest


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that there are."""
    return tuple(files("tzdata").joinpath("zones").read_text("utf-8").split())


@cache
def find_zone(name: str) -> ZoneInfo:
    """The zone of that name; raises :class:`RunlineError` for one that is not known."""
    if name not in zone_names():
        raise RunlineError(f"there is no zone {name!r}", value=name, remedy=nearest(name, zone_names()))
    package, place = files("tzdata").joinpath("zoneinfo"), name.split("/")
    with package.joinpath(*place).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
