"""A stack as requirements.txt with hashes; it names no index unless that is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from amun_core.redaction import redact_text
from dependency_monkey.pinned import Pin, PinnedStack, index_address


def requirements_files(stack: PinnedStack, *, index_addresses: bool = False) -> dict[str, str]:
    """The requirements.txt, with the addresses of the indexes only if they are asked for."""
    lines = [
        *(f"# {line}" for line in _heading(stack)),
        *(_indexes(stack) if index_addresses else ()),
        *map(_pinned, stack.pins),
    ]
    return {"requirements.txt": "\n".join(lines) + "\n"}


def _heading(stack: PinnedStack) -> Iterator[str]:
    environment = stack.environment
    kind, major, minor = environment.libc
    wanted = ", ".join(" ".join(str(root.requirement).split()) for root in stack.roots)
    yield f"A stack of the space of: {redact_text(wanted)}"
    yield (
        f"for Python {environment.python_version} on linux_{environment.architecture}, "
        f"{kind} {major}.{minor}"
    )
    yield f"Index snapshot: {stack.snapshot}"
    if stack.all_files:
        yield "Hashes: of all files of each version."
    else:
        yield "Hashes: of the one wheel of each version that is installed there."
    yield "Install it: python -m pip install --require-hashes -r requirements.txt"


def _indexes(stack: PinnedStack) -> Iterator[str]:
    first, *others = stack.sources
    yield f"--index-url {index_address(first)}"
    used = {pin.source.name for pin in stack.pins}
    for source in others:
        if source.name in used:
            yield f"--extra-index-url {index_address(source)}"


def _pinned(pin: Pin) -> str:
    extras = f"[{','.join(pin.extras)}]" if pin.extras else ""
    marker = f" ; {pin.marker}" if pin.marker else ""
    lines = [f"{pin.name}{extras}=={pin.version}{marker}"]
    lines += [f"    --hash={one}" for one in pin.hashes]
    return " \\\n".join(lines)
