"""The judge: follows a history commit by commit and says what each law is worth in the end.

A state law that is broken while an operation is under way may be whole again when the operation has ended: then that
was *passing*. What is broken when every process is at rest is *lasting*; so is what a single event broke, for it cannot
be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runline.invariants.law import AnyLaw, Context, Evidence, Locus
from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.invariants.verdict import Finding, Status, Verdict
from runline.model.events import Event
from runline.model.timeline import Timeline

_Place = tuple[str, Locus, str]
"""A state law that is broken: the law, where, and in which way."""


class Judge:
    """Holds laws against a history as it is told. ``in_order``: whether the events of a commit are in their true order.

    Where they are not, as in a recording, laws that depend on that order are not observable.
    """

    def __init__(
        self,
        laws: Iterable[AnyLaw] | None = None,
        context: Context | None = None,
        *,
        in_order: bool = True,
        printed: bool = True,
    ):
        self.laws = tuple(LAWS.values() if laws is None else laws)
        self.in_order = in_order
        observable = [law for law in self.laws if in_order or not law.within_step]
        self.monitor = Monitor(Timeline(printed=printed), observable, context)
        self._findings: list[Finding] = []
        self._standing: dict[_Place, tuple[int, Evidence]] = {}
        """For each place where a law is broken now, the number of its finding, and the evidence as it is now."""
        self._told = 0
        """Of how many breaches it was told by the monitor."""
        self.unsettled: set[int] = set()
        """The numbers of findings of which it is not known yet whether they pass."""

    def follow(self, step: int, events: Sequence[Event], under_way: bool = False) -> None:
        """Let a commit happen, as ``step`` of the history; ``under_way``: an operation has not ended with it.

        Where one of its events does not fit, none happens, and :class:`IntegrityError` is raised.
        """
        self.monitor.apply_all(events)
        if self.monitor.troubled:
            self.note(step, events, under_way)

    def note(self, step: int, events: Sequence[Event], under_way: bool) -> None:
        """Note what events that have happened broke, and what state laws say now; nothing, where no law was ever broken."""
        breaches = self.monitor.breaches[self._told :]
        self._told += len(breaches)
        self._findings += [Finding(breach.law, step, breach.evidence, breach.rule) for breach in breaches]
        if self.monitor.standing or self._standing:
            self._look(step, next((event.rule for event in reversed(events) if event.rule), ""))
        if self.unsettled and not under_way:
            self.settle()

    def findings(self) -> list[Finding]:
        """All that was found so far, in order; what stands while an operation is under way counts as passing."""
        return list(self._findings)

    def standing(self) -> list[Finding]:
        """The state laws that are broken now, each since the step where that began, with evidence as it is now."""
        return [self._findings[number]._replace(evidence=now) for number, now in self._standing.values()]

    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdict on each law, in the order in which they were given."""
        return tuple(self._verdict(law) for law in self.laws)

    def _look(self, step: int, rule: str) -> None:
        """Note where state laws have come to be broken, by which rule, and where they hold again."""
        broken = list(self.monitor.broken())
        names = {law.id for law, _, _ in broken}
        now: dict[_Place, tuple[int, Evidence]] = {}
        for law, locus, evidence in broken:
            place = (law.id, locus, evidence.aspect)
            if place in self._standing:
                known, _ = self._standing[place]
            else:
                known = len(self._findings)
                basic = next((other for other in LAWS if other in names and law.id in LAWS[other].implies), "")
                self._findings.append(Finding(law.id, step, evidence, rule, lasting=False, known_by=basic))
                self.unsettled.add(known)
            now[place] = (known, evidence)
        self._standing = now

    def settle(self) -> None:
        """Every process is at rest: what is broken now lasts, what came and went in between has passed."""
        for number in self.unsettled.intersection(number for number, _ in self._standing.values()):
            self._findings[number] = self._findings[number]._replace(lasting=True)
        self.unsettled.clear()

    def _verdict(self, law: AnyLaw) -> Verdict:
        found = tuple(finding for finding in self._findings if finding.law == law.id)
        exercised = self.monitor.exercised.get(law.id, 0)
        return Verdict(law.id, self._status(law, exercised, found), exercised, found)

    def _status(self, law: AnyLaw, exercised: int, found: tuple[Finding, ...]) -> Status:
        if not law.needs <= self.monitor.context.capabilities:
            return Status.NOT_APPLICABLE
        if law.within_step and not self.in_order:
            return Status.NOT_OBSERVABLE
        if found:
            return Status.VIOLATED if any(finding.lasting for finding in found) else Status.PASSING
        return Status.HOLDS if exercised else Status.NOT_EXERCISED
