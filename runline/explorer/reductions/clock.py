"""The clock of a process that is under way: when it began, which nothing may ever be compared with.

A look that has found its date, and a job that works off its dates, keep when they began, and stamp with it what happens.
Rules compare it with the dates of runs and instances, with what a retry waits for, and with the time that a run has. Where
there are no retries and no such times, and all dates that ever stand have come when the clock starts, that is the same
whatever the instant is; and so it is for laws of a scheduled run that is made, as long as its period is the same and nothing
is left out for being late. That a scheduled run is made only when its period has ended keeps later dates away, if a period is
longer than the clock runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from runline.designs.design import Design
from runline.designs.legacy.creation import period_has_ended
from runline.model.dags import DagVersion
from runline.model.instants import Instant
from runline.model.schedules import Cron, Delta
from runline.simulator import actions
from runline.simulator.scenario import Clock, Scenario

_CHANGES = actions.ClockAct | actions.Deploy | actions.Parse
"""Acts by which instants, or the periods of dates, become others."""
_DATES = "date", "from_", "to"
"""How acts name dates; one that is not given is now."""


def all_dates_have_come(scenario: Scenario, design: Design, versions: Iterable[DagVersion]) -> bool:
    """Whether no run or instance ever has a date that lies after the start of the clock."""
    start = scenario.clock.start
    named = [getattr(action, name) for action in scenario.actions for name in _DATES if hasattr(action, name)]
    if any(date is None or date > start for date in named) or design.closed is not period_has_ended:
        return False
    changes = any(isinstance(action, _CHANGES) for action in scenario.actions)
    return not changes and all(_makes_none(version, scenario.clock) for version in versions)


def _makes_none(version: DagVersion, clock: Clock) -> bool:
    """Whether no period that begins after the start of a clock ends by its end."""
    starts: list[Instant | None] = [version.start_date, *(version.start_of(task.id) for task in version.tasks)]
    if not isinstance(version.schedule, Cron | Delta) or any(
        each is not None and each > clock.start for each in starts
    ):
        return False
    first = version.schedule.next_after(clock.start)
    end = None if first is None else version.schedule.next_after(first)
    return end is None or end > clock.end


def instants_matter(version: DagVersion) -> bool:
    """Whether instants are compared with more than dates: what a retry waits for, the time of a run, the last period."""
    return version.dagrun_timeout is not None or not version.catchup or any(task.retries for task in version.tasks)
