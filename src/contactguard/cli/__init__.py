"""The command line: `contactguard COMMAND`. A command's module is imported when that command runs, not before."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from ..errors import ContactGuardError

_COMMANDS = {
    "audit": "stored:audit",
    "backup": "keeping:backup",
    "bounce": "bouncing:bounce",
    "check": "checking:check",
    "doctor": "doctor:doctor",
    "history": "stored:history",
    "import": "importing:import_file",
    "keys": "stored:keys",
    "regimes": "regimes:regimes",
    "repairs": "repairing:repairs",
    "restore": "keeping:restore",
    "serve": "serving:serve",
    "stop": "stopping:stop",
    "stops": "stopping:stops",
}


_OUR_FAULT = 70
"""The exit status when this program failed, which is neither a no nor bad input."""


class _Lazy(click.Group):
    """A group that knows its commands by name and loads them one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="contactguard")
def cli() -> None:
    """The gate in front of every collections contact: may this contact start now?

    Exit status: 0 success, 1 a "no" (an expectation not met, a record that does not verify, a row refused),
    2 bad input.
    """


def main(args: Sequence[str] | None = None) -> None:
    """Run a command and exit: what is wrong with the input is one line on standard error and status 2."""
    try:
        status = cli.main(args, prog_name="contactguard", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "contactguard"
        _fail(f"{error.format_message()} ({where} --help says more)")
    except (click.ClickException, ContactGuardError) as error:
        _fail(error.format_message() if isinstance(error, click.ClickException) else str(error))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            _fail("this address and port are taken; name another with --port, or stop who listens there")
        _fail(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
    except Exception as error:
        if _about_files(error):
            _fail(str(error))
        traceback.print_exc()
        sys.exit(_OUR_FAULT)
    sys.exit(status if isinstance(status, int) else 0)


def _about_files(error: Exception) -> bool:
    """Whether a scenario or a rule file is to blame."""
    from ..law.rulebook import RuleError
    from ..law.scenario import ScenarioError

    return isinstance(error, RuleError | ScenarioError)


def _fail(line: str) -> NoReturn:
    click.echo("contactguard: " + " ".join(line.split()), err=True)
    sys.exit(2)
