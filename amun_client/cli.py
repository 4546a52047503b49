"""The command line `amun`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import click

from amun_client import exit_codes
from amun_client.command import AmunGroup
from amun_client.commands.calibrate import calibrate
from amun_client.commands.compare import compare
from amun_client.commands.comparison import comparison
from amun_client.commands.completion import completion
from amun_client.commands.configuration import config
from amun_client.commands.explain import explain
from amun_client.commands.help import help_
from amun_client.commands.host import host
from amun_client.commands.indicator import indicator
from amun_client.commands.inspect import inspect
from amun_client.commands.inspection import inspection
from amun_client.commands.local import down, status, up
from amun_client.commands.stack import stack
from amun_client.commands.study import study
from amun_client.commands.suite import suite
from amun_client.commands.sweep import sweep
from amun_client.errors import ClientError, UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.session import Session
from amun_core.errors import AmunError
from amun_core.redaction import shortened

USAGE_CODE = "A804"
#: Of a file, as far as an error repeats it.
_LONGEST_NAME = 80


@click.group(
    cls=AmunGroup,
    name="amun",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: `amun help exit-codes`. Each error code: `amun explain CODE`.",
)
@click.version_option(metadata.version("amun-service"), "--version", message="amun %(version)s")
def cli() -> None:
    """Find the stack that runs your program fastest.

    Which fully pinned software stack runs your program fastest on your hardware?

    \b
    amun up                                    start the service on this machine
    amun inspect inspection.yaml               measure a stack and wait for the result
    amun inspection submit --lock Pipfile.lock --indicator matmul \\
         --framework tensorflow -p matrix_size=512
    amun inspection list                       what was measured
    amun compare numpy==1.26.4 numpy==2.0.2 --indicator matmul    slower, faster, equivalent
    amun down                                  stop the service
    """  # noqa: D301  (\b is what click looks for)


for _command in (
    up,
    down,
    status,
    inspect,
    inspection,
    compare,
    comparison,
    calibrate,
    host,
    indicator,
    suite,
    stack,
    study,
    sweep,
    config,
    explain,
    completion,
    help_,
):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `amun` and end the process with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run `amun`; returns the exit code. No traceback reaches a person who did not ask for one."""
    session = Session(os.environ, Path.cwd())
    try:
        _refuse_unreadable(arguments)
        ended = cli.main(list(arguments), prog_name="amun", standalone_mode=False, obj=session)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        # who names a group alone asks what is in it
        session.console.answer(error.format_message())
        return ExitCode.DONE
    except (click.Abort, KeyboardInterrupt):
        session.console.story("interrupted")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        return _usage(session, error)
    except AmunError as error:
        session.console.error(error)
        if session.taste.debug:
            raise
        return exit_codes.of_error(error)
    except OSError as error:
        if session.taste.debug or not isinstance(error.filename, str):
            return _internal(session, error)
        session.console.error(
            UsageFaultError(f"{shortened(error.filename, _LONGEST_NAME)}: {error.strerror}")
        )
        return ExitCode.USAGE
    except Exception as error:
        return _internal(session, error)
    return int(ended) if isinstance(ended, int) else ExitCode.DONE


def _refuse_unreadable(arguments: Sequence[str]) -> None:
    """No name of a file and no text has these; each place that opens one would stumble over them."""
    for number, word in enumerate(arguments, 1):
        if "\x00" in word or (not word.isprintable() and _broken(word)):
            raise UsageFaultError(f"argument {number} is not text: it has a NUL or a broken byte")


def _broken(word: str) -> bool:
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _internal(session: Session, error: Exception) -> int:
    if session.taste.debug:
        raise error
    session.console.error(
        ClientError(f"internal error: {error!r}", hint="--debug shows where it happened")
    )
    return ExitCode.INTERNAL


def _usage(session: Session, error: click.ClickException) -> int:
    hint = None
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"`{error.ctx.command_path} --help` shows how it is used"
    fault = ClientError(error.format_message(), hint=hint)
    fault.code = USAGE_CODE
    session.console.error(fault)
    return ExitCode.USAGE
