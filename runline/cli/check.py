"""``runline check``: the laws over real histories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from runline.cli.main import OK, VIOLATION, print_json
from runline.cli.options import json_option, name_option, paths_argument, say, tell_left_out

if TYPE_CHECKING:
    from runline.evidence.check import Checked
    from runline.invariants.verdict import Finding


@click.command("check")
@paths_argument
@click.option("--law", "laws", multiple=True, metavar="ID", help="Check only this law (may be given several times).")
@name_option
@json_option
def command(paths: tuple[str, ...], laws: tuple[str, ...], name: str | None, as_json: bool) -> int:
    """Hold the laws against the real histories in each PATH (a file of recordings, or a folder of such files).

    No model is asked: a law judges what was recorded. Steps count from 0, as in the files.
    """
    from runline.cli.progress import progress
    from runline.evidence.check import check
    from runline.evidence.read import LeftOut, count_lines, read_histories
    from runline.invariants.laws import find_laws

    wanted = find_laws(laws)
    left_out: list[LeftOut] = []
    histories = read_histories(paths, name, left_out)
    total = count_lines(paths) if name is None else None
    checks = [check(history, wanted) for history in progress(histories, "checking", total)]
    if as_json:
        print_json({**as_dict(checks), "left_out": [file._asdict() for file in left_out]})
    else:
        _tell(checks)
        tell_left_out(left_out)
    return VIOLATION if any(checked.violated for checked in checks) else OK


def as_dict(checks: Sequence[Checked]) -> dict[str, Any]:
    """What ``check --json`` prints."""
    from runline.evidence.summary import summarize
    from runline.versions import versions

    return {
        "versions": versions(),
        "recordings": [_recording(checked) for checked in checks],
        "summary": [
            {
                "tree": tree.tree,
                "recordings": tree.histories,
                "sound": tree.sound,
                "laws": [
                    {"invariant": law.law, "recordings": law.broken, "aspects": dict(sorted(law.aspects.items()))}
                    for law in tree.broken
                ],
            }
            for tree in summarize(checks).values()
        ],
    }


def _recording(checked: Checked) -> dict[str, Any]:
    history = checked.history
    return {
        "name": history.name,
        "tree": history.tree,
        "file": history.file,
        "line": history.line,
        "steps": len(history.moments),
        "violated": [_violation(finding) for finding in checked.findings],
        "verdicts": {verdict.law: verdict.status for verdict in checked.verdicts},
    }


def _violation(finding: Finding) -> dict[str, Any]:
    from runline.model.instants import format_instant

    evidence = finding.evidence
    return {
        "invariant": finding.law,
        "step": finding.step,
        "sentence": finding.sentence,
        "aspect": evidence.aspect,
        "dag": evidence.dag,
        "runs": list(evidence.runs),
        "dates": [format_instant(date) for date in evidence.dates],
        "task_instances": [[key.task, format_instant(key.date)] for key in evidence.instances],
        "rule": finding.rule,
        "lasting": finding.lasting,
        "implied_by": finding.known_by or None,
    }


def _tell(checks: Sequence[Checked]) -> None:
    if len(checks) == 1:
        _tell_one(checks[0])
        return
    from runline.evidence.summary import summarize

    for tree in summarize(checks).values():
        say()
        say(f"{tree.tree}: {tree.histories} histories, {tree.sound} break no law")
        for law in tree.broken:
            say(f"  {law.law:<24} broken in {law.broken:>4}   {_ways(law.aspects)}")
            assert law.shortest is not None
            checked, finding = law.shortest
            history = checked.history
            say(f"      {history.path}:{history.line} {history.name}, step {finding.step}: {finding.sentence}")
    if not checks:
        say("no histories")


def _ways(aspects: dict[str, int]) -> str:
    return ", ".join(f"{aspect} {count}" for aspect, count in sorted(aspects.items(), key=lambda item: -item[1]))


def _tell_one(checked: Checked) -> None:
    history = checked.history
    say(f"{history.tree} {history.name}" + (f": {history.note}" if history.note else ""))
    by_step: dict[int, list[Finding]] = {}
    for finding in checked.findings:
        by_step.setdefault(finding.step, []).append(finding)
    for moment in history.moments:
        say(f"  step {moment.number}: {moment.action}")
        for finding in by_step.get(moment.number, ()):
            falls = f"  (falls with {finding.known_by})" if finding.known_by else ""
            say(f"    {finding.law}: {finding.sentence}{falls}")
    for verdict in checked.verdicts:
        times = f" (premise true {verdict.exercised} times)" if verdict.exercised else ""
        say(f"  {verdict.law:<24} {verdict.status}{times}")
