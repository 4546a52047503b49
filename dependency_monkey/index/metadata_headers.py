"""The headers of METADATA that decide what a file is and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import canonicalize_name

from dependency_monkey.index.files import Wheel, parsed_version

_BEGINS = b"metadata-version"
_WANTED = frozenset({"name", "version", "requires-dist", "provides-extra", "requires-python"})


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
    found: dict[str, list[str]] = {name: [] for name in _WANTED}
    values: list[str] | None = None
    for raw in _head(metadata).split("\n"):
        if not raw:
            break
        if raw[0] in " \t":  # the line before goes on, also where it is blank but for that
            if values:
                values[-1] += raw
            continue
        key, colon, value = raw.partition(":")
        if not colon or " " in key:
            break
        values = found.get(key.lower())
        if values is not None:
            values.append(value)
    requires_python = _first(found["requires-python"])
    return Headers(
        name=_first(found["name"]),
        version=_first(found["version"]),
        requires_python=requires_python or None,
        requires_dist=tuple(map(_single_spaced, found["requires-dist"])),
        provides_extra=tuple(map(_single_spaced, found["provides-extra"])),
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


def _first(values: list[str]) -> str:
    return _single_spaced(values[0]) if values else ""


def _single_spaced(text: str) -> str:
    return " ".join(text.split())
