"""Where words go: the answer to stdout, the story to stderr, colour only to eyes."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

import click

from amun_client import table
from amun_client.errors import UsageFaultError
from amun_core.errors import AmunError, Fault
from amun_core.redaction import redact_text

#: Columns of a terminal that does not tell them.
USUAL_WIDTH = 80


#: What a terminal obeys instead of showing it; ends of lines and tabs are text.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def visible(text: str) -> str:
    """`text` with the characters shown that a terminal would obey: it may come from a script."""
    return _OBEYED.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


class Colour(StrEnum):
    """When to use colour."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(slots=True)
class Taste:
    """What the common options of every command say."""

    json: bool = False
    quiet: bool = False
    verbose: int = 0
    colour: Colour = Colour.AUTO
    header: bool = True
    debug: bool = False
    server: str | None = None


class Console:
    """Writes for one command."""

    def __init__(
        self,
        taste: Taste,
        environ: Mapping[str, str],
        *,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.taste = taste
        self._environ = environ
        self.out = out or sys.stdout
        self.err = err or sys.stderr

    # the answer

    def answer(self, text: str) -> None:
        """Text of the answer."""
        try:
            self.out.write(visible(text) + "\n")
            self.out.flush()
        except BrokenPipeError:
            # the reader of our answer went away: its choice, and no error
            self.out = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            os.dup2(self.out.fileno(), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None
        except OSError as error:
            self.out = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            os.dup2(self.out.fileno(), sys.stdout.fileno())
            raise UsageFaultError(
                f"the answer could not be written to standard output: {error.strerror}"
            ) from None

    def document(self, document: Any) -> None:
        """The answer of --json."""
        self.answer(json.dumps(document, indent=2, ensure_ascii=False))

    def table(
        self, header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
    ) -> None:
        """Fitted to the terminal, tab separated elsewhere; with a header but for --no-header."""
        width = self.width
        named = list(header) if self.taste.header else []
        if width is None:
            lines = table.tab_separated(rows, header=named)
        else:
            shown = [name.upper() for name in named]
            lines = table.fitted(rows, width, header=shown, right=right)
        for line in lines:
            self.answer(line)

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values."""
        for line in table.pairs(rows, self.width):
            self.answer(line)

    @property
    def width(self) -> int | None:
        """Columns of the terminal that the answer goes to; None elsewhere."""
        if not self.out.isatty():
            return None
        told = self._environ.get("COLUMNS", "")
        if told.isdecimal() and int(told):
            return int(told)
        try:
            return os.get_terminal_size(self.out.fileno()).columns or USUAL_WIDTH
        except OSError:
            return USUAL_WIDTH

    # the story

    def story(self, text: str) -> None:
        """What happens meanwhile; silent with --quiet."""
        if not self.taste.quiet:
            self._to_err(visible(text))

    def detail(self, text: str) -> None:
        """What only --verbose shows."""
        if self.taste.verbose and not self.taste.quiet:
            self._to_err(visible(text))

    def warning(self, text: str, *, pointer: str = "") -> None:
        """Something was accepted, but not as it was written."""
        if not self.taste.quiet:
            place = f" {pointer}:" if pointer else ""
            self._to_err(f"{self.paint('warning:', 'yellow')}{visible(f'{place} {text}')}")

    def error(self, error: AmunError) -> None:
        """`error[A101]: ...`, each fault with its place, then the hint; remarks come before."""
        for text in error.warnings:
            self.warning(text)
        first, *rest = visible(str(error)).splitlines() or [""]
        self._to_err(f"{self.paint(f'error[{error.code}]:', 'red')} {first}")
        for line in rest:
            self._to_err(f"  {line}")
        faults: tuple[Fault, ...] = getattr(error, "faults", ())
        said = str(error)
        for fault in faults:
            # the only fault stands in the error's own words already
            if len(faults) > 1 or fault.message not in said:
                self._to_err(visible(f"  {fault.pointer or '/'}: {fault.message}"))
            if fault.hint and fault.hint not in said:
                self._to_err(f"    hint: {fault.hint}")
        if error.hint and error.hint not in said:
            self._to_err(f"  hint: {error.hint}")
        if self.taste.verbose and (identity := getattr(error, "request_id", None)):
            self._to_err(f"  request: {identity}")

    def paint(self, text: str, colour: str) -> str:
        """`text` in colour where stderr shows colours."""
        return click.style(text, fg=colour, bold=True) if self.colours(self.err) else text

    def colours(self, stream: TextIO) -> bool:
        """Whether colour may go to `stream`: the option, NO_COLOR, FORCE_COLOR, TERM, a terminal."""
        if self.taste.colour is not Colour.AUTO:
            return self.taste.colour is Colour.ALWAYS
        if self._environ.get("NO_COLOR"):
            return False
        if self._environ.get("FORCE_COLOR"):
            return True
        return stream.isatty() and self._environ.get("TERM") != "dumb"

    @property
    def lively(self) -> bool:
        """Whether a line may be rewritten: a terminal that is no CI, and not told to be quiet."""
        return (
            self.err.isatty()
            and not self.taste.quiet
            and self._environ.get("TERM") != "dumb"
            and not self._environ.get("CI")
        )

    def _to_err(self, text: str) -> None:
        self.err.write(redact_text(text) + "\n")
        self.err.flush()
