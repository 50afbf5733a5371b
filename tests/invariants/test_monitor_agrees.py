"""The monitors, which follow events and undo them, against the offline checks, which look at everything each time."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runline.invariants.law import Context, Locus, StateLaw
from runline.invariants.laws import LAWS
from runline.invariants.monitor import Monitor
from runline.invariants.offline import OFFLINE, Past, breaks, broken_now, pasts
from runline.model.capability import Capability
from runline.model.events import Event
from runline.model.snapshot import snapshot_of
from runline.model.timeline import Timeline
from tests.event_sequences import interpret
from tests.invariants.situations import situation

ALL = frozenset(Capability)
CONTEXTS = {
    "all capabilities": Context(ALL),
    "past at task level": Context(ALL - {Capability.PAST_AT_RUN_LEVEL}),
    "backfills make no runs": Context(ALL - {Capability.BACKFILL_MAKES_RUNS, Capability.BACKFILL_HAS_OWN_LIMIT}),
    "backfills make no runs, past at task level": Context(
        ALL - {Capability.BACKFILL_MAKES_RUNS, Capability.PAST_AT_RUN_LEVEL}
    ),
}
SEQUENCES = 2_500
"""How many sequences of any events are generated for each context."""
SITUATIONS = 500
"""How many of sends and starts."""
CHOICES = 45
"""How many numbers a sequence of any events is made of: enough for a dozen."""


class Survey(NamedTuple):
    """What was seen of the laws: how often each was exercised, after how many events it was broken or kept."""

    exercised: Counter[str]
    broken: Counter[str]
    kept: Counter[str]
    disagreements: list[str]


def _monitor(context: Context) -> Monitor:
    return Monitor(Timeline(), LAWS.values(), context)


def _choices(seed: int) -> list[int]:
    drawn = random.Random(seed)
    return [int(drawn.random() * 2**16) for _ in range(CHOICES)]


def _found_broken(monitor: Monitor, event: Event) -> dict[str, set[Locus]]:
    """Apply an event: where each law is broken now, with the event itself as the place of what it broke."""
    before = len(monitor.breaches)
    monitor.apply(event)
    found: dict[str, set[Locus]] = defaultdict(set)
    for law, locus, _ in monitor.broken():
        found[law.id].add(locus)
    for breach in monitor.breaches[before:]:
        found[breach.law].add(breach.event)
    return found


def _found_offline(law_id: str, past: Past, context: Context) -> set[Locus]:
    if isinstance(LAWS[law_id], StateLaw):
        return broken_now(law_id, past, context)
    return {len(past.events) - 1} if breaks(law_id, past, context) else set()


def _differences(events: Iterable[Event], context: Context, survey: Survey) -> Iterator[str]:
    """What monitor and offline checks do not find alike, event by event; counts what the monitor found."""
    monitor = _monitor(context)
    for past in pasts(events):
        before = dict(monitor.exercised)
        found = _found_broken(monitor, past.last)
        for law in monitor.laws:
            exercised = monitor.exercised[law.id] - before[law.id]
            survey.exercised[law.id] += exercised
            survey.broken[law.id] += bool(found[law.id])
            survey.kept[law.id] += exercised > 0 and not found[law.id]
            offline = _found_offline(law.id, past, context)
            if offline != found[law.id]:
                yield f"{law.id}: monitor {found[law.id]}, offline {offline}, after {past.events}"


def _corpus(number: int) -> Iterator[list[Event]]:
    """The sequences generated for one of the contexts; no two contexts share one."""
    for seed in range(number * SEQUENCES, (number + 1) * SEQUENCES):
        yield interpret(_choices(seed))
    for seed in range(number * SITUATIONS, (number + 1) * SITUATIONS):
        yield situation(seed)


@cache
def _survey(context: str) -> Survey:
    survey = Survey(Counter(), Counter(), Counter(), [])
    for events in _corpus(list(CONTEXTS).index(context)):
        survey.disagreements.extend(_differences(events, CONTEXTS[context], survey))
    return survey


@pytest.mark.parametrize("context", CONTEXTS)
def test_monitor_and_offline_check_agree(context: str) -> None:
    """After every event of 10,000 sequences, and of sends and starts, both find the same broken at the same places."""
    assert _survey(context).disagreements[:3] == []


@pytest.mark.parametrize("context", CONTEXTS)
def test_every_law_is_exercised(context: str) -> None:
    """The premise of every law that applies is true somewhere in the sequences of every context."""
    assert [law.id for law in _monitor(CONTEXTS[context]).laws if not _survey(context).exercised[law.id]] == []


def test_no_law_is_vacuous() -> None:
    """Every law is broken somewhere in the sequences, and kept somewhere with its premise true."""
    surveys = [_survey(context) for context in CONTEXTS]
    assert [law for law in LAWS if not any(survey.broken[law] for survey in surveys)] == []
    assert [law for law in LAWS if not any(survey.kept[law] for survey in surveys)] == []


@given(st.lists(st.integers(0, 2**16 - 1), max_size=CHOICES), st.sampled_from(sorted(CONTEXTS)))
@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_disagreements_shrink(choices: list[int], context: str) -> None:
    """Monitor and offline check agree; where they do not, Hypothesis finds the shortest sequence that shows it."""
    survey = Survey(Counter(), Counter(), Counter(), [])
    assert list(_differences(interpret(choices), CONTEXTS[context], survey)) == []


def _everything(monitor: Monitor) -> tuple[object, ...]:
    """All that a monitor knows, but for how often laws were exercised, which is not undone."""
    return (
        monitor.timeline.fingerprint,
        monitor.fingerprint,
        monitor.standing,
        tuple(monitor.breaches),
        [monitor.memory(law.id) for law in monitor.laws],
        {(law.id, locus) for law, locus, _ in monitor.broken()},
        snapshot_of(monitor.timeline),
    )


def test_undo_leads_back() -> None:
    """Undone event by event, a monitor is where it was before each of them, and at last as on its first day."""
    sequences = [interpret(_choices(seed)) for seed in range(1_000)] + [situation(seed) for seed in range(100)]
    for events in sequences:
        monitor, known = _monitor(Context()), list[tuple[object, ...]]()
        for event in events:
            known.append(_everything(monitor))
            monitor.apply(event)
        for event in reversed(events):
            monitor.undo(event)
            assert _everything(monitor) == known.pop()
        assert _everything(monitor) == _everything(_monitor(Context()))


def test_every_law_is_computed_twice() -> None:
    """There is an offline check for every law, and for nothing else."""
    assert set(OFFLINE) == set(LAWS)
