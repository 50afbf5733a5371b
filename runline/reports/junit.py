"""A review as JUnit XML, which build servers read: a suite for each scenario file, a case for each design."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from runline.explorer.review import ExploredCase
from runline.reports.review_summary import Review
from runline.simulator.lock import LOCK
from runline.simulator.review import Case, Given

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold."""


def as_junit(review: Review) -> str:
    """The whole file."""
    suites = [_suite(review, given, cases) for given, cases in review.by_scenario]
    suites += [_suite(review, given, scopes) for given, scopes in review.by_scope]
    if review.unclaimed:
        lost = [_case(LOCK, found.file, [_failure([found.told])]) for found in review.unclaimed]
        suites.append(_wrapped(LOCK, lost, len(lost), 0, 0))
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n{"".join(suites)}</testsuites>\n'


def _suite(review: Review, given: Given, cases: Sequence[Case | ExploredCase]) -> str:
    name = given.file.shown
    told = [_case(name, case.design, _trouble(review, case)) for case in cases]
    told += [_case(name, design, ['<skipped message="waits for this design to come"/>']) for design in given.waits_for]
    failures = sum(bool(review.unmet_of(case)) for case in cases)
    errors = sum(isinstance(case, Case) and not case.outcome.complete and not review.unmet_of(case) for case in cases)
    return _wrapped(name, told, failures, errors, len(given.waits_for))


def _trouble(review: Review, case: Case | ExploredCase) -> list[str]:
    """What is wrong with a case; of an explored one, how much was seen besides, for a bound that ends it is no error."""
    if lines := review.unmet_of(case):
        return [_failure(lines)]
    if isinstance(case, ExploredCase):
        return [f"<system-out>{escape(_xml(case.said))}</system-out>"]
    if case.outcome.complete:
        return []
    return [f"<error message={_quoted(f'stopped after {case.outcome.events} events')}/>"]


def _failure(lines: Sequence[str]) -> str:
    return f"<failure message={_quoted(lines[0])}>{escape(_xml(chr(10).join(lines)))}</failure>"


def _case(suite: str, name: str, parts: Sequence[str]) -> str:
    inner = "".join(f"\n   {part}" for part in parts)
    start = f"  <testcase classname={_quoted(suite)} name={_quoted(name)}"
    return f"{start}>{inner}\n  </testcase>\n" if parts else f"{start}/>\n"


def _wrapped(name: str, cases: Sequence[str], failures: int, errors: int, skipped: int) -> str:
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    return f" <testsuite name={_quoted(name)} {counts}>\n{''.join(cases)} </testsuite>\n"


def _quoted(text: str) -> str:
    return quoteattr(_xml(text))


def _xml(text: str) -> str:
    """The text with what XML cannot hold shown as an escape."""
    return _NOT_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
