"""The headers of METADATA that decide what a file is and what it asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from packaging.utils import canonicalize_name

from dependency_monkey.index.files import Wheel, parsed_version

_BEGINS = b"metadata-version"
_COUNT = frozenset({"name", "version", "requires-dist", "provides-extra", "requires-python"})
_INITIALS = frozenset("nNvVrRpP")
_HEADER = re.compile(r"[!-9;-~]*:")
#: Where the description begins; some files end their lines with stray carriage returns.
_BLANK_LINE = re.compile(rb"\n\r*\n")


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


@lru_cache(256)  # it is read once to see whose it is, and once for what it asks for
def read_headers(metadata: bytes) -> Headers:
    """The headers, as an e-mail parser would read them, without the description behind them."""
    found: dict[str, list[str]] = {}
    values: list[str] | None = None
    for line in _head(metadata).split("\n"):
        initial = line[:1]
        if initial in {" ", "\t"}:  # it goes on, also where it is blank but for that
            if values:
                values[-1] += line
        elif initial in _INITIALS:
            name, colon, value = line.partition(":")
            if not colon or not _HEADER.match(line):
                break
            name = name.lower()
            values = found.setdefault(name, []) if name in _COUNT else None
            if values is not None:
                values.append(value)
        elif _HEADER.match(line):
            values = None
        else:  # the description begins without a blank line
            break
    return Headers(
        name=_first(found, "name"),
        version=_first(found, "version"),
        requires_python=_first(found, "requires-python") or None,
        requires_dist=tuple(" ".join(one.split()) for one in found.get("requires-dist", ())),
        provides_extra=tuple(" ".join(one.split()) for one in found.get("provides-extra", ())),
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
    begins = metadata.lstrip()
    blank = _BLANK_LINE.search(begins)
    head = begins if blank is None else begins[: blank.start()]
    return head.replace(b"\r", b"").decode("utf-8", "replace")


def _first(found: dict[str, list[str]], name: str) -> str:
    return " ".join(found[name][0].split()) if name in found else ""
