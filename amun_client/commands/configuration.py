"""`amun config show`: what is set, and who set it."""

from __future__ import annotations

import click

from amun_client.command import AmunGroup
from amun_client.exit_codes import ExitCode
from amun_client.session import Session


@click.group(cls=AmunGroup)
def config() -> None:
    """Look at the settings."""


@config.command()
@click.option("--origin", is_flag=True, help="Show which of the sources won.")
@click.pass_obj
def show(session: Session, origin: bool) -> int:
    """Show every setting as it holds here.

    Order: option, AMUN_* variable, pyproject.toml [tool.amun] (the server only), the user's
    file config.toml, default.
    """
    rows = session.configuration.rows()
    if session.taste.json:
        session.console.document({"schema": "amun.configuration/1", "settings": rows})
        return ExitCode.DONE
    names = ["name", "value", "origin"] if origin else ["name", "value"]
    session.console.table(names, [[row[name] for name in names] for row in rows])
    return ExitCode.DONE
