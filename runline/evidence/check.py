"""The laws over a real history: no model, only what was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from runline.evidence.history import History, Moment
from runline.invariants.law import AnyLaw, Context, Locus
from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.invariants.verdict import Finding, Status, Verdict
from runline.model.timeline import Timeline

_Standing = tuple[str, Locus, str]
"""A state law that is broken: the law, where, and in which way."""


class Checked(NamedTuple):
    """A history and the verdicts on it, in table order."""

    history: History
    verdicts: tuple[Verdict, ...]

    @property
    def findings(self) -> list[Finding]:
        """All that was found, by step, then in table order."""
        found = [finding for verdict in self.verdicts for finding in verdict.findings]
        order = {law: place for place, law in enumerate(LAWS)}
        return sorted(found, key=lambda finding: (finding.step, order[finding.law], finding.evidence.runs))

    @property
    def violated(self) -> bool:
        """Whether any law is broken for good."""
        return any(verdict.status is Status.VIOLATED for verdict in self.verdicts)


def check(history: History, laws: Iterable[AnyLaw] | None = None) -> Checked:
    """Hold the laws against a history.

    A state law counts as broken at a step if the state after it breaks it; it is told once, where it begins. Laws that
    depend on the order of events inside a step are not observable.
    """
    wanted = tuple(LAWS.values() if laws is None else laws)
    observable = [law for law in wanted if not law.within_step]
    monitor = Monitor(Timeline(), observable, Context(history.capabilities))
    findings = list(_findings(monitor, history.moments))
    return Checked(history, tuple(_verdict(law, history, monitor, findings) for law in wanted))


def _findings(monitor: Monitor, moments: Sequence[Moment]) -> Iterator[Finding]:
    standing: set[_Standing] = set()
    for moment in moments:
        told = len(monitor.breaches)
        for event in moment.events:
            monitor.apply(event)
        for breach in monitor.breaches[told:]:
            yield Finding(breach.law, moment.number, breach.evidence, breach.rule)
        broken = list(monitor.broken())
        laws_broken = {law.id for law, _, _ in broken}
        now: set[_Standing] = set()
        for law, locus, evidence in broken:
            mark = (law.id, locus, evidence.aspect)
            now.add(mark)
            if mark not in standing:
                yield Finding(law.id, moment.number, evidence, known_by=_basic(law.id, laws_broken))
        standing = now


def _basic(law_id: str, broken: set[str]) -> str:
    """The more basic law that is broken too and implies this one."""
    return next((other for other in LAWS if other in broken and law_id in LAWS[other].implies), "")


def _verdict(law: AnyLaw, history: History, monitor: Monitor, findings: Sequence[Finding]) -> Verdict:
    found = tuple(finding for finding in findings if finding.law == law.id)
    exercised = monitor.exercised.get(law.id, 0)
    if not law.needs <= history.capabilities:
        status = Status.NOT_APPLICABLE
    elif law.within_step:
        status = Status.NOT_OBSERVABLE
    elif found:
        status = Status.VIOLATED
    else:
        status = Status.HOLDS if exercised else Status.NOT_EXERCISED
    return Verdict(law.id, status, exercised, found)
