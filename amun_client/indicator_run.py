"""One run of an indicator by hand: the same driver that a measurer starts, in any interpreter."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from amun_client.errors import IndicatorRunError, UsageFaultError

REQUEST_SCHEMA = "amun.run-request/1"
COMPLETED, FAILED = 0, 3
LIST_SECONDS = 30.0

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What is run, where."""

    name: str
    framework: str
    parameters: Mapping[str, Any]
    python: Path
    preset: str | None = None
    threads: int | None = None
    seed: int = 0
    timeout_seconds: float = 600.0


def driver() -> Path:
    """The program that measures. It is found and started, never imported: it is not ours to load."""
    found = importlib.util.find_spec("pis")
    if found is None or found.origin is None:
        raise IndicatorRunError("the indicators (package pis) are not installed")
    return Path(found.origin).with_name("__main__.py")


def catalogue() -> list[Document]:
    """Every indicator of this installation, asked from the driver itself."""
    try:
        ended = subprocess.run(
            [sys.executable, "-B", str(driver()), "list"],
            capture_output=True,
            check=True,
            timeout=LIST_SECONDS,
        )
        found: list[Document] = json.loads(ended.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise IndicatorRunError(f"the indicators cannot be listed: {error}") from None
    return found


def faults_of(name: str, framework: str, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the parameters of an indicator, asked from the driver: (field, message)."""
    asked = {"name": name, "framework": framework, "parameters": dict(parameters)}
    try:
        ended = subprocess.run(
            [sys.executable, "-B", str(driver()), "check"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            check=True,
            timeout=LIST_SECONDS,
        )
        return [(field, message) for field, message in json.loads(ended.stdout)]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise IndicatorRunError(f"the parameters cannot be checked: {error}") from None


def settled(request: Request) -> Request:
    """The request with its preset laid under its parameters.

    What the catalogue does not have is refused, before an interpreter is started for it.
    """
    known = {str(one["name"]): one for one in catalogue()}
    if request.name not in known:
        raise UsageFaultError(
            f"no indicator {request.name!r}", hint=f"there are: {', '.join(known)}"
        )
    frameworks = known[request.name]["frameworks"]
    if request.framework not in frameworks:
        raise UsageFaultError(
            f"{request.name} has no framework {request.framework!r}",
            hint=f"there are: {', '.join(frameworks)}",
        )
    if request.preset is None:
        return request
    presets = known[request.name]["presets"]
    if request.preset not in presets:
        raise UsageFaultError(
            f"{request.name} has no preset {request.preset!r}",
            hint=f"there are: {', '.join(presets)}" if presets else "it has none",
        )
    laid = {**presets[request.preset], **request.parameters}
    return replace(request, parameters=laid, preset=None)


def run(request: Request, *, tell: Callable[[str], None]) -> Document:
    """Run it; returns the result document, of a failed run too."""
    request = settled(request)
    with tempfile.TemporaryDirectory(prefix="amun-run-") as folder:
        wanted, result = Path(folder, "request.json"), Path(folder, "result.json")
        wanted.write_text(json.dumps(_document(request)), "utf-8")
        working = Path(folder, "work")
        working.mkdir()
        python = str(_interpreter(request.python))
        command = [python, "-B", str(driver()), "run", str(wanted), str(result)]
        tell(f"running {' '.join(command)}")
        ended = _start(command, working, request.timeout_seconds)
        for line in ended.stderr.splitlines():
            tell(line)
        if ended.returncode in {COMPLETED, FAILED} and result.is_file():
            document: Document = json.loads(result.read_text("utf-8"))
            return document
    last = "\n".join(ended.stderr.splitlines()[-5:])
    raise IndicatorRunError(
        f"the run ended with code {ended.returncode} and left no result"
        + (f"\n{last}" if last else "")
    )


def _start(
    command: list[str], folder: Path, timeout_seconds: float
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout_seconds,
        )
    except FileNotFoundError:
        raise UsageFaultError(f"--python: no interpreter {command[0]}") from None
    except OSError as error:
        raise UsageFaultError(f"--python: {command[0]}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise IndicatorRunError(
            f"the run did not end within {timeout_seconds:g} s", hint="raise --timeout"
        ) from None


def _interpreter(python: Path) -> Path:
    """A bare name is looked up on PATH; a path must outlive the change of the working folder."""
    return python if len(python.parts) == 1 else python.absolute()


def _document(request: Request) -> Document:
    cpus = sorted(os.sched_getaffinity(0))
    return {
        "schema": REQUEST_SCHEMA,
        "inspection_id": "by-hand",
        "run_index": 0,
        "seed": request.seed,
        "indicator": {
            "name": request.name,
            "framework": request.framework,
            "parameters": dict(request.parameters),
        },
        "script": None,
        "expected": None,
        "allowed_extra": [],
        "threads": request.threads or len(cpus),
        "cpu_set": cpus,
        "limits": {},
    }
