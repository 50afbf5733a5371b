"""The picture of a simulated history: its state at the end or after an entry of its trace, and which laws it broke."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runline.invariants.judge import Judge
from runline.invariants.law import Context, Evidence, StateLaw
from runline.invariants.laws import LAWS
from runline.invariants.verdict import Finding, Status
from runline.model.errors import RunlineError, nearest
from runline.model.instants import short_instant
from runline.model.snapshot import Snapshot, snapshot_of
from runline.reports.picture import Picture
from runline.simulator.outcome import Outcome

_BROKEN = (Status.VIOLATED, Status.PASSING)


def draw(outcome: Outcome, path: Path, dag: str | None = None) -> str:
    """Write the chart of a history's end as the suffix of ``path`` says; what it concludes."""
    from runline.reports.chart import check_name

    check_name(path)
    picture = picture_of_outcome(outcome, dag)
    save_end(outcome, picture, path)
    return picture.conclusion


def save_end(outcome: Outcome, picture: Picture, path: Path) -> None:
    """Write the picture of a history's end; of an explored one with all its steps, unless a graph is wanted."""
    from runline.explorer.history import Explored
    from runline.reports.chart import GRAPHS, save

    if isinstance(outcome, Explored) and path.suffix not in GRAPHS:
        from runline.reports import history_chart

        history_chart.save(outcome, picture, path)
    else:
        save(picture, path)


def picture_of_outcome(
    outcome: Outcome, dag: str | None = None, laws: Collection[str] | None = None, entry: int | None = None
) -> Picture:
    """One DAG at the end of a history, or after an entry of its trace, with all that was found broken up to there.

    Without ``dag`` that is the first DAG of the scenario of which something was found, else its first. ``laws``
    restricts what was found to these laws and those they fall with. Raises :class:`RunlineError` for a DAG, a law or
    an entry that the history does not have.
    """
    _check_entry(outcome, entry)
    until = len(outcome.trace) if entry is None else entry
    findings = [finding for finding in _findings(outcome, laws) if finding.step <= until]
    state, standing = _state_at(outcome, findings, entry)
    now = _as_now(findings, standing)
    ordered = sorted(now, key=lambda shown: (list(outcome.verdicts).index(shown[0].law), not shown[1], shown[0].step))
    return Picture(
        state,
        _dag(outcome, dag, findings),
        _title(outcome, entry),
        tuple(finding for finding, _ in ordered),
        step=until if entry is not None else len(outcome.trace) - 1,
        when=_When(outcome, frozenset(_name(finding) for finding, stands in now if not stands)),
    )


# ---------------------------------------------------------------------------- what is shown


def _title(outcome: Outcome, entry: int | None) -> str:
    title = f"{outcome.scenario.title} under {outcome.design.name}"
    if entry is not None:
        time, by, step, *_ = outcome.trace[entry]
        return f"{title}, after entry {entry}: {by} {step} at {short_instant(time)}"
    return title if outcome.complete else f"{title}, stopped after {outcome.events} events"


def _dag(outcome: Outcome, dag: str | None, findings: Sequence[Finding]) -> str:
    known = list(outcome.scenario.dags)
    if dag is None:
        concerned = {finding.evidence.dag for finding in findings}
        return next((name for name in known if name in concerned), known[0])
    if dag not in known:
        raise RunlineError(f"the scenario has no DAG {dag!r}", key="dag", value=dag, remedy=nearest(dag, known))
    return dag


def _check_entry(outcome: Outcome, entry: int | None) -> None:
    last = len(outcome.trace) - 1
    if entry is not None and not 0 <= entry <= last:
        raise RunlineError(
            f"the history has no entry {entry}", key="entry", value=entry, remedy=f"an entry from 0 to {last}"
        )


# ------------------------------------------------------------------------- what was found


def _findings(outcome: Outcome, laws: Collection[str] | None) -> list[Finding]:
    """All that was found of the laws asked for and the laws they fall with."""
    for law in laws or ():
        if law not in outcome.verdicts:
            raise RunlineError(
                f"the history was not held against a law {law!r}", value=law, remedy=_offer(outcome, law)
            )
    found = [
        finding for verdict in outcome.verdicts.values() if verdict.status in _BROKEN for finding in verdict.findings
    ]
    if laws is None:
        return found
    wanted = {*laws, *(finding.known_by for finding in found if finding.law in laws)}
    return [finding for finding in found if finding.law in wanted]


def _offer(outcome: Outcome, law: str) -> str:
    return nearest(law, outcome.verdicts)


def _state_at(outcome: Outcome, findings: Sequence[Finding], entry: int | None) -> tuple[Snapshot, list[Finding]]:
    """The state, and what is broken in it now; only laws of which something was found are judged again."""
    laws = [LAWS[law] for law in dict.fromkeys(finding.law for finding in findings) if _is_of_state(law)]
    now = outcome.end if entry is None else outcome.trace[entry].time
    if entry is None and not laws:
        return replace(snapshot_of(outcome.timeline), now=now), []
    judge = Judge(laws, Context(outcome.design.capabilities), printed=False)
    until = len(outcome.trace) if entry is None else entry + 1
    for number, (_, _, _, events, under_way) in enumerate(outcome.trace[:until]):
        judge.follow(number, events, under_way=under_way)
    return replace(snapshot_of(judge.monitor.timeline), now=now), judge.standing()


def _is_of_state(law: str) -> bool:
    return isinstance(LAWS.get(law), StateLaw)


def _as_now(findings: Sequence[Finding], standing: Sequence[Finding]) -> list[tuple[Finding, bool]]:
    """Each finding with its evidence as it is now, and whether it stands: what an event broke is never mended."""
    places: dict[tuple[str, int, str, str], list[Finding]] = {}
    for now in standing:
        places.setdefault(_place(now), []).append(now)
    return [_shown(finding, places.get(_place(finding), ())) for finding in findings]


def _place(finding: Finding) -> tuple[str, int, str, str]:
    return finding.law, finding.step, finding.evidence.aspect, finding.evidence.dag


def _shown(finding: Finding, standing: Sequence[Finding]) -> tuple[Finding, bool]:
    if not _is_of_state(finding.law):
        return finding, True
    before = finding.evidence
    now = max((other.evidence for other in standing), key=lambda now: _shared(before, now), default=None)
    return (finding, False) if now is None or not any(_shared(before, now)) else (finding._replace(evidence=now), True)


def _shared(before: Evidence, now: Evidence) -> tuple[bool, ...]:
    """What speaks for both showing one breach, most of all first; what shows it may have changed in the meantime."""
    return (
        before == now,
        not set(before.instances).isdisjoint(now.instances),
        not set(before.runs[:1]).isdisjoint(now.runs),
        not set(before.dates).isdisjoint(now.dates),
    )


def _name(finding: Finding) -> tuple[str, int, str]:
    return finding.law, finding.step, finding.sentence


@dataclass(frozen=True, slots=True)
class _When:
    """Says of findings when they were; ``mended`` names those that are whole again."""

    outcome: Outcome
    mended: frozenset[tuple[str, int, str]]

    def __call__(self, group: Sequence[Finding]) -> str:
        times: dict[str, dict[str, None]] = {}
        for finding in group:
            if finding.step < len(self.outcome.trace):
                at = short_instant(self.outcome.time_of(finding.step))
                times.setdefault(self._way(finding), {})[at] = None
        return "; ".join(way.format(", ".join(found)) for way, found in times.items())

    def _way(self, finding: Finding) -> str:
        if not _is_of_state(finding.law) or not finding.lasting:
            return "at {}"
        return "from {} on, mended later" if _name(finding) in self.mended else "since {}"
