"""Values of the user's environment variables, hidden where a run prints them.

A variable is where people put what others shall not see, so what stands in a log is hidden whatever
the variable is called. In a result that other tools read, only what is called a secret: a script
rightly prints the size or the type that it was told by a variable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from amun_core.redaction import HIDDEN

_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASS|PWD|KEY|CREDENTIAL|AUTH|COOKIE|SIGNATURE|PRIVATE", re.IGNORECASE
)
_NUMBER = re.compile(r"[+-]?[0-9.]+")
#: Shorter values stand by chance in every text.
_SHORTEST, _SHORTEST_SECRET = 6, 3
#: Of a value that the end of a text cuts, so many characters are recognised.
_SHORTEST_HEAD = 4


class OwnValues:
    """The values of one run's variables."""

    def __init__(
        self, environment: Iterable[tuple[str, str]], *, except_for: Iterable[str]
    ) -> None:
        left_out = frozenset(except_for)
        values: set[str] = set()
        secrets: set[str] = set()
        for name, value in environment:
            if name in left_out:
                continue
            if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET:
                secrets |= _forms(value)
            elif len(value) >= _SHORTEST and not _NUMBER.fullmatch(value):
                values |= _forms(value)
        # the longest first: a value may be part of another
        self._secrets = sorted(secrets, key=len, reverse=True)
        self._all = sorted(values | secrets, key=len, reverse=True)

    def hidden(self, text: str, *, cut: bool = False) -> str:
        """`text` of a log without any of the values; `cut` where its end is missing."""
        for value in self._all:
            text = text.replace(value, HIDDEN)
        return self._without_head(text) if cut else text

    def hidden_in(self, value: Any) -> Any:
        """A document without the values of variables that are called a secret."""
        if not self._secrets:
            return value
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, HIDDEN)
            return value
        if isinstance(value, dict):
            return {self.hidden_in(key): self.hidden_in(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.hidden_in(item) for item in value]
        return value

    def _without_head(self, text: str) -> str:
        for value in self._all:
            for length in range(min(len(value) - 1, len(text)), _SHORTEST_HEAD - 1, -1):
                if text.endswith(value[:length]):
                    return text[:-length] + HIDDEN
        return text


def _forms(value: str) -> set[str]:
    """A value as programs write it: as it is, within JSON, as Python shows it, and line by line."""
    lines = {line.strip() for line in value.splitlines() if len(line.strip()) >= _SHORTEST}
    return {value, json.dumps(value)[1:-1], repr(value)[1:-1], *lines}
