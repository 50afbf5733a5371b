"""Where two histories of one scenario come apart, in words: by which rules, and why one did not what the other did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runline.designs.index import find_rule, functions_of, rules_by_number
from runline.model.capability import Capability
from runline.model.events import Event, Raised, Refused, RunCreated
from runline.model.instants import Instant, parse_instant, short_instant
from runline.model.records import Run, TaskKey
from runline.model.states import RunKind, RunState, TaskState
from runline.model.steps import Held, Process, RunAt, Slot
from runline.model.timeline import Timeline
from runline.simulator.divergence import Comparison, Side, later, leads
from runline.simulator.effects import Effect, Seen, What, seen_state

MORE = 6
"""How many other differences of one instant are told."""


class Account(NamedTuple):
    """What a design did or did not do where two come apart: a sentence, the deciding rule, and all that took part.

    ``says`` has the sentences of those rules that are functions of the design; ``also`` tells what else only this side
    shows at that instant.
    """

    sentence: str
    rule: str
    rules: tuple[str, ...]
    says: dict[str, str]
    also: tuple[str, ...]


def accounts(comparison: Comparison) -> tuple[Account, Account]:
    """What each design did where they come apart; they must come apart."""
    divergence = comparison.divergence
    assert divergence is not None
    a, b = leads(divergence)
    several = len(comparison.scenario.dags) > 1
    return (
        _account(comparison.a, a, b, divergence.a, divergence.at, several),
        _account(comparison.b, b, a, divergence.b, divergence.at, several),
    )


def _account(
    side: Side, mine: Seen | None, other: Seen | None, shown: tuple[Seen, ...], at: Instant, several: bool
) -> Account:
    also = _also(side, [seen for seen in shown if seen is not mine], several)
    if mine is not None and not _is_left(mine):
        sentence = f"{_did(side, mine, several)}{_reason(mine.event)}."
        rules = tuple(dict.fromkeys(rule for rule in (mine.event.rule, *mine.event.rules) if rule))
        return Account(sentence, mine.event.rule, rules, _says(side, rules), also)
    if mine is not None:
        sentence, rule = _left(side, mine, at, several)
    else:
        assert other is not None
        sentence, rule = _not_done(side, other.effect, at, several)
    rules = (rule,) if rule else ()
    return Account(sentence, rule, rules, _says(side, rules), also)


def _also(side: Side, others: list[Seen], several: bool) -> tuple[str, ...]:
    told = [f"{_did(side, seen, several)}." for seen in others[:MORE]]
    return (*told, f"And {len(others) - MORE} more.") if len(others) > MORE else tuple(told)


def _is_left(seen: Seen) -> bool:
    """Whether a run is in a state only since it was made in it."""
    return seen.effect.what is What.STATE and isinstance(seen.event, RunCreated)


def _left(side: Side, seen: Seen, at: Instant, several: bool) -> tuple[str, str]:
    """A run stays as it was made, and which gate held it."""
    effect = seen.effect
    held = _why(side, effect, at, side.timeline_at(at))
    reason, rule = ("", seen.event.rule) if held is None else (f": {_held_words(held, effect)}", held.rule)
    return f"{_did(side, seen, several)}{reason}.", rule


def _says(side: Side, numbers: tuple[str, ...]) -> dict[str, str]:
    """The sentences of rules, each as the function of this design has it if one of its own bears that number."""
    own = (find_rule(used.function) for used in functions_of(side.outcome.design) if not used.option)
    named = {rule.id: rule.sentence for rule in own if rule is not None}
    every = {number: borne[0].rule.sentence for number, borne in rules_by_number().items()}
    return {number: {**every, **named}[number] for number in numbers if number in every or number in named}


def _reason(event: Event) -> str:
    if isinstance(event, Refused):
        return f": {event.reason}"
    return f": {event.error}" if isinstance(event, Raised) else ""


# ----------------------------------------------------------------------------- what was done


def subject(effect: Effect, several: bool) -> str:
    """What an effect is about."""
    dag = f" of {effect.dag}" if several else ""
    if effect.task:
        return f"{effect.task}{dag} of {_date(effect)}"
    return f"the {effect.kind} run{dag} of {_date(effect)}"


def _date(effect: Effect) -> str:
    return "" if effect.date is None else short_instant(effect.date)


_STATES = {
    RunState.QUEUED: "queues {}",
    RunState.RUNNING: "sets {} running",
    RunState.SUCCESS: "declares {} a success",
    RunState.FAILED: "declares {} failed",
    RunState.OVERRIDDEN: "overrides {}",
}
_ENDS = {
    TaskState.NONE: "takes {} from its worker",
    TaskState.UP_FOR_RETRY: "sees {} fail, to be tried again",
    TaskState.SUCCESS: "sees {} succeed",
    TaskState.FAILED: "sees {} fail",
}


def _did(side: Side, seen: Seen, several: bool) -> str:
    if _is_left(seen):
        return f"{side.name} leaves {subject(seen.effect, several)} {_words(seen.effect.value)}"
    return f"{side.name} {_deed(seen.effect, several)}"


def _deed(effect: Effect, several: bool) -> str:
    """What a design does, as the rest of a sentence that begins with its name."""
    about, value = subject(effect, several), effect.value
    dag = f" of {effect.dag}" if several else ""
    match effect.what:
        case What.STATE:
            return _STATES[RunState(value)].format(about)
        case What.ENDED:
            return _ENDS.get(TaskState(value), f"sees {{}} end as {value}").format(about)
        case What.MARKED:
            return f"clears {about}" if value == TaskState.NONE else f"marks {about} as {_words(value)}"
        case What.PREVIOUS:
            return f"links {about} to {_linked(value)}"
        case What.KIND:
            return f"turns {about} into a {value} run"
        case What.REFUSED:
            return f"refuses the {_words(value)}{dag}"
        case What.RAISED:
            return f"raises an error{dag and ' at ' + effect.dag}"
        case What.OVER:
            return f"is done with {value}"
    verb = {What.MADE: "makes", What.DELETED: "deletes", What.STARTED: "starts"}[effect.what]
    return f"{verb} {about}"


def _words(value: str) -> str:
    return value.replace("_", " ")


def _linked(value: str) -> str:
    if value in ("none", "gone"):
        return {"none": "no run", "gone": "a run that is gone"}[value]
    return f"that of {short_instant(parse_instant(value))}"


# ------------------------------------------------------------------------- what was not done


def _not_done(side: Side, effect: Effect, at: Instant, several: bool) -> tuple[str, str]:
    """What a side does not do that the other does, when it does so if ever, and by which rule not now."""
    timeline = side.timeline_at(at)
    then = later(side, effect, at)
    told = f"{side.name} {_denied(effect, timeline, several)}"
    told += " then or later" if then is None else f" then, but does at {short_instant(then)}"
    if (effect.what, effect.kind) == (What.MADE, RunKind.BACKFILL) and not _backfills_make_runs(side):
        rule = find_rule(side.outcome.design.backfill)
        return f"{told}: its backfills make no runs.", "" if rule is None else rule.id
    held = _why(side, effect, at, timeline)
    return (f"{told}.", "") if held is None else (f"{told}: {_held_words(held, effect)}.", held.rule)


def _backfills_make_runs(side: Side) -> bool:
    return Capability.BACKFILL_MAKES_RUNS in side.outcome.design.capabilities


def _held_words(held: Held, effect: Effect) -> str:
    until = "" if held.until is None else short_instant(held.until)
    reason = f"{held.reason}, until {until}" if until and until not in held.reason else held.reason
    return f"{_held_of(held, effect)}{reason}"


def _denied(effect: Effect, timeline: Timeline, several: bool) -> str:
    deed = _deed(effect, several)
    verb, _, rest = deed.partition(" ")
    base = {"is": "is not"}.get(verb) or f"does not {_base(verb)}"
    return f"{base} {rest}{_status(effect, timeline)}"


def _base(verb: str) -> str:
    """The verb as it stands after "does not"."""
    irregular = {"refuses": "refuse", "raises": "raise", "makes": "make", "deletes": "delete", "takes": "take"}
    irregular |= {"declares": "declare", "overrides": "override", "queues": "queue", "sees": "see"}
    return irregular.get(verb, verb.removesuffix("s"))


def _status(effect: Effect, timeline: Timeline) -> str:
    """How what the effect is about stands on this side, in brackets."""
    if effect.date is None:
        return ""
    if effect.task:
        row = timeline.task(TaskKey(effect.dag, effect.task, effect.date))
        state = TaskState.NONE if row is None else seen_state(row.state)
        if state is TaskState.NONE:
            return "" if effect.what is What.STARTED else " (which has not begun)"
        return f" (which is {_words(state)})"
    runs = timeline.runs_at(effect.dag, effect.date)
    if effect.what is What.MADE:
        there = ", ".join(f"{run.kind} {run.state}" for run in runs)
        return f" (there is one: {there})" if there else ""
    mine: list[Run] = [run for run in runs if run.kind == effect.kind]
    return f" (which is {mine[-1].state})" if mine else " (there is none)"


# -------------------------------------------------------------------------------- and why


def _why(side: Side, effect: Effect, at: Instant, timeline: Timeline) -> Held | None:
    """What a gate had last said of what an effect is about."""
    if effect.date is None:
        return None
    if effect.what is What.MADE:
        return next(_gates(side, effect, at, timeline), None)
    said = side.last_said(at, effect.dag)
    if effect.task:
        key = TaskKey(effect.dag, effect.task, effect.date)
        return next((held for held in said if held.what == key), None)
    tasks = (held for held in said if isinstance(held.what, TaskKey) and held.what.date == effect.date)
    return next(tasks, None) if effect.what is What.STATE else None


def _gates(side: Side, effect: Effect, at: Instant, timeline: Timeline) -> Iterator[Held]:
    """Why whoever makes runs of a kind had made none, the latest first."""
    who = {"scheduled": "scheduler", "backfill": "backfill"}.get(effect.kind)
    for held in () if who is None else side.once_said(at, effect.dag, who):
        what = held.what
        missing = isinstance(what, RunAt) and not timeline.runs_at(what.dag, what.date)
        if missing or isinstance(what, Slot | Process):
            yield held


def _held_of(held: Held, effect: Effect) -> str:
    """What is held, where that is something else than what the effect is about."""
    if isinstance(held.what, TaskKey) and held.what.task != effect.task:
        return f"{held.what.task} of {short_instant(held.what.date)} waits, "
    if isinstance(held.what, RunAt) and held.what.date != effect.date:
        return f"next is the run of {short_instant(held.what.date)}, "
    return ""
