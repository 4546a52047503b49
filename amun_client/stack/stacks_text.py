"""Lists of stacks: as requirements for people, as comma separated values for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]

#: What is told of a stack before its packages, in this order.
_FACTS = ("rank", "score", "differing")


def blocks(stacks: Sequence[Document]) -> Iterator[str]:
    """Each stack as lines `name==version` under a comment, a blank line between two."""
    for place, entry in enumerate(stacks, 1):
        facts = [f"{name} {_plain(entry[name])}" for name in _FACTS if name in entry]
        head = f"# {', '.join([f'stack {place} of {len(stacks)}', *facts])}"
        changed = [f"#   {line}" for line in changes(entry.get("changes", {}))]
        pins = [f"{name}=={version}" for name, version in entry["stack"].items()]
        yield "\n".join([*([""] if place > 1 else []), head, *changed, *pins])


def changes(changed: Mapping[str, Sequence[str | None]]) -> list[str]:
    """`flask 3.0.0 -> 3.1.0`; absence is told as `-`."""
    return [f"{name} {old or '-'} -> {new or '-'}" for name, (old, new) in changed.items()]


def csv_lines(stacks: Sequence[Document]) -> Iterator[str]:
    """A column for each package that is in any of the stacks; empty where it is absent."""
    facts = [name for name in _FACTS if stacks and name in stacks[0]]
    packages = sorted({name for entry in stacks for name in entry["stack"]})
    yield _csv([*facts, *packages])
    for entry in stacks:
        told = [str(_plain(entry[name])) for name in facts]
        yield _csv([*told, *(entry["stack"].get(name, "") for name in packages)])


def _csv(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
