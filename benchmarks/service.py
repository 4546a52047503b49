"""A service of its own for a benchmark: started in a folder that is thrown away, and ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

POLL_SECONDS = 0.05


@contextmanager
def local_service(settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start `amun_local` in a temporary AMUN_HOME; yields the API's address; ends everything."""
    home = Path(tempfile.mkdtemp(prefix="amun-benchmark-"))
    environment = {**os.environ, "AMUN_HOME": str(home), **(settings or {})}
    command = [sys.executable, "-m", "amun_local"]
    try:
        up = subprocess.run(
            [*command, "up", "--json"], env=environment, capture_output=True, text=True, check=False
        )
        if up.returncode != 0:
            raise SystemExit(f"the service did not start: {up.stdout}{up.stderr}")
        yield json.loads(up.stdout)["url"]
    finally:
        subprocess.run([*command, "down"], env=environment, capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


def post(session: requests.Session, url: str, specification: Mapping[str, Any]) -> str:
    """POST one inspection; its id."""
    answer = session.post(f"{url}/api/v1/inspections", json=specification, timeout=30)
    if answer.status_code != 202:
        raise SystemExit(f"POST answered {answer.status_code}: {answer.text}")
    return str(answer.json()["id"])


def wait(session: requests.Session, url: str, inspection_id: str, seconds: float) -> dict[str, Any]:
    """Wait for the end of an inspection; the inspection as the API shows it."""
    deadline = time.monotonic() + seconds
    while True:
        shown: dict[str, Any] = session.get(
            f"{url}/api/v1/inspections/{inspection_id}", timeout=30
        ).json()
        if shown["state"] in {"succeeded", "failed", "crashed", "cancelled"}:
            return shown
        if time.monotonic() > deadline:
            raise SystemExit(f"{inspection_id} is still {shown['state']} after {seconds:.0f} s")
        time.sleep(POLL_SECONDS)
