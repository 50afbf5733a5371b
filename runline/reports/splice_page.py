"""The page about the splice, ``docs/review-splice.md``: generated, never edited by hand.

python -m runline.reports.splice_page

What it consists of stands in ``docs/review-splice.toml``: scopes, each a scenario and how many crashes. Each is explored with
the splice cut in two ways, and with each thing that a database can keep; everything else comes out of that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from runline.designs.catalog import find_design
from runline.explorer.explore import Counterexample, Exploration, explore
from runline.explorer.question import explorable
from runline.invariants.law import Evidence, Kind, Law, StepLaw
from runline.invariants.laws import ALL_LAWS
from runline.model.events import Raised
from runline.reports.design_review import DOCS
from runline.reports.steps import steps_of
from runline.simulator.guards import GUARDS
from runline.simulator.scenario import Scenario
from runline.simulator.scenario_file import read

NAME = "review-splice"
PICTURES = "splice"
DESIGN = "coherent"
WHOLE, CUT, TOGETHER = "whole", "parts", "transaction"
WRITINGS = {CUT: "Commit by commit", TOGETHER: "In one transaction"}
"""How the splice may be cut: the value of the option, and how it is told."""


class Scope(BaseModel):
    """What is explored: a scenario, and how many processes may die."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    scenario: str
    crashes: int = 0


class Plan(BaseModel):
    """What the page consists of."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str
    introduction: str
    why: str
    writings: str
    guards: str
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]


class Setting(NamedTuple):
    """What the database keeps: a guard, or a level of isolation; what that is in SQL, and what it does."""

    name: str
    sql: str
    sentence: str
    guards: tuple[str, ...] = ()
    isolation: str = "read committed"


NOTHING = Setting("nothing", "", "nothing")
SETTINGS = (
    *(Setting(guard.name, guard.sql, guard.sentence, (guard.name,)) for guard in GUARDS.values()),
    Setting(
        "repeatable-read",
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "as PostgreSQL has it: a transaction begins anew that would write a row which another has written since it began",
        isolation="repeatable read",
    ),
    Setting(
        "serializable",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "a transaction begins anew that would write after another has written anything of the DAG since it began",
        isolation="serializable",
    ),
)
"""What can be switched on, one at a time."""


def _always(event: Raised, timeline: object, context: object) -> Evidence:
    return Evidence("{}", (event.error,))


_NO_ERROR = StepLaw(
    id="no-error", kind=Kind.STEP, sentence="Nobody meets an error.", source="", judge={Raised: _always}
)
"""Found broken where the database refuses something; the shortest history to that is wanted like any other."""


class Found(NamedTuple):
    """What came of a scope: the laws that break for good and after how many moves, and the errors that are met.

    ``error``: the shortest history to one, if there is one; ``alone``: one is met even where nobody comes in between.
    """

    explored: Exploration
    broken: Mapping[str, Counterexample]
    error: Counterexample | None
    alone: bool


Results = Mapping[tuple[str, str], Sequence[Found]]
"""By writing and setting, what came of each scope."""


def read_plan(path: Path) -> Plan:
    """What the page consists of, from its file."""
    return Plan.model_validate(tomllib.loads(path.read_text("utf-8")))


@cache
def results(plan: Plan) -> Results:
    """Every scope under every setting, with the splice cut in either way."""
    pairs = [(writing, setting) for writing in WRITINGS for setting in (NOTHING, *SETTINGS)]
    return {
        (writing, setting.name): [found(scope, writing, setting) for scope in plan.scopes] for writing, setting in pairs
    }


def found(scope: Scope, writing: str, setting: Setting) -> Found:
    """All histories of a scope."""
    given = written(read(Path(scope.scenario)), writing, setting)
    explored = _explored(given, scope.crashes, setting, [*laws(), _NO_ERROR])
    ways = {law: way for law, way in explored.counterexamples.items() if way.lasting}
    error = ways.pop(_NO_ERROR.id, None)
    return Found(explored, ways, error, error is not None and _meets_errors_alone(given, setting))


def written(given: Scenario, writing: str, setting: Setting = NOTHING) -> Scenario:
    """The scenario with its splice written in that way, at that isolation."""
    designs = {**given.designs, DESIGN: {**given.designs.get(DESIGN, {}), "splice": writing}}
    processes = given.processes.model_copy(update={"isolation": setting.isolation})
    return given.model_copy(update={"designs": designs, "processes": processes})


def _explored(given: Scenario, crashes: int, setting: Setting, judged: Sequence[Law]) -> Exploration:
    explored = explore(given, DESIGN, laws=judged, crashes=crashes, guards=setting.guards)
    assert explored.found.complete, "a scope of this page has to be small enough to be gone through"
    return explored


def _meets_errors_alone(given: Scenario, setting: Setting) -> bool:
    """Whether an error is met even where each operation runs through before another begins."""
    processes = given.processes.model_copy(update={"interleave": "atomic"})
    explored = _explored(given.model_copy(update={"processes": processes}), 0, setting, [_NO_ERROR])
    return bool(explored.broken)


@cache
def laws() -> tuple[Law, ...]:
    """The laws that the proposal promises and that an exploration can judge."""
    promised = find_design(DESIGN).promises
    return tuple(law for law in explorable(()) if law.id in promised)


# ------------------------------------------------------------------------------ the page


def page(plan: Plan) -> str:
    """The whole page as Markdown."""
    came = results(plan)
    parts = [
        f"# {plan.title}\n\nGenerated by `python -m runline.reports.splice_page`.\n\n{plan.introduction}",
        f"## The answer\n\n{_listed(_answer(plan, came))}\n\n{plan.why.strip()}",
        f"## How it is written, and where\n\n{plan.writings.strip()}\n\n{_scopes(plan, came)}",
        f"## What a database can keep\n\n{plan.guards.strip()}\n\n{_settings()}",
        *(f"## {title}: where laws break\n\n{_matrix(came, writing)}" for writing, title in WRITINGS.items()),
        "## Each law, and the shortest history that breaks it",
        *(_law(plan, came, law) for law in _breaking(came)),
        "## What a refusal looks like",
        *_refusals(plan, came),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _letters(numbers: Sequence[int]) -> str:
    return " ".join(ascii_uppercase[number] for number in numbers)


def _listed(sentences: Iterator[str]) -> str:
    return "\n".join(f"* {sentence}" for sentence in sentences)


def _joined(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _where(came: Results, writing: str, setting: str, law: str) -> list[int]:
    """The scopes in which a law breaks."""
    return [number for number, each in enumerate(came[writing, setting]) if law in each.broken]


def _breaking(came: Results, writing: str = "", setting: str = NOTHING.name) -> list[str]:
    """The laws that break in some scope, most basic first."""
    writings = [writing] if writing else list(WRITINGS)
    return [law.id for law in laws() if any(_where(came, each, setting, law.id) for each in writings)]


def _answer(plan: Plan, came: Results) -> Iterator[str]:
    """Which writing needs what, in sentences."""
    yield f"In short: {'; '.join(_repairs(came))}."
    whole = [found(scope, WHOLE, NOTHING) for scope in plan.scopes]
    broken = sorted({law for each in whole for law in each.broken})
    kept = f"breaks {_joined(broken)}" if broken else f"keeps all {len(laws())} laws in all {len(plan.scopes)} scopes"
    yield f"Read and written **whole**, in one instant, the splice {kept}, with nothing switched on."
    for writing, title in WRITINGS.items():
        yield _broken_sentence(came, writing, title)
        keeping = [setting for setting in SETTINGS if not _breaking(came, writing, setting.name)]
        without = [f"`{each.name}`" for each in keeping if _is_kept(came, writing, each)]
        with_error = [each for each in keeping if not _is_kept(came, writing, each)]
        if without:
            yield (
                f"{title}, {_joined(without, 'or')} **alone repairs it**: every law holds in every scope, "
                "and nobody meets an error."
            )
        else:
            yield f"{title}, **no single constraint or lock repairs it**. {_nearest(came, writing)}"
        yield from (_costs(came, writing, title, setting) for setting in with_error)


def _repairs(came: Results) -> Iterator[str]:
    """For each writing, what repairs it at no cost."""
    for writing, title in WRITINGS.items():
        repairing = [f"`{each.name}`" for each in SETTINGS if _is_kept(came, writing, each)]
        yield f"{title.lower()}, {f'one of {_joined(repairing)} is enough' if repairing else 'nothing alone is enough'}"


def _is_kept(came: Results, writing: str, setting: Setting) -> bool:
    """Whether all laws hold in all scopes, and nobody meets an error."""
    return not any(each.broken or each.error for each in came[writing, setting.name])


def _broken_sentence(came: Results, writing: str, title: str) -> str:
    broken = _breaking(came, writing)
    return f"{title}, with nothing switched on, {len(broken)} laws break: {_joined([f'`{law}`' for law in broken])}."


def _nearest(came: Results, writing: str) -> str:
    """What comes nearest to keeping all laws, and what it leaves."""
    left = {
        setting.name: {law: _where(came, writing, setting.name, law) for law in _breaking(came, writing, setting.name)}
        for setting in SETTINGS
    }
    name = min(left, key=lambda each: sum(map(len, left[each].values())))
    told = [f"`{law}` ({_letters(scopes)})" for law, scopes in left[name].items()]
    return f"What leaves least is `{name}`: there still break {_joined(told)}."


def _costs(came: Results, writing: str, title: str, setting: Setting) -> str:
    """What a constraint under which all laws hold does instead."""
    met = [number for number, each in enumerate(came[writing, setting.name]) if each.error is not None]
    alone = [number for number in met if came[writing, setting.name][number].alone]
    said = f"{title}, `{setting.name}` keeps every law by refusing: somebody meets an error in {_letters(met)}"
    return f"{said}, in {_letters(alone)} even where nobody comes in between." if alone else f"{said}."


# -------------------------------------------------------------------------------- tables


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], "|--" * len(head) + "|", *lines[1:]])


def _scopes(plan: Plan, came: Results) -> str:
    rows = [
        [
            ascii_uppercase[number],
            f"[{scope.title}]({Path(scope.scenario).relative_to(DOCS).as_posix()})",
            *(f"{came[writing, NOTHING.name][number].explored.found.distinct_states:,}" for writing in WRITINGS),
        ]
        for number, scope in enumerate(plan.scopes)
    ]
    return _table(["", "scope", *(f"states {title.lower()}" for title in WRITINGS.values())], rows)


def _settings() -> str:
    return _table(["", "as SQL says it", "so"], [[f"`{name}`", f"`{sql}`", why] for name, sql, why, *_ in SETTINGS])


def _matrix(came: Results, writing: str) -> str:
    """Where each law breaks, with nothing switched on and under each setting, and where errors are met."""
    names = [NOTHING.name, *(setting.name for setting in SETTINGS)]
    rows = [
        [f"`{law}`", *(_letters(_where(came, writing, name, law)) for name in names)]
        for law in _breaking(came, writing)
    ]
    new = {law for name in names for law in _breaking(came, writing, name)} - set(_breaking(came, writing))
    rows += [[f"`{law}`", *(_letters(_where(came, writing, name, law)) for name in names)] for law in sorted(new)]
    rows.append(["*an error is met*", *(_errors(came[writing, name]) for name in names)])
    return (
        _table(["law", NOTHING.name, *(f"`{name}`" for name in names[1:])], rows)
        + "\n\nWhere a cell is empty the law holds in every scope. Bold: the error is met even where nobody comes in between."
    )


def _errors(each: Sequence[Found]) -> str:
    letters = zip(ascii_uppercase, each, strict=False)
    return " ".join(f"**{letter}**" if found.alone else letter for letter, found in letters if found.error is not None)


# ----------------------------------------------------------------------------- histories


def shortest(came: Results, law: str) -> tuple[str, int, Counterexample]:
    """The shortest history in which a law breaks with nothing switched on: its writing, its scope, its moves."""
    ways = [
        (len(each.broken[law].moves), number, writing, each.broken[law])
        for writing in WRITINGS
        for number, each in enumerate(came[writing, NOTHING.name])
        if law in each.broken
    ]
    cut = [way for way in ways if way[2] == CUT]
    _, number, writing, way = min(cut or ways, key=lambda way: way[:2])
    return writing, number, way


def _law(plan: Plan, came: Results, law: str) -> str:
    writing, number, way = shortest(came, law)
    parts = [
        f"### `{law}`",
        ALL_LAWS[law].sentence,
        "\n".join(f"* {line}" for line in _kept_by(came, law)),
        f"{WRITINGS[writing]}, scope {ascii_uppercase[number]}, after {len(way.moves)} moves:",
        _moves(way),
        "\n".join(f"> {sentence}" for sentence in way.sentences),
        f"![{law}]({picture(law)})",
        f"    {_command(plan.scopes[number])} --law {law}",
    ]
    return "\n\n".join(parts)


def _kept_by(came: Results, law: str) -> Iterator[str]:
    """Where a law breaks, and what keeps it in all scopes, with or without an error."""
    for writing, title in WRITINGS.items():
        where = _where(came, writing, NOTHING.name, law)
        if not where:
            yield f"{title} it holds."
            continue
        keeping = [each.name for each in SETTINGS if not _where(came, writing, each.name, law)]
        silent = [f"`{name}`" for name in keeping if not any(came[writing, name][number].error for number in where)]
        loud = [f"`{name}`" for name in keeping if f"`{name}`" not in silent]
        said = [f"kept by {_joined(silent)}"] if silent else []
        said += [f"an error instead under {_joined(loud)}"] if loud else []
        yield f"{title} it breaks in {_letters(where)}; {'; '.join(said) or 'nothing keeps it'}."


def _moves(way: Counterexample) -> str:
    return "\n".join(f"{step.number}. {step.told}" for step in steps_of(way.gone.outcome))


def picture(law: str) -> str:
    """Where the chart of a law's shortest history is, as seen from the page."""
    return f"{PICTURES}/{law}.svg"


def _command(scope: Scope) -> str:
    crashes = f" --crashes {scope.crashes}" if scope.crashes else ""
    return f"runline explore {scope.scenario}{crashes}"


def _refusals(plan: Plan, came: Results) -> Iterator[str]:
    """For each setting under which errors are met, the shortest history to one."""
    for setting in SETTINGS:
        for writing, title in WRITINGS.items():
            met = [
                (len(each.error.moves), at, each.error)
                for at, each in enumerate(came[writing, setting.name])
                if each.error
            ]
            if met:
                count, at, way = min(met, key=lambda each: each[:2])
                head = f"### `{setting.name}`, {title.lower()}\n\nScope {ascii_uppercase[at]}, after {count} moves:"
                yield f"{head}\n\n{_moves(way)}\n\n    {_command(plan.scopes[at])} --guard {setting.name}"


def main() -> None:
    """Write the page and its charts."""
    from runline.reports.simulated_chart import draw

    plan = read_plan(DOCS / f"{NAME}.toml")
    (DOCS / f"{NAME}.md").write_text(page(plan), "utf-8")
    came = results(plan)
    for law in _breaking(came):
        draw(shortest(came, law)[2].gone.outcome, DOCS / picture(law))


if __name__ == "__main__":
    main()
