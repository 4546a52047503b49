"""Content identities: canonical JSON -> SHA-256, with the scheme and its version in front.

An identity reads `amun-<scheme>-<version>:<64 hexadecimal digits>`. Equal identities mean equal
content under the same rules; where the rules of a scheme change, its version is raised, so that
old identities stay readable and never meet new ones by accident.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from amun_core.errors import Fault, InvalidInputError

#: scheme -> (version of its rules, what it identifies)
SCHEMES: dict[str, tuple[int, str]] = {
    "specification": (1, "what was asked, without labels, identifier and delivery wishes"),
    "lock": (1, "normalised name, version, marker and hashes of every locked package"),
    "stack": (1, "normalised name and version of everything that is installed"),
    "environment": (1, "everything that decides what a run-time environment contains"),
    "plan": (1, "a whole plan"),
    "base": (1, "a base that has no digest of its own"),
    "host": (1, "a host, by what does not change while it runs"),
    "hardware": (1, "hardware, by what decides its speed"),
    "manifest": (1, "every file of a stored environment"),
    "indicator": (1, "source and parameters of a performance indicator"),
    "script": (1, "the text of a script"),
    "request": (1, "a request, to recognise its repetition"),
}

_IDENTITY = re.compile(r"amun-([a-z]+)-([0-9]{1,6}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity, taken apart."""

    scheme: str
    version: int
    hexdigest: str

    def __str__(self) -> str:
        return f"amun-{self.scheme}-{self.version}:{self.hexdigest}"


def canonical_json(value: Any) -> str:
    """The one JSON text of `value`: sorted keys, no spaces, UTF-8, no NaN and no Infinity.

    Raises ValueError for what has no JSON text that every reader understands.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    text.encode("utf-8")  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
    return text


def digest(scheme: str, value: Any) -> str:
    """The identity of `value` under `scheme`. Raises KeyError for a scheme nobody registered."""
    return digest_text(scheme, canonical_json(value))


def digest_text(scheme: str, canonical: str) -> str:
    """The identity of what `canonical`, a text of `canonical_json`, stands for."""
    version, _meaning = SCHEMES[scheme]
    return str(Identity(scheme, version, hashlib.sha256(canonical.encode("utf-8")).hexdigest()))


def parse_identity(text: str) -> Identity:
    """Take an identity apart. A scheme or version that is not known here is an error."""
    match = _IDENTITY.fullmatch(text)
    if match is None:
        message = "not an identity: amun-<scheme>-<version>:<64 hexadecimal digits> is expected"
        raise InvalidInputError(message, faults=(Fault("", message),))
    scheme, version = match[1], int(match[2])
    if scheme not in SCHEMES:
        message = f"unknown identity scheme {scheme!r}; known: {', '.join(sorted(SCHEMES))}"
        raise InvalidInputError(message, faults=(Fault("", message),))
    if version != SCHEMES[scheme][0]:
        message = (
            f"identity scheme {scheme!r} has version {SCHEMES[scheme][0]} here, this is {version}"
        )
        raise InvalidInputError(message, faults=(Fault("", message),))
    return Identity(scheme, version, match[3])
