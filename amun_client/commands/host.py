"""`amun host ...`: the hosts that have measured, and what each can detect."""

from __future__ import annotations

from typing import Any

import click

from amun_client.command import AmunGroup
from amun_client.exit_codes import ExitCode
from amun_client.host_text import host_rows, list_table
from amun_client.session import Session


@click.group(cls=AmunGroup)
def host() -> None:
    """See the hosts that have measured, and what each can detect (`amun calibrate`)."""


@host.command(name="list")
@click.pass_obj
def list_(session: Session) -> int:
    """List the hosts with their latest calibration."""
    found: dict[str, Any] = session.client.hosts()
    if session.taste.json:
        session.console.document(found)
        return ExitCode.DONE
    if not found["hosts"]:
        session.console.story("no host has measured yet")
        return ExitCode.DONE
    header, rows = list_table(found["hosts"])
    session.console.table(header, rows, right=[4, 5])
    return ExitCode.DONE


@host.command()
@click.argument("identity", metavar="ID")
@click.pass_obj
def show(session: Session, identity: str) -> int:
    """Show one host: its hardware and its calibrations."""
    document = session.client.host(identity)
    if session.taste.json:
        session.console.document(document)
    else:
        session.console.pairs(host_rows(document))
    return ExitCode.DONE
