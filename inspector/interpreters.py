"""The Python interpreters of this host, as they describe themselves."""

from __future__ import annotations

import functools
import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from amun_core.errors import AttemptFailedError, EngineError
from amun_core.plan import OperatingSystemFacts, PythonFacts
from amun_core.states import FailureReason
from inspector.environments.installer import find_uv

#: An interpreter that does not answer within this time is not used, s.
ANSWER_SECONDS = 20

# Runs in interpreters from Python 3.6 on, so it may use nothing newer.
QUESTION = r"""
import json, os, platform, sys, sysconfig
v = sys.implementation.version
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION")
except (ValueError, OSError):
    libc = " ".join(platform.libc_ver()).strip()
iv = "{}.{}.{}".format(v.major, v.minor, v.micro)
if v.releaselevel != "final":
    iv += v.releaselevel[0] + str(v.serial)
print(json.dumps({
    "executable": sys.executable,
    "version": platform.python_version(),
    "implementation": sys.implementation.name,
    "platform": sysconfig.get_platform(),
    "prefix": getattr(sys, "base_prefix", sys.prefix),
    "libc": libc or "",
    "machine": platform.machine(),
    "markers": {
        "implementation_name": sys.implementation.name,
        "implementation_version": iv,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    },
}))
"""

PackageTool = Literal["apt", "dnf", "microdnf", "yum", "apk", "zypper"]

_PACKAGE_TOOLS: tuple[tuple[str, PackageTool], ...] = (
    ("apt-get", "apt"),
    ("dnf", "dnf"),
    ("microdnf", "microdnf"),
    ("yum", "yum"),
    ("apk", "apk"),
    ("zypper", "zypper"),
)


def parse_answer(text: str) -> tuple[PythonFacts, str, str]:
    """What QUESTION printed: (facts, libc, machine). Raises ValueError for anything else."""
    answer: dict[str, Any] = json.loads(text)
    libc, machine = str(answer.pop("libc", "")), str(answer.pop("machine", ""))
    return PythonFacts.model_validate(answer), libc, machine


def interpreter_facts(executable: Path) -> tuple[PythonFacts, str, str]:
    """(facts, libc, machine) of an interpreter of this host. Raises EngineError if it fails."""
    try:
        changed = executable.stat().st_mtime_ns
    except OSError as error:
        raise EngineError(f"{executable} cannot be read: {error.strerror}") from error
    return _asked(executable, changed)


@functools.lru_cache(maxsize=64)
def _asked(executable: Path, _changed: int) -> tuple[PythonFacts, str, str]:
    command = [str(executable), "-I", "-S", "-c", QUESTION]
    try:
        answer = subprocess.run(
            command,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
            timeout=ANSWER_SECONDS,
        )
        facts, libc, machine = parse_answer(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise EngineError(f"{executable} does not work as a Python interpreter") from error
    # asked through a link, an interpreter may name another path than the one it is known by
    return facts.model_copy(update={"executable": str(executable)}), libc, machine


def own_interpreter() -> Path:
    """The interpreter that this service's virtual environment was made from."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    in_prefix = Path(sys.base_prefix, "bin", version)
    base = Path(getattr(sys, "_base_executable", "") or sys.executable)
    return (in_prefix if in_prefix.exists() else base).resolve()


def find_interpreter(python_version: str | None) -> Path:
    """An interpreter of this host for `python_version` ("3.12"; None: the service's own).

    Raises AttemptFailedError (PYTHON_NOT_FOUND) that names the versions that are there.
    """
    own = own_interpreter()
    if python_version is None or _fits(platform.python_version(), python_version):
        return own
    if not re.fullmatch(r"\d+(\.\d+){0,2}", python_version):
        raise AttemptFailedError(
            FailureReason.PYTHON_NOT_FOUND, f"{python_version!r} is not a Python version"
        )
    for candidate in _candidates(python_version, own):
        try:
            facts, _, _ = interpreter_facts(candidate)
        except EngineError:
            continue
        if _fits(facts.version, python_version):
            return candidate
    there = sorted({_minor(path) for path in [own, *_beside(own, "*")]}, key=_numbers)
    raise AttemptFailedError(
        FailureReason.PYTHON_NOT_FOUND,
        f"this host has no Python {python_version}; it has {', '.join(there)}",
    )


def _candidates(python_version: str, own: Path) -> Iterator[Path]:
    minor = ".".join(python_version.split(".")[:2])
    yield from _beside(own, minor)
    for folder in ("/usr/local/bin", "/usr/bin"):
        path = Path(folder, f"python{minor}")
        if path.exists():
            yield path.resolve()
    command = [str(find_uv()), "python", "find", "--no-config", "--no-project", "--system"]
    found = subprocess.run(
        [*command, "--no-python-downloads", python_version],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if found.returncode == 0 and found.stdout.strip():
        yield Path(found.stdout.strip()).resolve()


def _beside(own: Path, minor: str) -> list[Path]:
    """Interpreters installed beside ours, as version managers do: PREFIX/../*/bin/python3.x."""
    prefix = own.parent.parent
    if prefix in {Path("/usr"), Path("/usr/local"), Path("/")}:
        return []
    found = prefix.parent.glob(f"*/bin/python{minor}")
    return sorted(path.resolve() for path in found if re.fullmatch(r"python3\.\d+", path.name))


def _minor(path: Path) -> str:
    return path.name.removeprefix("python")


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _fits(version: str, wanted: str) -> bool:
    parts = wanted.split(".")
    return version.split(".")[: len(parts)] == parts


@functools.cache
def operating_system_facts() -> OperatingSystemFacts:
    """/etc/os-release of this host, and its tool for native packages."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    tool = next((tool for program, tool in _PACKAGE_TOOLS if shutil.which(program)), None)
    return OperatingSystemFacts(
        id=release.get("ID", ""),
        version_id=release.get("VERSION_ID", ""),
        name=release.get("NAME", ""),
        package_tool=tool,
    )
