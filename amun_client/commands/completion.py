"""`amun completion SHELL`: a script for the shell that completes commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from amun_client.command import AmunCommand
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.session import Session


@click.command(cls=AmunCommand)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print a completion script. For bash: source <(amun completion bash)."""
    session: Session = context.obj
    kind = get_completion_class(shell)
    if kind is None:
        raise UsageFaultError(f"no completion for {shell}")
    maker = kind(context.find_root().command, {}, "amun", "_AMUN_COMPLETE")
    # the source alone: asking bash for its version would start it
    session.console.answer(maker.source_template % maker.source_vars())
    return ExitCode.DONE
