"""`amun explain CODE`: what a code or a failure reason means and what to do."""

from __future__ import annotations

import click

from amun_client.command import AmunCommand, unknown_name
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.explanations import explanation, known_names
from amun_client.session import Session


@click.command(cls=AmunCommand)
@click.argument("code", required=False)
@click.pass_obj
def explain(session: Session, code: str | None) -> int:
    """Explain an error CODE (A101) or a failure reason (out_of_memory); all of them without one."""
    if code is None:
        everything = [explanation(name) for name in known_names()]
        if session.taste.json:
            session.console.document([found.document() for found in everything if found])
        else:
            session.console.pairs([(found.name, found.title) for found in everything if found])
        return ExitCode.DONE
    found = explanation(code)
    if found is None:
        raise UsageFaultError(
            unknown_name("code", code, known_names()), hint="`amun explain` lists them all"
        )
    if session.taste.json:
        session.console.document(found.document())
    else:
        session.console.answer(f"{found.name}: {found.title}\n\n{found.text}")
    return ExitCode.DONE
