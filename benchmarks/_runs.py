"""One run: a fresh process, with an environment of its own, started as the process engine does it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pis.catalogue
from pis.launch import THREAD_VARIABLES

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_LONGEST_S = 600


def cpus() -> int:
    """How many CPUs this process may run on."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Place:
    """An interpreter, a folder that is thrown away later, the number of threads of a run, and more variables."""

    python: Path
    folder: Path
    threads: int = field(default_factory=cpus)
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)

    def start(self, arguments: Sequence[str]) -> str:
        """Start the interpreter, wait for its end; what it printed."""
        with tempfile.TemporaryDirectory(dir=self.folder) as home:
            done = subprocess.run(
                [str(self.python), "-B", *arguments],
                capture_output=True,
                text=True,
                cwd=home,
                env={
                    "PATH": f"{self.python.parent}:{_SYSTEM_PATH}",
                    "LANG": "C.UTF-8",
                    "HOME": home,
                    "TMPDIR": home,
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "PYTHONNOUSERSITE": "1",
                    **dict.fromkeys(THREAD_VARIABLES, str(self.threads)),
                    **self.variables,
                },
                check=False,
                timeout=_LONGEST_S,
            )
        if done.returncode != 0:
            command = " ".join(arguments)[:200]
            raise SystemExit(f"error: {command} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    def indicator(
        self, name: str, framework: str, parameters: Mapping[str, Any], seed: int = 0
    ) -> dict[str, Any]:
        """One run of an indicator by the driver that travels into every run; its result."""
        request, result = self.folder / "request.json", self.folder / "result.json"
        asked = {"name": name, "framework": framework, "parameters": dict(parameters)}
        request.write_text(
            json.dumps({"schema": "amun.run-request/1", "indicator": asked, "seed": seed})
        )
        driver = pis_folder() / "__main__.py"
        self.start([str(driver), "run", str(request), str(result)])
        document: dict[str, Any] = json.loads(result.read_text())
        return document


def pis_folder() -> Path:
    """The folder of `pis`, as an engine mounts it."""
    return Path(pis.catalogue.folder())
