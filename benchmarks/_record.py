"""What a long benchmark has measured so far, kept on disk: killed and started again, it goes on."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks._environments import cache

Line = dict[str, Any]


class Record:
    """Lines of JSON in the order in which they were measured, of one setting of one benchmark.

    Another setting is another file, so that blocks of different kinds are never mixed.
    """

    def __init__(self, name: str, settings: Mapping[str, Any], *, fresh: bool = False) -> None:
        text = json.dumps(settings, sort_keys=True)
        key = hashlib.sha256(text.encode()).hexdigest()[:12]
        self.path = cache() / "records" / f"{name}-{key}.jsonl"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if fresh:
            self.path.unlink(missing_ok=True)
        self.lines = _read(self.path)

    def __len__(self) -> int:
        return len(self.lines)

    def append(self, line: Line) -> None:
        """Keep one more line; it is on the disk when this returns."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.lines.append(line)

    def fill(self, wanted: int, measure: Callable[[int], Line]) -> list[Line]:
        """The first `wanted` lines; those that are missing are measured, by their number."""
        if 0 < len(self) < wanted:
            print(f"{len(self)} of {wanted} are there already: {self.path.name}", file=sys.stderr)
        while len(self) < wanted:
            self.append(measure(len(self)))
        return self.lines[:wanted]


def _read(path: Path) -> list[Line]:
    """All complete lines; what a killed process left of another is cut off."""
    if not path.exists():
        return []
    data = path.read_bytes()
    complete = data.rfind(b"\n") + 1
    if complete < len(data):
        os.truncate(path, complete)
    return [json.loads(line) for line in data[:complete].splitlines()]
