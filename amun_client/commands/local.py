"""`amun up`, `amun down`, `amun status`: the service of this machine, as processes of their own."""

from __future__ import annotations

import subprocess
import sys

import click

from amun_client.command import AmunCommand
from amun_client.discovery import local_url
from amun_client.exit_codes import ExitCode
from amun_client.server_status import server_status, status_lines
from amun_client.session import Session


def _delegate(session: Session, action: str, *arguments: str) -> int:
    """Run `python -m amun_local` with our configuration; its exit code is ours."""
    command = [sys.executable, "-P", "-m", "amun_local", action, *arguments]
    if session.taste.json:
        command.append("--json")
    quiet = subprocess.DEVNULL if session.taste.quiet else None
    with subprocess.Popen(
        command, env=dict(session.configuration.environ), stderr=quiet
    ) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # it got the same signal from the terminal: let it end in order
                continue


@click.command(cls=AmunCommand)
@click.option("--foreground", is_flag=True, help="Stay here; Ctrl-C stops the service.")
@click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port.")
@click.pass_obj
def up(session: Session, foreground: bool, port: int | None) -> int:
    """Start the service on this machine: API, Redis, dispatcher, builder, measurer, solver, reaper.

    Prints the address. Calling it again is harmless.
    """
    arguments = ["--foreground"] if foreground else []
    if port is not None:
        arguments += ["--port", str(port)]
    return _delegate(session, "up", *arguments)


@click.command(cls=AmunCommand)
@click.pass_obj
def down(session: Session) -> int:
    """Stop the service of this machine. What was stored stays."""
    return _delegate(session, "down")


@click.command(cls=AmunCommand)
@click.pass_obj
def status(session: Session) -> int:
    """Show what runs, what answers, and which engines this host has.

    Of the server that was named (--server, AMUN_SERVER, the project's file), else of the service of
    this machine.
    """
    if not _names_another(session):
        return _delegate(session, "status")
    document = server_status(session.client)
    if session.taste.json:
        session.console.document(document)
    else:
        for line in status_lines(document):
            session.console.answer(line)
    return ExitCode.DONE


def _names_another(session: Session) -> bool:
    """Whether a server was named, and it is not the one that runs here: of that more is known."""
    if not session.names_a_server or session.server.found:
        return False
    return session.server.url != local_url(session.home)
