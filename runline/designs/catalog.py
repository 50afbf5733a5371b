"""The designs by name, a user's own among them, with the options that a scenario chose."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace

from runline.designs.design import Design
from runline.model.errors import RunlineError, nearest

_DESIGNS = {
    "airflow-1.7.0": "runline.designs.legacy.airflow_1_7_0:airflow_1_7_0",
    "airflow-2016-04": "runline.designs.legacy.airflow_2016_04:airflow_2016_04",
    "pr-1431": "runline.designs.pr_1431:pr_1431",
    "coherent": "runline.designs.coherent:coherent",
    "update-in-place": "runline.designs.update_in_place:update_in_place",
    "airflow-1.8.1": "runline.designs.airflow_1_8_1:airflow_1_8_1",
}
DESIGNS = tuple(_DESIGNS)
"""The names of the designs that come with Runline, oldest first."""


def find_design(name: str, options: Mapping[str, str | int | bool] | None = None) -> Design:
    """The design of that name, or a user's own, named ``package.module:name``, with these options chosen.

    Raises :class:`RunlineError` for a name that is unknown, and for a value that an option does not have. An option
    that the design lacks is passed over; :func:`options_lacked` names those.
    """
    place = _DESIGNS.get(name, name if ":" in name else None)
    if place is None:
        raise RunlineError(f"there is no design {name!r}", value=name, remedy=nearest(name, DESIGNS))
    design = _load(place, name)
    for option, value in (options or {}).items():
        if option in design.options:
            design = _choose(design, option, str(value))
    return design


def _load(place: str, name: str) -> Design:
    module_name, _, attribute = place.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise RunlineError(
            f"the design {name!r} cannot be loaded: {error}", value=name, remedy="package.module:name of a Design"
        ) from None
    if not isinstance(found, Design):
        raise RunlineError(f"{name!r} is no Design", value=name, remedy="package.module:name of a Design")
    return found


def _choose(design: Design, option: str, value: str) -> Design:
    values = design.options[option]
    if value not in values:
        raise RunlineError(
            f"the option {option} of {design.name} has no value {value!r}",
            key=f"designs.{design.name}.{option}",
            value=value,
            remedy=nearest(value, values),
        )
    fields = dict(values[value])
    lost, regained = fields.pop("gives_up", {}), frozenset(fields.pop("regains", ()))
    given_up = {law: why for law, why in {**design.gives_up, **lost}.items() if law not in regained}
    return replace(design, promises=(design.promises - lost.keys()) | regained, gives_up=given_up, **fields)


def options_lacked(design: Design, options: Mapping[str, object]) -> list[str]:
    """The options of these that a design does not have."""
    return [option for option in options if option not in design.options]
