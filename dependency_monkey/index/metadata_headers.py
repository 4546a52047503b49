"""The headers of METADATA that decide what a file is and what it asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from dependency_monkey.index.files import Wheel, parsed_version

_BEGINS = b"metadata-version"
#: A header that counts, with the lines on which it goes on, also where they are blank but for that.
_HEADERS = re.compile(
    r"^(name|version|requires-dist|provides-extra|requires-python):(.*(?:\n[ \t].*)*)",
    re.IGNORECASE | re.MULTILINE,
)
#: A line that is neither a header nor goes on: the description begins without a blank line.
_NO_HEADER = re.compile(r"^(?![!-9;-~]*:|[ \t])", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Headers:
    """Values as they stand there, white space made single."""

    name: str
    version: str
    requires_python: str | None
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]


def is_metadata(content: bytes) -> bool:
    """Whether it begins as METADATA does; indexes answer other things with a status of 200, too."""
    return content[:64].lstrip().lower().startswith(_BEGINS)


def read_headers(metadata: bytes) -> Headers:
    """The headers, as an e-mail parser would read them, without the description behind them."""
    head = _head(metadata)
    strange = _NO_HEADER.search(head)
    found: dict[str, list[str]] = {}
    for name, value in _HEADERS.findall(head, 0, strange.start() if strange else len(head)):
        found.setdefault(name.lower(), []).append(" ".join(value.split()))
    return Headers(
        name=_first(found, "name"),
        version=_first(found, "version"),
        requires_python=_first(found, "requires-python") or None,
        requires_dist=tuple(found.get("requires-dist", ())),
        provides_extra=tuple(found.get("provides-extra", ())),
    )


def belongs_to(metadata: bytes, wheel: Wheel) -> str | None:
    """Why the METADATA is not that of a wheel with this name; None where it is."""
    headers = read_headers(metadata)
    if canonicalize_name(headers.name) == wheel.name and _is_same(headers.version, wheel):
        return None
    return f"its METADATA is that of {headers.name[:80]!a} {headers.version[:80]!a}"


def _is_same(version: str, wheel: Wheel) -> bool:
    found = parsed_version(version)
    return found is not None and found == wheel.version


def _head(metadata: bytes) -> str:
    # some files end their lines with a stray carriage return
    head = metadata.lstrip().replace(b"\r", b"")
    end = head.find(b"\n\n")
    return (head if end < 0 else head[:end]).decode("utf-8", "replace")


def _first(found: dict[str, list[str]], name: str) -> str:
    return found[name][0] if name in found else ""
