"""The headers of METADATA that decide what a file is and what it asks for."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct
from packaging.utils import canonicalize_name

from amun_core.intake import shown
from dependency_monkey.index.files import Wheel, parsed_version
from dependency_monkey.native import header_lines

_BEGINS = b"metadata-version"
_COUNT = (b"name", b"version", b"requires-dist", b"provides-extra", b"requires-python")
#: The versions of a project share most of their lines.
_REMEMBERED = 65_536
#: Longer ones are not remembered, bytes.
_SHORT = 512
#: Where the description begins; some files end their lines with stray carriage returns.
_BLANK_LINE = re.compile(rb"\n\r*\n")


class Headers(Struct, frozen=True):
    """Values as they stand there, white space made single."""

    name: str
    version: str
    requires_python: str | None
    requires_dist: tuple[str, ...]
    provides_extra: tuple[str, ...]


def is_metadata(content: bytes) -> bool:
    """Whether it begins as METADATA does; indexes answer other things with a status of 200, too."""
    return content[:64].lstrip().lower().startswith(_BEGINS)


@lru_cache(256)  # it is read once to see whose it is, and once for what it asks for
def read_headers(metadata: bytes) -> Headers:
    """The headers, as an e-mail parser would read them, without the description behind them."""
    found: dict[bytes, list[str]] = {}
    for line in header_lines(_plain(metadata), _COUNT):
        name, value = _remembered(line) if len(line) < _SHORT else _header(line)
        found.setdefault(name, []).append(value)
    return Headers(
        name=_first(found, b"name"),
        version=_first(found, b"version"),
        requires_python=_first(found, b"requires-python") or None,
        requires_dist=tuple(found.get(b"requires-dist", ())),
        provides_extra=tuple(found.get(b"provides-extra", ())),
    )


def belongs_to(metadata: bytes, wheel: Wheel) -> str | None:
    """Why the METADATA is not that of a wheel with this name; None where it is."""
    headers = read_headers(metadata)
    if canonicalize_name(headers.name) == wheel.name and _is_same(headers.version, wheel):
        return None
    return f"its METADATA is that of {shown(headers.name)} {shown(headers.version)}"


def _is_same(version: str, wheel: Wheel) -> bool:
    found = parsed_version(version)
    return found is not None and found == wheel.version


def _header(line: bytes) -> tuple[bytes, str]:
    name, _, value = line.partition(b":")
    return name.lower(), " ".join(value.decode("utf-8", "replace").split())


_remembered = lru_cache(_REMEMBERED)(_header)


def _plain(metadata: bytes) -> bytes:
    """Without carriage returns, and where there are any, without the description."""
    begins = metadata.lstrip()
    if b"\r" not in begins:
        return begins
    blank = _BLANK_LINE.search(begins)
    head = begins if blank is None else begins[: blank.start()]
    return head.replace(b"\r", b"")


def _first(found: dict[bytes, list[str]], name: bytes) -> str:
    return found[name][0] if name in found else ""
