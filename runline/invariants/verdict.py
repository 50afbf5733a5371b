"""What is said of a law after a history: held, broken, or why neither can be said."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from runline.invariants.law import Evidence


class Status(StrEnum):
    """The verdict on one law."""

    HOLDS = "holds"
    VIOLATED = "violated"
    PASSING = "passing"
    NOT_EXERCISED = "not exercised"
    NOT_APPLICABLE = "not applicable"
    NOT_OBSERVABLE = "not observable"
    UNKNOWN = "unknown"


class Finding(NamedTuple):
    """A law found broken: at which step of the history, where, and whether it outlasts the operations under way.

    ``known_by`` names a more basic law that is broken with it and implies it (empty: this one is basic itself).
    """

    law: str
    step: int
    evidence: Evidence
    rule: str = ""
    lasting: bool = True
    known_by: str = ""

    @property
    def sentence(self) -> str:
        """What is wrong, with the values that show it."""
        return self.evidence.sentence


class Verdict(NamedTuple):
    """The verdict on one law, how often its premise was true, and what was found."""

    law: str
    status: Status
    exercised: int
    findings: tuple[Finding, ...]
    blocked: tuple[Evidence, ...] = ()
    """What does not break the law, since only the operator can help there."""
