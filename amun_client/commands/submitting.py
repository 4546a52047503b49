"""What `amun inspection submit` and `amun inspect` share: the options, sending, waiting, Ctrl-C."""

from __future__ import annotations

import functools
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from amun_client import exit_codes
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.progress import count, watching
from amun_client.result_text import result_rows
from amun_client.session import Session
from amun_client.submission import (
    Overrides,
    build,
    read_specification,
    script_without_stack,
)
from amun_client.waiting import wait_for_end
from amun_core.specification import EngineChoice

_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Submission:
    """A specification's file and what the options lay over it."""

    file: str | None
    overrides: Overrides


_OPTIONS = (
    click.argument("file", required=False),
    click.option("--lock", type=_FILE, help="Lock file: Pipfile.lock, pylock.toml, requirements."),
    click.option("--indicator", help="Performance indicator; see `amun indicator list`."),
    click.option("--framework", help="Framework the indicator runs on."),
    click.option("--preset", help="Named parameters of the indicator, under those of -p."),
    click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE"),
    click.option("--script", type=_FILE, help="Your own script instead of an indicator."),
    click.option("--base", metavar="IMAGE", help="Base image; absent: this host's Python."),
    click.option("--engine", type=click.Choice([choice.value for choice in EngineChoice])),
    click.option(
        "--runs",
        type=click.IntRange(1, 1000),
        help="Exactly so many fresh runs; with --precision the fewest.",
    ),
    click.option(
        "--precision",
        metavar="PERCENT",
        help="Add runs until the median is known so well; default 2% for an indicator without --runs.",
    ),
    click.option(
        "--max-runs", type=click.IntRange(6, 240), help="With --precision: no more than these; 60."
    ),
    click.option("--max-time", metavar="TIME", help="With --precision: 90s, 5m, 1h; default 5m."),
    click.option("--label", "labels", multiple=True, metavar="KEY=VALUE"),
    click.option("--identifier", help="Becomes part of the id."),
)


def submission_options(command: Callable[..., int]) -> Callable[..., int]:
    """FILE and the options; the command gets them as one `submission`."""

    @functools.wraps(command)
    def gathered(
        *args: Any,
        file: str | None,
        parameters: tuple[str, ...],
        labels: tuple[str, ...],
        **options: Any,
    ) -> int:
        names = (
            "lock", "indicator", "framework", "preset", "script", "base", "engine", "runs",
            "precision", "max_runs", "max_time", "identifier",
        )  # fmt: skip
        overrides = Overrides(
            parameters=parameters, labels=labels, **{name: options.pop(name) for name in names}
        )
        return command(*args, submission=Submission(file, overrides), **options)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def specification_of(submission: Submission) -> dict[str, Any]:
    """The document to send."""
    wanted = submission.overrides
    if submission.file is None:
        if wanted.lock is None and wanted.indicator is None and wanted.script is None:
            raise UsageFaultError(
                "nothing to submit: name a FILE, or use --lock and --indicator",
                hint="amun inspection submit --lock Pipfile.lock --indicator matmul --framework numpy",
            )
        return build({}, Path.cwd(), wanted)
    document, folder = read_specification(submission.file, sys.stdin)
    return build(document, folder, wanted)


def submit_and_wait(
    session: Session, submission: Submission, *, wait: bool, interval_seconds: float
) -> int:
    """Send, and with `wait` see it through to its result."""
    console = session.console
    specification = specification_of(submission)
    if script_without_stack(specification):
        console.warning("no lock was given: nothing is installed, the script finds the bare Python")
    python = specification.get("python") or {}
    if "script" in specification and not (python.get("lock") or python.get("requirements_locked")):
        console.warning("no lock: nothing is installed for the script, it has the base's packages")
    accepted = session.client.submit(specification, key=str(uuid.uuid4()))
    for warning in accepted["warnings"]:
        console.warning(warning["message"], pointer=warning["pointer"])
    identity = accepted["id"]
    if not wait:
        if session.taste.json:
            console.document(accepted)
        else:
            console.answer(identity)
            console.story(f"watch it with `amun inspection watch {identity}`")
        return ExitCode.DONE
    console.story(f"submitted {identity}")
    try:
        with watching(console) as watcher:
            inspection = wait_for_end(
                session.client, identity, watcher, interval_seconds=interval_seconds
            )
    except KeyboardInterrupt:
        return _cancel(session, identity)
    return _show(session, inspection)


def _show(session: Session, inspection: dict[str, Any]) -> int:
    result = session.client.results(inspection["id"])
    if session.taste.json:
        session.console.document({**result, "failure": inspection["failure"]})
    else:
        session.console.pairs(result_rows(result, inspection["failure"]))
    return exit_codes.of_state(inspection["state"])


def _cancel(session: Session, identity: str) -> int:
    """First Ctrl-C: ask that it ends and wait for that. A second one leaves at once."""
    console = session.console
    console.story(f"cancelling {identity}; Ctrl-C again leaves at once")
    try:
        session.client.cancel(identity)
        with watching(console) as watcher:
            inspection = wait_for_end(session.client, identity, watcher, interval_seconds=0.3)
    except KeyboardInterrupt:
        console.story(f"left; `amun inspection show {identity}` tells how it ended")
        return ExitCode.INTERRUPTED
    console.story(f"{inspection['state']}: kept {count(inspection)}")
    return ExitCode.INTERRUPTED
