"""What a chart shows: one DAG of a state, what was found wrong with it, and where that stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple, TypeVar

from runline.evidence.check import Checked
from runline.invariants.judge import Judge
from runline.invariants.law import Context, StateLaw
from runline.invariants.laws import LAWS
from runline.invariants.verdict import Finding
from runline.model.errors import RunlineError
from runline.model.instants import Instant
from runline.model.records import TaskKey
from runline.model.snapshot import Snapshot, snapshot_of

_T = TypeVar("_T")

MAX_REMARKS = 9
"""How many ways in which a law is broken get a number; the rest are marked and counted."""
SENTENCES = 3
"""How many findings of one way are told in full."""

_LINK_LAWS = frozenset({"previous-is-predecessor", "previous-is-live"})
"""Laws broken by the ``previous`` of the first run in their evidence."""
_CYCLE_LAW = "acyclic-previous"
_OWNER_LAWS = frozenset({"task-has-run", "owner-is-live"})
"""Laws broken by the instances in their evidence; the runs there are their owners."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A state and one DAG of it, what it is, and what is wrong with it.

    ``findings`` are those that concern this state; ``step`` is where in its history it stands, so that findings from
    an earlier step can be told as such. ``verdict`` is told from the findings where it is left empty. ``when`` says
    of findings when they were, for a history whose steps would mean nothing to a reader.
    """

    state: Snapshot
    dag: str
    title: str = ""
    findings: tuple[Finding, ...] = ()
    verdict: str = ""
    step: int | None = None
    when: Callable[[Sequence[Finding]], str] | None = field(default=None, repr=False, compare=False)

    @property
    def conclusion(self) -> str:
        """The verdict given, else which laws are broken: the basic ones, those that fall with them, those that passed."""
        if self.verdict:
            return self.verdict
        found = _concerning(self)
        lasting = [finding for finding in found if finding.lasting]
        laws = {finding.law for finding in lasting}
        passed = dict.fromkeys(finding.law for finding in found if finding.law not in laws)
        told = _told_broken(lasting)
        return f"{told}; passing: {', '.join(passed)}" if passed else told


class Remark(NamedTuple):
    """All that breaks one law in one way, as the chart tells it: a number, sentences, and what to mark.

    ``more`` counts findings beyond the sentences; ``fallen`` are the laws broken because of it, each with a sentence;
    ``links`` names the runs whose arrow to their ``previous`` is wrong, ``wanted`` pairs of a run and the run to which
    its arrow should lead. ``number`` is 0 where there are too many to number.
    """

    number: int
    law: str
    note: str
    sentences: tuple[str, ...]
    more: int = 0
    runs: tuple[int, ...] = ()
    instances: tuple[TaskKey, ...] = ()
    dates: tuple[Instant, ...] = ()
    links: tuple[int, ...] = ()
    wanted: tuple[tuple[int, int], ...] = ()
    fallen: tuple[tuple[str, str], ...] = ()
    expected: Instant | None = None

    @property
    def told(self) -> str:
        """All of it in words."""
        label = f"{self.law} ({self.note})" if self.note else self.law
        more = f" And {self.more} more like {'it' if len(self.sentences) == 1 else 'these'}." if self.more else ""
        return f"{label}: {' '.join(self.sentences)}{more}"

    @property
    def told_with(self) -> str:
        """The laws that fall with it, each with the sentences about it; empty where there are none."""
        if not self.fallen:
            return ""
        laws: dict[str, list[str]] = {}
        for law, sentence in self.fallen:
            laws.setdefault(law, []).append(sentence)
        return "; ".join(
            f"{law}: {' '.join(told[:SENTENCES])}{f' And {len(told) - SENTENCES} more.' if len(told) > SENTENCES else ''}"
            for law, told in laws.items()
        )


def remarks(picture: Picture) -> tuple[Remark, ...]:
    """What is wrong, the most basic first: all that breaks a law in one way has one number."""
    found = _concerning(picture)
    groups: dict[object, list[Finding]] = {}
    for finding in found:
        if _is_basic(finding, found):
            groups.setdefault((finding.law, finding.evidence.aspect), []).append(finding)
    told = list(groups.values())
    fallen = _attach([finding for finding in found if not _is_basic(finding, found)], told)
    return tuple(
        _remark(place + 1 if place < MAX_REMARKS else 0, group, fallen.get(place, []), picture)
        for place, group in enumerate(told)
    )


def _concerning(picture: Picture) -> list[Finding]:
    return [finding for finding in picture.findings if finding.evidence.dag in ("", picture.dag)]


def _is_basic(finding: Finding, found: Sequence[Finding]) -> bool:
    return not finding.known_by or all(other.law != finding.known_by for other in found)


def _by_law(found: Sequence[Finding]) -> tuple[list[str], list[str]]:
    """The laws broken of themselves, and those broken only because of others."""
    basic = list(dict.fromkeys(finding.law for finding in found if _is_basic(finding, found)))
    return basic, [law for law in dict.fromkeys(finding.law for finding in found) if law not in basic]


def _told_broken(found: Sequence[Finding]) -> str:
    """Which laws are broken: the basic ones, then those that fall with them."""
    if not found:
        return "no law is broken"
    basic, fallen = _by_law(found)
    text = f"{len(basic)} {'law' if len(basic) == 1 else 'laws'} broken: {', '.join(basic)}"
    return f"{text} (and with {'it' if len(basic) == 1 else 'them'} {', '.join(fallen)})" if fallen else text


def _attach(fallen: Sequence[Finding], told: Sequence[Sequence[Finding]]) -> dict[int, list[Finding]]:
    """Which findings fall with which group: one of the law that implies theirs, about the same run if there is one."""
    attached: dict[int, list[Finding]] = {}
    for finding in fallen:
        implying = [place for place, group in enumerate(told) if group[0].law == finding.known_by]
        if not implying:
            continue
        runs = set(finding.evidence.runs)
        shared = (place for place in implying if runs & set(told[place][0].evidence.runs[:1]))
        attached.setdefault(next(shared, implying[0]), []).append(finding)
    return attached


def _remark(number: int, group: Sequence[Finding], fallen: Sequence[Finding], picture: Picture) -> Remark:
    marked = [*group, *fallen]
    return Remark(
        number=number,
        law=group[0].law,
        note=_note(group[:SENTENCES], picture),
        sentences=tuple(finding.sentence for finding in group[:SENTENCES]),
        more=max(len(group) - SENTENCES, 0),
        runs=_unique(run for finding in marked for run in _marked_runs(finding)),
        instances=_unique(key for finding in marked for key in finding.evidence.instances),
        dates=_unique(date for finding in group for date in finding.evidence.dates),
        links=_unique(run for finding in marked for run in _wrong_links(finding)),
        wanted=_unique(pair for finding in group for pair in _wanted_links(finding)),
        fallen=tuple((finding.law, finding.sentence) for finding in fallen),
        expected=_expected(group[0]),
    )


def _unique(values: Iterator[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))


def _note(group: Sequence[Finding], picture: Picture) -> str:
    """What is to be said of findings besides their sentences."""
    notes = [_since(group, picture.step) if picture.when is None else picture.when(group)]
    if not any(finding.lasting for finding in group):
        notes.append("passing")
    rules = dict.fromkeys(finding.rule for finding in group if finding.rule)
    if rules:
        notes.append(f"by {', '.join(rules)}")
    return ", ".join(filter(None, notes))


def _since(group: Sequence[Finding], step: int | None) -> str:
    """Since which steps, where that is not the step of the picture."""
    since = sorted({finding.step for finding in group})
    if step is None or since == [step]:
        return ""
    return f"since step {since[0]}" if len(since) == 1 else f"since steps {', '.join(map(str, since))}"


def _marked_runs(finding: Finding) -> tuple[int, ...]:
    """The runs that are wrong themselves, as against those that only show it."""
    if finding.law in _OWNER_LAWS:
        return ()
    return finding.evidence.runs[:1] if finding.law in _LINK_LAWS else finding.evidence.runs


def _wrong_links(finding: Finding) -> tuple[int, ...]:
    if finding.law == _CYCLE_LAW:
        return finding.evidence.runs
    return finding.evidence.runs[:1] if finding.law in _LINK_LAWS else ()


def _wanted_links(finding: Finding) -> tuple[tuple[int, int], ...]:
    runs = finding.evidence.runs
    return ((runs[0], runs[1]),) if finding.law == "previous-is-predecessor" and len(runs) > 1 else ()


def _expected(finding: Finding) -> Instant | None:
    """The date that should have been, where the finding names one."""
    value = finding.evidence.values[-1] if finding.evidence.values else None
    return getattr(value, "instant", None) if finding.law == "start-aligned" else None


def counted(laws: Collection[str]) -> str:
    """Laws by how often each is named, such as ``task-has-run x4``."""
    return ", ".join(f"{law} x{count}" if count > 1 else law for law, count in Counter(laws).items())


# ------------------------------------------------------------------- of a recorded history


def picture_of(checked: Checked, step: int, laws: Collection[str] | None = None) -> Picture:
    """The state after a step of a checked history, with what that step broke and what was still broken then.

    What an event broke stays broken: a record that was written over is not kept again by what comes later.

    ``laws`` restricts that to these laws and those they fall with. Unlike the snapshot as recorded the picture knows
    who overrode whom, as far as the steps before it show that. Raises :class:`RunlineError` if there is no such step.
    """
    history = checked.history
    moment = next((moment for moment in history.moments if moment.number == step), None)
    if moment is None:
        steps = f"a step from {history.moments[0].number} to {history.moments[-1].number}" if history.moments else None
        raise RunlineError(f"{history.name} has no step {step}", value=step, remedy=steps)
    judge = Judge(context=Context(history.capabilities), in_order=False)
    for each in takewhile(lambda each: each.number <= step, history.moments):
        judge.follow(each.number, each.events)
    standing = judge.standing()
    by_event = {law.id for law in LAWS.values() if not isinstance(law, StateLaw)}
    begun = [
        found for found in judge.findings() if (found.step == step or found.law in by_event) and found not in standing
    ]
    findings = _chosen([*standing, *begun], laws)
    title = f"{history.tree} / {history.name} after step {step}: {moment.action}"
    return Picture(snapshot_of(judge.monitor.timeline), history.dag, title, tuple(findings), step=step)


def _chosen(findings: Sequence[Finding], laws: Collection[str] | None) -> list[Finding]:
    """Those of the laws asked for and the laws they fall with, in table order, the latest first."""
    order = {law: place for place, law in enumerate(LAWS)}
    wanted = set(order) if laws is None else set(laws)
    wanted |= {finding.known_by for finding in findings if finding.law in wanted}
    chosen = [finding for finding in findings if finding.law in wanted]
    return sorted(chosen, key=lambda finding: (order.get(finding.law, len(order)), -finding.step))
