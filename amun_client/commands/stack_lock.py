"""`amun stack lock`: one stack of the space as a lock that installs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from amun_client.command import AmunCommand
from amun_client.commands.stack_asking import answer_of
from amun_client.commands.stack_options import SCORES, shared_options
from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.session import Session
from amun_client.stack.request import json_file
from amun_core.specification import LockFormat
from amun_core.stack_request import LARGEST_SEED, StackVerb


@click.command(cls=AmunCommand)
@shared_options
@click.option("--rank", metavar="N", help="The stack with this rank; `amun stack list` tells it.")
@click.option("--seed", type=click.IntRange(0, LARGEST_SEED), help="A stack drawn at random.")
@SCORES
@click.option(
    "--format",
    "lock_format",
    type=click.Choice([one.value for one in LockFormat]),
    default=LockFormat.REQUIREMENTS.value,
    show_default=True,
    help="Pipfile.lock comes with its Pipfile.",
)
@click.option("--all-files", is_flag=True, help="Every file of each version, for other platforms.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write the files here; a Pipfile.lock needs one.",
)
@click.pass_obj
def lock(
    session: Session,
    /,
    what: tuple[str, ...],
    rank: str | None,
    seed: int | None,
    scores: Path | None,
    lock_format: str,
    all_files: bool,
    output: Path | None,
    **given: Any,
) -> int:
    """Write one stack as a lock: the best, the one with a rank, or one drawn at random.

    By default the lock has the hash of exactly the file that the environment installs.

    \b
    amun stack lock flask > requirements.txt
    amun stack lock Pipfile --rank 1234 --format Pipfile.lock --output locked/
    amun stack lock tensorflow --seed 7 --format pylock.toml --output .
    """  # noqa: D301
    if sum(one is not None for one in (rank, seed, scores)) > 1:
        raise UsageFaultError("--rank, --seed and --scores exclude each other")
    if lock_format == LockFormat.PIPFILE_LOCK and output is None and not session.taste.json:
        raise UsageFaultError("a Pipfile.lock comes with its Pipfile: say where with --output")
    document = answer_of(
        session,
        StackVerb.LOCK,
        given,
        what,
        rank=rank,
        seed=seed,
        scores=None if scores is None else json_file(scores),
        lock_format=lock_format,
        all_files=all_files or None,
    )
    files: dict[str, str] = document["files"]
    if output is not None:
        _write(session, output, files)
    if session.taste.json:
        session.console.document(document)
    elif output is None:
        session.console.answer("".join(files.values()).rstrip("\n"))
    return ExitCode.DONE


def _write(session: Session, folder: Path, files: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
            session.console.story(f"wrote {folder / name}")
    except OSError as error:
        raise UsageFaultError(f"{folder}: {error.strerror}") from None
