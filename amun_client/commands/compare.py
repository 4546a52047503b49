"""`amun compare A B`: which of two stacks is faster, measured beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from amun_client.command import AmunCommand
from amun_client.commands.comparing import (
    Format,
    answering_of,
    answering_options,
    measuring_options,
    options_of,
    send_and_wait,
    share_for,
)
from amun_client.comparison.arms import read_arm
from amun_client.comparison.plan import plan_document, plan_rows
from amun_client.comparison.request import Asked, comparison_of
from amun_client.dry_check import check_comparison
from amun_client.exit_codes import ExitCode
from amun_client.session import Session
from amun_core.comparison import MOST_BLOCKS

INTERVAL = click.option(
    "--interval",
    type=click.FloatRange(0.1, 3600),
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)


@click.command(cls=AmunCommand)
@click.argument("a")
@click.argument("b")
@measuring_options
@click.option(
    "--script",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Your own script instead of an indicator.",
)
@click.option(
    "--max-blocks",
    "maximum_blocks",
    type=click.IntRange(1, MOST_BLOCKS),
    help=f"Blocks of four runs at most; default {MOST_BLOCKS}.",
)
@click.option(
    "--latest-each",
    is_flag=True,
    help="Resolve each requirement on its own instead of sharing every pin that validity allows.",
)
@answering_options
@INTERVAL
@click.pass_obj
def compare(session: Session, /, a: str, b: str, detach: bool, dry_run: bool, **given: Any) -> int:
    """Compare two stacks, and say whether B is slower than A, faster, or equivalent.

    A and B are requirements in words, lock files, specification files, or ids of stored inspections.

    \b
    amun compare numpy==1.26.4 numpy==2.0.2 --indicator matmul -p matrix_size=512
    amun compare 'tensorflow-cpu==2.12.*' 'tensorflow-cpu==2.19.*' --indicator conv2d --dry-run
    amun compare old/Pipfile.lock Pipfile.lock --indicator matmul --framework torch \\
         --fail-on slower:3% --format junit
    amun compare old.txt new.txt --script prog.py
    amun compare inspection.yaml pylock.toml
    amun compare inspection-1234abcd inspection-5678ef01

    The two are built, then measured in blocks of four fresh runs in random order on one host, until
    the interval of time B / time A decides. Exit codes: 1 a policy of --fail-on is broken, 6 the
    interval is too wide for the policy, 7 no stack fulfils the requirements, 8 not comparable.
    """  # noqa: D301
    asked = comparison_of(read_arm(a), read_arm(b), options_of(given), share_for(session))
    answering = answering_of(session, given)
    if dry_run:
        return show_plan(session, asked, answering.format)
    return send_and_wait(
        session, asked, answering, detach=detach, interval_seconds=given["interval"]
    )


def show_plan(session: Session, asked: Asked, answer_format: Format) -> int:
    """What would be done; nothing is sent. A request that the service refuses is refused here too."""
    check_comparison(asked.request)
    if answer_format is Format.JSON:
        session.console.document(plan_document(asked))
    else:
        session.console.pairs(plan_rows(asked))
    session.console.story("nothing was started")
    return ExitCode.DONE
