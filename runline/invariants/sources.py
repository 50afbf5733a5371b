"""What the letters with numbers in the sources of laws mean: sentences of AIRFLOW-20, resolutions, rules of designs."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from runline.invariants.law import Law

_ID = re.compile(r"\b([QHMLNURV]\d+)\b")


@cache
def sources() -> dict[str, str]:
    """Every sentence and rule that a law names, by its id."""
    return tomllib.loads(files("runline.invariants").joinpath("sources.toml").read_text("utf-8"))


def cited(law: Law) -> list[str]:
    """The ids that a law names as its source, in its order."""
    return _ID.findall(law.source)
