"""Has a question about stacks answered by a process of its own on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from amun_client.errors import ClientError, ResolvingFailedError
from amun_client.stack.errors import error_of
from amun_core.redaction import shortened

Document = dict[str, Any]


class Watcher(Protocol):
    """Sees what happens meanwhile."""

    def seen(self, progress: Document) -> None:
        """One event of progress: `stage` and figures."""


@dataclass(frozen=True, slots=True)
class Where:
    """What the answer is made from: a file, an index, a snapshot of it."""

    file: Path | None = None
    index: str | None = None
    offline: bool = False
    snapshot: Path | None = None
    save_snapshot: Path | None = None

    def arguments(self) -> list[str]:
        """Arguments of the process."""
        named = (
            ("--file", self.file),
            ("--index", self.index),
            ("--snapshot", self.snapshot),
            ("--save-snapshot", self.save_snapshot),
        )
        given = [part for option, value in named if value for part in (option, str(value))]
        return [*given, "--offline"] if self.offline else given


def ask(
    request: Mapping[str, Any], where: Where, watcher: Watcher, environ: Mapping[str, str]
) -> Document:
    """The answer. Raises what went wrong as an error of the client, with its code."""
    command = [sys.executable, "-P", "-m", "dependency_monkey", *where.arguments()]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,
        subprocess.Popen(
            command,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            encoding="utf-8",
        ) as process,
    ):
        try:
            document = _converse(process, json.dumps(request), watcher)
        except BaseException:  # Ctrl-C too: nobody waits for the answer any more
            process.kill()
            raise
        if document is None:
            raise _broken(said, process.wait())
    return document


def _converse(process: subprocess.Popen[str], question: str, watcher: Watcher) -> Document | None:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    try:
        process.stdin.write(question)
        process.stdin.close()
    except BrokenPipeError:
        return None
    for line in process.stdout:
        event = _event(line)
        if event["event"] == "answer":
            answer: Document = event["answer"]
            return answer
        if event["event"] == "error":
            raise error_of(event["error"])
        watcher.seen(event)
    return None


def _event(line: str) -> Document:
    try:
        event: Document = json.loads(line)
        event["event"]
    except (ValueError, KeyError, TypeError):
        raise ResolvingFailedError(f"not understood: {shortened(line.strip(), 200)}") from None
    return event


def _broken(said: IO[str], code: int) -> ClientError:
    said.seek(0)
    lines: Sequence[str] = said.read().strip().splitlines()
    if code in {-9, 137}:
        return ResolvingFailedError(
            "the answer took more memory than there is",
            hint="let fewer versions in: --last, --newer-than, narrower requirements",
        )
    return ResolvingFailedError(f"no answer came: {lines[-1] if lines else f'exit code {code}'}")
