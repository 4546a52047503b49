"""A whole service, driven as its user drives it: by `amun` and by HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

TERMINAL = {"succeeded", "failed", "crashed", "cancelled"}


@dataclass
class Service:
    """One local service in a folder of its own."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "AMUN_HOME": str(self.home), **self.settings}

    def amun(self, *words: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run `amun WORDS` and wait for it."""
        command = [str(Path(sys.executable).with_name("amun")), *words]
        return subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def up(self) -> dict[str, Any]:
        done = self.amun("up", "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        self.url = document["url"]
        return document

    def down(self) -> None:
        done = self.amun("down")
        assert done.returncode == 0, done.stdout + done.stderr

    def status(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.amun("status", "--json").stdout)
        return document

    def process(self, name: str) -> psutil.Process:
        """The process of the service with this name."""
        found = [entry for entry in self.status()["processes"] if entry["name"] == name]
        assert len(found) == 1, found
        return psutil.Process(found[0]["pid"])

    def get(self, path: str, **arguments: Any) -> Any:
        answer = requests.get(f"{self.url}/api/v1{path}", timeout=30, **arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, document: Mapping[str, Any], path: str = "/inspections") -> dict[str, Any]:
        answer = requests.post(f"{self.url}/api/v1{path}", json=document, timeout=30)
        assert answer.status_code == 202, answer.text
        accepted: dict[str, Any] = answer.json()
        return accepted

    def wait(
        self,
        inspection_id: str,
        seconds: float = 120,
        until: Callable[[dict[str, Any]], bool] | None = None,
    ) -> dict[str, Any]:
        """Wait until the inspection ends, or until `until` holds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            shown: dict[str, Any] = self.get(f"/inspections/{inspection_id}")
            if until is not None and until(shown):
                return shown
            if shown["state"] in TERMINAL:
                return shown
            time.sleep(0.05)
        pytest.fail(f"{inspection_id} is still {shown['state']} after {seconds:.0f} s: {shown}")

    def leftovers(self) -> list[str]:
        """Command lines of processes that belong to this service: its workers, and its runs."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("AMUN_HOME") == str(self.home) or any(
                    str(self.home) in word for word in process.cmdline()
                ):
                    found.append(" ".join(process.cmdline()))
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
        return found


@contextmanager
def running_service(settings: Mapping[str, str]) -> Iterator[Service]:
    """A service that is up, and ended and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="amun-acceptance-", ignore_cleanup_errors=True) as home:
        service = Service(Path(home), dict(settings))
        try:
            service.up()
            yield service
        finally:
            service.amun("down")


def kill_tree(service: Service) -> None:
    """kill -9 of everything the service runs, as a power cut does it."""
    pids = [entry["pid"] for entry in service.status()["processes"] if entry.get("pid")]
    supervisor = service.status().get("pid")
    for pid in [supervisor, *pids]:
        if pid:
            for process in [psutil.Process(pid)] if psutil.pid_exists(pid) else []:
                process.kill()


def lock_of(*requirements: str) -> str:
    """Requirements with hashes for this interpreter, resolved now."""
    made = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-header",
         "--no-emit-index-url", "--no-annotate", "--python", sys.executable, "-"],
        input="\n".join(requirements), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return made.stdout
