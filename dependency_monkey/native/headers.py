"""The lines of METADATA that count: what `_headers.c` does, and the fall-back for it."""

from __future__ import annotations

import re

_HEADER = re.compile(rb"([!-9;-~]*+):")
_NEXT = re.compile(rb"\n(?![ \t])")


def header_lines(content: bytes, names: tuple[bytes, ...]) -> list[bytes]:
    """The lines of the headers with these names (in small letters), in their order.

    Each with those that go on with it, also blank ones. The headers end at an empty line, and at one
    that is no header: some descriptions begin without an empty line. There are no carriage returns.
    """
    found = []
    for line in _NEXT.split(content.partition(b"\n\n")[0]):
        header = _HEADER.match(line)
        if header is None:
            break
        if header[1].lower() in names:
            found.append(line)
    return found
