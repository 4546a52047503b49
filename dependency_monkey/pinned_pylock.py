"""A stack as pylock.toml (PEP 751)."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import tomli_w
from packaging.markers import Marker
from packaging.pylock import Package, PackageSdist, PackageWheel, Pylock
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from amun_core.plan import LinkSource
from dependency_monkey.index.files import IndexFile
from dependency_monkey.pinned import Pin, PinnedStack, file_address, index_address

#: What a marker can tell of an environment, and a lock for it alone demands.
_DECISIVE = ("implementation_name", "platform_machine", "python_version", "sys_platform")


def pylock_files(stack: PinnedStack) -> dict[str, str]:
    """The pylock.toml.

    With the files of one environment it names that environment; with all files only the Python
    version, for which the stack is known to be valid.
    """
    lock = Pylock(
        lock_version=Version("1.0"),
        environments=None if stack.all_files else [_environment(stack)],
        requires_python=SpecifierSet(f"=={stack.python}.*"),
        created_by="amun",
        packages=[_package(pin) for pin in stack.pins],
        tool={"amun": _origin(stack)},
    )
    lock.validate()
    return {"pylock.toml": tomli_w.dumps(lock.to_dict())}


def _environment(stack: PinnedStack) -> Marker:
    values = stack.environment.markers
    return Marker(" and ".join(f'{name} == "{values[name]}"' for name in _DECISIVE))


def _origin(stack: PinnedStack) -> dict[str, str]:
    environment = stack.environment
    kind, major, minor = environment.libc
    return {
        "snapshot": stack.snapshot,
        "python": environment.python_version,
        "platform": f"linux_{environment.architecture}",
        "libc": f"{kind} {major}.{minor}",
    }


def _package(pin: Pin) -> Package:
    sdists = [file for file in pin.files if not file.is_wheel]
    # one only may be named; .tar.gz, which every installer builds, comes before .zip
    sdist = min(sdists, key=lambda file: file.filename, default=None)
    return Package(
        name=canonicalize_name(pin.name),
        version=Version(pin.version),
        marker=None if pin.marker is None else Marker(pin.marker),
        requires_python=_python(pin.files[0]),
        index=None if isinstance(pin.source, LinkSource) else index_address(pin.source) or None,
        sdist=None if sdist is None else PackageSdist(**_file(sdist)),
        wheels=[PackageWheel(**_file(file)) for file in pin.files if file.is_wheel],
    )


def _python(file: IndexFile) -> SpecifierSet | None:
    try:
        return SpecifierSet(file.requires_python) if file.requires_python else None
    except InvalidSpecifier:
        return None


def _file(file: IndexFile) -> dict[str, Any]:
    time = file.upload_time
    return {
        "name": file.filename,
        "upload_time": None if time is None else time.astimezone(UTC),
        "url": file_address(file),
        "size": file.size,
        "hashes": {"sha256": file.sha256},
    }
