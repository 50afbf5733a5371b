"""The steps of an explored history, each told: who, when, what, by which rule; and what is wrong at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from runline.explorer.acts import Plan
from runline.explorer.history import Explored, Taken
from runline.explorer.standing import CLOCK, OPERATOR, Handed, Place, Watcher
from runline.model.capability import Capability
from runline.model.events import Event, Raised, Refused
from runline.model.instants import Instant, short_instant
from runline.reports.deeds import Manner, deeds, in_short, instances, listed, rules_of
from runline.reports.review_rules import rules_of as rules_of_design
from runline.reports.scenario_words import said
from runline.simulator.actions import Action, Backfill, Deploy, Pause, ProcessAct, Unpause

_ACTS = {
    "backfill": "asks for a backfill",
    "fix": "fixes a task",
    "deploy": "deploys the DAG anew",
    "trigger": "triggers a run",
    "clear": "clears instances",
    "run_task": "starts a task by hand",
    "set_state": "sets a state by hand",
    "delete_run": "deletes runs",
    "pause": "pauses the DAG",
    "unpause": "unpauses the DAG",
    "crash": "stops a process where it stands",
    "restart": "starts a process anew",
    "kill": "ends a process",
    "clock": "sets the clock of a process wrong",
}
_UNCOMMITTED = "it has not committed that yet"


class Sort(StrEnum):
    """What sort of step it is."""

    ASKS = "asks"
    READS = "reads"
    COMMITS = "commits"
    NOTHING = "nothing"
    """It waits, hands something over, or has no more to do."""
    FAILS = "fails"
    """It loses what it was about to write."""
    DIES = "dies"
    TIME = "time"


class Told(NamedTuple):
    """A step in words. ``sentence`` is what comes after ``who``; ``short`` says the same in a few words.

    ``reading`` is the number of the step at which was read what it commits, where others have committed in between, the
    first of them at step ``overtaken``; 0 where nobody has. ``under_way``: its process stands in the middle of
    something afterwards.
    """

    number: int
    at: Instant
    who: str
    sort: Sort
    sentence: str
    short: str
    rules: tuple[str, ...]
    taken: Taken
    reading: int = 0
    overtaken: int = 0
    under_way: bool = False

    @property
    def told(self) -> str:
        """Who does what, and by which rules."""
        return f"{self.who} {self.sentence}" + (f" ({', '.join(self.rules)})" if self.rules else "")

    @property
    def remark(self) -> str:
        """The sentence as it fits beside the name of the step; empty where that says it all."""
        if self.sort is Sort.TIME:
            return ""
        _, about, to_do = self.sentence.removesuffix(f"; {_UNCOMMITTED}").partition("is about to ")
        return f"{about}{to_do}" if about and self.sort is Sort.READS else self.sentence


def steps_of(outcome: Explored) -> list[Told]:
    """The steps of a history, in order, from 1 on."""
    return list(_Teller(outcome).steps())


class Broken(NamedTuple):
    """Where a law broke: the number of the step, its rule, the sentence, and from which step on it lasts (0: passing)."""

    number: int
    rule: str
    sentence: str
    lasts: int


def broken_at(outcome: Explored, law: str) -> list[Broken]:
    """Where in a history a law broke; only for good, if it did."""
    verdict = outcome.verdicts.get(law)
    findings = () if verdict is None else verdict.findings
    lasting = [finding for finding in findings if finding.lasting]
    return [
        Broken(_number(outcome, each.step), each.rule, each.sentence, len(outcome.taken) if each.lasting else 0)
        for each in lasting or findings
    ]


def _number(outcome: Explored, entry: int) -> int:
    """The step in which an entry of the trace was made; of one beyond the last, the last step."""
    steps = (number for number, taken in enumerate(outcome.taken, start=1) if taken.entries > entry)
    return next(steps, len(outcome.taken))


def rules_told(outcome: Explored) -> list[tuple[str, str]]:
    """The rules by which the steps of a history were made, in the order in which they came up, and what each says."""
    known = rules_of_design(outcome.design, in_force=True)
    numbers = dict.fromkeys(rule for step in steps_of(outcome) for rule in step.rules)
    return [(number, " ".join(rule.sentence for rule in known[number])) for number in numbers if number in known]


def manner_of(outcome: Explored) -> Manner:
    """How the events of a history are told."""
    links = Capability.STORES_PREVIOUS in outcome.design.capabilities
    return Manner(dags=len(outcome.scenario.dags) > 1, links=links)


def unfinished(steps: Sequence[Told], manner: Manner) -> Iterator[str]:
    """Who is in the middle of what after the last step, and what is to come then."""
    last = {told.who: told for told in steps}
    for told in last.values():
        if told.under_way:
            to_do = _about(told.taken.intends, manner)
            yield f"{told.who} is in the middle of its work" + (f", and about to {to_do}" if to_do else "")


class _Teller:
    """Goes through the moves of a history, and knows who has read what."""

    def __init__(self, outcome: Explored) -> None:
        self.outcome = outcome
        self.manner = manner_of(outcome)
        self.dags = self.manner.dags
        self.acts: Iterator[Action] = iter(Plan(outcome.scenario).actions)
        self.jobs = 0
        self.read_at: dict[Place, int] = {}
        """At which step a process has read what it is about to write."""
        self.commits: list[tuple[int, Place]] = []
        """The steps at which something was committed, and by whom."""

    def steps(self) -> Iterator[Told]:
        """Each of them."""
        for number, taken in enumerate(self.outcome.taken, start=1):
            yield self._step(number, taken)

    def _step(self, number: int, taken: Taken) -> Told:
        reading = self.read_at.pop(taken.place, 0)
        overtaken = self._overtaken(taken.place, reading) if taken.events or taken.lost else 0
        sort, sentence, short = self._told(taken, reading, overtaken)
        if sort is Sort.READS:
            self.read_at[taken.place] = number
        if sort is Sort.COMMITS or (sort is Sort.ASKS and taken.events):
            self.commits.append((number, taken.place))
        rules = tuple(rules_of(taken.events or taken.intends))
        at, who, reading = taken.at, self._who(taken), reading if overtaken else 0
        return Told(number, at, who, sort, sentence, short, rules, taken, reading, overtaken, bool(taken.then))

    def _who(self, taken: Taken) -> str:
        if isinstance(taken.place, Handed):
            return "a worker"
        if isinstance(taken.place, Watcher) and self.dags and taken.place.name.startswith("scheduler"):
            return f"{taken.by} at {taken.place.dag}"
        return taken.by

    def _overtaken(self, place: Place, reading: int) -> int:
        """The first step at which somebody else committed in the DAG since a process has read; 0 if nobody has."""
        since = (step for step, other in self.commits if step > reading and other != place and _meet(place, other))
        return next(since, 0) if reading else 0

    def _told(self, taken: Taken, reading: int, overtaken: int) -> tuple[Sort, str, str]:
        if taken.place == CLOCK:
            return Sort.TIME, f"passes to {short_instant(taken.at)}", short_instant(taken.at)
        if taken.place == OPERATOR:
            return self._act(taken)
        if taken.how in ("dies", "is lost"):
            return self._death(taken)
        if taken.lost:
            since = f"what it read at step {reading} is no longer so since step {overtaken}"
            return Sort.FAILS, f"cannot commit, for {since}; it begins anew", "begins anew"
        if taken.how == "aborts":
            after = "has died" if taken.ended else "will look anew"
            return Sort.FAILS, f"meets an error, {taken.reason}, and {after}", "meets an error"
        if taken.how == "is rolled back":
            return Sort.FAILS, "is rolled back by the database, and begins anew", "is rolled back"
        if not taken.step and not taken.events:
            return Sort.FAILS, taken.how, taken.how  # something is done to it
        if taken.events:
            return self._commit(taken, reading, overtaken)
        return self._silent(taken)

    # ------------------------------------------------------------------------ what it does

    def _act(self, taken: Taken) -> tuple[Sort, str, str]:
        """What the operator does; what that makes happen at once."""
        action = next(self.acts)
        about = said(action)
        sentence = _ACTS.get(action.do, f"asks for {action.do}") + (f" ({about})" if about else "")
        starts_job = isinstance(action, ProcessAct) and action.do == "restart" and action.process.startswith("backfill")
        if isinstance(action, Backfill) or starts_job:
            self.jobs += 1
            sentence += f", which backfill-{self.jobs} is to do"
        done = [] if isinstance(action, Pause | Unpause | Deploy) else list(deeds(taken.events, self.manner))
        sentence += f": {_joined([deed.done for deed in done])}" if done else ""
        short = f"asks for backfill-{self.jobs}" if isinstance(action, Backfill) else _ACTS.get(action.do, action.do)
        return Sort.ASKS, sentence, short

    def _death(self, taken: Taken) -> tuple[Sort, str, str]:
        if isinstance(taken.place, Handed):
            return (
                Sort.DIES,
                f"is lost, and with it {instances([taken.place.key], self.dags)}, which it executed",
                "is lost",
            )
        if taken.ended:
            return Sort.DIES, "dies where it stands, for good", "dies"
        return Sort.DIES, "dies in the middle of its look, and will look anew", "dies"

    def _commit(self, taken: Taken, reading: int, overtaken: int) -> tuple[Sort, str, str]:
        done = list(deeds(taken.events, self.manner))
        if not done:
            return Sort.NOTHING, "has looked at all runs", "looks"
        sentence = _joined([deed.done for deed in done])
        if overtaken:
            sentence += f", by what it read at step {reading}, before step {overtaken}"
        if all(isinstance(event, Raised | Refused) for event in taken.events):
            return Sort.FAILS, sentence, in_short(done)
        if taken.sends:
            sentence += f"; it hands {instances(taken.sends, self.dags)} to the workers"
        if isinstance(taken.place, Handed):
            sentence = self._execution(taken.place, taken) or sentence
        return Sort.COMMITS, sentence, in_short(done)

    def _execution(self, place: Handed, taken: Taken) -> str:
        """What a worker does with an instance."""
        what = instances([place.key], self.dags)
        if taken.how == "starts":
            return f"starts {what}, which {place.sender} handed over"
        if taken.how.startswith("ends"):
            return f"ends {what}: {taken.how.partition(': ')[2]}"
        return ""

    def _silent(self, taken: Taken) -> tuple[Sort, str, str]:
        """A step that commits nothing."""
        if taken.then:
            to_do = _about(taken.intends, self.manner)
            look = f"reads the runs of {taken.place.dag}" if isinstance(taken.place, Watcher) else "reads"
            if not to_do:
                return Sort.READS, f"{look}, and goes on", "reads"
            short = in_short(list(deeds(taken.intends, self.manner._replace(planned=True))), planned=True)
            return Sort.READS, f"{look}, and is about to {to_do}; {_UNCOMMITTED}", f"reads, to {short}"
        if taken.sends:
            return Sort.NOTHING, f"hands {instances(taken.sends, self.dags)} to the workers", "hands over"
        if isinstance(taken.place, Handed):
            return Sort.NOTHING, f"gives {instances([taken.place.key], self.dags)} up, which may not start", "gives up"
        if taken.how == "waits":
            return Sort.NOTHING, f"waits: {taken.reason}", "waits"
        if taken.ended:
            return Sort.NOTHING, "has no more to do, and ends", "ends"
        return Sort.NOTHING, "finds nothing to do", "rests"


def _meet(one: Place, other: Place) -> bool:
    """Whether two processes work on one DAG, as far as that can be told."""
    dags = [getattr(place, "dag", None) or getattr(getattr(place, "key", None), "dag", None) for place in (one, other)]
    return None in dags or dags[0] == dags[1]


def _about(events: Sequence[Event], manner: Manner) -> str:
    return _joined([deed.to_do for deed in deeds(events, manner._replace(planned=True))])


def _joined(parts: Sequence[str]) -> str:
    return listed(parts) if len(parts) < 3 else "; ".join(parts)
