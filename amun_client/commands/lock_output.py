"""What `amun inspection lock` and `amun sweep lock` share: format, file, writing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from amun_client.errors import UsageFaultError
from amun_client.exit_codes import ExitCode
from amun_client.lock_writing import stored_lock, written
from amun_client.session import Session
from amun_core.specification import LockFormat

_OPTIONS = (
    click.option(
        "--format",
        "lock_format",
        type=click.Choice([one.value for one in LockFormat]),
        help="Default: as the name of -o says, else requirements.txt.",
    ),
    click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write it to FILE instead of stdout.",
    ),
)


def lock_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--format and -o."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def give_lock(
    session: Session,
    inspection_id: str,
    why: Sequence[str],
    lock_format: str | None,
    output: Path | None,
) -> int:
    """Print the lock of an inspection, or write it, with its justification."""
    wanted = LockFormat(lock_format) if lock_format else _format_of(output)
    stored = stored_lock(session.client.specification(inspection_id))
    text = written(stored, wanted, why)
    if session.taste.json:
        session.console.document(
            {
                "schema": "amun.lock/1",
                "inspection_id": inspection_id,
                "format": wanted.value,
                "content": text,
                "justification": list(why),
            }
        )
    if output is None:
        if not session.taste.json:
            session.console.answer(text.rstrip("\n"))
    else:
        _write(output, text)
        session.console.story(f"wrote {output}")
    if wanted is LockFormat.PIPFILE_LOCK:
        # JSON has no comments
        for line in why:
            session.console.story(line)
    return ExitCode.DONE


def _format_of(output: Path | None) -> LockFormat:
    name = "" if output is None else output.name.lower()
    if name == "pipfile.lock":
        return LockFormat.PIPFILE_LOCK
    if name.startswith("pylock.") and name.endswith(".toml"):
        return LockFormat.PYLOCK
    return LockFormat.REQUIREMENTS


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageFaultError(f"{path}: {error.strerror}") from None
