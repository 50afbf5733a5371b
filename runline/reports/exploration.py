"""An exploration as text and as data: the scope, the counts, the verdicts, the shortest counterexamples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runline.explorer.explore import Counterexample, Exploration, Proved
from runline.explorer.history import Taken
from runline.invariants.laws import ALL_LAWS
from runline.invariants.verdict import Status
from runline.model.instants import format_instant, short_instant
from runline.reports.deeds import deeds, rules_of


def as_dict(exploration: Exploration) -> dict[str, Any]:
    """What ``explore --json`` prints."""
    found = exploration.found
    return {
        "scenario": exploration.scenario.title,
        "design": exploration.design.name,
        "quirks": list(exploration.quirks),
        "scope": scope(exploration),
        "distinct_states": found.distinct_states,
        "transitions": found.transitions,
        "depth": found.depth,
        "complete": found.complete,
        "stopped": found.stopped or None,
        "collision_probability": found.collision,
        "unmet": exploration.unmet(),
        "verdicts": [_verdict(exploration, verdict) for verdict in exploration.verdicts.values()],
        "counterexamples": [_counterexample(way) for way in exploration.counterexamples.values()],
    }


def scope(exploration: Exploration) -> dict[str, Any]:
    """What was let vary: processes, time, faults."""
    scenario = exploration.scenario
    processes = scenario.processes
    return {
        "schedulers": processes.schedulers,
        "workers": processes.workers,
        "dags": list(scenario.dags),
        "actions": len(scenario.actions),
        "backfills": sum(action.do == "backfill" for action in scenario.actions),
        "from": format_instant(scenario.clock.start),
        "until": format_instant(scenario.clock.end),
        "interleave": processes.interleave,
        "isolation": processes.isolation if processes.interleave == "steps" else None,
        "crashes": exploration.crashes,
    }


def _verdict(exploration: Exploration, verdict: Proved) -> dict[str, Any]:
    return {
        "invariant": verdict.law,
        "kind": ALL_LAWS[verdict.law].kind,
        "status": verdict.status,
        "promised": verdict.law in exploration.design.promises,
        "exercised": verdict.exercised,
        "lasting_after": verdict.lasting,
        "seen_after": verdict.seen,
    }


def _counterexample(way: Counterexample) -> dict[str, Any]:
    return {
        "invariant": way.law,
        "lasting": way.lasting,
        "length": len(way.moves),
        "moves": list(way.moves),
        "round_from": way.round,
        "sentences": list(way.sentences),
        "rule": way.rule,
        "falls_with_it": list(way.falls_with_it),
        "steps": [
            {
                "at": format_instant(taken.at),
                "by": taken.by,
                "how": taken.how,
                "step": taken.step,
                "then": taken.then or None,
                "deeds": list(deeds(taken.events)),
                "rules": rules_of(taken.events),
            }
            for taken in way.gone.taken
        ],
    }


# ------------------------------------------------------------------------------ as text


def as_text(exploration: Exploration) -> Iterator[str]:
    """The exploration in lines; of the counterexamples only the one that leads."""
    from runline.versions import versions

    found = exploration.found
    yield f"{exploration.scenario.title} under {exploration.design.name}, every order"
    yield ", ".join(f"{name} {version}" for name, version in versions().items())
    yield ""
    yield f"scope: {'; '.join(_scope(exploration))}"
    yield (
        f"{found.distinct_states:,} distinct states, {found.transitions:,} transitions, depth {found.depth}; "
        f"two states were taken for one with probability {found.collision:.1e}"
    )
    yield "complete" if found.complete else f"stopped at {found.stopped}: what holds so far is unknown"
    yield ""
    yield from _verdicts(exploration)
    leading = exploration.leading
    if leading is not None:
        yield ""
        yield from told(exploration, leading)


def _scope(exploration: Exploration) -> Iterator[str]:
    said = scope(exploration)
    yield f"{_count(said['schedulers'], 'scheduler')}, {_count(said['workers'], 'worker')}"
    yield f"{_count(said['backfills'], 'backfill')} among {_count(said['actions'], 'action')}"
    start, end = exploration.scenario.clock.start, exploration.scenario.clock.end
    yield f"{short_instant(start)} to {short_instant(end)}, tasks of any length"
    yield "steps one by one, " + said["isolation"] if said["isolation"] else "chains of steps run through"
    yield f"at most {_count(said['crashes'], 'crash', 'crashes')}" if said["crashes"] else "no crashes"


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


def _verdicts(exploration: Exploration) -> Iterator[str]:
    width = max(len(law) for law in exploration.verdicts)
    for law, verdict in exploration.verdicts.items():
        if verdict.seen is not None or verdict.lasting is not None:
            promised = "promised" if law in exploration.design.promises else "not promised"
            lasts = "" if verdict.lasting is None else f", lasting after {verdict.lasting}"
            yield f"{law:<{width}}  {verdict.status} ({promised}): seen after {verdict.seen} moves{lasts}"
    for status in (Status.HOLDS, Status.UNKNOWN, Status.NOT_EXERCISED, Status.NOT_APPLICABLE):
        laws = [law for law, verdict in exploration.verdicts.items() if verdict.status is status and not verdict.seen]
        if laws:
            yield f"{status}: {', '.join(laws)}"


def told(exploration: Exploration, way: Counterexample) -> Iterator[str]:
    """A history move by move: who, when, what, by which rule."""
    kind = "lasting" if way.lasting else "passing"
    shortest = "shortest" if exploration.found.complete else "shortest that was met"
    yield f"{way.law}, the {shortest} {kind} counterexample, {_count(len(way.moves), 'move')}:"
    rows = [(short_instant(taken.at), taken.by, "; ".join(_tell(taken))) for taken in way.gone.taken]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for number, (at, by, what) in enumerate(rows, start=1):
        if way.round is not None and number == way.round + 1:
            yield "      from here on, again and again:"
        yield f"{number:>4}  {at:<{widths[0]}}  {by:<{widths[1]}}  {what}"
    for sentence in way.sentences:
        yield f"      {sentence}" + (f" ({way.rule})" if way.rule else "")
    if way.falls_with_it:
        yield f"      With it fall {', '.join(way.falls_with_it)}."


def _tell(taken: Taken) -> Iterator[str]:
    said = list(deeds(taken.events))
    if said:
        rules = rules_of(taken.events)
        said[-1] += f" ({', '.join(rules)})" if rules else ""
        yield from said
    elif taken.then:
        yield f"reads, and is about to {taken.then.lower()}"
    elif taken.step:
        yield "waits" if taken.how == "waits" else "has no more to do"
    else:
        yield taken.how.replace("acts:", "asks for")
