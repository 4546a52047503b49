"""`amun help [TOPIC]`: exit codes, or the help of a command."""

from __future__ import annotations

import click

from amun_client.command import AmunCommand, unknown_name
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import MEANINGS, ExitCode
from amun_client.session import Session

TOPICS = ("exit-codes",)


@click.command(name="help", cls=AmunCommand)
@click.argument("topic", nargs=-1)
@click.pass_context
def help_(context: click.Context, topic: tuple[str, ...]) -> int:
    """Help on a TOPIC (exit-codes) or on a command."""
    session: Session = context.obj
    root = context.find_root()
    if topic == ("exit-codes",):
        if session.taste.json:
            session.console.document({str(int(code)): text for code, text in MEANINGS.items()})
        else:
            session.console.pairs([(str(int(code)), text) for code, text in MEANINGS.items()])
        return ExitCode.DONE
    command, at = root.command, root
    for name in topic:
        known = command.list_commands(at) if isinstance(command, click.Group) else []
        found = command.get_command(at, name) if isinstance(command, click.Group) else None
        if found is None:
            raise UsageFaultError(unknown_name("topic", name, [*known, *TOPICS]))
        command, at = found, click.Context(found, info_name=name, parent=at)
    session.console.answer(command.get_help(at))
    return ExitCode.DONE
