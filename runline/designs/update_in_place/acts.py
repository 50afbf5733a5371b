"""What the operator's acts do where each date has one run, and each instance the run of its date (semantics 4.2, 4.3)."""

from __future__ import annotations

from runline.designs.coherent.acts import manual_run_beside, run_by_hand, set_state_and_judge_again
from runline.designs.commands import OPERATOR, DeleteRun, RunTask, SetState, Trigger
from runline.designs.design import Design
from runline.designs.legacy.acts import manual_run, refused
from runline.designs.legacy.creation import clash
from runline.designs.rule import rule
from runline.designs.worker import Start
from runline.model.events import Event, RunCreated, RunDeleted, TaskDeleted
from runline.model.instants import short_instant
from runline.model.steps import Commit
from runline.model.view import TimelineView


@rule("U1", "J2", "H37")
def manual_run_of_date(design: Design, timeline: TimelineView, act: Trigger) -> Commit:
    """A manual run takes a date that no run has; refused where the DAG has a run of that date, or of that run_id."""
    record = manual_run(design, timeline, act)
    if clash(timeline, record):
        reason = f"there is a run at {short_instant(record.date)} or of that run_id"
        return refused(act.dag, "trigger", reason, act.at, "U1")
    return manual_run_beside(design, timeline, act)


@rule("U2", "J2", "H39")
def run_in_run_of_date(design: Design, timeline: TimelineView, act: RunTask) -> Commit:
    """A task run by hand runs in the run of its date; where there is none, a manual run of just that task is made."""
    outcome = run_by_hand(design, timeline, act)
    if timeline.runs_at(act.dag, act.date) or not outcome.sends:
        return outcome
    version = timeline.version(act.dag)
    assert version is not None
    trigger = Trigger(act.dag, act.at, act.date)
    record = manual_run(design, timeline, trigger)._replace(version=version.number, requested=(act.task,))
    if clash(timeline, record):
        return refused(act.dag, "run_task", f"there is a run {record.run_id}", act.at, "U1")
    sends = tuple(start._replace(run=record.id) for start in outcome.sends if isinstance(start, Start))
    return Commit((RunCreated(record, act.at, OPERATOR, "U2"), *outcome.events), None, sends)


@rule("U2", "H39")
def set_state_in_run(design: Design, timeline: TimelineView, act: SetState) -> Commit:
    """What is changed by hand counts at once, and the run of the date is judged again; without a run it is refused."""
    if timeline.runs_at(act.dag, act.date):
        return set_state_and_judge_again(design, timeline, act)
    return refused(act.dag, "set_state", f"there is no run at {short_instant(act.date)}", act.at, "U2")


@rule("U3", "U2", "H38")
def delete_with_instances(design: Design, timeline: TimelineView, act: DeleteRun) -> Commit:
    """With a run go its instances, which cannot be without one; the run before is computed, so nobody is relinked."""
    runs = timeline.runs_at(act.dag, act.date)
    if not runs:
        return refused(act.dag, "delete_run", f"there is no run at {short_instant(act.date)}", act.at, "U3")
    stamp = (act.at, OPERATOR, "U3")
    events: list[Event] = [RunDeleted(run.record(), True, *stamp) for run in runs]
    events += [TaskDeleted(row.record(), *stamp) for row in timeline.tasks_at(act.dag, act.date)]
    return Commit(tuple(events), None)
