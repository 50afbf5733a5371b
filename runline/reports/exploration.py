"""An exploration as text and as data: the scope, the counts, the verdicts, the shortest counterexamples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from runline.explorer.explore import Counterexample, Exploration, Proved
from runline.invariants.laws import ALL_LAWS, EXPLORED_LAWS
from runline.invariants.verdict import Status
from runline.model.instants import format_instant, short_instant
from runline.reports.deeds import deeds, rules_of
from runline.reports.steps import Told, broken_at, manner_of, rules_told, steps_of, unfinished
from runline.simulator.scenario import Scenario

WIDTH = 110
"""How wide lines are where there is no terminal that says otherwise."""
_NARROWEST = 30


def as_dict(exploration: Exploration, smaller: Exploration | None = None) -> dict[str, Any]:
    """What ``explore --json`` prints; ``smaller``: what the counterexample that leads was made of."""
    found = exploration.found
    told = {
        "scenario": exploration.scenario.title,
        "design": exploration.design.name,
        "quirks": list(exploration.quirks),
        "scope": scope(exploration),
        "distinct_states": found.distinct_states,
        "transitions": found.transitions,
        "depth": found.depth,
        "reductions": {reduction.value: why or "used" for reduction, why in exploration.reductions.items()},
        "complete": found.complete,
        "stopped": found.stopped or None,
        "all_seen_within": found.within,
        "collision_probability": found.collision,
        "unmet": exploration.unmet(),
        "verdicts": [_verdict(exploration, verdict) for verdict in exploration.verdicts.values()],
        "counterexamples": [_counterexample(way) for way in exploration.counterexamples.values()],
    }
    if smaller is not None and smaller.leading is not None:
        told["minimised"] = {"scope": scope(smaller), "counterexample": _counterexample(smaller.leading)}
    return told


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
        "aborts": exploration.aborts,
        "guards": list(exploration.guards),
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
                "deeds": [deed.done for deed in deeds(taken.events)],
                "rules": rules_of(taken.events),
                "name": taken.name,
                "sentence": f"{step.who} {step.sentence}",
            }
            for step in steps_of(way.gone.outcome)
            for taken in (step.taken,)
        ],
    }


# ------------------------------------------------------------------------------ as text


def as_text(exploration: Exploration, width: int = WIDTH, smaller: Exploration | None = None) -> Iterator[str]:
    """The exploration in lines; of the counterexamples only the one that leads, folded to ``width``.

    ``smaller``: that one, in a scenario with no more than it needs.
    """
    from runline.versions import versions

    found = exploration.found
    order = "the order that it fixes" if exploration.is_fixed else "every order"
    yield f"{exploration.scenario.title} under {exploration.design.name}, {order}"
    yield ", ".join(f"{name} {version}" for name, version in versions().items())
    yield ""
    yield f"scope: {'; '.join(_scope(exploration))}"
    yield (
        f"{found.distinct_states:,} distinct states, {found.transitions:,} transitions, depth {found.depth}; "
        f"two states were taken for one with probability {found.collision:.1e}"
    )
    yield from _reductions(exploration)
    yield f"stopped at {found.stopped}: {_so_far(found.within)}" if found.stopped else "complete"
    yield ""
    yield from _verdicts(exploration)
    leading = exploration.leading
    if smaller is not None and smaller.leading is not None:
        yield ""
        yield from _folded(f"minimised: {dropped(exploration, smaller)}", width, "")
        leading, exploration = smaller.leading, smaller
    if leading is not None:
        yield ""
        yield from told(exploration, leading, width)


def _so_far(within: int) -> str:
    """How much was seen for sure where not all was."""
    if not within:
        return "what holds is unknown"
    return f"all was seen within {_moves(within)} of the start, what holds beyond is unknown"


def _reductions(exploration: Exploration) -> Iterator[str]:
    used = [reduction.value for reduction, why in exploration.reductions.items() if not why]
    if exploration.reductions:
        yield f"reductions: {', '.join(used) or 'none of those wanted'}"
    for reduction, why in exploration.reductions.items():
        if why:
            yield f"  not {reduction}: {why}"


def _scope(exploration: Exploration) -> Iterator[str]:
    said = scope(exploration)
    yield f"{_count(said['schedulers'], 'scheduler')}, {_count(said['workers'], 'worker')}"
    yield f"{_count(said['backfills'], 'backfill')} among {_count(said['actions'], 'action')}"
    start, end = exploration.scenario.clock.start, exploration.scenario.clock.end
    yield f"{short_instant(start)} to {short_instant(end)}, tasks of any length"
    yield "steps one by one, " + said["isolation"] if said["isolation"] else "chains of steps run through"
    if exploration.is_fixed:
        yield "one order, which the scenario fixes, crashes included"
        return
    yield from faults(exploration)


def faults(exploration: Exploration) -> Iterator[str]:
    """What may go wrong, in words, and what the database keeps."""
    crashes, aborts = exploration.crashes, exploration.aborts
    yield f"at most {_count(crashes, 'crash', 'crashes')}" if crashes else "no crashes"
    if aborts:
        yield f"at most {_count(aborts, 'rollback')}"
    if exploration.guards:
        yield f"the database keeps {', '.join(exploration.guards)}"


def _moves(number: int) -> str:
    return _count(number, "move")


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


_ASK = ", as reductions leave ways out (--law judges them)"
"""Why a law of the graph is unknown though every state was visited, and what to do."""


def _verdicts(exploration: Exploration) -> Iterator[str]:
    width = max(len(law) for law in exploration.verdicts)
    for law, verdict in exploration.verdicts.items():
        if verdict.seen is not None or verdict.lasting is not None:
            promised = "promised" if law in exploration.design.promises else "not promised"
            lasts = "" if verdict.lasting is None else f", lasting after {verdict.lasting}"
            yield f"{law:<{width}}  {verdict.status} ({promised}): seen after {verdict.seen} moves{lasts}"
    for status in (Status.HOLDS, Status.UNKNOWN, Status.NOT_EXERCISED, Status.NOT_APPLICABLE):
        laws = [law for law, verdict in exploration.verdicts.items() if verdict.status is status and not verdict.seen]
        if status is Status.UNKNOWN and exploration.found.within:
            near = [law for law in laws if law not in EXPLORED_LAWS]
            laws = [law for law in laws if law in EXPLORED_LAWS]
            if near:
                yield f"{status}, but not broken within {_moves(exploration.found.within)}: {', '.join(near)}"
        if laws:
            left_out = status is Status.UNKNOWN and exploration.found.complete
            yield f"{status}{_ASK if left_out else ''}: {', '.join(laws)}"


def dropped(exploration: Exploration, smaller: Exploration) -> str:
    """What is left of a scenario, beside what there was."""
    was, now = scope(exploration), scope(smaller)
    was["tasks"], now["tasks"] = (_tasks(each.scenario) for each in (exploration, smaller))
    was["dags"], now["dags"] = len(was["dags"]), len(now["dags"])
    names = {"dags": "DAG", "tasks": "task", "actions": "action", "schedulers": "scheduler"}
    names |= {"crashes": "crash", "aborts": "rollback"}
    counts = [
        f"{now[key]} of {_count(was[key], name, 'crashes' if key == 'crashes' else '')}"
        for key, name in names.items()
        if was[key] != now[key]
    ]
    start, end = (short_instant(each) for each in (smaller.scenario.clock.start, smaller.scenario.clock.end))
    if smaller.scenario.clock.end != exploration.scenario.clock.end:
        counts.append(f"the time from {start} to {end}")
    before, after = (0 if each.leading is None else len(each.leading.moves) for each in (exploration, smaller))
    if after < before:
        counts.append(f"{after} of {before} steps")
    return f"left are {', '.join(counts)}" if counts else "nothing can be left out"


def _tasks(scenario: Scenario) -> int:
    return sum(len(dag.tasks) for dag in scenario.dags.values())


def told(exploration: Exploration, way: Counterexample, width: int = WIDTH) -> Iterator[str]:
    """A counterexample step by step: when, who, what, by which rule; then what is wrong."""
    kind = "lasting" if way.lasting else "passing"
    found = exploration.found
    is_shortest = found.shortest and (found.complete or len(way.moves) <= found.within + 1)
    shortest = "shortest" if is_shortest else "shortest that was met"
    which = "in the order that the scenario fixes" if exploration.is_fixed else f"the {shortest} {kind} counterexample"
    yield from _folded(f"{way.law}, {which}, {_count(len(way.moves), 'step')}:", width, "")
    steps = steps_of(way.gone.outcome)
    rows = list(_rows(steps))
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for number, at, who, what in rows:
        if way.round is not None and number == str(way.round + 1):
            yield " " * (widths[0] + 4) + "from here on, again and again:"
        begin = f"{number:>{widths[0] + 2}}  {at:<{widths[1]}}  {who:<{widths[2]}}  "
        yield from _folded(what, width, begin)
    begin = " " * (widths[0] + 4)
    yield ""
    yield from _folded(_broken(way), width, begin)
    if way.falls_with_it:
        yield from _folded(f"With it fall {', '.join(way.falls_with_it)}.", width, begin)
    for sentence in unfinished(steps, manner_of(way.gone.outcome)):
        yield from _folded(f"Then {sentence}.", width, begin)
    yield ""
    for number, sentence in rules_told(way.gone.outcome):
        yield from _folded(sentence, width, f"{begin}{number:<4} ")


def _broken(way: Counterexample) -> str:
    """What is wrong, since which step and by which rule."""
    where = broken_at(way.gone.outcome, way.law)
    said = " ".join(way.sentences) + (f" ({way.rule})" if way.rule else "")
    if not where:
        return said
    first = min(each.number for each in where)
    if not way.lasting:
        return f"Broken at step {first}, in passing: {said}"
    last = len(way.moves)
    since = (
        "for good" if last == first else f"and for good at step {last}, when nothing is under way that could mend it"
    )
    return f"Broken at step {first}, {since}: {said}"


def _rows(steps: Sequence[Told]) -> Iterator[tuple[str, str, str, str]]:
    """Number, instant, who and what of each step; an instant is written where it is another than before."""
    before = None
    for step in steps:
        at = "" if step.at == before else short_instant(step.at)
        rules = f" ({', '.join(step.rules)})" if step.rules else ""
        yield str(step.number), at, step.who, step.sentence + rules
        before = step.at


def _folded(text: str, width: int, begin: str) -> Iterator[str]:
    """A text in lines of that width, as far as its words allow; the first begins so, those after it stand below."""
    room = max(width - len(begin), _NARROWEST)
    lines = wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    yield begin + lines[0]
    yield from (" " * len(begin) + line for line in lines[1:])
