"""A counterexample as a scenario file that fixes its order: simulated, reviewed or explored, it shows just that history."""

from __future__ import annotations

from runline.explorer.explore import Counterexample, Exploration
from runline.explorer.fixed import follow
from runline.explorer.history import Explored
from runline.invariants.laws import EXPLORED_LAWS, SIMULATED_LAWS
from runline.invariants.verdict import Status
from runline.reports.steps import steps_of
from runline.simulator.scenario import Expect, History, Scenario
from runline.simulator.scenario_writer import write


def as_file(exploration: Exploration, way: Counterexample) -> str:
    """The text of the file; what each step does stands beside it."""
    remarks = {exploration.design_name: [step.remark for step in steps_of(way.gone.outcome)]}
    return write(as_scenario(exploration, way), remarks)


def as_scenario(exploration: Exploration, way: Counterexample) -> Scenario:
    """The scenario that was explored with the history of the counterexample, and what is broken at its end."""
    given, design = exploration.scenario, exploration.design_name
    outcome = way.gone.outcome
    history = History(
        steps=tuple(taken.name for taken in outcome.taken),
        crashes=outcome.crashes,
        aborts=outcome.aborts,
        guards=outcome.guards,
        quirks=exploration.quirks,
    )
    fixed = given.model_copy(
        update={
            "title": f"{_title(given)}: {way.law}",
            "story": " ".join(filter(None, (given.story, _story(exploration, way)))),
            "explore": None,
            "history": {**given.history, design: history},
        }
    )
    others = given.expect if given.explore is None else {}  # what is expected of all histories, one need not show
    return fixed.model_copy(update={"expect": {**others, design: _expected(exploration, way, fixed)}})


def _title(given: Scenario) -> str:
    """The title as it was, without the laws that were found before."""
    title, _, law = given.title.rpartition(": ")
    return title if law in SIMULATED_LAWS and title else given.title


def _story(exploration: Exploration, way: Counterexample) -> str:
    steps = f"{len(way.moves)} {'step' if len(way.moves) == 1 else 'steps'}"
    lasts = "for good" if way.lasting else "in passing"
    quirks = "".join(f" --quirk {quirk}" for quirk in exploration.quirks)
    found = f"Found by runline explore --design {exploration.design_name}{quirks}: in {steps} {way.law} breaks {lasts}."
    return " ".join(filter(None, (found, *way.sentences, left_unsaid(way))))


def left_unsaid(way: Counterexample) -> str:
    """What of a counterexample one history cannot say; empty where it says all."""
    if way.law not in EXPLORED_LAWS:
        return ""
    if way.round is None:
        return f"These steps lead to where {way.law} is lost, but do not break it: it is about all that may follow."
    first, last = way.round + 1, len(way.moves)
    again = f"Step {last}" if first == last else f"Steps {first} to {last}"
    return f"{again} can come again and again; here they come once, and that does not break {way.law}."


def _expected(exploration: Exploration, way: Counterexample, fixed: Scenario) -> Expect:
    """What is broken at the end of the history: the law that it is about, and promised ones for good; what is refused."""
    design = exploration.design
    outcome: Explored = follow(
        fixed, design, list(SIMULATED_LAWS.values()), exploration.design_name, exploration.quirks
    )
    broken = [law for law in outcome.broken if law == way.law or law in design.promises]
    passes = tuple(
        law for law, verdict in outcome.verdicts.items() if law == way.law and verdict.status is Status.PASSING
    )
    return Expect(breaks=tuple(broken), passes=passes, refused=tuple(sorted(event.rule for event in outcome.refused)))
