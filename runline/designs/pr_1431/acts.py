"""What the operator's acts do in pull request 1431, where that is not as before (semantics 3.5, R40-R44)."""

from __future__ import annotations

from runline.designs.commands import OPERATOR, Pair, SetState, Trigger
from runline.designs.design import Design
from runline.designs.legacy.acts import manual_run, refused, state_by_hand
from runline.designs.pr_1431.order import place
from runline.designs.rule import rule
from runline.model.events import RunCreated
from runline.model.records import TaskKey
from runline.model.steps import Commit
from runline.model.view import TimelineView


@rule("R40", "L51", "R01")
def manual_run_anywhere(design: Design, timeline: TimelineView, act: Trigger) -> Commit:
    """A trigger inserts a run without previous and rows, at a date with other runs too; an equal run_id is refused."""
    record = manual_run(design, timeline, act)
    if any(run.run_id == record.run_id for run in timeline.runs(act.dag)):
        return refused(act.dag, "trigger", f"there is a run {record.run_id}", act.at, "R40")
    return Commit((RunCreated(record, act.at, OPERATOR, "R40"),), None)


@rule("R04", "L53")
def state_in_first_run(design: Design, timeline: TimelineView, act: SetState) -> Commit:
    """What is written by hand belongs to the run of the date whose run_id comes first, or to none."""
    version = timeline.version(act.dag)
    if version is None or act.task not in version.by_id:
        return refused(act.dag, "set_state", f"the DAG has no task {act.task}", act.at, "L53")
    run = min(timeline.runs_at(act.dag, act.date), key=place, default=None)
    key = TaskKey(act.dag, act.task, act.date)
    return state_by_hand(design, timeline, act, Pair(key, version.by_id[act.task], run, version))
