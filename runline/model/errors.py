"""What Runline says when it is given something that it cannot use."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LISTED = 12
"""How many known words an error lists at most."""


class RunlineError(Exception):
    """Something is wrong with what Runline was given, and this says what, where, and what to write instead.

    ``file``, ``key``, ``line`` and ``value`` say where it stands (``None`` where that is not known);
    ``remedy`` says what to write instead.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        key: str | None = None,
        line: int | None = None,
        value: object = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.key = key
        self.line = line
        self.value = value
        self.remedy = remedy

    def located(self, *, file: str | None = None, key: str | None = None, line: int | None = None) -> RunlineError:
        """The same error with the place filled in where it was still open; ``key`` goes before a key that is there."""
        self.file = self.file or file
        self.key = f"{key}.{self.key}" if key and self.key else self.key or key
        self.line = self.line or line
        return self

    def as_dict(self) -> dict[str, object]:
        """The error as ``--json`` prints it."""
        return {
            "message": self.message,
            "file": self.file,
            "key": self.key,
            "line": self.line,
            "value": None if self.value is None else str(self.value),
            "remedy": self.remedy,
        }

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (self.file, f"line {self.line}" if self.line else None, f"at {self.key}" if self.key else None)
            if part
        )
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}\n  instead: {self.remedy}" if self.remedy else text


class IntegrityError(RunlineError):
    """A row that the store refuses, such as a task instance without a run (Q30)."""


def expect(said: object, found: object, what: str, which: object) -> None:
    """Refuse an event that says that something was ``said`` before, where it is ``found`` otherwise."""
    if said != found:
        raise IntegrityError(f"{what.format(which)} {found}, not {said}", value=said)


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names the known words nearest to ``word``, or else lists what is known."""
    words = sorted(set(known))
    lower = {each.lower(): each for each in words}
    if close := difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.5):
        return f"did you mean {lower[close[0]]!r}?"
    listed = [each for each in words if word and word.lower() in each.lower()] or words
    return f"one of {', '.join(listed[:_LISTED])}" + (
        f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    )
