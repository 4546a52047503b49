"""`python -m dependency_monkey`: answers one question about the space of valid stacks.

The question, an `amun.stack-request/1`, is read from standard input. Lines of JSON go to standard
output: what happens meanwhile as {"event": "progress", ...}, then {"event": "answer", "answer": ...}
or {"event": "error", ...}. So whoever started this process can tell all three as its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from amun_core.errors import AmunError, InvalidInputError
from amun_core.redaction import redact_text
from amun_core.stack_request import parse_stack_request
from dependency_monkey.answers.opening import Where, opened
from dependency_monkey.answers.verbs import ANSWERS

#: No two lines of progress are closer together than this, s.
PROGRESS_SECONDS = 0.2


class Lines:
    """Writes events, one a line; progress of one stage is thinned out."""

    def __init__(self) -> None:
        self._stage = ""
        self._told_at = 0.0

    def progress(self, stage: str, figures: Mapping[str, Any]) -> None:
        """What happens now."""
        now = time.monotonic()
        if stage == self._stage and now - self._told_at < PROGRESS_SECONDS:
            return
        self._stage, self._told_at = stage, now
        self.write({"event": "progress", "stage": stage, **figures})

    def write(self, event: Mapping[str, Any]) -> None:
        """One line."""
        print(json.dumps(event), flush=True)  # noqa: T201


def answer(text: str, where: Where, lines: Lines) -> dict[str, Any]:
    """The answer to the question in `text`. Raises AmunError."""
    try:
        given = json.loads(text)
    except ValueError as error:
        raise InvalidInputError(f"the question is not JSON: {error}") from None
    request = parse_stack_request(given)
    asked = asyncio.run(opened(request, where, lines.progress))
    try:
        return ANSWERS[request.verb](asked)
    except AmunError as error:
        error.warnings = tuple(dict.fromkeys([*asked.remarks, *error.warnings]))
        raise


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer the question on standard input; 0, or 1 where the answer is an error."""
    where = _where(arguments)
    lines = Lines()
    try:
        found = answer(sys.stdin.read(), where, lines)
    except KeyboardInterrupt:
        return 130
    except AmunError as error:
        lines.write({"event": "error", "error": problem_of(error)})
        return 1
    lines.write({"event": "answer", "answer": found})
    return 0


def problem_of(error: AmunError) -> dict[str, Any]:
    """An error as a document."""
    faults = getattr(error, "faults", ())
    return {
        "code": error.code,
        "message": str(error),
        "hint": error.hint,
        "faults": [
            {"pointer": fault.pointer, "message": fault.message, "hint": fault.hint}
            for fault in faults
        ],
        "warnings": [redact_text(text) for text in error.warnings],
        **({"detail": detail} if (detail := getattr(error, "detail", None)) else {}),
    }


def _where(arguments: Sequence[str] | None) -> Where:
    parser = argparse.ArgumentParser(prog="python -m dependency_monkey", description=__doc__)
    parser.add_argument("--file", type=Path, help="the file that the question is about")
    parser.add_argument("--index", metavar="URL", help="in place of the configured index")
    parser.add_argument("--offline", action="store_true", help="ask no index")
    parser.add_argument("--snapshot", type=Path, help="work on this snapshot of the index")
    parser.add_argument("--save-snapshot", type=Path, help="write what was read to this file")
    parser.add_argument("--cache", type=Path, help="folder of what was read before")
    return Where(**vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    # whoever asked may have gone: end without a word, as any program in a pipe
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
