"""`amun calibrate`: what a host can tell apart, from a stack compared with itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from amun_client.command import AmunCommand
from amun_client.commands.compare import INTERVAL, show_plan
from amun_client.commands.comparing import (
    Format,
    answering_of,
    measuring_options,
    options_of,
    send_and_wait,
    share_for,
)
from amun_client.comparison.arms import read_arm
from amun_client.comparison.request import Options, calibration_of
from amun_client.session import Session
from amun_client.submission import Overrides
from amun_core.comparison import (
    CALIBRATION_BLOCKS,
    FEWEST_CALIBRATION_BLOCKS,
    MOST_CALIBRATION_BLOCKS,
)

#: Framework -> the requirement whose newest release is measured.
PACKAGES = {"tensorflow": "tensorflow-cpu"}


@click.command(cls=AmunCommand)
@click.argument("stack", required=False)
@measuring_options
@click.option(
    "--blocks",
    "maximum_blocks",
    type=click.IntRange(FEWEST_CALIBRATION_BLOCKS, MOST_CALIBRATION_BLOCKS),
    help=f"Blocks of four runs, all of them measured; default {CALIBRATION_BLOCKS}.",
)
@click.option(
    "--format",
    "answer_format",
    type=click.Choice([Format.TEXT, Format.JSON, Format.MARKDOWN]),
    help="How to answer; default text. --json is --format json.",
)
@INTERVAL
@click.pass_obj
def calibrate(
    session: Session, /, stack: str | None, detach: bool, dry_run: bool, **given: Any
) -> int:
    """Find out what the host can detect: compare a stack with itself, built twice.

    STACK is a requirement, a lock file or a specification file; default: the newest numpy, measured
    by matmul with matrix_size=512.

    \b
    amun calibrate
    amun calibrate tensorflow-cpu==2.19.* --indicator conv2d --blocks 60

    Prints how often equal stacks would be called slower or faster, with its upper bound, and the
    least effect that is detected. It is stored with the host and shown beside each verdict.
    """  # noqa: D301
    options = _with_defaults(options_of(given))
    framework = str(options.overrides.framework or "numpy")
    words = stack or PACKAGES.get(framework, framework)
    asked = calibration_of(read_arm(words), options, share_for(session))
    answering = answering_of(session, given)
    if dry_run:
        return show_plan(session, asked, answering.format)
    return send_and_wait(
        session, asked, answering, detach=detach, interval_seconds=given["interval"]
    )


def _with_defaults(options: Options) -> Options:
    """Matmul of 512 where nothing is said."""
    given: Overrides = options.overrides
    if given.indicator is None:
        parameters = given.parameters or ("matrix_size=512",)
        given = replace(given, indicator="matmul", parameters=parameters)
    return replace(options, overrides=given)
