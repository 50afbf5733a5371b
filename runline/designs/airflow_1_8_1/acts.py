"""What the operator's acts do in Airflow 1.8.1, where they differ from April 2016 (semantics 4.4, V50-V54)."""

from __future__ import annotations

from runline.designs.commands import OPERATOR, Look, RunTask
from runline.designs.design import Design
from runline.designs.legacy.acts import instance_of, refused
from runline.designs.rule import rule
from runline.designs.worker import Start
from runline.model.records import NO_RUN
from runline.model.steps import Commit
from runline.model.view import TimelineView


@rule("V53", "V26", "L52")
def run_if_it_may_begin(design: Design, timeline: TimelineView, act: RunTask) -> Commit:
    """A task run by hand is tested like any start, its date included; it makes an instance if it runs, and never a run."""
    pair = instance_of(timeline, act)
    if pair is None:
        return refused(act.dag, "run_task", f"the DAG has no task {act.task}", act.at, "V53")
    held = design.start(design, timeline, Look(act.dag, act.at, OPERATOR, pair.version), pair, False)
    if held is not None:
        return refused(act.dag, "run_task", held.reason, act.at, "V53")
    return Commit((), None, (Start(design, pair.key, NO_RUN, OPERATOR, act.at),))
