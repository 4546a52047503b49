"""A stack as requirements.txt with hashes; it names no index unless that is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from amun_core.plan import LinkSource
from amun_core.redaction import redact_text
from dependency_monkey.pinned import Pin, PinnedStack, index_address, one_line


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
    wanted = one_line(", ".join(str(root.requirement) for root in stack.roots))
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
    used = {pin.source.name for pin in stack.pins}
    option = "--index-url"
    for source in stack.sources:
        if isinstance(source, LinkSource):
            if source.name in used:
                yield f"--find-links {index_address(source)}"
            continue
        # the index of pip's configuration is taken where none is named
        if source.name in used and source.url:
            yield f"{option} {index_address(source)}"
        option = "--extra-index-url"


def _pinned(pin: Pin) -> str:
    extras = f"[{','.join(pin.extras)}]" if pin.extras else ""
    marker = f" ; {pin.marker}" if pin.marker else ""
    lines = [f"{pin.name}{extras}=={pin.version}{marker}"]
    lines += [f"    --hash={one}" for one in pin.hashes]
    return " \\\n".join(lines)
