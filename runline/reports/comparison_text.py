"""A comparison of two histories as text and as data: where they come apart, the runs side by side, the laws between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from runline.invariants.verdict import Status
from runline.model.instants import Instant, format_instant, short_instant
from runline.model.records import BY_DATE, NO_RUN, TaskInstance
from runline.model.states import TaskState
from runline.reports.comparison import Account, accounts
from runline.reports.history import runs_in_order, tasks_in_order
from runline.simulator.divergence import Comparison, Side
from runline.simulator.effects import seen_state

SCHEMA = 1
"""The version of the JSON that ``diff --json`` prints."""
_FINDINGS = 2
"""How many breaches of a law are told."""
NOTHING = "-"


class Row(NamedTuple):
    """A date of a DAG with what there is of it in the end under either design, and whether that differs.

    Each side: its runs (kind and state; when they were made), and its instances (task and state) where those differ.
    """

    dag: str
    date: Instant
    a: tuple[str, ...]
    b: tuple[str, ...]
    differs: bool


def rows(comparison: Comparison) -> list[Row]:
    """All dates at which either design has a run or an instance that anything happened to, by DAG and date."""
    sides = [_dates(side) for side in (comparison.a, comparison.b)]
    found = []
    for dag in comparison.scenario.dags:
        for date in sorted({key[1] for side in sides for key in side if key[0] == dag}):
            (runs_a, tasks_a), (runs_b, tasks_b) = (side.get((dag, date), ((), ())) for side in sides)
            same = tasks_a == tasks_b
            a, b = (runs_a, runs_b) if same else ((*runs_a, *tasks_a), (*runs_b, *tasks_b))
            found.append(Row(dag, date, a, b, a != b))
    return found


Cells = tuple[tuple[str, ...], tuple[str, ...]]


def _dates(side: Side) -> dict[tuple[str, Instant], Cells]:
    """What a side has in the end: by DAG and date its runs, and its instances that anything happened to."""
    found: dict[tuple[str, Instant], tuple[list[str], list[str]]] = {}
    for run in runs_in_order(side.outcome):
        made = side.outcome.made.get(run.id)
        when = "" if made is None else f", made {short_instant(made.at)}"
        found.setdefault((run.dag, run.date), ([], []))[0].append(f"{run.kind} {run.state}{when}")
    for task in tasks_in_order(side.outcome):
        if seen_state(task.state) is not TaskState.NONE:
            found.setdefault((task.dag, task.date), ([], []))[1].append(_instance(side, task))
    return {key: (tuple(sorted(runs)), tuple(tasks)) for key, (runs, tasks) in found.items()}


def _instance(side: Side, task: TaskInstance) -> str:
    by_date = task.run == BY_DATE and not side.outcome.timeline.runs_at(task.dag, task.date)
    return f"{task.task} {task.state}" + (", of no run" if by_date or task.run == NO_RUN else "")


# ------------------------------------------------------------------------------ as text


def as_text(comparison: Comparison) -> Iterator[str]:
    """The comparison in lines: where the two come apart, the runs side by side, the laws that only one breaks."""
    from runline.versions import versions

    a, b = comparison.a, comparison.b
    yield f"{comparison.scenario.title} under {a.name} and {b.name}, seed {a.outcome.seed}"
    yield ", ".join(f"{name} {version}" for name, version in versions().items())
    yield ""
    yield from _apart(comparison)
    yield ""
    yield from _table(comparison)
    yield from _laws(comparison)
    for side in (a, b):
        yield from (f"note: {note}" for note in side.outcome.notes)
    if not comparison.complete:
        yield f"compared up to {short_instant(_until(comparison))} only: a limit of events was reached"


def _until(comparison: Comparison) -> Instant:
    return min(side.outcome.end for side in (comparison.a, comparison.b))


def verdict(comparison: Comparison) -> str:
    """The comparison in one sentence."""
    if comparison.divergence is None:
        return "Nobody who looks at the runs and tasks can tell the two apart."
    return f"They come apart at {short_instant(comparison.divergence.at)}."


def _apart(comparison: Comparison) -> Iterator[str]:
    yield verdict(comparison)
    if comparison.divergence is not None:
        for account in accounts(comparison):
            yield f"  {account.sentence}{_by(account)}"
            yield from (f"    {rule}: {sentence}" for rule, sentence in account.says.items())
            yield from (f"    also: {other}" for other in account.also)


def _by(account: Account) -> str:
    return f" ({', '.join(account.rules)})" if account.rules else ""


def _table(comparison: Comparison) -> Iterator[str]:
    """The dates in order, what differs marked with a star."""
    several = len(comparison.scenario.dags) > 1
    lines = [("", *(("dag",) if several else ()), "date", comparison.a.name, comparison.b.name)]
    for row in rows(comparison):
        left, right = ([*side] or [NOTHING] for side in (row.a, row.b))
        for place in range(max(len(left), len(right))):
            first = place == 0
            named = (row.dag if first else "",) if several else ()
            date = short_instant(row.date) if first else ""
            cells = (cell[place] if place < len(cell) else "" for cell in (left, right))
            lines.append(("*" if row.differs and first else "", *named, date, *cells))
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _laws(comparison: Comparison) -> Iterator[str]:
    laws = comparison.laws_apart()
    if laws:
        yield ""
    for law in laws:
        for side in _breaker_first(comparison, law):
            found = side.outcome.verdicts[law]
            yield f"{law}: {side.name} {_kept(side, law)}"
            for finding in found.findings[:_FINDINGS] if found.status is Status.VIOLATED else ():
                yield f"    {finding.sentence}{f' ({finding.rule})' if finding.rule else ''}"
            if found.status is Status.VIOLATED and len(found.findings) > _FINDINGS:
                yield f"    and {len(found.findings) - _FINDINGS} more"


def _breaker_first(comparison: Comparison, law: str) -> list[Side]:
    sides = [comparison.a, comparison.b]
    return sorted(sides, key=lambda side: side.outcome.verdicts[law].status is not Status.VIOLATED)


def _kept(side: Side, law: str) -> str:
    status = side.outcome.verdicts[law].status
    if status is Status.VIOLATED:
        return "breaks it" if law in side.outcome.design.promises else "breaks it (it does not promise it)"
    told = {
        Status.HOLDS: "keeps it",
        Status.PASSING: "breaks it in passing only",
        Status.NOT_EXERCISED: "never comes to it",
    }
    return told.get(status, f"has no such thing: {status}")


# ------------------------------------------------------------------------------ as data


def as_dict(comparison: Comparison) -> dict[str, Any]:
    """What ``diff --json`` prints, in stable order: dates by DAG and date, laws in table order."""
    a, b = comparison.a, comparison.b
    return {
        "scenario": comparison.scenario.title,
        "designs": [a.name, b.name],
        "seed": a.outcome.seed,
        "complete": comparison.complete,
        "same": comparison.divergence is None,
        "divergence": _divergence(comparison),
        "runs": [
            {
                "dag": row.dag,
                "execution_date": format_instant(row.date),
                "differs": row.differs,
                "a": _runs(a, row),
                "b": _runs(b, row),
            }
            for row in rows(comparison)
        ],
        "verdicts": [
            {"invariant": law, "a": _verdict(a, law), "b": _verdict(b, law)} for law in comparison.laws_apart()
        ],
    }


def _divergence(comparison: Comparison) -> dict[str, Any] | None:
    if comparison.divergence is None:
        return None
    a, b = (
        {**account._asdict(), "rules": list(account.rules), "also": list(account.also)}
        for account in accounts(comparison)
    )
    return {"at": format_instant(comparison.divergence.at), "a": a, "b": b}


def _runs(side: Side, row: Row) -> dict[str, Any]:
    """The runs and instances that a side has of a date."""
    outcome = side.outcome
    runs = []
    for run in sorted(outcome.timeline.runs_at(row.dag, row.date), key=lambda run: (run.kind, run.state, run.id)):
        made = outcome.made.get(run.id)
        when = None if made is None else format_instant(made.at)
        runs.append({"kind": run.kind, "state": run.state, "created_at": when})
    tasks = [task for task in tasks_in_order(outcome) if (task.dag, task.date) == (row.dag, row.date)]
    states = {task.task: seen_state(task.state) for task in tasks}
    return {"runs": runs, "task_instances": {name: state for name, state in states.items() if state != "none"}}


def _verdict(side: Side, law: str) -> dict[str, Any]:
    found = side.outcome.verdicts[law]
    return {
        "status": found.status,
        "promised": law in side.outcome.design.promises,
        "sentences": [finding.sentence for finding in found.findings] if found.status is Status.VIOLATED else [],
    }
