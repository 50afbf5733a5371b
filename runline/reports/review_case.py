"""What the page tells of a scenario, and of each design under it."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence

from runline.designs.rule import Rule
from runline.explorer.history import Explored
from runline.invariants.verdict import Finding, Status, Verdict
from runline.model.instants import short_instant
from runline.reports.history import head, rows
from runline.reports.review_charts import chart_name
from runline.reports.review_matrix import case_anchor, law_chip, scenario_anchor
from runline.reports.review_parts import linked, listed, paragraphs, plural, table, text
from runline.reports.review_summary import Review
from runline.reports.scenario_words import acts, setting
from runline.reports.steps import steps_of
from runline.reports.waits import waits_svg
from runline.simulator.review import Case, Given
from runline.simulator.scenario import Scenario

_SENTENCES = 3
"""How many findings of a law are told in full."""

Rules = Mapping[str, Mapping[str, tuple[Rule, ...]]]
"""By design its rules by number."""


def scenario_section(review: Review, given: Given, cases: Sequence[Case], drawn: Collection[Case], rules: Rules) -> str:
    """A scenario and its cases; folded where nothing of it is broken."""
    loud = [case for case in cases if _is_loud(review, case)]
    title, anchor = text(given.scenario.title), scenario_anchor(given)
    inner = about(given) + "".join(
        _case(review, case, case in drawn, rules[case.design], folded=bool(loud) and case not in loud) for case in cases
    )
    if loud:
        return f"<section class=scenario id='{anchor}'><h3>{title}</h3>{inner}</section>"
    names = ", ".join(text(case.design) for case in cases)
    said = f"no law is broken under {names}" if cases else "waits for its designs"
    return f"<details class=scenario id='{anchor}'><summary><b>{title}</b>: {said}</summary>{inner}</details>"


def _is_loud(review: Review, case: Case) -> bool:
    return bool(case.outcome.broken) or bool(review.unmet_of(case)) or not case.outcome.complete


# ------------------------------------------------------------------------- the scenario


def about(given: Given) -> str:
    """What a scenario says of itself, and what happens in it."""
    scenario = given.scenario
    source = f"From: {linked(scenario.source)}<br>" if scenario.source else ""
    waits = f"<p class=dim>Expects something of {', '.join(map(text, given.waits_for))}, still to come.</p>"
    return (
        f"<div class=story>{paragraphs(scenario.story)}</div><p class=source>{source}"
        f"<code>{text(given.file.shown)}</code></p>{listed(_facts(scenario), 'facts')}{waits if given.waits_for else ''}"
    )


def _facts(scenario: Scenario) -> Iterator[str]:
    """The DAGs and the clock, then what is done when."""
    for name, told in setting(scenario):
        yield f"<b>{text(name)}</b>: {text(told)}"
    for at, what, rest in acts(scenario):
        yield f"{text(at)} <b>{text(what)}</b> {text(rest)}"


# ------------------------------------------------------------------------------- the case


def _case(review: Review, case: Case, drawn: bool, rules: Mapping[str, tuple[Rule, ...]], folded: bool) -> str:
    chips = " ".join(law_chip(case, law) for law in case.outcome.broken)
    inner = "".join(
        [
            _expectation(review, case),
            *_findings(case, rules),
            _chart(case) if drawn else "",
            _steps(case),
            table(head(case.outcome), rows(case.outcome), "history"),
            listed(_remarks(case)),
            _waits(case),
            f"<p class=replay>digest {case.digest}<br><code>{text(_command(case))}</code></p>",
        ]
    )
    name, anchor = f"<b>{text(case.design)}</b>", case_anchor(case)
    if folded:
        return f"<details class=case id='{anchor}'><summary>{name}: no law is broken</summary>{inner}</details>"
    chips = chips or "<span class=dim>no law is broken</span>"
    return f"<article class=case id='{anchor}'><h4>{name} {chips}</h4>{inner}</article>"


def _expectation(review: Review, case: Case) -> str:
    outcome = case.outcome
    lines = review.unmet_of(case)
    if lines:
        return f"<div class=unmet><p>Not as expected:</p>{listed(map(text, lines))}</div>"
    if not outcome.complete:
        return f"<div class=unmet><p>Stopped after {plural(outcome.events, 'event')}, before the end of its clock.</p></div>"
    if outcome.expect is None:
        return "<p class=dim>The scenario expects nothing in particular; no promised law is broken.</p>"
    return "<p class=met>As expected.</p>"


def _findings(case: Case, rules: Mapping[str, tuple[Rule, ...]]) -> Iterator[str]:
    for verdict in case.outcome.verdicts.values():
        if verdict.status in (Status.VIOLATED, Status.PASSING):
            yield _verdict(case, verdict, rules)


def _verdict(case: Case, verdict: Verdict, rules: Mapping[str, tuple[Rule, ...]]) -> str:
    passing = verdict.status is Status.PASSING
    promised = verdict.law in case.outcome.design.promises
    found = case.lasting(verdict.law)
    sentences = "<br>".join(text(finding.sentence) for finding in found[:_SENTENCES])
    more = len(found) - _SENTENCES
    more_told = f"<br><span class=dim>and {more} more</span>" if more > 0 else ""
    kind = "passing" if passing else "promise" if promised else "given"
    word = "only in passing" if passing else "promised" if promised else "not promised"
    return (
        f"<div class='finding {kind}'><b>{verdict.law}</b> <span class=dim>({word})</span><br>{sentences}{more_told}"
        f"<small>{'<br>'.join(_causes(case, found[:_SENTENCES], rules))}</small></div>"
    )


def _causes(case: Case, found: Sequence[Finding], rules: Mapping[str, tuple[Rule, ...]]) -> list[str]:
    """When it broke and by which rule; laws of a finished history break by none."""
    told: dict[str, None] = {}
    for finding in found:
        if finding.known_by:
            told[f"falls with {text(finding.known_by)}"] = None
        if finding.rule:
            sentence = " ".join(rule.sentence for rule in rules.get(finding.rule, ())[:1])
            at = text(short_instant(case.outcome.time_of(finding.step)))
            told[f"at {at}, by rule {text(finding.rule)}{f': {text(sentence)}' if sentence else ''}"] = None
    return list(told)


def _chart(case: Case) -> str:
    name = text(chart_name(case))
    words = text(f"{case.scenario.title} under {case.design}")
    return f"<a class=chart href='{name}'><img loading=lazy src='{name}' alt='{words}'></a>"


def _steps(case: Case) -> str:
    """The steps of a history that the scenario fixes, in words."""
    if not isinstance(case.outcome, Explored):
        return ""
    items = "".join(f"<li>{text(step.told)}</li>" for step in steps_of(case.outcome))
    return f"<details><summary>step by step</summary><ol class=steps>{items}</ol></details>"


def _remarks(case: Case) -> Iterator[str]:
    """What was refused, raised or blocked, and what is to be noted."""
    outcome = case.outcome
    for event in outcome.refused:
        at = short_instant(event.at)
        yield f"<b>refused</b> {text(f'{event.action} of {event.dag} at {at}: {event.reason} ({event.rule})')}"
    for error in outcome.errors:
        times = "once" if error.times == 1 else f"{error.times} times"
        told = f"{times} by {error.by} from {short_instant(error.first)} on: {error.error} ({error.rule})"
        yield f"<b>raised</b> {text(told)}"
    for verdict in outcome.verdicts.values():
        for evidence in verdict.blocked[:_SENTENCES]:
            yield f"<b>blocked</b> {text(evidence.sentence)}"
        if len(verdict.blocked) > _SENTENCES:
            yield f"<b>blocked</b> {len(verdict.blocked) - _SENTENCES} more"
    for note in outcome.notes:
        yield f"<b>note</b> {text(note)}"


def _waits(case: Case) -> str:
    """Who waits for whom at the end, drawn, where something is stuck or blocked."""
    verdict = case.outcome.verdicts.get("no-deadlock")
    if verdict is None or not (verdict.blocked or verdict.findings):
        return ""
    drawing = waits_svg(case.outcome)
    return (
        f"<details class=waits><summary>who waits for whom</summary><div class=wide>{drawing}</div></details>"
        if drawing
        else ""
    )


def _command(case: Case) -> str:
    """What to type to see it again."""
    return f"runline simulate {shlex.quote(case.file.shown)} --design {shlex.quote(case.design)}"
