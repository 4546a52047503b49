"""Whether uv takes a stack: the roots are asked for, every pin is a constraint, nothing else counts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dependency_monkey.resolver import lines_of, read_pins

_NONE = "No solution found"


@dataclass(frozen=True)
class UvOracle:
    """uv for one index, one Python and one platform, with a cache of its own."""

    index: str
    folder: Path
    python_version: str
    platform: str

    def compiled(self, roots: Sequence[str], stack: Mapping[str, str]) -> dict[str, str] | None:
        """What uv makes of it; None where it says that there is no solution."""
        wanted, limits = self.folder / "in.txt", self.folder / "limits.txt"
        wanted.write_text("".join(f"{root}\n" for root in roots))
        limits.write_text(lines_of(stack))
        asked = subprocess.run(
            [sys.executable, "-m", "uv", "pip", "compile", str(wanted), "--constraints", str(limits),
             "--python-version", self.python_version, "--python-platform", self.platform,
             "--python", sys.executable, "--no-python-downloads", "--no-config", "--no-build",
             "--default-index", self.index, "--cache-dir", str(self.folder / "cache"),
             "--no-header", "--no-annotate", "--no-emit-index-url", "--color", "never"],
            capture_output=True, text=True, check=False, timeout=120,
            env={key: value for key, value in os.environ.items() if not key.startswith("UV_")},
        )  # fmt: skip
        if asked.returncode == 0:
            return read_pins(asked.stdout)
        if _NONE in asked.stderr:
            return None
        raise AssertionError(f"uv could not be asked: {asked.stderr}")

    def takes(self, roots: Sequence[str], stack: Mapping[str, str]) -> bool:
        """Whether exactly this stack comes out."""
        return self.compiled(roots, stack) == dict(stack)
