"""`amun inspect FILE`: submit, wait, show the result."""

from __future__ import annotations

import click

from amun_client.command import AmunCommand
from amun_client.commands.submitting import Submission, submission_options, submit_and_wait
from amun_client.session import Session


@click.command(cls=AmunCommand)
@submission_options
@click.option(
    "--interval",
    type=click.FloatRange(0.1, 3600),
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.pass_obj
def inspect(session: Session, submission: Submission, interval: float) -> int:
    """Submit the specification in FILE, wait for its end, show the result.

    Ctrl-C cancels the inspection; a second one leaves at once.
    """
    return submit_and_wait(session, submission, wait=True, interval_seconds=interval)
