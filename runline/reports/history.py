"""A simulated history as text and as data: the date-ordered table, the verdicts, what was refused and raised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runline.invariants.laws import ALL_LAWS
from runline.invariants.verdict import Finding, Status, Verdict
from runline.model.instants import format_instant, short_instant
from runline.model.records import BY_DATE, NO_RUN, Run, TaskInstance
from runline.model.states import TaskState
from runline.simulator.outcome import Outcome
from runline.simulator.trace_file import digest_of

SCHEMA = 1
"""The version of the JSON that ``simulate --json`` prints."""


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """What ``simulate --json`` prints, in stable order: by DAG, date, id."""
    updates = outcome.updates
    return {
        "scenario": outcome.scenario.title,
        "design": outcome.design.name,
        "quirks": list(outcome.quirks),
        "seed": outcome.seed,
        "complete": outcome.complete,
        "events": outcome.events,
        "digest": digest_of(outcome),
        "runs": [_run(outcome, run) | _revision(updates[run.id]) for run in runs_in_order(outcome)],
        **_log(outcome),
        "task_instances": [_task(outcome, task) for task in tasks_in_order(outcome)],
        "refused": [
            {
                "at": format_instant(event.at),
                "dag": event.dag,
                "action": event.action,
                "rule": event.rule,
                "reason": event.reason,
            }
            for event in outcome.refused
        ],
        "raised": [
            {**error._asdict(), "first": format_instant(error.first), "last": format_instant(error.last)}
            for error in outcome.errors
        ],
        "notes": list(outcome.notes),
        "unmet": outcome.unmet(),
        "verdicts": [_verdict(outcome, verdict) for verdict in outcome.verdicts.values()],
    }


def runs_in_order(outcome: Outcome) -> list[Run]:
    """All runs by DAG, date, id."""
    return sorted(outcome.timeline.runs(), key=lambda run: (run.dag, run.date, run.id))


def tasks_in_order(outcome: Outcome) -> list[TaskInstance]:
    """All instances by DAG, date, and task in the order of the DAG."""
    return sorted(outcome.timeline.tasks(), key=lambda task: (task.dag, task.date, _place(outcome, task), task.task))


def _place(outcome: Outcome, task: TaskInstance) -> int:
    version = outcome.timeline.version(task.dag)
    return list(version.by_id).index(task.task) if version is not None and task.task in version.by_id else 1 << 30


def _run(outcome: Outcome, run: Run) -> dict[str, Any]:
    made = outcome.made.get(run.id)
    return {
        "id": run.id,
        "dag": run.dag,
        "execution_date": format_instant(run.date),
        "kind": run.kind,
        "state": run.state,
        "previous": run.previous,
        "version": run.version,
        "overridden_by": run.overridden_by,
        "created_at": None if made is None else format_instant(made.at),
    }


def _revision(updates: int) -> dict[str, int]:
    """The revision of a run (U1), where it is not the first."""
    return {"revision": 1 + updates} if updates else {}


def _log(outcome: Outcome) -> dict[str, Any]:
    """What runs were before they were written over, where the design keeps that (U7)."""
    kept = [{**earlier._asdict(), "until": format_instant(earlier.until)} for earlier in outcome.log]
    return {"log": kept} if kept else {}


def owner(outcome: Outcome, task: TaskInstance) -> int:
    """The run that owns an instance: as stored, else the run of its date, or -1."""
    if task.run != BY_DATE:
        return task.run
    runs = outcome.timeline.runs_at(task.dag, task.date)
    return runs[-1].id if runs else NO_RUN


def _task(outcome: Outcome, task: TaskInstance) -> dict[str, Any]:
    return {
        "dag": task.dag,
        "task": task.task,
        "execution_date": format_instant(task.date),
        "run": owner(outcome, task),
        "state": None if task.state is TaskState.NONE else task.state,
        "tries": task.tries,
    }


def _verdict(outcome: Outcome, verdict: Verdict) -> dict[str, Any]:
    return {
        "invariant": verdict.law,
        "kind": ALL_LAWS[verdict.law].kind,
        "status": verdict.status,
        "promised": verdict.law in outcome.design.promises,
        "exercised": verdict.exercised,
        "blocked": [evidence.sentence for evidence in verdict.blocked],
        "violations": [_violation(outcome, finding) for finding in verdict.findings],
    }


def _violation(outcome: Outcome, finding: Finding) -> dict[str, Any]:
    evidence = finding.evidence
    return {
        "at": format_instant(outcome.time_of(finding.step)),
        "sentence": finding.sentence,
        "aspect": evidence.aspect,
        "runs": list(evidence.runs),
        "task_instances": [[key.task, format_instant(key.date)] for key in evidence.instances],
        "dates": [format_instant(date) for date in evidence.dates],
        "rule": finding.rule,
        "lasting": finding.lasting,
        "implied_by": finding.known_by or None,
    }


# ------------------------------------------------------------------------------ as text


def as_text(outcome: Outcome) -> Iterator[str]:
    """The history in lines: what there is in the end, then what breaks, then what was refused or raised."""
    from runline.versions import versions

    yield f"{outcome.scenario.title} under {outcome.design.name}, seed {outcome.seed}"
    yield f"{outcome.events} events, digest {digest_of(outcome)}"
    yield ", ".join(f"{name} {version}" for name, version in versions().items())
    yield ""
    yield from table(outcome)
    yield ""
    yield from _laws(outcome)
    for earlier in outcome.log:
        version = "" if earlier.version is None else f", version {earlier.version}"
        until = f"until {short_instant(earlier.until)} ({earlier.by})"
        yield f"log: run {earlier.run} was {earlier.kind} {earlier.state}{version}, known as {earlier.run_id}, {until}"
    for event in outcome.refused:
        yield f"refused: {event.action} of {event.dag} at {short_instant(event.at)}: {event.reason} ({event.rule})"
    for error in outcome.errors:
        times = "once" if error.times == 1 else f"{error.times} times"
        yield f"raised {times} by {error.by} from {short_instant(error.first)} on: {error.error} ({error.rule})"
    for note in outcome.notes:
        yield f"note: {note}"
    if not outcome.complete:
        yield f"stopped after {outcome.events} events, before the end of the clock"


HEAD = ("date", "run", "kind", "state", "previous", "made at", "rule", "instances")


def rows(outcome: Outcome) -> list[tuple[str, ...]]:
    """The runs as a date-ordered table; instances without a run have a row of their own."""
    found = [(run.dag, run.date, run.id, _row(outcome, run)) for run in outcome.timeline.runs()]
    strays: dict[tuple[str, int], list[TaskInstance]] = {}
    for task in tasks_in_order(outcome):
        if owner(outcome, task) == NO_RUN:
            strays.setdefault((task.dag, task.date), []).append(task)
    for (dag, date), tasks in strays.items():
        cells = (short_instant(date), "-1", "none", "", "", "", "", _states(tasks))
        found.append((dag, date, 0, cells))
    several = len(outcome.scenario.dags) > 1
    return [(dag, *row) if several else row for dag, _, _, row in sorted(found, key=lambda item: item[:3])]


def head(outcome: Outcome) -> tuple[str, ...]:
    """The columns of the table; where there are several DAGs, the first names them."""
    return ("dag", *HEAD) if len(outcome.scenario.dags) > 1 else HEAD


def _row(outcome: Outcome, run: Run) -> tuple[str, ...]:
    previous = None if run.previous is None else outcome.timeline.run(run.previous)
    shown = (
        ""
        if run.previous is None
        else f"{run.previous}" + ("" if previous is None else f" ({short_instant(previous.date)})")
    )
    made = outcome.made.get(run.id)
    state = f"{run.state} by {run.overridden_by}" if run.overridden_by is not None else run.state.value
    tasks = [task for task in outcome.timeline.tasks_at(run.dag, run.date) if owner(outcome, task) == run.id]
    when, rule = ("", "") if made is None else (short_instant(made.at), made.rule)
    return (short_instant(run.date), str(run.id), run.kind.value, state, shown, when, rule, _states(tasks))


def _states(tasks: list[TaskInstance]) -> str:
    return ", ".join(f"{task.task} {task.state}" for task in tasks)


def table(outcome: Outcome) -> Iterator[str]:
    """The table in lines, columns aligned."""
    lines = [head(outcome), *rows(outcome)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _laws(outcome: Outcome) -> Iterator[str]:
    width = max(len(law) for law in outcome.verdicts)
    for law, verdict in outcome.verdicts.items():
        if verdict.status in (Status.VIOLATED, Status.PASSING):
            promised = "promised" if law in outcome.design.promises else "not promised"
            yield f"{law:<{width}}  {verdict.status} ({promised})"
            for finding in verdict.findings[:3]:
                rule = f" ({finding.rule})" if finding.rule else ""
                yield f"    {finding.sentence}{rule}"
            if len(verdict.findings) > 3:
                yield f"    and {len(verdict.findings) - 3} more"
    for verdict in outcome.verdicts.values():
        for evidence in verdict.blocked[:3]:
            yield f"blocked: {evidence.sentence}"
        if len(verdict.blocked) > 3:
            yield f"blocked: {len(verdict.blocked) - 3} more"
    held = [law for law, verdict in outcome.verdicts.items() if verdict.status is Status.HOLDS]
    other = [law for law, verdict in outcome.verdicts.items() if verdict.status is Status.NOT_EXERCISED]
    if held:
        yield f"holds: {', '.join(held)}"
    if other:
        yield f"not exercised: {', '.join(other)}"
