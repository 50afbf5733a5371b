"""What came of a simulation: the trace, the state that it left, the verdicts, and whether that was expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from runline.designs.design import Design
from runline.invariants.law import Made
from runline.invariants.verdict import Status, Verdict
from runline.model.events import Refused, RunMoved, RunTaken
from runline.model.instants import Instant, short_instant
from runline.model.records import Run
from runline.model.states import RunKind, RunState
from runline.model.steps import Held
from runline.model.timeline import Timeline
from runline.simulator.choices import Choice
from runline.simulator.scenario import Expect, ExpectedRun, Scenario
from runline.simulator.trace import Entry, Folded

VIOLATED = Status.VIOLATED
RUNNING = RunState.RUNNING


class Earlier(NamedTuple):
    """What a run was, until a backfill wrote it over at that instant; a run that was joined was running."""

    run: int
    kind: RunKind
    run_id: str
    version: int | None
    state: RunState
    until: Instant
    by: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One history of a scenario under a design, gone through to its end (``complete``) or to a limit."""

    scenario: Scenario
    design: Design
    seed: int
    trace: tuple[Entry, ...] = field(repr=False)
    timeline: Timeline = field(repr=False)
    verdicts: dict[str, Verdict] = field(repr=False)
    made: dict[int, Made] = field(repr=False)
    """How each run came to be."""
    choices: tuple[Choice, ...] = field(repr=False)
    errors: tuple[Folded, ...]
    held: tuple[Held, ...] = field(repr=False)
    gates: frozenset[str] = field(repr=False)
    """The rules that said no to something."""
    notes: tuple[str, ...]
    complete: bool
    end: Instant
    max_events: int
    design_name: str
    quirks: tuple[str, ...]
    """The design as it was asked for: a name, or ``package.module:name``."""

    @property
    def fired(self) -> frozenset[str]:
        """The rules that caused events, or said no."""
        caused = {rule for entry in self.trace for event in entry.events for rule in (event.rule, *event.rules)}
        return self.gates | (caused - {""})

    @property
    def updates(self) -> Counter[int]:
        """How often each run was written over; its revision is one more (U1)."""
        return Counter(event.run for entry in self.trace for event in entry.events if isinstance(event, RunTaken))

    @property
    def log(self) -> list[Earlier]:
        """What was kept of runs that were written over, where the design keeps a log (U7, U11), in order of time."""
        kept = []
        for entry in self.trace:
            begun: dict[int, RunState] = {}
            for event in entry.events:
                if isinstance(event, RunMoved):
                    begun[event.run] = event.before
                elif isinstance(event, RunTaken) and event.logged:
                    kept.append(Earlier(event.run, *event.before, begun.get(event.run, RUNNING), event.at, event.by))
        return kept

    def time_of(self, entry: int) -> Instant:
        """The world's time at an entry of the trace; one beyond the last is the end."""
        return self.trace[entry].time if entry < len(self.trace) else self.end

    @property
    def events(self) -> int:
        """How many events happened."""
        return sum(len(entry.events) for entry in self.trace)

    @property
    def refused(self) -> list[Refused]:
        """The actions that were refused."""
        return [event for entry in self.trace for event in entry.events if isinstance(event, Refused)]

    @property
    def broken(self) -> list[str]:
        """The laws that are broken for good, in table order."""
        return [law for law, verdict in self.verdicts.items() if verdict.status is VIOLATED]

    @property
    def broken_promises(self) -> list[str]:
        """The promised laws that are broken for good."""
        return [law for law in self.broken if law in self.design.promises]

    @property
    def expect(self) -> Expect | None:
        """What the scenario expects of the design, if it says; of one with quirks, if its history has just these."""
        if self.quirks and self.scenario.history_of(self.design_name, self.quirks) is None:
            return None
        return self.scenario.expect.get(self.design_name, self.scenario.expect.get(self.design.name))

    def unmet(self) -> list[str]:
        """Where it is not as expected, in sentences; without expectation, the promised laws that are broken."""
        expect = self.expect
        if expect is None:
            return [f"{law} is broken, though {self.design.name} promises it" for law in self.broken_promises]
        if self.scenario.explore is not None:  # what is expected of all histories, one need not show
            return self._unexpected_laws(expect)
        return [*self._unmet_laws(expect), *self._unmet_refusals(expect), *self._unmet_runs(expect)]

    def _unmet_laws(self, expect: Expect) -> list[str]:
        missing = [
            f"{law} was expected to break" for law in expect.breaks if law in self.verdicts and law not in self.broken
        ]
        not_passing = [
            f"{law} was expected to break in passing, but is {self.verdicts[law].status}"
            for law in expect.passes
            if law in self.verdicts and self.verdicts[law].status is not Status.PASSING
        ]
        return missing + not_passing + self._unexpected_laws(expect)

    def _unexpected_laws(self, expect: Expect) -> list[str]:
        more = [law for law in self.broken_promises if law not in expect.breaks]
        return [f"{law} is broken, which was not expected" for law in more]

    def _unmet_refusals(self, expect: Expect) -> list[str]:
        got = sorted(event.rule for event in self.refused)
        if got == sorted(expect.refused):
            return []
        return [f"refused by {', '.join(got) or 'nothing'}; expected {', '.join(expect.refused) or 'nothing'}"]

    def _unmet_runs(self, expect: Expect) -> list[str]:
        missing = [sentence for wanted in expect.runs if (sentence := self._missing(wanted))]
        return missing + (self._unexpected(expect.runs) if expect.only_these else [])

    def _unexpected(self, expected: Sequence[ExpectedRun]) -> list[str]:
        """The runs beyond those listed: like none of them, or one more at a date than are listed there."""
        more = []
        for dag in self.scenario.dags:
            listed: dict[Instant, list[ExpectedRun]] = {}
            for wanted in expected:
                if self._dag_of(wanted) == dag:
                    listed.setdefault(wanted.date, []).append(wanted)
            for date in sorted({run.date for run in self.timeline.runs(dag)}):
                runs, at = self.timeline.runs_at(dag, date), listed.get(date, [])
                strange = [run for run in runs if not any(self._is_like(run, wanted) for wanted in at)]
                if strange or len(runs) > len(at):
                    there = "; ".join(self._tell(run) for run in strange or runs)
                    said = f"{len(at)} listed" if at else "none listed"
                    more.append(f"expected no other run of {dag} at {short_instant(date)} ({said}); there: {there}")
        return more

    def _dag_of(self, wanted: ExpectedRun) -> str:
        return wanted.dag or next(iter(self.scenario.dags))

    def _missing(self, wanted: ExpectedRun) -> str:
        """What is wrong with an expected run: it has to be like one of those at its date."""
        dag = self._dag_of(wanted)
        runs = self.timeline.runs_at(dag, wanted.date)
        if any(self._is_like(run, wanted) for run in runs):
            return ""
        there = "; ".join(self._tell(run) for run in runs) or "none"
        parts = [f"{name} {getattr(wanted, name)}" for name in ("kind", "state") if getattr(wanted, name) is not None]
        if wanted.previous is not None:
            parts.append(f"previous {_shown(wanted.previous)}")
        return f"expected a run of {dag} at {short_instant(wanted.date)} ({', '.join(parts)}); there: {there}"

    def _is_like(self, run: Run, wanted: ExpectedRun) -> bool:
        if wanted.kind not in (None, run.kind) or wanted.state not in (None, run.state):
            return False
        return wanted.previous is None or self._previous_date(run) == wanted.previous

    def _previous_date(self, run: Run) -> Instant | Literal["none", "gone"]:
        """The date of the run that a run points to, if it points to any, and that is there."""
        if run.previous is None:
            return "none"
        previous = self.timeline.run(run.previous)
        return "gone" if previous is None else previous.date

    def _tell(self, run: Run) -> str:
        return f"{run.kind} {run.state}, previous {_shown(self._previous_date(run))}"


def _shown(previous: Instant | str) -> str:
    return previous if isinstance(previous, str) else short_instant(previous)
