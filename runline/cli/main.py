"""The command ``runline``: a thin layer over the library. Heavy modules are imported where a command needs them."""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from runline.model.errors import RunlineError, nearest

COMMANDS = {
    "review": "The main job: every scenario under every design, every recording, a report to look at.",
    "simulate": "Let a scenario happen once under a design.",
    "explore": "Let a scenario happen in every way that it can, and tell the shortest way to where a law breaks.",
    "fuzz": "Search generated histories for one in which a law breaks, and write the simplest as a scenario.",
    "diff": "Say where two designs come apart, or find the smallest scenario in which they do.",
    "replay": "Go through a recorded simulation again and say where it comes out otherwise.",
    "check": "Hold the laws against real histories, no model.",
    "conform": "Hold a design against what real code did.",
    "chart": "Draw the timeline of a recording, a scenario or a trace.",
    "ticks": "Say what a schedule will do, and what a change of it will do.",
    "validate": "Read files and say what is wrong with them, without checking any law.",
    "init": "Write a scenario file to start from.",
    "explain": "Say what a law, a design or a rule is and where it comes from.",
}
OK, VIOLATION, BAD_INPUT, BUDGET, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes."""


class _Commands(click.Group):
    """Commands by name, each in a module of its own that is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            raise RunlineError(f"there is no command {cmd_name!r}", value=cmd_name, remedy=nearest(cmd_name, COMMANDS))
        command = importlib.import_module(f"runline.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        import platform

        from runline.versions import versions

        named = {**versions(), "python": platform.python_version()}
        click.echo(", ".join(f"{name} {version}" for name, version in named.items()))
        ctx.exit()


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Name the versions of Runline, croniter, tzdata and Python.",
)
def cli() -> None:
    """Simulate and verify the timeline of DAG runs that a workflow scheduler makes.

    Exit codes: 0 all is well, 1 a law is broken or an expectation unmet, 2 bad input, 3 a limit was reached, 130
    interrupted.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code says how it went."""
    as_json = "--json" in arguments
    try:
        code = cli.main(args=list(arguments), prog_name="runline", standalone_mode=False)
        sys.stdout.flush()
    except RunlineError as error:
        return _fail(error, as_json)
    except click.ClickException as error:
        return _fail(_usage(error), as_json)
    except (KeyboardInterrupt, click.Abort):
        return _fail(RunlineError("interrupted"), as_json, INTERRUPTED)
    except SystemExit as error:  # click ends so when nobody reads on
        return OK if error.code == 1 else int(error.code or OK)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read the output has gone: say no more
        return OK
    except Exception as error:
        return _fail(_fault(error), as_json)
    return code if isinstance(code, int) else OK


def _fault(error: Exception) -> RunlineError:
    """What should not happen: an error of the machine, or a fault of ours. It must not look like a verdict."""
    if isinstance(error, OSError):
        return RunlineError(f"the machine says: {error.strerror or error}", file=error.filename)
    if os.environ.get("RUNLINE_TRACEBACK"):
        traceback.print_exception(error)
    return RunlineError(
        f"a fault of Runline itself: {type(error).__name__}: {error}",
        remedy="a report of this with what you gave it; RUNLINE_TRACEBACK=1 shows where it happened",
    )


def _usage(error: click.ClickException) -> RunlineError:
    """What click says of wrong words on the command line, as one of our errors."""
    message = error.format_message()
    remedy = key = None
    if isinstance(error, click.BadParameter) and error.param is not None:
        key = max(error.param.opts, key=len)
    if isinstance(error, click.NoSuchOption):
        message = f"there is no option {error.option_name!r}"
        remedy = f"did you mean {error.possibilities[0]!r}?" if error.possibilities else None
    if remedy is None and isinstance(error, click.UsageError) and error.ctx is not None:
        remedy = f"see `{error.ctx.command_path} --help`"
    return RunlineError(message, key=key, remedy=remedy)


def _fail(error: RunlineError, as_json: bool, code: int = BAD_INPUT) -> int:
    try:
        if as_json:
            click.echo(json.dumps({"error": error.as_dict()}))
        else:
            click.echo(f"runline: {error}", err=True)
    except OSError:
        pass  # nobody is left to tell
    return code


def main() -> NoReturn:
    """Start here."""
    sys.exit(run(sys.argv[1:]))


def print_json(value: Any) -> None:
    """Print one JSON object on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
